package pki

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// A Name is a distinguished name.
type Name struct {
	// Raw is the DER form as it stood in the certificate or list.
	Raw []byte
	// Attributes are all attributes in the order of the encoding.
	Attributes []Attribute

	// key is equal for names that match (RFC 5280 7.1), and the key of a
	// subtree's base is a prefix of the keys within.
	key string
}

// An Attribute is one attribute of a name.
type Attribute struct {
	Type  OID
	Value string // UTF-8; a value of a type that is no string in its DER form
}

// limits on names: real ones have about a dozen attributes.
const (
	maxAttributes = 64
	maxNameLength = 16 << 10
)

func parseName(raw []byte) (Name, error) {
	n := Name{Raw: raw}
	if len(raw) > maxNameLength {
		return n, errors.New("name is too long")
	}
	outer := read(raw)
	r := outer.nested(tagSequence)
	var key []byte
	for r.more() {
		set := r.nested(tagSet)
		var parts []string
		for set.more() {
			a := set.nested(tagSequence)
			typ := a.oid()
			tag, body, raw := a.any()
			if err := a.end(); err != nil {
				return n, err
			}
			value, isText, err := text(tag, body)
			if err != nil {
				return n, err
			}
			part := normalize(value)
			if !isText {
				value, part = string(raw), string(raw)
			}
			if len(n.Attributes) == maxAttributes {
				return n, errors.New("name has too many attributes")
			}
			n.Attributes = append(n.Attributes, Attribute{typ, value})
			parts = append(parts, string(typ)+"\x00"+part)
		}
		if set.err != nil {
			return n, set.err
		}
		if len(parts) == 0 {
			return n, errors.New("empty relative distinguished name")
		}
		// The order within a multi-valued RDN does not matter (RFC 5280 7.1).
		slices.Sort(parts)
		key = append(key, byte(len(parts)))
		for _, p := range parts {
			key = binary.BigEndian.AppendUint32(key, uint32(len(p)))
			key = append(key, p...)
		}
	}
	n.key = string(key)
	if r.err != nil {
		return n, r.err
	}
	return n, outer.end()
}

// Empty reports whether the name has no attributes.
func (n *Name) Empty() bool { return len(n.Attributes) == 0 }

// Matches reports whether two names are the same (RFC 5280 7.1).
func (n *Name) Matches(m *Name) bool { return n.key == m.key }

// within reports whether n lies in the subtree below base.
func (n *Name) within(base *Name) bool { return strings.HasPrefix(n.key, base.key) }

// Get returns the first value of an attribute, or "".
func (n *Name) Get(typ OID) string {
	for _, a := range n.Attributes {
		if a.Type == typ {
			return a.Value
		}
	}
	return ""
}

// CommonName returns the common name (2.5.4.3), or "".
func (n *Name) CommonName() string { return n.Get(oidCommonName) }

// Organization returns the organisation's name (2.5.4.10), or "".
func (n *Name) Organization() string { return n.Get(oidOrganization) }

// OGRN returns the organisation's state registration number, or "".
func (n *Name) OGRN() string { return n.Get(oidOGRN) }

// OGRNIP returns the entrepreneur's state registration number, or "".
func (n *Name) OGRNIP() string { return n.Get(oidOGRNIP) }

// SNILS returns the person's insurance number, or "". It is personal data.
func (n *Name) SNILS() string { return n.Get(oidSNILS) }

// INN returns the taxpayer number in attribute 1.2.643.3.131.1.1, or "". In
// certificates of organisations it is the organisation's, with two zeros in
// front, in older ones, and the person's, which is personal data, in newer.
func (n *Name) INN() string { return n.Get(oidINN) }

// INNLE returns the organisation's taxpayer number (attribute ИННЮЛ), or from
// older certificates the INN without the two zeros that mark it so, or "".
func (n *Name) INNLE() string {
	if v := n.Get(oidINNLE); v != "" {
		return v
	}
	if v := n.INN(); len(v) == 12 && strings.HasPrefix(v, "00") {
		return v[2:]
	}
	return ""
}

// Number returns the number by which an organisation is known: ОГРН first,
// then ОГРНИП, then the organisation's ИНН; "" if there is none.
func (n *Name) Number() string {
	for _, v := range []string{n.OGRN(), n.OGRNIP(), n.INNLE()} {
		if v != "" {
			return v
		}
	}
	return ""
}

var shortNames = map[OID]string{
	oidCommonName: "CN", oidSurname: "SN", oidCountry: "C", oidLocality: "L", oidRegion: "ST", oidStreet: "STREET",
	oidOrganization: "O", oidUnit: "OU", oidTitle: "T", oidGivenName: "G", oidEmail: "E", oidOGRN: "ОГРН",
	oidSNILS: "СНИЛС", oidINNLE: "ИННЮЛ", oidOGRNIP: "ОГРНИП", oidINN: "ИНН",
}

// String returns the name for a person to read. It is not a form to compare.
func (n *Name) String() string {
	var b strings.Builder
	for i, a := range n.Attributes {
		if i > 0 {
			b.WriteString(", ")
		}
		short, ok := shortNames[a.Type]
		if !ok {
			short = a.Type.String()
		}
		b.WriteString(short)
		b.WriteByte('=')
		b.WriteString(a.Value)
	}
	return b.String()
}

// text decodes a directory string; ok is false for other types.
func text(tag byte, b []byte) (s string, ok bool, err error) {
	switch tag {
	case tagUTF8String:
		if !utf8.Valid(b) {
			return "", false, errors.New("malformed UTF8String")
		}
		return string(b), true, nil
	case tagPrintableString, tagIA5String, tagNumericString, tagVisibleString:
		for _, c := range b {
			if c >= 0x80 {
				return "", false, errors.New("string with characters outside its type")
			}
		}
		return string(b), true, nil
	case tagT61String:
		// Whoever still writes TeletexString writes Latin-1 into it.
		r := make([]rune, len(b))
		for i, c := range b {
			r[i] = rune(c)
		}
		return string(r), true, nil
	case tagBMPString:
		if len(b)%2 != 0 {
			return "", false, errors.New("malformed BMPString")
		}
		u := make([]uint16, len(b)/2)
		for i := range u {
			u[i] = binary.BigEndian.Uint16(b[2*i:])
		}
		return string(utf16.Decode(u)), true, nil
	}
	return "", false, nil
}

// normalize prepares a string for comparison: case is folded, white space
// trimmed and runs of it made one (RFC 5280 7.1, RFC 4518 2.6.1).
func normalize(s string) string {
	plain := true
	for i := range len(s) {
		c := s[i]
		if c >= 0x80 || 'A' <= c && c <= 'Z' || c < ' ' || c == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' ') {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	b := make([]rune, 0, len(s))
	space := false
	for _, c := range s {
		if unicode.IsSpace(c) {
			space = len(b) > 0
			continue
		}
		if space {
			b, space = append(b, ' '), false
		}
		b = append(b, unicode.ToLower(unicode.ToUpper(c)))
	}
	return string(b)
}
