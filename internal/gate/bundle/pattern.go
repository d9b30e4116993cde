package bundle

import (
	"strconv"
	"strings"
)

// A patternSample writes a string that a pattern of XML Schema describes: the
// first alternative everywhere, every part as rarely as allowed, and extra
// times more where there is no end to it. What it writes is checked by the
// type it is for; an expression beyond it gives something that fails there.
type patternSample struct {
	src   []rune
	pos   int
	extra int
}

func samplePattern(pattern string, extra int) string {
	p := &patternSample{src: []rune(pattern), extra: extra}
	return p.alternatives()
}

func (p *patternSample) peek() rune {
	if p.pos < len(p.src) {
		return p.src[p.pos]
	}
	return 0
}

// alternatives reads to the end of the group and writes the first branch.
func (p *patternSample) alternatives() string {
	first := p.branch()
	for p.peek() == '|' {
		p.pos++
		p.branch()
	}
	return first
}

func (p *patternSample) branch() string {
	var b strings.Builder
	for c := p.peek(); c != 0 && c != '|' && c != ')'; c = p.peek() {
		atom := p.atom()
		b.WriteString(strings.Repeat(atom, p.times()))
	}
	return b.String()
}

// atom reads one character, class or group and writes it once.
func (p *patternSample) atom() string {
	c := p.peek()
	p.pos++
	switch c {
	case '(':
		s := p.alternatives()
		p.pos++
		return s
	case '[':
		return p.class()
	case '\\':
		return p.escape()
	case '.':
		return "x"
	}
	return string(c)
}

// escape writes a character of a class escape, or the escaped one.
func (p *patternSample) escape() string {
	c := p.peek()
	p.pos++
	switch c {
	case 'd':
		return "1"
	case 's':
		return " "
	case 'w', 'S', 'D', 'c', 'i':
		return "x"
	case 'W', 'C', 'I':
		return "-"
	case 'n', 'r', 't':
		return map[rune]string{'n': "\n", 'r': "\r", 't': "\t"}[c]
	case 'p', 'P':
		for p.peek() != '}' && p.peek() != 0 {
			p.pos++
		}
		p.pos++
		return "x"
	}
	return string(c)
}

// class writes the first character of a class; of a negative one, something
// that is rarely excluded.
func (p *patternSample) class() string {
	negative := p.peek() == '^'
	if negative {
		p.pos++
	}
	first, excluded := "", ""
	for c := p.peek(); c != ']' && c != 0; c = p.peek() {
		s := p.atomOfClass()
		if first == "" && s != "-" && s != " " {
			first = s
		}
		excluded += s
	}
	p.pos++
	if !negative {
		return first
	}
	for _, s := range []string{"x", "1", "a", "-", "Z"} {
		if !strings.Contains(excluded, s) {
			return s
		}
	}
	return "ж"
}

func (p *patternSample) atomOfClass() string {
	c := p.peek()
	p.pos++
	switch c {
	case '\\':
		return p.escape()
	case '[': // subtraction
		p.class()
		return ""
	}
	return string(c)
}

// times reads a quantifier and says how often to write.
func (p *patternSample) times() int {
	switch p.peek() {
	case '?':
		p.pos++
		return 0
	case '*':
		p.pos++
		return p.extra
	case '+':
		p.pos++
		return 1 + p.extra
	case '{':
		start := p.pos + 1
		for p.peek() != '}' && p.peek() != 0 {
			p.pos++
		}
		low, high, ranged := strings.Cut(string(p.src[start:min(p.pos, len(p.src))]), ",")
		p.pos++
		n, _ := strconv.Atoi(low)
		m, err := strconv.Atoi(high)
		switch {
		case !ranged:
		case err != nil:
			n += p.extra
		default:
			n = min(n+p.extra, m)
		}
		return n
	}
	return 1
}
