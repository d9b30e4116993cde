package gost3410

import "math/bits"

// low and high are the halves of a number of 512 bits.
func low(x *[8]uint64) *[4]uint64  { return (*[4]uint64)(x[:4]) }
func high(x *[8]uint64) *[4]uint64 { return (*[4]uint64)(x[4:]) }

// wideMul8 sets z to x·y.
func wideMul8(z *[16]uint64, x, y *[8]uint64) {
	var mid, cross [8]uint64
	wideMul4((*[8]uint64)(z[:8]), low(x), low(y))
	wideMul4((*[8]uint64)(z[8:]), high(x), high(y))
	wideMul4(&mid, low(x), high(y))
	wideMul4(&cross, high(x), low(y))
	carry := add8(&mid, &mid, &cross)
	addMiddle(z, &mid, carry)
}

// addMiddle adds (over·2^512 + mid)·2^256 to z.
func addMiddle(z *[16]uint64, mid *[8]uint64, over uint64) {
	var c uint64
	z[4], c = bits.Add64(z[4], mid[0], 0)
	z[5], c = bits.Add64(z[5], mid[1], c)
	z[6], c = bits.Add64(z[6], mid[2], c)
	z[7], c = bits.Add64(z[7], mid[3], c)
	z[8], c = bits.Add64(z[8], mid[4], c)
	z[9], c = bits.Add64(z[9], mid[5], c)
	z[10], c = bits.Add64(z[10], mid[6], c)
	z[11], c = bits.Add64(z[11], mid[7], c)
	z[12], c = bits.Add64(z[12], over, c)
	z[13], c = bits.Add64(z[13], 0, c)
	z[14], c = bits.Add64(z[14], 0, c)
	z[15], _ = bits.Add64(z[15], 0, c)
}

// foldMul8Generic sets z to x·y, any number below 2^512 of the right class modulo
// 2^512 - fold.
func foldMul8Generic(z, x, y *[8]uint64, fold uint64) {
	var t [16]uint64
	wideMul8(&t, x, y)
	fold8(z, &t, fold)
}

// fold8 sets z to a number below 2^512 congruent to x modulo 2^512 - fold: what stands
// above bit 512 counts fold times. The fold is a small number.
func fold8(z *[8]uint64, x *[16]uint64, fold uint64) {
	r0, r1, r2, r3, r4 := row(x[8], x[9], x[10], x[11], fold)
	s0, s1, s2, s3, s4 := row(x[12], x[13], x[14], x[15], fold)
	z0, c := bits.Add64(x[0], r0, 0)
	z1, c := bits.Add64(x[1], r1, c)
	z2, c := bits.Add64(x[2], r2, c)
	z3, c := bits.Add64(x[3], r3, c)
	z4, c := bits.Add64(x[4], r4, c)
	z5, c := bits.Add64(x[5], s1, c)
	z6, c := bits.Add64(x[6], s2, c)
	z7, c := bits.Add64(x[7], s3, c)
	s4 += c
	z4, c = bits.Add64(z4, s0, 0)
	z5, c = bits.Add64(z5, 0, c)
	z6, c = bits.Add64(z6, 0, c)
	z7, c = bits.Add64(z7, 0, c)
	z0, over := bits.Add64(z0, (s4+c)*fold, 0)
	z[0], z[1], z[2], z[3], z[4], z[5], z[6], z[7] = z0, z1, z2, z3, z4, z5, z6, z7
	if over != 0 {
		carry8(z, fold)
	}
}

// carry8 adds 2^64 to z. Sums with a small number come to it once in some 2^40 times.
func carry8(z *[8]uint64, fold uint64) {
	c := uint64(1)
	for i := 1; i < len(z); i++ {
		z[i], c = bits.Add64(z[i], 0, c)
	}
	z[0] += c * fold // z is small after such a carry
}

// borrow8 subtracts 2^64 from z.
func borrow8(z *[8]uint64, fold uint64) {
	b := uint64(1)
	for i := 1; i < len(z); i++ {
		z[i], b = bits.Sub64(z[i], 0, b)
	}
	z[0] -= b * fold // z is just below 2^512 after such a borrow
}

// add8 sets z to x + y and returns the carry.
func add8(z, x, y *[8]uint64) uint64 {
	z0, c := bits.Add64(x[0], y[0], 0)
	z1, c := bits.Add64(x[1], y[1], c)
	z2, c := bits.Add64(x[2], y[2], c)
	z3, c := bits.Add64(x[3], y[3], c)
	z4, c := bits.Add64(x[4], y[4], c)
	z5, c := bits.Add64(x[5], y[5], c)
	z6, c := bits.Add64(x[6], y[6], c)
	z7, c := bits.Add64(x[7], y[7], c)
	z[0], z[1], z[2], z[3], z[4], z[5], z[6], z[7] = z0, z1, z2, z3, z4, z5, z6, z7
	return c
}

// sub8 sets z to x - y and returns the borrow.
func sub8(z, x, y *[8]uint64) uint64 {
	z0, b := bits.Sub64(x[0], y[0], 0)
	z1, b := bits.Sub64(x[1], y[1], b)
	z2, b := bits.Sub64(x[2], y[2], b)
	z3, b := bits.Sub64(x[3], y[3], b)
	z4, b := bits.Sub64(x[4], y[4], b)
	z5, b := bits.Sub64(x[5], y[5], b)
	z6, b := bits.Sub64(x[6], y[6], b)
	z7, b := bits.Sub64(x[7], y[7], b)
	z[0], z[1], z[2], z[3], z[4], z[5], z[6], z[7] = z0, z1, z2, z3, z4, z5, z6, z7
	return b
}

// foldAdd8 sets z to x + y, any number below 2^512 of the right class.
func foldAdd8(z, x, y *[8]uint64, fold uint64) {
	carry := add8(z, x, y)
	var over uint64
	if z[0], over = bits.Add64(z[0], fold&-carry, 0); over != 0 {
		carry8(z, fold)
	}
}

// foldSub8 sets z to x - y, any number below 2^512 of the right class.
func foldSub8(z, x, y *[8]uint64, fold uint64) {
	borrow := sub8(z, x, y)
	var over uint64
	if z[0], over = bits.Sub64(z[0], fold&-borrow, 0); over != 0 {
		borrow8(z, fold)
	}
}

// montMul8Generic sets z to x·y / 2^512 modulo m, for x < 2^512 and y < m; n0 is -1/m
// modulo 2^64.
func montMul8Generic(z, x, y, m *[8]uint64, n0 uint64) {
	var t [16]uint64
	wideMul8(&t, x, y)
	redc8(z, &t, m, n0)
}

// redc8 sets z to x / 2^512 modulo m, below m, for x < 2^512·m: Montgomery's reduction.
// It spoils x.
func redc8(z *[8]uint64, x *[16]uint64, m *[8]uint64, n0 uint64) {
	var c, over uint64
	for i := range 8 {
		t := (*[9]uint64)(x[i:])
		u := t[0] * n0
		r0, r1, r2, r3, r4 := row(m[0], m[1], m[2], m[3], u)
		s0, s1, s2, s3, s4 := row(m[4], m[5], m[6], m[7], u)
		r4, c = bits.Add64(r4, s0, 0)
		s1, c = bits.Add64(s1, 0, c)
		s2, c = bits.Add64(s2, 0, c)
		s3, c = bits.Add64(s3, 0, c)
		s4 += c
		_, c = bits.Add64(t[0], r0, 0)
		t[1], c = bits.Add64(t[1], r1, c)
		t[2], c = bits.Add64(t[2], r2, c)
		t[3], c = bits.Add64(t[3], r3, c)
		t[4], c = bits.Add64(t[4], r4, c)
		t[5], c = bits.Add64(t[5], s1, c)
		t[6], c = bits.Add64(t[6], s2, c)
		t[7], c = bits.Add64(t[7], s3, c)
		t[8], over = bits.Add64(t[8], s4+c, over)
	}
	subtract8(z, (*[8]uint64)(x[8:]), m, over)
}

// subtract8 sets z to x + over·2^512, less m if it is not below m.
func subtract8(z, x, m *[8]uint64, over uint64) {
	var t [8]uint64
	keep := -(sub8(&t, x, m) &^ over)
	for i := range z {
		z[i] = t[i] ^ (t[i]^x[i])&keep
	}
}

// modAdd8 sets z to x + y modulo m, all below m.
func modAdd8(z, x, y, m *[8]uint64) {
	carry := add8(z, x, y)
	subtract8(z, z, m, carry)
}

// modSub8 sets z to x - y modulo m, all below m.
func modSub8(z, x, y, m *[8]uint64) {
	if sub8(z, x, y) != 0 {
		add8(z, z, m)
	}
}
