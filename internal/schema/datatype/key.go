package datatype

import "encoding/binary"

// listKey begins the key of a list; that of an atomic value begins with the
// number of its primitive type.
const listKey = 0xff

// appendKey is AppendKey for a value that is known to be valid.
func (t *Type) appendKey(dst, value []byte, r Resolver) []byte {
	switch t.variety {
	case Union:
		if m := t.member(value, r); m != nil {
			return m.appendKey(dst, value, r)
		}
		return dst
	case List:
		dst = append(dst, listKey)
		for {
			var item []byte
			if item, value = nextItem(value); item == nil {
				return dst
			}
			at := len(dst)
			dst = t.item.appendKey(append(dst, 0, 0, 0, 0), item, r)
			binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
		}
	}
	if t.white == Collapse {
		value = trim(value)
	}
	switch p := t.primitive; p {
	case None, String, AnyURI:
		if p == None {
			p = String
		}
		return appendNormal(append(dst, byte(p)), value, t.white)
	default:
		return appendAtom(append(dst, byte(p)), value, p, r)
	}
}

// appendAtom appends the value of a valid lexical form in its one form.
func appendAtom(dst, v []byte, p Primitive, r Resolver) []byte {
	switch p {
	case Boolean:
		if b, _ := isBoolean(v); b {
			return append(dst, 1)
		}
		return append(dst, 0)
	case Decimal:
		var d decimal
		d.parse(v)
		return d.appendKey(dst)
	case Float, Double:
		return appendFloatKey(dst, parseFloat(v, p))
	case Duration:
		var d duration
		d.parse(v)
		return d.appendKey(dst)
	case HexBinary:
		return appendHex(dst, v)
	case Base64Binary:
		return appendBase64(dst, v)
	case QName, NOTATION:
		prefix, local, _ := cutQName(v)
		dst = append(append(dst, local...), ' ')
		if r != nil {
			space, _ := r.ResolvePrefix(prefix)
			dst = append(dst, space...)
		}
		return dst
	}
	var i instant
	i.parse(v, p)
	return i.appendKey(dst)
}
