package schema

import "slices"

// states runs models whose nested repetitions are ambiguous: where (a{2,3})+
// has seen three a's, the fourth may begin a round or the third may have. It
// keeps every state the model may be in, at most maxStates of them.
type states struct {
	data  []int32 // of all open models: states of 1 + counters numbers, the link first
	stack []stateSet
	next  []int32
	seen  [maxStates]int32 // index in next, plus one, by the counters read as one number
}

// A stateSet is the states of one open element.
type stateSet struct {
	m     *model
	start int // in data
}

func (s *states) reset() {
	s.data, s.stack = s.data[:0], s.stack[:0]
}

func (s *states) push(m *model) {
	s.stack = append(s.stack, stateSet{m, len(s.data)})
	s.data = append(s.data, m.start)
	for range m.counters {
		s.data = append(s.data, 0)
	}
}

func (s *states) pop() {
	top := s.stack[len(s.stack)-1]
	s.stack, s.data = s.stack[:len(s.stack)-1], s.data[:top.start]
}

// match is validator.match for all states at once. By Unique Particle
// Attribution they agree on the particle.
func (s *states) match(sym symbol, space spaceID) (found *Element, any *Wildcard) {
	top := s.stack[len(s.stack)-1]
	m, size := top.m, int(top.m.counters)+1
	s.next = s.next[:0]
	clear(s.seen[:m.states])
	for at := top.start; at < len(s.data); at += size {
		counters := s.data[at+1 : at+size]
		for i := s.data[at]; i != accept; {
			l := &m.links[i]
			if l.slot < 0 || counters[l.slot] < l.max {
				if e, _ := l.take(sym, space); e != nil {
					found, any = e.element, e.any
					s.add(m, l, e, counters)
				}
			}
			if !l.pass && (!l.loop || counters[l.slot] < l.min) {
				break
			}
			i = l.next
		}
	}
	if found != nil || any != nil {
		s.data = append(s.data[:top.start], s.next...)
	}
	return found, any
}

// add adds the state behind e unless it is there. All that are added in one
// step stand behind the same position, so that their counters tell them apart;
// of the outermost counter that has only an upper bound, the least will do.
func (s *states) add(m *model, l *link, e *entry, counters []int32) {
	start := len(s.next)
	s.next = append(s.next, e.next)
	for _, c := range counters { // few
		s.next = append(s.next, c)
	}
	added := s.next[start+1:]
	count(added, m, l, e)
	around, free := m.positions[e.pos].counters, m.positions[e.pos].free
	if len(around) < len(added) { // the others have ended
		for slot := range added {
			if !slices.Contains(around, int32(slot)) {
				added[slot] = 0
			}
		}
	}
	id := 0
	for _, slot := range around {
		if slot != free {
			id = id*int(m.bounds[slot]+1) + int(added[slot])
		}
	}
	if at := s.seen[id]; at == 0 {
		s.seen[id] = int32(start) + 1
	} else {
		if old := s.next[at : int(at)+len(added)]; free >= 0 && added[free] < old[free] {
			old[free] = added[free]
		}
		s.next = s.next[:start]
	}
}

// freeCounter returns the outermost counter around a position that has no
// lower bound to reach, -1 if there is none.
func (m *model) freeCounter(around []int32) int32 {
	for i := len(around) - 1; i >= 0; i-- {
		if m.free[around[i]] {
			return around[i]
		}
	}
	return -1
}

func (s *states) complete() bool {
	top := s.stack[len(s.stack)-1]
	m, size := top.m, int(top.m.counters)+1
	for at := top.start; at < len(s.data); at += size {
		counters := s.data[at+1 : at+size]
		i := s.data[at]
		for i != accept && (m.links[i].pass || m.links[i].loop && counters[m.links[i].slot] >= m.links[i].min) {
			i = m.links[i].next
		}
		if i == accept {
			return true
		}
	}
	return false
}

func (s *states) follow(yield func(*Particle)) {
	top := s.stack[len(s.stack)-1]
	size := int(top.m.counters) + 1
	for at := top.start; at < len(s.data); at += size {
		top.m.follow(s.data[at], s.data[at+1:at+size], yield)
	}
}

// count returns how many states the innermost open model may be in.
func (s *states) count() int {
	top := s.stack[len(s.stack)-1]
	return (len(s.data) - top.start) / int(top.m.counters+1)
}
