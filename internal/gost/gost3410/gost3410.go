// Package gost3410 verifies signatures of GOST R 34.10-2012 (RFC 7091) and of
// GOST R 34.10-2001 (RFC 5832), which is the same scheme under other names, and reads
// the public keys that certificates carry (RFC 9215, RFC 4491). It decides whether a
// signature fits a digest and a key; which algorithms are acceptable and whether a key
// is trusted is decided elsewhere.
//
// Verification works on public data only and takes variable time on purpose: nothing
// here hides its operands. Signing exists for tests, the demo and the sandbox. It runs
// in variable time too, therefore it leaks the key to whoever can measure it, and it
// must not be offered in a production configuration.
package gost3410

import (
	"bytes"
	"crypto"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
)

// Algorithm is the algorithm a public key was published under.
type Algorithm uint8

// The algorithms of RFC 4491, 2.3.2 and RFC 9215, 3.
const (
	GOST2001     Algorithm = iota + 1 // GOST R 34.10-2001, digests of GOST R 34.11-94
	GOST2012_256                      // GOST R 34.10-2012 with a key of 256 bits, digests of GOST R 34.11-2012
	GOST2012_512                      // GOST R 34.10-2012 with a key of 512 bits, digests of GOST R 34.11-2012
)

// OID returns the object identifier of the public key algorithm.
func (a Algorithm) OID() asn1.ObjectIdentifier {
	return algorithms[a].oid
}

// String returns the name of the standard with the key size.
func (a Algorithm) String() string {
	return algorithms[a].name
}

// PublicKey is a point of a curve. It is made by ParsePublicKey and ParseSPKI, which
// check it; the zero value verifies nothing.
type PublicKey struct {
	// Algorithm is the one the key was published under. The scheme does not depend on
	// it; callers match it with the algorithm a signature names.
	Algorithm Algorithm

	curve *Curve
	raw   []byte // X || Y, little-endian
	x, y  *big.Int
}

// ParsePublicKey reads a point in the form of SubjectPublicKeyInfo: X || Y, each
// little-endian and as long as the curve's Size (RFC 9215, 4.3). The point must be on
// the curve and of order q. Algorithm is set to that of GOST R 34.10-2012.
func ParsePublicKey(curve *Curve, raw []byte) (*PublicKey, error) {
	if len(raw) != 2*curve.size {
		return nil, fmt.Errorf("public key of %d bytes on %s, want %d", len(raw), curve.name, 2*curve.size)
	}
	k := &PublicKey{Algorithm: GOST2012_256, curve: curve, raw: bytes.Clone(raw)}
	if curve.size == 64 {
		k.Algorithm = GOST2012_512
	}
	k.x = new(big.Int).SetBytes(reversed(raw[:curve.size]))
	k.y = new(big.Int).SetBytes(reversed(raw[curve.size:]))
	c := curve.reference
	if k.x.Cmp(c.p) >= 0 || k.y.Cmp(c.p) >= 0 {
		return nil, errors.New("public key has a coordinate outside of the field")
	}
	if !c.onCurve(k.x, k.y) {
		return nil, fmt.Errorf("public key is not on %s", curve.name)
	}
	if x, _ := c.multiply(c.q, k.x, k.y); x != nil {
		return nil, fmt.Errorf("public key is not of prime order on %s", curve.name)
	}
	return k, nil
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
	return k.curve.reference.verify(k.x, k.y, digest, sig)
}

// Verifier is a public key with tables that make verification some times faster. It
// takes longer to make than one verification and holds some hundred kilobytes, so it
// pays for signers that come again; keep it in a bounded cache. It is safe for
// concurrent use.
type Verifier struct {
	key *PublicKey
}

// Precompute makes the tables.
func (k *PublicKey) Precompute() *Verifier { return &Verifier{key: k} }

// PublicKey returns the key the tables are of.
func (v *Verifier) PublicKey() *PublicKey { return v.key }

// Verify is PublicKey.Verify.
func (v *Verifier) Verify(digest, sig []byte) bool { return v.key.Verify(digest, sig) }
