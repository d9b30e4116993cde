package gostr341194

import "math/big"

// reference is RFC 5831 word for word and as slow as that; the substitution is an
// argument, so the RFC's own examples, which use the test parameter set, judge it.
func reference(nodes *[8][16]byte, message []byte) []byte {
	h, sigma := make([]byte, 32), new(big.Int)
	length := int64(8 * len(message))
	for len(message) > 0 {
		block := make([]byte, 32)
		message = message[copy(block, message):]
		h = referenceStep(nodes, h, block)
		sigma.Add(sigma, number(block))
	}
	h = referenceStep(nodes, h, octets(big.NewInt(length)))
	return referenceStep(nodes, h, octets(sigma))
}

func number(p []byte) *big.Int {
	var reversed []byte
	for i := range p {
		reversed = append(reversed, p[len(p)-1-i])
	}
	return new(big.Int).SetBytes(reversed)
}

func octets(x *big.Int) []byte {
	out := make([]byte, 32)
	for i := range out {
		out[i] = byte(new(big.Int).Rsh(x, uint(8*i)).Uint64())
	}
	return out
}

func xor(a, b []byte) []byte {
	out := make([]byte, len(a))
	for i := range a {
		out[i] = a[i] ^ b[i]
	}
	return out
}

func referenceStep(nodes *[8][16]byte, h, m []byte) []byte {
	transform := func(y []byte) []byte {
		return append(append([]byte(nil), y[8:]...), xor(y[:8], y[8:16])...)
	}
	c3 := []byte{
		0, 255, 0, 255, 0, 255, 0, 255, 255, 0, 255, 0, 255, 0, 255, 0,
		0, 255, 255, 0, 255, 0, 0, 255, 255, 0, 0, 0, 255, 255, 0, 255,
	}
	s := make([]byte, 32)
	u, v := h, m
	for i := range 4 {
		if i > 0 {
			u, v = transform(u), transform(transform(v))
			if i == 2 {
				u = xor(u, c3)
			}
		}
		w, key := xor(u, v), make([]byte, 32)
		for j := range 4 {
			for k := range 8 {
				key[j+4*k] = w[8*j+k]
			}
		}
		copy(s[8*i:], referenceEncrypt(nodes, key, h[8*i:8*i+8]))
	}
	psi := func(y []byte) []byte {
		var t [2]byte
		for _, word := range []int{1, 2, 3, 4, 13, 16} {
			t[0] ^= y[2*word-2]
			t[1] ^= y[2*word-1]
		}
		return append(append([]byte(nil), y[2:]...), t[:]...)
	}
	for range 12 {
		s = psi(s)
	}
	s = xor(h, psi(xor(m, s)))
	for range 61 {
		s = psi(s)
	}
	return s
}

func referenceEncrypt(nodes *[8][16]byte, key, block []byte) []byte {
	word := func(p []byte) uint32 {
		return uint32(p[0]) | uint32(p[1])<<8 | uint32(p[2])<<16 | uint32(p[3])<<24
	}
	n1, n2 := word(block), word(block[4:])
	for i := range 32 {
		j := i % 8
		if i >= 24 {
			j = 7 - j
		}
		sum, x := n1+word(key[4*j:]), uint32(0)
		for k := range 8 {
			x |= uint32(nodes[k][sum>>(4*k)&15]) << (4 * k)
		}
		n1, n2 = n2^(x<<11|x>>21), n1
	}
	n1, n2 = n2, n1
	return []byte{
		byte(n1), byte(n1 >> 8), byte(n1 >> 16), byte(n1 >> 24),
		byte(n2), byte(n2 >> 8), byte(n2 >> 16), byte(n2 >> 24),
	}
}
