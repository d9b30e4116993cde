package gost3410

import (
	"crypto"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// PrivateKey signs in tests, in the demo and in the sandbox: see the package comment.
// It is a crypto.Signer.
type PrivateKey struct {
	PublicKey
	d []byte // big-endian
}

// GenerateKey makes a key on a curve from the bytes of rand.
func GenerateKey(curve *Curve, rand io.Reader) (*PrivateKey, error) {
	var d, raw []byte
	var err error
	if curve.group256 != nil {
		d, raw, err = generate(curve.group256(), rand)
	} else {
		d, raw, err = generate(curve.group512(), rand)
	}
	if err != nil {
		return nil, err
	}
	public, err := ParsePublicKey(curve, raw)
	if err != nil {
		return nil, err
	}
	return &PrivateKey{PublicKey: *public, d: d}, nil
}

// Public returns the *PublicKey.
func (k *PrivateKey) Public() crypto.PublicKey { return &k.PublicKey }

// Sign returns s || r for a digest in the form Verify takes. The options are not looked at.
func (k *PrivateKey) Sign(rand io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	if len(digest) != k.curve.size {
		return nil, fmt.Errorf("digest of %d bytes on %s, want %d", len(digest), k.curve.name, k.curve.size)
	}
	if k.curve.group256 != nil {
		return sign(k.curve.group256(), k.d, digest, rand)
	}
	return sign(k.curve.group512(), k.d, digest, rand)
}

// generate returns a private and a public key in octets.
func generate[E element](g *group[E], rand io.Reader) (d, raw []byte, err error) {
	scalar, err := randomScalar(g, rand)
	if err != nil {
		return nil, nil, err
	}
	p := g.multiplyBase(&scalar)
	x, y := g.coordinates(&p)
	raw = appendLittle(appendLittle(nil, &x), &y)
	return appendBig(nil, &scalar), raw, nil
}

// sign is RFC 7091, 6.1.
func sign[E element](g *group[E], octets, digest []byte, rand io.Reader) ([]byte, error) {
	q := &g.q
	var d, e, t E
	setBig(&d, octets)
	e = digestScalar(q, digest)
	for {
		k, err := randomScalar(g, rand)
		if err != nil {
			return nil, err
		}
		p := g.multiplyBase(&k)
		r, _ := g.coordinates(&p)
		q.reduce(&r)
		// s = rd + ke; mul divides by R and rr brings R² in.
		var s E
		q.mul(&s, &r, &d)
		q.mul(&t, &k, &e)
		q.add(&s, &s, &t)
		q.mul(&s, &q.rr, &s)
		if !isZero(&r) && !isZero(&s) {
			return appendBig(appendBig(nil, &s), &r), nil
		}
	}
}

// randomScalar returns a number of [1, q-1].
func randomScalar[E element](g *group[E], rand io.Reader) (k E, err error) {
	octets := make([]byte, 8*len(k))
	// One in four is below q at least: a hundred failures mean a broken source.
	for range 100 {
		if _, err := io.ReadFull(rand, octets); err != nil {
			return k, fmt.Errorf("reading random bytes: %w", err)
		}
		setBig(&k, octets)
		if !isZero(&k) && less(&k, &g.q.m) {
			return k, nil
		}
	}
	return k, errors.New("the source of random bytes repeats itself")
}

// coordinates returns the standard's coordinates of p, which is not neutral.
func (g *group[E]) coordinates(p *point[E]) (x, y E) {
	f := &g.f
	num, den := g.fraction(p)
	var inverse, t E
	f.inv(&inverse, &den)
	f.mul(&x, &num, &inverse)
	if g.edwards {
		// y = (x - t)/u
		f.sub(&y, &x, &g.t)
		f.mul(&y, &y, &p.z)
		f.inv(&t, &p.x)
		f.mul(&y, &y, &t)
	} else {
		f.mul(&y, &p.y, &inverse)
		f.inv(&t, &p.z)
		f.mul(&y, &y, &t)
	}
	f.leave(&x, &x)
	f.leave(&y, &y)
	return x, y
}

func appendLittle[E element](out []byte, x *E) []byte {
	for i := range len(*x) {
		out = binary.LittleEndian.AppendUint64(out, (*x)[i])
	}
	return out
}

func appendBig[E element](out []byte, x *E) []byte {
	for i := len(*x) - 1; i >= 0; i-- {
		out = binary.BigEndian.AppendUint64(out, (*x)[i])
	}
	return out
}
