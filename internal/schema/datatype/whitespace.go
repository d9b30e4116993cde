package datatype

import (
	"encoding/binary"
	"sync"
)

// A WhiteSpace says how white space is normalized before a value is judged
// (Part 2 4.3.6).
type WhiteSpace uint8

// The kinds of normalization, from weak to strong.
const (
	Preserve WhiteSpace = iota
	Replace
	Collapse
)

func (w WhiteSpace) String() string { return [...]string{"preserve", "replace", "collapse"}[w] }

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// trim returns v without the white space around it.
func trim(v []byte) []byte {
	if len(v) > 0 && v[0] > ' ' && v[len(v)-1] > ' ' {
		return v
	}
	for len(v) > 0 && isSpace(v[0]) {
		v = v[1:]
	}
	for len(v) > 0 && isSpace(v[len(v)-1]) {
		v = v[:len(v)-1]
	}
	return v
}

const ones = 0x0101010101010101

// hasSpace reports whether there is a space or less in v, the last eight bytes
// being looked at once more for those that are left over.
func hasSpace(v []byte) bool {
	if len(v) >= 8 {
		found := spaces(binary.LittleEndian.Uint64(v[len(v)-8:]))
		for ; len(v) > 8; v = v[8:] {
			found |= spaces(binary.LittleEndian.Uint64(v))
		}
		return found&(0x80*ones) != 0
	}
	for _, c := range v {
		if c <= ' ' {
			return true
		}
	}
	return false
}

// spaces sets the top bit of a byte that is a space or less, and perhaps of
// those behind it.
func spaces(x uint64) uint64 { return (x - 0x21*ones) &^ x }

// isNormal reports whether a value, trimmed if w is Collapse, is normal.
func isNormal(v []byte, w WhiteSpace) bool {
	if w == Preserve || !hasSpace(v) {
		return true
	}
	space := false
	for i := 0; i < len(v); i++ {
		for ; i+8 < len(v) && spaces(binary.LittleEndian.Uint64(v[i:]))&(0x80*ones) == 0; i += 8 {
			space = false
		}
		c := v[i]
		if c > ' ' {
			space = false
			continue
		}
		if c != ' ' || space && w == Collapse {
			return false
		}
		space = true
	}
	return true
}

// appendNormal appends v as w normalizes it.
func appendNormal(dst, v []byte, w WhiteSpace) []byte {
	switch w {
	case Preserve:
		return append(dst, v...)
	case Collapse:
		v = trim(v)
	}
	space := false
	for _, c := range v {
		if !isSpace(c) {
			space = false
		} else if space && w == Collapse {
			continue
		} else {
			space, c = true, ' '
		}
		dst = append(dst, c)
	}
	return dst
}

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// maxBuffer is the largest buffer that is kept for the next value.
const maxBuffer = 1 << 16

// normal calls f with the normalized value, which holds only during the call.
// A union's value is passed as it is.
func (t *Type) normal(value []byte, f func(v []byte)) {
	v := value
	if t.white == Collapse {
		v = trim(v)
	}
	if t.variety == Union || isNormal(v, t.white) {
		f(v)
		return
	}
	b := buffers.Get().(*[]byte)
	*b = appendNormal((*b)[:0], v, t.white)
	f(*b)
	release(b)
}

func release(b *[]byte) {
	if cap(*b) <= maxBuffer {
		buffers.Put(b)
	}
}

// inPlace returns the part of value that is the normalized value, or else that
// a copy has to be made. White space within a value of most types makes it
// invalid however it is normalized, and is left to that.
func (t *Type) inPlace(value []byte) ([]byte, bool) {
	if t.white == Collapse {
		value = trim(value)
	}
	switch {
	case t.variety == Union, t.variety == List && t.has&patternFacet == 0:
		return value, true
	case t.variety == Atomic && t.primitive != String && t.primitive != AnyURI && t.primitive != Base64Binary:
		return value, true
	case t.primitive == Base64Binary && t.has&(patternFacet|enumerationFacet) == 0:
		return value, true // base64Length passes white space over
	}
	return value, isNormal(value, t.white)
}

// nextItem cuts the first item from a list. There is none when it is nil.
func nextItem(list []byte) (item, rest []byte) {
	for len(list) > 0 && isSpace(list[0]) {
		list = list[1:]
	}
	if len(list) == 0 {
		return nil, nil
	}
	end := 1
	for end < len(list) && !isSpace(list[end]) {
		end++
	}
	return list[:end:end], list[end:]
}

// items returns how many items a list has.
func items(list []byte) int {
	n := 0
	for {
		var item []byte
		if item, list = nextItem(list); item == nil {
			return n
		}
		n++
	}
}

// longer reports whether a list has more than n items.
func longer(list []byte, n int) bool {
	for ; n >= 0; n-- {
		var item []byte
		if item, list = nextItem(list); item == nil {
			return false
		}
	}
	return true
}
