package schema

import (
	"github.com/soapgate/soapgate/internal/schema/datatype"
	"github.com/soapgate/soapgate/internal/xmltree"
)

const namespaceXLink = "http://www.w3.org/1999/xlink"

// wellKnown are the attributes that are there without a schema document: those
// of 3.2.7, and those of the namespaces xml and xlink, which schemas import
// from the network (4.2.3 leaves it to the processor what an import finds).
var wellKnown = []struct {
	space, local, typ string
	values            []string // that are enumerated
}{
	{space: NamespaceXSI, local: "type", typ: "QName"},
	{space: NamespaceXSI, local: "nil", typ: "boolean"},
	{space: NamespaceXSI, local: "schemaLocation", typ: "list of anyURI"},
	{space: NamespaceXSI, local: "noNamespaceSchemaLocation", typ: "anyURI"},

	{space: xmltree.NamespaceXML, local: "lang", typ: "language or none"},
	{space: xmltree.NamespaceXML, local: "space", typ: "NCName", values: []string{"default", "preserve"}},
	{space: xmltree.NamespaceXML, local: "base", typ: "anyURI"},
	{space: xmltree.NamespaceXML, local: "id", typ: "ID"},

	// XLink 1.1 3.2 and 5
	{space: namespaceXLink, local: "type", typ: "token", values: []string{"simple", "extended", "title", "resource", "locator", "arc"}},
	{space: namespaceXLink, local: "href", typ: "anyURI"},
	{space: namespaceXLink, local: "role", typ: "anyURI"},
	{space: namespaceXLink, local: "arcrole", typ: "anyURI"},
	{space: namespaceXLink, local: "title", typ: "string"},
	{space: namespaceXLink, local: "show", typ: "token", values: []string{"new", "replace", "embed", "other", "none"}},
	{space: namespaceXLink, local: "actuate", typ: "token", values: []string{"onLoad", "onRequest", "other", "none"}},
	{space: namespaceXLink, local: "label", typ: "NCName"},
	{space: namespaceXLink, local: "from", typ: "NCName"},
	{space: namespaceXLink, local: "to", typ: "NCName"},
}

func (s *Set) wellKnownAttributes() {
	for _, a := range wellKnown {
		name := Name{a.space, a.local}
		s.wellKnown[name] = &Attribute{Name: name, Type: s.wellKnownType(a.typ, a.values), Global: true, state: built}
	}
}

func (s *Set) wellKnownType(name string, values []string) *SimpleType {
	switch {
	case name == "list of anyURI":
		t := &SimpleType{Base: s.anySimpleType, Variety: List, Item: s.simple("anyURI"), state: built}
		t.Data = mustDerive(datatype.NewList("", t.Item.Data))
		return t
	case name == "language or none":
		t := &SimpleType{Base: s.anySimpleType, Variety: Union, state: built,
			Members: []*SimpleType{s.simple("language"), s.enumerated("string", "")}}
		t.Data = mustDerive(datatype.NewUnion("", t.Members[0].Data, t.Members[1].Data))
		return t
	case values != nil:
		return s.enumerated(name, values...)
	}
	return s.simple(name)
}

func mustDerive(t *datatype.Type, err error) *datatype.Type {
	if err != nil {
		panic("schema: internal error: " + err.Error())
	}
	return t
}

func (s *Set) enumerated(base string, values ...string) *SimpleType {
	var facets []datatype.Facet
	for _, v := range values {
		facets = append(facets, datatype.Facet{Kind: datatype.EnumerationFacet, Value: v})
	}
	t, errs := datatype.Restrict("", datatype.Builtin(base), facets)
	if len(errs) > 0 {
		panic("schema: internal error: " + errs[0].Error())
	}
	return &SimpleType{Base: s.simple(base), Variety: Restriction, Data: t, state: built}
}

// forgetWellKnown leaves the well-known attributes of those namespaces only
// that a document imports and none defines.
func (c *compiler) forgetWellKnown() {
	imported, defined := map[string]bool{NamespaceXSI: true}, make(map[string]bool)
	for _, d := range c.order {
		defined[d.space] = true
		for space := range d.imported {
			imported[space] = true
		}
	}
	for name := range c.set.wellKnown {
		if !imported[name.Space] || defined[name.Space] && name.Space != NamespaceXSI {
			delete(c.set.wellKnown, name)
		}
	}
}
