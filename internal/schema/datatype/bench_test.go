package datatype

import (
	"fmt"
	"strings"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest/data"
)

// mustRestrict derives a type that is known to be in order.
func mustRestrict(tb testing.TB, base *Type, facets ...Facet) *Type {
	tb.Helper()
	t, errs := Restrict("T", base, facets)
	for _, err := range errs {
		tb.Fatal(err)
	}
	return t
}

// fifty returns the facets that enumerate fifty values.
func fifty(format string) (fs []Facet) {
	for i := range 50 {
		fs = append(fs, Facet{Kind: EnumerationFacet, Value: fmt.Sprintf(format, i)})
	}
	return fs
}

const guid = `([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}`

// common are values as messages have them, and then some that are long.
var common = []struct {
	name, base string
	facets     []Facet
	value      string
}{
	{"string", "string", nil, "Иванов Иван Иванович"},
	{"string2000", "string", []Facet{{Kind: MinLengthFacet, Value: "1"}, {Kind: MaxLengthFacet, Value: "2000"}}, "ул. Мира, д. 7"},
	{"guid", "string", []Facet{{Kind: PatternFacet, Value: guid}}, "0a1b2c3d-0000-1111-2222-0123456789aB"},
	{"boolean", "boolean", nil, "true"},
	{"int", "int", nil, "20170"},
	{"byte", "byte", nil, "12"},
	{"integer", "integer", []Facet{{Kind: MinInclusiveFacet, Value: "1"}, {Kind: MaxInclusiveFacet, Value: "999"}}, "25"},
	{"decimal", "decimal", []Facet{{Kind: TotalDigitsFacet, Value: "15"}, {Kind: FractionDigitsFacet, Value: "7"}, {Kind: MinInclusiveFacet, Value: "0"}}, "69.0000000"},
	{"date", "date", nil, "2017-08-21+07:00"},
	{"dateTime", "dateTime", nil, "2017-08-21T12:13:14.1234567+07:00"},
	{"gYearMonth", "gYearMonth", nil, "2017-08"},
	{"enumeration", "string", fifty("Code%d"), "Code37"},
	{"enumeration2", "decimal", fifty("%d"), "37"},
	{"token", "token", []Facet{{Kind: MaxLengthFacet, Value: "20"}}, "1234 567890"},
	{"NCName", "NCName", nil, "signed-data-container"},
	{"anyURI", "anyURI", nil, "http://dom.gosuslugi.ru/schema/integration/base/"},
	{"double", "double", []Facet{{Kind: MinInclusiveFacet, Value: "0"}}, "12.5"},
	{"duration", "duration", []Facet{{Kind: MinInclusiveFacet, Value: "PT0S"}}, "P1Y2M3DT4H"},
	{"base64", "base64Binary", nil, strings.Repeat("QUJD", 16)},
	{"QName", "QName", nil, "p:local"},
	{"NMTOKENS", "NMTOKENS", nil, "a b c"},

	{"string 64K", "string", []Facet{{Kind: MaxLengthFacet, Value: "100000"}}, strings.Repeat("я", 32<<10)},
	{"words 64K", "string", []Facet{{Kind: PatternFacet, Value: `(\s*\S+\s*)+`}}, strings.Repeat("слово ", 6000)},
	{"token 64K", "token", []Facet{{Kind: MaxLengthFacet, Value: "100000"}}, strings.Repeat("a  b ", 13000)},
	{"decimal 64K", "decimal", []Facet{{Kind: MinInclusiveFacet, Value: "0"}}, strings.Repeat("1", 64<<10)},
	{"base64 64K", "base64Binary", []Facet{{Kind: MinLengthFacet, Value: "1"}}, strings.Repeat("QUJD", 16<<10)},
	{"list 64K", "NMTOKENS", nil, strings.Repeat("ab ", 22<<10)},
	{"dateTime 64K", "dateTime", []Facet{{Kind: MinInclusiveFacet, Value: "2000-01-01T00:00:00"}}, "2017-08-21T12:13:14." + strings.Repeat("1", 64<<10)},
}

func BenchmarkValidate(b *testing.B) {
	for _, bc := range common {
		b.Run(bc.name, func(b *testing.B) {
			typ, value := mustRestrict(b, Builtin(bc.base), bc.facets...), []byte(bc.value)
			b.ReportAllocs()
			b.SetBytes(int64(len(value)))
			for b.Loop() {
				if typ.Validate(value, scope) != nil {
					b.Fatal("not valid")
				}
			}
		})
	}
}

func BenchmarkAppendKey(b *testing.B) {
	for _, bc := range common {
		b.Run(bc.name, func(b *testing.B) {
			typ, value := mustRestrict(b, Builtin(bc.base), bc.facets...), []byte(bc.value)
			var key []byte
			b.ReportAllocs()
			for b.Loop() {
				key, _ = typ.AppendKey(key[:0], value, scope)
			}
		})
	}
}

func TestValidate_allocations(t *testing.T) {
	data.CountAllocations(t)
	key := make([]byte, 0, 1<<20)
	for _, bc := range common {
		typ, value := mustRestrict(t, Builtin(bc.base), bc.facets...), []byte(bc.value)
		if v := typ.Validate(value, scope); v != nil {
			t.Errorf("%s: %v", bc.name, v)
		}
		if n := testing.AllocsPerRun(100, func() { typ.Validate(value, scope) }); n > 0 {
			t.Errorf("%s: Validate makes %v allocations", bc.name, n)
		}
		if n := testing.AllocsPerRun(100, func() { typ.AppendKey(key, value, scope) }); n > 0 {
			t.Errorf("%s: AppendKey makes %v allocations", bc.name, n)
		}
	}
}
