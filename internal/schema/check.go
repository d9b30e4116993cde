package schema

import (
	"bytes"

	"github.com/soapgate/soapgate/internal/schema/datatype"
)

// check checks the constraints on components that need whole components
// (the 3.x.6 sections of Part 1).
func (c *compiler) check() {
	c.substitutions()
	for _, e := range c.elements {
		c.checkElement(e)
	}
	for _, a := range c.attributes {
		a.Value = c.checkValue(a.src, a.Type, a.Value, "a-props-correct")
		c.notationEnumerated(a.src, a.Type)
	}
	c.checkUses(c.prohibited)
	for _, g := range sortedValues(c.set.attributeGroups) {
		c.checkUses(g.Attributes)
		c.checkRedefinedAttributes(g)
	}
	for _, t := range c.complexes {
		c.checkUses(t.Attributes)
	}
	for _, t := range c.complexes {
		if c.stopped {
			return
		}
		c.checkComplex(t)
	}
	for _, g := range sortedValues(c.set.groups) {
		c.checkRedefinedGroup(g)
		c.consistent(g.src, &Particle{Min: 1, Max: 1, Group: g.Group}, make(map[Name]*Element))
	}
	c.models()
}

// substitutions finds the members of every substitution group (3.3.6
// cos-equiv-class).
func (c *compiler) substitutions() {
	for _, e := range c.elements {
		if !e.Global || c.set.elements[e.Name] != e {
			continue
		}
		for h, steps := e.Head, 0; h != nil && h != e && steps < c.opts.Depth; h, steps = h.Head, steps+1 {
			if !c.count(e.src, 1) {
				return
			}
			// An abstract element is no member, what stands for it may be.
			if !e.Abstract && substitutable(c.set, e, h, h.Block) {
				h.members = append(h.members, e)
			}
		}
	}
}

func (c *compiler) checkElement(e *Element) {
	c.notationEnumerated(e.src, e.Type)
	if e.Head != nil {
		if why := c.derivedOK(e.Type, e.Head.Type, e.Head.Final); why != "" {
			c.errorf(e.src, "e-props-correct.4", "the type of element %q is not derived from that of the head %q, or the head does not allow it (%s)",
				e.Name, e.Head.Name, why)
		}
	}
	if e.Value == nil {
		return
	}
	switch t := e.Type.(type) {
	case *SimpleType:
		c.checkValue(e.src, t, e.Value, "e-props-correct")
	case *ComplexType:
		switch {
		case t.Content == SimpleContent:
			c.checkValue(e.src, t.Simple, e.Value, "e-props-correct")
		case t.Content == MixedContent && (t.Particle == nil || t.Particle.emptiable()):
			e.Value.key = []byte(e.Value.Text)
		default:
			c.errorf(e.src, "e-props-correct.2", "element %q has a value but a type whose content is neither simple nor mixed and emptiable", e.Name)
		}
	}
}

// checkValue checks that a default or fixed value is one of the type
// (cos-valid-default, a-props-correct 2 and 3, e-props-correct 2 and 5).
func (c *compiler) checkValue(at source, t *SimpleType, v *ValueConstraint, rule string) *ValueConstraint {
	if v == nil || v.key != nil {
		return v
	}
	number := map[string]string{"a-props-correct": ".3", "e-props-correct": ".5"}[rule]
	if t.Data.DerivedFrom(datatype.Builtin("ID")) {
		c.errorf(at, rule+number, "a value of type ID cannot have a default")
	}
	scope := &bindPrefix{at.doc.tree, at.node}
	if why := t.Data.Validate([]byte(v.Text), scope); why != nil {
		c.errorf(at, rule+".2", "the default or fixed value is not valid: %v", why)
		v.key = []byte{}
		return v
	}
	v.key, _ = t.Data.AppendKey([]byte{}, []byte(v.Text), scope)
	return v
}

// checkUses is au-props-correct.
func (c *compiler) checkUses(uses []*AttributeUse) {
	for _, u := range uses {
		if u.Value == nil || u.Value.key != nil {
			continue
		}
		a := u.Attribute
		c.checkValue(u.src, a.Type, u.Value, "a-props-correct")
		if a.Value == nil || !a.Value.Fixed {
			continue
		}
		c.checkValue(a.src, a.Type, a.Value, "a-props-correct")
		if !u.Value.Fixed || !bytes.Equal(u.Value.key, a.Value.key) {
			c.errorf(u.src, "au-props-correct.2", "attribute %q is declared fixed to %q", a.Name, a.Value.Text)
		}
	}
}

func (c *compiler) checkComplex(t *ComplexType) {
	if t.Base.final()&t.Method != 0 {
		rule := "cos-ct-extends.1.1"
		if t.Method == Restriction {
			rule = "derivation-ok-restriction.1"
		}
		c.errorf(t.src, rule, "the base type %q does not allow this derivation", t.Base.TypeName())
	}
	if t.Content == SimpleContent {
		c.notationEnumerated(t.src, t.Simple)
	}
	b, complex := t.Base.(*ComplexType)
	if complex && t.Method == Restriction && b != c.set.anyType {
		c.checkRestriction(t, b)
	}
}

// checkRestriction is derivation-ok-restriction (3.4.6).
func (c *compiler) checkRestriction(t, b *ComplexType) {
	const rule = "derivation-ok-restriction"
	c.restrictAttributes(t.src, rule, attrSet{uses: t.Attributes, any: t.AnyAttribute}, attrSet{uses: b.Attributes, any: b.AnyAttribute})
	switch {
	case t.Content == SimpleContent:
		return // worked out with the type
	case t.Content == EmptyContent:
		if b.Content == EmptyContent || b.Content != SimpleContent && (b.Particle == nil || b.Particle.emptiable()) {
			return
		}
		c.errorf(t.src, rule+".5.3.2", "the content is empty, that of the base %q cannot be", b.Name)
	case b.Content == SimpleContent || b.Content == EmptyContent:
		c.errorf(t.src, rule+".5.4", "the content has elements, that of the base %q has none", b.Name)
	case t.Content == MixedContent && b.Content != MixedContent:
		c.errorf(t.src, rule+".5.4.1.2", "the content is mixed, that of the base %q is not", b.Name)
	default:
		c.restrictParticle(t.src, rule+".5.4.2", t.mixedParticle(), b.mixedParticle())
	}
}

// mixedParticle is the particle, that of an empty sequence for mixed content
// without elements (3.4.2, 2.2).
func (t *ComplexType) mixedParticle() *Particle {
	if t.Particle == nil {
		return &Particle{Min: 1, Max: 1, Group: new(Group)}
	}
	return t.Particle
}

func (c *compiler) restrictParticle(at source, rule string, d, b *Particle) {
	if _, err := (restriction{c, at}).valid(d, b, true, true, true); err != nil {
		c.errorf(at, rule, "the content is no restriction of the base's: %v", err)
	}
}

// restrictAttributes is derivation-ok-restriction 2 to 4.
func (c *compiler) restrictAttributes(at source, rule string, d, b attrSet) {
	base := make(map[Name]*AttributeUse, len(b.uses))
	for _, u := range b.uses {
		base[u.Attribute.Name] = u
	}
	have := make(map[Name]bool, len(d.uses))
	for _, u := range d.uses {
		name := u.Attribute.Name
		have[name] = true
		v := base[name]
		switch {
		case u == v:
		case v != nil:
			c.restrictUse(rule, u, v)
		case b.any == nil || !b.any.allows(name.Space):
			c.errorf(u.src, rule+".2.2", "the base has no attribute %q and no wildcard that admits it", name)
		}
	}
	for _, v := range b.uses {
		if v.Required && !have[v.Attribute.Name] {
			c.errorf(at, rule+".3", "attribute %q is required by the base", v.Attribute.Name)
		}
	}
	switch {
	case d.any == nil || d.any == b.any:
	case b.any == nil:
		c.errorf(at, rule+".4.1", "the base has no attribute wildcard")
	case !d.any.subset(b.any):
		c.errorf(at, rule+".4.2", "the attribute wildcard %s is no subset of the base's %s", d.any, b.any)
	case d.any.Process < b.any.Process:
		c.errorf(at, rule+".4.3", "the attribute wildcard's processContents is weaker than the base's")
	}
}

func (c *compiler) restrictUse(rule string, u, v *AttributeUse) {
	name := u.Attribute.Name
	if v.Required && !u.Required {
		c.errorf(u.src, rule+".2.1.1", "attribute %q is required by the base", name)
	}
	if why := c.simpleDerivedOK(u.Attribute.Type, v.Attribute.Type, 0); why != "" {
		c.errorf(u.src, rule+".2.1.2", "the type of attribute %q is not derived from that of the base's (%s)", name, why)
	}
	dv, bv := u.value(), v.value()
	if bv != nil && bv.Fixed && (dv == nil || !dv.Fixed || !bytes.Equal(dv.key, bv.key)) {
		c.errorf(u.src, rule+".2.1.3", "attribute %q is fixed to %q by the base", name, bv.Text)
	}
}

// checkRedefinedGroup is src-redefine 6: a redefined group has itself in it
// once, or restricts what it redefines.
func (c *compiler) checkRedefinedGroup(g *GroupDefinition) {
	for ; g.original != nil; g = g.original {
		refs := c.selfReferences(g.src, g.src, "group")
		switch {
		case len(refs) > 1:
			c.errorf(refs[1], "src-redefine.6.1.1", "the redefined group refers to itself more than once")
		case len(refs) == 1:
			if lo, hi := c.occurs(refs[0]); lo != 1 || hi != 1 {
				c.errorf(refs[0], "src-redefine.6.1.2", "the redefined group must have itself in it exactly once")
			}
		default:
			c.restrictParticle(g.src, "src-redefine.6.2.2", &Particle{Min: 1, Max: 1, Group: g.Group}, &Particle{Min: 1, Max: 1, Group: g.original.Group})
		}
	}
}

// checkRedefinedAttributes is src-redefine 7.
func (c *compiler) checkRedefinedAttributes(g *AttributeGroup) {
	for ; g.original != nil; g = g.original {
		refs := c.selfReferences(g.src, g.src, "attributeGroup")
		switch {
		case len(refs) > 1:
			c.errorf(refs[1], "src-redefine.7.1", "the redefined attribute group refers to itself more than once")
		case len(refs) == 0:
			c.restrictAttributes(g.src, "src-redefine.7.2.2", attrSet{uses: g.Attributes, any: g.Any},
				attrSet{uses: g.original.Attributes, any: g.original.Any})
		}
	}
}

// selfReferences finds the references inside of a redefinition to what it
// redefines. The document's depth bounds the recursion.
func (c *compiler) selfReferences(at, top source, kind string) (refs []source) {
	for _, child := range at.children() {
		if child.local() == kind && child.has("ref") {
			if name, ok := c.qname(child, "ref"); ok && name == (Name{top.doc.space, top.attr("name")}) {
				refs = append(refs, child)
			}
		}
		refs = append(refs, c.selfReferences(child, top, kind)...)
	}
	return refs
}

// models checks that a model declares a name with one type only (3.8.6
// cos-element-consistent) and that it is unambiguous, and makes the automata.
func (c *compiler) models() {
	made := make(map[*Particle]*model)
	for _, t := range c.complexes {
		if c.stopped {
			return
		}
		if t.Content != ElementContent && t.Content != MixedContent {
			continue
		}
		m := made[t.Particle]
		if m == nil {
			if t.Particle != nil {
				c.consistent(t.src, t.Particle, make(map[Name]*Element))
			}
			b := &modelBuilder{compiler: c, at: t.src, m: new(model)}
			b.build(t.Particle)
			b.upa()
			m = b.m
			made[t.Particle] = m
		}
		t.model = m
	}
}

// consistent is cos-element-consistent; it is false after an error.
func (c *compiler) consistent(at source, p *Particle, seen map[Name]*Element) bool {
	switch {
	case !c.count(at, 1):
		return false
	case p.Group != nil:
		for _, q := range p.Group.Particles {
			if !c.consistent(at, q, seen) {
				return false
			}
		}
	case p.Element != nil:
		for _, e := range append([]*Element{p.Element}, p.Element.members...) {
			if other := seen[e.Name]; other != nil && other.Type != e.Type {
				c.errorf(at, "cos-element-consistent", "element %q occurs with different types in one content model", e.Name)
				return false
			}
			seen[e.Name] = e
		}
	}
	return true
}

// finish numbers what the validator looks up.
func (c *compiler) finish() {
	s := c.set
	for e := range byName(s.elements) {
		s.names[s.symbol(e.Name)].element = e
	}
	for a := range byName(s.attributes) {
		s.names[s.symbol(a.Name)].attribute = a
	}
	for name, a := range s.wellKnown {
		info := &s.names[s.symbol(name)]
		if info.attribute == nil {
			info.attribute = a
		}
		if name.Space == NamespaceXSI {
			info.special = map[string]special{"type": xsiType, "nil": xsiNil}[name.Local]
			if info.special == notSpecial {
				info.special = xsiHint
			}
		}
	}
	for _, t := range append(c.complexes, s.anyType) {
		t.attrs = s.attrTable(t)
		t.numberSpaces(s)
	}
	s.anyType.model = (&modelBuilder{compiler: c, m: new(model)}).build(s.anyType.Particle)
	s.numberTypes(c.complexes)
}
