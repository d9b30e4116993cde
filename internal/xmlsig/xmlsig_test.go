package xmlsig_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/gost/gost3410"
	"github.com/soapgate/soapgate/internal/xmlsig"
	"github.com/soapgate/soapgate/internal/xmltree"
)

const (
	soap11 = "http://schemas.xmlsoap.org/soap/envelope/"
	wsu    = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
)

var allC14N = []string{
	xmlsig.C14N10, xmlsig.C14N10WithComments, xmlsig.C14N11, xmlsig.C14N11WithComments,
	xmlsig.ExcC14N, xmlsig.ExcC14NWithComments,
}

// suites returns suites by name, all in force.
func suites(tb testing.TB, names ...string) (list []xmlsig.Suite) {
	tb.Helper()
	for _, name := range names {
		s, ok := xmlsig.LookupSuite(name)
		if !ok {
			tb.Fatalf("no suite %s", name)
		}
		list = append(list, s)
	}
	return list
}

func options() xmlsig.Options { return xmlsig.Options{Now: now, Certificate: readCertificate} }

// message is a request of ГИС ЖКХ's shape, not yet signed.
const message = `<?xml version="1.0" encoding="UTF-8"?>
<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/" xmlns:unused="urn:example:unused" xmlns:base="urn:example:base">
  <S:Header><base:RequestHeader><base:MessageGUID>6f1f2f3a-0000-4000-8000-000000000001</base:MessageGUID></base:RequestHeader></S:Header>
  <S:Body>
    <dm:importRequest xmlns:dm="urn:example:metering" xmlns="urn:example:default" Id="signed-data-container" base:version="10.0.1.1">
      <dm:Value a="1" base:b="2">42 &gt; 41 &amp; 43</dm:Value><!-- a comment -->
      <Note>текст</Note>
    </dm:importRequest>
  </S:Body>
</S:Envelope>`

// hcs is what profile hcs requires of a message.
func hcs(tb testing.TB, t *xmltree.Tree, names ...string) (xmlsig.Requirement, error) {
	payload := t.FirstElement(t.Child(t.Root(), soap11, "Body"))
	s, err := xmlsig.InPayload(t, payload)
	return xmlsig.Requirement{
		Signatures:       []xmlsig.Expected{{Signature: s, Covers: []xmltree.Node{payload}, Only: true, XAdES: true}},
		Alone:            true,
		IDs:              []xmltree.Name{{Local: "Id"}},
		Suites:           suites(tb, names...),
		Canonicalization: []string{xmlsig.C14N10, xmlsig.ExcC14N},
		Transforms:       []string{xmlsig.EnvelopedSignature},
		KeyInfo:          xmlsig.KeyCertificate,
	}, err
}

// verifyHCS parses and verifies a message as profile hcs does.
func verifyHCS(tb testing.TB, msg []byte, suites ...string) (*xmlsig.Result, *xmltree.Tree, error) {
	tb.Helper()
	t, err := xmltree.Parse(msg, xmltree.Options{})
	if err != nil {
		return nil, nil, err
	}
	req, err := hcs(tb, t, suites...)
	if err != nil {
		return nil, t, err
	}
	res, err := xmlsig.Verify(t, req, options())
	return res, t, err
}

func TestVerify_hcs(t *testing.T) {
	const more = "http://www.w3.org/2001/04/xmldsig-more#"
	for _, tt := range []struct{ name, kind, suite, signature, digest, properties, c14n string }{
		{name: "GOST 2012-256", kind: "gost256", suite: "gost2012"},
		{name: "GOST 2012-256 on tc26-A", kind: "gost256-tc26", suite: "gost2012"},
		{name: "GOST 2012-512", kind: "gost512", suite: "gost2012"},
		{name: "GOST 2012 with 34.11-94 over the properties", kind: "gost256", suite: "gost2012", properties: more + "gostr3411"},
		{name: "GOST 2012, exclusive SignedInfo", kind: "gost256", suite: "gost2012", c14n: xmlsig.ExcC14N},
		{name: "GOST 2001", kind: "gost2001", suite: "gost2001"},
		{name: "GOST 2001 in CryptoPro's spelling", kind: "gost2001", suite: "gost2001",
			signature: "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102001-gostr3411", digest: "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr3411"},
		{name: "RSA-SHA256", kind: "rsa", suite: "rsa"},
		{name: "RSA-SHA512", kind: "rsa", suite: "rsa", signature: more + "rsa-sha512", digest: more + "sha384"},
		{name: "RSA-PSS", kind: "rsa", suite: "rsa", signature: "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"},
		{name: "RSA 1024", kind: "rsa1024", suite: "rsa1024"},
		{name: "RSA-SHA1", kind: "rsa", suite: "sha1", signature: "http://www.w3.org/2000/09/xmldsig#rsa-sha1", digest: "http://www.w3.org/2000/09/xmldsig#sha1"},
		{name: "ECDSA P-256", kind: "p256", suite: "ecdsa"},
		{name: "ECDSA P-384", kind: "p384", suite: "ecdsa"},
		{name: "ECDSA P-521", kind: "p521", suite: "ecdsa"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := signer(t, tt.kind)
			s.Signature, s.Digest, s.PropertiesDigest, s.Canonicalization = tt.signature, tt.digest, tt.properties, tt.c14n
			msg, err := s.HCS([]byte(message))
			if err != nil {
				t.Fatalf("signing: %v", err)
			}
			res, tree, err := verifyHCS(t, msg, tt.suite)
			if err != nil {
				t.Fatalf("verifying: %v", err)
			}
			got := res.Signatures[0]
			if diff := cmp.Diff(s.Certificate, got.Certificate.Raw); diff != "" {
				t.Errorf("certificate: %s", diff)
			}
			if tree.Name(got.Covered[0]).Local != "importRequest" || tree.Name(got.Covered[1]).Local != "SignedProperties" || len(got.Covered) != 2 {
				t.Errorf("covered %v", got.Covered)
			}
			if !got.SigningTime.Equal(s.Time) {
				t.Errorf("signing time %v, want %v", got.SigningTime, s.Time)
			}
			// CRLF is line ends, no change of content (XML 1.0 2.11).
			if _, _, err := verifyHCS(t, []byte(strings.ReplaceAll(string(msg), "\n", "\r\n")), tt.suite); err != nil {
				t.Errorf("with CRLF: %v", err)
			}
		})
	}
}

func TestVerify_suiteEnds(t *testing.T) {
	msg, err := signer(t, "gost2001").HCS([]byte(message))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		until time.Time
		ok    bool
	}{{time.Time{}, true}, {now.Add(time.Second), true}, {now, false}} {
		tree, err := xmltree.Parse(msg, xmltree.Options{})
		if err != nil {
			t.Fatal(err)
		}
		req, err := hcs(t, tree, "gost2001")
		if err != nil {
			t.Fatal(err)
		}
		req.Suites[0].Until = tt.until
		if _, err := xmlsig.Verify(tree, req, options()); (err == nil) != tt.ok {
			t.Errorf("until %v: %v", tt.until, err)
		}
	}
}

// Verification of a known signer's message allocates what the result holds
// and little more; nothing that grows with the message.
func TestVerify_allocs(t *testing.T) {
	data.CountAllocations(t)
	s := signer(t, "gost256")
	c, err := readCertificate(s.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	c.PublicKey = c.PublicKey.(*gost3410.PublicKey).Precompute()
	o := xmlsig.Options{Now: now, Certificate: func([]byte) (*xmlsig.Certificate, error) { return c, nil }}
	var counts []float64
	for _, entries := range []int{1, 500} {
		msg, err := s.HCS([]byte(strings.Replace(message, "<Note>текст</Note>", strings.Repeat("<Note a=\"1\">текст</Note>\n", entries), 1)))
		if err != nil {
			t.Fatal(err)
		}
		tree, err := xmltree.Parse(msg, xmltree.Options{})
		if err != nil {
			t.Fatal(err)
		}
		req, err := hcs(t, tree, "gost2012")
		if err != nil {
			t.Fatal(err)
		}
		counts = append(counts, testing.AllocsPerRun(20, func() {
			if _, err := xmlsig.Verify(tree, req, o); err != nil {
				t.Fatal(err)
			}
		}))
	}
	t.Logf("allocations: %v", counts)
	if counts[0] > 100 || counts[1] > counts[0] {
		t.Errorf("%v allocations for a small message, %v for a large one; want at most 100, and no more", counts[0], counts[1])
	}
}
