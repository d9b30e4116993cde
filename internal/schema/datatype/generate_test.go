package datatype

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// pools are values of the built-in types, between bars, that facets and values
// are taken from; not all are valid. Of recurring dates none is beside the turn
// of a year or a month with a time zone: there Xerces goes round (3.2.12 to
// 3.2.14 order by the instants of one year), as it does with the time 24:00:00.
var pools = map[string]string{
	"string":             "|a|b|ab|abc|abcd| a|a |a  b|яё|1|01|a b c",
	"normalizedString":   "|a|ab|abc| a |a  b|\ta",
	"token":              "|a|ab|abc| a |a  b|\ta\n",
	"language":           "en|EN|en-US|ru|x-y-z|a1|abcdefghi|",
	"Name":               "a|:a|a:b|_|я|1|a-",
	"NCName":             "a|a:b|_|я|1|a-|ab|abc",
	"NMTOKEN":            "a|1|-|a:b|ab|a b|я|.",
	"IDREF":              "a|ab|a b|1",
	"ENTITY":             "a|b|a b|1",
	"ENTITIES":           "a|b|a b|1|b a b|",
	"boolean":            "true|false|1|0|TRUE|",
	"decimal":            "0|-0|1|1.0|+1|-1|1.5|1.50|01.5|.5|10|99.99|100|-1.5|123456789012345678901234567890|0.001|0.00100|1.|1e1| 2 |",
	"integer":            "0|-0|1|+1|-1|10|99|100|1000|-100|00012|123456789012345678901234567890|1.0|1.",
	"long":               "0|9223372036854775807|-9223372036854775808|9223372036854775808|12|-12|1000",
	"int":                "0|2147483647|-2147483648|2147483648|12|-12|1000",
	"short":              "0|32767|-32768|32768|12|-12|1000",
	"byte":               "0|127|-128|128|12|-12|99|+5",
	"unsignedLong":       "0|-0|18446744073709551615|18446744073709551616|12|+12|1000",
	"unsignedInt":        "0|4294967295|4294967296|12|-1|1000",
	"unsignedShort":      "0|65535|65536|12|-1|1000",
	"unsignedByte":       "0|255|256|12|-1|100",
	"nonNegativeInteger": "0|-0|1|+1|-1|10|99|100|1000",
	"nonPositiveInteger": "0|-0|1|-1|-10|-99|-100|-1000",
	"negativeInteger":    "0|-1|-10|-99|-100|-1000",
	"positiveInteger":    "0|1|+1|10|99|100|1000",
	"float":              "0|-0|0.0|1|1.0|1e0|10e-1|1E2|-1|3.4028235e38|3.5e38|-3.5e38|1e-45|1e-46|1.17549435E-38|INF|-INF|NaN|0.1|0.10000000149|16777216|16777217|+1|+INF",
	"double":             "0|-0|0.0|1|1.0|1e0|10e-1|1E2|-1|1.7976931348623157e308|1.8e308|4.9e-324|2e-324|INF|-INF|NaN|0.1|0.10000000000000000001|9007199254740993|9007199254740992",
	"duration":           "P1Y|P12M|P1M|P30D|P31D|P28D|P27D|P32D|P365D|P366D|P367D|P364D|PT24H|P1D|PT1440M|PT86400S|PT1S|PT1.5S|PT1.50S|-P1D|-P1M|-P30D|P0D|-P0D|PT0S|P1Y2M3DT4H5M6.7S|P2M|P59D|P60D|P61D|P62D|P5M|P149D|P150D|P153D|P154D",
	"dateTime":           "2000-01-01T00:00:00|2000-01-01T00:00:00Z|1999-12-31T24:00:00|1999-12-31T24:00:00Z|2000-01-01T05:00:00+05:00|2000-01-01T14:00:00Z|1999-12-31T10:00:00Z|2000-01-01T14:00:00.1Z|1999-12-31T09:59:59.9Z|2000-01-01T00:00:00.5|2000-01-01T00:00:00.50|-0001-01-01T00:00:00|0001-01-01T00:00:00|-2000-01-01T00:00:00|12000-01-01T00:00:00Z|2000-02-29T12:00:00-14:00|2000-03-01T02:00:00Z",
	"time":               "00:00:00|00:00:00Z|12:00:00|12:00:00Z|12:00:00+05:00|07:00:00Z|12:00:00.5|12:00:00.50|23:00:00-05:00|04:00:00Z|23:59:59|01:00:00+02:00|23:00:00Z|22:00:00Z",
	"date":               "2000-01-01|2000-01-01Z|2000-01-02|1999-12-31|2000-01-01+14:00|2000-01-01-14:00|1999-12-31Z|2000-01-02Z|2000-02-29|-0001-12-31|0001-01-01|2000-01-01+13:00|1999-12-31-11:00|2000-01-01+12:00|1999-12-31-12:00",
	"gYearMonth":         "2000-01|2000-01Z|2000-02|1999-12|1999-12Z|2000-01+05:00|-0001-12|12000-01",
	"gYear":              "2000|2000Z|2001|1999|1999Z|2000+05:00|-0001|0001|12000|-2000",
	"gMonthDay":          "--01-03|--01-03Z|--01-02|--11-30|--11-30Z|--02-29|--02-28|--03-01|--05-05+05:00",
	"gDay":               "---02|---02Z|---03|---15|---15Z|---16+05:00|---28|---30",
	"gMonth":             "--02|--02Z|--03|--11|--06|--06Z|--07|--08+05:00",
	"hexBinary":          "|00|0F|0f|0FB7|0fb7|0FB7AA|0|0G|FFFFFFFF",
	"base64Binary":       "|AA==|AAA=|AAAA|AAAAAA==|A A = =|QUJD|QUJDRA==|AB==|AA|QUJ DRA = =",
	"anyURI":             "|a|http://a/b|http://a/b c|a b|%20|#a|#a#b|urn:x:y|http://[::1]/|%|я|ab|abc",
	"QName":              "a|p:a|q:a|b|p:b|x:a|a:b:c",
	"NMTOKENS":           "a|a b|a  b|a b c||1 2|a b c d",
	"IDREFS":             "a|a b|a  b|a b c||1 2",
}

var patterns = []string{
	"a*", "[a-z]+", ".*", ".", "..?", `\d+`, `[0-9.+\-]+`, `\S*`, `\i\c*`, `.* .*`, "", `[^ ]*`, "P.*", `\d{4}.*`, `.*Z`, "-.*", "1|2|a",
}

// parts are what the expressions of pattern are put together from.
var parts = strings.Fields(`a b c - ^ $ . \d \w \s \i \c \D \W \S \I \C \- \^ \n \t \. \\ \| [ ] [^ [a-c] [^a-c] [a-z-[b]] [a-c-] [-a] [\d-] [^-]
	[a\-c] [\w-[a-c]] [a-] ( ) ( ) | * + ? {2} {1,2} {0} {,2} {2,} {2,1} { } , : \p{L} \P{Lu} \p{Nd} \p{IsCyrillic} \p{IsGreek} \p{Xx} \p{Is} \p{IsX}
	я 1 _ & ~ # \$ \& -[ ]] -- && [a--b] [a-b-c] [\d-z] [+--]`)

const (
	matched = "abcя1_-^$.,: \t\n{}[]()&~#\\|*+?Ω"                    // what values for expressions are made of
	mutants = "0123456789-+.:TZPYMDHSE eINFaN/#%[]?@=А_\t~é\u0301𝄞٣" // what is put into values
)

// A generator makes types and values.
type generator struct{ *rand.Rand }

func (g *generator) pick(ss []string) string { return ss[g.IntN(len(ss))] }

// from returns fewer than most characters of alphabet.
func (g *generator) from(alphabet string, most int) string {
	rs, v := []rune(alphabet), ""
	for range g.IntN(most) {
		v += string(rs[g.IntN(len(rs))])
	}
	return v
}

// facet returns a facet, mostly one that may be used.
func (g *generator) facet(values []string, usable facetSet) Facet {
	k := FacetKind(g.IntN(int(facetKinds)))
	for usable&(1<<k) == 0 && g.IntN(60) > 0 {
		k = FacetKind(g.IntN(int(facetKinds)))
	}
	f := Facet{Kind: k, Fixed: k != EnumerationFacet && k != PatternFacet && g.IntN(6) == 0}
	switch k {
	case PatternFacet:
		f.Value = g.pick(patterns)
	case WhiteSpaceFacet:
		f.Value = g.pick([]string{"preserve", "replace", "collapse", "collapse"})
	case LengthFacet, MinLengthFacet, MaxLengthFacet, TotalDigitsFacet, FractionDigitsFacet:
		f.Value = strconv.Itoa(g.IntN(5))
	default:
		f.Value = g.pick(values)
	}
	return f
}

// step restricts m by one to three facets.
func (g *generator) step(m *made, values []string) *made {
	var fs []Facet
	for range 1 + g.IntN(3) {
		f := g.facet(values, m.typ.applicable())
		fs = append(fs, f)
		for range g.IntN(3) {
			if f.Kind == EnumerationFacet {
				fs = append(fs, Facet{Kind: f.Kind, Value: g.pick(values)})
			}
		}
	}
	return m.restrict(fs...)
}

// atomic returns a built-in type or one derived from it, and its pool.
func (g *generator) atomic() (*made, []string) {
	var names []string
	for _, t := range Builtins() {
		if pools[t.Name()] != "" {
			names = append(names, t.Name())
		}
	}
	name := g.pick(names)
	m, values := builtin(name), strings.Split(pools[name], "|")
	for g.IntN(3) > 0 && len(m.errs) == 0 {
		m = g.step(m, values)
	}
	return m, values
}

func (g *generator) list(m *made, items []string) (*made, []string) {
	var values []string
	for range 12 {
		var some []string
		for range g.IntN(4) {
			some = append(some, g.pick(items))
		}
		values = append(values, strings.Join(some, g.pick([]string{" ", "  ", "\n"})))
	}
	return listOf(m), values
}

func (g *generator) union() (*made, []string) {
	var ms []*made
	var values []string
	for range 1 + g.IntN(3) {
		m, vs := g.atomic()
		if g.IntN(6) == 0 {
			m, vs = g.list(m, vs)
		}
		ms, values = append(ms, m), append(values, vs...)
	}
	return unionOf(ms...), values
}

// some returns a type of any variety with values.
func (g *generator) some() *made {
	m, values := g.atomic()
	switch n := g.IntN(10); {
	case n < 1:
		m, values = g.list(m, values)
	case n < 3:
		m, values = g.union()
	case n < 4:
		m, values = g.list(g.union())
	}
	for g.IntN(2) > 0 && len(m.errs) == 0 {
		m = g.step(m, values)
	}
	for range 8 {
		m.values = append(m.values, g.pick(values))
	}
	return m
}

// pattern returns a type that has a random expression, legal or not, with
// values.
func (g *generator) pattern() *made {
	re := ""
	for range 1 + g.IntN(6) {
		re += g.pick(parts)
	}
	m := builtin("string").restrict(Facet{Kind: PatternFacet, Value: re})
	for range 8 {
		m.values = append(m.values, g.from(matched, 4))
	}
	return m
}

// mutations returns the built-in types with n values each that are nearly those
// of their table.
func (g *generator) mutations(n int) (all []*made) {
	for _, tc := range lexical {
		if tc.typ == "anySimpleType" || tc.typ == "NOTATION" || tc.typ == "ID" || strings.HasPrefix(tc.typ, "ENTIT") {
			continue // not to be judged by the value alone
		}
		m := builtin(tc.typ)
		table := append(append([]string{}, tc.in...), tc.out...)
		for range n {
			m.values = append(m.values, g.mutate(g.pick(table)))
		}
		if tc.typ == "base64Binary" {
			// Of other characters Xerces makes an exception and stops.
			m.values = slices.DeleteFunc(m.values, func(v string) bool { return utf8.RuneCountInString(v) != len(v) })
		}
		all = append(all, m)
	}
	return all
}

// mutate leaves a character out, replaces one or puts one in, once or twice.
func (g *generator) mutate(v string) string {
	rs, with := []rune(v), []rune(mutants)
	for range 1 + g.IntN(2) {
		i := g.IntN(len(rs) + 1)
		c := with[g.IntN(len(with))]
		switch {
		case i < len(rs) && g.IntN(3) == 0:
			rs = slices.Delete(rs, i, i+1)
		case i < len(rs) && g.IntN(2) == 0:
			rs[i] = c
		default:
			rs = slices.Insert(rs, i, c)
		}
	}
	return string(rs)
}
