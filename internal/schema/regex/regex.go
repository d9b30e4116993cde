// Package regex matches values against the regular expressions of XML Schema
// 1.0 (second edition), Part 2, Appendix F.
//
// It is the language of the pattern facet: always anchored at both ends, with
// the schema meaning of \d \w \s \i \c, Unicode categories and blocks, and
// subtraction of character classes. It refuses what the appendix's grammar does
// not derive. Categories are those of the Unicode version of Go's tables; \i
// and \c are those of names in the fifth edition of XML 1.0, so that every name
// that a document may have can be declared and matched.
//
// Matching takes time linear in the value, whatever the expression: by a
// deterministic automaton that is built while it runs and kept within a fixed
// size; where that does not fit, by a nondeterministic one whose states are bits;
// and for an expression too large for that, by simulating one in which a counted
// character class is one counter, and of the copies of a repeated group only those
// live that are ahead. An expression that is too large for these and of which too
// many parts could be live at once is refused, so that no character costs much
// more than an ordinary one.
package regex

import (
	"cmp"
	"fmt"
	"sort"
	"sync"
	"unicode/utf8"
)

// Limits on one expression. Beyond them Compile returns an *Error.
const (
	maxPattern = 1 << 16 // bytes of the expression
	maxDepth   = 250     // groups and class subtractions within one another
	maxSets    = 4096    // different character classes
	maxSpans   = 1 << 18 // runs of characters in them
	maxProg    = 1 << 15 // instructions, after quantified groups are repeated
	maxLive    = 10      // parts that wait for one character, where no other automaton is small enough
)

// A Regexp is a compiled expression. It may be used by many goroutines.
type Regexp struct {
	pattern string
	alpha   alphabet
	dfa     *dfa      // nil when the expression is too large for one
	wide    *wide     // for what does not fit in dfa
	once    sync.Once // sets wide, if Compile did not
	net     *net      // in place of wide, if that is too large
	pool    sync.Pool // of simulations
}

// An Error says why an expression is not one of Appendix F, or that it is
// beyond the limits of this package.
type Error struct {
	Pattern string
	Offset  int // byte offset in Pattern where the reason shows
	Reason  string
}

func (e *Error) Error() string {
	return fmt.Sprintf("regular expression %q: offset %d: %s", e.Pattern, e.Offset, e.Reason)
}

// Compile parses an expression. The error is an *Error.
func Compile(pattern string) (*Regexp, error) {
	p := parser{src: pattern}
	root, err := p.parse()
	if err != nil {
		return nil, err
	}
	re := &Regexp{pattern: pattern}
	in, err := re.alpha.build(p.sets)
	if err != nil {
		return nil, &Error{Pattern: pattern, Reason: err.Error()}
	}
	if p, err := assemble(root, in, unrolled, maxUnrolled); err == nil {
		re.dfa = newDFA(p, re.alpha.classes)
		if p.chars < maxSteps-1 {
			return re, nil // and most expressions never need a wide one
		}
		if re.wide = newWide(p, re.alpha.classes); re.wide != nil {
			return re, nil
		}
	}
	for _, l := range []layout{ranked, counted} {
		var p *prog
		if p, err = assemble(root, in, l, maxProg); err == nil && re.simulate(p) {
			return re, nil
		}
	}
	if re.dfa != nil && re.dfa.complete() {
		return re, nil
	}
	return nil, &Error{Pattern: pattern, Reason: cmp.Or(err, errCrowded).Error()}
}

var errCrowded = fmt.Errorf("too large to be ambiguous: more than %d of its parts can be waiting for one character", maxLive)

// simulate makes re simulate p where nothing else will do, unless a character
// might cost too much.
func (re *Regexp) simulate(p *prog) bool {
	n, ok := newNet(p)
	if !ok || newSimulation(n).crowded(re.alpha.classes) {
		return false
	}
	re.net = n
	re.pool.New = func() any { return newSimulation(n) }
	return true
}

// String returns the expression as it was given to Compile.
func (re *Regexp) String() string { return re.pattern }

// Match reports whether the whole of value, which is UTF-8, is in the language
// of the expression. What is not UTF-8 matches nothing.
func (re *Regexp) Match(value []byte) bool {
	if re.dfa != nil {
		if matched, ok := re.dfa.match(&re.alpha, value); ok {
			return matched
		}
	}
	if re.net != nil {
		s := re.pool.Get().(*simulation)
		matched := s.match(&re.alpha, value)
		re.pool.Put(s)
		return matched
	}
	re.once.Do(func() {
		if re.wide == nil {
			re.wide = newWide(re.dfa.prog, re.alpha.classes)
		}
	})
	return re.wide.match(&re.alpha, value)
}

// An alphabet divides the characters into classes that the expression does not
// tell apart, numbered from 1. Class 0 is no character.
type alphabet struct {
	classes int
	ascii   [utf8.RuneSelf]uint16
	two     []uint16 // classes of the characters of two bytes, from U+0080
	starts  []rune   // first characters of the runs of one class, ascending
	runs    []uint16 // their classes
}

const twoBytes = 0x800 // first character that takes more than two bytes

// class returns the class of the first character of value and its length. The
// class is 0 when value does not begin with a character.
func (a *alphabet) class(value []byte) (uint32, int) {
	r, n := utf8.DecodeRune(value)
	switch {
	case r == utf8.RuneError && n <= 1:
		return 0, 1
	case r < utf8.RuneSelf:
		return uint32(a.ascii[r]), n
	case r < twoBytes:
		return uint32(a.two[r-utf8.RuneSelf]), n
	}
	return uint32(a.find(r)), n
}

func (a *alphabet) find(r rune) uint16 {
	lo, hi := 0, len(a.starts)
	for hi-lo > 1 {
		if m := int(uint(lo+hi) >> 1); a.starts[m] <= r {
			lo = m
		} else {
			hi = m
		}
	}
	return a.runs[lo]
}

// An edge is where a set begins or ends.
type edge struct {
	at  rune
	set int
}

// build finds the classes that the sets induce and returns, for each set,
// which classes are in it.
func (a *alphabet) build(sets []set) ([]members, error) {
	if len(sets) > maxSets {
		return nil, fmt.Errorf("more than %d different character classes", maxSets)
	}
	var edges []edge
	for i, s := range sets {
		if len(edges)/2+len(s) > maxSpans {
			return nil, fmt.Errorf("more than %d runs of characters in its classes", maxSpans)
		}
		for _, r := range s {
			edges = append(edges, edge{r.lo, i}, edge{r.hi + 1, i})
		}
	}
	sort.Slice(edges, func(i, j int) bool { return edges[i].at < edges[j].at })

	// Sweep over the characters. The signature says which sets are open.
	signature := make([]byte, (len(sets)+7)/8)
	known := map[string]uint16{}
	var owner []string
	for at := rune(0); at <= utf8.MaxRune; {
		for len(edges) > 0 && edges[0].at == at {
			signature[edges[0].set/8] ^= 1 << (edges[0].set % 8)
			edges = edges[1:]
		}
		id, ok := known[string(signature)]
		if !ok {
			owner = append(owner, string(signature))
			id = uint16(len(owner))
			known[string(signature)] = id
		}
		if n := len(a.runs); n == 0 || a.runs[n-1] != id {
			a.starts, a.runs = append(a.starts, at), append(a.runs, id)
		}
		if len(edges) == 0 {
			break
		}
		at = edges[0].at
	}
	a.classes = len(owner)
	a.two = make([]uint16, twoBytes-utf8.RuneSelf)
	run := 0
	for r := range twoBytes {
		if run+1 < len(a.starts) && a.starts[run+1] == rune(r) {
			run++
		}
		if r < utf8.RuneSelf {
			a.ascii[r] = a.runs[run]
		} else {
			a.two[r-utf8.RuneSelf] = a.runs[run]
		}
	}
	return distribute(owner, len(sets)), nil
}

// distribute turns the classes' signatures into the sets' members.
func distribute(owner []string, sets int) []members {
	in := make([]members, sets)
	for s := range in {
		in[s] = make(members, len(owner)/64+1)
	}
	for class, signature := range owner {
		for s := range in {
			if signature[s/8]&(1<<(s%8)) != 0 {
				in[s].add(uint32(class) + 1)
			}
		}
	}
	return in
}

// members are the classes in a set, one bit each.
type members []uint64

func (m members) add(class uint32)      { m[class/64] |= 1 << (class % 64) }
func (m members) has(class uint32) bool { return m[class/64]&(1<<(class%64)) != 0 }
