package schema

// buildElement works out a global element declaration (Part 1 3.3.2).
func (c *compiler) buildElement(e *Element) {
	if e.state == built {
		return
	}
	at := e.src
	if e.state == building {
		c.errorf(at, "e-props-correct.6", "substitution group of element %q is circular", e.Name)
		e.Head = nil
		return
	}
	if !c.enter(at) {
		e.Type = c.set.anyType
		return
	}
	defer c.leave()
	e.state = building
	if e.Global && at.has("substitutionGroup") {
		if name, ok := c.qname(at, "substitutionGroup"); ok {
			e.Head, _ = lookup(c, at, c.set.elements, "element", name)
		}
	}
	if e.Head != nil {
		c.buildElement(e.Head)
	}
	e.Type = c.elementType(e)
	e.Nillable = at.flag("nillable")
	e.Abstract = at.flag("abstract")
	e.Value = c.valueConstraint(at, "src-element.1")
	e.Block = at.defaulted("block", at.doc.blockDefault, Restriction|Extension|Substitution)
	if e.Global {
		e.Final = at.defaulted("final", at.doc.finalDefault, Restriction|Extension)
	}
	for _, child := range at.children() {
		switch child.local() {
		case "unique", "key", "keyref":
			if k := c.constraint(child); k != nil {
				e.Constraints = append(e.Constraints, k)
			}
		}
	}
	e.state = built
}

// elementType is the type attribute's, the child's, the head's or anyType.
func (c *compiler) elementType(e *Element) Type {
	at := e.src
	inline := at.child("simpleType", "complexType")
	if at.has("type") && inline.exists() {
		c.errorf(at, "src-element.3", "element %q has both a type attribute and a type of its own", e.Name)
	}
	switch {
	case at.has("type"):
		if name, ok := c.qname(at, "type"); ok {
			if t := c.resolveType(at, name); t != nil {
				return t
			}
		}
	case inline.exists():
		return c.anonymous(inline)
	case e.Head != nil && e.Head.Type != nil:
		return e.Head.Type
	}
	return c.set.anyType
}

// anonymous returns the type that a simpleType or complexType child defines.
// It is built later.
func (c *compiler) anonymous(at source) Type {
	if !c.count(at, 1) {
		return c.set.anyType
	}
	if at.local() == "simpleType" {
		return c.newSimple(Name{}, at)
	}
	return c.newComplex(Name{}, at)
}

// valueConstraint reads default and fixed.
func (c *compiler) valueConstraint(at source, rule string) *ValueConstraint {
	def, hasDef := at.raw("default")
	fixed, hasFixed := at.raw("fixed")
	switch {
	case hasDef && hasFixed:
		c.errorf(at, rule, "default and fixed exclude each other")
	case hasFixed:
		return &ValueConstraint{Fixed: true, Text: fixed}
	case hasDef:
		return &ValueConstraint{Text: def}
	}
	return nil
}

// defaulted reads a set of derivations, or takes as much of the schema
// element's default as applies.
func (s source) defaulted(attr string, byDefault, applies Derivation) Derivation {
	if s.has(attr) {
		return s.derivations(attr, applies)
	}
	return byDefault & applies
}

// elementForm checks how a local element is written (3.3.3 src-element).
func (c *compiler) elementForm(at source) bool {
	hasName, hasRef := at.has("name"), at.has("ref")
	if hasName == hasRef {
		c.errorf(at, "src-element.2.1", "a local element has either a name or a ref")
		return false
	}
	if hasRef {
		for _, attr := range []string{"nillable", "default", "fixed", "form", "block", "type"} {
			if at.has(attr) {
				c.errorf(at, "src-element.2.2", "an element with ref cannot have the attribute %s", attr)
			}
		}
		if kids := at.children(); len(kids) > 0 {
			c.errorf(kids[0], "src-element.2.2", "an element with ref cannot contain %s", kids[0].local())
		}
	}
	return true
}

// localElement is the term of an element particle: a declaration referred to
// or a local one (3.3.2).
func (c *compiler) localElement(at source) *Element {
	if at.has("ref") {
		name, ok := c.qname(at, "ref")
		if !ok {
			return nil
		}
		e, _ := lookup(c, at, c.set.elements, "element", name)
		return e
	}
	e := &Element{Name: Name{Local: at.attr("name")}, src: at}
	if at.qualified(at.doc.elementQualified) {
		e.Name.Space = at.doc.space
	}
	c.elements = append(c.elements, e)
	return e
}

// qualified reads the form attribute.
func (s source) qualified(byDefault bool) bool {
	if s.has("form") {
		return s.attr("form") == "qualified"
	}
	return byDefault
}
