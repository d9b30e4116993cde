package streebog

// tables[k][b] is the contribution of byte k of a word to l(word), taken after the
// substitution of that byte: S, P and L of RFC 6986, 7 become eight look-ups a word.
var tables = func() (t [8][256]uint64) {
	for k := range t {
		for b := range t[k] {
			for bit := range 8 {
				if pi[b]>>bit&1 != 0 {
					t[k][b] ^= a[63-8*k-bit]
				}
			}
		}
	}
	return t
}()

// compressGeneric is the loop of RFC 6986, 9.2: g_N(h, m) for each block m of p, left in
// h, where N counts the bits before the block. A message has fewer than 2^64 bits.
func compressGeneric(h *vector, n uint64, p []byte) {
	t := &tables
	for ; len(p) >= BlockSize; p = p[BlockSize:] {
		var m, key, state vector
		m.load(p)
		lps(&key, h, &vector{n}, t)
		lps(&state, &m, &key, t)
		for i := range 11 {
			lps(&key, &key, &c[i], t)
			lps(&state, &state, &key, t)
		}
		lps(&key, &key, &c[11], t)
		for i := range h {
			h[i] ^= state[i] ^ key[i] ^ m[i]
		}
		n += 8 * BlockSize
	}
}

// lps sets z to LPS(x xor y). The tables are an argument so that their address stays in
// a register, and the loop over the words is written out: that makes it half as fast again.
func lps(z, x, y *vector, t *[8][256]uint64) {
	// P transposes the 8x8 matrix of bytes, so word i takes byte i of each word.
	x0, x1, x2, x3 := x[0]^y[0], x[1]^y[1], x[2]^y[2], x[3]^y[3]
	x4, x5, x6, x7 := x[4]^y[4], x[5]^y[5], x[6]^y[6], x[7]^y[7]
	z[0] = t[0][byte(x0)] ^ t[1][byte(x1)] ^ t[2][byte(x2)] ^ t[3][byte(x3)] ^
		t[4][byte(x4)] ^ t[5][byte(x5)] ^ t[6][byte(x6)] ^ t[7][byte(x7)]
	z[1] = t[0][byte(x0>>8)] ^ t[1][byte(x1>>8)] ^ t[2][byte(x2>>8)] ^ t[3][byte(x3>>8)] ^
		t[4][byte(x4>>8)] ^ t[5][byte(x5>>8)] ^ t[6][byte(x6>>8)] ^ t[7][byte(x7>>8)]
	z[2] = t[0][byte(x0>>16)] ^ t[1][byte(x1>>16)] ^ t[2][byte(x2>>16)] ^ t[3][byte(x3>>16)] ^
		t[4][byte(x4>>16)] ^ t[5][byte(x5>>16)] ^ t[6][byte(x6>>16)] ^ t[7][byte(x7>>16)]
	z[3] = t[0][byte(x0>>24)] ^ t[1][byte(x1>>24)] ^ t[2][byte(x2>>24)] ^ t[3][byte(x3>>24)] ^
		t[4][byte(x4>>24)] ^ t[5][byte(x5>>24)] ^ t[6][byte(x6>>24)] ^ t[7][byte(x7>>24)]
	z[4] = t[0][byte(x0>>32)] ^ t[1][byte(x1>>32)] ^ t[2][byte(x2>>32)] ^ t[3][byte(x3>>32)] ^
		t[4][byte(x4>>32)] ^ t[5][byte(x5>>32)] ^ t[6][byte(x6>>32)] ^ t[7][byte(x7>>32)]
	z[5] = t[0][byte(x0>>40)] ^ t[1][byte(x1>>40)] ^ t[2][byte(x2>>40)] ^ t[3][byte(x3>>40)] ^
		t[4][byte(x4>>40)] ^ t[5][byte(x5>>40)] ^ t[6][byte(x6>>40)] ^ t[7][byte(x7>>40)]
	z[6] = t[0][byte(x0>>48)] ^ t[1][byte(x1>>48)] ^ t[2][byte(x2>>48)] ^ t[3][byte(x3>>48)] ^
		t[4][byte(x4>>48)] ^ t[5][byte(x5>>48)] ^ t[6][byte(x6>>48)] ^ t[7][byte(x7>>48)]
	z[7] = t[0][byte(x0>>56)] ^ t[1][byte(x1>>56)] ^ t[2][byte(x2>>56)] ^ t[3][byte(x3>>56)] ^
		t[4][byte(x4>>56)] ^ t[5][byte(x5>>56)] ^ t[6][byte(x6>>56)] ^ t[7][byte(x7>>56)]
}
