package regex

import "errors"

// A code tells what an instruction does.
type code uint8

const (
	codeMatch code = iota
	codeChar       // takes one character of in, goes to next
	codeCount      // takes min to max characters of in, goes to next
	codeSplit      // goes to next and to other
)

type inst struct {
	code     code
	set      uint16 // index in prog.sets
	next     uint32
	other    uint32 // codeSplit; codeCount: index of its counter
	min, max int32  // codeCount, 1 <= min

	// Copies of a codeChar that a quantified group is repeated as, which differ
	// only in how often the group may follow, are of one family, and what a copy
	// of lower rank takes from here on is all that one of higher rank takes.
	family, rank uint32
}

// A prog is a nondeterministic automaton. Instruction 0 is codeMatch.
type prog struct {
	insts    []inst
	sets     []members
	start    uint32
	counters int
	chars    int // instructions that are codeChar
	families int // the first is 1
}

var errTooLarge = errors.New("too large with its quantified groups repeated")

// An assembler lays a parsed expression out as instructions, last one first.
type assembler struct {
	prog
	layout layout
	family uint32 // of the next codeChar, 0 outside ranked copies
	rank   uint32
}

// A layout says what becomes of quantifiers beside ? * and +.
type layout uint8

const (
	unrolled layout = iota // what they quantify is repeated
	counted                // but a character becomes a codeCount
	ranked                 // and copies of a group are ranked, in which all is repeated
)

// assemble returns the automaton of a parsed expression.
func assemble(root *node, sets []members, l layout, limit int) (*prog, error) {
	a := assembler{prog: prog{sets: sets}, layout: l}
	n := a.size(root, limit)
	if n >= limit {
		return nil, errTooLarge
	}
	a.insts = append(make([]inst, 0, n+1), inst{code: codeMatch})
	a.start = a.node(root, 0)
	return &a.prog, nil
}

// size returns how many instructions n takes at most, or limit if it is more.
func (a *assembler) size(n *node, limit int) int {
	switch {
	case n.op == opChar:
		return 1
	case n.op == opRepeat && n.max == 0:
		return 0
	case n.op == opRepeat && a.counts(n):
		return 2
	}
	inner := a
	if a.ranks(n) {
		inner = &assembler{}
	}
	total := 0
	for _, p := range n.parts {
		total = min(total+1+inner.size(p, limit), limit)
	}
	if n.op == opRepeat {
		times := n.max
		if times == unbounded {
			times = n.min + 1
		}
		total = int(min(int64(total)*int64(times), int64(limit)))
	}
	return total
}

// counts reports whether a counter repeats what n quantifies.
func (a *assembler) counts(n *node) bool {
	return a.layout != unrolled && n.parts[0].op == opChar && n.max > 1 && (n.max < unbounded || n.min > 1)
}

// maxRanked is how many instructions a group may have whose copies are ranked.
const maxRanked = 64

// ranks reports whether the copies of a quantified group are ranked, which only
// those of an outermost one are.
func (a *assembler) ranks(n *node) bool {
	if a.layout != ranked || n.op != opRepeat || n.max < 2 || n.max == unbounded && n.min < 2 {
		return false
	}
	var inner assembler
	return inner.size(n.parts[0], maxRanked) < maxRanked
}

func (a *assembler) emit(i inst) uint32 {
	a.insts = append(a.insts, i)
	return uint32(len(a.insts) - 1)
}

// node lays out n in front of next and returns where it begins.
func (a *assembler) node(n *node, next uint32) uint32 {
	switch n.op {
	case opChar:
		a.chars++
		in := inst{code: codeChar, set: uint16(n.set), next: next, family: a.family, rank: a.rank}
		if a.family != 0 {
			a.family++
		}
		return a.emit(in)
	case opConcat:
		for i := len(n.parts) - 1; i >= 0; i-- {
			next = a.node(n.parts[i], next)
		}
		return next
	case opAlt:
		start := a.node(n.parts[len(n.parts)-1], next)
		for i := len(n.parts) - 2; i >= 0; i-- {
			start = a.emit(inst{code: codeSplit, next: a.node(n.parts[i], next), other: start})
		}
		return start
	}
	return a.repeat(n, next)
}

func (a *assembler) repeat(n *node, next uint32) uint32 {
	part, least := n.parts[0], n.min
	switch {
	case n.max == 0:
		return next
	case a.counts(n):
		return a.count(n, next)
	case part.empty():
		least = 0 // the copies that must be there may be empty
	}
	copied := a.copier(n)
	if n.max == unbounded {
		loop := a.emit(inst{code: codeSplit, other: next})
		body := copied(part, loop, true)
		a.insts[loop].next = body
		next = loop
		if least > 0 {
			next, least = body, least-1
		}
	} else {
		for end, i := next, least; i < n.max; i++ {
			next = a.emit(inst{code: codeSplit, next: copied(part, next, true), other: end})
		}
	}
	for last := least; least > 0; least-- {
		// Of copies that must be there, and may not be too many, the last one
		// alone can be compared with those that may be there.
		next = copied(part, next, n.max == unbounded || least == last)
	}
	return next
}

// copier returns what lays out the copies of a quantified group, the last one
// first. Where there is no end the rank counts what is still to come before the
// group is free to end, elsewhere how many have been.
func (a *assembler) copier(n *node) func(part *node, next uint32, comparable bool) uint32 {
	ranks, first, copies := a.ranks(n), uint32(a.families)+1, uint32(0)
	return func(part *node, next uint32, comparable bool) uint32 {
		if !ranks || !comparable {
			return a.node(part, next)
		}
		copies++
		a.layout, a.family, a.rank = unrolled, first, uint32(n.max)-copies
		if n.max == unbounded {
			a.rank = copies
		}
		next = a.node(part, next)
		a.families = max(a.families, int(a.family)-1)
		a.layout, a.family = ranked, 0
		return next
	}
}

func (a *assembler) count(n *node, next uint32) uint32 {
	start := a.emit(inst{
		code: codeCount, set: uint16(n.parts[0].set), next: next, other: uint32(a.counters),
		min: int32(max(n.min, 1)), max: int32(n.max),
	})
	a.counters++
	if n.min == 0 {
		start = a.emit(inst{code: codeSplit, next: start, other: next})
	}
	return start
}

// A closer finds what can be reached without taking a character.
type closer struct {
	prog  *prog
	seen  sparse
	stack []uint32
	out   []uint32
}

func newCloser(p *prog) *closer { return &closer{prog: p, seen: newSparse(len(p.insts))} }

// from returns the instructions reached from pc that are no splits. They hold
// until the next call.
func (c *closer) from(pc uint32) []uint32 {
	c.seen.dense, c.out, c.stack = c.seen.dense[:0], c.out[:0], append(c.stack[:0], pc)
	for len(c.stack) > 0 {
		pc := c.stack[len(c.stack)-1]
		c.stack = c.stack[:len(c.stack)-1]
		if c.seen.has(pc) {
			continue
		}
		c.seen.add(pc)
		if in := &c.prog.insts[pc]; in.code == codeSplit {
			c.stack = append(c.stack, in.other, in.next)
		} else {
			c.out = append(c.out, pc)
		}
	}
	return c.out
}

// empty reports whether n matches the empty string.
func (n *node) empty() bool {
	switch n.op {
	case opChar:
		return false
	case opConcat:
		for _, p := range n.parts {
			if !p.empty() {
				return false
			}
		}
		return true
	case opAlt:
		for _, p := range n.parts {
			if p.empty() {
				return true
			}
		}
		return false
	}
	return n.min == 0 || n.parts[0].empty()
}
