package datatype

import (
	"bytes"
	"unicode/utf8"
)

// maxStarts is how many member types a union's table of starts has room for.
const maxStarts = 16

// starts tells, by the first character of a value that is no white space, which
// of the first maxStarts member types may take it, as bits.
type starts [256]uint16

func newStarts(members []*Type) *starts {
	var s starts
	for i, m := range members[:min(len(members), maxStarts)] {
		for c := range s {
			if m.mayBegin(byte(c)) {
				s[c] |= 1 << i
			}
		}
	}
	return &s
}

// mayBegin reports whether a value of the type may begin with a byte, which is
// no white space.
func (t *Type) mayBegin(c byte) bool {
	number := isDigit(c) || c == '-'
	switch t.primitive {
	case None:
		return t.variety != List || t.item.mayBegin(c)
	case Boolean:
		return c == 't' || c == 'f' || c == '0' || c == '1'
	case Decimal:
		return number || c == '+' || c == '.'
	case Float, Double:
		return number || c == '+' || c == '.' || c == 'I' || c == 'N'
	case Duration:
		return c == 'P' || c == '-'
	case Time:
		return isDigit(c)
	case GMonthDay, GDay, GMonth:
		return c == '-'
	case DateTime, Date, GYearMonth, GYear:
		return number
	case HexBinary:
		return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f'
	case Base64Binary:
		return base64Value[c] != notBase64
	case QName, NOTATION:
		return c >= utf8.RuneSelf || nameASCII[c]&startPart != 0
	}
	return true
}

// checkUnion finds the first member type that takes the value. The facets of
// the union are on the value as that member normalizes it.
func (t *Type) checkUnion(value []byte, r Resolver, f *fault) bool {
	m := t.member(value, r)
	if m == nil {
		*f = fault{code: notUnion, typ: t, value: value}
		return false
	}
	if t.has&patternFacet != 0 {
		b := buffers.Get().(*[]byte)
		*b = m.Normalize((*b)[:0], value, r)
		ok := t.checkPatterns(*b, f)
		if !ok {
			f.value = bytes.Clone(f.value)
		}
		release(b)
		if !ok {
			return false
		}
	}
	if t.has&enumerationFacet == 0 {
		return true
	}
	b := buffers.Get().(*[]byte)
	*b = m.appendKey((*b)[:0], value, r)
	_, found := t.values.keys[string(*b)]
	release(b)
	return found || t.refuse(f, EnumerationFacet, value, 0)
}

// member returns the first member type of a union that takes the value.
func (t *Type) member(value []byte, r Resolver) *Type {
	may := ^uint16(0)
	if v := trim(value); len(v) > 0 {
		may = t.starts[v[0]]
	}
	var f fault
	for i, m := range t.members {
		if (i >= maxStarts || may>>i&1 != 0) && m.check(value, r, &f) {
			return m
		}
	}
	return nil
}
