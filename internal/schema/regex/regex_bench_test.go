package regex

import (
	"strings"
	"testing"
)

// The patterns are those of real bundles, or make one engine work its hardest.
var benchmarks = []struct{ name, pattern, value string }{
	{"GUID", guid, "0a1b2c3d-0000-1111-2222-0123456789aB"},
	{"name", `[а-яА-ЯёЁ\-\s,.]{1,200}`, strings.Repeat("Иванов-Петров, ", 13)},
	{"words", `(\s*\S+\s*)+`, strings.Repeat("слово word ", 100)},
	{"alternatives", `(.*)([0-9а-яА-Яa-zA-Z]+)(.*)`, strings.Repeat("улица Мира, 7 ", 100)},
	{"cadastral", `(A{0,1}\d{1,4}(\.)?)+`, strings.Repeat("A1234.", 100)},
	{"ideographs", `[\p{IsCJKUnifiedIdeographs}\w]+`, strings.Repeat("漢字語", 100)},
	{"counted", `.{0,15000}`, strings.Repeat("я", 15000)},
	{"growing", `.*a.{0,15000}`, strings.Repeat("ab", 7000)},
	{"delayed", `.*a.{200}b.*`, strings.Repeat("aab", 1000)},
	{"many states", `[ab]*a(a|b|ab){31}[ab]*`, strings.Repeat("abbabaaababbbabaab", 200)},
	{"many lengths", `([ab]{2,50}[ \-]?){1,10}.*`, strings.Repeat("abbabaaababbbabaab", 20)},
	{"empty groups", `(a?b?){4000}`, strings.Repeat("a", 4000)},
	{"repeated", `(\d{1,3},){0,5000}`, strings.Repeat("12,345,", 2500)},
}

const guid = `([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}`

func BenchmarkMatch(b *testing.B) {
	for _, bc := range benchmarks {
		b.Run(bc.name, func(b *testing.B) {
			re, err := Compile(bc.pattern)
			if err != nil {
				b.Fatal(err)
			}
			value := []byte(bc.value)
			b.ReportAllocs()
			b.SetBytes(int64(len(value)))
			for b.Loop() {
				re.Match(value)
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	for _, bc := range benchmarks {
		b.Run(bc.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Compile(bc.pattern); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
