package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"
	"math/big"
	"sync/atomic"

	"github.com/soapgate/soapgate/internal/gost/gost3410"
	"github.com/soapgate/soapgate/internal/gost/gostr341194"
	"github.com/soapgate/soapgate/internal/gost/streebog"
)

// An algorithm is one way of signing certificates and lists.
type algorithm struct {
	name   string
	hash   func() hash.Hash
	verify func(key any, digest, signature []byte) bool
}

// algorithms are all that are accepted. MD5, SHA-1 and DSA are not among them.
// GOST R 34.11-94 is: certificates signed with it are in force until 2027.
var algorithms = map[OID]*algorithm{
	oid("1.2.840.113549.1.1.11"): {"RSA with SHA-256", sha256.New, verifyRSA(crypto.SHA256)},
	oid("1.2.840.113549.1.1.12"): {"RSA with SHA-384", sha512.New384, verifyRSA(crypto.SHA384)},
	oid("1.2.840.113549.1.1.13"): {"RSA with SHA-512", sha512.New, verifyRSA(crypto.SHA512)},
	oid("1.2.840.10045.4.3.2"):   {"ECDSA with SHA-256", sha256.New, verifyECDSA},
	oid("1.2.840.10045.4.3.3"):   {"ECDSA with SHA-384", sha512.New384, verifyECDSA},
	oid("1.2.840.10045.4.3.4"):   {"ECDSA with SHA-512", sha512.New, verifyECDSA},
	oid("1.2.643.2.2.3"):         {"GOST R 34.10-2001", gostr341194.New, verifyGOST(gost3410.GOST2001)},
	oid("1.2.643.7.1.1.3.2"):     {"GOST R 34.10-2012 (256)", streebog.New256, verifyGOST(gost3410.GOST2012_256)},
	oid("1.2.643.7.1.1.3.3"):     {"GOST R 34.10-2012 (512)", streebog.New512, verifyGOST(gost3410.GOST2012_512)},
}

// pssAlgorithms are the parameters of RSASSA-PSS that are accepted, by the
// whole DER of the parameters: one digest throughout and a salt as long as it
// (RFC 4055 3.1).
var pssAlgorithms = map[string]*algorithm{
	pssParameters(oid("2.16.840.1.101.3.4.2.1"), 32): {"RSASSA-PSS with SHA-256", sha256.New, verifyPSS(crypto.SHA256)},
	pssParameters(oid("2.16.840.1.101.3.4.2.2"), 48): {"RSASSA-PSS with SHA-384", sha512.New384, verifyPSS(crypto.SHA384)},
	pssParameters(oid("2.16.840.1.101.3.4.2.3"), 64): {"RSASSA-PSS with SHA-512", sha512.New, verifyPSS(crypto.SHA512)},
}

var oidPSS = oid("1.2.840.113549.1.1.10")

func pssParameters(digest OID, salt byte) string {
	id := wrap(tagSequence, append(wrap(tagOID, []byte(digest)), tagNull, 0))
	mgf := wrap(tagSequence, append(wrap(tagOID, []byte(oid("1.2.840.113549.1.1.8"))), id...))
	p := wrap(contextConstructed(0), id)
	p = append(p, wrap(contextConstructed(1), mgf)...)
	p = append(p, wrap(contextConstructed(2), []byte{tagInteger, 1, salt})...)
	return string(wrap(tagSequence, p))
}

// lookupAlgorithm reads an AlgorithmIdentifier's content.
func lookupAlgorithm(b []byte) (*algorithm, error) {
	r := read(b)
	id := r.oid()
	params := r.rest
	if r.err != nil {
		return nil, r.err
	}
	if id == oidPSS {
		if a := pssAlgorithms[string(params)]; a != nil {
			return a, nil
		}
		return nil, errors.New("signature algorithm RSASSA-PSS with parameters that are not accepted")
	}
	a := algorithms[id]
	if a == nil {
		return nil, fmt.Errorf("signature algorithm %s is not accepted", id)
	}
	// Absent or NULL: RFC 4055 and RFC 9215 demand one or the other, issuers
	// do not keep to it, and nothing depends on it.
	if len(params) != 0 && string(params) != "\x05\x00" {
		return nil, fmt.Errorf("signature algorithm %s with parameters", id)
	}
	return a, nil
}

func verifyRSA(h crypto.Hash) func(any, []byte, []byte) bool {
	return func(key any, digest, signature []byte) bool {
		k, ok := key.(*rsa.PublicKey)
		return ok && rsa.VerifyPKCS1v15(k, h, digest, signature) == nil
	}
}

func verifyPSS(h crypto.Hash) func(any, []byte, []byte) bool {
	return func(key any, digest, signature []byte) bool {
		k, ok := key.(*rsa.PublicKey)
		return ok && rsa.VerifyPSS(k, h, digest, signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
	}
}

func verifyECDSA(key any, digest, signature []byte) bool {
	k, ok := key.(*ecdsa.PublicKey)
	return ok && ecdsa.VerifyASN1(k, digest, signature)
}

func verifyGOST(a gost3410.Algorithm) func(any, []byte, []byte) bool {
	return func(key any, digest, signature []byte) bool {
		k, ok := key.(*gost3410.PublicKey)
		return ok && k.Algorithm == a && k.Verify(digest, signature)
	}
}

// signed is what certificates and lists have in common: they are signed by an
// issuer's key.
type signed struct {
	algorithm    *algorithm
	algorithmErr error
	tbs          []byte // nil in a list, whose digest is taken while it streams by
	digest       []byte
	signature    []byte

	// proved is the key under which the signature was found to hold. Almost
	// every certificate and list has one issuer's key only.
	proved *atomic.Pointer[[32]byte]
}

func newSigned(algorithm, tbs, signature []byte) signed {
	a, err := lookupAlgorithm(algorithm)
	return signed{algorithm: a, algorithmErr: err, tbs: tbs, signature: signature, proved: new(atomic.Pointer[[32]byte])}
}

// Algorithm names the signature algorithm, or says why it is not accepted.
func (s *signed) Algorithm() string {
	if s.algorithmErr != nil {
		return s.algorithmErr.Error()
	}
	return s.algorithm.name
}

var errSignature = errors.New("signature does not verify")

// checkSignature reports whether the signature holds under the issuer's key.
// A success is remembered; spend is called before any work is done.
func (s *signed) checkSignature(issuer *Certificate, spend func() error) error {
	if p := s.proved.Load(); p != nil && *p == issuer.KeyID {
		return nil
	}
	if s.algorithmErr != nil {
		return s.algorithmErr
	}
	if issuer.PublicKey == nil {
		return issuer.KeyErr
	}
	if err := spend(); err != nil {
		return err
	}
	digest := s.digest
	if digest == nil {
		h := s.algorithm.hash()
		h.Write(s.tbs)
		digest = h.Sum(nil)
	}
	if !s.algorithm.verify(issuer.PublicKey, digest, s.signature) {
		return errSignature
	}
	id := issuer.KeyID // a copy: the list must not hold on to the certificate
	s.proved.Store(&id)
	return nil
}

// CheckSignature reports whether the certificate or list is signed with the
// issuer's key. It says nothing about names, validity or rights.
func (s *signed) CheckSignature(issuer *Certificate) error {
	return s.checkSignature(issuer, func() error { return nil })
}

// Bounds on RSA keys: below, the modulus can be factored; above, one check
// costs milliseconds (CVE-2023-29409).
const (
	minModulus = 2048
	maxModulus = 8192
)

var (
	oidRSA     = oid("1.2.840.113549.1.1.1")
	oidECKey   = oid("1.2.840.10045.2.1")
	namedCurve = map[OID]elliptic.Curve{
		oid("1.2.840.10045.3.1.7"): elliptic.P256(),
		oid("1.3.132.0.34"):        elliptic.P384(),
		oid("1.3.132.0.35"):        elliptic.P521(),
	}
	gostKeys = map[OID]bool{oid("1.2.643.2.2.19"): true, oid("1.2.643.7.1.1.1.1"): true, oid("1.2.643.7.1.1.1.2"): true}
)

// parseKey reads a SubjectPublicKeyInfo.
func parseKey(spki []byte) (any, error) {
	outer := read(spki)
	r := outer.nested(tagSequence)
	id := r.nested(tagSequence)
	typ := id.oid()
	params := id.rest
	key := r.octets()
	if err := r.end(); err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	switch {
	case typ == oidRSA && string(params) == "\x05\x00":
		return parseRSA(key)
	case typ == oidECKey:
		return parseEC(params, key)
	case gostKeys[typ]:
		k, err := gost3410.ParseSPKI(spki)
		if err != nil {
			return nil, fmt.Errorf("public key: %w", err)
		}
		return k, nil
	}
	return nil, fmt.Errorf("public key of kind %s is not accepted", typ)
}

func parseRSA(b []byte) (any, error) {
	outer := read(b)
	r := outer.nested(tagSequence)
	n := r.integer()
	e := r.small(tagInteger)
	r.check(outer.end())
	if err := r.end(); err != nil {
		return nil, fmt.Errorf("RSA key: %w", err)
	}
	if n[0] >= 0x80 || len(n) > maxModulus/8+1 {
		return nil, errors.New("RSA key: modulus is out of range")
	}
	k := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: e}
	switch bits := k.N.BitLen(); {
	case bits < minModulus || bits > maxModulus:
		return nil, fmt.Errorf("RSA key: %d bits, want %d to %d", bits, minModulus, maxModulus)
	case e < 3 || e%2 == 0 || n[len(n)-1]%2 == 0:
		return nil, errors.New("RSA key: malformed modulus or exponent")
	}
	return k, nil
}

func parseEC(params, point []byte) (any, error) {
	r := read(params)
	curve := namedCurve[r.oid()]
	if err := r.end(); err != nil {
		return nil, fmt.Errorf("EC key: %w", err)
	}
	if curve == nil {
		return nil, errors.New("EC key: the curve is not accepted")
	}
	k, err := ecdsa.ParseUncompressedPublicKey(curve, point)
	if err != nil {
		return nil, fmt.Errorf("EC key: %w", err)
	}
	return k, nil
}
