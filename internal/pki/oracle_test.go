package pki_test

import (
	"encoding/pem"
	"fmt"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest/authority"
	"github.com/soapgate/soapgate/internal/gatetest/openssl"
	"github.com/soapgate/soapgate/internal/pki"
)

// TestOpenSSL_theirs judges chains and lists that OpenSSL and its GOST engine
// made, and wants its verdict.
func TestOpenSSL_theirs(t *testing.T) {
	tool := openssl.New(t)
	for _, kind := range []struct {
		name, algorithm string
		options         []string
	}{
		{"CryptoPro-A", "gost2012_256", []string{"paramset:A"}},
		{"tc26-256-A", "gost2012_256", []string{"paramset:TCA"}},
		{"tc26-512-A", "gost2012_512", []string{"paramset:A"}},
		{"2001", "gost2001", []string{"paramset:A"}},
		{"RSA", "RSA", []string{"rsa_keygen_bits:2048"}},
		{"P-256", "EC", []string{"ec_paramgen_curve:P-256"}},
	} {
		t.Run(kind.name, func(t *testing.T) {
			generate := func() *openssl.Key { return tool.GenerateKey(kind.algorithm, kind.options...) }
			rootCA := tool.NewCA(generate(), openssl.Template{Subject: "/CN=Вымышленный корень"})
			ca := rootCA.NewCA(generate(), openssl.Template{Subject: "/CN=Вымышленный УЦ"})
			leafKey := generate()
			good := ca.Issue(leafKey, openssl.Template{Subject: "/CN=good"})
			bad := ca.Issue(leafKey, openssl.Template{Subject: "/CN=bad"})
			ca.Revoke(bad, "keyCompromise")
			from, to := now.Add(-day), now.Add(day)
			lists := [][]byte{rootCA.CRL(from, to), ca.CRL(from, to)}

			for _, test := range []struct {
				name  string
				leaf  *openssl.Certificate
				lists [][]byte
				at    time.Time
				valid bool
			}{
				{"good", good, lists, now, true},
				{"revoked", bad, lists, now, false},
				{"stale", good, lists, now.Add(3 * day), false},
				{"without the CA's list", good, lists[:1], now, false},
			} {
				theirs := tool.VerifyPath(test.at, test.leaf, []*openssl.Certificate{&rootCA.Certificate}, []*openssl.Certificate{&ca.Certificate}, test.lists)
				var parsed []*pki.CRL
				for _, der := range test.lists {
					parsed = append(parsed, parseList(t, der))
				}
				anchors, others := []*pki.Certificate{parse(t, rootCA.DER)}, []*pki.Certificate{parse(t, ca.DER)}
				_, ours := trust(t, anchors, others, parsed...).Verify(parse(t, test.leaf.DER), nil, pki.Params{At: test.at})
				if (ours == nil) != test.valid || (theirs == nil) != test.valid {
					t.Errorf("%s: ours %v, OpenSSL's %v, want valid %t", test.name, ours, theirs, test.valid)
				}
			}
		})
	}
}

// TestOpenSSL_ours has OpenSSL judge chains and lists that our authority made.
func TestOpenSSL_ours(t *testing.T) {
	tool := openssl.New(t)
	file := func(der []byte) *openssl.Certificate {
		block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
		return &openssl.Certificate{Path: tool.File("ours.pem", block), DER: der}
	}
	serial := []byte{0x41, 0x42}
	for i, kind := range kinds {
		other := kinds[(i+1)%len(kinds)]
		c := newChain(t, kind, other)
		leafKey := key(t, kind, "leaf")
		strangerKey := key(t, other, "stranger")
		for _, test := range []struct {
			name     string
			leaf     authority.Template
			root, ca authority.List
			noLists  bool
			valid    bool
		}{
			{name: "good", valid: true},
			{name: "without lists", noLists: true},
			{name: "revoked", ca: authority.List{Revoked: []authority.Revoked{{Serial: serial, Date: now.Add(-day), Reason: 1}}}},
			{name: "another revoked", valid: true, ca: authority.List{Revoked: []authority.Revoked{{Serial: []byte{0x41, 0x43}, Date: now.Add(-day), Reason: 1}}}},
			{name: "CA revoked", root: authority.List{Revoked: []authority.Revoked{{Serial: []byte(c.caC.Serial), Date: now.Add(-day)}}}},
			{name: "stale", ca: authority.List{ThisUpdate: now.Add(-3 * day), NextUpdate: now.Add(-2 * day)}},
			{name: "list by another key", ca: authority.List{Key: strangerKey}},
			{name: "for users only", valid: true, ca: authority.List{Point: &authority.Point{OnlyUser: true}}},
			{name: "for CAs only", ca: authority.List{Point: &authority.Point{OnlyCA: true}}},
			{name: "expired", leaf: authority.Template{NotAfter: now.Add(-day)}},
			{name: "critical extension", leaf: authority.Template{Extensions: []authority.Extension{{ID: "1.2.3.4", Critical: true, Value: []byte{5, 0}}}}},
		} {
			t.Run(fmt.Sprint(kind, "/", test.name), func(t *testing.T) {
				test.leaf.Subject, test.leaf.Serial = authority.CN("Заявитель"), serial
				leaf := issue(t, c.ca, leafKey, test.leaf)
				var lists [][]byte
				var parsed []*pki.CRL
				if !test.noLists {
					lists = [][]byte{listDER(t, c.root, test.root), listDER(t, c.ca, test.ca)}
					parsed = []*pki.CRL{parseList(t, lists[0]), parseList(t, lists[1])}
				} else {
					lists = [][]byte{listDER(t, c.root, authority.List{})}
				}
				tr, _ := pki.NewTrust(pki.Rules{}, []*pki.Certificate{c.rootC}, []*pki.Certificate{c.caC}).WithCRLs(parsed...)
				_, ours := tr.Verify(leaf, nil, pki.Params{At: now})
				theirs := tool.VerifyPath(now, file(leaf.Raw), []*openssl.Certificate{file(c.root.DER)}, []*openssl.Certificate{file(c.ca.DER)}, lists)
				if (ours == nil) != test.valid || (theirs == nil) != test.valid {
					t.Errorf("ours %v, OpenSSL's %v, want valid %t", ours, theirs, test.valid)
				}
			})
		}
	}
}
