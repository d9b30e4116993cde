package xmlsig_test

import (
	"crypto"
	"crypto/dsa" //nolint:staticcheck // the collections of 2002 are signed with it
	"crypto/rsa"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmlsig"
	"github.com/soapgate/soapgate/internal/xmltree"
)

const dsNS = "http://www.w3.org/2000/09/xmldsig#"

// collections is the suite for the old collections alone: SHA-1, DSA, and RSA
// of any length. No configuration can name it.
var collections = xmlsig.Suite{
	Name: "collections",
	Signatures: []xmlsig.SignatureMethod{
		{
			URI: dsNS + "dsa-sha1", Hash: sha1.New,
			Fits: func(key any) bool { _, ok := key.(*dsa.PublicKey); return ok },
			Verify: func(key any, digest, value []byte) bool { // r || s (XML Signature 6.4.1)
				return len(value) == 40 && dsa.Verify(key.(*dsa.PublicKey), digest,
					new(big.Int).SetBytes(value[:20]), new(big.Int).SetBytes(value[20:]))
			},
		},
		{
			URI: dsNS + "rsa-sha1", Hash: sha1.New,
			Fits: func(key any) bool { _, ok := key.(*rsa.PublicKey); return ok },
			Verify: func(key any, digest, value []byte) bool {
				return rsa.VerifyPKCS1v15(key.(*rsa.PublicKey), crypto.SHA1, digest, value) == nil
			},
		},
	},
	Digests: []xmlsig.DigestMethod{{URI: dsNS + "sha1", Hash: sha1.New}},
}

// verdicts of the merlin collections. An empty code means that the signature
// verifies; the others are refused on purpose, for the reason given.
var verdicts = map[string]struct{ code, reason string }{
	"merlin-xmldsig-twenty-three/signature.xml":                            {"xml.dtd", "has a document type declaration"},
	"merlin-xmldsig-twenty-three/signature-enveloped-dsa.xml":              {},
	"merlin-xmldsig-twenty-three/signature-enveloping-dsa.xml":             {},
	"merlin-xmldsig-twenty-three/signature-enveloping-rsa.xml":             {},
	"merlin-xmldsig-twenty-three/signature-enveloping-b64-dsa.xml":         {"signature.transform", "base64 transform"},
	"merlin-xmldsig-twenty-three/signature-enveloping-hmac-sha1.xml":       {"signature.algorithm", "HMAC"},
	"merlin-xmldsig-twenty-three/signature-enveloping-hmac-sha1-40.xml":    {"signature.format", "HMAC that is cut: parameters of the algorithm"},
	"merlin-xmldsig-twenty-three/signature-external-dsa.xml":               {"signature.reference", "external reference"},
	"merlin-xmldsig-twenty-three/signature-external-b64-dsa.xml":           {"signature.reference", "external reference"},
	"merlin-xmldsig-twenty-three/signature-keyname.xml":                    {"signature.reference", "external reference"},
	"merlin-xmldsig-twenty-three/signature-retrievalmethod-rawx509crt.xml": {"signature.reference", "external reference"},
	"merlin-xmldsig-twenty-three/signature-x509-crt.xml":                   {"signature.reference", "external reference"},
	"merlin-xmldsig-twenty-three/signature-x509-crt-crl.xml":               {"signature.reference", "external reference"},
	"merlin-xmldsig-twenty-three/signature-x509-is.xml":                    {"signature.reference", "external reference"},
	"merlin-xmldsig-twenty-three/signature-x509-ski.xml":                   {"signature.reference", "external reference"},
	"merlin-xmldsig-twenty-three/signature-x509-sn.xml":                    {"signature.reference", "external reference"},
	"merlin-c14n-three/signature.xml":                                      {"signature.transform", "XPath transforms; the octets of whole subtrees are tested in c14n"},
	"merlin-exc-c14n-one/exc-signature.xml":                                {"signature.reference", "XPointer references; their octets are tested below"},
}

func TestCollections(t *testing.T) {
	root := data.Dir(t, "xmldsig")
	files, err := filepath.Glob(filepath.Join(root, "*", "*.xml"))
	if err != nil || len(files) < len(verdicts) {
		t.Fatalf("%d files, want %d (%v)", len(files), len(verdicts), err)
	}
	for _, file := range files {
		name, _ := filepath.Rel(root, file)
		t.Run(name, func(t *testing.T) {
			want, ok := verdicts[filepath.ToSlash(name)]
			if !ok {
				t.Fatal("no verdict for this file")
			}
			err := verifyCollection(t, file)
			var r *reject.Rejection
			switch {
			case want.code == "" && err != nil:
				t.Errorf("refused: %v", err)
			case want.code != "" && (!errors.As(err, &r) || string(r.Code) != want.code):
				t.Errorf("got %v, want %s: %s", err, want.code, want.reason)
			}
			if want.code == "" {
				t.Run("changed", func(t *testing.T) { verifyChanged(t, file) })
			}
		})
	}
}

// verifyCollection verifies the one signature of a file, with the key that
// stands in it: the collections are about signatures, not about trust.
func verifyCollection(tb testing.TB, file string) error {
	tb.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	return verifyWithOwnKey(tb, src)
}

func verifyWithOwnKey(tb testing.TB, src []byte) error {
	tb.Helper()
	t, err := xmltree.Parse(src, xmltree.Options{AllowPI: true})
	if err != nil {
		return err
	}
	var s, covers xmltree.Node
	for n := t.Root(); n < t.End(0); n++ {
		if t.Is(n, dsNS, "Signature") {
			s = n
		}
		if t.Is(n, dsNS, "Object") {
			covers = n // enveloping
		}
	}
	if covers == xmltree.None {
		covers = t.Root()
	}
	_, err = xmlsig.Verify(t, xmlsig.Requirement{
		Signatures:       []xmlsig.Expected{{Signature: s, Covers: []xmltree.Node{covers}}},
		IDs:              []xmltree.Name{{Local: "Id"}},
		Suites:           []xmlsig.Suite{collections},
		Canonicalization: allC14N,
		Transforms:       []string{xmlsig.EnvelopedSignature},
		Objects:          true, Document: true, MaxReferences: 32,
	}, xmlsig.Options{Now: now, Key: keyValue(tb, t)})
	return err
}

// keyValue reads the ds:KeyValue of a document, nil if there is none.
func keyValue(tb testing.TB, t *xmltree.Tree) any {
	number := func(parent xmltree.Node, local string) *big.Int {
		text, _ := t.Text(t.Child(parent, dsNS, local))
		b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(text)), ""))
		if err != nil {
			tb.Fatalf("%s: %v", local, err)
		}
		return new(big.Int).SetBytes(b)
	}
	for n := t.Root(); n < t.End(0); n++ {
		switch {
		case t.Is(n, dsNS, "DSAKeyValue"):
			return &dsa.PublicKey{Parameters: dsa.Parameters{P: number(n, "P"), Q: number(n, "Q"), G: number(n, "G")}, Y: number(n, "Y")}
		case t.Is(n, dsNS, "RSAKeyValue"):
			return &rsa.PublicKey{N: number(n, "Modulus"), E: int(number(n, "Exponent").Int64())}
		}
	}
	return nil
}

// A signature that verifies must not do so any more with one change.
func verifyChanged(t *testing.T, file string) {
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{{"<Envelope ", `<Envelope changed="" `}, {"<Object ", `<Object changed="" `}, {"<SignedInfo>", `<SignedInfo changed="">`}} {
		changed := strings.Replace(string(src), change[0], change[1], 1)
		if changed != string(src) && verifyWithOwnKey(t, []byte(changed)) == nil {
			t.Errorf("verifies with %s", change[1])
		}
	}
}
