package datatype

import (
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
	i := 0
	for i < len(v) && v[i] != 'e' && v[i] != 'E' {
		i++
	}
	var mantissa decimal
	return mantissa.parse(v[:i]) && (i == len(v) || isInteger(v[i+1:]))
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
