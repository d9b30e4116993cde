package pki_test

import (
	"bytes"
	"crypto/x509"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest/authority"
	"github.com/soapgate/soapgate/internal/pki"
)

// FuzzCertificate: whatever parses keeps its bytes, is found by its own
// fingerprint, matches its own names, and a verdict on it is a rejection or a
// path that begins with it.
func FuzzCertificate(f *testing.F) {
	c := newChain(f, authority.ECDSA, authority.ECDSA)
	kind := 0
	for _, k := range kinds {
		leaf := issue(f, c.ca, key(f, k, "leaf"), authority.Template{
			Subject:  authority.Name{{Type: authority.CommonName, Value: "ООО «Вымысел»"}, {Type: authority.OGRN, Value: "1000000000001"}},
			Policies: []string{"1.2.643.100.113.1"}, CRLPoints: []string{"http://crl.example/1.crl"}, SignTool: "x",
			IssuerTool: []string{"a", "b", "c", "d"}, KeyFrom: now, KeyUntil: now, Identified: &kind, ExtUsages: []string{"1.3.6.1.5.5.7.3.2"},
			Extensions: []authority.Extension{{ID: "2.5.29.17", Value: authority.DER(0x30, authority.DER(0x82, []byte("a.example")))}},
		})
		f.Add(leaf.Raw)
	}
	f.Add(issue(f, c.root, key(f, authority.ECDSA, "ca"), authority.Template{
		Subject: authority.CN("УЦ"), CA: true, PathLen: 2,
		Extensions: []authority.Extension{constraint(0xa0, authority.DER(0x82, []byte("example")))},
	}).Raw)
	trust := c.trust(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := pki.ParseCertificate(b)
		if err != nil {
			return
		}
		if !bytes.Equal(c.Raw, b) || !c.Subject.Matches(&c.Subject) || (c.PublicKey == nil) == (c.KeyErr == nil) {
			t.Fatal("a parsed certificate is not itself")
		}
		_, _ = c.Subject.String(), c.Serial.String()
		v, err := trust.Verify(c, []*pki.Certificate{c}, tolerant)
		if err != nil {
			code(t, err)
			return
		}
		if v.Path[0] != c || v.Anchor() == c {
			t.Fatal("a path that does not lead from the certificate")
		}
	})
}

// FuzzCRL: a list that parses gives the same result through any reader, and
// what is truncated or extended does not parse.
func FuzzCRL(f *testing.F) {
	c := newChain(f, authority.ECDSA, authority.ECDSA)
	name := authority.CN("Другой УЦ")
	for _, l := range []authority.List{
		{}, {Revoked: []authority.Revoked{{Serial: []byte{1}, Date: now, Reason: 1}, {Serial: []byte{0xff}, Date: now}}},
		{Number: 3, Base: 2, Point: &authority.Point{OnlyUser: true, Addresses: []string{"http://crl.example/"}, Reasons: 6}},
		{Point: &authority.Point{Indirect: true}, Revoked: []authority.Revoked{{Serial: []byte{1}, Date: now, Issuer: &name}}},
	} {
		f.Add(listDER(f, c.ca, l))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := pki.LoadCRL(b)
		if err != nil {
			return
		}
		if l.Size != int64(len(b)) {
			t.Fatalf("%d bytes read of %d", l.Size, len(b))
		}
		if _, err := pki.LoadCRL(b[:len(b)-1]); err == nil {
			t.Fatal("accepted without its last byte")
		}
		if _, err := pki.LoadCRL(append(b[:len(b):len(b)], 0)); err == nil {
			t.Fatal("accepted with a byte behind")
		}
		// Only what the authority signed may verify; the standard library's
		// parser says the same of it.
		if l.CheckSignature(c.caC) == nil {
			std, err := x509.ParseRevocationList(b)
			if err != nil || len(std.RevokedCertificateEntries) != l.Entries {
				t.Fatalf("a list that verifies is read otherwise: %v", err)
			}
		}
	})
}
