package schema

import (
	"github.com/soapgate/soapgate/internal/schema/datatype"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// fixedMixed is cvc-elt 5.2.2 for mixed content.
func (v *validator) fixedMixed(f *frame) {
	text, simple := v.text(f.node)
	name := v.tree.Name(f.node).String()
	switch value := f.element.Value; {
	case len(text) == 0 && simple || !value.Fixed:
	case !simple:
		v.report("cvc-elt.5.2.2.1", f.node, atEnd, name)
	case string(text) != value.Text:
		v.report("cvc-elt.5.2.2.2.1", f.node, atEnd, name, string(text), value.Text)
	}
}

// text returns the character data of an element; simple tells that it has no
// child elements. What is split by comments is put together in scratch memory.
func (v *validator) text(n xmltree.Node) (text []byte, simple bool) {
	t := v.tree
	c := t.FirstChild(n)
	if c == xmltree.None {
		return nil, true
	}
	if c+1 == t.End(n) && t.Kind(c) == xmltree.Text {
		return t.Value(c), true
	}
	v.scratch = v.scratch[:0]
	for ; c != xmltree.None; c = t.NextSibling(c) {
		switch t.Kind(c) {
		case xmltree.Element:
			return v.scratch, false
		case xmltree.Text:
			v.scratch = append(v.scratch, t.Value(c)...)
		}
	}
	return v.scratch, true
}

// leaf assesses an element whose content is a value (cvc-type 3.1,
// cvc-complex-type 2.2, cvc-elt 5).
func (v *validator) leaf(n xmltree.Node, e *Element, ct *ComplexType, st *SimpleType, nilled bool) {
	text, simple := v.text(n)
	if nilled {
		if len(text) > 0 || !simple {
			v.report("cvc-elt.3.2.1", n, atEnd, v.tree.Name(n).String(), "xsi:nil")
		}
		v.identity.nilled(n)
		return
	}
	if !simple {
		rule := "cvc-type.3.1.2"
		if ct != nil {
			rule = "cvc-complex-type.2.2"
		}
		v.report(rule, n, atEnd, v.tree.Name(n).String())
		return
	}
	v.scope = n
	if e == nil || e.Value == nil {
		v.value(n, st, text, nil)
		return
	}
	if len(text) == 0 {
		text = []byte(e.Value.Text)
		if typ := e.Type; typ != Type(st) && typ != Type(ct) && st.Data.Validate(text, v) != nil {
			v.report("cvc-elt.5.1.1", n, atEnd, v.tree.Name(n).String(), st.Data.Name(), e.Value.Text)
			return
		}
		v.identity.value(st, text)
		v.ids.note(n, st.Data, text)
		return
	}
	v.value(n, st, text, e.Value)
}

// value assesses a value of an element.
func (v *validator) value(n xmltree.Node, st *SimpleType, text []byte, constraint *ValueConstraint) {
	if !v.identity.value(st, text) {
		if why := st.Data.Validate(text, v); why != nil {
			v.invalidValue(n, why)
			return
		}
	}
	if constraint != nil && constraint.Fixed && !v.equal(st, text, constraint) {
		v.report("cvc-elt.5.2.2.2.2", n, atEnd, v.tree.Name(n).String(), string(text), constraint.Text)
	}
	if st.Data.Uses() != 0 {
		v.ids.note(n, st.Data, text)
	}
}

// equal reports whether a valid value is a fixed one.
func (v *validator) equal(st *SimpleType, text []byte, fixed *ValueConstraint) bool {
	if string(text) == fixed.Text && st.Data.Uses()&datatype.UsesQName == 0 {
		return true
	}
	var ok bool
	v.key, ok = st.Data.AppendKey(v.key[:0], text, v)
	return ok && string(v.key) == string(fixed.key)
}

// ResolvePrefix implements datatype.Resolver for the element in hand.
func (v *validator) ResolvePrefix(prefix []byte) (space string, ok bool) {
	return v.namespaces.Lookup(v.tree, v.scope, prefix)
}
