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
}

// A prog is a nondeterministic automaton. Instruction 0 is codeMatch.
type prog struct {
	insts    []inst
	sets     []members
	start    uint32
	counters int
}

var errTooLarge = errors.New("too large with its quantified groups repeated")

// An assembler lays a parsed expression out as instructions, last one first.
type assembler struct {
	prog
	counted bool // quantified characters become codeCount
}

// assemble returns the automaton of a parsed expression, with quantified groups
// repeated, and quantified characters too unless they are to be counted.
func assemble(root *node, sets []members, counted bool, limit int) (*prog, error) {
	a := assembler{prog: prog{sets: sets}, counted: counted}
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
	total := 0
	for _, p := range n.parts {
		total = min(total+1+a.size(p, limit), limit)
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
	return a.counted && n.parts[0].op == opChar && n.max > 1 && (n.max < unbounded || n.min > 1)
}

func (a *assembler) emit(i inst) uint32 {
	a.insts = append(a.insts, i)
	return uint32(len(a.insts) - 1)
}

// node lays out n in front of next and returns where it begins.
func (a *assembler) node(n *node, next uint32) uint32 {
	switch n.op {
	case opChar:
		return a.emit(inst{code: codeChar, set: uint16(n.set), next: next})
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
	if n.max == unbounded {
		loop := a.emit(inst{code: codeSplit, other: next})
		body := a.node(part, loop)
		a.insts[loop].next = body
		next = loop
		if least > 0 {
			next, least = body, least-1
		}
	} else {
		for end, i := next, least; i < n.max; i++ {
			next = a.emit(inst{code: codeSplit, next: a.node(part, next), other: end})
		}
	}
	for ; least > 0; least-- {
		next = a.node(part, next)
	}
	return next
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
