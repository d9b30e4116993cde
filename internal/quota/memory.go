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
	pool   *pool
}

// MemoryOptions are the settings of a Memory.
type MemoryOptions struct {
	// Keys is the most keys kept. Default: 1 000 000, which take some 90 MB;
	// fewer take at most twice as much each.
	Keys int
	// Seed makes the hash unpredictable; it must be random.
	Seed [2]uint64
}

const (
	shards      = 1 << shardBits
	defaultKeys = 1_000_000
)

// NewMemory returns an empty store.
func NewMemory(o MemoryOptions) *Memory {
	if o.Keys <= 0 {
		o.Keys = defaultKeys
	}
	m := &Memory{k0: o.Seed[0], k1: o.Seed[1]}
	most := (o.Keys + shards - 1) / shards
	m.pool = newPool(shards, most)
	for i := range m.shards {
		t := &m.shards[i].table
		t.pool, t.shard, t.most, t.level = m.pool, i, most, m.pool.level
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

// A place is where a check's state lies during one decision.
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
	places := m.seek(buf[:0], checks)
	for i := range checks { // while memory is being read
		checks[i].at(now)
	}
	taken := m.lock(places)
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
	places := m.seek(buf[:0], checks)
	taken := m.lock(places)
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

// seek returns the places of checks, known by their hashes only. Nearly every
// access to an entry misses the caches, so it begins those of all keys: they
// overlap with each other and with what is done before the states are needed.
func (m *Memory) seek(places []place, checks []Check) []place {
	for i := range checks {
		h := m.hash(checks, places, i)
		m.table(h).hint(h)
		places = append(places, place{hash: h})
	}
	return places
}

// hash returns the hash of check i, those of the checks before it being known.
// Rules that share the parts of their keys share all bits of the hash that say
// where to look: the states of one client lie together, behind one lock.
func (m *Memory) hash(checks []Check, places []place, i int) uint64 {
	c := &checks[i]
	parts := c.parts()
	for k := range places {
		if d := &checks[k]; string(d.parts()) == string(parts) {
			return max(1, places[k].hash^d.Rule.mark^c.Rule.mark)
		}
	}
	return max(1, sipHash(m.k0, m.k1, parts)^c.Rule.mark)
}

// A set holds numbers of shards, a bit each.
type set uint64

// lock locks the shards of places, in the order of their numbers so that two
// decisions never wait for each other.
func (m *Memory) lock(places []place) set {
	var taken set
	for i := range places {
		taken |= 1 << (places[i].hash >> (64 - shardBits))
	}
	for rest := taken; rest != 0; rest &= rest - 1 {
		m.shards[bits.TrailingZeros64(uint64(rest))%shards].mu.Lock()
	}
	return taken
}

// load reads the state of a key.
func (m *Memory) load(p *place) {
	t := m.table(p.hash)
	p.num, p.state = t.find(p.hash), none
	if p.num != 0 {
		g, k := t.at(p.num)
		p.state = State{g.moment[k], g.count[k]}
	}
}

func (m *Memory) unlock(taken set) {
	for ; taken != 0; taken &= taken - 1 {
		m.shards[bits.TrailingZeros64(uint64(taken))%shards].mu.Unlock()
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
		e := m.fresh(c, p.hash)
		if t.pool.keyed {
			e.key = digestOf(c.Key)
		}
		p.num = t.insert(&e, second(now))
	}
	g, k := t.at(p.num)
	g.moment[k], g.count[k], g.rest[k] = s.Moment, s.Count, rest
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
