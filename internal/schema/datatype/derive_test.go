package datatype

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// facets reads "kind value" items separated by ";", "!" behind the kind for
// fixed. A value may be empty.
func facets(tb testing.TB, s string) (fs []Facet) {
	tb.Helper()
	if s == "" {
		return nil
	}
	for item := range strings.SplitSeq(s, ";") {
		name, value, _ := strings.Cut(item, " ")
		kind, ok := FacetNamed(strings.TrimSuffix(name, "!"))
		if !ok {
			tb.Fatalf("unknown facet %q", name)
		}
		fs = append(fs, Facet{Kind: kind, Value: value, Fixed: strings.HasSuffix(name, "!"), Resolver: scope})
	}
	return fs
}

// derivations lists restrictions, a base type to begin with and the facets of
// each step, and the constraints that the last one breaks.
var derivations = []struct {
	base   string
	steps  []string
	broken []string
}{
	{"string", []string{""}, nil},
	{"string", []string{"length 3"}, nil},
	{"string", []string{"minLength 1;maxLength 3"}, nil},
	{"string", []string{"minLength 3;maxLength 1"}, []string{"minLength-less-than-equal-to-maxLength"}},
	{"string", []string{"length 3;minLength 3"}, []string{"length-minLength-maxLength"}},
	{"string", []string{"length 3;maxLength 3"}, []string{"length-minLength-maxLength"}},
	{"string", []string{"minLength 2;maxLength 4", "length 3"}, nil},
	{"string", []string{"minLength 4", "length 3"}, []string{"length-minLength-maxLength"}},
	{"string", []string{"maxLength 2", "length 3"}, []string{"length-minLength-maxLength"}},
	{"string", []string{"length 3", "minLength 3"}, []string{"length-minLength-maxLength"}},
	{"string", []string{"minLength 2", "length 3", "minLength 2"}, nil},
	{"string", []string{"minLength 2", "length 3", "minLength 3"}, []string{"length-minLength-maxLength"}},
	{"string", []string{"length 3", "length 3"}, nil},
	{"string", []string{"length 3", "length 4"}, []string{"length-valid-restriction"}},
	{"string", []string{"minLength 3", "minLength 2"}, []string{"minLength-valid-restriction"}},
	{"string", []string{"minLength 3", "maxLength 2"}, []string{"minLength-less-than-equal-to-maxLength"}},
	{"string", []string{"maxLength 3", "maxLength 4"}, []string{"maxLength-valid-restriction"}},
	{"string", []string{"maxLength 3", "maxLength 2"}, nil},
	{"string", []string{"maxLength! 3", "maxLength 2"}, []string{"FixedFacetValue"}},
	{"string", []string{"maxLength! 3", "maxLength 3"}, nil},
	{"string", []string{"maxLength! 3", "", "maxLength 2"}, []string{"FixedFacetValue"}},
	{"string", []string{"length -1"}, []string{"InvalidFacetValue"}},
	{"string", []string{"length 1.0"}, []string{"InvalidFacetValue"}},
	{"string", []string{"length a"}, []string{"InvalidFacetValue"}},
	{"string", []string{"length "}, []string{"InvalidFacetValue"}},
	{"string", []string{"length  +05 "}, nil},
	{"string", []string{"maxLength 99999999999999999999"}, nil},
	{"string", []string{"length 1;length 1"}, []string{"src-single-facet-value"}},
	{"string", []string{"totalDigits 1"}, []string{"cos-applicable-facets"}},
	{"string", []string{"minInclusive a"}, []string{"cos-applicable-facets"}},
	{"string", []string{"pattern a;pattern b"}, nil},
	{"string", []string{"pattern [a"}, []string{"InvalidFacetValue"}},
	{"string", []string{"enumeration a;enumeration a"}, nil},
	{"string", []string{"enumeration a;enumeration b", "enumeration b"}, nil},
	{"string", []string{"enumeration a", "enumeration b"}, []string{"enumeration-valid-restriction"}},
	{"string", []string{"maxLength 1", "enumeration ab"}, []string{"enumeration-valid-restriction"}},
	{"string", []string{"enumeration ab;maxLength 1"}, nil}, // of the base type only
	{"string", []string{"pattern a+", "enumeration b"}, []string{"enumeration-valid-restriction"}},
	{"string", []string{"whiteSpace collapse", "whiteSpace replace"}, []string{"whiteSpace-valid-restriction"}},
	{"string", []string{"whiteSpace replace", "whiteSpace preserve"}, []string{"whiteSpace-valid-restriction"}},
	{"string", []string{"whiteSpace replace", "whiteSpace collapse"}, nil},
	{"string", []string{"whiteSpace trim"}, []string{"InvalidFacetValue"}},
	{"token", []string{"whiteSpace preserve"}, []string{"whiteSpace-valid-restriction"}},
	{"int", []string{"whiteSpace collapse"}, nil},
	{"int", []string{"whiteSpace preserve"}, []string{"whiteSpace-valid-restriction", "FixedFacetValue"}},

	{"boolean", []string{"pattern true"}, nil},
	{"boolean", []string{"enumeration true"}, []string{"cos-applicable-facets"}},
	{"decimal", []string{"length 1"}, []string{"cos-applicable-facets"}},
	{"decimal", []string{"totalDigits 5;fractionDigits 2"}, nil},
	{"decimal", []string{"totalDigits 2;fractionDigits 5"}, []string{"fractionDigits-totalDigits"}},
	{"decimal", []string{"fractionDigits 5", "totalDigits 2"}, []string{"fractionDigits-totalDigits"}},
	{"decimal", []string{"totalDigits 5", "totalDigits 6"}, []string{"totalDigits-valid-restriction"}},
	{"decimal", []string{"fractionDigits 2", "fractionDigits 3"}, []string{"fractionDigits-valid-restriction"}},
	{"decimal", []string{"totalDigits 0"}, []string{"InvalidFacetValue"}},
	{"decimal", []string{"fractionDigits 0"}, nil},
	{"integer", []string{"fractionDigits 0"}, nil},
	{"integer", []string{"fractionDigits 1"}, []string{"FixedFacetValue", "fractionDigits-valid-restriction"}},
	{"decimal", []string{"minInclusive 1;maxInclusive 1.0"}, nil},
	{"decimal", []string{"minInclusive 2;maxInclusive 1"}, []string{"minInclusive-less-than-equal-to-maxInclusive"}},
	{"decimal", []string{"minExclusive 1;maxExclusive 1"}, nil},
	{"decimal", []string{"minExclusive 2;maxExclusive 1"}, []string{"minExclusive-less-than-equal-to-maxExclusive"}},
	{"decimal", []string{"minExclusive 1;maxInclusive 1"}, []string{"minExclusive-less-than-maxInclusive"}},
	{"decimal", []string{"minInclusive 1;maxExclusive 1"}, []string{"minInclusive-less-than-maxExclusive"}},
	{"decimal", []string{"maxInclusive 1;maxExclusive 1"}, []string{"maxInclusive-maxExclusive"}},
	{"decimal", []string{"minInclusive 1;minExclusive 1"}, []string{"minInclusive-minExclusive"}},
	{"decimal", []string{"maxInclusive 5", "maxExclusive 5"}, nil},
	{"decimal", []string{"maxInclusive 5", "maxExclusive 6"}, []string{"maxExclusive-valid-restriction"}},
	{"decimal", []string{"maxInclusive 5", "maxInclusive 5.1"}, []string{"maxInclusive-valid-restriction"}},
	{"decimal", []string{"maxExclusive 5", "maxInclusive 5"}, []string{"maxInclusive-valid-restriction"}},
	{"decimal", []string{"maxExclusive 5", "maxExclusive 5"}, nil},
	{"decimal", []string{"maxExclusive 5", "maxExclusive 4", "maxExclusive 4.5"}, []string{"maxExclusive-valid-restriction"}},
	{"decimal", []string{"maxInclusive 5", "minInclusive 6"}, []string{"minInclusive-valid-restriction"}},
	{"decimal", []string{"maxInclusive 5", "minInclusive 5"}, nil},
	{"decimal", []string{"maxExclusive 5", "minInclusive 5"}, []string{"minInclusive-valid-restriction"}},
	{"decimal", []string{"maxExclusive 5", "minExclusive 5"}, []string{"minExclusive-valid-restriction"}},
	{"decimal", []string{"maxInclusive 5", "minExclusive 6"}, []string{"minExclusive-valid-restriction"}},
	{"decimal", []string{"minInclusive 5", "minInclusive 4"}, []string{"minInclusive-valid-restriction"}},
	{"decimal", []string{"minInclusive 5", "minExclusive 4"}, []string{"minExclusive-valid-restriction"}},
	{"decimal", []string{"minInclusive 5", "minExclusive 5"}, nil},
	{"decimal", []string{"minExclusive 5", "minInclusive 5"}, []string{"minInclusive-valid-restriction"}},
	{"decimal", []string{"minInclusive 5", "maxInclusive 4"}, []string{"maxInclusive-valid-restriction"}},
	{"decimal", []string{"minInclusive 5", "maxExclusive 5"}, []string{"maxExclusive-valid-restriction"}}, // 4.3.8.4, 3
	{"decimal", []string{"minExclusive 5", "maxExclusive 5"}, []string{"maxExclusive-valid-restriction"}},
	{"decimal", []string{"minInclusive! 5", "minInclusive 6"}, []string{"FixedFacetValue"}},
	{"decimal", []string{"minInclusive! 5", "minInclusive 5.0"}, nil},
	{"decimal", []string{"minInclusive 1e1"}, []string{"InvalidFacetValue"}},
	{"integer", []string{"minInclusive 1.5"}, []string{"InvalidFacetValue"}},
	{"byte", []string{"maxInclusive 128"}, []string{"maxInclusive-valid-restriction"}},
	{"byte", []string{"minInclusive -129"}, []string{"minInclusive-valid-restriction"}},
	{"byte", []string{"minInclusive  -5 ;maxInclusive 5"}, nil},
	{"decimal", []string{"totalDigits 2", "maxInclusive 100"}, []string{"InvalidFacetValue"}},
	{"decimal", []string{"enumeration 1", "maxInclusive 2"}, []string{"InvalidFacetValue"}},
	{"decimal", []string{"enumeration 1;maxExclusive 2", "maxExclusive 2"}, nil},
	{"decimal", []string{"enumeration 1;maxInclusive 2", "maxInclusive 2"}, []string{"InvalidFacetValue"}},
	{"byte", []string{"totalDigits 2", "maxInclusive 127"}, []string{"InvalidFacetValue"}},
	{"decimal", []string{"enumeration 1.0", "enumeration 01"}, nil},
	{"float", []string{"minInclusive NaN"}, nil},
	{"float", []string{"minInclusive NaN;maxInclusive 1"}, []string{"minInclusive-less-than-equal-to-maxInclusive"}},
	{"float", []string{"maxInclusive INF", "maxInclusive 1"}, nil},
	{"date", []string{"minInclusive 2000-01-01;maxInclusive 2000-01-01Z"}, []string{"minInclusive-less-than-equal-to-maxInclusive"}}, // incomparable
	{"duration", []string{"minInclusive P30D;maxInclusive P1M"}, []string{"minInclusive-less-than-equal-to-maxInclusive"}},
	{"duration", []string{"minInclusive P28D;maxInclusive P1M"}, []string{"minInclusive-less-than-equal-to-maxInclusive"}},
	{"duration", []string{"minInclusive P27D;maxInclusive P1M"}, nil},

	{"QName", []string{"enumeration p:a;length 3"}, nil},
	{"QName", []string{"enumeration x:a"}, []string{"enumeration-valid-restriction"}},
	{"NMTOKENS", []string{"minLength 0"}, []string{"minLength-valid-restriction"}},
	{"NMTOKENS", []string{"length 0"}, []string{"length-minLength-maxLength"}},
	{"NMTOKENS", []string{"enumeration a b;maxLength 2;pattern .*"}, nil},
	{"NMTOKENS", []string{"minInclusive a"}, []string{"cos-applicable-facets"}},
	{"NMTOKENS", []string{"whiteSpace replace"}, []string{"whiteSpace-valid-restriction", "FixedFacetValue"}},
	{"anySimpleType", []string{"pattern a"}, []string{"cos-applicable-facets"}},
	{"string", []string{"totalDigits 1;length a;length 2;length 3"}, []string{"cos-applicable-facets", "InvalidFacetValue", "src-single-facet-value", "src-single-facet-value"}},
}

func TestRestrict(t *testing.T) {
	for _, tc := range derivations {
		typ := Builtin(tc.base)
		for i, step := range tc.steps {
			fs := facets(t, step)
			var errs []*FacetError
			typ, errs = Restrict("T"+strconv.Itoa(i), typ, fs)
			var got, want []string
			for _, err := range errs {
				if err.Index < 0 || err.Index >= len(fs) || err.Text == "" {
					t.Errorf("%s %q: facet %d: %s", tc.base, tc.steps, err.Index, err.Text)
				}
				got = append(got, err.Constraint)
			}
			if i == len(tc.steps)-1 {
				want = tc.broken
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s %q, step %d: %v", tc.base, tc.steps, i, diff)
			}
		}
	}
}

// values lists, for types derived by restriction, what is valid and what is
// not, with the rule that says so.
var values = []struct {
	base  string
	steps []string
	in    []string
	out   map[string]string
}{
	{"string", []string{"length 3"}, []string{"abc", "яёю", "𝄞𝄞𝄞", "   "}, map[string]string{"ab": "cvc-length-valid", "abcd": "cvc-length-valid", "": "cvc-length-valid"}},
	{"string", []string{"minLength 2;maxLength 3"}, []string{"ab", "яёю"}, map[string]string{"a": "cvc-minLength-valid", "яёюя": "cvc-maxLength-valid"}},
	{"string", []string{"pattern a+;pattern b+", "pattern ..?"}, []string{"a", "bb"}, map[string]string{"ab": "cvc-pattern-valid", "aaa": "cvc-pattern-valid"}},
	{"string", []string{"maxLength 3;pattern a*"}, []string{"", "aaa"}, map[string]string{"b": "cvc-pattern-valid", "bbbb": "cvc-pattern-valid", strings.Repeat("b", 5000): "cvc-maxLength-valid"}},
	{"string", []string{"enumeration a;enumeration b c"}, []string{"a", "b c"}, map[string]string{" a": "cvc-enumeration-valid", "b  c": "cvc-enumeration-valid", "": "cvc-enumeration-valid"}},
	{"string", []string{"enumeration "}, []string{""}, map[string]string{" ": "cvc-enumeration-valid"}},
	{"token", []string{"enumeration  a  b "}, []string{"a b", " a b", "\na\tb"}, map[string]string{"ab": "cvc-enumeration-valid"}},
	{"token", []string{"maxLength 3;pattern a b"}, []string{" a \n b "}, map[string]string{"a b c": "cvc-pattern-valid"}},
	{"normalizedString", []string{"enumeration a\tb"}, []string{"a b", "a\nb"}, map[string]string{"a  b": "cvc-enumeration-valid"}},
	{"string", []string{"whiteSpace collapse;length 3"}, []string{" a  b "}, map[string]string{" ab ": "cvc-length-valid"}},
	{"decimal", []string{"totalDigits 3;fractionDigits 1"}, []string{"12.3", "0012.30", "123", "-12.3", "0"}, map[string]string{"12.34": "cvc-fractionDigits-valid", "123.4": "cvc-totalDigits-valid", "1234": "cvc-totalDigits-valid"}},
	{"decimal", []string{"totalDigits 2"}, []string{"0.01", "0.10", "12"}, map[string]string{"0.001": "cvc-totalDigits-valid", "100": "cvc-totalDigits-valid", "1.23": "cvc-totalDigits-valid"}},
	{"decimal", []string{"enumeration 1;enumeration 2.50"}, []string{"1", "1.0", "+01", "2.5"}, map[string]string{"1.01": "cvc-enumeration-valid", "-1": "cvc-enumeration-valid"}},
	{"decimal", []string{"minInclusive -1.5;maxExclusive 10"}, []string{"-1.5", "-1.50", "9.999999999999999999999", "0"}, map[string]string{"-1.51": "cvc-minInclusive-valid", "10": "cvc-maxExclusive-valid", "10.0": "cvc-maxExclusive-valid", "100": "cvc-maxExclusive-valid"}},
	{"decimal", []string{"minExclusive 0", "maxInclusive 5"}, []string{"0.0000001", "5"}, map[string]string{"0": "cvc-minExclusive-valid", "-0": "cvc-minExclusive-valid", "5.1": "cvc-maxInclusive-valid"}},
	{"int", []string{""}, []string{"1"}, map[string]string{"2147483648": "cvc-maxInclusive-valid", "-2147483649": "cvc-minInclusive-valid", "a": "cvc-datatype-valid.1.2.1"}},
	{"positiveInteger", []string{"totalDigits 3"}, []string{"999", "001"}, map[string]string{"1000": "cvc-totalDigits-valid", "0": "cvc-minInclusive-valid"}},
	{"float", []string{"minInclusive 0;maxInclusive 1"}, []string{"0", "-0", "1.0", "1e-50"}, map[string]string{"NaN": "cvc-maxInclusive-valid", "1.0000001": "cvc-maxInclusive-valid", "-INF": "cvc-minInclusive-valid"}},
	{"float", []string{"minInclusive NaN"}, []string{"NaN"}, map[string]string{"0": "cvc-minInclusive-valid"}},
	{"float", []string{"enumeration 0.1;enumeration NaN;enumeration 0"}, []string{"0.10000000149", "NaN", "-0"}, map[string]string{"0.2": "cvc-enumeration-valid"}},
	{"double", []string{"enumeration 0.1"}, []string{"1e-1"}, map[string]string{"0.10000000149": "cvc-enumeration-valid"}},
	{"dateTime", []string{"minInclusive 2000-01-01T00:00:00Z"}, []string{"2000-01-01T00:00:00Z", "2000-01-01T14:00:01", "1999-12-31T23:00:00-01:00"},
		map[string]string{"1999-12-31T23:59:59Z": "cvc-minInclusive-valid", "2000-01-01T14:00:00": "cvc-minInclusive-valid", "2000-01-01T00:00:00+00:01": "cvc-minInclusive-valid"}},
	{"dateTime", []string{"enumeration 2000-01-01T00:00:00Z"}, []string{"2000-01-01T01:00:00.0+01:00", "1999-12-31T24:00:00Z"}, map[string]string{"2000-01-01T00:00:00": "cvc-enumeration-valid"}},
	{"date", []string{"maxInclusive 2017-12-31"}, []string{"2017-12-31", "2017-12-30Z"}, map[string]string{"2018-01-01": "cvc-maxInclusive-valid", "2017-12-31Z": "cvc-maxInclusive-valid"}},
	{"gYear", []string{"minInclusive 2000;maxExclusive 2010"}, []string{"2000", "2009"}, map[string]string{"1999": "cvc-minInclusive-valid", "2010": "cvc-maxExclusive-valid", "-2005": "cvc-minInclusive-valid"}},
	{"time", []string{"minInclusive 09:00:00;maxInclusive 18:00:00"}, []string{"09:00:00", "12:00:00.5"}, map[string]string{"18:00:00.1": "cvc-maxInclusive-valid", "24:00:00": "cvc-minInclusive-valid"}},
	{"duration", []string{"minInclusive P1M"}, []string{"P1M", "P32D", "P1Y"}, map[string]string{"P31D": "cvc-minInclusive-valid", "P28D": "cvc-minInclusive-valid", "PT1S": "cvc-minInclusive-valid"}},
	{"duration", []string{"enumeration P1Y;enumeration P1D"}, []string{"P12M", "PT24H"}, map[string]string{"P365D": "cvc-enumeration-valid"}},
	{"hexBinary", []string{"length 2;enumeration 0aFF"}, []string{"0AFF"}, map[string]string{"0A": "cvc-length-valid", "0AFE": "cvc-enumeration-valid"}},
	{"double", []string{"enumeration 1;enumeration NaN;enumeration -INF;enumeration 1e1;enumeration 0;enumeration -2.5;enumeration INF;enumeration 4.9e-324"},
		[]string{"1.0", "NaN", "-INF", "10", "-0", "-25e-1", "INF", "5e-324"}, map[string]string{"2": "cvc-enumeration-valid", "-1": "cvc-enumeration-valid", "1e-323": "cvc-enumeration-valid"}},
	{"double", []string{"enumeration 1;enumeration 2"}, []string{"1", "2"}, map[string]string{"NaN": "cvc-enumeration-valid", "INF": "cvc-enumeration-valid"}},
	{"base64Binary", []string{"maxLength 2;enumeration AAA=;enumeration QQ=="}, []string{"AAA=", "A A A =", "Q Q = ="}, map[string]string{"AAAA": "cvc-maxLength-valid", "QUI=": "cvc-enumeration-valid"}},
	{"anyURI", []string{"maxLength 5"}, []string{"a b c", " a  b "}, map[string]string{"abcdef": "cvc-maxLength-valid"}},
	{"QName", []string{"enumeration p:a;maxLength 1"}, []string{"p:a", "q:a"}, map[string]string{"a": "cvc-enumeration-valid", "x:a": "cvc-datatype-valid.1.2.1"}},
	{"language", []string{"pattern [a-z]+"}, []string{"ru"}, map[string]string{"RU": "cvc-pattern-valid", "ru-": "cvc-pattern-valid"}},
	{"NMTOKENS", []string{"maxLength 2;enumeration a b;enumeration c"}, []string{"a b", " a \n b ", "c"},
		map[string]string{"a": "cvc-enumeration-valid", "a b c": "cvc-maxLength-valid", "": "cvc-minLength-valid", "a /": "cvc-datatype-valid.1.2.1"}},
	{"IDREFS", []string{"pattern a( b)*"}, []string{" a  b b "}, map[string]string{"a c": "cvc-pattern-valid"}},
	{"boolean", []string{"pattern true|false"}, []string{"true", " false "}, map[string]string{"1": "cvc-pattern-valid"}},
}

func TestValidate_facets(t *testing.T) {
	for _, tc := range values {
		typ := Builtin(tc.base)
		for _, step := range tc.steps {
			typ = mustRestrict(t, typ, facets(t, step)...)
		}
		for _, v := range tc.in {
			if err := typ.Validate([]byte(v), scope); err != nil {
				t.Errorf("%s %q on %q: %v", tc.base, tc.steps, v, err)
			}
		}
		for v, code := range tc.out {
			if err := typ.Validate([]byte(v), scope); err == nil || err.Code != code {
				t.Errorf("%s %q on %.50q: %v, want %s", tc.base, tc.steps, v, err, code)
			}
		}
	}
}

func TestNewList(t *testing.T) {
	number := mustRestrict(t, Builtin("decimal"), facets(t, "minInclusive 0")...)
	list, err := NewList("numbers", number)
	if err != nil {
		t.Fatal(err)
	}
	three := mustRestrict(t, list, facets(t, "length 3;enumeration 1 2 3;enumeration 1 2 2")...)
	for v, code := range map[string]string{
		"1 2 3": "", " 1.0\n2\t03 ": "", "1 2": "cvc-length-valid", "": "cvc-length-valid", "1 2 3 4": "cvc-length-valid",
		"1 2 -3": "cvc-minInclusive-valid", "1 2 a": "cvc-datatype-valid.1.2.1", "3 2 1": "cvc-enumeration-valid",
	} {
		got := ""
		if err := three.Validate([]byte(v), nil); err != nil {
			got = err.Code
		}
		if got != code {
			t.Errorf("%q: %q, want %q", v, got, code)
		}
	}
	mixed, err := NewUnion("mixed", Builtin("int"), Builtin("NMTOKENS"))
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range []*Type{list, three, mixed, Builtin("NMTOKENS"), Builtin("anySimpleType")} {
		if _, err := NewList("bad", item); err == nil || !strings.HasPrefix(err.Error(), "cos-list-of-atomic") {
			t.Errorf("a list of %s: %v", item.Name(), err)
		}
	}
}

func TestNewUnion(t *testing.T) {
	small := mustRestrict(t, Builtin("int"), facets(t, "maxInclusive 9")...)
	word := mustRestrict(t, Builtin("string"), facets(t, "enumeration unknown;enumeration  x ")...)
	inner, err := NewUnion("inner", small, Builtin("date"))
	if err != nil {
		t.Fatal(err)
	}
	union, err := NewUnion("union", inner, word, Builtin("NMTOKENS"))
	if err != nil {
		t.Fatal(err)
	}
	if got := len(union.Members()); got != 4 {
		t.Errorf("%d members; a member that is a union has to be replaced by its own", got)
	}
	for v, code := range map[string]string{
		" 9 ": "", "unknown": "", "2000-01-01": "", "a b": "", "10": "", "a/b": "cvc-datatype-valid.1.2.3", "": "cvc-datatype-valid.1.2.3",
	} {
		got := ""
		if err := union.Validate([]byte(v), nil); err != nil {
			got = err.Code
		}
		if got != code {
			t.Errorf("%q: %q, want %q", v, got, code)
		}
	}
	// An enumeration is compared in the value space of the member that takes the
	// value, a pattern with the characters as that member normalizes them.
	few := mustRestrict(t, union, facets(t, "enumeration 1;enumeration 01 2;enumeration  x ;pattern \\d+|\\d+ \\d+| x ")...)
	for v, ok := range map[string]bool{"1": true, "01": true, " 1 ": true, "1 2": false, "01 2": true, " 01  2 ": true, " x ": true, "x": false, "2": false, "+1": false} {
		if err := few.Validate([]byte(v), nil); (err == nil) != ok {
			t.Errorf("%q: %v, want %v", v, err, ok)
		}
	}
	if _, err := NewUnion("bad", Builtin("anySimpleType")); err == nil {
		t.Error("anySimpleType is taken as a member")
	}
	if _, errs := Restrict("bad", union, facets(t, "maxLength 3")); len(errs) != 1 || errs[0].Constraint != "cos-applicable-facets" {
		t.Errorf("length of a union: %v", errs)
	}
}

func TestAtoms(t *testing.T) {
	id := mustRestrict(t, Builtin("ID"), facets(t, "maxLength 5")...)
	union, err := NewUnion("union", Builtin("int"), id, Builtin("NMTOKENS"))
	if err != nil {
		t.Fatal(err)
	}
	refs, err := NewUnion("refs", Builtin("IDREFS"), Builtin("QName"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		typ   *Type
		value string
		uses  Use
		want  []string
	}{
		{Builtin("string"), " a ", 0, []string{"string( a )"}},
		{Builtin("token"), " a  b ", 0, []string{"token(a b)"}},
		{Builtin("NMTOKENS"), " a  b ", 0, []string{"NMTOKEN(a)", "NMTOKEN(b)"}},
		{union, " 12 ", UsesID, []string{"int(12)"}},
		{union, " abc ", UsesID, []string{"T(abc)"}},
		{union, "abcdef 1", UsesID, []string{"NMTOKEN(abcdef)", "NMTOKEN(1)"}},
		{refs, "a b", UsesIDREF | UsesQName, []string{"IDREF(a)", "IDREF(b)"}},
		{refs, "p:a", UsesIDREF | UsesQName, []string{"QName(p:a)"}},
		{Builtin("ENTITIES"), "a", UsesENTITY, []string{"ENTITY(a)"}},
		{union, "/", UsesID, nil},
	} {
		var got []string
		tc.typ.Atoms([]byte(tc.value), scope, func(typ *Type, atom []byte) bool {
			got = append(got, typ.Name()+"("+string(atom)+")")
			return true
		})
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s %q: %s", tc.typ.Name(), tc.value, diff)
		}
		if tc.typ.Uses() != tc.uses {
			t.Errorf("%s: uses %b, want %b", tc.typ.Name(), tc.typ.Uses(), tc.uses)
		}
		n := 0
		tc.typ.Atoms([]byte(tc.value), scope, func(*Type, []byte) bool { n++; return false })
		if n > 1 {
			t.Errorf("%s %q: %d calls after the first returned false", tc.typ.Name(), tc.value, n)
		}
	}
}

func TestNormalize(t *testing.T) {
	union, err := NewUnion("union", Builtin("int"), Builtin("normalizedString"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		typ         *Type
		value, want string
	}{
		{Builtin("string"), " a\t\nb ", " a\t\nb "},
		{Builtin("normalizedString"), " a\t\r\nb ", " a   b "},
		{Builtin("token"), " a\t\nb ", "a b"},
		{Builtin("int"), "\n1 ", "1"},
		{Builtin("NMTOKENS"), " a\n b", "a b"},
		{union, " 1 ", "1"},
		{union, "\ta ", " a "},
	} {
		if got := string(tc.typ.Normalize([]byte("<"), []byte(tc.value), nil)); got != "<"+tc.want {
			t.Errorf("%s %q: %q, want %q", tc.typ.Name(), tc.value, got, tc.want)
		}
	}
}

// TestViolation checks the words, which are those of Xerces-J 2.12.
func TestViolation(t *testing.T) {
	union, err := NewUnion("U", Builtin("int"), Builtin("date"))
	if err != nil {
		t.Fatal(err)
	}
	derive := func(base, s string) *Type { return mustRestrict(t, Builtin(base), facets(t, s)...) }
	for _, tc := range []struct {
		typ         *Type
		value, want string
	}{
		{Builtin("int"), " x ", "cvc-datatype-valid.1.2.1: 'x' is not a valid value for 'integer'."},
		{derive("decimal", "minInclusive 0"), "x", "cvc-datatype-valid.1.2.1: 'x' is not a valid value for 'decimal'."},
		{Builtin("ID"), "1", "cvc-datatype-valid.1.2.1: '1' is not a valid value for 'NCName'."},
		{Builtin("NMTOKENS"), "a /", "cvc-datatype-valid.1.2.1: '/' is not a valid value for 'NMTOKEN'."},
		{Builtin("NMTOKENS"), "", "cvc-minLength-valid: Value '' with length = '0' is not facet-valid with respect to minLength '1' for type 'NMTOKENS'."},
		{union, " x ", "cvc-datatype-valid.1.2.3: ' x ' is not a valid value of union type 'U'."},
		{Builtin("byte"), "128", "cvc-maxInclusive-valid: Value '128' is not facet-valid with respect to maxInclusive '127' for type 'byte'."},
		{derive("decimal", "minExclusive 0"), "0", "cvc-minExclusive-valid: Value '0' is not facet-valid with respect to minExclusive '0' for type 'T'."},
		{derive("string", "maxLength 2"), "яёю", "cvc-maxLength-valid: Value 'яёю' with length = '3' is not facet-valid with respect to maxLength '2' for type 'T'."},
		{derive("string", "length 2"), "a", "cvc-length-valid: Value 'a' with length = '1' is not facet-valid with respect to length '2' for type 'T'."},
		{derive("string", "pattern a;pattern b"), "c", "cvc-pattern-valid: Value 'c' is not facet-valid with respect to pattern 'a|b' for type 'T'."},
		{derive("string", "enumeration a;enumeration b"), "c", "cvc-enumeration-valid: Value 'c' is not facet-valid with respect to enumeration '[a, b]'. It must be a value from the enumeration."},
		{derive("decimal", "totalDigits 2"), "123", "cvc-totalDigits-valid: Value '123' has 3 total digits, but the number of total digits has been limited to 2."},
		{derive("decimal", "fractionDigits 2"), "1.234", "cvc-fractionDigits-valid: Value '1.234' has 3 fraction digits, but the number of fraction digits has been limited to 2."},
		{derive("NMTOKENS", "maxLength 1"), " a  b ", "cvc-maxLength-valid: Value 'a b' with length = '2' is not facet-valid with respect to maxLength '1' for type 'T'."},
		{Builtin("int"), strings.Repeat("я", 500), "cvc-datatype-valid.1.2.1: '" + strings.Repeat("я", 128) + "…' is not a valid value for 'integer'."},
	} {
		v := tc.typ.Validate([]byte(tc.value), scope)
		if v == nil {
			t.Errorf("%s takes %q", tc.typ.Name(), tc.value)
			continue
		}
		if diff := cmp.Diff(tc.want, v.Error()); diff != "" {
			t.Error(diff)
		}
	}
}

func TestFacets(t *testing.T) {
	typ := mustRestrict(t, Builtin("integer"), facets(t, "pattern \\d;pattern \\d\\d")...)
	typ = mustRestrict(t, typ, facets(t, "pattern \\d+;maxInclusive! 5;minExclusive 1")...)
	typ = mustRestrict(t, typ, facets(t, "minInclusive 2")...)
	want := []Facet{
		{Kind: PatternFacet, Value: `\d|\d\d`}, {Kind: PatternFacet, Value: `\d+`},
		{Kind: WhiteSpaceFacet, Value: "collapse", Fixed: true},
		{Kind: MaxInclusiveFacet, Value: "5", Fixed: true}, {Kind: MinInclusiveFacet, Value: "2"},
		{Kind: FractionDigitsFacet, Value: "0", Fixed: true},
	}
	if diff := cmp.Diff(want, typ.Facets()); diff != "" {
		t.Error(diff)
	}
	enum := mustRestrict(t, Builtin("string"), facets(t, "enumeration a;enumeration b;minLength 1")...)
	if got := enum.Enumeration(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("enumeration %q", got)
	}
	if Builtin("string").Enumeration() != nil {
		t.Error("string has an enumeration")
	}
}

func TestDerivedFrom(t *testing.T) {
	typ := mustRestrict(t, Builtin("ID"))
	for name, want := range map[string]bool{"ID": true, "NCName": true, "token": true, "string": true, "anySimpleType": true, "IDREF": false, "NMTOKEN": false} {
		if got := typ.DerivedFrom(Builtin(name)); got != want {
			t.Errorf("from %s: %v", name, got)
		}
	}
	if got := Builtin("IDREFS").Base(); got != Builtin("anySimpleType") {
		t.Errorf("IDREFS is derived from %s", got.Name())
	}
}
