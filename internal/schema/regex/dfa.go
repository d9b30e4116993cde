package regex

import (
	"encoding/binary"
	"slices"
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

// Bounds of the deterministic automaton.
const (
	maxUnrolled = 4096    // instructions of the automaton it is made from
	maxCache    = 1 << 19 // bytes of rows and keys
	maxComplete = 1 << 21 // the same while one is built that has all its rows
)

// What a row says instead of the next row.
const (
	unbuilt = 0
	dead    = 1 // nothing that follows can match
)

// A dfa is a deterministic automaton that builds its rows when a value first
// needs them, until it is full: an expression for which that happens would
// take more time to build rows than it takes to do without. A row is named by
// its offset in rows.next.
type dfa struct {
	prog    *prog
	columns int // of a row: column 0 says whether the row accepts, then one a class
	rows    atomic.Pointer[rows]

	mu    sync.Mutex // held to build; guards what follows and writes of rows
	keys  []string   // by row number: its instructions, ascending
	index map[string]uint32
	size  int
	limit int // of size
	next  sparse
	stack []uint32
}

// rows are replaced as a whole when they grow; a row keeps its offset.
type rows struct {
	next []uint32 // an entry changes from unbuilt once, atomically
	full bool
}

func newDFA(p *prog, classes int) *dfa {
	d := &dfa{prog: p, columns: classes + 1, limit: maxCache, next: newSparse(len(p.insts)), index: map[string]uint32{}}
	// Offsets 0 and 1 mean unbuilt and dead, so the first row is one that
	// nothing leads to.
	d.keys = []string{""}
	d.follow(p.start)
	r, _ := d.add(&rows{next: make([]uint32, 4*d.columns)}, d.key())
	d.rows.Store(r)
	return d
}

// match reports whether the automaton takes the whole value. It is not ok when
// that would take rows for which there is no room.
func (d *dfa) match(a *alphabet, value []byte) (matched, ok bool) {
	r, row := d.rows.Load(), uint32(d.columns)
	next := r.next
	for i := 0; i < len(value); {
		var class uint32
		if b := value[i]; b < utf8.RuneSelf {
			class = uint32(a.ascii[b])
			i++
		} else {
			c, n := a.class(value[i:])
			if c == 0 {
				return false, true
			}
			class = c
			i += n
		}
		to := atomic.LoadUint32(&next[row+class])
		if to <= dead {
			if to == unbuilt {
				if r, to = d.build(r, row, class); to == unbuilt {
					return false, false
				}
				next = r.next
			}
			if to == dead {
				return false, true
			}
		}
		row = to
	}
	return next[row] != 0, true
}

// build finds the row behind one class of a row and the rows that it is in. It
// is unbuilt when there is no room.
func (d *dfa) build(r *rows, row, class uint32) (*rows, uint32) {
	if r.full {
		return r, unbuilt
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	r = d.rows.Load()
	if to := r.next[row+class]; to != unbuilt || r.full {
		return r, to
	}
	d.next.dense = d.next.dense[:0]
	key := d.keys[int(row)/d.columns]
	for i := 0; i < len(key); i += 4 {
		pc := uint32(key[i]) | uint32(key[i+1])<<8 | uint32(key[i+2])<<16 | uint32(key[i+3])<<24
		if in := &d.prog.insts[pc]; in.code == codeChar && d.prog.sets[in.set].has(class) {
			d.follow(in.next)
		}
	}
	to := uint32(dead)
	if k := d.key(); k != "" {
		known := false
		if to, known = d.index[k]; !known {
			r, to = d.add(r, k)
			d.rows.Store(r)
		}
	}
	atomic.StoreUint32(&r.next[row+class], to)
	return r, to
}

// follow adds what can be reached from pc without taking a character.
func (d *dfa) follow(pc uint32) {
	d.stack = append(d.stack[:0], pc)
	for len(d.stack) > 0 {
		pc := d.stack[len(d.stack)-1]
		d.stack = d.stack[:len(d.stack)-1]
		if d.next.has(pc) {
			continue
		}
		d.next.add(pc)
		if in := &d.prog.insts[pc]; in.code == codeSplit {
			d.stack = append(d.stack, in.other, in.next)
		}
	}
}

// complete builds all rows and reports whether there is room for them. What it
// takes to build more is given up.
func (d *dfa) complete() bool {
	d.limit = maxComplete
	for row := 1; row < len(d.keys); row++ {
		for class := 1; class < d.columns; class++ {
			if r, _ := d.build(d.rows.Load(), uint32(row*d.columns), uint32(class)); r.full {
				return false
			}
		}
	}
	d.prog, d.keys, d.index, d.next, d.stack = nil, nil, nil, sparse{}, nil
	return true
}

// key returns the set that follow gathered, without what takes no character.
func (d *dfa) key() string {
	pcs := slices.DeleteFunc(d.next.dense, func(pc uint32) bool {
		return d.prog.insts[pc].code == codeSplit
	})
	slices.Sort(pcs)
	b := make([]byte, 0, 4*len(pcs))
	for _, pc := range pcs {
		b = binary.LittleEndian.AppendUint32(b, pc)
	}
	return string(b)
}

// add makes the row of a key and returns the rows with it. It is unbuilt, and
// the rows full, when there is no room.
func (d *dfa) add(r *rows, key string) (*rows, uint32) {
	d.size += 4*d.columns + len(key) + 64
	if d.size > d.limit {
		return &rows{r.next, true}, unbuilt
	}
	row := uint32(len(d.keys) * d.columns)
	if need := int(row) + d.columns; need > len(r.next) {
		grown := make([]uint32, 2*need)
		copy(grown, r.next)
		r = &rows{next: grown}
	}
	if key[0]|key[1]|key[2]|key[3] == 0 { // instruction 0 is codeMatch
		r.next[row] = 1
	}
	d.index[key] = row
	d.keys = append(d.keys, key)
	return r, row
}
