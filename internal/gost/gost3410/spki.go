package gost3410

import (
	"encoding/asn1"
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	casn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var (
	errSPKI       = errors.New("malformed SubjectPublicKeyInfo")
	errIdentifier = errors.New("malformed AlgorithmIdentifier")
)

// ParseSPKI reads a SubjectPublicKeyInfo (RFC 4491, 2.3.2; RFC 9215, 4) in DER and
// checks that algorithm, parameter set, digest and point belong together. The digest
// parameter set may be left out: the sets of TC 26 imply it.
func ParseSPKI(der []byte) (*PublicKey, error) {
	input := cryptobyte.String(der)
	var spki, identifier cryptobyte.String
	var point []byte
	if !input.ReadASN1(&spki, casn1.SEQUENCE) || !input.Empty() ||
		!spki.ReadASN1(&identifier, casn1.SEQUENCE) ||
		!spki.ReadASN1BitStringAsBytes(&point) || !spki.Empty() {
		return nil, errSPKI
	}
	algorithm, curve, err := readIdentifier(identifier)
	if err != nil {
		return nil, err
	}
	octets := cryptobyte.String(point)
	var raw cryptobyte.String
	if !octets.ReadASN1(&raw, casn1.OCTET_STRING) || !octets.Empty() {
		return nil, errSPKI
	}
	key, err := ParsePublicKey(curve, raw)
	if err != nil {
		return nil, err
	}
	key.Algorithm = algorithm
	return key, nil
}

// readIdentifier reads the content of an AlgorithmIdentifier.
func readIdentifier(s cryptobyte.String) (Algorithm, *Curve, error) {
	var parameters cryptobyte.String
	var algorithmOID, setOID asn1.ObjectIdentifier
	if !s.ReadASN1ObjectIdentifier(&algorithmOID) {
		return 0, nil, errIdentifier
	}
	algorithm, ok := AlgorithmByOID(algorithmOID)
	if !ok {
		return 0, nil, fmt.Errorf("key algorithm %v is not GOST R 34.10", algorithmOID)
	}
	if !s.ReadASN1(&parameters, casn1.SEQUENCE) || !s.Empty() || !parameters.ReadASN1ObjectIdentifier(&setOID) {
		return 0, nil, errIdentifier
	}
	if err := checkDigest(algorithm, parameters); err != nil {
		return 0, nil, err
	}
	curve, err := CurveByOID(setOID)
	if err == nil && !algorithm.takes(curve) {
		err = fmt.Errorf("parameter set %s does not belong to %v", curve.name, algorithm)
	}
	return algorithm, curve, err
}

// checkDigest reads what follows the parameter set: digestParamSet and, for 2001 keys
// only, encryptionParamSet, which is of no concern to signatures.
func checkDigest(algorithm Algorithm, rest cryptobyte.String) error {
	if rest.Empty() {
		return nil
	}
	var digest, encryption asn1.ObjectIdentifier
	if !rest.ReadASN1ObjectIdentifier(&digest) {
		return errIdentifier
	}
	if !digest.Equal(algorithms[algorithm].digest) {
		return fmt.Errorf("digest parameter set %v does not belong to %v", digest, algorithm)
	}
	if !rest.Empty() && (algorithm != GOST2001 || !rest.ReadASN1ObjectIdentifier(&encryption) || !rest.Empty()) {
		return errIdentifier
	}
	return nil
}

// MarshalSPKI writes the key as SubjectPublicKeyInfo in DER, with the parameters that
// OpenSSL's engine writes: the digest parameter set stands where RFC 9215, 4.2 demands
// it and on tc26-512-A and B, and is left out on the other sets of TC 26. (Some real
// certificates name it on tc26-256-A too.)
func (k *PublicKey) MarshalSPKI() ([]byte, error) {
	if !k.Algorithm.takes(k.curve) {
		return nil, fmt.Errorf("parameter set %s does not belong to %v", k.curve.name, k.Algorithm)
	}
	var b cryptobyte.Builder
	b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
		k.addIdentifier(b)
		b.AddASN1(casn1.BIT_STRING, func(b *cryptobyte.Builder) {
			b.AddUint8(0)
			b.AddASN1OctetString(k.raw)
		})
	})
	return b.Bytes()
}

// addIdentifier adds the AlgorithmIdentifier.
func (k *PublicKey) addIdentifier(b *cryptobyte.Builder) {
	b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(k.Algorithm.OID())
		b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(k.curve.oid)
			if k.curve.namesDigest() {
				b.AddASN1ObjectIdentifier(algorithms[k.Algorithm].digest)
			}
		})
	})
}

// namesDigest reports whether keys on the curve carry digestParamSet.
func (c *Curve) namesDigest() bool {
	return c.cryptoPro() || c.size == 64 && c.oid[len(c.oid)-1] != 3
}
