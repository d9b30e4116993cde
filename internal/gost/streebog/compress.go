package streebog

// tables[k][b] is the contribution of byte k of a word to l(word), taken after the
// substitution of that byte: S, P and L of RFC 6986, 6 become eight look-ups a word.
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

// compressGeneric is g_N(h, m) of RFC 6986, 6.6, left in h.
func compressGeneric(h, n, m *vector) {
	var key, state vector
	lps(&key, h, n)
	state = *m
	for i := range c {
		lps(&state, &state, &key)
		lps(&key, &key, &c[i])
	}
	for i := range h {
		h[i] ^= state[i] ^ key[i] ^ m[i]
	}
}

// lps sets z to LPS(x xor y).
func lps(z, x, y *vector) {
	x0, x1, x2, x3 := x[0]^y[0], x[1]^y[1], x[2]^y[2], x[3]^y[3]
	x4, x5, x6, x7 := x[4]^y[4], x[5]^y[5], x[6]^y[6], x[7]^y[7]
	for i := range z {
		// P transposes the 8x8 matrix of bytes, so word i takes byte i of each word.
		z[i] = tables[0][byte(x0)] ^ tables[1][byte(x1)] ^ tables[2][byte(x2)] ^ tables[3][byte(x3)] ^
			tables[4][byte(x4)] ^ tables[5][byte(x5)] ^ tables[6][byte(x6)] ^ tables[7][byte(x7)]
		x0, x1, x2, x3 = x0>>8, x1>>8, x2>>8, x3>>8
		x4, x5, x6, x7 = x4>>8, x5>>8, x6>>8, x7>>8
	}
}

func compress(h, n, m *vector) { compressGeneric(h, n, m) }
