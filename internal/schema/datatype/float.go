package datatype

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"
)

// isFloat reports whether v has the lexical form of float and double (Part 2
// 3.2.4.1).
func isFloat(v []byte) bool {
	switch string(v) {
	case "INF", "-INF", "NaN":
		return true
	}
	var mantissa decimal
	digits, exponent, scientific := cutExponent(v)
	return mantissa.parse(digits) && (!scientific || isInteger(exponent))
}

func cutExponent(v []byte) (mantissa, exponent []byte, found bool) {
	if i := bytes.IndexByte(v, 'E'); i >= 0 {
		return v[:i], v[i+1:], true
	}
	return bytes.Cut(v, []byte{'e'})
}

// isInteger reports whether v is digits behind an optional sign.
func isInteger(v []byte) bool {
	if len(v) > 0 && (v[0] == '-' || v[0] == '+') {
		v = v[1:]
	}
	return len(v) > 0 && areDigits(v)
}

// parseFloat returns the value of a lexical form that is valid: the nearest one
// of the type, which is infinite beyond its range.
func parseFloat(v []byte, p Primitive) float64 {
	bits := 64
	if p == Float {
		bits = 32
	}
	// NaN and INF are spelled so that strconv knows them; of its errors only
	// that of the range can occur, and then the value is the right one.
	f, _ := strconv.ParseFloat(string(v), bits)
	return f
}

// compareFloat orders by value; NaN equals itself and is incomparable with all
// else (Part 2 3.2.4).
func compareFloat(a, b float64) order {
	switch {
	case a < b:
		return less
	case a > b:
		return greater
	case a == b, math.IsNaN(a) && math.IsNaN(b):
		return equal
	}
	return incomparable
}

// appendFloatKey appends the one form of a value; there is one zero and one
// NaN.
func appendFloatKey(dst []byte, f float64) []byte {
	switch {
	case f == 0:
		f = 0
	case math.IsNaN(f):
		f = math.NaN()
	}
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(f))
}

// A float is a value of float or double. It is converted only when its
// magnitude does not tell it from the value it is compared with: a conversion
// takes a thousand times as long for numbers near the least of the type.
type float struct {
	lexical   []byte
	primitive Primitive
	magnitude magnitude
	plain     bool // the magnitude is known
	converted bool
	number    float64
}

// parse takes a valid lexical form.
func (f *float) parse(v []byte, p Primitive) {
	f.lexical, f.primitive = v, p
	f.magnitude, f.plain = magnitudeOf(v, p)
}

func (f *float) value() float64 {
	if !f.converted {
		f.number, f.converted = parseFloat(f.lexical, f.primitive), true
	}
	return f.number
}

func (f *float) compare(g *float) order {
	if f.plain && g.plain {
		if o, ok := f.magnitude.compare(g.magnitude); ok {
			return o
		}
	}
	return compareFloat(f.value(), g.value())
}

// A magnitude is the sign of a number and where its digits begin.
type magnitude struct {
	sign     int64 // 0 for zero
	exponent int64 // decimal, of the first digit that is not zero
}

// The decimal exponents between which a float is certainly neither zero nor
// infinite, and the one below which it is zero.
var floatRange = [...]struct{ zero, least, most int64 }{
	Float:  {-46, -44, 37},
	Double: {-324, -322, 307},
}

// magnitudeOf returns the magnitude of a valid lexical form. It is not ok when
// only a conversion can tell.
func magnitudeOf(v []byte, p Primitive) (m magnitude, ok bool) {
	if c := v[len(v)-1]; c == 'F' || c == 'N' {
		return m, false
	}
	var d decimal
	digits, exponent, _ := cutExponent(v)
	d.parse(digits)
	switch {
	case len(d.whole) > 0:
		m.exponent = int64(len(d.whole)) - 1
	case len(d.fraction) > 0:
		for d.fraction[0] == '0' {
			d.fraction = d.fraction[1:]
			m.exponent--
		}
		m.exponent--
	default:
		return m, true
	}
	m.exponent += smallInteger(exponent)
	m.sign = 1
	if d.negative {
		m.sign = -1
	}
	r := floatRange[p]
	if m.exponent < r.zero {
		return magnitude{}, true
	}
	return m, r.least <= m.exponent && m.exponent <= r.most
}

// smallInteger returns the value of digits behind an optional sign, or one that
// is as good when it is beyond all reason.
func smallInteger(v []byte) int64 {
	n := int64(0)
	for _, c := range v {
		if isDigit(c) {
			n = min(n*10+int64(c-'0'), 1<<40)
		}
	}
	if len(v) > 0 && v[0] == '-' {
		return -n
	}
	return n
}

// compare orders two magnitudes, if they are so different that the digits do
// not matter.
func (m magnitude) compare(n magnitude) (o order, ok bool) {
	far := m.exponent - n.exponent
	switch {
	case m.sign != n.sign:
		return cmpInt(m.sign, n.sign), true
	case m.sign == 0:
		return equal, true
	case far > 1 || far < -1:
		return cmpInt(m.sign*far, 0), true
	}
	return 0, false
}
