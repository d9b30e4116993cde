package datatype

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"github.com/soapgate/soapgate/internal/schema/regex"
)

// A form is a lexical form that a built-in type narrows its primitive type's
// to, where facets alone do not say it.
type form uint8

const (
	anyForm     form = iota
	integerForm      // no point
	nameForm         // Name of XML 1.0
	ncNameForm       // NCName of Namespaces in XML
	nmtokenForm      // Nmtoken
)

// isForm reports whether a normalized value of type string has the form.
func isForm(v []byte, f form) bool {
	switch f {
	case nameForm:
		return isName(v, nameStart, namePart)
	case ncNameForm:
		return isNCName(v)
	case nmtokenForm:
		return isName(v, namePart, namePart)
	}
	return true
}

// What an ASCII character may be in a name. The colon is told apart as it is no
// part of an NCName.
const (
	startPart = 1 << iota
	innerPart
	colonPart

	nameStart = startPart | colonPart
	namePart  = startPart | innerPart | colonPart
)

var nameASCII = func() (t [utf8.RuneSelf]uint8) {
	for r := range rune(utf8.RuneSelf) {
		switch {
		case r == ':':
			t[r] = colonPart
		case regex.Initial(r):
			t[r] = startPart
		case regex.NameChar(r):
			t[r] = innerPart
		}
	}
	return t
}()

func isNCName(v []byte) bool { return isName(v, startPart, startPart|innerPart) }

// isName reports whether v is one character of the first kind and then any
// number of the second.
func isName(v []byte, first, rest uint8) bool {
	if len(v) == 0 {
		return false
	}
	for i, want := 0, first; i < len(v); want = rest {
		if c := v[i]; c < utf8.RuneSelf {
			if nameASCII[c]&want == 0 {
				return false
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(v[i:])
		if want&innerPart == 0 && !regex.Initial(r) || !regex.NameChar(r) {
			return false
		}
		i += n
	}
	return true
}

// characters returns how many characters v has, which is UTF-8: as many as it
// has bytes that do not continue one.
func characters(v []byte) int {
	n := len(v)
	for ; len(v) >= 8; v = v[8:] {
		w := binary.LittleEndian.Uint64(v)
		n -= bits.OnesCount64(w >> 7 &^ (w >> 6) & 0x0101010101010101)
	}
	for _, c := range v {
		if c&0xc0 == 0x80 {
			n--
		}
	}
	return n
}

// isBoolean reports whether v is a boolean and which one.
func isBoolean(v []byte) (value, ok bool) {
	switch string(v) {
	case "true", "1":
		return true, true
	case "false", "0":
		return false, true
	}
	return false, false
}

// hexLength returns the number of octets of a hexBinary.
func hexLength(v []byte) (int, bool) {
	for _, c := range v {
		if !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'f') {
			return 0, false
		}
	}
	return len(v) / 2, len(v)%2 == 0
}

func hexValue(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

func appendHex(dst, v []byte) []byte {
	for i := 0; i+1 < len(v); i += 2 {
		dst = append(dst, hexValue(v[i])<<4|hexValue(v[i+1]))
	}
	return dst
}

const notBase64 = 0xff

var base64Value = func() (t [256]byte) {
	for i := range t {
		t[i] = notBase64
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		t[c] = byte(i)
	}
	return t
}()

// base64Length returns the number of octets of a base64Binary: groups of four
// characters, white space between any two, and no bits that are left over
// (Part 2 3.2.16).
func base64Length(v []byte) (int, bool) {
	n := base64Prefix(v)
	pad, last := 0, byte(0)
	for i := n; i < len(v); i++ {
		c := v[i]
		switch b := base64Value[c]; {
		case b != notBase64 && pad == 0:
			n++
			last = b
		case c == '=':
			pad++
		case !isSpace(c):
			return 0, false
		case pad == 0:
			if plain := base64Prefix(v[i+1:]); plain > 0 {
				n, i = n+plain, i+plain
				last = base64Value[v[i]]
			}
		}
	}
	switch {
	case (n+pad)%4 != 0, pad > 2, pad == 2 && last&0x0f != 0, pad == 1 && last&0x03 != 0:
		return 0, false
	}
	return n * 3 / 4, true
}

// base64Prefix returns how many characters at the beginning are all of the
// alphabet, in whole sixteens and short of the end.
func base64Prefix(v []byte) (n int) {
	for ; len(v) > 16; v = v[16:] {
		if (notBase64s(binary.LittleEndian.Uint64(v))|notBase64s(binary.LittleEndian.Uint64(v[8:])))&(0x80*ones) != 0 {
			break
		}
		n += 16
	}
	return n
}

// notBase64s sets the top bit of a byte of x, or of one before it, that is not
// of the alphabet. Of ASCII characters the top bit of x+(0x80-c)*ones tells which
// are c or more, and two of them which are within a range; ranges do not overlap.
func notBase64s(x uint64) uint64 {
	lower := x | 0x20*ones
	return x | ((lower + (0x80-'a')*ones) ^ (lower + (0x7f-'z')*ones) ^
		(x + (0x80-'/')*ones) ^ (x + (0x7f-'9')*ones) ^ // the slash is before the digits
		(x ^ '+'*ones + 0x7f*ones))
}

// appendBase64 appends the octets of a valid base64Binary.
func appendBase64(dst, v []byte) []byte {
	acc, bits := uint32(0), 0
	for _, c := range v {
		b := base64Value[c]
		if b == notBase64 {
			continue
		}
		acc, bits = acc<<6|uint32(b), bits+6
		if bits >= 8 {
			bits -= 8
			dst = append(dst, byte(acc>>bits))
		}
	}
	return dst
}

// cutQName splits a QName; ok is false if v is none.
func cutQName(v []byte) (prefix, local []byte, ok bool) {
	for i, c := range v {
		if c == ':' {
			prefix, local = v[:i], v[i+1:]
			return prefix, local, isNCName(prefix) && isNCName(local)
		}
	}
	return nil, v, isNCName(v)
}
