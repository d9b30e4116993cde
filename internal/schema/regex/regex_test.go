package regex

import (
	"strings"
	"testing"
)

func TestSmoke(t *testing.T) {
	for _, tc := range []struct {
		p, v string
		want bool
	}{
		{`([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}`, "0a1b2c3d-0000-1111-2222-0123456789aB", true},
		{`(\s*\S+\s*)+`, " a b ", true},
		{`.{0,15000}`, strings.Repeat("я", 15000), true},
		{`.{0,15000}`, strings.Repeat("я", 15001), false},
		{`(ab){2,3}`, "ababab", true},
		{`(ab){2,3}`, "abababab", false},
		{`[a-z-[aeiou]]+`, "bcd", true},
		{`[a-z-[aeiou]]+`, "bad", false},
		{``, "", true},
		{`a||b`, "", true},
	} {
		re, err := Compile(tc.p)
		if err != nil {
			t.Fatal(err)
		}
		if got := re.Match([]byte(tc.v)); got != tc.want {
			t.Errorf("%q on %q: %v", tc.p, tc.v, got)
		}
		s := newSimulation(re.nfa)
		if got := s.match(&re.alpha, []byte(tc.v)); got != tc.want {
			t.Errorf("nfa %q on %q: %v", tc.p, tc.v, got)
		}
	}
}

func BenchmarkGUID(b *testing.B) {
	re, _ := Compile(`([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}`)
	v := []byte("0a1b2c3d-0000-1111-2222-0123456789aB")
	b.ReportAllocs()
	for b.Loop() {
		if !re.Match(v) {
			b.Fatal()
		}
	}
}
