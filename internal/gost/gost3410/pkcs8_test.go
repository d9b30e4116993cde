package gost3410_test

import (
	"bytes"
	"crypto/rand"
	"encoding/pem"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	casn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/soapgate/soapgate/internal/gatetest/openssl"
	"github.com/soapgate/soapgate/internal/gost/gost3410"
)

// TestPKCS8 takes keys from OpenSSL's engine and gives it ours: both sides mean
// the same key by the same bytes.
func TestPKCS8(t *testing.T) {
	tool := openssl.New(t)
	for _, tc := range []struct{ algorithm, set string }{
		{"gost2012_256", "A"}, {"gost2012_256", "B"}, {"gost2012_256", "C"}, {"gost2012_256", "XA"}, {"gost2012_256", "XB"},
		{"gost2012_256", "TCA"}, {"gost2012_256", "TCB"}, {"gost2012_256", "TCC"}, {"gost2012_256", "TCD"},
		{"gost2012_512", "A"}, {"gost2012_512", "B"}, {"gost2012_512", "C"},
		{"gost2001", "A"}, {"gost2001", "XA"},
	} {
		t.Run(tc.algorithm+" "+tc.set, func(t *testing.T) {
			theirs := tool.GenerateKey(tc.algorithm, "paramset:"+tc.set)
			key, err := gost3410.ParsePKCS8(theirs.PKCS8())
			if err != nil {
				t.Fatal(err)
			}
			if spki, err := key.MarshalSPKI(); err != nil || !bytes.Equal(spki, theirs.SPKI) {
				t.Errorf("%v: public key %x, want %x", err, spki, theirs.SPKI)
			}
			der, err := key.MarshalPKCS8()
			if err != nil || !bytes.Equal(der, theirs.PKCS8()) {
				t.Errorf("%v: written %x, read %x", err, der, theirs.PKCS8())
			}
			curve, err := gost3410.CurveByOID(key.Curve().OID())
			if err != nil {
				t.Fatal(err)
			}
			ours, err := gost3410.GenerateKey(curve, rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			ours.Algorithm = key.Algorithm
			if der, err = ours.MarshalPKCS8(); err != nil {
				t.Fatal(err)
			}
			file := tool.File("ours.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
			spki, err := ours.MarshalSPKI()
			if err != nil {
				t.Fatal(err)
			}
			if got := tool.Run(nil, "pkey", "-in", file, "-pubout", "-outform", "DER"); !bytes.Equal(got, spki) {
				t.Errorf("the engine makes the public key %x of it, want %x", got, spki)
			}
		})
	}
}

// TestPKCS8_forms reads the other forms in which a secret is written, and none
// that is damaged.
func TestPKCS8_forms(t *testing.T) {
	for _, curve := range gost3410.Curves() {
		key, err := gost3410.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		der, err := key.MarshalPKCS8()
		if err != nil {
			t.Fatal(err)
		}
		little := der[len(der)-curve.Size():]
		big := slices.Clone(little)
		slices.Reverse(big)
		same := func(name string, form []byte) {
			t.Helper()
			got, err := gost3410.ParsePKCS8(form)
			if err != nil || !got.Equal(&key.PublicKey) {
				t.Errorf("%s: %s: %v", curve.Name(), name, err)
			}
		}
		same("octets of its own", rewrap(t, der, func(b *cryptobyte.Builder) { b.AddASN1OctetString(little) }))
		same("a number", rewrap(t, der, func(b *cryptobyte.Builder) {
			b.AddASN1(casn1.INTEGER, func(b *cryptobyte.Builder) {
				number := bytes.TrimLeft(big, "\x00")
				if number[0] >= 0x80 {
					b.AddUint8(0)
				}
				b.AddBytes(number)
			})
		}))
		for name, form := range map[string][]byte{
			"empty":      nil,
			"short":      der[:len(der)-1],
			"followed":   append(slices.Clone(der), 0),
			"masked":     rewrap(t, der, func(b *cryptobyte.Builder) { b.AddBytes(append(slices.Clone(little), little...)) }),
			"zero":       append(slices.Clone(der[:len(der)-curve.Size()]), make([]byte, curve.Size())...),
			"beyond q":   append(slices.Clone(der[:len(der)-curve.Size()]), bytes.Repeat([]byte{0xff}, curve.Size())...),
			"another's":  []byte("\x30\x13\x02\x01\x00\x30\x06\x06\x04\x2a\x03\x04\x05\x04\x06secret"),
			"no version": der[5:],
		} {
			if _, err := gost3410.ParsePKCS8(form); err == nil {
				t.Errorf("%s: %s: read", curve.Name(), name)
			}
		}
	}
	if _, err := gost3410.NewPrivateKey(gost3410.Curves()[0], []byte{1}); err == nil || !strings.Contains(err.Error(), "private key of 1 bytes") {
		t.Errorf("a short secret: %v", err)
	}
}

// rewrap replaces the content of the OCTET STRING.
func rewrap(t *testing.T, der []byte, content func(*cryptobyte.Builder)) []byte {
	t.Helper()
	input := cryptobyte.String(der)
	var info, identifier cryptobyte.String
	if !input.ReadASN1(&info, casn1.SEQUENCE) || !info.SkipASN1(casn1.INTEGER) || !info.ReadASN1Element(&identifier, casn1.SEQUENCE) {
		t.Fatal("what MarshalPKCS8 wrote cannot be read")
	}
	var b cryptobyte.Builder
	b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(0)
		b.AddBytes(identifier)
		b.AddASN1(casn1.OCTET_STRING, content)
	})
	out, err := b.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return out
}
