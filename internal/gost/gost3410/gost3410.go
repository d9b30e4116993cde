// Package gost3410 verifies signatures of GOST R 34.10-2012 (RFC 7091) and of
// GOST R 34.10-2001 (RFC 5832), which is the same scheme under other names, and reads
// the public keys that certificates carry (RFC 9215, RFC 4491). It decides whether a
// signature fits a digest and a key; which algorithms are acceptable and whether a key
// is trusted is decided elsewhere.
//
// Verification works on public data only and takes variable time on purpose: nothing
// here hides its operands. Signing exists for tests, the demo and the sandbox. It runs
// in variable time too, so it gives the key away to whoever can measure it, and it must
// not be offered in a production configuration.
package gost3410

import (
	"bytes"
	"crypto"
	"fmt"
)

// PublicKey is a point of a curve. It is made by ParsePublicKey and ParseSPKI, which
// check it; the zero value verifies nothing.
type PublicKey struct {
	// Algorithm is the one the key was published under. The scheme does not depend on
	// it; callers match it with the algorithm a signature names.
	Algorithm Algorithm

	curve *Curve
	raw   []byte // X || Y, little-endian

	// One of the two is set.
	point256 *affine[[4]uint64]
	point512 *affine[[8]uint64]
}

// ParsePublicKey reads a point in the form of SubjectPublicKeyInfo: X || Y, each
// little-endian and as long as the curve's Size (RFC 9215, 4.3). The point must be on
// the curve and of order q. Algorithm is set to that of GOST R 34.10-2012.
func ParsePublicKey(curve *Curve, raw []byte) (*PublicKey, error) {
	if len(raw) != 2*curve.size {
		return nil, fmt.Errorf("public key of %d bytes on %s, want %d", len(raw), curve.name, 2*curve.size)
	}
	k := &PublicKey{curve: curve, raw: bytes.Clone(raw)}
	var err error
	if curve.group256 != nil {
		k.Algorithm = GOST2012_256
		k.point256, err = curve.group256().parse(raw)
	} else {
		k.Algorithm = GOST2012_512
		k.point512, err = curve.group512().parse(raw)
	}
	if err != nil {
		return nil, fmt.Errorf("public key on %s: %w", curve.name, err)
	}
	return k, nil
}

// parse reads and checks a point of order q.
func (g *group[E]) parse(raw []byte) (*affine[E], error) {
	var x, y E
	setLittle(&x, raw[:len(raw)/2])
	setLittle(&y, raw[len(raw)/2:])
	a, err := g.newAffine(&x, &y)
	if err != nil {
		return nil, err
	}
	return &a, nil
}

// Curve returns the curve of the key.
func (k *PublicKey) Curve() *Curve { return k.curve }

// Bytes returns the point in the form ParsePublicKey reads.
func (k *PublicKey) Bytes() []byte { return bytes.Clone(k.raw) }

// Equal reports whether x is the same point under the same parameter set and algorithm.
func (k *PublicKey) Equal(x crypto.PublicKey) bool {
	other, ok := x.(*PublicKey)
	return ok && k.Algorithm == other.Algorithm && k.curve == other.curve && bytes.Equal(k.raw, other.raw)
}

// Verify reports whether sig is a signature of digest under the key.
//
// The digest must be as long as the curve's Size and is a little-endian number, as the
// hash functions of GOST R 34.11 write it. The signature is s || r, each big-endian and
// of that Size: the octets of X.509, CMS and XML Signature (RFC 4491, 2.2.2; RFC 9215, 2).
// Other lengths, and r or s outside of [1, q-1], do not verify.
func (k *PublicKey) Verify(digest, sig []byte) bool {
	switch {
	case k.point256 != nil:
		return k.curve.group256().verify(k.point256, digest, sig)
	case k.point512 != nil:
		return k.curve.group512().verify(k.point512, digest, sig)
	}
	return false
}

// Verifier is a public key with tables that make verification some times faster. To
// make it takes as long as a few verifications and it holds 48 or 96 KiB, so it pays for
// signers that come again; keep it in a bounded cache. It is safe for concurrent use.
type Verifier struct {
	key *PublicKey

	// One of the two is set.
	comb256 *comb[[4]uint64]
	comb512 *comb[[8]uint64]
}

// Precompute makes the tables of a key that was made by ParsePublicKey or ParseSPKI.
func (k *PublicKey) Precompute() *Verifier {
	v := &Verifier{key: k}
	if k.point256 != nil {
		v.comb256 = k.curve.group256().newComb(k.point256)
	} else {
		v.comb512 = k.curve.group512().newComb(k.point512)
	}
	return v
}

// PublicKey returns the key the tables are of.
func (v *Verifier) PublicKey() *PublicKey { return v.key }

// Verify is PublicKey.Verify, faster.
func (v *Verifier) Verify(digest, sig []byte) bool {
	if v.comb256 != nil {
		return v.key.curve.group256().verifyKnown(v.comb256, digest, sig)
	}
	return v.key.curve.group512().verifyKnown(v.comb512, digest, sig)
}
