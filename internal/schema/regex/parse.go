package regex

import (
	"math"
	"strings"
	"unicode/utf8"
)

// An op tells what a node of the parsed expression is.
type op uint8

const (
	opChar   op = iota // one character of the set
	opConcat           // the parts one behind another; no parts: the empty string
	opAlt              // one of the parts
	opRepeat           // the one part, min to max times
)

const unbounded = math.MaxInt32

type node struct {
	op       op
	set      int // opChar: index in parser.sets
	min, max int // opRepeat
	parts    []*node
}

// A parser reads one expression by the productions of Appendix F.
type parser struct {
	src   string
	pos   int
	depth int
	sets  []set
	index map[string]int // of a set in sets, by its key
	named map[string]set // what an escape stands for, by its letter or property
	err   *Error
}

func (p *parser) parse() (*node, error) {
	if len(p.src) > maxPattern {
		return nil, &Error{Pattern: p.src[:64] + "…", Reason: "longer than 65536 bytes"}
	}
	p.index, p.named = map[string]int{}, map[string]set{}
	root := p.regExp()
	if p.err == nil && p.pos < len(p.src) {
		p.fail("unexpected )")
	}
	if p.err != nil {
		return nil, p.err
	}
	return root, nil
}

// fail records the first error and ends the parse by moving to the end.
func (p *parser) fail(reason string) {
	if p.err == nil {
		p.err = &Error{Pattern: p.src, Offset: p.pos, Reason: reason}
	}
	p.pos = len(p.src)
}

// peek returns the byte at the position, 0 at the end. NUL is no character of
// XML, so it cannot be in an expression that came from a schema.
func (p *parser) peek() byte {
	if p.pos < len(p.src) {
		return p.src[p.pos]
	}
	return 0
}

// rune takes the next character.
func (p *parser) rune() rune {
	r, n := utf8.DecodeRuneInString(p.src[p.pos:])
	if r == utf8.RuneError && n <= 1 {
		p.fail("not UTF-8")
		return 0
	}
	p.pos += n
	return r
}

func (p *parser) enter() bool {
	if p.depth++; p.depth > maxDepth {
		p.fail("nested too deeply")
	}
	return p.err == nil
}

// regExp is production 1: branches between "|". Those of one character each are
// one class.
func (p *parser) regExp() *node {
	alt := &node{op: opAlt}
	var class []span
	singles := 0
	for {
		switch n := p.branch(); {
		case n.op == opChar && p.err == nil:
			singles++
			class = append(class, p.sets[n.set]...)
		default:
			alt.parts = append(alt.parts, n)
		}
		if p.peek() != '|' {
			break
		}
		p.pos++
	}
	if singles > 0 {
		alt.parts = append(alt.parts, p.char(union(class)))
	}
	if len(alt.parts) == 1 {
		return alt.parts[0]
	}
	return alt
}

// branch is production 2: pieces, perhaps none.
func (p *parser) branch() *node {
	seq := &node{op: opConcat}
	for p.pos < len(p.src) && p.peek() != '|' && p.peek() != ')' {
		seq.parts = append(seq.parts, p.quantified(p.atom()))
	}
	if len(seq.parts) == 1 {
		return seq.parts[0]
	}
	return seq
}

// atom is production 9.
func (p *parser) atom() *node {
	switch c := p.peek(); c {
	case '(':
		if !p.enter() {
			return &node{}
		}
		p.pos++
		n := p.regExp()
		if p.peek() != ')' {
			p.fail("missing )")
			return n
		}
		p.pos++
		p.depth--
		return n
	case '[':
		return p.char(p.class())
	case '.':
		p.pos++
		return p.char(set{{'\n', '\n'}, {'\r', '\r'}}.complement())
	case '\\':
		return p.char(p.escape())
	case '?', '*', '+', '{':
		p.fail("nothing to repeat before " + string(c))
		return &node{}
	case ']', '}':
		p.fail("unexpected " + string(c))
		return &node{}
	}
	r := p.rune()
	return p.char(set{{r, r}})
}

// char returns the node for one character of s.
func (p *parser) char(s set) *node {
	k := s.key()
	i, ok := p.index[k]
	if !ok {
		i = len(p.sets)
		p.index[k], p.sets = i, append(p.sets, s)
	}
	return &node{op: opChar, set: i}
}

// quantified is production 3 to 8: the quantifier behind an atom, if any.
func (p *parser) quantified(n *node) *node {
	if p.err != nil {
		return n
	}
	rep := &node{op: opRepeat, parts: []*node{n}}
	switch p.peek() {
	case '?':
		rep.min, rep.max = 0, 1
	case '*':
		rep.min, rep.max = 0, unbounded
	case '+':
		rep.min, rep.max = 1, unbounded
	case '{':
		p.quantity(rep)
		return rep
	default:
		return n
	}
	p.pos++
	return rep
}

// quantity is productions 5 to 7 in their braces.
func (p *parser) quantity(rep *node) {
	p.pos++
	rep.min = p.count()
	rep.max = rep.min
	if p.peek() == ',' {
		p.pos++
		rep.max = unbounded
		if p.peek() != '}' {
			rep.max = p.count()
		}
	}
	switch {
	case p.peek() != '}':
		p.fail("malformed quantifier")
	case rep.max < rep.min:
		p.fail("quantifier whose maximum is below its minimum")
	default:
		p.pos++
	}
}

// count is production 8. No value has as many characters as the numbers that
// are beyond counting here.
func (p *parser) count() int {
	start, n := p.pos, 0
	for c := p.peek(); '0' <= c && c <= '9'; c = p.peek() {
		n = min(n*10+int(c-'0'), unbounded)
		p.pos++
	}
	if p.pos == start {
		p.fail("malformed quantifier")
	}
	return n
}

// single are the characters that a backslash makes themselves (production 24).
const single = `\|.?*+(){}-[]^`

// escape reads an escape outside or inside a class, at its backslash.
func (p *parser) escape() set {
	p.pos++
	c := p.peek()
	if s, ok := p.literal(c); ok {
		return s
	}
	if c == 'p' || c == 'P' {
		return p.property(c == 'P')
	}
	s, ok := p.named[string(c)]
	if !ok {
		if s, ok = escape(c); !ok {
			p.fail("unknown escape")
			return nil
		}
		p.named[string(c)] = s
	}
	p.pos++
	return s
}

// literal is a SingleCharEsc (production 24), if c is one.
func (p *parser) literal(c byte) (set, bool) {
	switch {
	case c == 0:
		return nil, false
	case c == 'n':
		c = '\n'
	case c == 'r':
		c = '\r'
	case c == 't':
		c = '\t'
	case strings.IndexByte(single, c) < 0:
		return nil, false
	}
	p.pos++
	return set{{rune(c), rune(c)}}, true
}

// property is catEsc and complEsc (productions 25 to 36), at its letter.
func (p *parser) property(negated bool) set {
	p.pos++
	if p.peek() != '{' {
		p.fail(`missing { behind \p`)
		return nil
	}
	end := strings.IndexByte(p.src[p.pos:], '}')
	if end < 0 {
		p.fail(`missing } behind \p{`)
		return nil
	}
	name := p.src[p.pos : p.pos+end]
	s, ok := p.named[name]
	if !ok {
		if s, ok = property(name[1:]); !ok {
			p.fail("unknown category or block")
			return nil
		}
		p.named[name] = s
	}
	p.pos += end + 1
	if negated {
		return s.complement()
	}
	return s
}
