package xmlsig_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gost/gost3410"
	"github.com/soapgate/soapgate/internal/xmlsig"
	"github.com/soapgate/soapgate/internal/xmlsig/sign"
)

// now is when the tests take place.
var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// kinds are the keys of the tests by name, made once.
var kinds = map[string]func() (crypto.Signer, error){
	"gost256":      gostKey("1.2.643.2.2.36.0", 0),
	"gost256-tc26": gostKey("1.2.643.7.1.2.1.1.1", 0),
	"gost512":      gostKey("1.2.643.7.1.2.1.2.1", 0),
	"gost2001":     gostKey("1.2.643.2.2.35.1", gost3410.GOST2001),
	"rsa":          func() (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, 2048) },
	"rsa1024":      func() (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, 1024) },
	"p256":         func() (crypto.Signer, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) },
	"p384":         func() (crypto.Signer, error) { return ecdsa.GenerateKey(elliptic.P384(), rand.Reader) },
	"p521":         func() (crypto.Signer, error) { return ecdsa.GenerateKey(elliptic.P521(), rand.Reader) },
	"p224":         func() (crypto.Signer, error) { return ecdsa.GenerateKey(elliptic.P224(), rand.Reader) },
}

func gostKey(set string, algorithm gost3410.Algorithm) func() (crypto.Signer, error) {
	return func() (crypto.Signer, error) {
		for _, c := range gost3410.Curves() {
			if c.OID().String() == set {
				k, err := gost3410.GenerateKey(c, rand.Reader)
				if err == nil && algorithm != 0 {
					k.Algorithm = algorithm
				}
				return k, err
			}
		}
		return nil, fmt.Errorf("no curve %s", set)
	}
}

var made sync.Map // kind -> *sign.Signer

// signer returns the signer of a kind of key, with a certificate of its own.
func signer(tb testing.TB, kind string) *sign.Signer {
	tb.Helper()
	if s, ok := made.Load(kind); ok {
		c := *s.(*sign.Signer)
		return &c
	}
	key, err := kinds[kind]()
	if err != nil {
		tb.Fatalf("making a key: %v", err)
	}
	der, err := certificate(key, "test signer "+kind, "test CA")
	if err != nil {
		tb.Fatalf("making a certificate: %v", err)
	}
	s := &sign.Signer{Key: key, Certificate: der, Time: now.Add(-time.Minute)}
	made.Store(kind, s)
	c := *s
	return &c
}

// certificate makes a certificate for a key. Its signature is nobody's
// business here and does not hold for GOST keys, which crypto/x509 cannot
// write: theirs is a certificate of another key with the key exchanged.
func certificate(key crypto.Signer, subject, issuer string) ([]byte, error) {
	ca, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: subject}, SubjectKeyId: serial.Bytes(),
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	parent := &x509.Certificate{Subject: pkix.Name{CommonName: issuer}}
	g, isGOST := key.(*gost3410.PrivateKey)
	public := key.Public()
	if isGOST {
		public = ca.Public()
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, ca)
	if err != nil || !isGOST {
		return der, err
	}
	spki, err := g.PublicKey.MarshalSPKI()
	if err != nil {
		return nil, err
	}
	return exchangeKey(der, spki)
}

func exchangeKey(der, spki []byte) ([]byte, error) {
	type tbs struct {
		Version                              int `asn1:"optional,explicit,default:0,tag:0"`
		Serial                               *big.Int
		Algorithm, Issuer, Validity, Subject asn1.RawValue
		Key                                  asn1.RawValue
		Extensions                           asn1.RawValue `asn1:"optional,explicit,tag:3"`
	}
	var c struct {
		TBS       tbs
		Algorithm asn1.RawValue
		Value     asn1.BitString
	}
	if _, err := asn1.Unmarshal(der, &c); err != nil {
		return nil, err
	}
	c.TBS.Key = asn1.RawValue{FullBytes: spki}
	return asn1.Marshal(c)
}

// readCertificate is Options.Certificate of the tests.
func readCertificate(der []byte) (*xmlsig.Certificate, error) {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	out := &xmlsig.Certificate{
		Raw: der, PublicKey: c.PublicKey, Serial: c.SerialNumber,
		Issuer: c.Issuer.String(), Subject: c.Subject.String(), SubjectKeyID: c.SubjectKeyId,
	}
	if c.PublicKey == nil {
		if out.PublicKey, err = gost3410.ParseSPKI(c.RawSubjectPublicKeyInfo); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func thumbprint(der []byte) []byte {
	sum := sha1.Sum(der)
	return sum[:]
}
