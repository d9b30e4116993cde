package schema

import (
	"github.com/soapgate/soapgate/internal/schema/datatype"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// attributes assesses the attributes of an element of complex type
// (cvc-complex-type 3 to 5).
func (v *validator) attributes(n xmltree.Node, ct *ComplexType) {
	table := ct.attrs
	count := v.tree.NumAttrs(n)
	if count == 0 && table.required == 0 {
		v.defaultAttributes(n, table)
		return
	}
	required := 0
	wildID := ""
	for i := range count {
		a := v.tree.AttrAt(n, i)
		info := v.name(a.NameID)
		if k := table.find(info.sym); k >= 0 {
			u := &table.uses[k]
			if u.use.Required {
				required++
			}
			rule := "cvc-complex-type.3.1"
			if d := u.use.Attribute; d.Value != nil && d.Value.Fixed {
				rule = "cvc-attribute.4"
			}
			v.attribute(n, a, u.use.Attribute, u.value, rule)
			continue
		}
		if info.special != notSpecial {
			v.hint(n, a, info)
			continue
		}
		if v.ofFrame(n, a) {
			continue
		}
		if table.any == nil || !table.any.admits(info.space) {
			v.report("cvc-complex-type.3.2.2", n, atTag, v.tree.Name(n).String(), v.tree.NameOf(a.NameID).String())
			continue
		}
		v.wildAttribute(n, a, info, table, &wildID)
	}
	if required < table.required {
		v.missing(n, ct)
	}
	v.defaultAttributes(n, table)
}

// ofFrame reports whether an attribute is one of ValidateOptions.Framing.
func (v *validator) ofFrame(n xmltree.Node, a xmltree.Attr) bool {
	return v.framing != "" && n == v.framed && v.tree.NameOf(a.NameID).Space == v.framing
}

// attribute assesses one attribute (cvc-attribute, cvc-au).
func (v *validator) attribute(n xmltree.Node, a xmltree.Attr, decl *Attribute, value *ValueConstraint, fixedRule string) {
	v.scope = n
	if why := decl.Type.Data.Validate(a.Value, v); why != nil {
		v.invalidAttribute(n, a, why)
		return
	}
	if value != nil && value.Fixed && !v.equal(decl.Type, a.Value, value) {
		v.report(fixedRule, n, atTag, v.tree.Name(n).String(), v.tree.NameOf(a.NameID).String(), string(a.Value), value.Text)
	}
	if decl.Type.Data.Uses() != 0 {
		v.ids.note(n, decl.Type.Data, a.Value)
	}
}

// wildAttribute assesses an attribute that a wildcard admits
// (cvc-wildcard, cvc-complex-type 3.2.1 and 5).
func (v *validator) wildAttribute(n xmltree.Node, a xmltree.Attr, info *nameInfo, table *attrTable, wildID *string) {
	process := max(table.any.Process, v.wildcards)
	if process == Skip {
		return
	}
	decl := info.attribute
	if decl == nil {
		if process == Strict {
			v.report("cvc-complex-type.3.2.2", n, atTag, v.tree.Name(n).String(), v.tree.NameOf(a.NameID).String())
		}
		return
	}
	v.attribute(n, a, decl, decl.Value, "cvc-attribute.4")
	if decl.Type.Data.Uses()&datatype.UsesID == 0 || !decl.Type.Data.DerivedFrom(datatype.Builtin("ID")) {
		return
	}
	name := v.tree.NameOf(a.NameID).String()
	if *wildID != "" {
		v.report("cvc-complex-type.5.1", n, atTag, v.tree.Name(n).String(), name, *wildID)
	}
	*wildID = name
	for i := range table.uses {
		if u := table.uses[i].use; u.Attribute.Type.Data.DerivedFrom(datatype.Builtin("ID")) {
			v.report("cvc-complex-type.5.2", n, atTag, v.tree.Name(n).String(), name, u.Attribute.Name.Local)
		}
	}
}

// hint assesses the value of an xsi attribute that no use asks for; xsi:type
// has been assessed with the element.
func (v *validator) hint(n xmltree.Node, a xmltree.Attr, info *nameInfo) {
	if info.special != xsiType {
		v.attribute(n, a, v.set.wellKnown[Name{NamespaceXSI, v.tree.NameOf(a.NameID).Local}], nil, "")
	}
}

// missing reports the required attributes that are not there.
func (v *validator) missing(n xmltree.Node, ct *ComplexType) {
	for _, u := range ct.Attributes {
		if !u.Required {
			continue
		}
		if _, ok := v.tree.Attr(n, u.Attribute.Name.Space, u.Attribute.Name.Local); !ok {
			v.report("cvc-complex-type.4", n, atTag, v.tree.Name(n).String(), u.Attribute.Name.Local)
		}
	}
}

// defaultAttributes notes the IDs and IDREFs that defaults bring in.
func (v *validator) defaultAttributes(n xmltree.Node, table *attrTable) {
	for _, u := range table.defaults {
		if _, ok := v.tree.Attr(n, u.Attribute.Name.Space, u.Attribute.Name.Local); !ok {
			v.ids.note(n, u.Attribute.Type.Data, []byte(u.value().Text))
		}
	}
}

// simpleAttributes assesses the attributes of an element of simple type
// (cvc-type 3.1.1).
func (v *validator) simpleAttributes(n xmltree.Node) {
	for i := range v.tree.NumAttrs(n) {
		a := v.tree.AttrAt(n, i)
		info := v.name(a.NameID)
		if v.ofFrame(n, a) {
			continue
		}
		if info.special == notSpecial {
			v.report("cvc-type.3.1.1", n, atTag, v.tree.Name(n).String(), v.tree.NameOf(a.NameID).String())
			continue
		}
		v.hint(n, a, info)
	}
}
