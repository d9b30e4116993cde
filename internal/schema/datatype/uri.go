package datatype

import (
	"bytes"
	"net/netip"
	"unicode/utf8"
)

// isURI reports whether v is an anyURI (Part 2 3.2.17): when the characters
// that XLink 1.0 5.4 names are escaped, a URI reference of RFC 2396 with the
// IPv6 hosts of RFC 2732. A relative one may lack its path, as in "?query" (RFC
// 2396 C.1), but something has to follow the colon of a scheme (section 3).
func isURI(v []byte) bool {
	opaque := false
	if i := until(v, uriColon|uriSlash|uriEnd); i < len(v) && v[i] == ':' {
		if !isScheme(v[:i]) {
			return false // nor may a colon be in the first segment of a path
		}
		if v = v[i+1:]; len(v) == 0 || v[0] == '#' {
			return false
		}
		opaque = v[0] != '/'
	}
	if bytes.HasPrefix(v, []byte("//")) {
		authority := v[2:]
		i := until(authority, uriSlash|uriEnd)
		if !isAuthority(authority[:i]) {
			return false
		}
		v = authority[i:]
	}
	return areURIChars(v, opaque)
}

// The characters that mean something in a URI.
const (
	uriColon = 1 << iota
	uriSlash
	uriEnd // of what is before query and fragment
	uriMark
)

var uriASCII = [256]uint8{
	':': uriColon, '/': uriSlash, '?': uriEnd | uriMark, '#': uriEnd | uriMark,
	'%': uriMark, '[': uriMark, ']': uriMark,
}

// until returns the index of the first character of a kind, or the length.
func until(v []byte, kind uint8) int {
	for i, c := range v {
		if uriASCII[c]&kind != 0 {
			return i
		}
	}
	return len(v)
}

// areURIChars reports whether v is made of characters of a URI and of those
// that are escaped. The brackets, which RFC 2732 reserves for hosts, may be in a
// query, a fragment and behind the scheme of a URI that is opaque.
func areURIChars(v []byte, brackets bool) bool {
	fragment := false
	for i, c := range v {
		if uriASCII[c]&uriMark == 0 {
			continue
		}
		switch c {
		case '%':
			if i+2 >= len(v) {
				return false
			}
			if _, ok := hexLength(v[i+1 : i+3]); !ok {
				return false
			}
		case '?':
			brackets = true
		case '#':
			if fragment {
				return false
			}
			brackets, fragment = true, true
		case '[', ']':
			if !brackets {
				return false
			}
		}
	}
	return true
}

func isScheme(v []byte) bool {
	for i, c := range v {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z' && c < utf8.RuneSelf
		if !letter && (i == 0 || !isDigit(c) && c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	return len(v) > 0
}

// isAuthority reports whether v is a registry's name, which any host name is
// too, or a server with an IPv6 address.
func isAuthority(v []byte) bool {
	open := bytes.IndexByte(v, '[')
	if open < 0 {
		return areURIChars(v, false)
	}
	shut := bytes.IndexByte(v, ']')
	if shut < open || open > 0 && v[open-1] != '@' || !areURIChars(v[:open], false) {
		return false
	}
	address, port := v[open+1:shut], v[shut+1:]
	for _, c := range address {
		if !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'f') && c != ':' && c != '.' {
			return false
		}
	}
	if _, err := netip.ParseAddr(string(address)); err != nil || bytes.IndexByte(address, ':') < 0 {
		return false
	}
	return len(port) == 0 || port[0] == ':' && (len(port) == 1 || isInteger(port[1:]) && isDigit(port[1]))
}
