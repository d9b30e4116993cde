package regex

import (
	"errors"
	"strings"
	"testing"
)

// grammar lists expressions with the reason, empty if they are legal by
// Appendix F, why they are not. Xerces-J agrees with every row but those marked.
var grammar = []struct{ pattern, reason string }{
	{``, ""},
	{`|`, ""},
	{`a||b`, ""},
	{`()`, ""},
	{`(|a)*`, ""},
	{`^a$`, ""}, // normal characters
	{`[$]`, ""},
	{`a{2}`, ""},
	{`a{00002}`, ""},
	{`a{0}`, ""},
	{`a{0,0}`, ""},
	{`a{2,}`, ""},
	{`a{2,3}`, ""},
	{`a{2147483648,99999999999999999999}`, ""},
	{`a{,3}`, "malformed quantifier"},
	{`a{,}`, "malformed quantifier"},
	{`a{}`, "malformed quantifier"},
	{`a{1, 2}`, "malformed quantifier"},
	{`a{1`, "malformed quantifier"},
	{`a{1,`, "malformed quantifier"},
	{`a{-1}`, "malformed quantifier"},
	{`a{a}`, "malformed quantifier"},
	{`a{2,1}`, "quantifier whose maximum is below its minimum"},
	{`a{1}{2}`, "nothing to repeat before {"},
	{`a**`, "nothing to repeat before *"},
	{`a*?`, "nothing to repeat before ?"},
	{`a+?`, "nothing to repeat before ?"},
	{`*a`, "nothing to repeat before *"},
	{`a|*`, "nothing to repeat before *"},
	{`(?:a)`, "nothing to repeat before ?"},
	{`(?=a)`, "nothing to repeat before ?"},
	{`(*a)`, "nothing to repeat before *"},
	{`{`, "nothing to repeat before {"},
	{`}`, "unexpected }"},
	{`a}`, "unexpected }"},
	{`a]`, "unexpected ]"},
	{`(a`, "missing )"},
	{`a)`, "unexpected )"},
	{`((a)`, "missing )"},

	{`\n\r\t\\\|\.\?\*\+\(\)\{\}\-\[\]\^`, ""},
	{`\s\S\i\I\c\C\d\D\w\W`, ""},
	{`\$`, "unknown escape"}, // Xerces takes it
	{`\/`, "unknown escape"}, // Xerces takes it
	{`\a`, "unknown escape"}, // Xerces takes it
	{`\b`, "unknown escape"},
	{`\1`, "unknown escape"},
	{`\0`, "unknown escape"}, // Xerces takes it
	{`\x41`, "unknown escape"},
	{`\u0041`, "unknown escape"},
	{`\`, "unknown escape"},
	{`\p{L}\p{Lu}\p{Nd}\p{Cn}\P{P}`, ""},
	{`\p{IsBasicLatin}\P{IsLatin-1Supplement}\p{IsCyrillic}\p{IsSpecials}\p{IsPrivateUse}`, ""},
	{`\p{Cs}`, "unknown category or block"}, // Xerces takes it; not in production 35
	{`\p{LC}`, "unknown category or block"},
	{`\p{Lx}`, "unknown category or block"},
	{`\p{X}`, "unknown category or block"},
	{`\p{ L}`, "unknown category or block"},
	{`\p{^L}`, "unknown category or block"},
	{`\p{}`, "unknown category or block"},
	{`\p{Is}`, "unknown category or block"},
	{`\p{IsL}`, "unknown category or block"},
	{`\p{Isbasiclatin}`, "unknown category or block"},
	{`\p{IsHighSurrogates}`, "unknown category or block"},
	{`\p{IsCyrillicSupplement}`, "unknown category or block"}, // Unicode 3.2
	{`\pL`, `missing { behind \p`},
	{`\p`, `missing { behind \p`},
	{`\p{L`, `missing } behind \p{`},

	{`[a-c]`, ""},
	{`[a-a]`, ""},
	{`[a-c-]`, ""},
	{`[-]`, ""},
	{`[-a]`, ""},
	{`[a-]`, ""},
	{`[--]`, ""},
	{`[^-]`, ""},
	{`[^-a]`, ""},
	{`[^^]`, ""},
	{`[a^]`, ""},
	{`[\^a]`, ""},
	{`[\--a]`, ""},
	{`[+-\-]`, ""},
	{`[\n-a]`, ""},
	{`[.*+?(){}|&&]`, ""},
	{`[\d\w-]`, ""},
	{`[\p{Lu}\P{N}]`, ""},
	{`[a-z-[aeiou]]`, ""},
	{`[^a-z-[b]]`, ""},
	{`[a-z-[^b]]`, ""},
	{`[a-z-[b-[c]]]`, ""},
	{`[\i-[:]][\c-[:]]*`, ""},
	{`[a--[b]]`, ""}, // Xerces refuses it; the group is "a" and "-"
	{`[--[b]]`, ""},
	{`[a---[b]]`, "hyphen that is neither first nor last in its class"},
	{`[`, "missing ]"},
	{`[a`, "missing ]"},
	{`[]`, "unescaped ] in a class"},
	{`[^]`, "unescaped ] in a class"},
	{`[a\]`, "missing ]"},
	{`[\`, "unknown escape"},
	{`[[a]]`, "unescaped [ in a class"},
	{`[a[b]]`, "unescaped [ in a class"},
	{`[-[a]]`, "unescaped [ in a class"}, // Xerces takes it; nothing to subtract from
	{`[[:alpha:]]`, "unescaped [ in a class"},
	{`[a-b-c]`, "hyphen that is neither first nor last in its class"},
	{`[--/]`, "hyphen that is neither first nor last in its class"},
	{`[!--]`, "hyphen that is neither first nor last in its class"},
	{`[\d-z]`, "hyphen that is neither first nor last in its class"},
	{`[\w-\d]`, "hyphen that is neither first nor last in its class"},
	{`[z-\d]`, "range that ends in a class escape"},
	{`[z-a]`, "range whose end is below its start"},
	{`[a-\n]`, "range whose end is below its start"},
	{`[a-z-[b]-[c]]`, "subtraction that does not end its class"},
	{`[a-z-[b]c]`, "subtraction that does not end its class"},
	{`[\$]`, "unknown escape"},
	{"a\xff", "not UTF-8"},
	{"[\xff]", "not UTF-8"},

	{strings.Repeat("(", 251) + strings.Repeat(")", 251), "nested too deeply"},
	{strings.Repeat("(", 250) + strings.Repeat(")", 250), ""},
	{"[a" + strings.Repeat("-[a", 250) + strings.Repeat("]", 251), "nested too deeply"},
	{strings.Repeat("a", maxPattern+1), "longer than 65536 bytes"},
	{"[" + strings.Repeat(`\w`, 30_000) + "]", ""},
	{manyClasses(`\W`, 1000), "more than 262144 runs of characters in its classes"},
	{manyClasses(``, 5000), "more than 4096 different character classes"},
	{manyClasses(``, 4000), ""},
	{`((ab){1000}){1000}`, "too large with its quantified groups repeated"},
	{`(a?b?){300}`, ""},
	{`(a?b?){1000}`, ""},
	{`(a?b?){4000}`, ""},
	{`(a?b?){5000}`, "too large with its quantified groups repeated"},
	{`(\d{1,3},){0,5000}`, ""},
	{`(\d{1,3},?){0,1000}`, ""},
	{`([а-я]{2,50}[ -]?){1,10}`, ""},
	{`(a|ab|b){1000}`, errCrowded.Error()},
	{`([a-f]|\d|ab)*a(a|b){500}`, ""},
	{`[ab]*a(ab|ba){500}`, errCrowded.Error()},
	{`(январь|февраль|март|апрель|май|июнь|июль|август|сентябрь|октябрь|ноябрь|декабрь)( (январь|февраль|март|апрель|май|июнь|июль|август|сентябрь|октябрь|ноябрь|декабрь)){0,20}`, ""},
	{`(ab){2147483648}`, "too large with its quantified groups repeated"},
	{strings.Repeat("(", 200) + "a" + strings.Repeat("{2})", 200), "too large with its quantified groups repeated"},
}

// manyClasses returns an expression of n classes, each with the content and a
// character of its own.
func manyClasses(content string, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("[" + content + string(rune(0x20000+i)) + "]")
	}
	return b.String()
}

func TestCompile(t *testing.T) {
	for _, tc := range grammar {
		name := tc.pattern[:min(len(tc.pattern), 40)]
		re, err := Compile(tc.pattern)
		if err == nil {
			if tc.reason != "" {
				t.Errorf("%q: accepted, want %q", name, tc.reason)
			} else if re.String() != tc.pattern {
				t.Errorf("%q: String is %q", name, re.String())
			}
			continue
		}
		var e *Error
		if !errors.As(err, &e) || e.Reason != tc.reason {
			t.Errorf("%q: %v, want %q", name, err, tc.reason)
		}
	}
}

func TestError(t *testing.T) {
	_, err := Compile(`ab\q`)
	if got, want := err.Error(), `regular expression "ab\\q": offset 3: unknown escape`; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
