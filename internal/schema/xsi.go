package schema

import (
	"github.com/soapgate/soapgate/internal/schema/datatype"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// specials is what the xsi attributes of an element say.
type specials struct {
	attr    int  // index of xsi:type, -1 if there is none
	typ     Type // that it names
	nilAttr bool
	nilled  bool
}

func (v *validator) specials(n xmltree.Node) specials {
	s := specials{attr: -1}
	for i := range v.tree.NumAttrs(n) {
		switch v.name(v.tree.AttrName(n, i)).special {
		case notSpecial:
		case xsiType:
			s.attr = i
			s.typ = v.xsiType(n, v.tree.AttrAt(n, i).Value)
		case xsiNil:
			s.nilAttr = true
			c := collapse(v.tree.AttrAt(n, i).Value)
			s.nilled = c == "true" || c == "1"
		}
	}
	return s
}

// xsiType resolves the value of xsi:type (cvc-elt 4.1 and 4.2).
func (v *validator) xsiType(n xmltree.Node, value []byte) Type {
	v.scope = n
	if datatype.Builtin("QName").Validate(value, v) != nil {
		v.report("cvc-elt.4.1", n, atTag, v.tree.Name(n).String(), "xsi:type", string(value))
		return nil
	}
	for len(value) > 0 && value[0] <= ' ' {
		value = value[1:]
	}
	for len(value) > 0 && value[len(value)-1] <= ' ' {
		value = value[:len(value)-1]
	}
	prefix, local := value[:0], value
	for i, c := range value {
		if c == ':' {
			prefix, local = value[:i], value[i+1:]
			break
		}
	}
	space, _ := v.namespaces.Lookup(v.tree, n, prefix)
	t := v.set.types[Name{space, string(local)}]
	if t == nil {
		v.report("cvc-elt.4.2", n, atTag, v.tree.Name(n).String(), string(value))
	}
	return t
}

// substitute returns the type that xsi:type puts in the place of the declared
// one, if it may (cvc-elt 4.3).
func (v *validator) substitute(n xmltree.Node, e *Element, s specials) Type {
	if s.typ == e.Type {
		return e.Type
	}
	blocked := e.Block
	if ct, ok := e.Type.(*ComplexType); ok {
		blocked |= ct.Block
	}
	if !v.derives(s.typ, e.Type, blocked) {
		v.report("cvc-elt.4.3", n, atTag, v.tree.Name(n).String(), collapse(v.tree.AttrAt(n, s.attr).Value), typeLabel(e.Type))
		return e.Type
	}
	return s.typ
}

// derived asks whether one type derives from another.
type derived struct {
	typ, from Type
	blocked   Derivation
}

// maxDerived is how many answers a validator remembers.
const maxDerived = 1024

// derives is Set.derives, remembered where the answer takes a walk through the
// members of a union.
func (v *validator) derives(t, from Type, blocked Derivation) bool {
	if _, complex := from.(*ComplexType); complex {
		return v.set.derives(t, from, blocked)
	}
	question := derived{t, from, blocked}
	answer, known := v.derived[question]
	if !known {
		if len(v.derived) >= maxDerived {
			clear(v.derived)
		}
		answer = v.set.derives(t, from, blocked)
		v.derived[question] = answer
	}
	return answer
}

func (v *validator) checkNil(n xmltree.Node, e *Element, nilled bool) {
	switch {
	case !e.Nillable:
		v.report("cvc-elt.3.1", n, atTag, v.tree.Name(n).String(), "xsi:nil")
	case nilled && e.Value != nil && e.Value.Fixed:
		v.report("cvc-elt.3.2.2", n, atTag, v.tree.Name(n).String(), "xsi:nil")
	}
}
