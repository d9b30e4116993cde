package regex

import "strings"

// class is charClassExpr (production 12), at its bracket.
func (p *parser) class() set {
	if !p.enter() {
		return nil
	}
	p.pos++
	negated := p.peek() == '^'
	if negated {
		p.pos++
	}
	var spans []span
	seen := map[string]bool{} // escapes, so that repeating them costs nothing
	for first := true; ; first = false {
		switch c := p.peek(); {
		case p.pos >= len(p.src):
			p.fail("missing ]")
			return nil
		case c == ']' && !first:
			p.pos++
			p.depth--
			return group(spans, negated)
		case c == '-' && !first && strings.HasPrefix(p.src[p.pos:], "-["):
			// charClassSub (production 16): what is subtracted ends the group.
			p.pos++
			s := group(spans, negated).minus(p.class())
			if p.peek() != ']' {
				p.fail("subtraction that does not end its class")
				return nil
			}
			p.pos++
			p.depth--
			return s
		}
		start := p.pos
		member := p.member(first)
		if text := p.src[start:p.pos]; text[0] != '\\' || !seen[text] {
			spans = append(spans, member...)
			seen[text] = text[0] == '\\'
		}
	}
}

func group(spans []span, negated bool) set {
	s := union(spans)
	if negated {
		return s.complement()
	}
	return s
}

// member is charRange or charClassEsc (productions 17 to 23).
func (p *parser) member(first bool) []span {
	hyphen := p.peek() == '-'
	lo, isChar := p.bound(first)
	if !isChar || p.peek() != '-' || p.pos+1 >= len(p.src) {
		return lo
	}
	switch rest := p.src[p.pos+1:]; {
	case rest[0] == ']', rest[0] == '[', strings.HasPrefix(rest, "-["):
		return lo // the hyphen is the group's last character, or it subtracts
	case hyphen:
		return lo // an unescaped hyphen begins no range
	}
	p.pos++
	if p.peek() == '-' {
		p.fail("hyphen that is neither first nor last in its class")
		return nil
	}
	hi, isChar := p.bound(false)
	switch {
	case p.err != nil:
		return nil
	case !isChar:
		p.fail("range that ends in a class escape")
		return nil
	case hi[0].lo < lo[0].lo:
		p.fail("range whose end is below its start")
		return nil
	}
	return []span{{lo[0].lo, hi[0].lo}}
}

// bound reads one character or escape within a class, and whether it is a
// single character and so may begin or end a range.
func (p *parser) bound(first bool) (set, bool) {
	switch c := p.peek(); c {
	case '\\':
		if p.pos+1 < len(p.src) {
			p.pos++
			s, ok := p.literal(p.peek())
			if ok {
				return s, true
			}
			p.pos--
		}
		return p.escape(), false
	case '[', ']':
		p.fail("unescaped " + string(c) + " in a class")
		return nil, false
	case '-':
		// A hyphen stands for itself only at the beginning or end of a group.
		rest := p.src[p.pos+1:]
		if !first && !strings.HasPrefix(rest, "]") && !strings.HasPrefix(rest, "-[") {
			p.fail("hyphen that is neither first nor last in its class")
			return nil, false
		}
	}
	r := p.rune()
	return set{{r, r}}, true
}
