package gost3410

import (
	"crypto"
	"fmt"
	"io"
	"math/big"
)

// PrivateKey signs in tests, in the demo and in the sandbox: see the package comment.
// It is a crypto.Signer.
type PrivateKey struct {
	PublicKey
	d *big.Int
}

// GenerateKey makes a key on a curve from the bytes of rand.
func GenerateKey(curve *Curve, rand io.Reader) (*PrivateKey, error) {
	d, err := randomScalar(curve, rand)
	if err != nil {
		return nil, err
	}
	c := curve.reference
	x, y := c.multiply(d, c.gx, c.gy)
	raw := append(reversed(x.FillBytes(make([]byte, c.size))), reversed(y.FillBytes(make([]byte, c.size)))...)
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
	for {
		one, err := randomScalar(k.curve, rand)
		if err != nil {
			return nil, err
		}
		// RFC 7091, 6.1 steps 4 and 5: r or s of zero asks for another k.
		if sig := k.curve.reference.sign(k.d, one, digest); k.Verify(digest, sig) {
			return sig, nil
		}
	}
}

// randomScalar returns a number of [1, q-1]; the eight bytes more than needed make its
// distribution even.
func randomScalar(curve *Curve, rand io.Reader) (*big.Int, error) {
	buf := make([]byte, curve.size+8)
	if _, err := io.ReadFull(rand, buf); err != nil {
		return nil, fmt.Errorf("reading random bytes: %w", err)
	}
	limit := new(big.Int).Sub(curve.reference.q, big.NewInt(1))
	k := new(big.Int).SetBytes(buf)
	return k.Mod(k, limit).Add(k, big.NewInt(1)), nil
}
