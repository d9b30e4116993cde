package datatype

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/big"
	"strconv"
	"testing"
	"time"
)

// orders lists values in ascending order, those on one line being equal.
var orders = []struct {
	typ    string
	values [][]string
}{
	{"decimal", [][]string{{"-10"}, {"-9.9"}, {"-1", "-1.0", "-01."}, {"-0.5", "-.5"}, {"-0.49"}, {"0", "-0", "+0.0"}, {"0.09"}, {"0.1", ".10"}, {"1"}, {"9"}, {"10"},
		{"123456789012345678900"}, {"123456789012345678900.000000000000000001"}, {"123456789012345678901"}}},
	{"integer", [][]string{{"-100"}, {"-99"}, {"0", "-0"}, {"99", "+099"}, {"100"}}},
	{"float", [][]string{{"-INF", "-1e99"}, {"-1"}, {"-1e-40"}, {"0", "-0", "1e-99"}, {"1e-45"}, {"0.1", "0.10000000149", "1e-1"}, {"16777216", "16777217"}, {"INF", "1e39"}}},
	{"float", [][]string{{"-1e38"}, {"-1e37"}, {"-1e-44"}, {"-1e-45", "-0.8e-45"}, {"0", "0.7e-45", "-1e-99999999999999999999"}, {"0.8e-45"}, {"100e-46", "0.001e-41"}, {"1e36"}, {"1e37"}, {"3.4028235e38"}, {"3.4028236e38", "INF"}}},
	{"double", [][]string{{"0", "2e-324", "0.00002e-319", "1e-325"}, {"3e-324", "5e-324"}, {"1e-322"}, {"1e-321"}, {"1e307"}, {"1e308"}, {"1.7976931348623157e308"}, {"INF", "1e99999999999999999999"}}},
	{"double", [][]string{{"-INF"}, {"-0.5"}, {"0", "-0.0E5"}, {"0.1"}, {"0.10000000149"}, {"16777216"}, {"16777217"}, {"1e308"}, {"INF", "1e309"}}},
	{"duration", [][]string{{"-P1Y"}, {"-P1M"}, {"-P27D"}, {"-PT1.5S"}, {"-PT1.25S"}, {"-PT1S"}, {"-PT0.5S"}, {"P0D", "-P0Y", "PT0.0S"}, {"PT0.5S"}, {"PT1S"}, {"P1D", "PT24H", "PT1440M", "PT86400S"},
		{"P27D"}, {"P1M"}, {"P32D"}, {"P149D"}, {"P5M"}, {"P154D"}, {"P364D"}, {"P1Y", "P12M"}, {"P367D"}, {"P1Y12M", "P2Y"}, {"P999999999999999Y999999999999999M999999999999999DT999999999999999H"}}},
	{"dateTime", [][]string{{"-0002-12-31T00:00:00"}, {"-0001-12-31T23:59:59"}, {"-0001-12-31T23:59:59.9", "-0001-12-31T23:59:59.90"}, {"0001-01-01T00:00:00", "-0001-12-31T24:00:00"}, {"1999-12-31T23:59:59"},
		{"2000-01-01T00:00:00", "1999-12-31T24:00:00"}, {"2000-02-28T24:00:00", "2000-02-29T00:00:00"}, {"2000-03-01T00:00:00", "2000-02-29T24:00:00"}, {"12000-01-01T00:00:00"}}},
	{"dateTime", [][]string{{"2000-01-01T00:00:00+14:00", "1999-12-31T10:00:00Z"}, {"2000-01-01T00:00:00Z", "1999-12-31T24:00:00Z", "2000-01-01T05:30:00+05:30", "1999-12-31T19:00:00-05:00"}, {"2000-01-01T00:00:00.001Z"}, {"2000-01-01T00:00:00-14:00"}}},
	{"dateTime", [][]string{{"2000-01-15T12:00:00"}, {"2000-01-16T12:00:00Z"}, {"2000-01-17T02:00:01"}}},
	{"dateTime", [][]string{{"-0001-12-31T23:00:00Z", "0001-01-01T01:00:00+02:00"}, {"0001-01-01T00:00:00Z"}, {"0001-01-01T01:00:00Z", "-0001-12-31T23:00:00-02:00"}}},
	{"date", [][]string{{"1999-12-31"}, {"2000-01-01"}, {"2000-01-02"}}},
	{"date", [][]string{{"1999-12-31Z"}, {"2000-01-01+13:00", "1999-12-31-11:00"}, {"2000-01-01Z"}}},
	{"time", [][]string{{"00:00:00", "24:00:00"}, {"00:00:00.1"}, {"23:59:59"}}},
	{"time", [][]string{{"00:00:00Z", "01:00:00+01:00"}, {"12:00:00Z"}, {"23:00:00Z"}}},
	{"gYearMonth", [][]string{{"-0001-12"}, {"0001-01"}, {"1999-12"}, {"2000-01"}, {"12000-01"}}},
	{"gYear", [][]string{{"-0002"}, {"-0001"}, {"0001"}, {"1999"}, {"12000"}}},
	{"gYear", [][]string{{"2000+05:00"}, {"2000Z", "2000-00:00"}, {"2000-05:00"}, {"2001Z"}}},
	{"gMonthDay", [][]string{{"--01-01"}, {"--02-29"}, {"--03-01"}, {"--12-31"}}},
	{"gDay", [][]string{{"---01"}, {"---02"}, {"---31"}}},
	{"gMonth", [][]string{{"--01"}, {"--12"}}},
}

// incomparables lists values neither of which is the less (Part 2 3.2.6.2,
// 3.2.7.4 and 3.2.4).
var incomparables = []struct{ typ, a, b string }{
	{"duration", "P1M", "P28D"}, {"duration", "P1M", "P29D"}, {"duration", "P1M", "P30D"}, {"duration", "P1M", "P31D"},
	{"duration", "P5M", "P150D"}, {"duration", "P5M", "P153D"}, {"duration", "P1Y", "P365D"}, {"duration", "P1Y", "P366D"}, {"duration", "-P1M", "-P30D"},
	{"dateTime", "2000-01-01T12:00:00", "1999-12-31T23:00:00Z"}, {"dateTime", "2000-01-16T12:00:00", "2000-01-16T12:00:00Z"}, {"dateTime", "2000-01-16T00:00:00", "2000-01-16T12:00:00Z"},
	{"dateTime", "2000-01-01T00:00:00Z", "2000-01-01T14:00:00"}, {"dateTime", "2000-01-01T00:00:00Z", "1999-12-31T10:00:00"},
	{"date", "2000-01-01", "2000-01-01Z"}, {"time", "12:00:00", "12:00:00Z"}, {"gYear", "2000", "2000Z"},
	{"float", "NaN", "0"}, {"float", "NaN", "INF"}, {"double", "-INF", "NaN"}, {"double", "NaN", "1e-400"},
}

// pair compares two literals of a type, and checks what holds of every pair:
// the order is the other way round the other way round, and the keys are equal
// when the values are.
func pair(tb testing.TB, typ *Type, a, b string) order {
	tb.Helper()
	var x, y bound
	x.parse(typ, []byte(a))
	y.parse(typ, []byte(b))
	o := x.compare(typ, &y)
	if back := y.compare(typ, &x); back != o.reverse() {
		tb.Errorf("%s: %q to %q is %d, but the other way %d", typ.Name(), a, b, o, back)
	}
	k, okA := typ.AppendKey(nil, []byte(a), nil)
	l, okB := typ.AppendKey(nil, []byte(b), nil)
	if !okA || !okB || bytes.Equal(k, l) != (o == equal) {
		tb.Errorf("%s: %q to %q is %d, but the keys are %x and %x", typ.Name(), a, b, o, k, l)
	}
	return o
}

func TestCompare(t *testing.T) {
	for _, tc := range orders {
		typ := Builtin(tc.typ)
		for i, as := range tc.values {
			for j, bs := range tc.values {
				want := cmpInt(i, j)
				for _, a := range as {
					for _, b := range bs {
						if got := pair(t, typ, a, b); got != want {
							t.Errorf("%s: %q to %q is %d, want %d", tc.typ, a, b, got, want)
						}
					}
				}
			}
		}
	}
	for _, tc := range incomparables {
		if got := pair(t, Builtin(tc.typ), tc.a, tc.b); got != incomparable {
			t.Errorf("%s: %q to %q is %d", tc.typ, tc.a, tc.b, got)
		}
	}
	if got := pair(t, Builtin("float"), "NaN", "NaN"); got != equal {
		t.Errorf("NaN to NaN is %d", got) // Part 2 3.2.4
	}
}

// keys lists values of different types, those on one line being equal.
var keys = [][]struct{ typ, value string }{
	{{"string", "a"}, {"token", " a "}, {"NCName", "a"}, {"anySimpleType", "a"}},
	{{"string", " a "}},
	{{"anyURI", "a"}},
	{{"QName", "a"}},
	{{"QName", "p:a"}, {"QName", " q:a"}},
	{{"NOTATION", "p:a"}},
	{{"decimal", "1.0"}, {"int", "1"}, {"unsignedByte", "+001"}},
	{{"decimal", "1.01"}},
	{{"string", "1"}, {"token", "1"}},
	{{"float", "1"}, {"float", "1e0"}},
	{{"double", "1"}},
	{{"boolean", "1"}, {"boolean", "true"}},
	{{"boolean", "0"}, {"boolean", " false "}},
	{{"hexBinary", "61"}},
	{{"base64Binary", "YQ=="}, {"base64Binary", "Y Q = ="}},
	{{"hexBinary", "aF"}, {"hexBinary", "Af"}},
	{{"hexBinary", ""}},
	{{"base64Binary", ""}},
	{{"string", ""}, {"token", " "}},
	{{"date", "2000-01-01"}},
	{{"dateTime", "2000-01-01T00:00:00"}},
	{{"gYear", "2000"}},
	{{"gYearMonth", "2000-01"}},
	{{"NMTOKENS", "a"}},
	{{"NMTOKENS", "a b"}, {"IDREFS", " a  b "}, {"ENTITIES", "a b"}},
	{{"NMTOKENS", "ab"}},
	{{"token", "a  b"}, {"string", "a b"}},
}

func TestAppendKey(t *testing.T) {
	key := func(typ, value string) string {
		k, ok := Builtin(typ).AppendKey([]byte("<"), []byte(value), scope)
		if !ok || k[0] != '<' {
			t.Fatalf("%s %q: %q, %v", typ, value, k, ok)
		}
		return string(k)
	}
	for i, as := range keys {
		for j, bs := range keys {
			for _, a := range as {
				for _, b := range bs {
					if (key(a.typ, a.value) == key(b.typ, b.value)) != (i == j) {
						t.Errorf("%v and %v: keys %q and %q", a, b, key(a.typ, a.value), key(b.typ, b.value))
					}
				}
			}
		}
	}
	if k, ok := Builtin("int").AppendKey([]byte("<"), []byte("a"), nil); ok || string(k) != "<" {
		t.Errorf("of an invalid value: %q, %v", k, ok)
	}
	union, err := NewUnion("U", Builtin("int"), Builtin("NMTOKENS"))
	if err != nil {
		t.Fatal(err)
	}
	for value, same := range map[string][2]string{"01": {"decimal", "1"}, "a 1": {"NMTOKENS", "a 1"}} {
		k, _ := union.AppendKey([]byte("<"), []byte(value), nil)
		if string(k) != key(same[0], same[1]) {
			t.Errorf("union %q: key %q", value, k)
		}
	}
}

// FuzzCompare checks the order's properties, and decimals, floats and dates
// with other arithmetic.
func FuzzCompare(f *testing.F) {
	for _, tc := range orders {
		for _, line := range tc.values {
			f.Add(tc.typ, line[0], tc.values[len(tc.values)-1][0], line[len(line)-1])
		}
	}
	for _, tc := range incomparables {
		f.Add(tc.typ, tc.a, tc.b, tc.a)
	}
	f.Fuzz(func(t *testing.T, name, a, b, c string) {
		typ := Builtin(name)
		if typ == nil || typ.applicable()&boundFacets == 0 {
			return
		}
		for _, v := range []string{a, b, c} {
			if v != string(trim([]byte(v))) || typ.Validate([]byte(v), nil) != nil {
				return
			}
		}
		ab, bc, ac := pair(t, typ, a, b), pair(t, typ, b, c), pair(t, typ, a, c)
		if o := pair(t, typ, a, a); o != equal {
			t.Errorf("%s: %q to itself is %d", name, a, o)
		}
		if (ab == less || ab == equal) && ab == bc && ac != ab {
			t.Errorf("%s: %q to %q and %q to %q are %d, but %q to %q is %d", name, a, b, b, c, ab, a, c, ac)
		}
		if want, ok := otherwise(typ, a, b); ok && ab != want {
			t.Errorf("%s: %q to %q is %d, want %d", name, a, b, ab, want)
		}
	})
}

// otherwise compares two literals by means of the standard library.
func otherwise(typ *Type, a, b string) (order, bool) {
	switch typ.Primitive() {
	case Decimal:
		x, okX := new(big.Rat).SetString(a)
		y, okY := new(big.Rat).SetString(b)
		return order(x.Cmp(y)), okX && okY
	case Double:
		x, _ := strconv.ParseFloat(a, 64)
		y, _ := strconv.ParseFloat(b, 64)
		return cmpFloat(x, y), !math.IsNaN(x) && !math.IsNaN(y)
	case DateTime:
		x, errX := time.Parse(time.RFC3339Nano, a)
		y, errY := time.Parse(time.RFC3339Nano, b)
		short := len(a) < 30 && len(b) < 30 // of nine digits of a second at most
		return order(x.Compare(y)), errX == nil && errY == nil && short
	}
	return 0, false
}

func cmpFloat(x, y float64) order {
	switch {
	case x < y:
		return less
	case x > y:
		return greater
	}
	return equal
}

// FuzzValidate checks what holds of every value: a verdict does not depend on
// white space that the type does away with, and only a valid value has a key.
func FuzzValidate(f *testing.F) {
	for _, tc := range lexical {
		for _, v := range append(tc.in, tc.out...) {
			if len(v) < 200 {
				f.Add(tc.typ, v)
			}
		}
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		typ := Builtin(name)
		if typ == nil {
			return
		}
		v := typ.Validate([]byte(value), scope)
		key, ok := typ.AppendKey(nil, []byte(value), scope)
		if ok != (v == nil) {
			t.Fatalf("%s %q: %v, but key %v", name, value, v, ok)
		}
		typ.AppendValidKey(nil, []byte(value), scope) // whatever it is, no harm may come of it
		normal := typ.Normalize(nil, []byte(value), scope)
		again, okAgain := typ.AppendKey(nil, normal, scope)
		if ok != okAgain || !bytes.Equal(key, again) {
			t.Errorf("%s: %q has key %x, normalized %q has %x", name, value, key, normal, again)
		}
		if v != nil && (v.Code == "" || v.Type == nil || v.Error() == "") {
			t.Errorf("%s %q: %+v", name, value, v)
		}
		n := 0
		typ.Atoms([]byte(value), scope, func(*Type, []byte) bool { n++; return true })
		if ok && typ.Variety() == List && n != int(countKeys(key)) {
			t.Errorf("%s %q: %d atoms, %d in the key", name, value, n, countKeys(key))
		}
	})
}

// countKeys returns the number of items in the key of a list.
func countKeys(key []byte) (n uint32) {
	for key = key[1:]; len(key) > 0; n++ {
		key = key[4+binary.BigEndian.Uint32(key):]
	}
	return n
}
