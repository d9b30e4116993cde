package datatype

// Builtin returns the built-in type of the local name, which is in the
// namespace of XML Schema, anySimpleType included; nil if there is none.
func Builtin(name string) *Type { return builtins[name] }

// Builtins returns all built-in types, a base or item type before those that
// are derived from it.
func Builtins() []*Type {
	all := []*Type{builtins["anySimpleType"]}
	for _, name := range primitives[1:] {
		all = append(all, builtins[name])
	}
	for _, d := range derived {
		all = append(all, builtins[d.name])
	}
	return all
}

// builtins are the types of Part 2 3.2 and 3.3, and their root.
var builtins = func() map[string]*Type {
	m := map[string]*Type{"anySimpleType": {name: "anySimpleType"}}
	for p, name := range primitives {
		if Primitive(p) == None {
			continue
		}
		t := &Type{
			name: name, base: m["anySimpleType"], variety: Atomic, primitive: Primitive(p),
			has: whiteSpaceFacet, fixed: whiteSpaceFacet, white: Collapse,
		}
		switch t.primitive {
		case String:
			t.white, t.fixed = Preserve, 0
		case QName, NOTATION:
			t.uses = UsesQName
		}
		t.lexical = t
		m[name] = t
	}
	for _, d := range derived {
		m[d.name] = d.derive(m)
	}
	return m
}()

var primitives = [...]string{
	String: "string", Boolean: "boolean", Decimal: "decimal", Float: "float", Double: "double",
	Duration: "duration", DateTime: "dateTime", Time: "time", Date: "date", GYearMonth: "gYearMonth",
	GYear: "gYear", GMonthDay: "gMonthDay", GDay: "gDay", GMonth: "gMonth", HexBinary: "hexBinary",
	Base64Binary: "base64Binary", AnyURI: "anyURI", QName: "QName", NOTATION: "NOTATION",
}

// A derivedType is a row of the table of derived types: base or item type, and
// what sets it apart.
type derivedType struct {
	name, base, item string
	form             form
	use              Use
	facets           []Facet
}

var derived = []derivedType{
	{name: "normalizedString", base: "string", facets: []Facet{{Kind: WhiteSpaceFacet, Value: "replace"}}},
	{name: "token", base: "normalizedString", facets: []Facet{{Kind: WhiteSpaceFacet, Value: "collapse"}}},
	{name: "language", base: "token", facets: []Facet{{Kind: PatternFacet, Value: "([a-zA-Z]{1,8})(-[a-zA-Z0-9]{1,8})*"}}},
	{name: "NMTOKEN", base: "token", form: nmtokenForm},
	{name: "NMTOKENS", item: "NMTOKEN", facets: []Facet{{Kind: MinLengthFacet, Value: "1"}}},
	{name: "Name", base: "token", form: nameForm},
	{name: "NCName", base: "Name", form: ncNameForm},
	{name: "ID", base: "NCName", use: UsesID},
	{name: "IDREF", base: "NCName", use: UsesIDREF},
	{name: "IDREFS", item: "IDREF", facets: []Facet{{Kind: MinLengthFacet, Value: "1"}}},
	{name: "ENTITY", base: "NCName", use: UsesENTITY},
	{name: "ENTITIES", item: "ENTITY", facets: []Facet{{Kind: MinLengthFacet, Value: "1"}}},
	{name: "integer", base: "decimal", form: integerForm, facets: []Facet{{Kind: FractionDigitsFacet, Value: "0", Fixed: true}}},
	{name: "nonPositiveInteger", base: "integer", facets: span("", "0")},
	{name: "negativeInteger", base: "nonPositiveInteger", facets: span("", "-1")},
	{name: "long", base: "integer", facets: span("-9223372036854775808", "9223372036854775807")},
	{name: "int", base: "long", facets: span("-2147483648", "2147483647")},
	{name: "short", base: "int", facets: span("-32768", "32767")},
	{name: "byte", base: "short", facets: span("-128", "127")},
	{name: "nonNegativeInteger", base: "integer", facets: span("0", "")},
	{name: "unsignedLong", base: "nonNegativeInteger", facets: span("", "18446744073709551615")},
	{name: "unsignedInt", base: "unsignedLong", facets: span("", "4294967295")},
	{name: "unsignedShort", base: "unsignedInt", facets: span("", "65535")},
	{name: "unsignedByte", base: "unsignedShort", facets: span("", "255")},
	{name: "positiveInteger", base: "nonNegativeInteger", facets: span("1", "")},
}

// span returns the facets of a range; an empty end is open.
func span(least, most string) (fs []Facet) {
	if least != "" {
		fs = append(fs, Facet{Kind: MinInclusiveFacet, Value: least})
	}
	if most != "" {
		fs = append(fs, Facet{Kind: MaxInclusiveFacet, Value: most})
	}
	return fs
}

func (d *derivedType) derive(m map[string]*Type) *Type {
	base := m[d.base]
	if d.item != "" {
		list, err := NewList("", m[d.item])
		if err != nil {
			panic("datatype: internal error: " + err.Error())
		}
		list.base, base = m["anySimpleType"], list
	}
	t, errs := Restrict(d.name, base, d.facets)
	if len(errs) > 0 {
		panic("datatype: internal error: " + errs[0].Error())
	}
	if d.item != "" {
		t.base = m["anySimpleType"]
	}
	if d.form != anyForm {
		t.form, t.lexical = d.form, t
	}
	t.uses |= d.use
	return t
}
