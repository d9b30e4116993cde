package datatype

import "bytes"

// A decimal is a number as its digits, which are part of the value: the whole
// part without leading zeros, the fraction without trailing ones. Zero has none
// and no sign.
type decimal struct {
	negative        bool
	point           bool // it was written with a point
	whole, fraction []byte
}

// parse reads the lexical form of decimal (Part 2 3.2.3.1): digits with an
// optional sign and point, with a digit on one side of the point at least. It
// sets d, which is zero, and reports whether v has the form.
func (d *decimal) parse(v []byte) bool {
	if len(v) > 0 && (v[0] == '-' || v[0] == '+') {
		d.negative = v[0] == '-'
		v = v[1:]
	}
	i := 0
	for i < len(v) && isDigit(v[i]) {
		i++
	}
	d.whole = v[:i]
	if i < len(v) {
		d.fraction = v[i+1:]
		if d.point = v[i] == '.'; !d.point || i+len(d.fraction) == 0 || !areDigits(d.fraction) {
			return false
		}
		d.fraction = trimZeros(d.fraction)
	} else if i == 0 {
		return false
	}
	for len(d.whole) > 0 && d.whole[0] == '0' {
		d.whole = d.whole[1:]
	}
	if len(d.whole)+len(d.fraction) == 0 {
		d.negative = false
	}
	return true
}

func areDigits(v []byte) bool {
	for _, c := range v {
		if !isDigit(c) {
			return false
		}
	}
	return true
}

// trimZeros drops the zeros that end a fraction.
func trimZeros(fraction []byte) []byte {
	for len(fraction) > 0 && fraction[len(fraction)-1] == '0' {
		fraction = fraction[:len(fraction)-1]
	}
	return fraction
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// digits returns the total number of digits as totalDigits counts them: those
// of i and at least n in i×10^-n (Part 2 4.3.11).
func (d *decimal) digits() int { return len(d.whole) + len(d.fraction) }

func (d *decimal) compare(e *decimal) order {
	if d.negative != e.negative {
		if d.negative {
			return less
		}
		return greater
	}
	o := cmpInt(len(d.whole), len(e.whole))
	if o == equal {
		o = order(bytes.Compare(d.whole, e.whole))
	}
	if o == equal {
		// Without trailing zeros fractions are in the order of their characters.
		o = order(bytes.Compare(d.fraction, e.fraction))
	}
	if d.negative {
		o = -o
	}
	return o
}

func (d *decimal) appendKey(dst []byte) []byte {
	if d.negative {
		dst = append(dst, '-')
	}
	dst = append(dst, d.whole...)
	if len(d.fraction) > 0 {
		dst = append(dst, '.')
		dst = append(dst, d.fraction...)
	}
	return dst
}

func cmpInt[T int | int64](a, b T) order {
	switch {
	case a < b:
		return less
	case a > b:
		return greater
	}
	return equal
}
