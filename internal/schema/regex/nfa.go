package regex

import (
	"slices"
	"unicode/utf8"
)

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

// A net is a prog without its splits: for each instruction that takes
// characters those that may follow.
type net struct {
	prog  *prog
	start []uint32
	nodes []netNode // by instruction
}

type netNode struct {
	takes        members
	after        []uint32
	counts       bool
	family, rank uint32
}

// newNet returns the net of a prog. It is not ok where an instruction has so
// many that may follow it that a character would cost too much.
func newNet(p *prog) (n *net, ok bool) {
	n = &net{prog: p, nodes: make([]netNode, len(p.insts))}
	n.nodes[0].takes = members{0} // codeMatch takes nothing
	if len(p.sets) > 0 {
		n.nodes[0].takes = make(members, len(p.sets[0]))
	}
	c := newCloser(p)
	for pc := range p.insts {
		in := &p.insts[pc]
		if in.code != codeChar && in.code != codeCount {
			continue
		}
		n.nodes[pc] = netNode{
			takes: p.sets[in.set], after: p.foremost(c.from(in.next)), counts: in.code == codeCount,
			family: in.family, rank: in.rank,
		}
		if len(n.nodes[pc].after) > maxLive {
			return nil, false
		}
	}
	n.start = p.foremost(c.from(p.start))
	return n, len(n.start) <= maxLive
}

// foremost returns the instructions without those of which another of the same
// family takes all that they take.
func (p *prog) foremost(pcs []uint32) []uint32 {
	least := map[uint32]uint32{}
	for _, pc := range pcs {
		if in := &p.insts[pc]; in.family != 0 {
			if rank, ok := least[in.family]; !ok || in.rank < rank {
				least[in.family] = in.rank
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(pcs), func(pc uint32) bool {
		in := &p.insts[pc]
		return in.family != 0 && in.rank > least[in.family]
	})
}

// A simulation runs a net over a value with all its alternatives at once. One
// character costs at most a step for each instruction.
type simulation struct {
	net       *net
	cur, next sparse
	counters  []counter
	best      []leader // by family
	outdone   bool     // next has instructions that are not the best
}

// A leader is the instruction of a family that outdoes the others behind so many
// characters.
type leader struct {
	at int
	pc uint32
}

func newSimulation(n *net) *simulation {
	size := len(n.prog.insts)
	return &simulation{
		net: n, cur: newSparse(size), next: newSparse(size),
		counters: make([]counter, n.prog.counters), best: make([]leader, n.prog.families+1),
	}
}

func (s *simulation) begin() {
	s.next.dense = s.next.dense[:0]
	for i := range s.counters {
		s.counters[i].clear()
	}
	for i := range s.best {
		s.best[i].at = -1
	}
	s.add(s.net.start, 0)
	s.drop()
	s.cur, s.next = s.next, s.cur
}

// match reports whether the automaton takes the whole value.
func (s *simulation) match(a *alphabet, value []byte) bool {
	s.begin()
	for at, i := 0, 0; i < len(value); at++ {
		class, n := uint32(0), 1
		if b := value[i]; b < utf8.RuneSelf {
			class = uint32(a.ascii[b])
		} else if class, n = a.class(value[i:]); class == 0 {
			return false
		}
		i += n
		s.step(class, at+1)
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
		switch n := &s.net.nodes[pc]; {
		case n.counts:
			s.count(pc, class, at)
		case n.takes.has(class):
			s.add(n.after, at)
		}
	}
	s.drop()
	s.cur, s.next = s.next, s.cur
}

// drop drops from next what another of the same family outdoes.
func (s *simulation) drop() {
	if !s.outdone {
		return
	}
	s.outdone = false
	kept := s.next.dense[:0]
	for _, pc := range s.next.dense {
		if f := s.net.nodes[pc].family; f == 0 || s.best[f].pc == pc {
			s.next.place[pc] = uint32(len(kept))
			kept = append(kept, pc)
		}
	}
	s.next.dense = kept
}

// count takes one character for a codeCount.
func (s *simulation) count(pc, class uint32, at int) {
	n, in := &s.net.nodes[pc], &s.net.prog.insts[pc]
	c := &s.counters[in.other]
	if !n.takes.has(class) {
		c.expire(at)
		return
	}
	c.expire(at - int(in.max))
	oldest, ok := c.oldest(at)
	if !ok {
		return
	}
	if !s.next.has(pc) {
		s.next.add(pc)
	}
	if at-oldest >= int(in.min) {
		s.add(n.after, at)
	}
}

func (s *simulation) add(pcs []uint32, at int) {
	for _, pc := range pcs {
		n := &s.net.nodes[pc]
		if n.counts {
			in := &s.net.prog.insts[pc]
			s.counters[in.other].start(at, in)
		}
		if s.next.has(pc) {
			continue
		}
		if n.family != 0 {
			b := &s.best[n.family]
			if b.at == at {
				if s.net.nodes[b.pc].rank < n.rank {
					continue
				}
				s.outdone = true
			}
			*b = leader{at, pc}
		}
		s.next.add(pc)
	}
}

const maxTrial = 1000 // characters of a value for which crowded looks

// crowded reports whether a value was found for which more than maxLive
// instructions are live: each time the class is taken that most of them take,
// of several the one that is next in turn.
func (s *simulation) crowded(classes int) bool {
	for turn := range 4 {
		s.begin()
		for at := 1; at < maxTrial && len(s.cur.dense) > 0; at++ {
			best, most := uint32(0), 0
			for i := range classes {
				class := uint32((i+at*turn)%classes) + 1
				if n := s.takers(class); n > most {
					best, most = class, n
				}
			}
			if s.step(best, at); len(s.cur.dense) > maxLive {
				return true
			}
		}
	}
	return false
}

func (s *simulation) takers(class uint32) (n int) {
	for _, pc := range s.cur.dense {
		if s.net.nodes[pc].takes.has(class) {
			n++
		}
	}
	return n
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
