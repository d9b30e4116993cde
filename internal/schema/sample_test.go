package schema

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/soapgate/soapgate/internal/schema/datatype"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// A sampler writes a valid message from the component model alone: what it
// writes must validate, whatever the schema. It is the tests' message builder.
type sampler struct {
	tb    testing.TB
	set   *Set
	rnd   *rand.Rand
	out   bytes.Buffer
	space map[string]string // prefix by namespace
	full  float64           // how likely what is optional is written
	many  int               // how often what repeats is written at most
	depth int
	ids   int
	taken map[string]bool // values that identity constraints could see
}

func newSampler(tb testing.TB, s *Set, seed uint64, full float64, many int) *sampler {
	return &sampler{tb: tb, set: s, rnd: rand.New(rand.NewPCG(seed, 1)), full: full, many: many, taken: make(map[string]bool)}
}

// message returns a document with the global element as its root.
func (m *sampler) message(e *Element) []byte {
	m.out.Reset()
	m.space = make(map[string]string)
	var decls strings.Builder
	names := make([]string, 0, len(m.set.spaces))
	for name := range m.set.spaces {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		if name == "" || name == xmltree.NamespaceXML {
			continue
		}
		m.space[name] = fmt.Sprintf("n%d", i)
		fmt.Fprintf(&decls, " xmlns:n%d=%q", i, name)
	}
	m.element(e, decls.String())
	return bytes.Clone(m.out.Bytes())
}

func (m *sampler) name(n Name) string {
	if n.Space == "" {
		return n.Local
	}
	if n.Space == xmltree.NamespaceXML {
		return "xml:" + n.Local
	}
	return m.space[n.Space] + ":" + n.Local
}

func (m *sampler) element(e *Element, decls string) {
	m.depth++
	defer func() { m.depth-- }()
	if e.Abstract && len(e.members) > 0 {
		e = e.members[m.rnd.IntN(len(e.members))]
	}
	name := m.name(e.Name)
	m.out.WriteString("<" + name + decls)
	typ := e.Type
	if ct, ok := typ.(*ComplexType); ok {
		if ct.Abstract {
			ct = m.concrete(ct)
			typ = ct
			fmt.Fprintf(&m.out, " xsi:type=%q xmlns:xsi=%q", m.name(ct.Name), NamespaceXSI)
		}
		m.attributes(ct)
	}
	m.out.WriteString(">")
	switch t := typ.(type) {
	case *SimpleType:
		m.text(m.elementValue(e, t))
	case *ComplexType:
		if t.Content == SimpleContent {
			m.text(m.elementValue(e, t.Simple))
		} else if t.Particle != nil {
			m.particle(t.Particle)
		}
	}
	m.out.WriteString("</" + name + ">\n")
}

func (m *sampler) concrete(abstract *ComplexType) *ComplexType {
	for t := range m.set.Types() {
		if ct, ok := t.(*ComplexType); ok && !ct.Abstract && derivedOK(m.set, ct, abstract, 0) == "" {
			return ct
		}
	}
	m.tb.Fatalf("no type derived from the abstract type %s", abstract.Name)
	return nil
}

func (m *sampler) attributes(ct *ComplexType) {
	for _, u := range ct.Attributes {
		if !u.Required && m.rnd.Float64() > m.full {
			continue
		}
		value := ""
		if v := u.value(); v != nil {
			value = v.Text
		} else {
			value = m.value(u.Attribute.Type)
		}
		fmt.Fprintf(&m.out, " %s=\"", m.name(u.Attribute.Name))
		m.text(value)
		m.out.WriteString("\"")
	}
}

func (m *sampler) text(s string) {
	m.out.WriteString(strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;").Replace(s))
}

func (m *sampler) particle(p *Particle) {
	times := p.Min
	if m.depth < 20 && p.Max > times && m.rnd.Float64() < m.full {
		times = p.Min + 1 + m.rnd.IntN(min(p.Max-p.Min, m.many))
	}
	for range times {
		switch {
		case p.Element != nil:
			m.element(p.Element, "")
		case p.Any != nil && p.Any.Process != Strict:
			m.out.WriteString(`<x:any xmlns:x="urn:example:any"/>`)
		case p.Group != nil && p.Group.Compositor == Choice:
			if i := m.branch(p.Group); i >= 0 {
				m.particle(p.Group.Particles[i])
			}
		case p.Group != nil:
			for _, q := range p.Group.Particles {
				m.particle(q)
			}
		}
	}
}

// branch picks one of a choice that is not a wildcard; deep down the one that
// ends soonest.
func (m *sampler) branch(g *Group) int {
	var picks []int
	for i, p := range g.Particles {
		if p.Any != nil {
			continue
		}
		if _, simple := p.Element.simpleType(); simple && m.depth >= 20 {
			return i
		}
		picks = append(picks, i)
	}
	if len(picks) == 0 {
		return min(0, len(g.Particles)-1)
	}
	return picks[m.rnd.IntN(len(picks))]
}

func (e *Element) simpleType() (*SimpleType, bool) {
	if e == nil {
		return nil, false
	}
	t, ok := e.Type.(*SimpleType)
	return t, ok
}

func (m *sampler) elementValue(e *Element, t *SimpleType) string {
	if e.Value != nil {
		return e.Value.Text
	}
	return m.value(t)
}

// value finds a value of the type: an enumerated one, or the first that fits
// of some that look like what people write.
func (m *sampler) value(t *SimpleType) string {
	if values := t.Data.Enumeration(); len(values) > 0 {
		return values[m.rnd.IntN(len(values))]
	}
	if t.Data.Uses()&datatype.UsesID != 0 {
		m.ids++
		return fmt.Sprintf("id%d", m.ids)
	}
	scope := noPrefixes{}
	switch t.Variety {
	case List:
		list := ""
		for n := 0; n < 50 && (n == 0 || t.Data.Validate([]byte(list), scope) != nil); n++ {
			list += " " + m.value(t.Item)
		}
		return list
	case Union:
		return m.value(t.Members[0])
	}
	for range 20 {
		for _, v := range m.candidates(t.Data) {
			if t.Data.Validate([]byte(v), scope) == nil && (!m.taken[v] || len(v) < 30) {
				if len(v) >= 30 {
					m.taken[v] = true
				}
				return v
			}
		}
	}
	m.tb.Fatalf("no value for type %s: %v", t.Data.Name(), t.Data.Facets())
	return ""
}

type noPrefixes struct{}

func (noPrefixes) ResolvePrefix([]byte) (string, bool) { return "", true }

func (m *sampler) candidates(t *datatype.Type) []string {
	hex := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteByte("0123456789abcdef"[m.rnd.IntN(16)])
		}
		return b.String()
	}
	digits := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteByte("123456789"[m.rnd.IntN(9)])
		}
		return b.String()
	}
	list := []string{
		hex(8) + "-" + hex(4) + "-" + hex(4) + "-" + hex(4) + "-" + hex(12),
		fmt.Sprintf("20%02d-%02d-%02dT%02d:%02d:%02d.5+03:00", m.rnd.IntN(30), 1+m.rnd.IntN(12), 1+m.rnd.IntN(28), m.rnd.IntN(24), m.rnd.IntN(60), m.rnd.IntN(60)),
		fmt.Sprintf("20%02d-%02d-%02d", m.rnd.IntN(30), 1+m.rnd.IntN(12), 1+m.rnd.IntN(28)),
		fmt.Sprintf("20%02d-%02d", m.rnd.IntN(30), 1+m.rnd.IntN(12)),
		fmt.Sprintf("20%02d", m.rnd.IntN(30)),
		"2020-02-03", "2020-02", "true", digits(3) + ".25", digits(5), digits(2), digits(1),
		"Вымышленная организация " + digits(6), "текст " + digits(4), "10:30:00+03:00", "c29hcGdhdGU=", "urn:example:" + digits(3),
	}
	for n := 1; n <= 30; n++ {
		list = append(list, digits(n))
	}
	for _, f := range t.Facets() {
		if n := 0; f.Kind <= datatype.MaxLengthFacet {
			if _, err := fmt.Sscan(f.Value, &n); err == nil {
				list = append(list, digits(n))
			}
		}
	}
	m.rnd.Shuffle(17, func(i, j int) { list[i+1], list[j+1] = list[j+1], list[i+1] })
	return append(list, "a"+digits(3), "а", "Да", "1/1", "Л001-00110-77/00000001", "77:01:0001001:1001", "2.1.2", "A1", "12:30",
		"31.12", "1 мая", "000-000-000 00", "+7(495)0000000", "user@example.org", "http://example.org/", "P1D", "--12-31", "---31", strings.Repeat("х", 64),
		"00-00", "8(495)000-00-00", "000000000.00", "АБ", "12345678901АБВ", "1a", "00001", "0", "0.5", "12.1234567", "-1", "")
}

// mutate returns the message with one thing changed, and what was.
func mutate(tb testing.TB, src []byte, rnd *rand.Rand) ([]byte, string) {
	t, err := xmltree.Parse(bytes.Clone(src), xmltree.Options{})
	if err != nil {
		tb.Fatalf("the sample does not parse: %v\n%s", err, src)
	}
	defer t.Release()
	var elements []xmltree.Node
	for n := t.Root() + 1; n < t.End(t.Root()); n++ {
		if t.Kind(n) == xmltree.Element {
			elements = append(elements, n)
		}
	}
	if len(elements) == 0 {
		return bytes.Replace(src, []byte("</"), []byte("<x/></"), 1), "x added"
	}
	n := elements[rnd.IntN(len(elements))]
	start, end := t.Offset(n), t.EndOffset(n)
	what := t.Path(n)
	splice := func(from, to int, with string) []byte {
		return slices.Concat(src[:from], []byte(with), src[to:])
	}
	switch rnd.IntN(8) {
	case 0:
		return splice(start, end, ""), "removed " + what
	case 1:
		return splice(end, end, string(src[start:end])), "doubled " + what
	case 2:
		return splice(start, start, "<unknown/>"), "unknown before " + what
	case 3:
		if next := t.NextElement(n); next != xmltree.None {
			return slices.Concat(src[:start], src[t.Offset(next):t.EndOffset(next)], src[start:end], src[t.EndOffset(next):]), "swapped " + what
		}
		return splice(t.TagEnd(n)-1, t.TagEnd(n)-1, ` foo="1"`), "attribute on " + what
	case 4:
		return splice(t.TagEnd(n), t.TagEnd(n), "x "), "text at the start of " + what
	case 5:
		if text, simple := t.Text(n); simple && len(text) > 0 {
			return splice(t.TagEnd(n), t.TagEnd(n)+1, ""), "first character of " + what
		}
		return splice(t.TagEnd(n)-1, t.TagEnd(n)-1, ` foo="1"`), "attribute on " + what
	case 6:
		if t.NumAttrs(n) == 0 {
			return splice(start, end, ""), "removed " + what
		}
		a := t.AttrAt(n, 0)
		return splice(a.Offset, a.Offset, "x"), "attribute renamed on " + what
	default:
		if text, simple := t.Text(n); simple && len(text) > 0 {
			return splice(t.TagEnd(n), t.TagEnd(n), string(text)), "text doubled in " + what
		}
		return splice(start, end, ""), "removed " + what
	}
}
