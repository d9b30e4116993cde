package xmlsig_test

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/soapgate/soapgate/internal/c14n"
	"github.com/soapgate/soapgate/internal/gatetest/recipe"
	"github.com/soapgate/soapgate/internal/gatetest/vector"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmlsig"
	"github.com/soapgate/soapgate/internal/xmlsig/sign"
	"github.com/soapgate/soapgate/internal/xmltree"
)

const (
	exclusiveSignedInfo = `<ds:CanonicalizationMethod Algorithm="` + xmlsig.C14N10 + `"/> ⇒ <ds:CanonicalizationMethod Algorithm="` + xmlsig.ExcC14N + `"/>`
	soapEnvAdded        = `xmlns:unused="urn:example:unused" ⇒ xmlns:unused="urn:example:unused" xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"`
	soapEnvRemoved      = ` xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/" ⇒ `
	exclusiveTransform  = `<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>`
	envelopedTransform  = `<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>`
	streebogMethod      = `<ds:DigestMethod Algorithm="urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34112012-256"/>`
)

// Each row is a message that was signed right and then suffered something
// that happens in real life; SignedInfo is exclusive so that it survives.
func TestDiagnose(t *testing.T) {
	for _, tt := range []struct {
		name, sign, before, after string
		code                      reject.Code
		want                      []string // in the English sentences, one a finding
	}{
		{"declaration added", "hcs gost256", exclusiveSignedInfo, soapEnvAdded, reject.SignatureDigest,
			[]string{`declaration xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/" was added`}},
		{"declaration added, value too", "hcs gost256", "", soapEnvAdded, reject.SignatureValue,
			[]string{`declaration xmlns:SOAP-ENV=`, `declaration xmlns:SOAP-ENV=`}},
		{"declaration removed", "hcs gost256", exclusiveSignedInfo + "\n" + soapEnvAdded, soapEnvRemoved, reject.SignatureDigest,
			[]string{`declaration xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/" was removed`}},
		{"indented", "hcs gost256", `<Note>текст</Note> ⇒ <Note><a/><b/></Note>`, `<a/><b/> ⇒ <a/> <b/>`, reject.SignatureDigest, []string{"No cause found"}},
		{"content changed", "hcs gost256", "", ">42 &gt; ⇒ >43 &gt;", reject.SignatureDigest, []string{"No cause found"}},
		{"value reversed", "hcs gost256", "", "value reversed", reject.SignatureValue, []string{"in reverse order"}},
		{"value swapped", "hcs gost256", "", "value swapped", reject.SignatureValue, []string{"changed places"}},
		{"value in DER", "hcs p256", "", "value der", reject.SignatureValue, []string{"is DER"}},
		{"prefix changed", "hcs gost256", exclusiveSignedInfo + "\n<dm: ⇉ <ns2:\n</dm: ⇉ </ns2:\nxmlns:dm ⇒ xmlns:ns2", "<ns2: ⇉ <dm:\n</ns2: ⇉ </dm:\nxmlns:ns2 ⇒ xmlns:dm", reject.SignatureDigest,
			[]string{`the prefix "ns2" was changed to "dm"`, `the prefix "ns2" was changed to "dm"`}},
		{"carriage returns added", "hcs gost256", "", "текст ⇒ текст&#13;", reject.SignatureDigest, []string{"carriage returns"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			msg := build(t, tt.sign, tt.before, tt.after)
			check(t, msg, tt.code, tt.want)
		})
	}
}

func build(t *testing.T, how, before, after string) []byte {
	t.Helper()
	msg, err := recipe.Build(vector.Vector{
		Header: map[string]string{"sign": how},
		Files:  map[string][]byte{"before": []byte(before), "after": []byte(after)},
	}, func(kind string) *sign.Signer { return signer(t, kind) })
	if err != nil {
		t.Fatal(err)
	}
	return msg
}

func check(t *testing.T, msg []byte, code reject.Code, want []string) {
	t.Helper()
	tree, err := xmltree.Parse(msg, xmltree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	req, err := hcs(t, tree, "gost2012", "rsa", "ecdsa")
	if err != nil {
		t.Fatal(err)
	}
	_, err = xmlsig.Verify(tree, req, options())
	if r, ok := err.(*reject.Rejection); !ok || r.Code != code {
		t.Fatalf("verifying: %v, want %s", err, code)
	}
	var got []string
	for _, f := range xmlsig.Diagnose(tree, req, options()) {
		got = append(got, f.Text.EN)
		if f.Text.RU == "" || f.Line == 0 || f.Path == "" {
			t.Errorf("incomplete: %+v", f)
		}
	}
	if len(got) != len(want) {
		t.Fatalf("findings %q, want %q", got, want)
	}
	for i := range got {
		if !strings.Contains(got[i], want[i]) {
			t.Errorf("%q, want %q", got[i], want[i])
		}
	}
}

// For these SignedInfo itself is what is wrong: it is changed in the signed
// message and its value made anew.
func TestDiagnose_signedInfo(t *testing.T) {
	const c14n10 = `<ds:Transform Algorithm="` + xmlsig.C14N10 + `"/>`
	for _, tt := range []struct {
		name           string
		before, change func(msg string) string
		want           string
	}{
		{"inclusive instead of exclusive", replace(exclusiveTransform, c14n10), replace(c14n10, exclusiveTransform), "made by " + xmlsig.C14N10 + ","},
		{"exclusive instead of inclusive", nil, replace(exclusiveTransform, c14n10), "made by " + xmlsig.ExcC14N + ","},
		{"enveloped missing", nil, replace(envelopedTransform, ""), "does not name the enveloped-signature transform"},
		{"digest reversed", nil, digest(t, func(v []byte) []byte { slices.Reverse(v); return v }), "in reverse order"},
		{"digest of nothing", nil, digest(t, func([]byte) []byte { sum := sha256.Sum256(nil); return sum[:] }), "no octets at all"},
		{"other digest", replace(`<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>`, streebogMethod),
			replace(streebogMethod, `<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>`), "made with urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34112012-256"},
		{"raw bytes", nil, digestOf(t, func(msg string) string {
			from, to := strings.Index(msg, "<dm:importRequest"), strings.Index(msg, "</dm:importRequest>")+len("</dm:importRequest>")
			sig, end := strings.Index(msg, "<ds:Signature "), strings.Index(msg, "</ds:Signature>")+len("</ds:Signature>")
			return msg[from:sig] + msg[end:to]
		}), "as they stand"},
		{"parent signed", nil, digestOf(t, func(msg string) string {
			tree, err := xmltree.Parse([]byte(msg), xmltree.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			body := tree.Child(tree.Root(), soap11, "Body")
			if err := c14n.Write(&b, tree, body, c14n.Method{Exclusive: true}, tree.FirstElement(tree.FirstElement(body))); err != nil {
				t.Fatal(err)
			}
			return b.String()
		}), "another element was signed, /S:Envelope/S:Body"},
		{"indented", func(msg string) string { return blanks.ReplaceAllString(msg, "><") },
			func(msg string) string {
				return strings.NewReplacer("><dm:Value", ">\n  <dm:Value", "><Note", ">\n  <Note").Replace(msg)
			}, "white space was added"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := signer(t, "rsa")
			s.ID = "test"
			if tt.before != nil {
				s.Edit = func(doc []byte) ([]byte, error) { return []byte(tt.before(string(doc))), nil }
			}
			msg, err := s.HCS([]byte(strings.Replace(message, "<!-- a comment -->", "", 1)))
			if err != nil {
				t.Fatal(err)
			}
			changed := tt.change(string(msg))
			if changed == string(msg) {
				t.Fatal("nothing changed")
			}
			check(t, resign(t, s, changed), reject.SignatureDigest, []string{tt.want})
		})
	}
}

func replace(old, with string) func(string) string {
	return func(msg string) string { return strings.Replace(msg, old, with, 1) }
}

// digest changes the bytes of the first digest.
func digest(t *testing.T, change func([]byte) []byte) func(string) string {
	return func(msg string) string {
		m := firstDigest.FindStringSubmatch(msg)
		v, err := base64.StdEncoding.DecodeString(m[2])
		if err != nil {
			t.Fatal(err)
		}
		return m[1] + base64.StdEncoding.EncodeToString(change(v)) + msg[len(m[1])+len(m[2]):]
	}
}

// digestOf puts the digest of other octets into the first reference.
func digestOf(t *testing.T, octets func(msg string) string) func(string) string {
	return func(msg string) string {
		sum := sha256.Sum256([]byte(octets(msg)))
		m := firstDigest.FindStringSubmatch(msg)
		if m == nil {
			t.Fatal("no digest")
		}
		return m[1] + base64.StdEncoding.EncodeToString(sum[:]) + msg[len(m[1])+len(m[2]):]
	}
}

var (
	firstDigest = regexp.MustCompile(`^((?s:.*?)<ds:DigestValue>)([^<]*)</ds:DigestValue>`)
	blanks      = regexp.MustCompile(`>\s+<`)
)

// resign makes the value for SignedInfo as it stands.
func resign(t *testing.T, s *sign.Signer, msg string) []byte {
	t.Helper()
	tree, err := xmltree.Parse([]byte(msg), xmltree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	for n := tree.Root(); n < tree.End(0); n++ {
		if tree.Is(n, dsNS, "SignedInfo") {
			if err := c14n.Write(h, tree, n, c14n.Method{}, 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	value, err := s.Key.Sign(rand.Reader, h.Sum(nil), crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return signatureValue.ReplaceAll([]byte(msg), []byte("${1}"+base64.StdEncoding.EncodeToString(value)+"<"))
}

var signatureValue = regexp.MustCompile(`(<ds:SignatureValue[^>]*>)[^<]*<`)
