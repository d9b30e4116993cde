package xmlsig_test

import (
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"hash"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/soapgate/soapgate/internal/gatetest/recipe"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmlsig"
	"github.com/soapgate/soapgate/internal/xmlsig/sign"
	"github.com/soapgate/soapgate/internal/xmltree"
)

func code(err error) reject.Code {
	var r *reject.Rejection
	if errors.As(err, &r) {
		return r.Code
	}
	return ""
}

// A meter counts what verification does.
type meter struct{ hashed, verified int }

type meteredHash struct {
	hash.Hash
	m *meter
}

func (h meteredHash) Write(p []byte) (int, error) {
	h.m.hashed += len(p)
	return h.Hash.Write(p)
}

// suite is RSA with SHA-256, metered.
func (m *meter) suite(t *testing.T) xmlsig.Suite {
	s := suites(t, "rsa")[0]
	method := s.Signatures[0]
	verify := method.Verify
	method.Verify = func(key any, digest, value []byte) bool {
		m.verified++
		return verify(key, digest, value)
	}
	return xmlsig.Suite{
		Name:       "metered",
		Signatures: []xmlsig.SignatureMethod{method},
		Digests:    []xmlsig.DigestMethod{{URI: s.Digests[0].URI, Hash: func() hash.Hash { return meteredHash{sha256.New(), m} }}},
	}
}

// What a refusal may cost: nothing is verified before the grammar is read,
// and of the content nothing is digested before the value holds.
func TestVerify_costOfRefusal(t *testing.T) {
	signed, err := signer(t, "rsa").HCS([]byte(message))
	if err != nil {
		t.Fatal(err)
	}
	certificate := len(signer(t, "rsa").Certificate)
	for _, tt := range []struct {
		name, old, with  string
		code             reject.Code
		verified, hashed int // hashed at most: the certificate for the properties is
	}{
		{"format", "</ds:KeyInfo>", "</ds:KeyInfo><x/>", reject.SignatureFormat, 0, 0},
		{"transform", "xml-exc-c14n#", "xml-exc-c14n#x", reject.SignatureTransform, 0, 0},
		{"reference", "#signed-data", "#unsigned-data", reject.SignatureReference, 0, 0},
		{"duplicate", "<Note>", `<Note Id="signed-data-container">`, reject.SignatureDuplicateID, 0, 0},
		{"value", "-ref0", "-ref1", reject.SignatureValue, 1, certificate},
		{"payload", ">42 ", ">43 ", reject.SignatureDigest, 1, certificate + 1000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tree, err := xmltree.Parse([]byte(strings.Replace(string(signed), tt.old, tt.with, 1)), xmltree.Options{})
			if err != nil {
				t.Fatal(err)
			}
			req, err := hcs(t, tree)
			if err != nil {
				t.Fatal(err)
			}
			var m meter
			req.Suites = []xmlsig.Suite{m.suite(t)}
			if _, err := xmlsig.Verify(tree, req, options()); code(err) != tt.code {
				t.Fatalf("got %v, want %s", err, tt.code)
			}
			if m.verified != tt.verified || m.hashed > tt.hashed {
				t.Errorf("%d values verified and %d bytes digested, want %d and at most %d", m.verified, m.hashed, tt.verified, tt.hashed)
			}
		})
	}
}

// Equal octets are made and digested once, however many references want them.
func TestVerify_sameOctetsOnce(t *testing.T) {
	s := signer(t, "rsa")
	var hashed []int
	for _, more := range []int{0, 5} {
		s.Edit = func(doc []byte) ([]byte, error) {
			text := string(doc)
			from := strings.Index(text, "<ds:Reference ")
			to := strings.Index(text, "</ds:Reference>") + len("</ds:Reference>")
			again := strings.Replace(text[from:to], ` Id="`, ` X="`, 1)
			return []byte(text[:to] + strings.Repeat(again, more) + text[to:]), nil
		}
		msg, err := s.HCS([]byte(message))
		if err != nil {
			t.Fatal(err)
		}
		tree, err := xmltree.Parse(msg, xmltree.Options{})
		if err != nil {
			t.Fatal(err)
		}
		req, err := hcs(t, tree)
		if err != nil {
			t.Fatal(err)
		}
		var m meter
		req.Suites = []xmlsig.Suite{m.suite(t)}
		if _, err := xmlsig.Verify(tree, req, options()); err != nil {
			t.Fatal(err)
		}
		hashed = append(hashed, m.hashed)
	}
	if hashed[0] != hashed[1] {
		t.Errorf("%d bytes digested for one reference, %d for six to the same octets", hashed[0], hashed[1])
	}
}

// A message in UTF-16 is signed over the same canonical octets, which are in
// UTF-8 (Canonical XML 1.0 2.1).
func TestVerify_utf16(t *testing.T) {
	msg, err := signer(t, "gost256").HCS([]byte(strings.Replace(message, "UTF-8", "UTF-16", 1)))
	if err == nil {
		t.Fatal("a message that says UTF-16 and is UTF-8 was read")
	}
	msg, err = signer(t, "gost256").HCS([]byte(message))
	if err != nil {
		t.Fatal(err)
	}
	wide := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(strings.Replace(string(msg), "UTF-8", "UTF-16", 1))) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	if _, _, err := verifyHCS(t, wide, "gost2012"); err != nil {
		t.Error(err)
	}
}

func TestVerify_certificates(t *testing.T) {
	s := signer(t, "p256")
	issuer, err := certificate(signer(t, "p384").Key, "test CA", "test root")
	if err != nil {
		t.Fatal(err)
	}
	other, err := certificate(s.Key, "test signer renewed", "test CA")
	if err != nil {
		t.Fatal(err)
	}
	signed, err := s.HCS([]byte(message))
	if err != nil {
		t.Fatal(err)
	}
	element := func(der []byte) string {
		return "<ds:X509Certificate>" + base64.StdEncoding.EncodeToString(der) + "</ds:X509Certificate>"
	}
	own := element(s.Certificate)
	for _, tt := range []struct {
		name, with string
		code       reject.Code
		path       [][]byte
	}{
		{"with its issuer", own + element(issuer), "", [][]byte{issuer}},
		{"behind its issuer", element(issuer) + own, "", [][]byte{issuer}},
		{"another of the same key", element(other), reject.SignatureCertMismatch, nil},
		{"another key", element(signer(t, "p384").Certificate), reject.SignatureCertMismatch, nil},
		{"serial number beside", own + "<ds:X509IssuerSerial><ds:X509IssuerName>CN=?</ds:X509IssuerName><ds:X509SerialNumber>1</ds:X509SerialNumber></ds:X509IssuerSerial>", reject.SignatureCertMismatch, nil},
		{"named only", "<ds:X509SKI>AAAA</ds:X509SKI>", reject.SignatureKey, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			msg := strings.Replace(string(signed), own, tt.with, 1)
			res, _, err := verifyHCS(t, []byte(msg), "ecdsa")
			if code(err) != tt.code {
				t.Fatalf("got %v, want %q", err, tt.code)
			}
			if err == nil {
				if diff := cmp.Diff(tt.path, res.Signatures[0].Path); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestVerify_pkiPath(t *testing.T) {
	s := signer(t, "p256")
	issuer, err := certificate(signer(t, "p384").Key, "test CA", "test root")
	if err != nil {
		t.Fatal(err)
	}
	msg, err := s.WSS([]byte(recipe.Messages["wss"]), sign.Security{Token: sign.Path, Chain: [][]byte{issuer}})
	if err != nil {
		t.Fatal(err)
	}
	res, err := judge(t, msg, "wss", "ecdsa")
	if err != nil {
		t.Fatal(err)
	}
	got := res.Signatures[0]
	if diff := cmp.Diff(s.Certificate, got.Certificate.Raw); diff != "" {
		t.Errorf("signer: %s", diff)
	}
	if diff := cmp.Diff([][]byte{issuer}, got.Path); diff != "" {
		t.Errorf("path: %s", diff)
	}
}

// A key that is known beforehand needs no KeyInfo, and no other key helps.
func TestVerify_knownKey(t *testing.T) {
	s := signer(t, "rsa")
	msg, err := s.Enveloped([]byte(recipe.Messages["enveloped"]))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		key  crypto.PublicKey
		code reject.Code
	}{
		{s.Key.Public(), ""},
		{signer(t, "p256").Key.Public(), reject.SignatureKeyMismatch},
	} {
		tree, err := xmltree.Parse(msg, xmltree.Options{})
		if err != nil {
			t.Fatal(err)
		}
		req, err := document(t, tree, "rsa", "ecdsa")
		if err != nil {
			t.Fatal(err)
		}
		o := options()
		o.Key = tt.key
		if _, err := xmlsig.Verify(tree, req, o); code(err) != tt.code {
			t.Errorf("got %v, want %q", err, tt.code)
		}
	}
}

// Where to look for signatures in what is no SOAP message, nothing is found
// and nothing panics.
func TestPlaces_none(t *testing.T) {
	tree, err := xmltree.Parse([]byte("<a><b/></a>"), xmltree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []xmltree.Node{xmltree.None, tree.Root(), tree.FirstElement(tree.Root())} {
		if _, err := xmlsig.InPayload(tree, n); code(err) != reject.SignatureMissing {
			t.Errorf("InPayload(%d): %v", n, err)
		}
		if _, err := xmlsig.InWrapper(tree, n, []xmltree.Name{{Local: "b"}, {Local: "c/d"}}); code(err) != reject.SignatureMissing {
			t.Errorf("InWrapper(%d): %v", n, err)
		}
		if _, err := xmlsig.InSecurity(tree, n, ""); code(err) != reject.SignatureSecurityHeader {
			t.Errorf("InSecurity(%d): %v", n, err)
		}
	}
}

// RSA-PSS with parameters that say what the identifier without them implies.
func TestVerify_pssParameters(t *testing.T) {
	const (
		pss    = "http://www.w3.org/2007/05/xmldsig-more#"
		sha384 = `<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#sha384"/>`
	)
	for _, tt := range []struct{ implied, parameters string }{
		{"sha256-rsa-MGF1", ""},
		{"sha256-rsa-MGF1", `<pss:RSAPSSParams xmlns:pss="` + pss + `"/>`},
		{"sha384-rsa-MGF1", `<pss:RSAPSSParams xmlns:pss="` + pss + `">` + sha384 + `<pss:MaskGenerationFunction Algorithm="` + pss + `MGF1">` + sha384 +
			`</pss:MaskGenerationFunction><pss:SaltLength>48</pss:SaltLength><pss:TrailerField>1</pss:TrailerField></pss:RSAPSSParams>`},
	} {
		s := signer(t, "rsa")
		s.Signature = pss + tt.implied
		s.Edit = func(doc []byte) ([]byte, error) {
			return []byte(strings.Replace(string(doc), `<ds:SignatureMethod Algorithm="`+pss+tt.implied+`"/>`,
				`<ds:SignatureMethod Algorithm="`+pss+`rsa-pss">`+tt.parameters+`</ds:SignatureMethod>`, 1)), nil
		}
		msg, err := s.HCS([]byte(message))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(msg), "rsa-pss") {
			t.Fatal("the template was not changed")
		}
		if _, _, err := verifyHCS(t, msg, "rsa"); err != nil {
			t.Errorf("%s %s: %v", tt.implied, tt.parameters, err)
		}
	}
}
