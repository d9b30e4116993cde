package schema

import (
	"errors"
	"strings"

	"github.com/soapgate/soapgate/internal/schema/datatype"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// buildSimple works out a simple type definition (Part 1 3.14.2).
func (c *compiler) buildSimple(t *SimpleType) {
	switch {
	case t.state == built:
		return
	case t.state == building:
		c.errorf(t.src, "st-props-correct.2", "type %q is derived from itself", t.Name)
		c.spoil(t)
		return
	case !c.enter(t.src):
		c.spoil(t)
		return
	}
	defer c.leave()
	t.state = building
	at := t.src
	// The relevant set includes extension, by complex types with simple content.
	t.Final = at.defaulted("final", at.doc.finalDefault, Restriction|Extension|List|Union)
	switch child := at.child("restriction", "list", "union"); child.local() {
	case "restriction":
		c.simpleRestriction(t, child)
	case "list":
		c.list(t, child)
	case "union":
		c.union(t, child)
	}
	if t.Data == nil {
		c.spoil(t)
	}
	t.state = built
}

// spoil gives a type that is in error the values of anySimpleType, so that
// those who use it need not care.
func (c *compiler) spoil(t *SimpleType) {
	any := c.set.anySimpleType
	t.Base, t.Variety, t.Data = any, any.Variety, any.Data
}

// simpleOperand is the type an attribute names or a simpleType child defines.
func (c *compiler) simpleOperand(at source, attr, rule string) *SimpleType {
	inline := at.child("simpleType")
	if at.has(attr) == inline.exists() {
		c.errorf(at, rule, "%s needs either the attribute %s or a simpleType", at.local(), attr)
		return nil
	}
	if at.has(attr) {
		name, ok := c.qname(at, attr)
		if !ok {
			return nil
		}
		return c.resolveSimple(at, name)
	}
	s, ok := c.anonymous(inline).(*SimpleType)
	if !ok {
		return nil
	}
	c.buildSimple(s)
	return s
}

func (c *compiler) simpleRestriction(t *SimpleType, at source) {
	base := c.simpleOperand(at, "base", "src-simple-type.2")
	if t.original != nil && base != t.original {
		c.errorf(at, "src-redefine.5", "a redefined type must restrict itself")
	}
	switch {
	case base == nil:
		return
	case base.state == building:
		c.errorf(at, "st-props-correct.2", "type %q is derived from itself", t.Name)
		return
	case base == c.set.anySimpleType:
		c.errorf(at, "cos-st-restricts.1.1", "anySimpleType cannot be restricted")
		return
	case base.Final&Restriction != 0:
		c.errorf(at, "st-props-correct.3", "the base type %q does not allow restriction", base.Name)
	}
	c.restrictBy(t, base, facetChildren(at), at)
}

// restrictBy makes t the restriction of base by the facets.
func (c *compiler) restrictBy(t, base *SimpleType, facets []source, at source) {
	t.Base, t.Variety, t.Item, t.Members = base, base.Variety, base.Item, base.Members
	list := make([]datatype.Facet, len(facets))
	for i, f := range facets {
		kind, _ := datatype.FacetNamed(f.local())
		value, _ := f.raw("value")
		if kind != datatype.EnumerationFacet && kind != datatype.PatternFacet {
			value = f.attr("value")
		}
		if kind == datatype.EnumerationFacet && base.Data.Primitive() == datatype.NOTATION {
			c.notationNamed(f)
		}
		list[i] = datatype.Facet{Kind: kind, Value: value, Fixed: f.flag("fixed"), Resolver: &bindPrefix{f.doc.tree, f.node}}
	}
	data, errs := datatype.Restrict(typeName(t, at), base.Data, list)
	for _, e := range errs {
		where := at
		if e.Index >= 0 && e.Index < len(facets) {
			where = facets[e.Index]
		}
		c.errorf(where, e.Constraint, "%s", e.Text)
	}
	if len(errs) == 0 {
		t.Data = data
	} else {
		t.Data = base.Data
	}
}

// notationNamed checks that an enumerated NOTATION is declared (Part 2 3.2.19).
func (c *compiler) notationNamed(f source) {
	if name, ok := c.qname(f, "value"); ok && c.set.notations[name] == nil {
		c.unresolved(f, "notation", name)
	}
}

func facetChildren(at source) []source {
	var list []source
	for _, child := range at.children() {
		if _, ok := datatype.FacetNamed(child.local()); ok {
			list = append(list, child)
		}
	}
	return list
}

func (c *compiler) list(t *SimpleType, at source) {
	t.Base, t.Variety = c.set.anySimpleType, List
	if t.original != nil {
		c.errorf(at, "src-redefine.5", "a redefined type must restrict itself")
	}
	if t.Item = c.simpleOperand(at, "itemType", "src-simple-type.3"); t.Item == nil || t.Item.state == building {
		return
	}
	if t.Item.Final&List != 0 {
		c.errorf(at, "cos-st-restricts.2.3.1.1", "the item type %q does not allow lists", t.Item.Name)
	}
	data, err := datatype.NewList(typeName(t, at), t.Item.Data)
	t.Data = data
	c.dataError(at, err)
}

func (c *compiler) dataError(at source, err error) {
	var f *datatype.FacetError
	if errors.As(err, &f) {
		c.errorf(at, f.Constraint, "%s", f.Text)
	}
}

func (c *compiler) union(t *SimpleType, at source) {
	t.Base, t.Variety = c.set.anySimpleType, Union
	if t.original != nil {
		c.errorf(at, "src-redefine.5", "a redefined type must restrict itself")
	}
	for word := range strings.FieldsSeq(at.attr("memberTypes")) {
		if name, ok := c.qnameText(at, word); ok {
			if m := c.resolveSimple(at, name); m != nil {
				t.Members = append(t.Members, m)
			}
		}
	}
	for _, child := range at.children() {
		if s, ok := c.anonymous(child).(*SimpleType); ok {
			c.buildSimple(s)
			t.Members = append(t.Members, s)
		}
	}
	if !at.has("memberTypes") && len(at.children()) == 0 || len(t.Members) == 0 {
		c.errorf(at, "src-union-memberTypes-or-simpleTypes", "a union needs member types")
		return
	}
	members := make([]*datatype.Type, 0, len(t.Members))
	for _, m := range t.Members {
		if m.state == building {
			return
		}
		if m.Final&Union != 0 {
			c.errorf(at, "cos-st-restricts.3.3.1.1", "the member type %q does not allow unions", m.Name)
		}
		members = append(members, m.Data)
	}
	data, err := datatype.NewUnion(typeName(t, at), members...)
	t.Data = data
	c.dataError(at, err)
}

// notationEnumerated is enumeration-required-notation (Part 2 3.2.19) for a type
// that something is declared with. To be the item of a list or a member of a
// union is no such use: so the test suite (particlesZ007), and so Xerces.
func (c *compiler) notationEnumerated(at source, t Type) {
	s, ok := t.(*SimpleType)
	if ok && s.Data != nil && s.Data.Primitive() == datatype.NOTATION && s.Data.Enumeration() == nil {
		c.errorf(at, "enumeration-required-notation", "NOTATION can only be used by way of a type with an enumeration")
	}
}

// typeName is the name a type bears in messages; an anonymous one is named
// after where it stands, the way Xerces does it.
func typeName(t *SimpleType, at source) string {
	if t.Name.Local != "" {
		return t.Name.Local
	}
	var b strings.Builder
	b.WriteString("#AnonType_")
	tree := at.doc.tree
	for n := at.node; n != at.doc.root && n != xmltree.None; n = tree.Parent(n) {
		b.WriteString(at.at(n).attr("name"))
	}
	return b.String()
}
