package openssl

import (
	"testing"
	"time"
)

// TestCA walks through what other tests build on: issue, revoke, list, verify.
func TestCA(t *testing.T) {
	for _, test := range []struct{ algorithm, option string }{
		{"gost2012_256", "paramset:TCA"},
		{"gost2012_512", "paramset:A"},
		{"gost2001", "paramset:A"},
		{"RSA", "rsa_keygen_bits:2048"},
	} {
		t.Run(test.algorithm, func(t *testing.T) {
			tool := New(t)
			key := func() *Key { return tool.GenerateKey(test.algorithm, test.option) }
			root := tool.NewCA(key(), Template{Subject: "/C=RU/O=Вымышленный центр/CN=Root"})
			sub := root.NewCA(key(), Template{Subject: "/CN=Sub"})
			good := sub.Issue(key(), Template{Subject: "/CN=good"})
			bad := sub.Issue(key(), Template{Subject: "/CN=bad"})
			sub.Revoke(bad, "keyCompromise")
			crls := [][]byte{root.CRL(time.Time{}, time.Time{}), sub.CRL(time.Time{}, time.Time{})}

			at := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
			anchors, between := []*Certificate{&root.Certificate}, []*Certificate{&sub.Certificate}
			if err := tool.VerifyPath(at, good, anchors, between, crls); err != nil {
				t.Errorf("good: %v", err)
			}
			if tool.VerifyPath(at, bad, anchors, between, crls) == nil {
				t.Error("the revoked certificate passed")
			}
			if tool.VerifyPath(at.AddDate(20, 0, 0), good, anchors, between, crls) == nil {
				t.Error("the expired certificate passed")
			}
			message := []byte("message")
			signature := good.Key.Sign(message)
			if !tool.Verify(good.Key.SPKI, good.Key.digest, message, signature) {
				t.Error("the signature does not verify")
			}
			if tool.Verify(bad.Key.SPKI, good.Key.digest, message, signature) {
				t.Error("the signature verifies with another key")
			}
		})
	}
}
