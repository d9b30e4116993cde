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
	code        code
	next, other uint32
	in          members
	min, max    int // codeCount, 1 <= min
	counter     int // codeCount: index of its counter
}

// A prog is a nondeterministic automaton. Instruction 0 is codeMatch.
type prog struct {
	insts    []inst
	start    uint32
	counters int
}

var errTooLarge = errors.New("too large with its quantified groups repeated")

// An assembler lays a parsed expression out as instructions, last one first.
type assembler struct {
	prog
	in      []members
	counted bool // quantified characters become codeCount
	limit   int
}

// assemble returns the automaton of a parsed expression, with quantified groups
// repeated, and quantified characters too unless they are to be counted.
func assemble(root *node, in []members, counted bool, limit int) (*prog, error) {
	a := assembler{in: in, counted: counted, limit: limit}
	a.insts = append(a.insts, inst{code: codeMatch})
	a.start = a.node(root, 0)
	if len(a.insts) > limit {
		return nil, errTooLarge
	}
	return &a.prog, nil
}

func (a *assembler) emit(i inst) uint32 {
	if len(a.insts) <= a.limit {
		a.insts = append(a.insts, i)
	}
	return uint32(len(a.insts) - 1)
}

// node lays out n in front of next and returns where it begins.
func (a *assembler) node(n *node, next uint32) uint32 {
	switch n.op {
	case opChar:
		return a.emit(inst{code: codeChar, next: next, in: a.in[n.set]})
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
	case part.empty():
		least = 0 // the copies that must be there may be empty
	case a.counted && part.op == opChar && n.max > 1 && (n.max < unbounded || least > 1):
		return a.count(n, next)
	case least == unbounded:
		a.limit = 0 // more characters than any value has
		return next
	}
	if n.max == unbounded {
		loop := a.emit(inst{code: codeSplit, other: next})
		body := a.node(part, loop)
		if len(a.insts) > a.limit {
			return next
		}
		a.insts[loop].next = body
		next = loop
		if least > 0 {
			next, least = body, least-1
		}
	} else {
		for end, i := next, least; i < n.max && len(a.insts) <= a.limit; i++ {
			next = a.emit(inst{code: codeSplit, next: a.node(part, next), other: end})
		}
	}
	for ; least > 0 && len(a.insts) <= a.limit; least-- {
		next = a.node(part, next)
	}
	return next
}

func (a *assembler) count(n *node, next uint32) uint32 {
	c := inst{code: codeCount, next: next, in: a.in[n.parts[0].set], min: max(n.min, 1), max: n.max, counter: a.counters}
	a.counters++
	start := a.emit(c)
	if n.min == 0 {
		start = a.emit(inst{code: codeSplit, next: start, other: next})
	}
	return start
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
