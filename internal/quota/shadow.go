package quota

import (
	"crypto/sha256"
	"slices"
)

func digestOf(key []byte) digest {
	sum := sha256.Sum256(key)
	return digest(sum[:16])
}

// newShadow returns the Memory in which a Redis store keeps what it has seen.
func newShadow(o RedisOptions) *Memory {
	m := NewMemory(MemoryOptions{Keys: o.Keys, Seed: o.Seed})
	m.pool.keyed = true
	return m
}

// put sets the state of a check's key.
func (m *Memory) put(c *Check, s State, now Tick) {
	var buf [1]place
	places := m.seek(buf[:0], []Check{*c})
	taken := m.lock(places)
	m.load(&places[0])
	m.write(c, &places[0], s, now)
	m.unlock(taken)
}

// keep sets the state of a check's key to what the server told, unless another
// answer has overtaken this one.
func (m *Memory) keep(c *Check, s State, now Tick) {
	var buf [1]place
	places := m.seek(buf[:0], []Check{*c})
	taken := m.lock(places)
	m.load(&places[0])
	old := places[0].state
	overtaken := old.Moment == s.Moment && old.Count > s.Count
	if c.Rule.Kind == Rate {
		overtaken = overtaken || old.Moment > s.Moment && old.Moment <= now+c.terms.burst
	}
	if !overtaken {
		m.write(c, &places[0], s, now)
	}
	m.unlock(taken)
}

// get returns the state of a check's key, none if it is not known.
func (m *Memory) get(c *Check) State {
	var buf [1]place
	places := m.seek(buf[:0], []Check{*c})
	taken := m.lock(places)
	m.load(&places[0])
	m.unlock(taken)
	return places[0].state
}

// raise moves the state of a known key on to what the server has restored.
func (m *Memory) raise(k known, s State) {
	sh := &m.shards[k.hash>>(64-shardBits)]
	sh.mu.Lock()
	defer sh.mu.Unlock()
	i := sh.table.find(k.hash)
	if i == 0 {
		return
	}
	g, n := sh.table.at(i)
	switch {
	case k.kind == Rate && s.Moment > g.moment[n]:
		g.moment[n], g.count[n], g.rest[n] = s.Moment, s.Count, restSecond(s.Moment)
	case s.Moment == g.moment[n] && s.Count > g.count[n]:
		g.count[n] = s.Count
	}
}

// known is a state as a shadow keeps it.
type known struct {
	key   digest
	hash  uint64
	kind  Kind
	state State
	rest  uint32
}

// kindNamed returns the kind whose name begins with a letter, as a rule's
// prefix does.
func kindNamed(letter byte) Kind {
	return Kind(slices.IndexFunc(kindNames[:], func(name string) bool { return name[0] == letter }))
}

// each calls f with the living states of one shard, copied so that the shard
// is not locked meanwhile.
func (m *Memory) each(n int, now Tick, f func(known)) {
	s := &m.shards[n]
	names := m.names.all()
	s.mu.Lock()
	list := make([]known, 0, s.table.n)
	for i := uint32(1); i <= s.table.slots(); i++ {
		e := s.table.entry(i)
		if e.hash == 0 || e.rest <= second(now) {
			continue
		}
		list = append(list, known{e.key, e.hash, kindNamed(names[e.rule][0]), State{e.moment, e.count}, e.rest})
	}
	s.mu.Unlock()
	for _, k := range list {
		f(k)
	}
}
