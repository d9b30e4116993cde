package datatype

import (
	"strings"
	"testing"
)

// resolver binds the prefixes that are its keys.
type resolver map[string]string

func (r resolver) ResolvePrefix(prefix []byte) (string, bool) {
	space, ok := r[string(prefix)]
	return space, ok
}

// scope are the namespaces of all tests.
var scope = resolver{"": "urn:default", "p": "urn:p", "q": "urn:p"}

// lexical lists, for every built-in type, what is a value of it and what is
// not (Part 2 3.2 and 3.3).
var lexical = []struct {
	typ     string
	in, out []string
}{
	{"anySimpleType", []string{"", " a\tb ", "<>&"}, nil},
	{"string", []string{"", " ", "a\tb\n", "яё", "𝄞"}, nil},
	{"normalizedString", []string{"", " a\tb\r\n"}, nil},
	{"token", []string{"", "  a  b  "}, nil},
	{"boolean", []string{"true", "false", "1", "0", " true\n"},
		[]string{"", "TRUE", "True", "yes", "2", "00", "true false", "t"}},
	{"decimal", []string{"0", "-0", "+1", "1.", ".5", "-.5", "00012.3400", "123456789012345678901234567890.123456789", " 1 "},
		[]string{"", " ", "+", "-", ".", "-.", "1e5", "1E5", "1,5", "1 2", "--1", "+-1", "1.2.3", "INF", "NaN", "0x1", "٣", "1\u00a0"}},
	{"integer", []string{"0", "-0", "+0", "+1", "-12345678901234567890123", "007"}, []string{"", "1.", "1.0", ".0", "1e1", "-", "+", "- 1"}},
	{"nonPositiveInteger", []string{"0", "-0", "+0", "-1", "-99999999999999999999"}, []string{"1", "+1", "0.0", ""}},
	{"negativeInteger", []string{"-1", "-001"}, []string{"0", "-0", "1", ""}},
	{"long", []string{"9223372036854775807", "-9223372036854775808", "+000009223372036854775807"}, []string{"9223372036854775808", "-9223372036854775809", "1.0", ""}},
	{"int", []string{"2147483647", "-2147483648", "+0"}, []string{"2147483648", "-2147483649", ""}},
	{"short", []string{"32767", "-32768"}, []string{"32768", "-32769"}},
	{"byte", []string{"127", "-128", "-0"}, []string{"128", "-129", "12a"}},
	{"nonNegativeInteger", []string{"0", "-0", "+0", "99999999999999999999"}, []string{"-1", "0.", ""}},
	{"unsignedLong", []string{"0", "-0", "+1", "18446744073709551615"}, []string{"18446744073709551616", "-1"}},
	{"unsignedInt", []string{"4294967295", "0"}, []string{"4294967296", "-1"}},
	{"unsignedShort", []string{"65535", "+65535"}, []string{"65536", "-1"}},
	{"unsignedByte", []string{"255", "0"}, []string{"256", "-1"}},
	{"positiveInteger", []string{"1", "+1", "001"}, []string{"0", "-1", "+0"}},
	{"float", []string{"0", "-0", "1", "+1", "1.", ".5", "1e5", "1E+5", "-1.5e-45", "INF", "-INF", "NaN", "1e999", " 12 "},
		[]string{"", "+INF", "inf", "Infinity", "nan", "-NaN", "+NaN", "1e", "e5", "1e5.0", "1e+", "1f", "1d", "0x1p3", "1_000", ".", ".e1", "1 e5", "--1"}},
	{"double", []string{"0", "-0", "1e308", "1E-400", "INF", "-INF", "NaN", "00.00e00"},
		[]string{"", "+INF", "Inf", "1e", "1D", "1F", "0x1", "e", "1e1e1", "NaN1"}},
	{"duration", []string{"P1Y", "P1M", "P1D", "PT1H", "PT1M", "PT1S", "P1Y2M3DT10H30M5.125S", "-P1D", "P0D", "P400D", "PT36H", "P1347Y", "-P0Y", "P1YT1S", "PT0.000S", "P0000000000000000000001D"},
		[]string{"", "P", "-P", "PT", "P1", "1Y", "+P1D", "P-1D", "P1.5D", "P1Y2M3DT", "PT1", "P1H", "PT1D", "P1M1Y", "P1D1D", "PT1S1H", "PT1.S", "PT.5S", "P1S", "PT1.5M", "P1Y T1H", "p1d", "P 1D", "PTS", "PY", "P1YM", "P1000000000000000D", "--P1D"}},
	{"dateTime", []string{
		"1999-05-31T13:20:00", "1999-05-31T13:20:00Z", "1999-05-31T13:20:00-05:00", "2000-02-29T00:00:00.123456789012345678901", "-0001-01-01T00:00:00", "12000-01-01T00:00:00",
		"2000-12-31T24:00:00", "2000-12-31T24:00:00.000Z", "2000-01-01T00:00:00+14:00", "2000-01-01T00:00:00-14:00", "2000-01-01T00:00:00+00:00", "0001-01-01T00:00:00+14:00", "-0004-02-29T00:00:00", "999999999999999-01-01T00:00:00"},
		[]string{
			"", "1999-05-31", "1999-05-31T13:20", "1999-05-31 13:20:00", "1999-05-31t13:20:00", "1999-5-31T13:20:00", "99-05-31T13:20:00", "1999-02-29T00:00:00", "1900-02-29T00:00:00", "1999-13-01T00:00:00",
			"1999-00-01T00:00:00", "1999-01-00T00:00:00", "1999-04-31T00:00:00", "0000-01-01T00:00:00", "-0000-01-01T00:00:00", "+1999-01-01T00:00:00", "01999-01-01T00:00:00", "1999-01-01T25:00:00", "1999-01-01T24:00:01", "1999-01-01T24:01:00", "1999-01-01T24:00:00.1",
			"1999-01-01T23:60:00", "1999-01-01T23:59:60", "1999-01-01T00:00:00.", "1999-01-01T00:00:00z", "1999-01-01T00:00:00+1:00", "1999-01-01T00:00:00+0100", "1999-01-01T00:00:00+14:01", "1999-01-01T00:00:00+15:00", "1999-01-01T00:00:00+01:60", "1999-01-01T00:00:00ZZ", "1999-01-01T00:00:00 Z",
			"1999-01-01T1:00:00", "1999-01-01T001:00:00", "1999/01/01T00:00:00", "1000000000000000-01-01T00:00:00"}},
	{"time", []string{"00:00:00", "23:59:59.999", "13:20:00-05:00", "24:00:00", "24:00:00Z", "00:00:00Z", "12:00:00+14:00"},
		[]string{"", "1:00:00", "13:20", "24:00:01", "25:00:00", "12:60:00", "12:00:60", "12:00:00.", "T12:00:00", "12:00:00+25:00", "-12:00:00"}},
	{"date", []string{"2002-09-24", "2002-09-24Z", "2017-08-21+07:00", "2000-02-29", "-0044-03-15", "12345-01-01"},
		[]string{"", "2002-9-24", "02-09-24", "2001-02-29", "2002-09-31", "2002-09-24T00:00:00", "0000-01-01", "2002-09-24+7:00", "2002-09-24 Z", "20020924", "2002-09-24-"}},
	{"gYearMonth", []string{"1999-05", "1999-05Z", "-0001-12+14:00", "11999-05"}, []string{"", "1999", "1999-5", "1999-13", "1999-00", "99-05", "0000-01", "1999-05-01", "1999-05-"}},
	{"gYear", []string{"1999", "1999Z", "-1999", "1999-05:00", "12000"}, []string{"", "99", "0000", "199", "01999", "1999-", "+1999", "1999-05", "1999 Z"}},
	{"gMonthDay", []string{"--05-31", "--02-29", "--12-31Z", "--01-01+05:00"}, []string{"", "05-31", "-05-31", "--5-31", "--02-30", "--04-31", "--13-01", "--05-00", "--05", "--05-31-", "---05-31"}},
	{"gDay", []string{"---01", "---31", "---31Z", "---05-14:00"}, []string{"", "---32", "---00", "---1", "--01", "01", "---001", "---31z"}},
	{"gMonth", []string{"--01", "--12", "--05Z", "--05+05:00"}, []string{"", "--13", "--00", "--1", "--05--", "-05", "05", "--005", "--05-"}},
	{"hexBinary", []string{"", "0FB7", "0fb7", "00", " AA "}, []string{"F", "0FB", "0G", "0F B7", "0x0F", "٣٣"}},
	{"base64Binary", []string{"", "AAAA", "AA==", "AAA=", "AQ==", "Zg==", "Zm9v", "Zm 9v", "Z m 9 v", "Zm9v\n Zm9v", "AAA =", "AA= =", "AA = ="},
		[]string{"A", "AA", "AAA", "AAAAA", "A===", "====", "=AAA", "AA=A", "AAAA=", "AB==", "AAB=", "AA==AA==", "AA-_", "AAA?", "A\u00a0AAA"}},
	{"anyURI", []string{"", "http://example.org/a?b#c", "urn:x:y", "a b", "#frag", "../a", "http://пример.рф/", "mailto:a@b", "%20", "http://[::1]/", "a{b}", "file:///c:/x", "//host/p", "?q", ".", "b:?", "b:?q", "a/b:c", "urn:[x]", "?[x]", "#[x]", "http://u@[::1]:80/", "http://a:b:c/", "//"},
		[]string{"%", "%2", "%GG", "a#b#c", ":", ":a", "b:", "b:#a", "1a:b", "a b:c", "%20:a", "я:b", "a]", "[a]", "http://[::1", "http://[:1]/", "http://[::1]x/", "http://[::1]:x/", "http://a[::1]/", "http://[1.2.3.4]/", "http://h/[x]"}},
	{"QName", []string{"a", "p:a", "_", "q:я-1", " p:a "}, []string{"", "p:", ":a", "p:a:b", "1", "p:1", "x:a", "a b", "p: a"}},
	{"language", []string{"ru", "ru-RU", "en-US-x-123", "i-klingon", "abcdefgh"}, []string{"", "ru_RU", "abcdefghi", "1a", "ru-", "-ru", "ru--RU", "я", "en-123456789"}},
	{"Name", []string{"a", "_", ":", "a:b:c", "я.1-2", "a\u00b7"}, []string{"", "1", "-a", ".a", "a b", "a/b", "\u00b7a"}},
	{"NCName", []string{"a", "_", "я.1-2", "\u0133", "a\U00010000"}, []string{"", ":", "a:b", "1", "-a", "a b", "a\U000f0000"}},
	{"NMTOKEN", []string{"a", "1", "-", ".", ":", "a:b", "\u0300"}, []string{"", "a b", "a/b", "a,b", "\u00d7"}},
	{"NMTOKENS", []string{"a", " a  1\n- ", strings.Repeat("a ", 1000)}, []string{"", " ", "a /"}},
	{"ID", []string{"a", "_1"}, []string{"", "1", "a:b", "a b"}},
	{"IDREF", []string{"a"}, []string{"", "1", "a:b", "a b"}},
	{"IDREFS", []string{"a", "a b"}, []string{"", "a 1", "a:b"}},
	{"ENTITY", []string{"a"}, []string{"", "1", "a b"}},
	{"ENTITIES", []string{"a b"}, []string{"", "a 1"}},
	{"NOTATION", []string{"a", "p:a"}, []string{"", "1", "x:a"}},
}

func TestValidate_lexical(t *testing.T) {
	seen := map[string]bool{}
	for _, tc := range lexical {
		typ := Builtin(tc.typ)
		seen[tc.typ] = true
		for _, v := range tc.in {
			if err := typ.Validate([]byte(v), scope); err != nil {
				t.Errorf("%s refuses %q: %v", tc.typ, v, err)
			}
		}
		for _, v := range tc.out {
			if typ.Validate([]byte(v), scope) == nil {
				t.Errorf("%s takes %q", tc.typ, v)
			}
		}
	}
	all := Builtins()
	for _, typ := range all {
		if !seen[typ.Name()] {
			t.Errorf("no row for %s", typ.Name())
		}
	}
	if len(all) != 45 { // 19 primitive, 25 derived, anySimpleType
		t.Errorf("%d built-in types", len(all))
	}
}

// TestMayBegin checks that no union passes over a member type that takes a value,
// by its first character.
func TestMayBegin(t *testing.T) {
	for _, typ := range Builtins() {
		var values []string
		for _, tc := range lexical {
			values = append(values, tc.in...)
			values = append(values, tc.out...)
		}
		for _, pool := range pools {
			values = append(values, strings.Split(pool, "|")...)
		}
		for _, v := range values {
			trimmed := trim([]byte(v))
			if len(trimmed) > 0 && typ.Validate([]byte(v), scope) == nil && !typ.mayBegin(trimmed[0]) {
				t.Errorf("%s takes %q, but is said not to begin so", typ.Name(), v)
			}
		}
	}
	if Builtin("int").mayBegin('a') || Builtin("NMTOKENS").mayBegin('a') != true || Builtin("duration").mayBegin('1') {
		t.Error("the first character tells nothing")
	}
}
