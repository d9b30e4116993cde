package quota

import (
	"context"
	"math/bits"
	"sync"
	"unsafe"
)

// Memory is the store of one node: sharded, bounded, and constant in time per
// key. When it is full, a new key takes the place of one whose state is at
// rest or, among those looked at, soonest will be; keys that only registered
// clients can have are not given up for others.
type Memory struct {
	shards [shards]shard // first, and so at the beginning of a cache line
	k0, k1 uint64
	saved  bool // remembers what has changed since it was saved
	names  names
}

// MemoryOptions are the settings of a Memory.
type MemoryOptions struct {
	// Keys is the most keys kept. Default: 1 000 000, some 90 MB.
	Keys int
	// Seed makes the hash unpredictable; it must be random.
	Seed [2]uint64
}

const (
	shardBits   = 7
	shards      = 1 << shardBits
	defaultKeys = 1_000_000
)

// NewMemory returns an empty store.
func NewMemory(o MemoryOptions) *Memory {
	if o.Keys <= 0 {
		o.Keys = defaultKeys
	}
	m := &Memory{k0: o.Seed[0], k1: o.Seed[1]}
	for i := range m.shards {
		m.shards[i].table.most = (o.Keys + shards - 1) / shards
	}
	return m
}

// A shard begins with what a decision needs of it, in one cache line, and is
// padded to whole pairs of them, so that neighbours' locks do not contend.
type shard struct {
	locked
	_ [256 - unsafe.Sizeof(locked{})]byte
}

type locked struct {
	mu    sync.Mutex
	table table
}

// place is where a check's state lies during one decision.
type place struct {
	hash  uint64
	num   uint32 // of the entry; 0 if the key is not known
	state State
}

func (m *Memory) table(hash uint64) *table { return &m.shards[hash>>(64-shardBits)].table }

// maxChecks is how many checks one decision takes without allocating.
const maxChecks = 8

// Decide implements Store. It never fails.
func (m *Memory) Decide(_ context.Context, now Tick, checks []Check) error {
	var buf [maxChecks]place
	places, taken := m.lock(buf[:0], checks)
	// While memory is being read.
	for i := range checks {
		checks[i].at(now)
	}
	refused := false
	for i := range checks {
		c, p := &checks[i], &places[i]
		m.load(p)
		p.state = c.judge(p.state, now)
		refused = refused || c.Result.Enforced()
	}
	for i := range checks {
		c, p := &checks[i], &places[i]
		if s := c.settle(p.state, now, refused); c.moved {
			m.write(c, p, s, now)
		}
	}
	m.unlock(taken)
	return nil
}

// Adjust implements Store. It never fails.
func (m *Memory) Adjust(_ context.Context, now Tick, checks []Check) error {
	var buf [maxChecks]place
	places, taken := m.lock(buf[:0], checks)
	for i := range checks {
		c, p := &checks[i], &places[i]
		c.at(now)
		m.load(p)
		s := c.adjust(p.state, now)
		c.report(s, now)
		m.write(c, p, s, now)
	}
	m.unlock(taken)
	return nil
}

// A set holds numbers of shards.
type set [shards / 64]uint64

// lock locks the shards of all checks, in the order of their numbers so that
// two decisions never wait for each other, and begins to read the states.
func (m *Memory) lock(places []place, checks []Check) ([]place, set) {
	var taken set
	for i := range checks {
		h := max(1, sipHash(m.k0, m.k1, checks[i].Key))
		n := h >> (64 - shardBits)
		taken[n/64] |= 1 << (n % 64)
		places = append(places, place{hash: h})
	}
	for w, word := range taken {
		for ; word != 0; word &= word - 1 {
			m.shards[64*w+bits.TrailingZeros64(word)].mu.Lock()
		}
	}
	// Nearly every access to an entry misses the caches. So those of all keys are
	// begun before what they bring is looked at: they overlap.
	var touched uint64
	for i := range places {
		p := &places[i]
		p.num = m.table(p.hash).candidate(p.hash)
	}
	for i := range places {
		touched |= m.table(places[i].hash).touch(places[i].num)
	}
	m.touched(touched)
	return places, taken
}

// load reads the state of a key.
func (m *Memory) load(p *place) {
	t := m.table(p.hash)
	if p.num != 0 && t.at(p.num).hash != p.hash {
		p.num = t.find(p.hash)
	}
	if p.state = none; p.num != 0 {
		e := t.at(p.num)
		p.state = State{e.moment, e.count}
	}
}

// touched takes what was read only to have it read, lest the compiler leaves
// the reading out.
//
//go:noinline
func (m *Memory) touched(uint64) {}

func (m *Memory) unlock(taken set) {
	for w, word := range taken {
		for ; word != 0; word &= word - 1 {
			m.shards[64*w+bits.TrailingZeros64(word)].mu.Unlock()
		}
	}
}

// write stores the state that a check left.
func (m *Memory) write(c *Check, p *place, s State, now Tick) {
	rest := restSecond(c.rest(s))
	t := m.table(p.hash)
	if !t.holds(p.num, p.hash) {
		// Not known, or given up for a new key of this very decision, or moved.
		p.num = t.find(p.hash)
	}
	if p.num == 0 {
		if s == none || rest <= second(now) {
			return
		}
		flags := uint32(0)
		if c.Rule.protected {
			flags = protected
		}
		p.num = t.insert(p.hash, m.label(c), flags, second(now))
		if t.keyed {
			t.keys[p.num-1] = digestOf(c.Key)
		}
	}
	e := t.at(p.num)
	e.moment, e.count, e.rest = s.Moment, s.Count, rest
	if m.saved && c.Rule.Kind != Concurrent {
		t.mark(p.num)
	}
}

// Len returns how many keys the store holds, those at rest included.
func (m *Memory) Len() int {
	n := 0
	for i := range m.shards {
		s := &m.shards[i]
		s.mu.Lock()
		n += s.table.n
		s.mu.Unlock()
	}
	return n
}
