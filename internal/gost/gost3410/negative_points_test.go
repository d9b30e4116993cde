package gost3410

import (
	"bytes"
	"encoding/asn1"
	"encoding/hex"
	"math/big"
	"testing"
)

func derOID(t *testing.T, oid asn1.ObjectIdentifier) []byte {
	der, err := asn1.Marshal(oid)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// y returns a root of x³ + ax + b, or nil.
func (c *reference) y(x *big.Int) *big.Int {
	right := new(big.Int).Mul(x, x)
	right.Add(right, c.a).Mul(right, x).Add(right, c.b)
	return right.ModSqrt(right.Mod(right, c.p), c.p)
}

// offTwist returns an x that no point of the curve has.
func (m *negativeMaker) offTwist() *big.Int {
	x := m.number()
	for m.ref.y(x) != nil {
		x.Add(x, big.NewInt(1))
	}
	return x
}

type smallPoint struct {
	order int
	x, y  *big.Int
}

// smallPoints returns a point of order 2 and one of order 4 where the cofactor has them.
func (m *negativeMaker) smallPoints() (small []smallPoint) {
	c := m.ref
	if setOf(m.curve).cofactor == 1 {
		return nil
	}
	for x := m.number(); ; x.Add(x, big.NewInt(1)) {
		y := c.y(x)
		if y == nil {
			continue
		}
		// q times any point is of an order that divides 4.
		x4, y4 := c.multiply(c.q, x, y)
		if x4 == nil || y4.Sign() == 0 {
			continue
		}
		x2, y2 := c.add(x4, y4, x4, y4)
		if x0, _ := c.add(x2, y2, x2, y2); x0 != nil {
			m.t.Fatal("the cofactor is not 4")
		}
		return []smallPoint{{2, x2, y2}, {4, x4, y4}}
	}
}

// signatures makes one group under an ordinary key and two under keys that are made to
// lead the sum of points into its exceptions.
func (m *negativeMaker) signatures() []negativeGroup {
	c := m.ref
	d, k := m.number(), m.number()
	digest := make([]byte, c.size)
	m.random.Read(digest)
	g := m.group(c.multiply(d, c.gx, c.gy))
	sig := c.sign(d, k, digest)
	g.add("a signature", true, digest, sig)
	m.ranges(g, d, k, digest, sig)
	m.shapes(g, d)
	m.exceptions(g, d, k)
	return append([]negativeGroup{g.negativeGroup}, m.wrapped()...)
}

type groupMaker struct{ negativeGroup }

func (m *negativeMaker) group(x, y *big.Int) *groupMaker {
	algorithm := GOST2012_256
	if m.ref.size == 64 {
		algorithm = GOST2012_512
	}
	spki := m.spki(algorithm, m.ref.octets(x, y))
	return &groupMaker{negativeGroup{Curve: m.curve.name, SPKI: hex.EncodeToString(spki)}}
}

func (g *groupMaker) add(comment string, valid bool, digest, sig []byte) {
	g.Tests = append(g.Tests, negativeTest{comment, valid, hex.EncodeToString(digest), hex.EncodeToString(sig)})
}

// pair writes s || r.
func (c *reference) pair(s, r *big.Int) []byte {
	sig := make([]byte, 2*c.size)
	s.FillBytes(sig[:c.size])
	r.FillBytes(sig[c.size:])
	return sig
}

// ranges puts r and s at and beyond the ends of [1, q-1].
func (m *negativeMaker) ranges(g *groupMaker, d, k *big.Int, digest, sig []byte) {
	c := m.ref
	s, r := new(big.Int).SetBytes(sig[:c.size]), new(big.Int).SetBytes(sig[c.size:])
	zero, one := new(big.Int), big.NewInt(1)
	less := new(big.Int).Sub(c.q, one)
	more := new(big.Int).Add(c.q, one)
	full := new(big.Int).Sub(new(big.Int).Lsh(one, uint(8*c.size)), one)
	for _, e := range []struct {
		comment string
		x       *big.Int
	}{{"0", zero}, {"1", one}, {"q - 1", less}, {"q", c.q}, {"q + 1", more}, {"p", c.p}, {"all bits set", full}} {
		g.add("r is "+e.comment, false, digest, c.pair(s, e.x))
		g.add("s is "+e.comment, false, digest, c.pair(e.x, r))
		g.add("r and s are "+e.comment, false, digest, c.pair(e.x, e.x))
	}
	g.add("r is 0, s is q - 1", false, digest, c.pair(less, zero))
	g.add("r is q, s is 0", false, digest, c.pair(zero, c.q))
	g.add("-s for s", false, digest, c.pair(new(big.Int).Sub(c.q, s), r))
	g.add("-r for r", false, digest, c.pair(s, new(big.Int).Sub(c.q, r)))
	g.add("-r for r and -s for s", false, digest, c.pair(new(big.Int).Sub(c.q, s), new(big.Int).Sub(c.q, r)))
	// The same signature with a number of the same class outside of the range.
	small := c.small(d, digest)
	s, r = new(big.Int).SetBytes(small[:c.size]), new(big.Int).SetBytes(small[c.size:])
	g.add("a signature with a small s", true, digest, small)
	if sum := new(big.Int).Add(s, c.q); sum.BitLen() <= 8*c.size {
		g.add("s + q for a small s", false, digest, c.pair(sum, r))
	}
	if sum := new(big.Int).Add(r, c.q); sum.BitLen() <= 8*c.size {
		g.add("r + q for r", false, digest, c.pair(s, sum))
	}
}

// small signs with an s below 2^64: k = (s - rd)/e with r = x(kP) would go in a circle,
// so the digest is made to fit instead, and written over the one given.
func (c *reference) small(d *big.Int, digest []byte) []byte {
	k, s := big.NewInt(7), big.NewInt(12345)
	x, _ := c.multiply(k, c.gx, c.gy)
	r := new(big.Int).Mod(x, c.q)
	e := new(big.Int).Mul(r, d)
	e.Sub(s, e).Mul(e, new(big.Int).ModInverse(k, c.q)).Mod(e, c.q)
	copy(digest, reversed(e.FillBytes(make([]byte, c.size))))
	return c.pair(s, r)
}

// shapes changes the octets of signature and digest.
func (m *negativeMaker) shapes(g *groupMaker, d *big.Int) {
	c := m.ref
	n := c.size
	digest := make([]byte, n)
	m.random.Read(digest)
	sig := c.sign(d, m.number(), digest)
	g.add("r || s", false, digest, append(bytes.Clone(sig[n:]), sig[:n]...))
	g.add("s || r, little-endian", false, digest, append(reversed(sig[:n]), reversed(sig[n:])...))
	g.add("r || s, little-endian", false, digest, reversed(sig))
	der, err := asn1.Marshal([]*big.Int{new(big.Int).SetBytes(sig[n:]), new(big.Int).SetBytes(sig[:n])})
	if err != nil {
		m.t.Fatal(err)
	}
	g.add("a SEQUENCE of r and s", false, digest, der)
	octets, err := asn1.Marshal(sig)
	if err != nil {
		m.t.Fatal(err)
	}
	g.add("an OCTET STRING around the signature", false, digest, octets)
	g.add("no signature", false, digest, nil)
	g.add("half a signature", false, digest, sig[:n])
	g.add("a signature one octet short", false, digest, sig[:2*n-1])
	g.add("a signature without its first octet", false, digest, sig[1:])
	g.add("a signature and a zero", false, digest, append(bytes.Clone(sig), 0))
	g.add("a zero and a signature", false, digest, append([]byte{0}, sig...))
	g.add("a signature twice", false, digest, append(bytes.Clone(sig), sig...))
	g.add("zeros inside to twice the length", false, digest, append(append(make([]byte, n), sig[:n]...), append(make([]byte, n), sig[n:]...)...))
	for _, i := range []int{0, n - 1, n, 2*n - 1} {
		changed := bytes.Clone(sig)
		changed[i] ^= 1
		g.add("one bit of the signature changed", false, digest, changed)
	}
	for _, i := range []int{0, n - 1} {
		changed := bytes.Clone(digest)
		changed[i] ^= 1
		g.add("one bit of the digest changed", false, changed, sig)
	}
	g.add("the digest big-endian", false, reversed(digest), sig)
	g.add("no digest", false, nil, sig)
	g.add("a digest one octet short", false, digest[:n-1], sig)
	g.add("a digest and a zero", false, append(bytes.Clone(digest), 0), sig)
	g.add("a digest of the other size", false, append(bytes.Clone(digest), make([]byte, n)...)[:96-n], sig)
	g.add("the signature after all", true, digest, sig)
}

// exceptions are digests that stand for zero, and sums that meet the exceptions of the
// addition of points.
func (m *negativeMaker) exceptions(g *groupMaker, d, k *big.Int) {
	c := m.ref
	little := func(x *big.Int) []byte { return reversed(x.FillBytes(make([]byte, c.size))) }
	zero, one := little(new(big.Int)), little(big.NewInt(1))
	sig := c.sign(d, k, zero)
	g.add("a digest of zeros counts as one", true, zero, sig)
	g.add("a digest of one", true, one, sig)
	g.add("a digest of q counts as one", true, little(c.q), sig)
	g.add("a digest of two", false, little(big.NewInt(2)), sig)

	x, _ := c.multiply(k, c.gx, c.gy)
	r := new(big.Int).Mod(x, c.q)
	s := new(big.Int).Mul(r, d)
	g.add("the sum is the point at infinity", false, one, c.pair(s.Mod(s, c.q), r))
	// z1 = k/2 = z2·d makes both summands the same point: e = 2s/k with s = -rd.
	s.Sub(c.q, s)
	e := new(big.Int).ModInverse(k, c.q)
	e.Mul(e, s).Lsh(e, 1).Mod(e, c.q)
	g.add("the summands are the same point", true, little(e), c.pair(s, r))
}

// wrapped makes keys for which x of the sum is not below q, which a signer comes to only
// by accident: R with such an x is chosen first, and the key is (R - z1·P)/z2.
func (m *negativeMaker) wrapped() (groups []negativeGroup) {
	c := m.ref
	if c.q.Cmp(c.p) > 0 {
		return nil
	}
	x, y := new(big.Int).Add(c.q, big.NewInt(1)), (*big.Int)(nil)
	for ; y == nil; x.Add(x, big.NewInt(1)) {
		if y = c.y(x); y != nil && setOf(m.curve).cofactor != 1 {
			// Only points of order q will do.
			if zero, _ := c.multiply(c.q, x, y); zero != nil {
				y = nil
			}
		}
		if y != nil {
			break
		}
	}
	r, s := new(big.Int).Mod(x, c.q), m.number()
	digest := make([]byte, c.size)
	m.random.Read(digest)
	v := new(big.Int).ModInverse(c.scalar(digest), c.q)
	z1 := new(big.Int).Mul(new(big.Int).Sub(c.q, s), v)
	qx, qy := c.multiply(z1.Mod(z1, c.q), c.gx, c.gy)
	qx, qy = c.add(x, y, qx, qy)
	z2 := new(big.Int).Mul(new(big.Int).Sub(c.q, r), v)
	qx, qy = c.multiply(z2.ModInverse(z2, c.q), qx, qy)
	g := m.group(qx, qy)
	g.add("x of the sum is r + q", true, digest, c.pair(s, r))
	if x.BitLen() <= 8*c.size {
		g.add("r is x, not below q", false, digest, c.pair(s, x))
	}
	g.add("x of the sum is r + q, r + 1 for r", false, digest, c.pair(s, new(big.Int).Add(r, big.NewInt(1))))
	return []negativeGroup{g.negativeGroup}
}
