package quota

import (
	"math/bits"
	"sync"
	"sync/atomic"
	"unsafe"
)

// A table is the states of one shard: open addressing in groups of eight
// slots. Where seeking a key begins follows from its hash and the number of
// groups alone, and all that a decision needs lies there: so the four cache
// lines of a group can be asked for before anything else is done, and a key
// costs one wait for memory as a rule. Slots take 69 bytes and at most 8/10 of
// them are in use. A shard is small enough for moving to a larger share of
// memory in a fraction of a millisecond. The garbage collector sees no pointers
// in it.
type table struct {
	shared atomic.Pointer[[]group] // groups, for who does not hold the lock: see hint
	share
	pool  *pool
	shard int
	n     int      // entries in use
	gone  int      // slots that were in use and must still be sought across
	most  int      // entries allowed
	kept  int      // entries in use that are protected
	hand  uint32   // next entry to look at for one to give up
	dirty []uint32 // changed since they were last saved; may hold one twice
	lost  uint32   // live entries given up for others
}

// A group is eight slots and fills four cache lines. The tag of a slot tells
// whether it is in use and, by a few bits of the hash, nearly all other keys
// from the one sought.
type group struct {
	hash   [width]uint64 // 0: not in use
	moment [width]Tick
	count  [width]int64
	rest   [width]uint32 // second from which the state is at rest
	rule   [width]uint16 // number in names
	info   [width]uint8  // how much of the label is in use, and flags
	tags   uint64        // a byte a slot, the first one lowest
}

const (
	width = 8 // slots of a group
	block = 4 // groups in which seeking the states of one key begins
)

// The bits of a hash. Those that choose the shard and the block are of the
// key's parts alone; to the others, which choose the group and the tag, the
// rule has added its mark.
const (
	shardBits = 6  // the top ones
	blockBits = 20 // the low ones
	markBits  = (1<<64 - 1) >> shardBits &^ (1<<blockBits - 1)
)

// The tags of slots not in use; others have the top bit.
const (
	emptyTag = 0
	goneTag  = 1
	inUse    = 0x80
)

// The flags of an entry.
const (
	protected = 1 << 6 // not given up for others while it lives
	dirty     = 1 << 7 // among the table's dirty ones
	shown     = 1<<6 - 1
)

// An entry is what a slot holds. Numbers of entries begin at 1. An insertion
// into the table may give an entry another number.
type entry struct {
	hash   uint64
	moment Tick
	count  int64
	rest   uint32
	rule   uint16
	info   uint8
	label  label
	key    digest // of a shadow only
}

// A label is what a key is shown as: its text, shortened to fit.
type label [37]byte

// second returns a moment in seconds since the epoch, rounded down.
func second(t Tick) uint32 { return uint32(max(0, min(t/perSecond, 1<<32-2))) }

// restSecond is second rounded up: a state is not taken for at rest early.
func restSecond(t Tick) uint32 {
	if t == forever {
		return 1<<32 - 1
	}
	return uint32(max(0, min(t/perSecond+1, 1<<32-2)))
}

// slots returns the highest number that an entry may have.
func (h *share) slots() uint32 { return uint32(len(h.groups)) * width }

// at returns where an entry lies.
func (h *share) at(i uint32) (g *group, k uint32) { return &h.groups[(i-1)/width], (i - 1) % width }

// entry returns a copy of an entry.
func (h *share) entry(i uint32) (e entry) {
	g, k := h.at(i)
	e = entry{g.hash[k], g.moment[k], g.count[k], g.rest[k], g.rule[k], g.info[k], h.labels[i-1], digest{}}
	if h.keys != nil {
		e.key = h.keys[i-1]
	}
	return e
}

// holds reports whether entry i is, still, that of a hash.
func (h *share) holds(i uint32, hash uint64) bool {
	if i == 0 || i > h.slots() {
		return false
	}
	g, k := h.at(i)
	return g.hash[k] == hash
}

// tag returns the tag of a hash: bits that choose neither shard nor group.
func tag(hash uint64) uint8 { return inUse | uint8(hash>>48) }

// home returns in which of n groups seeking a hash begins.
func home(hash uint64, n int) int {
	return int(hash&(1<<blockBits-1)*uint64(n/block)>>blockBits)*block + int(hash>>blockBits%block)
}

const (
	low  = 0x0101010101010101
	high = 0x8080808080808080
)

// zeros returns a word with the top bit of each byte that is zero in w set, and
// perhaps of bytes above one.
func zeros(w uint64) uint64 { return (w - low) &^ w & high }

func (g *group) tag(k uint32) uint8 { return uint8(g.tags >> (k * 8)) }

func (g *group) setTag(k uint32, tag uint8) {
	g.tags = g.tags&^(0xff<<(k*8)) | uint64(tag)<<(k*8)
}

// find returns the number of the entry with a hash, 0 if there is none.
func (h *share) find(hash uint64) uint32 {
	if len(h.groups) == 0 {
		return 0
	}
	for n := home(hash, len(h.groups)); ; {
		g := &h.groups[n]
		for m := zeros(g.tags ^ low*uint64(tag(hash))); m != 0; m &= m - 1 {
			if k := uint32(bits.TrailingZeros64(m)) / 8 % width; g.hash[k] == hash {
				return uint32(n)*width + k + 1
			}
		}
		if zeros(g.tags) != 0 {
			return 0
		}
		if n++; n == len(h.groups) {
			n = 0
		}
	}
}

// hint has the group in which seeking a hash begins brought into the caches.
// It needs no lock, as it reads nothing of it.
func (t *table) hint(hash uint64) {
	if groups := t.shared.Load(); groups != nil {
		prefetch(unsafe.Pointer(&(*groups)[home(hash, len(*groups))]))
	}
}

// mark puts an entry among the dirty ones.
func (t *table) mark(i uint32) {
	if g, k := t.at(i); g.info[k]&dirty == 0 {
		g.info[k] |= dirty
		t.dirty = append(t.dirty, i)
	}
}

// sweepStep is how many slots each insertion looks at to take back those at
// rest: more than one entry as soon as half of them are in use, so that a table
// does not grow but for living keys.
const sweepStep = 2

func (t *table) insert(e *entry, now uint32) uint32 {
	for range sweepStep {
		if i := t.advance(); i != 0 {
			if g, k := t.at(i); g.hash[k] != 0 && g.rest[k] <= now {
				t.remove(i)
			}
		}
	}
	if t.n >= t.most {
		t.evict(now)
	}
	switch slots := int(t.slots()); {
	case 10*(t.n+1) > 8*slots:
		t.grow()
	case 8*(t.n+t.gone+1) > 7*slots:
		t.move(t.share.clone())
	}
	return t.put(e)
}

// put places an entry that is not in the table, and has room.
func (t *table) put(e *entry) uint32 {
	i := uint32(home(e.hash, len(t.groups)))*width + 1
	g, k := t.at(i)
	for g.tag(k) >= inUse {
		if i++; i > t.slots() {
			i = 1
		}
		g, k = t.at(i)
	}
	if g.tag(k) == goneTag {
		t.gone--
	}
	g.setTag(k, tag(e.hash))
	g.hash[k], g.moment[k], g.count[k] = e.hash, e.moment, e.count
	g.rest[k], g.rule[k], g.info[k] = e.rest, e.rule, e.info
	t.labels[i-1] = e.label
	if t.keys != nil {
		t.keys[i-1] = e.key
	}
	t.n++
	if e.info&protected != 0 {
		t.kept++
	}
	return i
}

// grow moves the entries to a larger share of the pool.
func (t *table) grow() {
	old := t.share
	t.share = t.pool.next(t.shard, t.level)
	t.move(old)
	groups := t.groups
	t.shared.Store(&groups)
}

// move fills the table, whose slots are empty or those copied, with the entries
// of old slots.
func (t *table) move(old share) {
	t.n, t.gone, t.kept, t.hand, t.dirty = 0, 0, 0, 0, t.dirty[:0]
	clear(t.groups)
	for i := uint32(1); i <= old.slots(); i++ {
		e := old.entry(i)
		if e.hash == 0 {
			continue
		}
		if i := t.put(&e); e.info&dirty != 0 {
			t.dirty = append(t.dirty, i)
		}
	}
}

// advance moves the hand and returns the entry it points at; 0 if there is none.
func (t *table) advance() uint32 {
	if len(t.groups) == 0 {
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
	worth := uint64(1<<64 - 1) // what giving the victim up would forget
	for n := uint32(0); n < looked || victim == 0 || worth>>32 != 0 && t.kept < t.n && n < t.slots(); n++ {
		i := t.advance()
		g, k := t.at(i)
		if g.hash[k] == 0 {
			continue
		}
		w := uint64(g.rest[k])
		if g.info[k]&protected != 0 && g.rest[k] > now {
			w |= 1 << 32
		}
		if w < worth {
			victim, worth = i, w
		}
	}
	if uint32(worth) > now {
		t.lost++
	}
	t.remove(victim)
}

func (t *table) remove(i uint32) {
	g, k := t.at(i)
	if g.info[k]&protected != 0 {
		t.kept--
	}
	g.hash[k], g.info[k] = 0, 0
	t.n--
	// Whoever seeks another key stops at an empty slot of the group; if there
	// was none so far he goes on, and must do so still.
	if zeros(g.tags) != 0 {
		g.setTag(k, emptyTag)
	} else {
		g.setTag(k, goneTag)
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

// fresh returns the entry of a check whose key is not known.
func (m *Memory) fresh(c *Check, hash uint64) entry {
	e := entry{hash: hash, rule: m.names.number(c.Rule.prefix)}
	if c.Rule.protected {
		e.info = protected
	}
	if parts := c.parts(); len(parts) > 0 { // behind the first separator
		e.info |= uint8(copy(e.label[:], parts[1:]))
	}
	return e
}
