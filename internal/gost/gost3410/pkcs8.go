package gost3410

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	casn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var errPKCS8 = errors.New("malformed PrivateKeyInfo of GOST R 34.10")

// NewPrivateKey returns the key whose secret is d, big-endian and as long as the
// curve's Size, in [1, q-1]. Algorithm is set to that of GOST R 34.10-2012.
func NewPrivateKey(curve *Curve, d []byte) (*PrivateKey, error) {
	if len(d) != curve.size {
		return nil, fmt.Errorf("private key of %d bytes on %s, want %d", len(d), curve.name, curve.size)
	}
	var raw []byte
	var ok bool
	if curve.group256 != nil {
		raw, ok = publish(curve.group256(), d)
	} else {
		raw, ok = publish(curve.group512(), d)
	}
	if !ok {
		return nil, fmt.Errorf("private key on %s is not in [1, q-1]", curve.name)
	}
	public, err := ParsePublicKey(curve, raw)
	if err != nil {
		return nil, err
	}
	return &PrivateKey{PublicKey: *public, d: slices.Clone(d)}, nil
}

// publish returns the public key of a secret.
func publish[E element](g *group[E], d []byte) (raw []byte, ok bool) {
	var k E
	setBig(&k, d)
	if isZero(&k) || !less(&k, &g.q.m) {
		return nil, false
	}
	p := g.multiplyBase(&k)
	x, y := g.coordinates(&p)
	return appendLittle(appendLittle(nil, &x), &y), true
}

// ParsePKCS8 reads a PrivateKeyInfo (RFC 5208, 5) in DER as OpenSSL's engine writes it:
// the secret little-endian in the OCTET STRING itself. It may also stand in an OCTET
// STRING of its own (RFC 9548, 4), or in an INTEGER as older engines wrote it. Masked
// and encrypted keys are not read.
func ParsePKCS8(der []byte) (*PrivateKey, error) {
	input := cryptobyte.String(der)
	var info, identifier, secret cryptobyte.String
	var version int
	if !input.ReadASN1(&info, casn1.SEQUENCE) || !input.Empty() ||
		!info.ReadASN1Integer(&version) || version != 0 ||
		!info.ReadASN1(&identifier, casn1.SEQUENCE) ||
		!info.ReadASN1(&secret, casn1.OCTET_STRING) {
		return nil, errPKCS8 // attributes may follow
	}
	algorithm, curve, err := readIdentifier(identifier)
	if err != nil {
		return nil, err
	}
	d, err := readSecret(secret, curve.size)
	if err != nil {
		return nil, err
	}
	key, err := NewPrivateKey(curve, d)
	if err == nil {
		key.Algorithm = algorithm
	}
	return key, err
}

// readSecret returns the secret big-endian.
func readSecret(s cryptobyte.String, size int) ([]byte, error) {
	if len(s) == size {
		d := slices.Clone([]byte(s))
		slices.Reverse(d)
		return d, nil
	}
	var octets cryptobyte.String
	if s.PeekASN1Tag(casn1.OCTET_STRING) && s.ReadASN1(&octets, casn1.OCTET_STRING) && s.Empty() && len(octets) == size {
		d := slices.Clone([]byte(octets))
		slices.Reverse(d)
		return d, nil
	}
	var number []byte
	if s.PeekASN1Tag(casn1.INTEGER) && s.ReadASN1Integer(&number) && s.Empty() && len(number) <= size {
		return append(make([]byte, size-len(number)), number...), nil
	}
	return nil, errPKCS8
}

// MarshalPKCS8 writes the key as PrivateKeyInfo in DER, as OpenSSL's engine does.
func (k *PrivateKey) MarshalPKCS8() ([]byte, error) {
	if !k.Algorithm.takes(k.curve) {
		return nil, fmt.Errorf("parameter set %s does not belong to %v", k.curve.name, k.Algorithm)
	}
	little := slices.Clone(k.d)
	slices.Reverse(little)
	var b cryptobyte.Builder
	b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(0)
		k.addIdentifier(b)
		b.AddASN1OctetString(little)
	})
	return b.Bytes()
}
