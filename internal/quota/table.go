package quota

import "sync"

// A table is the states of one shard: an index with linear probing over
// entries that lie in chunks, so that growing moves nothing but the index. An
// entry takes 32 bytes and its label 40; with the index a key costs some 85
// bytes, and finding it one cache line of the index, which tells nearly all
// other keys apart by a tag, and one of the entry. The garbage collector sees no
// pointers in it.
type table struct {
	index  []uint32 // tag and number of an entry, by the hash's low bits; at most half full
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

// An entry is a key and its state. Numbers of entries begin at 1.
type entry struct {
	hash   uint64 // 0: not in use
	moment Tick
	count  int64
	flags  uint32
	rest   uint32 // second from which the state is at rest
}

// The flags of an entry.
const (
	protected = 1 << iota // not given up for others while it lives
	dirty                 // among the table's dirty ones
)

// The top bits of a place in the index are a tag: bits of the hash that choose
// neither the shard nor the place.
const (
	numberBits = 24
	numberMask = 1<<numberBits - 1
)

func tag(hash uint64) uint32 { return uint32(hash>>48) << numberBits }

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

// seek returns the first place in the index from i on whose tag is the hash's,
// and the number of its entry; 0 if the key is not in the table.
func (t *table) seek(i uint32, hash uint64) (place, number uint32) {
	if len(t.index) == 0 {
		return 0, 0
	}
	want, mask := tag(hash), uint32(len(t.index)-1)
	for ; ; i++ {
		v := t.index[i&mask]
		if v == 0 || v&^numberMask == want {
			return i & mask, v & numberMask
		}
	}
}

// touchIndex and touchEntry read what seek and find will read first.
func (t *table) touchIndex(hash uint64) uint64 {
	if len(t.index) == 0 {
		return 0
	}
	return uint64(t.index[t.home(hash)])
}

func (t *table) touchEntry(i uint32) uint64 {
	if i == 0 {
		return 0
	}
	return t.at(i).hash
}

// home returns the place in the index at which seeking a hash begins.
func (t *table) home(hash uint64) uint32 { return uint32(hash) & uint32(len(t.index)-1) }

// find returns the number of the entry with a hash, 0 if there is none.
func (t *table) find(hash uint64) uint32 {
	place, n := t.seek(t.home(hash), hash)
	for n != 0 && t.at(n).hash != hash {
		place, n = t.seek(place+1, hash)
	}
	return n
}

// mark puts an entry among the dirty ones.
func (t *table) mark(i uint32) {
	if e := t.at(i); e.flags&dirty == 0 {
		e.flags |= dirty
		t.dirty = append(t.dirty, i)
	}
}

// sweepStep is how many entries each insertion looks at to take back those at
// rest: more than one, so that the table follows the living keys.
const sweepStep = 2

func (t *table) insert(hash uint64, l label, flags uint32, now uint32) uint32 {
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
		t.free = t.at(i).flags
	} else {
		if t.made&(chunk-1) == 0 {
			t.chunks = append(t.chunks, new([chunk]entry))
			t.labels = append(t.labels, new([chunk]label))
		}
		t.made++
		i = t.made
	}
	*t.at(i) = entry{hash: hash, flags: flags}
	*t.labelAt(i) = l
	t.enter(hash, i)
	t.n++
	if flags&protected != 0 {
		t.kept++
	}
	return i
}

// enter writes an entry into the index.
func (t *table) enter(hash uint64, i uint32) {
	mask := uint32(len(t.index) - 1)
	place := t.home(hash)
	for t.index[place] != 0 {
		place = (place + 1) & mask
	}
	t.index[place] = tag(hash) | i
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
		if e.flags&protected != 0 && e.rest > now {
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
	t.leave(e.hash, i)
	if e.flags&protected != 0 {
		t.kept--
	}
	*e = entry{flags: t.free}
	t.free = i
	t.n--
}

// leave takes an entry out of the index and moves up those behind it that
// would not be found across the gap.
func (t *table) leave(hash uint64, i uint32) {
	mask := uint32(len(t.index) - 1)
	gap := t.home(hash)
	for t.index[gap]&numberMask != i {
		gap = (gap + 1) & mask
	}
	for next := (gap + 1) & mask; t.index[next] != 0; next = (next + 1) & mask {
		home := t.home(t.at(t.index[next] & numberMask).hash)
		if (next-home)&mask >= (next-gap)&mask {
			t.index[gap] = t.index[next]
			gap = next
		}
	}
	t.index[gap] = 0
}

func (t *table) grow() {
	t.index = make([]uint32, max(64, 2*len(t.index)))
	for i := uint32(1); i <= t.made; i++ {
		if e := t.at(i); e.hash != 0 {
			t.enter(e.hash, i)
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
