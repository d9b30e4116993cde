package xmlsig_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest/recipe"
	"github.com/soapgate/soapgate/internal/gatetest/vector"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmlsig"
	"github.com/soapgate/soapgate/internal/xmlsig/sign"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// profiles say what each profile requires of a message, as the gate does.
var profiles = map[string]func(testing.TB, *xmltree.Tree, ...string) (xmlsig.Requirement, error){
	"hcs": hcs, "wss": wss, "smev2": smev2, "smev3": smev3, "document": document,
}

func wss(tb testing.TB, t *xmltree.Tree, names ...string) (xmlsig.Requirement, error) {
	return security(tb, t, "", names...)
}

func smev2(tb testing.TB, t *xmltree.Tree, names ...string) (xmlsig.Requirement, error) {
	return security(tb, t, "http://smev.gosuslugi.ru/actors/smev", names...)
}

func security(tb testing.TB, t *xmltree.Tree, role string, names ...string) (xmlsig.Requirement, error) {
	body := t.Child(t.Root(), soap11, "Body")
	s, err := xmlsig.InSecurity(t, t.Child(t.Root(), soap11, "Header"), role)
	covers := []xmltree.Node{body}
	if s.Timestamp != xmltree.None {
		covers = append(covers, s.Timestamp)
		if err == nil {
			err = xmlsig.CheckTimestamp(t, s.Timestamp, now, 5*time.Minute, 30*time.Second)
		}
	}
	return xmlsig.Requirement{
		Signatures:       []xmlsig.Expected{{Signature: s.Signature, Covers: covers}},
		IDs:              []xmltree.Name{{Local: "Id"}, {Prefix: "wsu", Space: wsu, Local: "Id"}},
		Suites:           suites(tb, names...),
		Canonicalization: allC14N,
		Transforms:       []string{xmlsig.EnvelopedSignature, xmlsig.STRTransform},
		KeyInfo:          xmlsig.KeyCertificate | xmlsig.KeyNamed | xmlsig.KeyToken,
	}, err
}

func smev3(tb testing.TB, t *xmltree.Tree, names ...string) (xmlsig.Requirement, error) {
	req := xmlsig.Requirement{
		IDs:              []xmltree.Name{{Local: "Id"}},
		Suites:           suites(tb, names...),
		Canonicalization: []string{xmlsig.ExcC14N, xmlsig.C14N10},
		Transforms:       []string{xmlsig.EnvelopedSignature, xmlsig.SMEVTransform},
		KeyInfo:          xmlsig.KeyCertificate,
	}
	found, err := xmlsig.InWrapper(t, t.FirstElement(t.Child(t.Root(), soap11, "Body")), []xmltree.Name{
		{Local: "CallerInformationSystemSignature"}, {Local: "SMEVSignature"},
		{Local: "RequestMessage/SMEVSignature"}, {Local: "RequestMessage/Request/SenderInformationSystemSignature"},
		{Local: "ResponseMessage/SMEVSignature"}, {Local: "ResponseMessage/Response/SenderInformationSystemSignature"},
	})
	for _, w := range found {
		req.Signatures = append(req.Signatures, xmlsig.Expected{Signature: w.Signature, Covers: []xmltree.Node{w.Sibling}, Only: true})
	}
	return req, err
}

// document is a list that is signed as a whole.
func document(tb testing.TB, t *xmltree.Tree, names ...string) (xmlsig.Requirement, error) {
	s, err := xmlsig.InPayload(t, t.Root())
	return xmlsig.Requirement{
		Signatures:       []xmlsig.Expected{{Signature: s, Covers: []xmltree.Node{t.Root()}}},
		Suites:           suites(tb, names...),
		Canonicalization: allC14N,
		Transforms:       []string{xmlsig.EnvelopedSignature},
		KeyInfo:          xmlsig.KeyCertificate,
		Document:         true,
	}, err
}

// judge verifies a message as a profile does.
func judge(tb testing.TB, msg []byte, profile string, suites ...string) (*xmlsig.Result, error) {
	tb.Helper()
	t, err := xmltree.Parse(msg, xmltree.Options{})
	if err != nil {
		tb.Fatalf("parsing: %v\n%s", err, msg)
	}
	defer t.Release()
	req, err := profiles[profile](tb, t, suites...)
	if err != nil {
		return nil, err
	}
	o := options()
	o.Lookup = lookup
	return xmlsig.Verify(t, req, o)
}

// lookup finds the certificates of the tests by name.
func lookup(id xmlsig.CertificateID) (der []byte, ok bool) {
	made.Range(func(_, s any) bool {
		der = s.(*sign.Signer).Certificate
		c, err := readCertificate(der)
		ok = err == nil && (id.Serial != nil && id.Serial.Cmp(c.Serial) == 0 || id.SubjectKeyID != nil && slices.Equal(id.SubjectKeyID, c.SubjectKeyID) ||
			id.ThumbprintSHA1 != nil && slices.Equal(id.ThumbprintSHA1, thumbprint(der)))
		return !ok
	})
	return der, ok
}

func TestVectors(t *testing.T) {
	refused, passed := map[string]bool{}, map[string]bool{}
	for _, area := range []string{"signature", "attacks"} {
		for _, v := range vector.Load(t, area) {
			if v.Header["sign"] == "" || v.Header["stage"] != "signature" && area == "attacks" {
				continue
			}
			if v.Accept() {
				passed[v.Header["row"]] = true
			} else {
				refused[v.Header["row"]] = true
			}
			t.Run(area+"/"+v.Name, func(t *testing.T) {
				msg, err := recipe.Build(v, func(kind string) *sign.Signer { return signer(t, kind) })
				if err != nil {
					t.Fatalf("making the message: %v", err)
				}
				profile := v.Header["profile"]
				if profile == "" {
					profile = "hcs"
				}
				names := strings.Fields(v.Header["suites"])
				if len(names) == 0 {
					names = []string{"gost2012", "gost2001", "rsa", "ecdsa"}
				}
				_, err = judge(t, msg, profile, names...)
				if v.Accept() {
					if err != nil {
						t.Errorf("refused: %v\n%s", err, msg)
					}
					return
				}
				var r *reject.Rejection
				if !errors.As(err, &r) || string(r.Code) != v.Header["code"] {
					t.Errorf("got %v, want %s\n%s", err, v.Header["code"], msg)
				}
			})
		}
	}
	for _, row := range strings.Fields("15 23 25 31 32 33 34 36 37 38 40 41 42 43 44 45 46 47 48 49 50") {
		if !refused[row] || !passed[row] {
			t.Errorf("row %s: refused %v, near miss %v", row, refused[row], passed[row])
		}
	}
}
