package authority

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"hash"

	"github.com/soapgate/soapgate/internal/gost/gost3410"
	"github.com/soapgate/soapgate/internal/gost/gostr341194"
	"github.com/soapgate/soapgate/internal/gost/streebog"
)

// A Kind is a kind of key together with the way it signs.
type Kind uint8

// The kinds of key.
const (
	GOST256  Kind = iota // GOST R 34.10-2012 on CryptoPro-A
	GOST512              // GOST R 34.10-2012 on tc26-512-A
	GOST2001             // GOST R 34.10-2001 on CryptoPro-A
	RSA                  // 2048 bits, SHA-256
	ECDSA                // P-256, SHA-256
)

func (k Kind) String() string {
	return [...]string{"gost2012-256", "gost2012-512", "gost2001", "rsa", "ecdsa"}[k]
}

// ways tells how each kind signs.
var ways = [...]struct {
	signature string // object identifier
	null      bool   // parameters are NULL, else absent
	hash      func() hash.Hash
	opts      crypto.SignerOpts
	curve     asn1.ObjectIdentifier
	published gost3410.Algorithm
}{
	GOST256: {
		signature: "1.2.643.7.1.1.3.2", hash: streebog.New256,
		curve: asn1.ObjectIdentifier{1, 2, 643, 2, 2, 35, 1}, published: gost3410.GOST2012_256,
	},
	GOST512: {
		signature: "1.2.643.7.1.1.3.3", hash: streebog.New512,
		curve: asn1.ObjectIdentifier{1, 2, 643, 7, 1, 2, 1, 2, 1}, published: gost3410.GOST2012_512,
	},
	GOST2001: {
		signature: "1.2.643.2.2.3", hash: gostr341194.New,
		curve: asn1.ObjectIdentifier{1, 2, 643, 2, 2, 35, 1}, published: gost3410.GOST2001,
	},
	RSA:   {signature: "1.2.840.113549.1.1.11", null: true, hash: sha256.New, opts: crypto.SHA256},
	ECDSA: {signature: "1.2.840.10045.4.3.2", hash: sha256.New, opts: crypto.SHA256},
}

// A Key is a private key. Signer is a *gost3410.PrivateKey, *rsa.PrivateKey or
// *ecdsa.PrivateKey.
type Key struct {
	Kind   Kind
	Signer crypto.Signer
	SPKI   []byte // the public key as certificates carry it
}

// NewKey makes a key.
func NewKey(kind Kind) (*Key, error) {
	switch kind {
	case RSA:
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, fmt.Errorf("authority: generating a key: %w", err)
		}
		return KeyOf(kind, k)
	case ECDSA:
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, fmt.Errorf("authority: generating a key: %w", err)
		}
		return KeyOf(kind, k)
	}
	return NewGOSTKey(kind, ways[kind].curve)
}

// NewGOSTKey makes a GOST key on the curve of the given parameter set.
func NewGOSTKey(kind Kind, parameters asn1.ObjectIdentifier) (*Key, error) {
	curve, err := gost3410.CurveByOID(parameters)
	if err != nil {
		return nil, fmt.Errorf("authority: generating a key: %w", err)
	}
	k, err := gost3410.GenerateKey(curve, rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("authority: generating a key: %w", err)
	}
	k.Algorithm = ways[kind].published
	return KeyOf(kind, k)
}

// KeyOf takes a private key made elsewhere.
func KeyOf(kind Kind, signer crypto.Signer) (*Key, error) {
	k := &Key{Kind: kind, Signer: signer}
	var err error
	if g, ok := signer.(*gost3410.PrivateKey); ok {
		k.SPKI, err = g.MarshalSPKI()
	} else {
		k.SPKI, err = x509.MarshalPKIXPublicKey(signer.Public())
	}
	if err != nil {
		return nil, fmt.Errorf("authority: writing a public key: %w", err)
	}
	return k, nil
}

// algorithm is the AlgorithmIdentifier of the key's signatures.
func (k *Key) algorithm() []byte {
	w := ways[k.Kind]
	if w.null {
		return seq(oid(w.signature), tlv(0x05))
	}
	return seq(oid(w.signature))
}

// Sign hashes a message and signs it.
func (k *Key) Sign(message []byte) ([]byte, error) {
	w := ways[k.Kind]
	h := w.hash()
	h.Write(message)
	return k.Signer.Sign(rand.Reader, h.Sum(nil), w.opts)
}

// SignDER returns SEQUENCE { tbs, algorithm, signature }: a certificate or a
// list.
func (k *Key) SignDER(tbs []byte) ([]byte, error) {
	signature, err := k.Sign(tbs)
	if err != nil {
		return nil, fmt.Errorf("authority: signing: %w", err)
	}
	return seq(tbs, k.algorithm(), tlv(0x03, []byte{0}, signature)), nil
}

// NewHash returns the hash that keys of a kind sign.
func NewHash(kind Kind) hash.Hash { return ways[kind].hash() }
