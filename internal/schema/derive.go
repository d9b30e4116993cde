package schema

// derivedOK is Type Derivation OK (3.4.6 cos-ct-derived-ok, 3.14.6
// cos-st-derived-ok): d can be used where b is asked for, no step of the
// derivation being one of the blocked. It returns the rule that is broken, ""
// if none.
func (c *compiler) derivedOK(d, b Type, blocked Derivation) string {
	return derivedOK(c.set, d, b, blocked)
}

func derivedOK(s *Set, d, b Type, blocked Derivation) string {
	for {
		t, complex := d.(*ComplexType)
		if !complex {
			return simpleDerivedOK(s, d.(*SimpleType), b, blocked)
		}
		switch {
		case d == b:
			return ""
		case t.Method&blocked != 0:
			return "cos-ct-derived-ok.1"
		case t.Base == b:
			return ""
		case t.Base == Type(s.anyType) || t.Base == nil:
			return "cos-ct-derived-ok.2"
		}
		d = t.Base
	}
}

func (c *compiler) simpleDerivedOK(d *SimpleType, b Type, blocked Derivation) string {
	return simpleDerivedOK(c.set, d, b, blocked)
}

func simpleDerivedOK(s *Set, d *SimpleType, b Type, blocked Derivation) string {
	for t := d; ; {
		if Type(t) == b {
			return ""
		}
		if u, ok := b.(*SimpleType); ok && u.Variety == Union && !u.restrictsUnion() && blocked&Restriction == 0 {
			// 2.2.4: derived from a member of a union.
			for _, m := range u.Members {
				if simpleDerivedOK(s, t, m, blocked) == "" {
					return ""
				}
			}
		}
		if t.Base != nil && (blocked&Restriction != 0 || t.Base.final()&Restriction != 0) {
			return "cos-st-derived-ok.2.1"
		}
		base, ok := t.Base.(*SimpleType)
		switch {
		case t.Base == b:
			return ""
		case (t.Variety == List || t.Variety == Union) && b == Type(s.anySimpleType):
			return ""
		case !ok:
			return "cos-st-derived-ok.2.2"
		}
		t = base
	}
}

// A derivedTree places a complex type in the tree of derivations, so that a
// message's xsi:type is judged without walking up it: what derives from a type
// has a number within the type's.
type derivedTree struct {
	first, last              int32 // numbers of the type and of the last below it
	extensions, restrictions int32 // steps of each kind from anyType down
}

// numberTypes numbers the derivations.
func (s *Set) numberTypes(types []*ComplexType) {
	below := make(map[*ComplexType][]*ComplexType)
	for _, t := range types {
		if b, ok := t.Base.(*ComplexType); ok {
			below[b] = append(below[b], t)
		} else {
			below[nil] = append(below[nil], t) // extends a simple type
		}
	}
	number := int32(0)
	var visit func(t *ComplexType, d derivedTree)
	visit = func(t *ComplexType, d derivedTree) { // as deep as Options.Depth at most
		number++
		t.derived = derivedTree{number, number, d.extensions, d.restrictions}
		for _, u := range below[t] {
			step := t.derived
			if u.Method == Extension {
				step.extensions++
			} else {
				step.restrictions++
			}
			visit(u, step)
		}
		t.derived.last = number
	}
	visit(s.anyType, derivedTree{})
	for _, t := range below[nil] {
		visit(t, derivedTree{})
	}
}

// derives is derivedOK without a reason, in constant time for complex types.
func (s *Set) derives(d, b Type, blocked Derivation) bool {
	t, ok := d.(*ComplexType)
	u, ok2 := b.(*ComplexType)
	if !ok || !ok2 {
		return derivedOK(s, d, b, blocked) == ""
	}
	return u.derived.first <= t.derived.first && t.derived.first <= u.derived.last &&
		(blocked&Extension == 0 || t.derived.extensions == u.derived.extensions) &&
		(blocked&Restriction == 0 || t.derived.restrictions == u.derived.restrictions)
}

// restrictsUnion reports whether a union is the restriction of another union
// rather than one of its own: only the latter's members stand for it.
func (t *SimpleType) restrictsUnion() bool {
	b, ok := t.Base.(*SimpleType)
	return ok && b.Variety == Union
}

// substitutable reports whether m may stand for head where head's declaration
// and the methods in block allow (3.3.6 cos-equiv-derived-ok-rec).
func substitutable(s *Set, m, head *Element, block Derivation) bool {
	if m == head {
		return true
	}
	if block&Substitution != 0 {
		return false
	}
	seen := 0
	for h := m.Head; h != head; h = h.Head {
		if seen++; h == nil || seen > 1<<20 {
			return false
		}
	}
	// 2.3: what the derivation of m's type from head's uses must not meet
	// block, nor what the types on the way prohibit as substitutions.
	var used Derivation
	prohibited := block
	for t := m.Type; t != head.Type; t = t.BaseType() {
		if t == Type(s.anyType) {
			break
		}
		if ct, ok := t.(*ComplexType); ok {
			used |= ct.Method
			if t != m.Type {
				prohibited |= ct.Block
			}
		} else {
			used |= Restriction
		}
	}
	if ct, ok := head.Type.(*ComplexType); ok && m.Type != head.Type {
		prohibited |= ct.Block
	}
	return used&prohibited == 0
}
