package datatype

import "bytes"

// check reports whether value is valid, and if it is not writes why to f.
func (t *Type) check(value []byte, r Resolver, f *fault) bool {
	if t.variety == Union {
		return t.checkUnion(value, r, f)
	}
	v, ok := t.inPlace(value)
	if ok {
		return t.checkNormal(v, r, f)
	}
	b := buffers.Get().(*[]byte)
	*b = appendNormal((*b)[:0], v, t.white)
	ok = t.checkNormal(*b, r, f)
	if !ok {
		f.value = bytes.Clone(f.value)
	}
	release(b)
	return ok
}

// checkNormal checks a normalized value of an atomic type or a list.
func (t *Type) checkNormal(v []byte, r Resolver, f *fault) bool {
	if t.has&patternFacet != 0 {
		if t.has&maxLengthFacet != 0 && len(v)/4-maxShown > t.max && t.primitive == String {
			// Much too long whatever its characters are: no pattern has to see it.
			return t.refuse(f, MaxLengthFacet, v, characters(v))
		}
		if !t.checkPatterns(v, f) {
			return false
		}
	}
	switch t.primitive {
	case None:
		return t.variety == Absent || t.checkList(v, r, f)
	case String:
		return t.checkString(v, f)
	case Boolean:
		_, ok := isBoolean(v)
		return ok || t.malformed(f, v)
	case Decimal:
		return t.checkDecimal(v, f)
	case Float, Double:
		return t.checkFloat(v, f)
	case Duration:
		return t.checkDuration(v, f)
	case HexBinary:
		n, ok := hexLength(v)
		return t.checkOctets(v, n, ok, f)
	case Base64Binary:
		n, ok := base64Length(v)
		return t.checkOctets(v, n, ok, f)
	case AnyURI:
		if !isURI(v) {
			return t.malformed(f, v)
		}
		return t.checkString(v, f)
	case QName, NOTATION:
		return t.checkQName(v, r, f)
	default:
		return t.checkInstant(v, f)
	}
}

func (t *Type) malformed(f *fault, v []byte) bool {
	*f = fault{code: notAtomic, typ: t, value: v}
	return false
}

func (t *Type) refuse(f *fault, k FacetKind, v []byte, actual int) bool {
	*f = fault{code: notFacet, facet: k, typ: t, value: v, actual: actual}
	return false
}

// checkPatterns checks that one pattern of every step matches.
func (t *Type) checkPatterns(v []byte, f *fault) bool {
	for i := range t.steps {
		matched := false
		for _, re := range t.steps[i].any {
			if matched = re.Match(v); matched {
				break
			}
		}
		if !matched {
			*f = fault{code: notFacet, facet: PatternFacet, step: i, typ: t, value: v}
			return false
		}
	}
	return true
}

// checkLength checks a length in the unit of the type (cvc-length-valid).
func (t *Type) checkLength(v []byte, n int, f *fault) bool {
	switch {
	case t.has&maxLengthFacet != 0 && n > t.max:
		return t.refuse(f, MaxLengthFacet, v, n)
	case t.has&minLengthFacet != 0 && n < t.min:
		return t.refuse(f, MinLengthFacet, v, n)
	case t.has&lengthFacet != 0 && n != t.length:
		return t.refuse(f, LengthFacet, v, n)
	}
	return true
}

// checkEnumeration checks that the value is one of those enumerated.
func (t *Type) checkEnumeration(v []byte, r Resolver, f *fault) bool {
	if t.has&enumerationFacet == 0 {
		return true
	}
	var found bool
	switch {
	case t.values.plain:
		_, found = t.values.keys[string(v)]
	case t.variety == Atomic:
		var short [128]byte
		key := appendAtom(append(short[:0], byte(t.primitive)), v, t.primitive, r)
		_, found = t.values.keys[string(key)]
	case !longer(v, t.values.items):
		b := buffers.Get().(*[]byte)
		*b = t.appendKey((*b)[:0], v, r)
		_, found = t.values.keys[string(*b)]
		release(b)
	}
	return found || t.refuse(f, EnumerationFacet, v, 0)
}

func (t *Type) checkString(v []byte, f *fault) bool {
	if t.form != anyForm && !isForm(v, t.form) {
		return t.malformed(f, v)
	}
	if t.has&lengthFacets != 0 && !t.checkLength(v, characters(v), f) {
		return false
	}
	return t.checkEnumeration(v, nil, f)
}

func (t *Type) checkOctets(v []byte, n int, ok bool, f *fault) bool {
	if !ok {
		return t.malformed(f, v)
	}
	return t.checkLength(v, n, f) && t.checkEnumeration(v, nil, f)
}

// checkQName leaves out lengths: every value has every length (Part 2 4.3.1.3,
// clause 1.3).
func (t *Type) checkQName(v []byte, r Resolver, f *fault) bool {
	prefix, _, ok := cutQName(v)
	if ok && r != nil {
		_, ok = r.ResolvePrefix(prefix)
	}
	if !ok {
		return t.malformed(f, v)
	}
	return t.checkEnumeration(v, r, f)
}

func (t *Type) checkDecimal(v []byte, f *fault) bool {
	var d decimal
	if !d.parse(v) || t.form == integerForm && d.point {
		return t.malformed(f, v)
	}
	if !t.checkEnumeration(v, nil, f) {
		return false
	}
	switch {
	case t.has&fractionDigitsFacet != 0 && len(d.fraction) > t.fraction:
		return t.refuse(f, FractionDigitsFacet, v, len(d.fraction))
	case t.has&totalDigitsFacet != 0 && d.digits() > t.total:
		return t.refuse(f, TotalDigitsFacet, v, d.digits())
	}
	for i := range t.bounds {
		if b := &t.bounds[i]; !b.admits(d.compare(&b.decimal)) {
			return t.refuse(f, b.facet, v, 0)
		}
	}
	return true
}

func (t *Type) checkFloat(v []byte, f *fault) bool {
	if !isFloat(v) {
		return t.malformed(f, v)
	}
	if t.has&(enumerationFacet|boundFacets) == 0 {
		return true
	}
	var x float
	x.parse(v, t.primitive)
	if t.has&enumerationFacet != 0 && !t.values.hasFloat(&x) {
		return t.refuse(f, EnumerationFacet, v, 0)
	}
	for i := range t.bounds {
		if b := &t.bounds[i]; !b.admits(x.compare(&b.float)) {
			return t.refuse(f, b.facet, v, 0)
		}
	}
	return true
}

func (t *Type) checkDuration(v []byte, f *fault) bool {
	var d duration
	if !d.parse(v) {
		return t.malformed(f, v)
	}
	if !t.checkEnumeration(v, nil, f) {
		return false
	}
	for i := range t.bounds {
		if b := &t.bounds[i]; !b.admits(d.compare(&b.duration)) {
			return t.refuse(f, b.facet, v, 0)
		}
	}
	return true
}

func (t *Type) checkInstant(v []byte, f *fault) bool {
	var n instant
	if !n.parse(v, t.primitive) {
		return t.malformed(f, v)
	}
	if !t.checkEnumeration(v, nil, f) {
		return false
	}
	for i := range t.bounds {
		if b := &t.bounds[i]; !b.admits(n.compare(&b.instant)) {
			return t.refuse(f, b.facet, v, 0)
		}
	}
	return true
}

// checkList looks at the items only if there are not too many.
func (t *Type) checkList(v []byte, r Resolver, f *fault) bool {
	n := 0
	if t.has&lengthFacets != 0 {
		n = items(v)
		if t.has&maxLengthFacet != 0 && n > t.max {
			return t.refuse(f, MaxLengthFacet, v, n)
		}
	}
	for rest := v; ; {
		var item []byte
		if item, rest = nextItem(rest); item == nil {
			break
		}
		// An item has no white space, so it is normal for every atomic type.
		if t.item.variety == Atomic {
			if !t.item.checkNormal(item, r, f) {
				return false
			}
		} else if !t.item.check(item, r, f) {
			return false
		}
	}
	return t.checkLength(v, n, f) && t.checkEnumeration(v, r, f)
}
