package quota

import (
	"encoding/binary"
	"math/bits"
	"sync"
)

// A table is the states of one shard: open addressing in groups of eight
// slots. A byte a slot tells whether it is in use and, by a few bits of the
// hash, nearly all other keys from the one sought; those bytes of a million
// keys fit the processor's caches, so that finding a key costs one access to
// memory. Slots take 65 bytes and are between 7/10 and 7/8 in use: the table
// grows by a quarter when it is full, and a shard is small enough for that to
// take a fraction of a millisecond. The garbage collector sees no pointers in it.
type table struct {
	tags    []uint8 // of the slots, in groups of eight
	entries []entry
	labels  []label
	keys    []digest // of a shadow only
	keyed   bool
	n       int      // entries in use
	gone    int      // slots that were in use and must still be sought across
	most    int      // entries allowed
	kept    int      // entries in use that are protected
	hand    uint32   // next entry to look at for one to give up
	dirty   []uint32 // changed since they were last saved; may hold one twice
	lost    uint32   // live entries given up for others
}

// The tags of slots not in use; others have the top bit.
const (
	emptyTag = 0
	goneTag  = 1
	inUse    = 0x80
)

const group = 8

// An entry is a key and its state. Numbers of entries begin at 1. An insertion
// into the table may give an entry another number.
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

func (t *table) at(i uint32) *entry { return &t.entries[i-1] }

func (t *table) labelAt(i uint32) *label { return &t.labels[i-1] }

// slots returns the highest number that an entry may have.
func (t *table) slots() uint32 { return uint32(len(t.entries)) }

// holds reports whether entry i is, still, that of a hash.
func (t *table) holds(i uint32, hash uint64) bool {
	return i != 0 && i <= t.slots() && t.at(i).hash == hash
}

// tag returns the tag of a hash: bits that choose neither shard nor group.
func tag(hash uint64) uint8 { return inUse | uint8(hash>>48) }

// home returns the first slot of the group at which seeking a hash begins.
func (t *table) home(hash uint64) int {
	groups := uint64(len(t.tags) / group)
	return int(uint64(uint32(hash))*groups>>32) * group
}

const (
	low  = 0x0101010101010101
	high = 0x8080808080808080
)

// zeros returns a word with the top bit of each byte that is zero in w set, and
// perhaps of bytes above one.
func zeros(w uint64) uint64 { return (w - low) &^ w & high }

func (t *table) group(slot int) uint64 { return binary.LittleEndian.Uint64(t.tags[slot:]) }

func (t *table) next(slot int) int {
	if slot += group; slot == len(t.tags) {
		return 0
	}
	return slot
}

// candidate returns the number of the first entry with a hash's tag, 0 if
// there is none. It does not read the entry.
func (t *table) candidate(hash uint64) uint32 {
	if len(t.tags) == 0 {
		return 0
	}
	for slot := t.home(hash); ; slot = t.next(slot) {
		w := t.group(slot)
		if m := zeros(w ^ low*uint64(tag(hash))); m != 0 {
			return uint32(slot+bits.TrailingZeros64(m)/8) + 1
		}
		if zeros(w) != 0 {
			return 0
		}
	}
}

// touch reads an entry.
func (t *table) touch(i uint32) uint64 {
	if i == 0 {
		return 0
	}
	return t.at(i).hash
}

// find returns the number of the entry with a hash, 0 if there is none.
func (t *table) find(hash uint64) uint32 {
	if len(t.tags) == 0 {
		return 0
	}
	for slot := t.home(hash); ; slot = t.next(slot) {
		w := t.group(slot)
		for m := zeros(w ^ low*uint64(tag(hash))); m != 0; m &= m - 1 {
			if i := uint32(slot+bits.TrailingZeros64(m)/8) + 1; t.at(i).hash == hash {
				return i
			}
		}
		if zeros(w) != 0 {
			return 0
		}
	}
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
	if 8*(t.n+t.gone+1) > 7*len(t.tags) {
		t.rebuild()
	}
	return t.put(entry{hash: hash, flags: flags}, l)
}

// put places an entry that is not in the table, and has room.
func (t *table) put(e entry, l label) uint32 {
	slot := t.home(e.hash)
	for t.tags[slot] >= inUse {
		if slot++; slot == len(t.tags) {
			slot = 0
		}
	}
	if t.tags[slot] == goneTag {
		t.gone--
	}
	t.tags[slot] = tag(e.hash)
	t.entries[slot], t.labels[slot] = e, l
	t.n++
	if e.flags&protected != 0 {
		t.kept++
	}
	return uint32(slot) + 1
}

// rebuild makes room for a quarter more entries than there are.
func (t *table) rebuild() {
	old := *t
	size := max(8, (10*(t.n+1)/7+group-1)/group) * group
	t.tags, t.entries, t.labels = make([]uint8, size), make([]entry, size), make([]label, size)
	if t.keyed {
		t.keys = make([]digest, size)
	}
	t.n, t.gone, t.kept, t.hand, t.dirty = 0, 0, 0, 0, old.dirty[:0]
	for k := range old.entries {
		if old.entries[k].hash == 0 {
			continue
		}
		i := t.put(old.entries[k], old.labels[k])
		if t.keyed {
			t.keys[i-1] = old.keys[k]
		}
		if old.entries[k].flags&dirty != 0 {
			t.dirty = append(t.dirty, i)
		}
	}
}

// advance moves the hand and returns the entry it points at; 0 if there is none.
func (t *table) advance() uint32 {
	if len(t.entries) == 0 {
		return 0
	}
	if t.hand++; t.hand > t.slots() {
		t.hand = 1
	}
	return t.hand
}

// looked is how many slots are looked at to find an entry to give up.
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
	for n := 0; n < looked || victim == 0 || worth(victim)>>32 != 0 && t.kept < t.n && n < len(t.entries); n++ {
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
	e, slot := t.at(i), int(i-1)
	if e.flags&protected != 0 {
		t.kept--
	}
	*e = entry{}
	t.n--
	// Whoever seeks another key stops at an empty slot of the group; if there
	// was none so far he goes on, and must do so still.
	if zeros(t.group(slot/group*group)) != 0 {
		t.tags[slot] = emptyTag
	} else {
		t.tags[slot] = goneTag
		t.gone++
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
