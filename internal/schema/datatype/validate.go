package datatype

// check is Validate without words.
func (t *Type) check(value []byte, r Resolver) fault {
	if t.variety == Union {
		return t.checkUnion(value, r)
	}
	v, ok := t.inPlace(value)
	if ok {
		return t.checkNormal(v, r)
	}
	b := buffers.Get().(*[]byte)
	*b = appendNormal((*b)[:0], v, t.white)
	f := t.checkNormal(*b, r)
	if f.code != valid {
		f.value = clone(f.value)
	}
	release(b)
	return f
}

// checkNormal checks a normalized value of an atomic type or a list.
func (t *Type) checkNormal(v []byte, r Resolver) fault {
	if t.has&maxLengthFacet != 0 && len(v)/4-maxShown > t.max && t.primitive == String {
		// Much too long whatever its characters are: no pattern has to see it.
		return t.refused(MaxLengthFacet, v, length(v))
	}
	if i := t.unmatched(v); i >= 0 {
		return fault{code: notFacet, facet: PatternFacet, step: i, typ: t, value: v}
	}
	switch t.variety {
	case Absent:
		return fault{}
	case List:
		return t.checkList(v, r)
	}
	switch p := t.primitive; p {
	case String:
		return t.checkString(v)
	case Boolean:
		if _, ok := isBoolean(v); !ok {
			return t.malformed(v)
		}
		return fault{}
	case Decimal:
		return t.checkDecimal(v)
	case Float, Double:
		return t.checkFloat(v)
	case Duration:
		return t.checkDuration(v)
	case HexBinary:
		n, ok := hexLength(v)
		return t.checkOctets(v, n, ok)
	case Base64Binary:
		n, ok := base64Length(v)
		return t.checkOctets(v, n, ok)
	case AnyURI:
		if !isURI(v) {
			return t.malformed(v)
		}
		return t.checkString(v)
	case QName, NOTATION:
		return t.checkQName(v, r)
	default:
		return t.checkInstant(v)
	}
}

func (t *Type) malformed(v []byte) fault { return fault{code: notAtomic, typ: t, value: v} }

func (t *Type) refused(k FacetKind, v []byte, actual int) fault {
	return fault{code: notFacet, facet: k, typ: t, value: v, actual: actual}
}

// unmatched returns the first pattern step that does not match, or -1.
func (t *Type) unmatched(v []byte) int {
	for i := range t.steps {
		matched := false
		for _, re := range t.steps[i].any {
			if matched = re.Match(v); matched {
				break
			}
		}
		if !matched {
			return i
		}
	}
	return -1
}

// checkLength checks a length in the unit of the type (cvc-length-valid).
func (t *Type) checkLength(v []byte, n int) fault {
	switch {
	case t.has&maxLengthFacet != 0 && n > t.max:
		return t.refused(MaxLengthFacet, v, n)
	case t.has&minLengthFacet != 0 && n < t.min:
		return t.refused(MinLengthFacet, v, n)
	case t.has&lengthFacet != 0 && n != t.length:
		return t.refused(LengthFacet, v, n)
	}
	return fault{}
}

// checkEnumeration checks that the value is one of those enumerated.
func (t *Type) checkEnumeration(v []byte, r Resolver) fault {
	if t.has&enumerationFacet == 0 {
		return fault{}
	}
	var found bool
	if t.values.plain {
		_, found = t.values.keys[string(v)]
	} else {
		var short [128]byte
		_, found = t.values.keys[string(t.appendKey(short[:0], v, r))]
	}
	if !found {
		return t.refused(EnumerationFacet, v, 0)
	}
	return fault{}
}

func (t *Type) checkString(v []byte) fault {
	if t.form != anyForm && !isForm(v, t.form) {
		return t.malformed(v)
	}
	if t.has&lengthFacets != 0 {
		if f := t.checkLength(v, length(v)); f.code != valid {
			return f
		}
	}
	return t.checkEnumeration(v, nil)
}

func (t *Type) checkOctets(v []byte, n int, ok bool) fault {
	if !ok {
		return t.malformed(v)
	}
	if f := t.checkLength(v, n); f.code != valid {
		return f
	}
	return t.checkEnumeration(v, nil)
}

// checkQName leaves out lengths: every value has every length (Part 2 4.3.1.3,
// clause 1.3).
func (t *Type) checkQName(v []byte, r Resolver) fault {
	prefix, _, ok := cutQName(v)
	if ok && r != nil {
		_, ok = r.ResolvePrefix(prefix)
	}
	if !ok {
		return t.malformed(v)
	}
	return t.checkEnumeration(v, r)
}

func (t *Type) checkDecimal(v []byte) fault {
	d, ok := parseDecimal(v)
	if !ok || t.form == integerForm && d.point {
		return t.malformed(v)
	}
	if f := t.checkEnumeration(v, nil); f.code != valid {
		return f
	}
	switch {
	case t.has&fractionDigitsFacet != 0 && len(d.fraction) > t.fraction:
		return t.refused(FractionDigitsFacet, v, len(d.fraction))
	case t.has&totalDigitsFacet != 0 && d.digits() > t.total:
		return t.refused(TotalDigitsFacet, v, d.digits())
	}
	for i := range t.bounds {
		if b := &t.bounds[i]; !b.admits(d.compare(&b.decimal)) {
			return t.refused(b.facet, v, 0)
		}
	}
	return fault{}
}

func (t *Type) checkFloat(v []byte) fault {
	if !isFloat(v) {
		return t.malformed(v)
	}
	if f := t.checkEnumeration(v, nil); f.code != valid || len(t.bounds) == 0 {
		return f
	}
	n := parseFloat(v, t.primitive)
	for i := range t.bounds {
		if b := &t.bounds[i]; !b.admits(compareFloat(n, b.number)) {
			return t.refused(b.facet, v, 0)
		}
	}
	return fault{}
}

func (t *Type) checkDuration(v []byte) fault {
	d, ok := parseDuration(v)
	if !ok {
		return t.malformed(v)
	}
	if f := t.checkEnumeration(v, nil); f.code != valid {
		return f
	}
	for i := range t.bounds {
		if b := &t.bounds[i]; !b.admits(d.compare(&b.duration)) {
			return t.refused(b.facet, v, 0)
		}
	}
	return fault{}
}

func (t *Type) checkInstant(v []byte) fault {
	n, ok := parseInstant(v, t.primitive)
	if !ok {
		return t.malformed(v)
	}
	if f := t.checkEnumeration(v, nil); f.code != valid {
		return f
	}
	for i := range t.bounds {
		if b := &t.bounds[i]; !b.admits(n.compare(&b.instant)) {
			return t.refused(b.facet, v, 0)
		}
	}
	return fault{}
}

// checkList looks at the items only if there are not too many.
func (t *Type) checkList(v []byte, r Resolver) fault {
	n := 0
	if t.has&lengthFacets != 0 {
		n = items(v)
		if t.has&maxLengthFacet != 0 && n > t.max {
			return t.refused(MaxLengthFacet, v, n)
		}
	}
	for rest := v; ; {
		var item []byte
		if item, rest = nextItem(rest); item == nil {
			break
		}
		if f := t.item.check(item, r); f.code != valid {
			return f
		}
	}
	if f := t.checkLength(v, n); f.code != valid {
		return f
	}
	return t.checkEnumeration(v, r)
}

// checkUnion finds the first member type that takes the value. The facets of
// the union are on the value as that member normalizes it.
func (t *Type) checkUnion(value []byte, r Resolver) fault {
	m := t.member(value, r)
	if m == nil {
		return fault{code: notUnion, typ: t, value: value}
	}
	var f fault
	if t.has&patternFacet != 0 {
		m.normal(value, func(v []byte) {
			if i := t.unmatched(v); i >= 0 {
				f = fault{code: notFacet, facet: PatternFacet, step: i, typ: t, value: clone(v)}
			}
		})
	}
	if f.code == valid && t.has&enumerationFacet != 0 {
		f = t.checkEnumeration(value, r)
	}
	return f
}

// member returns the first member type of a union that takes the value.
func (t *Type) member(value []byte, r Resolver) *Type {
	for _, m := range t.members {
		if f := m.check(value, r); f.code == valid {
			return m
		}
	}
	return nil
}
