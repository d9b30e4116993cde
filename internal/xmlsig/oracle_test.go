package xmlsig_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/gatetest/openssl"
	"github.com/soapgate/soapgate/internal/gatetest/recipe"
	"github.com/soapgate/soapgate/internal/gost/gost3410"
	"github.com/soapgate/soapgate/internal/xmlsig"
	"github.com/soapgate/soapgate/internal/xmlsig/sign"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// xmlsec is a build of the xmlsec1 command, which shares no code with us.
type xmlsec struct {
	tb  testing.TB
	bin string
	env []string
	dir string
}

func (x *xmlsec) file(name string, content []byte) string {
	path := filepath.Join(x.dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		x.tb.Fatal(err)
	}
	return path
}

// ids tells xmlsec which attributes are identifiers, which it has no way to
// know.
var ids = []string{
	"--id-attr:Id", "urn:example:metering:importRequest",
	"--id-attr:Id", "http://uri.etsi.org/01903/v1.3.2#:SignedProperties",
	"--id-attr:Id", "http://schemas.xmlsoap.org/soap/envelope/:Body",
	"--id-attr:Id", wsu + ":Timestamp",
	"--id-attr:Id", "urn:example:smev:types:1.2:SenderProvidedRequestData",
	"--id-attr:Id", "leaf",
	"--id-attr:Id", "urn:d:leaf",
}

func (x *xmlsec) run(args ...string) ([]byte, error) {
	cmd := exec.Command(x.bin, args...)
	cmd.Env = append(os.Environ(), x.env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.Bytes(), err
}

// verify has xmlsec verify a message. Its certificate is not judged.
func (x *xmlsec) verify(msg []byte, more ...string) error {
	args := append([]string{"--verify", "--insecure", "--enabled-key-data", "x509"}, ids...)
	out, err := x.run(append(append(args, more...), x.file("signed.xml", msg))...)
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

var values = regexp.MustCompile(`(<ds:(DigestValue|SignatureValue)( Id="[^"]*")?>)[^<]*`)

// sign has xmlsec sign a message anew that we have signed: digests and value
// are taken out, but for the digest of the certificate, which xmlsec leaves
// alone.
func (x *xmlsec) sign(msg, key []byte) []byte {
	head, tail, _ := bytes.Cut(msg, []byte("<ds:KeyInfo>"))
	template := append(values.ReplaceAll(head, []byte("$1")), append([]byte("<ds:KeyInfo>"), tail...)...)
	out := filepath.Join(x.dir, "resigned.xml")
	args := append([]string{"--sign", "--output", out, "--privkey-pem", x.file("key.pem", key)}, ids...)
	if text, err := x.run(append(args, x.file("template.xml", template))...); err != nil {
		x.tb.Fatalf("xmlsec1 --sign: %v\n%s", err, text)
	}
	signed, err := os.ReadFile(out)
	if err != nil {
		x.tb.Fatal(err)
	}
	if bytes.Equal(signed, msg) {
		x.tb.Fatal("xmlsec1 changed nothing")
	}
	return signed
}

func debianXMLSec(tb testing.TB) *xmlsec {
	return &xmlsec{tb: tb, bin: data.Tool(tb, "xmlsec1"), dir: tb.TempDir()}
}

func pkcs8(tb testing.TB, key crypto.PrivateKey) []byte {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		tb.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func TestXMLSec(t *testing.T) {
	x := debianXMLSec(t)
	const more = "http://www.w3.org/2001/04/xmldsig-more#"
	for _, tt := range []struct{ kind, signature, digest, c14n string }{
		{kind: "rsa"},
		{kind: "rsa", signature: more + "rsa-sha384", digest: more + "sha384", c14n: xmlsig.ExcC14N},
		{kind: "rsa", signature: more + "rsa-sha512", digest: "http://www.w3.org/2001/04/xmlenc#sha512"},
		{kind: "p256"},
		{kind: "p384", c14n: xmlsig.ExcC14N},
		{kind: "p521"},
	} {
		t.Run(tt.kind+tt.signature, func(t *testing.T) {
			x.tb = t
			s := signer(t, tt.kind)
			s.Signature, s.Digest, s.Canonicalization = tt.signature, tt.digest, tt.c14n
			msg, err := s.HCS([]byte(message))
			if err != nil {
				t.Fatal(err)
			}
			if err := x.verify(msg); err != nil {
				t.Errorf("theirs does not verify ours: %v", err)
			}
			if err := x.verify(bytes.Replace(msg, []byte(">42 "), []byte(">43 "), 1)); err == nil {
				t.Error("theirs verifies a changed message: the test cannot fail")
			}
			if _, _, err := verifyHCS(t, x.sign(msg, pkcs8(t, s.Key)), "rsa", "ecdsa"); err != nil {
				t.Errorf("ours does not verify theirs: %v", err)
			}
		})
	}
	t.Run("wss", func(t *testing.T) {
		x.tb = t
		s := signer(t, "rsa")
		msg, err := s.WSS([]byte(recipe.Messages["wss"]), sign.Security{Lifetime: 5 * 60e9})
		if err != nil {
			t.Fatal(err)
		}
		// xmlsec knows no SecurityTokenReference; it is given the key.
		if err := x.verify(msg, "--pubkey-cert-pem", x.file("cert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate}))); err != nil {
			t.Errorf("theirs does not verify ours: %v", err)
		}
	})
}

// TestXMLSec_subtrees compares the canonical forms of elements deep in a
// document, of all methods, with those that libxml2 makes.
func TestXMLSec_subtrees(t *testing.T) {
	x := debianXMLSec(t)
	const prefixList = xmlsig.ExcC14N + `"><ec:InclusiveNamespaces xmlns:ec="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="a #default z"/></ds:Transform>`
	for _, path := range []string{
		`<root xmlns="urn:d" xmlns:a="urn:a" xmlns:z="urn:z"><m xmlns:a="urn:a2"><leaf Id="leaf" z:y="1" a:x="2" b="3"><a:i xmlns:z="urn:z"/><z:i xmlns="" q="1"/></leaf></m>`,
		`<a:root xmlns:a="urn:a" xmlns="urn:d" xml:lang="ru"><m xmlns="" xml:space="preserve"><leaf Id="leaf"><a:i xmlns="urn:e"><k xmlns=""/></a:i>&#13;&gt;</leaf></m>`,
		`<root xmlns:a="urn:a"><a:m xmlns:b="urn:b" xml:id="m"><leaf Id="leaf" xmlns:a="urn:c"><b:i/><!-- c --><a:i><a:j xmlns:a="urn:a"/></a:i><![CDATA[<]]></leaf></a:m>`,
		`<root xml:lang="ru" xml:base="http://a.example/b/c"><m xml:lang="en" xml:base="../d/"><leaf Id="leaf" xml:base="e">x</leaf></m>`,
	} {
		for _, method := range []string{xmlsig.C14N10, xmlsig.C14N11, xmlsig.ExcC14N, prefixList} {
			transform := `<ds:Transform Algorithm="` + method
			if method != prefixList {
				transform += `"/>`
			}
			x.compare(t, path, transform)
		}
	}
}

// TestXMLSec_canonical11 compares what Canonical XML 1.1 makes of xml:base
// with what libxml2 makes of it.
func TestXMLSec_canonical11(t *testing.T) {
	x := debianXMLSec(t)
	for _, tt := range []struct{ outer, middle, own string }{
		{"", "", ""},
		{"http://a.example/b/c", "", ""},
		{"http://a.example/b/c", "", "d"},
		{"http://a.example/b/c", "../e/", "d"},
		{"http://a.example/b/c", "../e", "../d"},
		{"http://a.example/b/c", "/e/f", "d?q"},
		{"http://a.example/b/c", "//h.example/f/g", "d"},
		{"http://a.example/b/c", "urn:x:y", ""},
		{"b/c/", "d/", "e"},
	} {
		base := func(v string) string {
			if v == "" {
				return ""
			}
			return ` xml:base="` + v + `"`
		}
		x.compare(t, `<root xml:lang="ru" xml:id="r"`+base(tt.outer)+`><middle xml:space="preserve"`+base(tt.middle)+`><leaf Id="leaf"`+base(tt.own)+`>x</leaf></middle>`,
			`<ds:Transform Algorithm="`+xmlsig.C14N11+`"/>`)
	}
}

// compare has xmlsec verify our signature over the leaf of a document, which
// lacks the end tag of its root.
func (x *xmlsec) compare(t *testing.T, doc, transform string) {
	t.Helper()
	s := signer(t, "rsa")
	template := doc + `<ds:Signature xmlns:ds="` + dsNS + `"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="` + xmlsig.C14N11 + `"/>` +
		`<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference URI="#leaf"><ds:Transforms>` + transform + `</ds:Transforms>` +
		`<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=</ds:DigestValue></ds:Reference></ds:SignedInfo>` +
		`<ds:SignatureValue>AAAA</ds:SignatureValue><ds:KeyInfo><ds:X509Data/></ds:KeyInfo></ds:Signature></` + doc[1:strings.IndexByte(doc, ' ')] + `>`
	msg, err := xmlsig.Complete([]byte(template), func(tree *xmltree.Tree) (xmlsig.Requirement, error) {
		return xmlsig.Requirement{
			Signatures:       []xmlsig.Expected{{Signature: tree.Child(tree.Root(), dsNS, "Signature")}},
			IDs:              []xmltree.Name{{Local: "Id"}},
			Suites:           suites(t, "rsa"),
			Canonicalization: allC14N,
		}, nil
	}, func(digest []byte) ([]byte, error) {
		return rsa.SignPKCS1v15(rand.Reader, s.Key.(*rsa.PrivateKey), crypto.SHA256, digest)
	})
	if err != nil {
		t.Fatal(err)
	}
	cert := x.file("cert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate}))
	if err := x.verify(msg, "--pubkey-cert-pem", cert); err != nil {
		t.Errorf("%s\n%s: %v", doc, transform, err)
	}
}

// goxmldsig is an independent signer of plain enveloped signatures.
func TestGoxmldsig(t *testing.T) {
	s := signer(t, "rsa")
	for _, c := range []dsig.Canonicalizer{dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList(""), dsig.MakeC14N10RecCanonicalizer(), dsig.MakeC14N11Canonicalizer()} {
		ctx := dsig.NewDefaultSigningContext(dsig.TLSCertKeyStore{PrivateKey: s.Key, Certificate: [][]byte{s.Certificate}})
		ctx.Canonicalizer = c
		doc := etree.NewDocument()
		if err := doc.ReadFromString(`<p:order xmlns:p="urn:example:p" xmlns="urn:example:d" Id="order" p:a="1 &lt; 2"><item>текст &amp; more</item></p:order>`); err != nil {
			t.Fatal(err)
		}
		ctx.IdAttribute = "Id"
		root, err := ctx.SignEnveloped(doc.Root())
		if err != nil {
			t.Fatal(err)
		}
		doc.SetRoot(root)
		msg, err := doc.WriteToBytes()
		if err != nil {
			t.Fatal(err)
		}
		if err := verifyPlain(t, msg); err != nil {
			t.Errorf("%s: %v\n%s", c.Algorithm(), err, msg)
		}
		if err := verifyPlain(t, bytes.Replace(msg, []byte("more"), []byte("less"), 1)); err == nil {
			t.Errorf("%s: a changed message verifies", c.Algorithm())
		}
	}
}

// verifyPlain verifies an enveloped signature anywhere in the root.
func verifyPlain(tb testing.TB, msg []byte) error {
	tree, err := xmltree.Parse(msg, xmltree.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	_, err = xmlsig.Verify(tree, xmlsig.Requirement{
		Signatures:       []xmlsig.Expected{{Signature: tree.Child(tree.Root(), dsNS, "Signature"), Covers: []xmltree.Node{tree.Root()}, Only: true}},
		Alone:            true,
		IDs:              []xmltree.Name{{Local: "Id"}},
		Suites:           suites(tb, "rsa"),
		Canonicalization: allC14N,
		Transforms:       []string{xmlsig.EnvelopedSignature},
		KeyInfo:          xmlsig.KeyCertificate,
	}, options())
	return err
}

// gostXMLSec is the build of scripts/oracle-xmlsec-gost, if it was made.
func gostXMLSec(tb testing.TB, tool *openssl.Tool) *xmlsec {
	cache, err := os.UserCacheDir()
	if err != nil {
		tb.Fatal(err)
	}
	prefix := filepath.Join(cache, "soapgate", "xmlsec-gost")
	bin := filepath.Join(prefix, "bin", "xmlsec1")
	if _, err := os.Stat(bin); err != nil {
		data.Missing(tb, "xmlsec1 with GOST")
	}
	return &xmlsec{
		tb: tb, bin: bin, dir: tb.TempDir(),
		env: []string{"OPENSSL_CONF=" + tool.Conf(), "LD_LIBRARY_PATH=" + filepath.Join(prefix, "lib")},
	}
}

// An engineKey signs with OpenSSL's engine.
type engineKey struct {
	key    *openssl.Key
	public *gost3410.PublicKey
}

func (k engineKey) Public() crypto.PublicKey { return k.public }

func (k engineKey) Sign(_ io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	return k.key.SignDigest(digest), nil
}

var gostKinds = []struct{ algorithm, set, suite string }{
	{"gost2012_256", "paramset:A", "gost2012"},
	{"gost2012_256", "paramset:XA", "gost2012"},
	{"gost2012_256", "paramset:TCA", "gost2012"},
	{"gost2012_512", "paramset:A", "gost2012"},
	{"gost2001", "paramset:A", "gost2001"},
}

// engineSigner makes a signer whose key is OpenSSL's.
func engineSigner(t *testing.T, tool *openssl.Tool, algorithm, set string) (*sign.Signer, *openssl.Key) {
	t.Helper()
	key := tool.GenerateKey(algorithm, set)
	public, err := gost3410.ParseSPKI(key.SPKI)
	if err != nil {
		t.Fatal(err)
	}
	ca := tool.NewCA(key, openssl.Template{Subject: "/CN=test signer " + algorithm})
	return &sign.Signer{Key: engineKey{key, public}, Certificate: ca.DER, Time: now}, key
}

// What OpenSSL's engine signs verifies here.
func TestEngine(t *testing.T) {
	tool := openssl.New(t)
	for _, tt := range gostKinds {
		t.Run(tt.algorithm+" "+tt.set, func(t *testing.T) {
			s, _ := engineSigner(t, tool, tt.algorithm, tt.set)
			msg, err := s.HCS([]byte(message))
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := verifyHCS(t, msg, tt.suite); err != nil {
				t.Error(err)
			}
		})
	}
}

// xmlsec1 with GOST verifies ours, and we what it signs.
func TestXMLSec_gost(t *testing.T) {
	tool := openssl.New(t)
	x := gostXMLSec(t, tool)
	for _, tt := range gostKinds {
		t.Run(tt.algorithm+" "+tt.set, func(t *testing.T) {
			x.tb = t
			s, key := engineSigner(t, tool, tt.algorithm, tt.set)
			msg, err := s.HCS([]byte(message))
			if err != nil {
				t.Fatal(err)
			}
			if err := x.verify(msg); err != nil {
				t.Errorf("theirs does not verify ours: %v", err)
			}
			if err := x.verify(bytes.Replace(msg, []byte(">42 "), []byte(">43 "), 1)); err == nil {
				t.Error("theirs verifies a changed message: the test cannot fail")
			}
			signed := x.sign(msg, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key.PKCS8()}))
			if _, _, err := verifyHCS(t, signed, tt.suite); err != nil {
				t.Errorf("ours does not verify theirs: %v", err)
			}
		})
	}
	// Keys of ours, in certificates of ours.
	for kind, suite := range map[string]string{"gost256": "gost2012", "gost512": "gost2012", "gost2001": "gost2001"} {
		t.Run("ours "+kind+" "+suite, func(t *testing.T) {
			x.tb = t
			msg, err := signer(t, kind).HCS([]byte(message))
			if err != nil {
				t.Fatal(err)
			}
			if err := x.verify(msg); err != nil {
				t.Errorf("theirs does not verify ours: %v", err)
			}
		})
	}
}
