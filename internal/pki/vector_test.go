package pki_test

import (
	"errors"
	"fmt"
	"strconv"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest/scene"
	"github.com/soapgate/soapgate/internal/gatetest/vector"
	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/reject"
)

// TestVectors runs testdata/pki: each vector describes certificates, lists and
// what is trusted in a few words, and what must come of it. README.md there has
// the words. Attack rows 55 to 61 each have a refusal and a near miss.
func TestVectors(t *testing.T) {
	refused, passed := map[string]bool{}, map[string]bool{}
	for _, v := range vector.Load(t, "pki") {
		if v.Accept() {
			passed[v.Header["row"]] = true
		} else {
			refused[v.Header["row"]] = true
		}
		t.Run(v.Name, func(t *testing.T) {
			err := judge(t, v)
			var r *reject.Rejection
			switch {
			case v.Accept() && err != nil:
				t.Errorf("refused: %v", err)
			case !v.Accept() && (!errors.As(err, &r) || string(r.Code) != v.Header["code"]):
				t.Errorf("%v, want %s", err, v.Header["code"])
			}
		})
	}
	for row := 55; row <= 61; row++ {
		if s := strconv.Itoa(row); !refused[s] || !passed[s] {
			t.Errorf("row %d: refused %v, near miss %v", row, refused[s], passed[s])
		}
	}
}

// judge builds what a vector describes and verifies the certificate it names.
func judge(t *testing.T, v vector.Vector) error {
	t.Helper()
	if der, ok := v.Files["certificate"]; ok {
		if _, err := pki.ParseCertificate(der); err != nil {
			return reject.New(reject.CertificateMalformed).Because(err)
		}
		return nil
	}
	sc := scene.Build(t, v)
	steps, verdict, err := sc.Store.Trust().Explain(sc.Target, sc.Sent, sc.Params)
	if n := signatures(steps); n > 64 {
		t.Errorf("%d candidates looked at", n)
	}
	if err == nil && verdict == nil {
		return fmt.Errorf("no verdict")
	}
	return err
}
