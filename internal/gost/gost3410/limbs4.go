package gost3410

import "math/bits"

// row returns the five limbs of x·y.
func row(x0, x1, x2, x3, y uint64) (z0, z1, z2, z3, z4 uint64) {
	h0, l0 := bits.Mul64(x0, y)
	h1, l1 := bits.Mul64(x1, y)
	h2, l2 := bits.Mul64(x2, y)
	h3, l3 := bits.Mul64(x3, y)
	z1, c := bits.Add64(l1, h0, 0)
	z2, c = bits.Add64(l2, h1, c)
	z3, c = bits.Add64(l3, h2, c)
	return l0, z1, z2, z3, h3 + c
}

// wideMul4 sets z to x·y.
func wideMul4(z *[8]uint64, x, y *[4]uint64) {
	x0, x1, x2, x3 := x[0], x[1], x[2], x[3]
	z0, z1, z2, z3, z4 := row(x0, x1, x2, x3, y[0])

	r0, r1, r2, r3, z5 := row(x0, x1, x2, x3, y[1])
	z1, c := bits.Add64(z1, r0, 0)
	z2, c = bits.Add64(z2, r1, c)
	z3, c = bits.Add64(z3, r2, c)
	z4, c = bits.Add64(z4, r3, c)
	z5 += c

	r0, r1, r2, r3, z6 := row(x0, x1, x2, x3, y[2])
	z2, c = bits.Add64(z2, r0, 0)
	z3, c = bits.Add64(z3, r1, c)
	z4, c = bits.Add64(z4, r2, c)
	z5, c = bits.Add64(z5, r3, c)
	z6 += c

	r0, r1, r2, r3, z7 := row(x0, x1, x2, x3, y[3])
	z3, c = bits.Add64(z3, r0, 0)
	z4, c = bits.Add64(z4, r1, c)
	z5, c = bits.Add64(z5, r2, c)
	z6, c = bits.Add64(z6, r3, c)
	z7 += c
	z[0], z[1], z[2], z[3], z[4], z[5], z[6], z[7] = z0, z1, z2, z3, z4, z5, z6, z7
}

// foldMul4Generic sets z to x·y, any number below 2^256 of the right class modulo
// 2^256 - fold.
func foldMul4Generic(z, x, y *[4]uint64, fold uint64) {
	var t [8]uint64
	wideMul4(&t, x, y)
	fold4(z, &t, fold)
}

// fold4 sets z to a number below 2^256 congruent to x modulo 2^256 - fold: what stands
// above bit 256 counts fold times. The fold is a small number.
func fold4(z *[4]uint64, x *[8]uint64, fold uint64) {
	r0, r1, r2, r3, r4 := row(x[4], x[5], x[6], x[7], fold)
	z0, c := bits.Add64(x[0], r0, 0)
	z1, c := bits.Add64(x[1], r1, c)
	z2, c := bits.Add64(x[2], r2, c)
	z3, c := bits.Add64(x[3], r3, c)
	z0, over := bits.Add64(z0, (r4+c)*fold, 0)
	z[0], z[1], z[2], z[3] = z0, z1, z2, z3
	if over != 0 {
		carry4(z, fold)
	}
}

// carry4 adds 2^64 to z. Sums with a small number come to it once in some 2^40 times.
func carry4(z *[4]uint64, fold uint64) {
	var c uint64
	z[1], c = bits.Add64(z[1], 1, 0)
	z[2], c = bits.Add64(z[2], 0, c)
	z[3], c = bits.Add64(z[3], 0, c)
	z[0] += c * fold // z is small after such a carry
}

// borrow4 subtracts 2^64 from z.
func borrow4(z *[4]uint64, fold uint64) {
	var b uint64
	z[1], b = bits.Sub64(z[1], 1, 0)
	z[2], b = bits.Sub64(z[2], 0, b)
	z[3], b = bits.Sub64(z[3], 0, b)
	z[0] -= b * fold // z is just below 2^256 after such a borrow
}

// foldAdd4 sets z to x + y, any number below 2^256 of the right class.
func foldAdd4(z, x, y *[4]uint64, fold uint64) {
	z0, c := bits.Add64(x[0], y[0], 0)
	z1, c := bits.Add64(x[1], y[1], c)
	z2, c := bits.Add64(x[2], y[2], c)
	z3, c := bits.Add64(x[3], y[3], c)
	z0, over := bits.Add64(z0, fold&-c, 0)
	z[0], z[1], z[2], z[3] = z0, z1, z2, z3
	if over != 0 {
		carry4(z, fold)
	}
}

// foldSub4 sets z to x - y, any number below 2^256 of the right class.
func foldSub4(z, x, y *[4]uint64, fold uint64) {
	z0, b := bits.Sub64(x[0], y[0], 0)
	z1, b := bits.Sub64(x[1], y[1], b)
	z2, b := bits.Sub64(x[2], y[2], b)
	z3, b := bits.Sub64(x[3], y[3], b)
	z0, over := bits.Sub64(z0, fold&-b, 0)
	z[0], z[1], z[2], z[3] = z0, z1, z2, z3
	if over != 0 {
		borrow4(z, fold)
	}
}

// montMul4Generic sets z to x·y / 2^256 modulo m, for x < 2^256 and y < m; n0 is -1/m
// modulo 2^64.
func montMul4Generic(z, x, y, m *[4]uint64, n0 uint64) {
	var t [8]uint64
	wideMul4(&t, x, y)
	redc4(z, &t, m, n0)
}

// redc4 sets z to x / 2^256 modulo m, below m, for x < 2^256·m: Montgomery's reduction.
func redc4(z *[4]uint64, x *[8]uint64, m *[4]uint64, n0 uint64) {
	m0, m1, m2, m3 := m[0], m[1], m[2], m[3]
	t0, t1, t2, t3 := x[0], x[1], x[2], x[3]
	var c, over uint64
	for i := range 4 {
		r0, r1, r2, r3, r4 := row(m0, m1, m2, m3, t0*n0)
		_, c = bits.Add64(t0, r0, 0)
		t0, c = bits.Add64(t1, r1, c)
		t1, c = bits.Add64(t2, r2, c)
		t2, c = bits.Add64(t3, r3, c)
		t3, over = bits.Add64(x[4+i], r4+c, over)
	}
	subtract4(z, t0, t1, t2, t3, m, over)
}

// subtract4 sets z to t + over·2^256, less m if it is not below m.
func subtract4(z *[4]uint64, t0, t1, t2, t3 uint64, m *[4]uint64, over uint64) {
	z0, b := bits.Sub64(t0, m[0], 0)
	z1, b := bits.Sub64(t1, m[1], b)
	z2, b := bits.Sub64(t2, m[2], b)
	z3, b := bits.Sub64(t3, m[3], b)
	keep := -(b &^ over)
	z[0], z[1], z[2], z[3] = z0^(z0^t0)&keep, z1^(z1^t1)&keep, z2^(z2^t2)&keep, z3^(z3^t3)&keep
}

// modAdd4 sets z to x + y modulo m, all below m.
func modAdd4(z, x, y, m *[4]uint64) {
	t0, c := bits.Add64(x[0], y[0], 0)
	t1, c := bits.Add64(x[1], y[1], c)
	t2, c := bits.Add64(x[2], y[2], c)
	t3, c := bits.Add64(x[3], y[3], c)
	subtract4(z, t0, t1, t2, t3, m, c)
}

// modSub4 sets z to x - y modulo m, all below m.
func modSub4(z, x, y, m *[4]uint64) {
	z0, b := bits.Sub64(x[0], y[0], 0)
	z1, b := bits.Sub64(x[1], y[1], b)
	z2, b := bits.Sub64(x[2], y[2], b)
	z3, b := bits.Sub64(x[3], y[3], b)
	z0, c := bits.Add64(z0, m[0]&-b, 0)
	z1, c = bits.Add64(z1, m[1]&-b, c)
	z2, c = bits.Add64(z2, m[2]&-b, c)
	z3, _ = bits.Add64(z3, m[3]&-b, c)
	z[0], z[1], z[2], z[3] = z0, z1, z2, z3
}
