package schema

import (
	"github.com/soapgate/soapgate/internal/schema/datatype"
)

// buildAttribute works out a global or local attribute declaration (3.2.2).
func (c *compiler) buildAttribute(a *Attribute) {
	if a.state != unbuilt {
		return
	}
	a.state = built
	at := a.src
	a.Type = c.set.anySimpleType
	inline := at.child("simpleType")
	if at.has("type") && inline.exists() {
		c.errorf(at, "src-attribute.4", "attribute %q has both a type attribute and a type of its own", a.Name)
	}
	if at.has("type") {
		if name, ok := c.qname(at, "type"); ok {
			if t := c.resolveSimple(at, name); t != nil {
				a.Type = t
			}
		}
	} else if inline.exists() {
		if t, ok := c.anonymous(inline).(*SimpleType); ok {
			c.buildSimple(t)
			a.Type = t
		}
	}
	if a.Global {
		a.Value = c.valueConstraint(at, "src-attribute.1")
	}
	if a.Name.Local == "xmlns" {
		c.errorf(at, "no-xmlns", "an attribute cannot be named xmlns")
	}
	if a.Name.Space == NamespaceXSI {
		c.errorf(at, "no-xsi", "an attribute cannot be declared in the namespace %s", NamespaceXSI)
	}
}

// An attrSet is what the attribute children of a type or group add up to.
type attrSet struct {
	uses       []*AttributeUse
	prohibited []Name
	any        *Wildcard
}

// attrs reads the attribute, attributeGroup and anyAttribute children.
func (c *compiler) attrs(at source, rule string) attrSet {
	var s attrSet
	var local *Wildcard
	var groups []*Wildcard
	for _, child := range at.children() {
		switch child.local() {
		case "attribute":
			c.attributeUse(child, rule, &s)
		case "attributeGroup":
			g := c.attributeGroupRef(child)
			if g == nil {
				continue
			}
			for _, u := range g.Attributes {
				c.addUse(child, rule, &s, u)
			}
			if g.Any != nil {
				groups = append(groups, g.Any)
			}
		case "anyAttribute":
			local = c.wildcard(child)
		}
	}
	s.any = c.completeWildcard(at, local, groups)
	return s
}

func (c *compiler) addUse(at source, rule string, s *attrSet, u *AttributeUse) {
	for _, other := range s.uses {
		switch {
		case other == u:
			return // one use by way of two references to its group
		case other.Attribute.Name == u.Attribute.Name:
			c.errorf(at, rule, "attribute %q is used twice", u.Attribute.Name)
			return
		}
	}
	s.uses = append(s.uses, u)
}

// attributeUse reads an attribute child (3.2.2, src-attribute).
func (c *compiler) attributeUse(at source, rule string, s *attrSet) {
	hasName, hasRef := at.has("name"), at.has("ref")
	use := at.attr("use")
	value := c.valueConstraint(at, "src-attribute.1")
	if hasName == hasRef {
		c.errorf(at, "src-attribute.3.1", "a local attribute has either a name or a ref")
		return
	}
	if at.has("default") && use != "" && use != "optional" {
		c.errorf(at, "src-attribute.2", "an attribute with a default is optional")
	}
	var a *Attribute
	if hasRef {
		if at.has("form") || at.has("type") || at.child("simpleType").exists() {
			c.errorf(at, "src-attribute.3.2", "an attribute with ref cannot have form, type or simpleType")
		}
		name, ok := c.qname(at, "ref")
		if !ok {
			return
		}
		if a, ok = c.lookupAttribute(at, name); !ok {
			return
		}
		if a.src.doc != nil {
			c.buildAttribute(a)
		}
	} else {
		a = &Attribute{Name: Name{Local: at.attr("name")}, src: at}
		if at.qualified(at.doc.attributeQualified) {
			a.Name.Space = at.doc.space
		}
		c.attributes = append(c.attributes, a)
		c.buildAttribute(a)
	}
	u := &AttributeUse{Attribute: a, Required: use == "required", Value: value, src: at}
	switch {
	case use == "prohibited":
		s.prohibited = append(s.prohibited, a.Name)
		c.prohibited = append(c.prohibited, u)
	case c.count(at, 1):
		c.addUse(at, rule, s, u)
	}
}

// lookupAttribute resolves a reference to a global attribute.
func (c *compiler) lookupAttribute(at source, name Name) (*Attribute, bool) {
	if a := c.set.wellKnown[name]; a != nil {
		return a, c.visible(at, name)
	}
	return lookup(c, at, c.set.attributes, "attribute", name)
}

// buildAttributeGroup works out an attribute group definition (3.6.2).
func (c *compiler) buildAttributeGroup(g *AttributeGroup) {
	switch {
	case g.state == built:
		return
	case g.state == building:
		c.errorf(g.src, "src-attribute_group.3", "attribute group %q is circular", g.Name)
		return
	case !c.enter(g.src):
		return
	}
	defer c.leave()
	g.state = building
	if g.original != nil {
		c.buildAttributeGroup(g.original)
	}
	s := c.attrs(g.src, "ag-props-correct.2")
	g.Attributes, g.Any = s.uses, s.any
	c.checkIDs(g.src, "ag-props-correct.3", g.Attributes)
	g.state = built
}

// checkIDs refuses two attributes whose types are or derive from ID
// (ct-props-correct 5, ag-props-correct 3).
func (c *compiler) checkIDs(at source, rule string, uses []*AttributeUse) {
	ids := 0
	for _, u := range uses {
		if t := u.Attribute.Type; t != nil && t.Data.DerivedFrom(datatype.Builtin("ID")) {
			ids++
		}
	}
	if ids > 1 {
		c.errorf(at, rule, "more than one attribute is of type ID")
	}
}

func (c *compiler) attributeGroupRef(at source) *AttributeGroup {
	name, ok := c.qname(at, "ref")
	if !ok {
		return nil
	}
	g, ok := lookup(c, at, c.set.attributeGroups, "attribute group", name)
	if !ok {
		return nil
	}
	if top, inside := c.redefinition(at, attributeGroupDef, name); inside {
		for g.src != top {
			g = g.original
		}
		g = g.original
	}
	c.buildAttributeGroup(g)
	return g
}
