package checker_test

import (
	"bytes"
	"encoding/base64"
	"slices"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gate"
	"github.com/soapgate/soapgate/internal/gate/checker"
	"github.com/soapgate/soapgate/internal/gatetest/authority"
	"github.com/soapgate/soapgate/internal/gatetest/recipe"
	"github.com/soapgate/soapgate/internal/gatetest/scene"
	"github.com/soapgate/soapgate/internal/gatetest/vector"
	"github.com/soapgate/soapgate/internal/xmlsig/sign"
)

// judgedOtherwise are vectors about certificates that end sooner once a message
// carries them; "-" are those that no message can be made of.
var judgedOtherwise = map[string]struct{ code, reason string }{
	"crl-negative-revoked": {"-", "crypto/x509, by which test messages are signed, reads no negative serial number"},
	"der-too-long":         {"signature.format", "so long a certificate is not looked into"},
	"path-depth-8":         {"signature.limit", "more certificates than a message may carry"},
	"path-depth-9":         {"signature.limit", "more certificates than a message may carry"},
}

// TestVectors_certificates has the signers of testdata/pki sign a message, and
// the checker judge it with what each vector says is trusted. The vectors of
// the other folders are checked by the command's test, cmd/soapgate.
func TestVectors_certificates(t *testing.T) {
	for _, v := range vector.Load(t, "pki") {
		want := v.Header["code"]
		if other, ok := judgedOtherwise[v.Name]; ok {
			if want = other.code; want == "-" {
				continue
			}
		}
		t.Run(v.Name, func(t *testing.T) {
			if der, alone := v.Files["certificate"]; alone {
				unreadable(t, v, der)
				return
			}
			sc := scene.Build(t, v)
			config := ofScene(sc)
			r := newChecker(t, config).Check(t.Context(), checker.Message{Body: signedBy(t, sc)})
			if got := r.Code(); got != want {
				t.Errorf("got %q, want %q: %+v", got, want, r.Stages)
			}
			if i := slices.IndexFunc(r.Stages, func(s checker.Stage) bool { return s.Stage == "certificate" }); want == "" && r.Stages[i].Outcome != "passed" {
				t.Errorf("the certificate was not judged: %+v", r.Stages[i])
			}
		})
	}
}

func ofScene(sc *scene.Scene) gate.Config {
	return gate.Config{
		Trust: sc.Store, SignerPolicy: gate.SignerPolicy{Tolerance: sc.Params.Tolerance},
		Suites: []string{"gost2012", "gost2001", "rsa", "ecdsa"}, Now: func() time.Time { return sc.Params.At },
	}
}

// signedBy returns a message that the scene's target signed, with the
// certificates that are sent along.
func signedBy(t *testing.T, sc *scene.Scene) []byte {
	t.Helper()
	signer := sign.Signer{Key: sc.Key.Signer, Certificate: sc.Target.Raw, Time: sc.Params.At}
	msg, err := signer.HCS([]byte(recipe.Messages["hcs"]))
	if err != nil {
		t.Fatal(err)
	}
	const end = "</ds:X509Certificate>"
	sent := end
	for _, c := range sc.Sent {
		sent += "<ds:X509Certificate>" + base64.StdEncoding.EncodeToString(c.Raw) + end
	}
	return bytes.Replace(msg, []byte(end), []byte(sent), 1) // what says whose key it is is not signed
}

// unreadable puts a certificate into a message in the place of the signer's
// own: what cannot be read is told as that, what can as another's.
func unreadable(t *testing.T, v vector.Vector, der []byte) {
	key, err := authority.NewKey(authority.ECDSA)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	root, err := authority.Root(key, authority.Template{Subject: authority.CN("test"), NotBefore: at.AddDate(-1, 0, 0), NotAfter: at.AddDate(1, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	signer := sign.Signer{Key: key.Signer, Certificate: root.DER, Time: at}
	msg, err := signer.HCS([]byte(recipe.Messages["hcs"]))
	if err != nil {
		t.Fatal(err)
	}
	own := []byte(base64.StdEncoding.EncodeToString(root.DER))
	if !bytes.Contains(msg, own) {
		t.Fatal("the message does not hold the certificate")
	}
	msg = bytes.Replace(msg, own, []byte(base64.StdEncoding.EncodeToString(der)), 1)
	config := gate.Config{Suites: []string{"ecdsa"}, Now: func() time.Time { return at }}
	r := newChecker(t, config).Check(t.Context(), checker.Message{Body: msg})
	want := "signature.key"
	if other, ok := judgedOtherwise[v.Name]; ok {
		want = other.code
	}
	if got := r.Code(); (got == want) == v.Accept() || got == "" {
		t.Errorf("got %q", got)
	}
}
