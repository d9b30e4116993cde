package gost3410

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/gatetest/openssl"
	"github.com/soapgate/soapgate/internal/gost/gostr341194"
	"github.com/soapgate/soapgate/internal/gost/streebog"
)

// engineSets are the parameter sets under the names of OpenSSL's engine.
var engineSets = []struct{ algorithm, set, name string }{
	{"gost2001", "A", "id-GostR3410-2001-CryptoPro-A-ParamSet"},
	{"gost2001", "B", "id-GostR3410-2001-CryptoPro-B-ParamSet"},
	{"gost2001", "C", "id-GostR3410-2001-CryptoPro-C-ParamSet"},
	{"gost2001", "XA", "id-GostR3410-2001-CryptoPro-XchA-ParamSet"},
	{"gost2001", "XB", "id-GostR3410-2001-CryptoPro-XchB-ParamSet"},
	{"gost2012_256", "A", "id-GostR3410-2001-CryptoPro-A-ParamSet"},
	{"gost2012_256", "B", "id-GostR3410-2001-CryptoPro-B-ParamSet"},
	{"gost2012_256", "C", "id-GostR3410-2001-CryptoPro-C-ParamSet"},
	{"gost2012_256", "XA", "id-GostR3410-2001-CryptoPro-XchA-ParamSet"},
	{"gost2012_256", "XB", "id-GostR3410-2001-CryptoPro-XchB-ParamSet"},
	{"gost2012_256", "TCA", "id-tc26-gost-3410-2012-256-paramSetA"},
	{"gost2012_256", "TCB", "id-tc26-gost-3410-2012-256-paramSetB"},
	{"gost2012_256", "TCC", "id-tc26-gost-3410-2012-256-paramSetC"},
	{"gost2012_256", "TCD", "id-tc26-gost-3410-2012-256-paramSetD"},
	{"gost2012_512", "A", "id-tc26-gost-3410-2012-512-paramSetA"},
	{"gost2012_512", "B", "id-tc26-gost-3410-2012-512-paramSetB"},
	{"gost2012_512", "C", "id-tc26-gost-3410-2012-512-paramSetC"},
}

// digestOf hashes with the digest that belongs to the algorithm.
func digestOf(a Algorithm, message []byte) []byte {
	switch a {
	case GOST2001:
		sum := gostr341194.Sum(message)
		return sum[:]
	case GOST2012_256:
		sum := streebog.Sum256(message)
		return sum[:]
	default:
		sum := streebog.Sum512(message)
		return sum[:]
	}
}

// TestEngine lets OpenSSL's engine and us sign for each other under every set.
func TestEngine(t *testing.T) {
	digestNames := map[Algorithm]string{GOST2001: "md_gost94", GOST2012_256: "md_gost12_256", GOST2012_512: "md_gost12_512"}
	message := []byte("<Body>сообщение</Body>")
	for _, test := range engineSets {
		t.Run(test.algorithm+"/"+test.set, func(t *testing.T) {
			tool := openssl.New(t)
			theirs := tool.GenerateKey(test.algorithm, "paramset:"+test.set)
			key, err := ParseSPKI(theirs.SPKI)
			if err != nil {
				t.Fatal(err)
			}
			if key.Curve().Name() != test.name {
				t.Errorf("curve %s, want %s", key.Curve().Name(), test.name)
			}
			if der, err := key.MarshalSPKI(); err != nil || !bytes.Equal(der, theirs.SPKI) {
				t.Errorf("SPKI: got %x, %v, want %x", der, err, theirs.SPKI)
			}
			sig := theirs.Sign(message)
			digest := digestOf(key.Algorithm, message)
			if !key.Verify(digest, sig) || !key.Precompute().Verify(digest, sig) {
				t.Error("their signature does not verify here")
			}
			digest[0] ^= 1
			if key.Verify(digest, sig) || key.Precompute().Verify(digest, sig) {
				t.Error("their signature verifies for another digest")
			}

			ours, err := GenerateKey(key.Curve(), rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			ours.Algorithm = key.Algorithm
			der, err := ours.MarshalSPKI()
			if err != nil {
				t.Fatal(err)
			}
			sig, err = ours.Sign(rand.Reader, digestOf(key.Algorithm, message), nil)
			if err != nil {
				t.Fatal(err)
			}
			if !tool.Verify(der, digestNames[key.Algorithm], message, sig) {
				t.Error("our signature does not verify there")
			}
			if tool.Verify(der, digestNames[key.Algorithm], message[1:], sig) {
				t.Error("our signature verifies there for another message")
			}
		})
	}
}

// TestCertificates verifies the self-signed ones among real certificates of authorities.
func TestCertificates(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(data.Dir(t, "gost-ca"), "*", "*.pem"))
	if err != nil {
		t.Fatal(err)
	}
	signatureAlgorithms := map[string]Algorithm{
		"1.2.643.2.2.3": GOST2001, "1.2.643.7.1.1.3.2": GOST2012_256, "1.2.643.7.1.1.3.3": GOST2012_512,
	}
	selfSigned := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		block, _ := pem.Decode(text)
		if block == nil {
			t.Fatalf("%s: no PEM block", file)
		}
		var cert struct {
			TBS       asn1.RawValue
			Algorithm struct{ OID asn1.ObjectIdentifier }
			Signature asn1.BitString
		}
		if _, err := asn1.Unmarshal(block.Bytes, &cert); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		parsed, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		key, err := ParseSPKI(parsed.RawSubjectPublicKeyInfo)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if !bytes.Equal(parsed.RawIssuer, parsed.RawSubject) || !bytes.Equal(parsed.AuthorityKeyId, parsed.SubjectKeyId) && len(parsed.AuthorityKeyId) > 0 {
			continue
		}
		selfSigned++
		algorithm := signatureAlgorithms[cert.Algorithm.OID.String()]
		if algorithm != key.Algorithm {
			t.Errorf("%s: key of %v, signature of %v", file, key.Algorithm, algorithm)
		}
		if !key.Verify(digestOf(algorithm, cert.TBS.FullBytes), cert.Signature.Bytes) {
			t.Errorf("%s: the signature does not verify", file)
		}
	}
	if selfSigned < 3 {
		t.Errorf("%d of %d certificates are self-signed", selfSigned, len(files))
	}
}
