package gost3410

import "math/big"

// reference is a curve in affine coordinates over math/big: RFC 7091 word for word,
// slow and easy to check. The fast code is held to it; the RFC's examples hold it.
type reference struct {
	p, a, b, q, gx, gy *big.Int
	size               int
}

func newReference(p *params) *reference {
	return &reference{
		p: hexInt(p.p), a: hexInt(p.a), b: hexInt(p.b), q: hexInt(p.q), gx: hexInt(p.x), gy: hexInt(p.y),
		size: (hexInt(p.p).BitLen() + 7) / 8,
	}
}

func hexInt(s string) *big.Int {
	x, ok := new(big.Int).SetString(s, 16)
	if !ok {
		panic("not a number: " + s)
	}
	return x
}

// onCurve reports whether (x, y) satisfies the equation.
func (c *reference) onCurve(x, y *big.Int) bool {
	left := new(big.Int).Mul(y, y)
	right := new(big.Int).Mul(x, x)
	right.Add(right, c.a).Mul(right, x).Add(right, c.b)
	return left.Sub(left, right).Mod(left, c.p).Sign() == 0
}

// add adds two points; the point at infinity is nil, nil.
func (c *reference) add(x1, y1, x2, y2 *big.Int) (x, y *big.Int) {
	if x1 == nil {
		return x2, y2
	}
	if x2 == nil {
		return x1, y1
	}
	num, den := new(big.Int).Sub(y2, y1), new(big.Int).Sub(x2, x1)
	if den.Mod(den, c.p).Sign() == 0 {
		if num.Mod(num, c.p).Sign() != 0 || y1.Sign() == 0 {
			return nil, nil
		}
		num.Mul(x1, x1).Mul(num, big.NewInt(3)).Add(num, c.a)
		den.Lsh(y1, 1)
	}
	slope := num.Mul(num, den.ModInverse(den, c.p))
	x = new(big.Int).Mul(slope, slope)
	x.Sub(x, x1).Sub(x, x2).Mod(x, c.p)
	y = new(big.Int).Sub(x1, x)
	y.Mul(y, slope).Sub(y, y1).Mod(y, c.p)
	return x, y
}

func (c *reference) multiply(k, x, y *big.Int) (zx, zy *big.Int) {
	for i := k.BitLen() - 1; i >= 0; i-- {
		zx, zy = c.add(zx, zy, zx, zy)
		if k.Bit(i) == 1 {
			zx, zy = c.add(zx, zy, x, y)
		}
	}
	return zx, zy
}

// scalar is e of RFC 7091, 6.1 step 2: a digest is a little-endian number here.
func (c *reference) scalar(digest []byte) *big.Int {
	e := new(big.Int).SetBytes(reversed(digest))
	if e.Mod(e, c.q).Sign() == 0 {
		e.SetInt64(1)
	}
	return e
}

// sign is RFC 7091, 6.1 with a given k; the signature is s || r.
func (c *reference) sign(d, k *big.Int, digest []byte) []byte {
	x, _ := c.multiply(k, c.gx, c.gy)
	r := new(big.Int).Mod(x, c.q)
	s := new(big.Int).Mul(r, d)
	s.Add(s, new(big.Int).Mul(k, c.scalar(digest))).Mod(s, c.q)
	sig := make([]byte, 2*c.size)
	s.FillBytes(sig[:c.size])
	r.FillBytes(sig[c.size:])
	return sig
}

// verify is RFC 7091, 6.2.
func (c *reference) verify(x, y *big.Int, digest, sig []byte) bool {
	if len(sig) != 2*c.size || len(digest) != c.size {
		return false
	}
	s, r := new(big.Int).SetBytes(sig[:c.size]), new(big.Int).SetBytes(sig[c.size:])
	if s.Sign() == 0 || r.Sign() == 0 || s.Cmp(c.q) >= 0 || r.Cmp(c.q) >= 0 {
		return false
	}
	v := new(big.Int).ModInverse(c.scalar(digest), c.q)
	z1 := new(big.Int).Mul(s, v)
	z2 := new(big.Int).Mul(new(big.Int).Sub(c.q, r), v)
	x1, y1 := c.multiply(z1.Mod(z1, c.q), c.gx, c.gy)
	x2, y2 := c.multiply(z2.Mod(z2, c.q), x, y)
	x, _ = c.add(x1, y1, x2, y2)
	return x != nil && x.Mod(x, c.q).Cmp(r) == 0
}

func reversed(p []byte) []byte {
	out := make([]byte, len(p))
	for i := range p {
		out[len(p)-1-i] = p[i]
	}
	return out
}
