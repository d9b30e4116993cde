package schema

import "slices"

// buildComplex works out a complex type definition (Part 1 3.4.2).
func (c *compiler) buildComplex(t *ComplexType) {
	if t.state == built {
		return
	}
	at := t.src
	if t.state == building {
		c.errorf(at, "ct-props-correct.3", "type %q is derived from itself", t.Name)
		return
	}
	if !c.enter(at) {
		return
	}
	defer c.leave()
	t.state = building
	// What a circular or broken definition leaves behind derives from anyType.
	t.Base, t.Method = c.set.anyType, Restriction
	t.Abstract = at.flag("abstract")
	t.Final = at.defaulted("final", at.doc.finalDefault, Restriction|Extension)
	t.Block = at.defaulted("block", at.doc.blockDefault, Restriction|Extension)
	content := at.child("simpleContent", "complexContent")
	switch {
	case !content.exists():
		if t.original != nil {
			c.errorf(at, "src-redefine.5", "a redefined type must be derived from itself")
		}
		c.shorthand(t, at)
	case content.local() == "simpleContent":
		c.simpleContent(t, content.child("restriction", "extension"))
	default:
		mixed := at.flag("mixed")
		if content.has("mixed") {
			mixed = content.flag("mixed")
		}
		c.complexContent(t, content.child("restriction", "extension"), mixed)
	}
	c.checkIDs(at, "ct-props-correct.5", t.Attributes)
	t.state = built
}

// shorthand reads a type without simpleContent or complexContent: it restricts
// anyType.
func (c *compiler) shorthand(t *ComplexType, at source) {
	t.own = c.contentParticle(at)
	c.setContent(t, t.own, at.flag("mixed"))
	s := c.attrs(at, "ct-props-correct.4")
	t.Attributes, t.AnyAttribute = s.uses, s.any
}

// contentParticle reads the group, all, choice or sequence of a type; nil is
// the empty explicit content (3.4.2, 2.1).
func (c *compiler) contentParticle(at source) *Particle {
	child := at.child(modelNames...)
	if !child.exists() {
		return nil
	}
	p := c.particle(child, true)
	if p == nil || child.local() == "group" || len(child.children()) > 0 {
		return p
	}
	if child.local() == "choice" && p.Min > 0 {
		return p // matches nothing, not even nothing
	}
	return nil
}

// setContent makes the content type of a particle (3.4.2, 2.2 and 3).
func (c *compiler) setContent(t *ComplexType, p *Particle, mixed bool) {
	t.Particle = p
	switch {
	case mixed:
		t.Content = MixedContent
	case p == nil:
		t.Content = EmptyContent
	default:
		t.Content = ElementContent
	}
}

// baseType resolves and builds the base of a derivation.
func (c *compiler) baseType(t *ComplexType, at source) Type {
	name, ok := c.qname(at, "base")
	if !ok {
		return nil
	}
	if t.original != nil && name != t.Name {
		c.errorf(at, "src-redefine.5", "a redefined type must be derived from itself")
	}
	base := c.resolveType(at, name)
	switch b := base.(type) {
	case *ComplexType:
		if b.state == building {
			c.errorf(at, "ct-props-correct.3", "type %q is derived from itself", t.Name)
			return nil
		}
		c.buildComplex(b)
	case *SimpleType:
		c.buildSimple(b)
	case nil:
		return nil
	}
	t.Base = base
	return base
}

// complexContent reads a restriction or extension under complexContent.
func (c *compiler) complexContent(t *ComplexType, at source, mixed bool) {
	base := c.baseType(t, at)
	if base == nil {
		return
	}
	b, ok := base.(*ComplexType)
	if !ok {
		c.errorf(at, "src-ct.1", "the base of complex content is the simple type %q", base.TypeName())
		return
	}
	t.own = c.contentParticle(at)
	s := c.attrs(at, "ct-props-correct.4")
	if at.local() == "restriction" {
		t.Method = Restriction
		c.setContent(t, t.own, mixed)
		c.inheritRestricted(t, b, s)
		return
	}
	t.Method = Extension
	c.extendContent(t, b, mixed, at)
	c.inheritExtended(t, b, s, at)
}

// extendContent joins the base's particle and the type's own (3.4.2, 3.2).
func (c *compiler) extendContent(t, b *ComplexType, mixed bool, at source) {
	if t.own == nil && !mixed {
		t.Content, t.Particle, t.Simple = b.Content, b.Particle, b.Simple
		return
	}
	if b.Content == SimpleContent {
		c.errorf(at, "cos-ct-extends.1.4.1", "the base %q has simple content", b.Name)
		return
	}
	if b.Content == EmptyContent {
		c.setContent(t, t.own, mixed)
		return
	}
	if mixed != (b.Content == MixedContent) {
		c.errorf(at, "cos-ct-extends.1.4.3.2.2.1", "the type and its base must both be mixed or both element-only")
		return
	}
	t.Content = b.Content
	switch {
	case b.Particle != nil && allGroup(b.Particle), t.own != nil && allGroup(t.own):
		c.errorf(at, "cos-all-limited.1.2", "an all group cannot be extended and cannot extend")
	case b.Particle == nil:
		t.Particle = t.own
	case t.own == nil:
		t.Particle = b.Particle
	default:
		t.Particle = &Particle{Min: 1, Max: 1, src: at, Group: &Group{Particles: []*Particle{b.Particle, t.own}}}
	}
}

func allGroup(p *Particle) bool { return p.Group != nil && p.Group.Compositor == All }

// simpleContent reads a restriction or extension under simpleContent.
func (c *compiler) simpleContent(t *ComplexType, at source) {
	t.Content, t.Simple = SimpleContent, c.set.anySimpleType
	base := c.baseType(t, at)
	if base == nil {
		return
	}
	s := c.attrs(at, "ct-props-correct.4")
	b, complex := base.(*ComplexType)
	if at.local() == "extension" {
		t.Method = Extension
		switch {
		case !complex:
			t.Simple = base.(*SimpleType)
			t.Attributes, t.AnyAttribute = s.uses, s.any
		case b.Content == SimpleContent:
			t.Simple = b.Simple
			c.inheritExtended(t, b, s, at)
		default:
			c.errorf(at, "src-ct.2", "the base %q of simple content has no simple content", b.Name)
		}
		return
	}
	t.Method = Restriction
	if !complex {
		c.errorf(at, "src-ct.2", "a restriction of simple content needs a complex type, not %q", base.TypeName())
		return
	}
	c.restrictSimple(t, b, at)
	c.inheritRestricted(t, b, s)
}

// restrictSimple makes the simple type of a restriction's content (3.4.2): the
// base's, or the simpleType child, restricted by the facets.
func (c *compiler) restrictSimple(t, b *ComplexType, at source) {
	inline := at.child("simpleType")
	switch {
	case b.Content == SimpleContent:
		t.Simple = b.Simple
	case b.Content == MixedContent && (b.Particle == nil || b.Particle.emptiable()):
		if !inline.exists() {
			c.errorf(at, "src-ct.2", "restricting mixed content to simple content needs a simpleType")
			return
		}
	default:
		c.errorf(at, "src-ct.2", "the base %q of simple content has neither simple nor emptiable mixed content", b.Name)
		return
	}
	if inline.exists() {
		s, ok := c.anonymous(inline).(*SimpleType)
		if !ok {
			return
		}
		c.buildSimple(s)
		if b.Content == SimpleContent {
			if rule := c.simpleDerivedOK(s, b.Simple, 0); rule != "" {
				c.errorf(inline, "derivation-ok-restriction.5.2.2.1", "the content's type is not derived from that of the base (%s)", rule)
			}
		}
		t.Simple = s
	}
	if facets := facetChildren(at); len(facets) > 0 {
		s := &SimpleType{src: at, state: built}
		c.restrictBy(s, t.Simple, facets, at)
		c.simples = append(c.simples, s)
		t.Simple = s
	}
}

// inheritExtended adds the base's attributes to an extension's own.
func (c *compiler) inheritExtended(t, b *ComplexType, s attrSet, at source) {
	t.Attributes = slices.Clone(b.Attributes)
	sum := attrSet{uses: t.Attributes}
	for _, u := range s.uses {
		c.addUse(u.src, "ct-props-correct.4", &sum, u)
	}
	t.Attributes = sum.uses
	t.AnyAttribute = s.any
	switch {
	case b.AnyAttribute == nil:
	case s.any == nil:
		t.AnyAttribute = b.AnyAttribute
	default:
		u, ok := s.any.union(b.AnyAttribute)
		if !ok {
			c.errorf(at, "src-ct.5", "the union of the wildcards %s and %s cannot be expressed", s.any, b.AnyAttribute)
		}
		t.AnyAttribute = u
	}
}

// inheritRestricted adds the base's attributes that a restriction neither
// redeclares nor prohibits.
func (c *compiler) inheritRestricted(t, b *ComplexType, s attrSet) {
	t.Attributes = s.uses
	t.AnyAttribute = s.any
	own := len(s.uses)
	for _, v := range b.Attributes {
		same := func(u *AttributeUse) bool { return u.Attribute.Name == v.Attribute.Name }
		if !slices.Contains(s.prohibited, v.Attribute.Name) && !slices.ContainsFunc(t.Attributes[:own], same) {
			t.Attributes = append(t.Attributes[:len(t.Attributes):len(t.Attributes)], v)
		}
	}
}
