package datatype

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest/data"
)

// A made type is a type of ours, the same as a schema writes it, and values to
// judge. It is not usable when errs says why we refuse it.
type made struct {
	typ    *Type
	xsd    string // a name, or the content of simpleType
	errs   []*FacetError
	values []string
}

func builtin(name string, values ...string) *made {
	return &made{typ: Builtin(name), xsd: name, values: values}
}

// reference returns what a derivation has for the type: an attribute of the
// name or a child.
func (m *made) reference(attr string) (attribute, child string) {
	if strings.HasPrefix(m.xsd, "<") {
		return "", "<xs:simpleType>" + m.xsd + "</xs:simpleType>"
	}
	return " " + attr + `="xs:` + m.xsd + `"`, ""
}

func (m *made) restrict(fs ...Facet) *made {
	attr, child := m.reference("base")
	var b strings.Builder
	b.WriteString("<xs:restriction" + attr + ">" + child)
	for i := range fs {
		fs[i].Resolver = scope
		fmt.Fprintf(&b, `<xs:%s value="%s" fixed="%t"/>`, fs[i].Kind, escapeAttr(fs[i].Value), fs[i].Fixed)
	}
	b.WriteString("</xs:restriction>")
	// Patterns and enumerations cannot be fixed.
	xsd := regexp.MustCompile(`<xs:(pattern|enumeration) value="[^"]*"( fixed="false")`).ReplaceAllStringFunc(b.String(),
		func(s string) string { return strings.TrimSuffix(s, ` fixed="false"`) })
	n := &made{xsd: xsd, errs: m.errs}
	if len(m.errs) == 0 {
		n.typ, n.errs = Restrict("T", m.typ, fs)
	}
	return n
}

func (m *made) note(err error) {
	var e *FacetError
	if errors.As(err, &e) {
		m.errs = append(m.errs, e)
	}
}

func listOf(m *made) *made {
	attr, child := m.reference("itemType")
	n := &made{xsd: "<xs:list" + attr + ">" + child + "</xs:list>", errs: m.errs}
	if len(m.errs) == 0 {
		var err error
		n.typ, err = NewList("L", m.typ)
		n.note(err)
	}
	return n
}

func unionOf(ms ...*made) *made {
	n := &made{xsd: "<xs:union>"}
	var types []*Type
	for _, m := range ms {
		attr, child := m.reference("base")
		if child == "" {
			child = "<xs:simpleType><xs:restriction" + attr + "/></xs:simpleType>"
		}
		n.xsd += child
		n.errs = append(n.errs, m.errs...)
		types = append(types, m.typ)
	}
	n.xsd += "</xs:union>"
	if len(n.errs) == 0 {
		var err error
		n.typ, err = NewUnion("U", types...)
		n.note(err)
	}
	return n
}

// escapeAttr is escapeText for attribute values.
func escapeAttr(v string) string { return strings.ReplaceAll(escapeText(v), `"`, "&quot;") }

// A verdict is what Xerces says against a made type and against each value;
// empty is nothing.
type verdict struct {
	schema string
	values []string
}

const xmlnsAll = `xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:default" xmlns:p="urn:p" xmlns:q="urn:p"`

// xerces judges the types, each of which takes a line of one schema, and the
// values, each of which takes a line of one document.
func xerces(tb testing.TB, all []*made) []verdict {
	tb.Helper()
	java, dir := data.Tool(tb, "java"), tb.TempDir()
	verdicts := make([]verdict, len(all))
	var schema, doc bytes.Buffer
	schema.WriteString(`<xs:schema targetNamespace="urn:default" ` + xmlnsAll + ">\n")
	doc.WriteString(`<!DOCTYPE r [<!NOTATION n SYSTEM "n">`)
	for _, name := range strings.Fields("a b c ab abc abcd a- en EN ru x-y-z a1 abcdefgh en-US INF NaN P1Y P1M P1D true false _ я яё") {
		doc.WriteString("<!ENTITY " + name + ` SYSTEM "x" NDATA n>`) // so that each is an ENTITY
	}
	doc.WriteString(`]><r xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ` + xmlnsAll + ">\n")
	var places []*string // by line of the document
	for i, m := range all {
		attr, child := m.reference("base")
		if child == "" {
			child = "<xs:simpleType><xs:restriction" + attr + "/></xs:simpleType>"
		}
		fmt.Fprintf(&schema, "%s name=\"t%d\"%s\n", child[:len("<xs:simpleType")], i, child[len("<xs:simpleType"):])
		verdicts[i].values = make([]string, len(m.values))
		for j, v := range m.values {
			fmt.Fprintf(&doc, "<v xsi:type=\"t%d\">%s</v>\n", i, escapeText(v))
			places = append(places, &verdicts[i].values[j])
		}
	}
	schema.WriteString(`<xs:notation name="a" public="a"/><xs:notation name="b" public="b"/><xs:element name="r"><xs:complexType><xs:sequence>
		<xs:element name="v" type="xs:anySimpleType" form="qualified" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element></xs:schema>`)
	doc.WriteString("</r>")
	xsd, xml := filepath.Join(dir, "t.xsd"), filepath.Join(dir, "t.xml")
	if err := errors.Join(os.WriteFile(xsd, schema.Bytes(), 0o600), os.WriteFile(xml, doc.Bytes(), 0o600)); err != nil {
		tb.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd := exec.Command(java, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", filepath.Join("testdata", "Xerces.java"), xsd, xml)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		tb.Fatalf("java: %v\n%s", err, stderr.Bytes())
	}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		f := strings.SplitN(lines.Text(), " ", 3)
		line, err := strconv.Atoi(f[1])
		switch line -= 2; {
		case err != nil || line < 0 || len(f) != 3:
			tb.Fatalf("java says %q", lines.Text())
		case f[0] == "schema" && line < len(all):
			verdicts[line].schema = f[2]
		case f[0] == "document" && line < len(places):
			*places[line] = f[2]
		default:
			tb.Fatalf("java says %q", lines.Text())
		}
	}
	return verdicts
}

// typesDiffer lists the errors of ours that Xerces does not see.
var typesDiffer = []struct{ why, err string }{
	{"4.3.2.4: Xerces does not look where the base type has maxLength too", `^minLength-valid-restriction: `},
	{"4.3.2.1: Xerces does not look where the base type has maxLength too", `^FixedFacetValue: minLength `},
	{"4.3.8.4, clause 3: Xerces takes what equals the base type's minInclusive", `^maxExclusive-valid-restriction: .* beyond minInclusive `},
	{"4.3.12.4: Xerces compares only facets of one step", `^fractionDigits-totalDigits: `},
	{"Appendix F, production 24: Xerces takes other escaped characters", `^InvalidFacetValue: .*: unknown escape$`},
	{"Appendix F, production 15: Xerces takes a bracket that follows a hyphen", `^InvalidFacetValue: .*-\[.*: unescaped \[ in a class$`},
}

// valuesDiffer lists the values that Xerces judges otherwise, by the name of
// the primitive type, which lists and unions do not have, and their characters.
var valuesDiffer = []struct{ why, primitive, value string }{
	{"3.2.6 and 3.2.7: numbers have any length, ours fifteen digits; those of Xerces are of 32 bits", `^(duration|date.*|g.*|)$`, `[1-9]\d{9}`},
	{"3.2.6.1: a digit comes before the point of seconds", `^(duration|)$`, `(^|\D)\.\d+S`},
	{"3.2.14.1: the form --MM-- was withdrawn by an erratum", `^(gMonth|)$`, `^\s*--\d\d--`},
	{"RFC 2396 3.2.2: the server of an authority may be empty", `^(anyURI|)$`, `^\s*//([?#]|\s*$)`},
	{"4.3.1.1: lengths are in characters; Xerces counts UTF-16", `^(string|anyURI|)$`, `[^\x{0}-\x{ffff}]`},
	{"XML 1.0 (fifth edition) 2.3 [4]: Xerces has the names of the fourth", `^(string|QName|NOTATION|)$`, `[\x{133}\x{660}-\x{669}\x{10000}-\x{10ffff}]`},
	{"Appendix F, production 37a: U+2028 ends no line", `^string$`, `\x{2028}`},
	{"3.2.8: the time 24:00:00 is that of 00:00:00; Xerces' is of the next day", `^time$`, `^24:00:00`},
	{"3.2.12 to 3.2.14: ordered by the instants of one year; Xerces goes round", `^g`, `^--(01-01|-01|01)\+05:00$`},
}

// peculiar lists types and values that show how Xerces differs.
var peculiar = []struct {
	base   string
	steps  []string
	values []string
}{
	{"string", []string{"minLength 3;maxLength 4", "minLength 2"}, nil},
	{"string", []string{"minLength! 3;maxLength 4", "minLength 4"}, nil},
	{"string", []string{`pattern [-[]`}, nil},
	{"string", []string{"length 3"}, []string{"𝄞𝄞𝄞", "𝄞b"}},
	{"string", []string{"pattern ."}, []string{"\u2028", "\u0085", "\n", "\r", "a"}},
	{"time", []string{"minExclusive 04:00:00Z"}, []string{"24:00:00Z", "00:00:00Z", "05:00:00Z"}},
	{"gMonthDay", []string{"maxExclusive --01-03"}, []string{"--01-01+05:00", "--01-01", "--01-02"}},
	{"gDay", []string{"maxExclusive ---15"}, []string{"---01+05:00", "---01", "---02+05:00", "---14Z"}},
	{"gMonth", []string{"maxExclusive --06"}, []string{"--01+05:00", "--01", "--02+05:00", "--05Z", "--06Z"}},
	{"gYear", []string{"minInclusive 2000"}, []string{"1999", "2000", "2000Z", "2001Z", "10000000000", "-2000"}},
}

// whiteSpaceDiffers reports whether v has white space that its member type does
// not collapse (4.3.6.1): Xerces collapses that of all unions.
func whiteSpaceDiffers(t *Type, v string) bool {
	return t.Variety() == Union && v != string(appendNormal(nil, []byte(v), Collapse))
}

// A comparison of our verdicts with those of Xerces.
type comparison struct {
	*testing.T
	verdicts int
	used     map[string]bool // the reasons of typesDiffer and valuesDiffer
}

func (c *comparison) run(all []*made) {
	c.Helper()
	for i, v := range xerces(c, all) {
		m := all[i]
		c.verdicts += 1 + len(m.values)
		switch {
		case len(m.errs) > 0 && v.schema == "" && !c.typeDiffers(m.errs[0]):
			c.Errorf("%s: Xerces takes the type; ours: %v", m.xsd, m.errs)
		case len(m.errs) == 0 && v.schema != "":
			c.Errorf("%s: Xerces refuses the type: %s", m.xsd, v.schema)
		}
		if len(m.errs) > 0 || v.schema != "" {
			continue
		}
		for j, value := range m.values {
			ours := m.typ.Validate([]byte(value), scope)
			if (ours == nil) != (v.values[j] == "") && !c.valueDiffers(m.typ, value) {
				c.Errorf("%s %q:\n\tours: %v\n\tXerces: %s", m.xsd, value, ours, v.values[j])
			}
		}
	}
}

func (c *comparison) typeDiffers(err *FacetError) bool {
	for _, d := range typesDiffer {
		if regexp.MustCompile(d.err).MatchString(err.Error()) {
			c.used[d.why] = true
			return true
		}
	}
	return false
}

func (c *comparison) valueDiffers(t *Type, v string) bool {
	for _, d := range valuesDiffer {
		if regexp.MustCompile(d.primitive).MatchString(primitives[t.Primitive()]) && regexp.MustCompile(d.value).MatchString(v) {
			c.used[d.why] = true
			return true
		}
	}
	return whiteSpaceDiffers(t, v)
}

// TestXerces compares the tables of this package with Xerces-J of the JDK, and
// then types and values made at random, the same in each run.
func TestXerces(t *testing.T) {
	var all []*made
	for _, tc := range lexical {
		if tc.typ != "anySimpleType" && tc.typ != "NOTATION" { // which cannot be restricted, or used without enumeration
			all = append(all, builtin(tc.typ, append(append([]string{}, tc.in...), tc.out...)...))
		}
	}
	for _, tc := range derivations {
		m := builtin(tc.base)
		for _, step := range tc.steps {
			m = m.restrict(facets(t, step)...)
		}
		if tc.base != "anySimpleType" && !strings.Contains(m.xsd, "99999999999") {
			all = append(all, m)
		}
	}
	for _, tc := range values {
		m := builtin(tc.base)
		for _, step := range tc.steps {
			m = m.restrict(facets(t, step)...)
		}
		m.values = append(m.values, tc.in...)
		for v := range tc.out {
			m.values = append(m.values, v)
		}
		all = append(all, m)
	}
	for _, tc := range peculiar {
		m := builtin(tc.base)
		for _, step := range tc.steps {
			m = m.restrict(facets(t, step)...)
		}
		m.values = tc.values
		all = append(all, m)
	}
	notation := builtin("NOTATION").restrict(facets(t, "enumeration a;enumeration b")...)
	notation.values = []string{"a", " b ", "c", "p:a", "x:a", ""}
	all = append(all, notation)
	g := &generator{rand.New(rand.NewPCG(2004, 10))}
	for range 3000 {
		all = append(all, g.some())
	}
	for range 1500 {
		all = append(all, g.pattern())
	}
	all = append(all, g.mutations(400)...)
	c := &comparison{T: t, used: map[string]bool{}}
	c.run(all)
	t.Logf("%d verdicts", c.verdicts)
	for _, d := range typesDiffer {
		if !c.used[d.why] {
			t.Errorf("no type is in need of the reason %s", d.why)
		}
	}
	for _, d := range valuesDiffer {
		if !c.used[d.why] {
			t.Errorf("no value is in need of the reason %s", d.why)
		}
	}
}
