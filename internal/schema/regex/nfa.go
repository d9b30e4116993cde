package regex

import "unicode/utf8"

// A sparse is a set of instructions in the order they were added, cleared in
// constant time.
type sparse struct {
	dense []uint32
	place []uint32
}

func newSparse(n int) sparse { return sparse{make([]uint32, 0, n), make([]uint32, n)} }

func (s *sparse) has(pc uint32) bool {
	i := s.place[pc]
	return int(i) < len(s.dense) && s.dense[i] == pc
}

func (s *sparse) add(pc uint32) {
	s.place[pc] = uint32(len(s.dense))
	s.dense = append(s.dense, pc)
}

// A simulation runs a prog over a value with all its alternatives at once. One
// character costs at most a step for each instruction.
type simulation struct {
	prog      *prog
	cur, next sparse
	stack     []uint32
	counters  []counter
}

func newSimulation(p *prog) *simulation {
	n := len(p.insts)
	return &simulation{
		prog: p, cur: newSparse(n), next: newSparse(n),
		counters: make([]counter, p.counters),
	}
}

// match reports whether the automaton takes the whole value.
func (s *simulation) match(a *alphabet, value []byte) bool {
	s.cur.dense = s.cur.dense[:0]
	s.next.dense = s.next.dense[:0]
	for i := range s.counters {
		s.counters[i].clear()
	}
	s.follow(s.prog.start, 0)
	s.cur, s.next = s.next, s.cur
	for at, i := 0, 0; i < len(value); at++ {
		class, n := uint32(0), 1
		if b := value[i]; b < utf8.RuneSelf {
			class = uint32(a.ascii[b])
		} else if class, n = a.class(value[i:]); class == 0 {
			return false
		}
		i += n
		s.step(class, at+1)
		s.cur, s.next = s.next, s.cur
		if len(s.cur.dense) == 0 {
			return false
		}
	}
	return s.cur.has(0)
}

// step takes one character; at is the number of characters with it.
func (s *simulation) step(class uint32, at int) {
	s.next.dense = s.next.dense[:0]
	for _, pc := range s.cur.dense {
		switch in := &s.prog.insts[pc]; in.code {
		case codeChar:
			if s.prog.sets[in.set].has(class) {
				s.follow(in.next, at)
			}
		case codeCount:
			c := &s.counters[in.other]
			if !s.prog.sets[in.set].has(class) {
				c.expire(at)
				continue
			}
			c.expire(at - int(in.max))
			oldest, ok := c.oldest(at)
			if !ok {
				continue
			}
			if !s.next.has(pc) {
				s.next.add(pc)
			}
			if at-oldest >= int(in.min) {
				s.follow(in.next, at)
			}
		}
	}
}

// follow adds what can be reached from pc without taking a character.
func (s *simulation) follow(pc uint32, at int) {
	s.stack = append(s.stack[:0], pc)
	for len(s.stack) > 0 {
		pc := s.stack[len(s.stack)-1]
		s.stack = s.stack[:len(s.stack)-1]
		in := &s.prog.insts[pc]
		if in.code == codeCount {
			s.counters[in.other].start(at, in)
		}
		if s.next.has(pc) {
			continue
		}
		s.next.add(pc)
		if in.code == codeSplit {
			s.stack = append(s.stack, in.other, in.next)
		}
	}
}

// A counter knows at which positions the runs of one codeCount began that have
// not ended: all of them grow by every character, so that the positions say how
// long each is. They ascend; starts[head] is the longest run.
type counter struct {
	starts []int
	head   int
}

func (c *counter) clear() { c.starts, c.head = c.starts[:0], 0 }

// start begins a run at a position.
func (c *counter) start(at int, in *inst) {
	n := len(c.starts)
	switch {
	case n > c.head && c.starts[n-1] == at:
		return
	case n > c.head+1 && at-c.starts[n-2] <= int(in.max)-int(in.min)+1:
		// Whenever the run between the two could end, one of them can.
		c.starts[n-1] = at
		return
	case c.head > n/2:
		c.starts = c.starts[:copy(c.starts, c.starts[c.head:])]
		c.head = 0
	}
	c.starts = append(c.starts, at)
}

// expire ends the runs that began before a position.
func (c *counter) expire(at int) {
	for c.head < len(c.starts) && c.starts[c.head] < at {
		c.head++
	}
}

// oldest returns where the longest run that began before at did.
func (c *counter) oldest(at int) (int, bool) {
	if c.head == len(c.starts) || c.starts[c.head] >= at {
		return 0, false
	}
	return c.starts[c.head], true
}
