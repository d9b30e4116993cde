package quota

import "sync"

// A table is the states of one shard: an index of chains over entries that
// lie in chunks, so that growing moves nothing but the index. An entry takes
// 32 bytes and its label 40; with the index a key costs some 85 bytes and
// finding it two or three cache lines. The garbage collector sees no pointers
// in it.
type table struct {
	index  []uint32 // heads of the chains, by the hash's low bits
	chunks []*[chunk]entry
	labels []*[chunk]label
	keys   []*[chunk]digest // of a shadow only
	n      int              // entries in use
	most   int              // entries allowed
	kept   int              // entries in use that are protected
	free   uint32           // head of the chain of unused entries
	made   uint32           // entries ever made, unused ones included
	hand   uint32           // next entry to look at for one to give up
	dirty  []uint32         // changed since they were last saved
	lost   uint32           // live entries given up for others
}

const (
	chunkBits = 9
	chunk     = 1 << chunkBits
)

// An entry is a key and its state. Numbers of entries begin at 1; 0 ends a chain.
type entry struct {
	hash   uint64 // 0: not in use
	moment Tick
	count  int64
	next   uint32 // in the chain; top bits: flags
	rest   uint32 // second from which the state is at rest
}

// The flags in an entry's next.
const (
	protectedBit = 1 << 31 // not given up for unprotected ones
	dirtyBit     = 1 << 30 // among the table's dirty ones
	flagBits     = protectedBit | dirtyBit
)

// A label is what a key is shown as: its text, shortened to fit.
type label struct {
	rule uint16 // number in names
	n    uint8
	text [37]byte
}

// second returns a moment in seconds since the epoch, rounded down.
func second(t Tick) uint32 { return uint32(max(0, min(t/perSecond, 1<<32-2))) }

// restSecond is second rounded up: a state is not taken for at rest early.
func restSecond(t Tick) uint32 {
	if t == forever {
		return 1<<32 - 1
	}
	return uint32(max(0, min(t/perSecond+1, 1<<32-2)))
}

func (t *table) at(i uint32) *entry {
	i--
	return &t.chunks[i>>chunkBits][i&(chunk-1)]
}

func (t *table) labelAt(i uint32) *label {
	i--
	return &t.labels[i>>chunkBits][i&(chunk-1)]
}

func (t *table) head(hash uint64) *uint32 { return &t.index[hash&uint64(len(t.index)-1)] }

// first returns the number of the first entry that a hash may have; 0 if none.
func (t *table) first(hash uint64) uint32 {
	if len(t.index) == 0 {
		return 0
	}
	return *t.head(hash)
}

// follow returns the number of the entry with the hash in the chain from i on,
// 0 if there is none.
func (t *table) follow(i uint32, hash uint64) uint32 {
	for i != 0 && t.at(i).hash != hash {
		i = t.at(i).next &^ flagBits
	}
	return i
}

// mark puts an entry among the dirty ones.
func (t *table) mark(i uint32) {
	if e := t.at(i); e.next&dirtyBit == 0 {
		e.next |= dirtyBit
		t.dirty = append(t.dirty, i)
	}
}

// sweepStep is how many entries each insertion looks at to take back those at
// rest: more than one, so that the table follows the living keys.
const sweepStep = 2

func (t *table) insert(hash uint64, l label, protected bool, now uint32) uint32 {
	for range sweepStep {
		if i := t.advance(); i != 0 && t.at(i).hash != 0 && t.at(i).rest <= now {
			t.remove(i)
		}
	}
	if t.n >= t.most {
		t.evict(now)
	}
	if 2*t.n >= len(t.index) {
		t.grow()
	}
	i := t.free
	if i != 0 {
		t.free = t.at(i).next
	} else {
		if t.made&(chunk-1) == 0 {
			t.chunks = append(t.chunks, new([chunk]entry))
			t.labels = append(t.labels, new([chunk]label))
		}
		t.made++
		i = t.made
	}
	e, head := t.at(i), t.head(hash)
	*e = entry{hash: hash, next: *head}
	if protected {
		e.next |= protectedBit
		t.kept++
	}
	*head = i
	*t.labelAt(i) = l
	t.n++
	return i
}

// advance moves the hand and returns the entry it points at; 0 if there is none.
func (t *table) advance() uint32 {
	if t.made == 0 {
		return 0
	}
	if t.hand++; t.hand > t.made {
		t.hand = 1
	}
	return t.hand
}

// looked is how many entries are looked at to find one to give up.
const looked = 16

// evict gives up one entry: at rest if there is such a one among those looked
// at, else the unprotected one that soonest will be. A protected one that lives
// goes only if there are no others in the table.
func (t *table) evict(now uint32) {
	var victim uint32
	worth := func(i uint32) uint64 { // what giving it up would forget
		e := t.at(i)
		w := uint64(e.rest)
		if e.next&protectedBit != 0 && e.rest > now {
			w |= 1 << 32
		}
		return w
	}
	for n := 0; n < looked || victim == 0 || worth(victim)>>32 != 0 && t.kept < t.n && n < int(t.made); n++ {
		i := t.advance()
		if t.at(i).hash != 0 && (victim == 0 || worth(i) < worth(victim)) {
			victim = i
		}
	}
	if t.at(victim).rest > now {
		t.lost++
	}
	t.remove(victim)
}

func (t *table) remove(i uint32) {
	e := t.at(i)
	for p := t.head(e.hash); ; {
		if *p&^flagBits == i {
			*p = *p&flagBits | e.next&^flagBits
			break
		}
		p = &t.at(*p &^ flagBits).next
	}
	if e.next&protectedBit != 0 {
		t.kept--
	}
	*e = entry{next: t.free}
	t.free = i
	t.n--
}

func (t *table) grow() {
	t.index = make([]uint32, max(64, 2*len(t.index)))
	for i := uint32(1); i <= t.made; i++ {
		if e := t.at(i); e.hash != 0 {
			head := t.head(e.hash)
			e.next = e.next&flagBits | *head
			*head = i
		}
	}
}

// names numbers the prefixes of rules' keys for labels.
type names struct {
	mu   sync.Mutex
	list []string
	num  map[string]uint16
}

// number returns the number of a prefix. After 65 535 of them, more than a
// life of configurations has, further ones share the last number.
func (n *names) number(prefix []byte) uint16 {
	n.mu.Lock()
	defer n.mu.Unlock()
	if i, ok := n.num[string(prefix)]; ok {
		return i
	}
	if n.num == nil {
		n.num = make(map[string]uint16)
	}
	if len(n.list) == 1<<16 {
		return 1<<16 - 1
	}
	i := uint16(len(n.list))
	n.list, n.num[string(prefix)] = append(n.list, string(prefix)), i
	return i
}

// all returns the prefixes by number.
func (n *names) all() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.list[:len(n.list):len(n.list)]
}

func (m *Memory) label(c *Check) label {
	l := label{rule: m.names.number(c.Rule.prefix)}
	if len(c.Key) > len(c.Rule.prefix) {
		l.n = uint8(copy(l.text[:], c.Key[len(c.Rule.prefix)+1:]))
	}
	return l
}
