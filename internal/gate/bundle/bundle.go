// Package bundle looks at one release as a whole: descriptions and schemas
// together. It compiles a release's folder, describes it in the form that
// formats compares, finds everything that is wrong in it, and makes samples.
package bundle

import (
	"encoding/xml"
	"slices"
	"strings"

	"github.com/soapgate/soapgate/internal/formats"
	"github.com/soapgate/soapgate/internal/schema"
	"github.com/soapgate/soapgate/internal/wsdl"
)

// Describe returns what a release says about messages: its operations, and all
// elements and types that requests and answers can contain.
func Describe(services *wsdl.Set, schemas *schema.Set) *formats.Description {
	d := &describer{schemas: schemas, index: make(map[string]int), description: new(formats.Description)}
	for _, p := range services.Ports {
		for _, o := range p.Operations {
			op := formats.Operation{
				Path: p.Path, Name: o.Name, Service: p.Service, Doc: o.Doc, Action: o.Action,
				Input: clark(o.Input), Output: clark(o.Output),
			}
			d.in, d.out = true, false
			d.global(o.Input)
			for _, h := range o.Headers {
				op.Headers = append(op.Headers, clark(h))
				d.global(h)
			}
			d.in, d.out = false, true
			for _, n := range append(slices.Clone(o.OutputHeaders), o.Output) {
				d.global(n)
			}
			for _, f := range o.Faults {
				d.global(f)
			}
			d.description.Operations = append(d.description.Operations, op)
		}
	}
	return d.description
}

func clark(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return "{" + n.Space + "}" + n.Local
}

// A describer collects components. The queue holds what was referred to but
// not yet described for the use at hand.
type describer struct {
	schemas     *schema.Set
	description *formats.Description
	index       map[string]int // of components by name
	in, out     bool
}

// enter marks a component as used and reports whether its parts have still to
// be marked too; it describes the component on first sight.
func (d *describer) enter(name string) (c *formats.Component, unmarked bool) {
	i, known := d.index[name]
	if !known {
		i = len(d.description.Components)
		d.index[name] = i
		d.description.Components = append(d.description.Components, formats.Component{Name: name})
	}
	c = &d.description.Components[i]
	unmarked = d.in && !c.In || d.out && !c.Out
	c.In, c.Out = c.In || d.in, c.Out || d.out
	return c, unmarked
}

func (d *describer) global(n xml.Name) {
	if e := d.schemas.Element(n.Space, n.Local); e != nil {
		d.globalElement(e)
	}
}

func (d *describer) globalElement(e *schema.Element) string {
	name := "element " + e.Name.String()
	if _, unmarked := d.enter(name); unmarked {
		b := &builder{d: d}
		b.element("", e, 1, 1)
		d.description.Components[d.index[name]].Nodes = b.nodes
	}
	return name
}

// namedType describes a type and, if it is abstract, all that may stand for it
// by xsi:type.
func (d *describer) namedType(t schema.Type) string {
	name := "type " + t.TypeName().String()
	if _, unmarked := d.enter(name); !unmarked {
		return name
	}
	b := &builder{d: d}
	n := formats.Node{Min: 1, Max: 1}
	b.content("", &n, t)
	b.nodes = append([]formats.Node{n}, b.nodes...)
	d.description.Components[d.index[name]].Nodes = b.nodes
	if c, ok := t.(*schema.ComplexType); ok && c.Abstract {
		for other := range d.schemas.Types() {
			if derives(other, t) {
				d.namedType(other)
			}
		}
	}
	return name
}

// derives reports whether t is derived from base. Types end in anyType, which
// is its own base.
func derives(t, base schema.Type) bool {
	for t != nil {
		b := t.BaseType()
		if b == base {
			return true
		}
		if b == t {
			return false
		}
		t = b
	}
	return false
}

// A builder writes the nodes of one component.
type builder struct {
	d     *describer
	nodes []formats.Node
}

func (b *builder) element(path string, e *schema.Element, low, high int) {
	i := len(b.nodes)
	b.nodes = append(b.nodes, formats.Node{Path: path, Min: low, Max: high})
	n := b.nodes[i]
	if e.Nillable {
		n.Flags = append(n.Flags, formats.Nillable)
	}
	if e.Abstract {
		n.Flags = append(n.Flags, formats.Abstract)
	}
	n.Value = value(e.Value)
	for _, c := range e.Constraints {
		n.Keys = append(n.Keys, constraint(c))
	}
	if e.Global && path != "" {
		n.Type = b.d.globalElement(e)
		if s, ok := e.Type.(*schema.SimpleType); ok {
			simple(&n, s)
		}
	} else {
		b.typed(path, &n, e.Type)
	}
	b.nodes[i] = n
}

// typed refers to a named type and describes an anonymous one in place.
func (b *builder) typed(path string, n *formats.Node, t schema.Type) {
	name := t.TypeName()
	switch {
	case name.Space == schema.NamespaceXSD || name == (schema.Name{}):
		b.content(path, n, t)
	default:
		n.Type = b.d.namedType(t)
		if s, ok := t.(*schema.SimpleType); ok {
			simple(n, s)
		}
	}
}

func (b *builder) content(path string, n *formats.Node, t schema.Type) {
	switch t := t.(type) {
	case *schema.SimpleType:
		simple(n, t)
	case *schema.ComplexType:
		b.complex(path, n, t)
	}
}

func (b *builder) complex(path string, n *formats.Node, t *schema.ComplexType) {
	if t.Abstract {
		n.Flags = append(n.Flags, formats.Abstract)
	}
	if t.Content == schema.MixedContent {
		n.Flags = append(n.Flags, formats.Mixed)
	}
	if t.Simple != nil {
		simple(n, t.Simple)
	}
	// What an extension inherits is described with its base.
	var base *schema.ComplexType
	if c, ok := t.Base.(*schema.ComplexType); ok && t.Method == schema.Extension && c.Name != (schema.Name{}) && c.Name.Space != schema.NamespaceXSD {
		base = c
		n.Flags = append(n.Flags, "extends "+b.d.namedType(c))
	}
	for _, u := range t.Attributes {
		if base == nil || !slices.Contains(base.Attributes, u) {
			b.attribute(path, u)
		}
	}
	if t.AnyAttribute != nil {
		b.nodes = append(b.nodes, formats.Node{Path: path + "/@*", Max: -1, Type: t.AnyAttribute.String()})
	}
	p := t.Particle
	if base != nil && p != nil {
		switch {
		case p == base.Particle:
			p = nil
		case p.Group != nil && len(p.Group.Particles) == 2 && p.Group.Particles[0] == base.Particle:
			p = p.Group.Particles[1]
		}
	}
	if p != nil {
		n.Model = b.particle(path, p, 1, 1)
	}
}

func (b *builder) attribute(path string, u *schema.AttributeUse) {
	n := formats.Node{Path: path + "/@" + u.Attribute.Name.Local, Max: 1, Value: value(u.Value)}
	if u.Required {
		n.Min = 1
	}
	if n.Value == "" {
		n.Value = value(u.Attribute.Value)
	}
	if u.Attribute.Type != nil {
		b.typed(n.Path, &n, u.Attribute.Type)
	}
	b.nodes = append(b.nodes, n)
}

// particle describes the elements of a content model, each with how often it
// may occur below its parent when all groups are considered.
func (b *builder) particle(path string, p *schema.Particle, low, high int) *formats.Model {
	low, high = low*p.Min, times(high, p.Max)
	switch {
	case p.Element != nil:
		at := path + "/" + p.Element.Name.Local
		if i := slices.IndexFunc(b.nodes, func(n formats.Node) bool { return n.Path == at }); i >= 0 {
			// The same element again, in another branch or further on.
			b.nodes[i].Min, b.nodes[i].Max = min(b.nodes[i].Min, low), plus(b.nodes[i].Max, high)
		} else {
			b.element(at, p.Element, low, high)
		}
		return &formats.Model{Path: at}
	case p.Any != nil:
		at := path + "/*"
		b.nodes = append(b.nodes, formats.Node{Path: at, Min: low, Max: high, Type: p.Any.String()})
		return &formats.Model{Path: at}
	case p.Group != nil:
		m := &formats.Model{Group: p.Group.Compositor.String()}
		if p.Group.Compositor == schema.Choice && len(p.Group.Particles) > 1 {
			low = 0
		}
		for _, part := range p.Group.Particles {
			m.Parts = append(m.Parts, b.particle(path, part, low, high))
		}
		return m
	}
	return nil
}

// times and plus count with -1 for unbounded.
func times(a, b int) int {
	switch {
	case a == 0 || b == 0:
		return 0
	case a < 0 || b < 0 || b == schema.Unbounded:
		return -1
	}
	return a * b
}

func plus(a, b int) int {
	if a < 0 || b < 0 {
		return -1
	}
	return a + b
}

// simple describes the values of a simple type.
func simple(n *formats.Node, s *schema.SimpleType) {
	for t := schema.Type(s); ; {
		st, ok := t.(*schema.SimpleType)
		if !ok {
			break
		}
		if st.Name.Space == schema.NamespaceXSD {
			n.Ancestors = append(n.Ancestors, "xs:"+st.Name.Local)
		}
		if len(n.Ancestors) == 0 {
			switch {
			case st.Variety == schema.List && st.Item != nil:
				n.Ancestors = append(n.Ancestors, "list of "+st.Item.Name.String())
			case st.Variety == schema.Union:
				var members []string
				for _, m := range st.Members {
					members = append(members, m.Name.String())
				}
				n.Ancestors = append(n.Ancestors, "union of "+strings.Join(members, ", "))
			}
		}
		if st.Base == nil || st.Base == t {
			break
		}
		t = st.Base
	}
	if s.Data == nil {
		return
	}
	for _, f := range s.Data.Facets() {
		n.Facets = append(n.Facets, formats.Facet{Kind: f.Kind.String(), Value: f.Value})
	}
}

func value(v *schema.ValueConstraint) string {
	switch {
	case v == nil:
		return ""
	case v.Fixed:
		return "fixed " + v.Text
	}
	return "default " + v.Text
}

func constraint(c *schema.Constraint) string {
	s := c.Kind.String() + " " + c.Selector + " (" + strings.Join(c.Fields, ", ") + ")"
	if c.Refer != nil {
		s += " refers to " + c.Refer.Name.Local
	}
	return s
}
