package regex

import (
	"sort"
	"unicode"
)

// A span is the characters lo to hi, both included.
type span struct{ lo, hi rune }

// A set is a set of characters as ascending spans that do not touch.
type set []span

// union returns the set of the spans given in any order.
func union(spans []span) set {
	sort.Slice(spans, func(i, j int) bool { return spans[i].lo < spans[j].lo })
	var s set
	for _, r := range spans {
		if n := len(s); n > 0 && r.lo <= s[n-1].hi+1 {
			s[n-1].hi = max(s[n-1].hi, r.hi)
			continue
		}
		s = append(s, r)
	}
	return s
}

// complement returns the characters that are not in s.
func (s set) complement() set {
	var c set
	next := rune(0)
	for _, r := range s {
		if r.lo > next {
			c = append(c, span{next, r.lo - 1})
		}
		next = r.hi + 1
	}
	if next <= unicode.MaxRune {
		c = append(c, span{next, unicode.MaxRune})
	}
	return c
}

// minus returns the characters of s that are not in t.
func (s set) minus(t set) set {
	return union(append(s.complement(), t...)).complement()
}

func (s set) key() string {
	b := make([]byte, 0, 8*len(s))
	for _, r := range s {
		b = append(b, byte(r.lo), byte(r.lo>>8), byte(r.lo>>16), byte(r.hi), byte(r.hi>>8), byte(r.hi>>16))
	}
	return string(b)
}

// of returns the set of the given Unicode tables.
func of(tables ...*unicode.RangeTable) set {
	var spans []span
	add := func(lo, hi, stride rune) {
		if stride == 1 {
			spans = append(spans, span{lo, hi})
			return
		}
		for r := lo; r <= hi; r += stride {
			spans = append(spans, span{r, r})
		}
	}
	for _, t := range tables {
		for _, r := range t.R16 {
			add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
		for _, r := range t.R32 {
			add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
	}
	return union(spans)
}

// escape returns the set of a multi-character escape (F.1.1, production 37).
func escape(c byte) (set, bool) {
	var s set
	switch c | 0x20 {
	case 's':
		s = set{{'\t', '\n'}, {'\r', '\r'}, {' ', ' '}}
	case 'i':
		s = initial
	case 'c':
		s = nameChar
	case 'd':
		s = of(unicode.Nd)
	case 'w':
		// All characters except punctuation, separators and "others".
		c ^= 0x20
		other, _ := category("C")
		s = union(append(of(unicode.P, unicode.Z), other...))
	default:
		return nil, false
	}
	if c&0x20 == 0 {
		s = s.complement()
	}
	return s, true
}

// subcategories are the second letters that production 29 to 35 allow. Cs,
// the surrogates, is not among them: they are not characters of XML.
var subcategories = map[byte]string{
	'L': "ultmo", 'M': "nce", 'N': "dlo", 'P': "cdseifo", 'Z': "slp", 'S': "mcko", 'C': "cfon",
}

// category returns the set of a category by its name in \p{…}.
func category(name string) (set, bool) {
	if name == "" || len(name) > 2 {
		return nil, false
	}
	second, ok := subcategories[name[0]]
	if !ok {
		return nil, false
	}
	if len(name) == 2 {
		ok = false
		for i := range len(second) {
			ok = ok || second[i] == name[1]
		}
	}
	switch {
	case !ok:
		return nil, false
	case name == "C":
		return of(unicode.L, unicode.M, unicode.N, unicode.P, unicode.Z, unicode.S).complement(), true
	case name == "Cn":
		return of(unicode.L, unicode.M, unicode.N, unicode.P, unicode.Z, unicode.S,
			unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs).complement(), true
	}
	return of(unicode.Categories[name]), true
}

// property returns the set of what stands in \p{…}.
func property(name string) (set, bool) {
	if len(name) > 2 && name[:2] == "Is" {
		s, ok := blocks[name[2:]]
		return s, ok
	}
	return category(name)
}

// Initial reports whether r may begin a Name: the set \i.
func Initial(r rune) bool { return initial.has(r) }

// NameChar reports whether r may be in a Name: the set \c.
func NameChar(r rune) bool { return nameChar.has(r) }

func (s set) has(r rune) bool {
	i := sort.Search(len(s), func(i int) bool { return s[i].hi >= r })
	return i < len(s) && s[i].lo <= r
}
