package gost3410

// modulus computes modulo an odd number m of full length by Montgomery's method: with
// R = 2^256 or 2^512, x stands for x·R modulo m where a value is said to be in
// Montgomery form. Values are below m.
type modulus[E element] struct {
	m  E
	n0 uint64 // -1/m modulo 2^64
	rr E      // R² modulo m
}

func newModulus[E element](m E) modulus[E] {
	n := modulus[E]{m: m}
	// Newton: an inverse modulo 2^k gives one modulo 2^2k; m is its own modulo 8.
	inverse := m[0]
	for range 5 {
		inverse *= 2 - m[0]*inverse
	}
	n.n0 = -inverse
	n.rr[0] = 1
	for range 2 * 64 * len(m) {
		n.add(&n.rr, &n.rr, &n.rr)
	}
	return n
}

// mul sets z to x·y/R for x < R and y < m.
func (n *modulus[E]) mul(z, x, y *E) {
	switch z := any(z).(type) {
	case *[4]uint64:
		montMul4(z, any(x).(*[4]uint64), any(y).(*[4]uint64), any(&n.m).(*[4]uint64), n.n0)
	case *[8]uint64:
		montMul8(z, any(x).(*[8]uint64), any(y).(*[8]uint64), any(&n.m).(*[8]uint64), n.n0)
	}
}

// add sets z to x + y.
func (n *modulus[E]) add(z, x, y *E) {
	switch z := any(z).(type) {
	case *[4]uint64:
		modAdd4(z, any(x).(*[4]uint64), any(y).(*[4]uint64), any(&n.m).(*[4]uint64))
	case *[8]uint64:
		modAdd8(z, any(x).(*[8]uint64), any(y).(*[8]uint64), any(&n.m).(*[8]uint64))
	}
}

// sub sets z to x - y.
func (n *modulus[E]) sub(z, x, y *E) {
	switch z := any(z).(type) {
	case *[4]uint64:
		modSub4(z, any(x).(*[4]uint64), any(y).(*[4]uint64), any(&n.m).(*[4]uint64))
	case *[8]uint64:
		modSub8(z, any(x).(*[8]uint64), any(y).(*[8]uint64), any(&n.m).(*[8]uint64))
	}
}

// reduce brings x below m. The modulus has at most two bits less than the length.
func (n *modulus[E]) reduce(x *E) {
	for !less(x, &n.m) {
		subFrom(x, &n.m)
	}
}

// inverse sets z to 1/x in Montgomery form, for an x that is not, 0 < x < m, m prime:
// Kaliski's almost inverse. Throughout x·r = -u·2^k and x·s = v·2^k modulo m, and
// u·s + v·r = m, which keeps r and s below m.
func (n *modulus[E]) inverse(z, x *E) {
	length := 64 * len(*x)
	u, v := n.m, *x
	var r, s E
	s[0] = 1
	k := removeZeros(&v, &r)
	for u != v {
		if less(&v, &u) {
			subFrom(&u, &v)
			addTo(&r, &s)
			k += removeZeros(&u, &s)
		} else {
			subFrom(&v, &u)
			addTo(&s, &r)
			k += removeZeros(&v, &r)
		}
	}
	// Both are gcd(m, x) = 1, so s = 2^k/x; mul by 2^(2·length-k) makes it R/x.
	for ; k <= length; k++ {
		n.add(&s, &s, &s)
	}
	var power E
	power[(2*length-k)/64] = 1 << ((2*length - k) % 64)
	n.mul(z, &power, &s)
}

// removeZeros divides x by the highest power of two in it, multiplies y by that power
// and returns its exponent.
func removeZeros[E element](x, y *E) int {
	n := trailingZeros(x)
	for left := n; left > 0; {
		step := min(left, 63)
		shiftRight(x, step, 0)
		shiftLeft(y, step)
		left -= step
	}
	return n
}
