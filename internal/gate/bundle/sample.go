package bundle

import (
	"encoding/xml"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/beevik/etree"

	"github.com/soapgate/soapgate/internal/schema"
	"github.com/soapgate/soapgate/internal/wsdl"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// A Sampler writes example messages of a release.
type Sampler struct {
	Schemas *schema.Set
	// Time is what dates and times of day show.
	Time time.Time
	// Full writes optional parts too, each once; otherwise only what a message
	// cannot do without.
	Full bool
	// Chosen are local names of elements to write where they are optional, and
	// instead of other branches of a choice.
	Chosen []string

	doc      *etree.Document
	prefixes map[string]string
	stack    []*schema.ComplexType // the types being written
	scopes   []scope
	types    map[field]*schema.SimpleType // of values that may be changed
	guids    int
}

// depth bounds how deep a sample nests, for types that contain themselves by
// necessity.
const depth = 48

// Request writes a request of the operation: an envelope with the header
// blocks and the payload the description prescribes. The error says why the
// schemas allow no sample, or none that this program can think of.
func (s *Sampler) Request(o *wsdl.Operation) ([]byte, error) {
	return s.envelope(o, o.Headers, o.Input)
}

// Answer writes an answer of the operation.
func (s *Sampler) Answer(o *wsdl.Operation) ([]byte, error) {
	return s.envelope(o, o.OutputHeaders, o.Output)
}

func (s *Sampler) envelope(o *wsdl.Operation, headers []xml.Name, payload xml.Name) ([]byte, error) {
	s.doc, s.prefixes, s.guids = etree.NewDocument(), make(map[string]string), 0
	s.stack, s.scopes, s.types = nil, nil, make(map[field]*schema.SimpleType)
	soap := "http://schemas.xmlsoap.org/soap/envelope/"
	if o.Port.SOAP12 {
		soap = "http://www.w3.org/2003/05/soap-envelope"
	}
	s.doc.CreateProcInst("xml", `version="1.0" encoding="UTF-8"`)
	env := s.doc.CreateElement("soap:Envelope")
	env.CreateAttr("xmlns:soap", soap)
	if len(headers) > 0 {
		h := env.CreateElement("soap:Header")
		for _, n := range headers {
			if err := s.global(h, n); err != nil {
				return nil, err
			}
		}
	}
	body := env.CreateElement("soap:Body")
	if err := s.global(body, payload); err != nil {
		return nil, err
	}
	s.identify()
	for _, space := range slices.Sorted(maps.Keys(s.prefixes)) {
		env.CreateAttr("xmlns:"+s.prefixes[space], space)
	}
	s.doc.IndentTabs()
	b, err := s.doc.WriteToBytes()
	if err != nil {
		return nil, fmt.Errorf("writing the sample: %w", err)
	}
	return b, s.check(b)
}

// check validates what was written: a sample that is not valid is no sample.
func (s *Sampler) check(b []byte) error {
	t, err := xmltree.Parse(b, xmltree.Options{})
	if err != nil {
		return fmt.Errorf("reading the sample: %w", err)
	}
	defer t.Release()
	for part := range t.Elements(t.Root()) {
		for n := range t.Elements(part) {
			if f := s.Schemas.Validate(t, n, schema.ValidateOptions{}); len(f) > 0 {
				return fmt.Errorf("the sample is not valid: line %d: %s", f[0].Line, f[0].Xerces)
			}
		}
	}
	return nil
}

func (s *Sampler) global(parent *etree.Element, n xml.Name) error {
	e := s.Schemas.Element(n.Space, n.Local)
	if e == nil {
		return fmt.Errorf("no schema declares %s", clark(n))
	}
	return s.element(parent, e)
}

// qualified returns a name with the prefix of its namespace.
func (s *Sampler) qualified(n schema.Name) string {
	if n.Space == "" {
		return n.Local
	}
	if n.Space == xmltree.NamespaceXML {
		return "xml:" + n.Local
	}
	if s.prefixes[n.Space] == "" {
		s.prefixes[n.Space] = s.prefix(n.Space)
	}
	return s.prefixes[n.Space] + ":" + n.Local
}

// prefix makes one of the last word of a namespace, which people know it by.
func (s *Sampler) prefix(space string) string {
	words := strings.FieldsFunc(space, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-'
	})
	word := "ns"
	if len(words) > 0 && !strings.HasPrefix(strings.ToLower(words[len(words)-1]), "xml") && words[len(words)-1][0] != '-' {
		word = words[len(words)-1]
	}
	taken := func(p string) bool {
		for _, q := range s.prefixes {
			if p == q {
				return true
			}
		}
		return p == "soap"
	}
	p := word
	for i := 2; taken(p); i++ {
		p = fmt.Sprintf("%s%d", word, i)
	}
	return p
}

func (s *Sampler) element(parent *etree.Element, d *schema.Element) error {
	if d.Abstract {
		return fmt.Errorf("element %s is abstract", d.Name)
	}
	e := parent.CreateElement(s.qualified(d.Name))
	if len(d.Constraints) > 0 {
		s.scopes = append(s.scopes, scope{e, d})
	}
	if d.Value != nil {
		if _, simple := d.Type.(*schema.SimpleType); simple {
			e.SetText(d.Value.Text)
			return nil
		}
	}
	switch t := d.Type.(type) {
	case *schema.SimpleType:
		return s.text(e, t)
	case *schema.ComplexType:
		return s.complex(e, s.concrete(e, t))
	}
	return nil
}

// concrete returns a type that may stand for an abstract one, and says so by
// xsi:type.
func (s *Sampler) concrete(e *etree.Element, t *schema.ComplexType) *schema.ComplexType {
	if !t.Abstract {
		return t
	}
	for other := range s.Schemas.Types() {
		if c, ok := other.(*schema.ComplexType); ok && !c.Abstract && derives(c, t) {
			e.CreateAttr(s.qualified(schema.Name{Space: schema.NamespaceXSI, Local: "type"}), s.qualified(c.Name))
			return c
		}
	}
	return t
}

func (s *Sampler) complex(e *etree.Element, t *schema.ComplexType) error {
	if len(s.stack) > depth {
		return fmt.Errorf("type %s nests without end", t.Name)
	}
	s.stack = append(s.stack, t)
	defer func() { s.stack = s.stack[:len(s.stack)-1] }()
	for _, u := range t.Attributes {
		if err := s.attribute(e, u); err != nil {
			return err
		}
	}
	if t.Content == schema.SimpleContent {
		return s.text(e, t.Simple)
	}
	if t.Particle == nil {
		return nil
	}
	return s.particle(e, t.Particle)
}

func (s *Sampler) attribute(e *etree.Element, u *schema.AttributeUse) error {
	if !u.Required && !s.Full {
		return nil
	}
	v := u.Value
	if v == nil {
		v = u.Attribute.Value
	}
	if v != nil {
		e.CreateAttr(s.qualified(u.Attribute.Name), v.Text)
		return nil
	}
	if u.Attribute.Type == nil {
		return nil
	}
	value, ok := s.value(u.Attribute.Type)
	if !ok {
		return fmt.Errorf("no value for attribute %s", u.Attribute.Name)
	}
	e.CreateAttr(s.qualified(u.Attribute.Name), value)
	s.types[field{e, u.Attribute.Name.Local}] = u.Attribute.Type
	return nil
}

// particle writes a particle as often as it must be, or once if that is
// allowed and everything is wanted.
func (s *Sampler) particle(e *etree.Element, p *schema.Particle) error {
	n := p.Min
	if n == 0 && p.Max > 0 && (s.chosen(p) || s.Full && s.wanted(p)) {
		n = 1
	}
	for range n {
		var err error
		switch {
		case p.Element != nil:
			err = s.element(e, p.Element)
		case p.Group != nil:
			err = s.group(e, p.Group)
		case p.Any != nil && p.Min > 0:
			err = fmt.Errorf("a wildcard needs an element of %s", p.Any)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Sampler) chosen(p *schema.Particle) bool {
	return p.Element != nil && slices.Contains(s.Chosen, p.Element.Name.Local)
}

// wanted leaves out what would lead back into a type being written, and
// signatures: those are for a signer to add.
func (s *Sampler) wanted(p *schema.Particle) bool {
	if p.Element == nil {
		return p.Group != nil
	}
	if p.Element.Abstract || p.Element.Name == (schema.Name{Space: "http://www.w3.org/2000/09/xmldsig#", Local: "Signature"}) {
		return false
	}
	c, ok := p.Element.Type.(*schema.ComplexType)
	return !ok || !slices.Contains(s.stack, c)
}

func (s *Sampler) group(e *etree.Element, g *schema.Group) error {
	if g.Compositor != schema.Choice {
		for _, p := range g.Particles {
			if err := s.particle(e, p); err != nil {
				return err
			}
		}
		return nil
	}
	// The first branch that can be written, a chosen one before others; what a
	// failed one left is removed.
	var err error
	branches := slices.Clone(g.Particles)
	slices.SortStableFunc(branches, func(a, b *schema.Particle) int {
		switch first, second := s.chosen(a), s.chosen(b); {
		case first && !second:
			return -1
		case second && !first:
			return 1
		}
		return 0
	})
	for _, p := range branches {
		before := len(e.Child)
		if s.leadsBack(p) {
			continue
		}
		if err = s.particle(e, p); err == nil {
			return nil
		}
		for len(e.Child) > before {
			e.RemoveChildAt(len(e.Child) - 1)
		}
	}
	return err
}

// leadsBack reports whether a branch begins with a type being written.
func (s *Sampler) leadsBack(p *schema.Particle) bool {
	if p.Element == nil {
		return false
	}
	c, ok := p.Element.Type.(*schema.ComplexType)
	return ok && slices.Contains(s.stack, c)
}

func (s *Sampler) text(e *etree.Element, t *schema.SimpleType) error {
	v, ok := s.value(t)
	if !ok {
		return fmt.Errorf("no value for element %s of type %s", e.Tag, t.Name)
	}
	e.SetText(v)
	s.types[field{element: e}] = t
	return nil
}
