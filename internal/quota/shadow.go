package quota

import "crypto/sha256"

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

// get returns the state of a check's key, none if it is not known.
func (m *Memory) get(c *Check) State {
	var buf [1]place
	places := m.seek(buf[:0], []Check{*c})
	taken := m.lock(places)
	m.load(&places[0])
	m.unlock(taken)
	return places[0].state
}

// known is a state as a shadow keeps it.
type known struct {
	key   digest
	kind  byte // first letter of the kind
	state State
	rest  uint32
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
		list = append(list, known{
			e.key,
			names[e.rule][0],
			State{e.moment, e.count}, e.rest,
		})
	}
	s.mu.Unlock()
	for _, k := range list {
		f(k)
	}
}
