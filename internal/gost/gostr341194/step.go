package gostr341194

import "math/bits"

// step is the step-by-step hash function χ(M, H) of RFC 5831, 5, left in h.
func step(h, m *vector) {
	var keys [4]vector
	generateKeys(&keys, h, m)
	var s vector
	encrypt(&s, h, &keys)
	mix(h, m, &s)
}

// c3 is the constant C_3 of RFC 5831, 5.1; C_2 and C_4 are zero.
var c3 = vector{0xff00ff00ff00ff00, 0x00ff00ff00ff00ff, 0xff0000ff00ffff00, 0xff00ffff000000ff}

// generateKeys derives the four keys of RFC 5831, 5.1.
func generateKeys(keys *[4]vector, h, m *vector) {
	u, v := *h, *m
	for i := range keys {
		if i > 0 {
			u = transformA(u)
			v = transformA(transformA(v))
		}
		if i == 2 {
			for j := range u {
				u[j] ^= c3[j]
			}
		}
		keys[i] = transformP(vector{u[0] ^ v[0], u[1] ^ v[1], u[2] ^ v[2], u[3] ^ v[3]})
	}
}

// transformA is A(y4 | y3 | y2 | y1) = (y1 xor y2) | y4 | y3 | y2.
func transformA(y vector) vector {
	return vector{y[1], y[2], y[3], y[0] ^ y[1]}
}

// transformP moves byte 8i+k to place i+4k: the transpose of a matrix of 4 by 8 bytes.
func transformP(x vector) (z vector) {
	for k := range 8 {
		s := uint(8 * k)
		column := x[0]>>s&0xff | x[1]>>s&0xff<<8 | x[2]>>s&0xff<<16 | x[3]>>s&0xff<<24
		z[k/2] |= column << (32 * uint(k%2))
	}
	return z
}

// mix is the mixing transformation of RFC 5831, 5.3: H = ψ^61(H xor ψ(M xor ψ^12(S))).
func mix(h, m, s *vector) {
	psi12(s)
	for i := range s {
		s[i] ^= m[i]
	}
	psi(s)
	for i := range h {
		h[i] ^= s[i]
	}
	for range 5 {
		psi12(h)
	}
	psi(h)
}

// psi shifts in one 16-bit word, y1 xor y2 xor y3 xor y4 xor y13 xor y16.
func psi(y *vector) {
	t := y[0] ^ y[0]>>16 ^ y[0]>>32 ^ y[0]>>48 ^ y[3] ^ y[3]>>48
	y[0] = y[0]>>16 | y[1]<<48
	y[1] = y[1]>>16 | y[2]<<48
	y[2] = y[2]>>16 | y[3]<<48
	y[3] = y[3]>>16 | t<<48
}

// psi12 is psi done twelve times, four words at once.
func psi12(y *vector) {
	y0, y1, y2, y3 := y[0], y[1], y[2], y[3]
	for range 3 {
		y0, y1, y2, y3 = y1, y2, y3, psi4(y0, y1, y3)
	}
	*y = vector{y0, y1, y2, y3}
}

// psi4 returns the next four words. Each depends on the one before it (y16), so what
// the other terms give is summed up lane by lane: a prefix sum in two shifts.
func psi4(y0, y1, y3 uint64) uint64 {
	t := y0 ^ (y0>>16 | y1<<48) ^ (y0>>32 | y1<<32) ^ (y0>>48 | y1<<16) ^ y3
	t ^= y3 >> 48
	t ^= t << 16
	return t ^ t<<32
}

// encrypt encrypts each word of h under its own key (RFC 5831, 5.2). The four run side
// by side: a round of one waits on its look-ups, the others fill the wait.
func encrypt(s, h *vector, keys *[4]vector) {
	var lo, hi [4]uint32
	for i, w := range h {
		lo[i], hi[i] = uint32(w), uint32(w>>32)
	}
	// RFC 5830, 5.1: the key words run forward three times and backward once.
	for range 3 {
		for k := 0; k < 4; k++ {
			round2(&lo, &hi, keys, k, 0, 32)
		}
	}
	for k := 3; k >= 0; k-- {
		round2(&lo, &hi, keys, k, 32, 0)
	}
	// The halves are not exchanged after the last round.
	for i := range s {
		s[i] = uint64(hi[i]) | uint64(lo[i])<<32
	}
}

// round2 does two rounds with the key words at the two shifts of 64-bit word k.
func round2(lo, hi *[4]uint32, keys *[4]vector, k int, first, second uint) {
	for i := range lo {
		hi[i] ^= f(lo[i] + uint32(keys[i][k]>>first))
		lo[i] ^= f(hi[i] + uint32(keys[i][k]>>second))
	}
}

// f is the substitution and the rotation by 11 of RFC 5830, 5.1.
func f(x uint32) uint32 {
	return sbox[0][byte(x)] ^ sbox[1][byte(x>>8)] ^ sbox[2][byte(x>>16)] ^ sbox[3][byte(x>>24)]
}

// nodes are the substitution of id-GostR3411-94-CryptoProParamSet (RFC 4357, 11.2),
// the least significant four bits of a word first.
var nodes = [8][16]byte{
	{0xa, 0x4, 0x5, 0x6, 0x8, 0x1, 0x3, 0x7, 0xd, 0xc, 0xe, 0x0, 0x9, 0x2, 0xb, 0xf},
	{0x5, 0xf, 0x4, 0x0, 0x2, 0xd, 0xb, 0x9, 0x1, 0x7, 0x6, 0x3, 0xc, 0xe, 0xa, 0x8},
	{0x7, 0xf, 0xc, 0xe, 0x9, 0x4, 0x1, 0x0, 0x3, 0xb, 0x5, 0x2, 0x6, 0xa, 0x8, 0xd},
	{0x4, 0xa, 0x7, 0xc, 0x0, 0xf, 0x2, 0x8, 0xe, 0x1, 0x6, 0x5, 0xd, 0xb, 0x9, 0x3},
	{0x7, 0x6, 0x4, 0xb, 0x9, 0xc, 0x2, 0xa, 0x1, 0x8, 0x0, 0xe, 0xf, 0xd, 0x3, 0x5},
	{0x7, 0x6, 0x2, 0x4, 0xd, 0x9, 0xf, 0x0, 0xa, 0x1, 0x5, 0xb, 0x8, 0xe, 0xc, 0x3},
	{0xd, 0xe, 0x4, 0x1, 0x7, 0x0, 0x5, 0xa, 0x3, 0xc, 0x8, 0xf, 0x6, 0x2, 0x9, 0xb},
	{0x1, 0x3, 0xa, 0x9, 0x5, 0xb, 0x4, 0xf, 0x8, 0x6, 0x7, 0xe, 0xd, 0x0, 0x2, 0xc},
}

// sbox holds two nodes in each table, already rotated.
var sbox = func() (t [4][256]uint32) {
	for i := range t {
		for b := range t[i] {
			x := uint32(nodes[2*i+1][b>>4]<<4 | nodes[2*i][b&15])
			t[i][b] = bits.RotateLeft32(x<<(8*i), 11)
		}
	}
	return t
}()
