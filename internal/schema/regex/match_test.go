package regex

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/soapgate/soapgate/internal/gatetest/data"
)

// matches lists values that are in the language of an expression and values
// that are not.
var matches = []struct {
	pattern string
	in, out []string
}{
	{``, []string{""}, []string{"a", "\n"}},
	{`a||b`, []string{"a", "", "b"}, []string{"ab"}},
	{`abc`, []string{"abc"}, []string{"", "ab", "abcd", "xabc", "ABC"}}, // anchored
	{`^a$`, []string{"^a$"}, []string{"a"}},
	{`a?`, []string{"", "a"}, []string{"aa"}},
	{`a*`, []string{"", "a", "aaaa"}, []string{"aab"}},
	{`a+`, []string{"a", "aaaa"}, []string{""}},
	{`a{0}`, []string{""}, []string{"a"}},
	{`a{3}`, []string{"aaa"}, []string{"aa", "aaaa"}},
	{`a{2,}`, []string{"aa", "aaaaa"}, []string{"a", ""}},
	{`a{2,3}`, []string{"aa", "aaa"}, []string{"a", "aaaa"}},
	{`(ab){2,3}c`, []string{"ababc", "abababc"}, []string{"abc", "ababababc"}},
	{`(a|){3}`, []string{"", "a", "aaa"}, []string{"aaaa"}},
	{`(a*)*b`, []string{"b", "aab"}, []string{"a"}},
	{`()*`, []string{""}, []string{"a"}},
	{`a{2147483648,}`, nil, []string{"", "a"}},
	{`a{0,99999999999999999999}`, []string{"", "aaa"}, []string{"b"}},

	{`.`, []string{"a", "я", "\t", "\u0085", "\u2028", "𝄞", "\U0010FFFF"}, []string{"\n", "\r", "", "ab", "\xff", "\xe2\x82"}},
	{`\s`, []string{" ", "\t", "\n", "\r"}, []string{"\u00a0", "\v", "\f", "\u0085", "\u3000"}},
	{`\S`, []string{"\u00a0", "a"}, []string{" ", "\n"}},
	{`\d`, []string{"0", "٣", "९", "𝟿"}, []string{"Ⅳ", "²", "a"}},
	{`\D`, []string{"Ⅳ", "²", "a"}, []string{"0", "٣"}},
	{`\w`, []string{"a", "я", "1", "$", "+", "ª", "^", "`", "漢"}, []string{"-", "_", ".", " ", "\u00ad", "\ue000", "\u0378"}},
	{`\W`, []string{"-", "_", " ", "\u0378"}, []string{"a", "$"}},
	{`\i`, []string{"a", "_", ":", "я", "漢", "\u3007", "\u0133", "\U00010000"}, []string{"-", ".", "1", "\u00b7", "\u00d7", "\U000f0000"}},
	{`\c`, []string{"a", "_", ":", "-", ".", "1", "\u00b7", "\u0300", "\u203f", "\U00010000"}, []string{" ", "/", "\u00d7", "\u037e"}},
	{`\I`, []string{"-", "1"}, []string{"a", ":"}},
	{`\C`, []string{" ", "/"}, []string{"a", "."}},
	{`\p{Lu}`, []string{"A", "Я", "𝐀"}, []string{"a", "ǅ", "1"}},
	{`\p{L}`, []string{"A", "ǅ", "ʰ", "א"}, []string{"1", "\u0300"}},
	{`\P{L}`, []string{"1", " "}, []string{"A"}},
	{`\p{C}`, []string{"\u0001", "\u00ad", "\ue000", "\u0378"}, []string{"a", " "}},
	{`\p{Cn}`, []string{"\u0378", "\U0010FFFF"}, []string{"\u0001", "\ue000", "a"}},
	{`\p{Z}`, []string{" ", "\u2028", "\u2029"}, []string{"\t"}},
	{`\p{Sc}`, []string{"$", "€"}, []string{"+"}},
	{`\p{IsCyrillic}`, []string{"я", "Ё", "\u04ff"}, []string{"a", "\u0500"}},
	{`\P{IsCyrillic}`, []string{"a", "\u0500"}, []string{"я"}},
	{`\p{IsSpecials}`, []string{"\ufeff", "\ufffd"}, []string{"\ufefe"}},
	{`\p{IsPrivateUse}`, []string{"\ue000", "\U000F0000", "\U0010FFFD"}, []string{"a"}},
	{`\p{IsCJKUnifiedIdeographsExtensionA}`, []string{"\u3400", "\u4db5"}, []string{"\u4db6"}},

	{`[abc]`, []string{"a", "c"}, []string{"d", "ab", ""}},
	{`[^abc]`, []string{"d", "\n"}, []string{"a"}},
	{`[a-c-]`, []string{"a", "-"}, []string{"d"}},
	{`[-a]`, []string{"-", "a"}, []string{"b"}},
	{`[^-a]`, []string{"b", "^"}, []string{"-", "a"}},
	{`[^^]`, []string{"a"}, []string{"^"}},
	{`[\--/]`, []string{"-", ".", "/"}, []string{",", "0"}},
	{`[+,-]?\d+(\.\d{2})?`, []string{"1", "-12.34", ",5", "+٣"}, []string{"1.2", "1.234", "--1"}},
	{`[a-z-[aeiou]]`, []string{"b", "z"}, []string{"a", "u", "-"}},
	{`[^a-z-[0-9]]`, []string{"A", "-"}, []string{"a", "5"}},
	{`[a-z-[^aeiou]]`, []string{"a"}, []string{"b", "A"}},
	{`[a-z-[b-y-[m]]]`, []string{"a", "m", "z"}, []string{"b", "y"}},
	{`[a--[a]]`, []string{"-"}, []string{"a"}},
	{`[\w-[\d]]`, []string{"a", "$"}, []string{"1"}},
	{`[\i-[:]][\c-[:]]*`, []string{"a1", "_", "я-."}, []string{"a:b", "1a", ""}},
	{`[\s\S]*`, []string{"", "a\nb", "\u0000"}, []string{"\xff"}},

	// Of the bundles that the gate is for.
	{`[(0-9)]{11}[(А-Я)]{3}`, []string{"12345678901АБВ", "((((((((((()))"}, []string{"1234567890АБВГ"}},
	{`(A{0,1}\d{1,4}(\.)?)+`, []string{"A1234.12A3.", "1"}, []string{"A", "AA1", "1.."}},
	{`(\s*\S+\s*)+`, []string{" a  b ", "x"}, []string{"", "  "}},
	{`(.*)([0-9а-яА-Яa-zA-Z]+)(.*)`, []string{"!!я!!", "1"}, []string{"!!", "", "a\nb"}},
	{`.*[^\s].*`, []string{" a ", "a"}, []string{"  ", ""}},
	{`Л\d{3}-\d{5}-\d{2}/\d{8}`, []string{"Л035-01298-77/00000001"}, []string{"Л035-01298-77-00000001"}},
	{`[а-яА-ЯёЁ\-\s,.]{1,200}`, []string{"Ёлка, ель", strings.Repeat("я", 200)}, []string{"", strings.Repeat("я", 201), "e"}},
	{guid, []string{"0a1b2c3d-0000-1111-2222-0123456789aB"}, []string{"0a1b2c3d-0000-1111-2222-0123456789a", "{0a1b2c3d-0000-1111-2222-0123456789aB}"}},

	// Counters.
	{`.{0,15000}`, []string{"", strings.Repeat("я", 15000)}, []string{strings.Repeat("я", 15001)}},
	{`a{5000}`, []string{strings.Repeat("a", 5000)}, []string{strings.Repeat("a", 4999), strings.Repeat("a", 5001)}},
	{`(a{2000,3000}b)+`, []string{strings.Repeat(strings.Repeat("a", 2500)+"b", 3)},
		[]string{strings.Repeat("a", 2500) + "bb", strings.Repeat("a", 3001) + "b", strings.Repeat("a", 1999) + "b"}},
	{`.*a.{3000}`, []string{"ba" + strings.Repeat("b", 3000), strings.Repeat("a", 3001)},
		[]string{"a" + strings.Repeat("b", 2999), "a" + strings.Repeat("b", 3001)}},
	{`(\d{1,3},){0,5000}`, []string{"", strings.Repeat("12,345,", 2500)}, []string{strings.Repeat("1,", 5001), "1234,"}},
}

// engines are all automata that an expression can have, whichever of them
// Match would use; those that it cannot have are nil.
type engines struct {
	re    *Regexp
	alpha alphabet
	dfa   *dfa
	wide  *wide
	sims  []*simulation
}

func newEngines(tb testing.TB, re *Regexp) *engines {
	tb.Helper()
	p := parser{src: re.pattern}
	root, perr := p.parse()
	e := &engines{re: re}
	in, err := e.alpha.build(p.sets)
	if perr != nil || err != nil {
		tb.Fatal(perr, err)
	}
	if p, err := assemble(root, in, unrolled, maxUnrolled); err == nil {
		e.dfa = newDFA(p, e.alpha.classes)
		e.wide = newWide(p, e.alpha.classes)
	}
	for _, l := range []layout{unrolled, counted, ranked} {
		if p, err := assemble(root, in, l, maxProg); err == nil {
			if n, ok := newNet(p); ok {
				e.sims = append(e.sims, newSimulation(n))
			}
		}
	}
	return e
}

// match matches with each engine; they have to agree.
func (e *engines) match(tb testing.TB, value string) bool {
	tb.Helper()
	v, want := []byte(value), e.re.Match([]byte(value))
	check := func(engine string, got bool) {
		if got != want {
			tb.Fatalf("%q on %.80q: %s says %v, Match %v", e.re, value, engine, got, want)
		}
	}
	if e.dfa != nil {
		if got, ok := e.dfa.match(&e.alpha, v); ok {
			check("the deterministic automaton", got)
		}
	}
	if e.wide != nil {
		check("the wide automaton", e.wide.match(&e.alpha, v))
	}
	for _, s := range e.sims {
		check("a simulation", s.match(&e.alpha, v))
		check("a simulation, again,", s.match(&e.alpha, v))
	}
	return want
}

func TestMatch(t *testing.T) {
	for _, tc := range matches {
		re, err := Compile(tc.pattern)
		if err != nil {
			t.Error(err)
			continue
		}
		e := newEngines(t, re)
		for _, v := range tc.in {
			if !e.match(t, v) {
				t.Errorf("%q does not match %.80q", tc.pattern, v)
			}
		}
		for _, v := range tc.out {
			if e.match(t, v) {
				t.Errorf("%q matches %.80q", tc.pattern, v)
			}
		}
	}
}

// goSyntax writes a parsed expression in the language of package regexp. It is
// not ok where that refuses a count.
func goSyntax(b *strings.Builder, n *node, sets []set) bool {
	switch n.op {
	case opChar:
		b.WriteString("[")
		if len(sets[n.set]) == 0 {
			b.WriteString(`^\x00-\x{10FFFF}`)
		}
		for _, r := range sets[n.set] {
			fmt.Fprintf(b, `\x{%X}-\x{%X}`, r.lo, r.hi)
		}
		b.WriteString("]")
		return true
	case opRepeat:
		if n.min > 1000 || n.max > 1000 && n.max != unbounded {
			return false
		}
		b.WriteString("(?:")
		ok := goSyntax(b, n.parts[0], sets)
		b.WriteString("){" + fmt.Sprint(n.min) + ",")
		if n.max != unbounded {
			b.WriteString(fmt.Sprint(n.max))
		}
		b.WriteString("}")
		return ok
	}
	b.WriteString("(?:")
	for i, p := range n.parts {
		if i > 0 && n.op == opAlt {
			b.WriteString("|")
		}
		if !goSyntax(b, p, sets) {
			return false
		}
	}
	b.WriteString(")")
	return true
}

// oracle returns the expression as one of package regexp, if that takes it.
func oracle(pattern string) *regexp.Regexp {
	p := parser{src: pattern}
	root, err := p.parse()
	if err != nil {
		return nil
	}
	var b strings.Builder
	b.WriteString(`\A`)
	if !goSyntax(&b, root, p.sets) {
		return nil
	}
	re, err := regexp.Compile(b.String() + `\z`)
	if err != nil {
		return nil
	}
	return re
}

func compare(tb testing.TB, pattern string, values ...string) {
	re, err := Compile(pattern)
	if err != nil {
		return
	}
	want, e := oracle(pattern), newEngines(tb, re)
	for _, v := range values {
		got := e.match(tb, v)
		if want != nil && utf8.ValidString(v) && want.MatchString(v) != got {
			tb.Fatalf("%q on %q: %v, package regexp %v", pattern, v, got, !got)
		}
	}
}

// TestMatch_oracle compares with package regexp, on expressions put together
// at random so that most are legal, and values likely to match.
func TestMatch_oracle(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	atoms := []string{"a", "b", "ab", ".", `\d`, "[ab]", "[^a]", "[a-z-[b]]", "я", "(a|b)", "(ab|b)", "(a*|b)", "()", "(a{2,3}b?)", "(.a)"}
	quantifiers := []string{"", "", "", "?", "*", "+", "{2}", "{0,2}", "{2,}", "{3,5}", "{0}", "{2,40}", "{17}"}
	letters := []rune("aaabbbя1\n")
	for range 1500 {
		var p strings.Builder
		for range 1 + rng.IntN(4) {
			a, q := atoms[rng.IntN(len(atoms))], quantifiers[rng.IntN(len(quantifiers))]
			if rng.IntN(4) == 0 {
				a = "(" + a + q + atoms[rng.IntN(len(atoms))] + ")"
			}
			p.WriteString(a + q)
			if rng.IntN(8) == 0 {
				p.WriteString("|")
			}
		}
		values := []string{"", strings.Repeat("a", 17), strings.Repeat("ab", 20)}
		for range 30 {
			var v strings.Builder
			for range rng.IntN(12) {
				v.WriteRune(letters[rng.IntN(len(letters))])
			}
			values = append(values, v.String())
		}
		compare(t, p.String(), values...)
	}
}

func FuzzMatch(f *testing.F) {
	for _, tc := range matches {
		for _, v := range append(tc.in, tc.out...) {
			if len(v) < 100 {
				f.Add(tc.pattern, v)
			}
		}
	}
	for _, tc := range grammar {
		f.Add(tc.pattern, "a-b")
	}
	f.Fuzz(func(t *testing.T, pattern, value string) {
		if len(pattern) > 200 || len(value) > 1000 {
			return
		}
		compare(t, pattern, value)
	})
}

// TestMatch_bounded runs an expression whose deterministic automaton has 2^200
// states: the cache has to stay small and the answers right.
func TestMatch_bounded(t *testing.T) {
	re, err := Compile(`[ab]*a[ab]{199}`)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(3, 4))
	value := make([]byte, 400)
	for range 60 {
		for i := range value {
			value[i] = "ab"[rng.IntN(2)]
		}
		if got, want := re.Match(value), value[len(value)-200] == 'a'; got != want {
			t.Fatalf("got %v, want %v", got, want)
		}
		if re.dfa.size > maxCache+1024 {
			t.Fatalf("cache of %d bytes", re.dfa.size)
		}
	}
	if !re.dfa.rows.Load().full {
		t.Error("the cache was never full: the test tests nothing")
	}
}

// TestMatch_concurrent lets goroutines fill and grow one cache.
func TestMatch_concurrent(t *testing.T) {
	re, err := Compile(`[ab]*a[ab]{60}`)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for seed := range 8 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(seed), 5))
			value := make([]byte, 100)
			for range 60 {
				for i := range value {
					value[i] = "ab"[rng.IntN(2)]
				}
				if got, want := re.Match(value), value[len(value)-61] == 'a'; got != want {
					t.Errorf("got %v, want %v", got, want)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestMatch_allocations(t *testing.T) {
	data.CountAllocations(t)
	for _, bc := range benchmarks {
		re, err := Compile(bc.pattern)
		if err != nil {
			t.Fatal(err)
		}
		value := []byte(bc.value)
		for range 20 { // until all rows are there
			re.Match(value)
		}
		if n := testing.AllocsPerRun(20, func() { re.Match(value) }); n > 0 {
			t.Errorf("%s: %v allocations", bc.name, n)
		}
	}
}

// TestAlphabet checks that the classes tell apart what the sets do.
func TestAlphabet(t *testing.T) {
	words, _ := escape('w')
	upper, _ := category("Lu")
	sets := []set{words, upper, {{'a', 'z'}, {0x7ff, 0x800}, {0xffff, 0x10000}}, {{0, unicodeMax}}, nil}
	var a alphabet
	in, err := a.build(sets)
	if err != nil {
		t.Fatal(err)
	}
	for r := rune(0); r <= unicodeMax; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		class, n := a.class([]byte(string(r)))
		if class == 0 || n != utf8.RuneLen(r) {
			t.Fatalf("%U: class %d, %d bytes", r, class, n)
		}
		for i, s := range sets {
			if in[i].has(class) != s.has(r) {
				t.Fatalf("%U in set %d: %v", r, i, in[i].has(class))
			}
		}
	}
}

const unicodeMax = utf8.MaxRune
