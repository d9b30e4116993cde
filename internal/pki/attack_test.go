package pki_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest/authority"
	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/reject"
)

// TestASN1Bombs: certificates made to cost more than they are worth, each
// beside one that is just within the bounds.
func TestASN1Bombs(t *testing.T) {
	der := authority.DER
	names := func(n int) []byte {
		var list [][]byte
		for i := range n {
			list = append(list, der(0x82, fmt.Appendf(nil, "%d.example", i)))
		}
		return der(0x30, list...)
	}
	nested := func(depth int) []byte {
		b := der(0x05)
		for range depth {
			b = der(0x30, b)
		}
		return b
	}
	attributes := func(n int) authority.Name {
		var name authority.Name
		for range n {
			name = append(name, authority.Attribute{Type: authority.Unit, Value: "x"})
		}
		return name
	}
	extensions := func(n int) (list []authority.Extension) {
		for i := range n {
			list = append(list, authority.Extension{ID: fmt.Sprint("1.2.3.", i), Value: der(0x05)})
		}
		return list
	}
	policies := func(n int) (list []string) {
		for i := range n {
			list = append(list, fmt.Sprint("1.2.3.", i))
		}
		return list
	}
	san := func(b []byte) authority.Template {
		return authority.Template{Extensions: []authority.Extension{{ID: "2.5.29.17", Value: b}}}
	}
	for _, test := range []struct {
		name     string
		template authority.Template
		good     bool
	}{
		{"1024 names", san(names(1024)), true},
		{"1025 names", san(names(1025)), false},
		{"nesting in an unknown extension", authority.Template{Extensions: []authority.Extension{{ID: "1.2.3", Value: nested(5000)}}}, true},
		{"nesting in a known one", san(nested(5000)), false},
		{"64 attributes", authority.Template{Subject: attributes(64)}, true},
		{"65 attributes", authority.Template{Subject: attributes(65)}, false},
		{"60 extensions", authority.Template{Extensions: extensions(60)}, true},
		{"61 extensions and four of its own", authority.Template{Extensions: extensions(61)}, false},
		{"128 policies", authority.Template{Policies: policies(128)}, true},
		{"129 policies", authority.Template{Policies: policies(129)}, false},
		{"name of 16 KiB", authority.Template{Subject: authority.CN(strings.Repeat("x", 16<<10))}, false},
		{"64 KiB", authority.Template{Extensions: []authority.Extension{{ID: "1.2.3", Value: make([]byte, 64<<10)}}}, false},
	} {
		top := root(t, key(t, authority.ECDSA, "root"), authority.Template{Subject: authority.CN("Корень")})
		if test.template.Subject == nil {
			test.template.Subject = authority.CN("Заявитель")
		}
		b, err := top.Issue(key(t, authority.ECDSA, "leaf"), valid(test.template))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := pki.ParseCertificate(b); (err == nil) != test.good {
			t.Errorf("%s: %v, want good %t", test.name, err, test.good)
		}
	}
	for name, b := range map[string][]byte{
		"length of 4 GiB":      {0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x30},
		"length of 8 octets":   {0x30, 0x88, 0, 0, 0, 0, 0, 0, 0, 1, 0},
		"indefinite length":    {0x30, 0x80, 0, 0},
		"length not minimal":   {0x30, 0x81, 0x01, 0x05},
		"high tag number":      {0x3f, 0x81, 0x00},
		"nothing":              {},
		"empty sequence":       {0x30, 0x00},
		"ten thousand opened":  bytes.Repeat([]byte{0x30, 0x80}, 10_000),
		"sequences of 64 KiB":  bytes.Repeat([]byte{0x30, 0x83, 0x00, 0xff, 0xff}, 10_000),
		"list claims 2 GiB":    {0x30, 0x84, 0x7f, 0xff, 0xff, 0xf0, 0x30, 0x84, 0x7f, 0xff, 0xff, 0x00, 0x02, 0x01, 0x01},
		"certificate in PEM":   []byte("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"),
		"XML instead of bytes": []byte("<X509Certificate/>"),
	} {
		if _, err := pki.ParseCertificate(b); err == nil {
			t.Errorf("%s is a certificate", name)
		}
		if _, err := pki.ParseCRL(bytes.NewReader(b), pki.MaxCRL); err == nil {
			t.Errorf("%s is a list", name)
		}
	}
}

// TestRSAKeys: keys that cost too much or protect too little are not used
// (CVE-2023-29409; exponents 1 and even; moduli with a factor in sight).
func TestRSAKeys(t *testing.T) {
	modulus := func(bits int) *big.Int {
		b := make([]byte, bits/8)
		rand.Read(b)
		b[0] |= 0x80
		b[len(b)-1] |= 1
		return new(big.Int).SetBytes(b)
	}
	integer := func(n *big.Int) []byte { return authority.DER(0x02, append([]byte{0}, n.Bytes()...)) }
	for _, test := range []struct {
		name     string
		n        *big.Int
		exponent []byte
		good     bool
	}{
		{"2048 bits", modulus(2048), []byte{1, 0, 1}, true},
		{"8192 bits", modulus(8192), []byte{1, 0, 1}, true},
		{"1024 bits", modulus(1024), []byte{1, 0, 1}, false},
		{"2040 bits", modulus(2040), []byte{1, 0, 1}, false},
		{"16384 bits", modulus(16384), []byte{1, 0, 1}, false},
		{"exponent 3", modulus(2048), []byte{3}, true},
		{"exponent 1", modulus(2048), []byte{1}, false},
		{"exponent 2", modulus(2048), []byte{2}, false},
		{"exponent of 40 bits", modulus(2048), []byte{1, 0, 0, 0, 1}, false},
		{"even modulus", new(big.Int).Lsh(modulus(2040), 8), []byte{1, 0, 1}, false},
	} {
		der := authority.DER
		spki := der(0x30, der(0x30, authority.OID("1.2.840.113549.1.1.1"), der(0x05)),
			der(0x03, []byte{0}, der(0x30, integer(test.n), der(0x02, test.exponent))))
		top := root(t, key(t, authority.ECDSA, "root"), authority.Template{Subject: authority.CN("Корень")})
		leaf := issue(t, top, &authority.Key{Kind: authority.RSA, SPKI: spki}, authority.Template{Subject: authority.CN("Заявитель")})
		if (leaf.PublicKey != nil) != test.good {
			t.Errorf("%s: %v, want good %t", test.name, leaf.KeyErr, test.good)
		}
		_, err := pki.NewTrust(pki.Rules{}, []*pki.Certificate{parse(t, top.DER)}, nil).Verify(leaf, nil, tolerant)
		if want := map[bool]reject.Code{true: "", false: reject.CertificateAlgorithm}[test.good]; code(t, err) != want {
			t.Errorf("%s: %v, want %q", test.name, err, want)
		}
	}
}

// TestHints: a message may bring any certificates; the path is found beside
// sixteen of them, and a thousand cost no more.
func TestHints(t *testing.T) {
	c := newChain(t, authority.ECDSA, authority.ECDSA)
	leaf := issue(t, c.ca, key(t, authority.ECDSA, "leaf"), authority.Template{Subject: authority.CN("Заявитель")})
	var junk []*pki.Certificate
	for i := range 1000 {
		fake := sub(t, c.root, key(t, authority.ECDSA, fmt.Sprint("junk", i%8)), authority.Template{Subject: c.ca.Subject, Without: []string{"2.5.29.14"}})
		junk = append(junk, parse(t, fake.DER))
	}
	steps, _, err := c.trust(t).Explain(leaf, junk, pki.Params{At: now, Usage: pki.Sign})
	if err != nil {
		t.Errorf("with the CA known: %v", err)
	}
	if n := signatures(steps); n != 2 {
		t.Errorf("%d candidates looked at, want 2", n)
	}
	strict := pki.NewTrust(pki.Rules{}, []*pki.Certificate{c.rootC}, nil)
	steps, _, err = strict.Explain(leaf, append(junk, c.caC), tolerant)
	if err == nil {
		t.Error("the thousandth certificate is looked at")
	}
	if n := signatures(steps); n > 64 {
		t.Errorf("%d candidates looked at", n)
	}
	if _, err = strict.Verify(leaf, append([]*pki.Certificate{c.caC}, junk...), tolerant); err != nil {
		t.Errorf("with the CA first: %v", err)
	}
}

// TestNameConstraints_growth: names times constraints are bounded.
func TestNameConstraints_growth(t *testing.T) {
	der := authority.DER
	many := func(n int, wrap func([]byte) []byte) []byte {
		var list [][]byte
		for i := range n {
			list = append(list, wrap(der(0x82, fmt.Appendf(nil, "%d.example", i))))
		}
		return bytes.Join(list, nil)
	}
	for _, test := range []struct {
		names, constraints int
		want               reject.Code
	}{{200, 200, ""}, {300, 300, reject.CertificateConstraints}} {
		top := root(t, key(t, authority.ECDSA, "root"), authority.Template{Subject: authority.CN("Корень"), Extensions: []authority.Extension{{
			ID: "2.5.29.30", Critical: true,
			Value: der(0x30, der(0xa1, many(test.constraints, func(b []byte) []byte { return der(0x30, bytes.Replace(b, []byte("example"), []byte("invalid"), 1)) }))),
		}}})
		leaf := issue(t, top, key(t, authority.ECDSA, "leaf"), authority.Template{Subject: authority.CN("Заявитель"), Extensions: []authority.Extension{{
			ID: "2.5.29.17", Value: der(0x30, many(test.names, func(b []byte) []byte { return b })),
		}}})
		_, err := pki.NewTrust(pki.Rules{}, []*pki.Certificate{parse(t, top.DER)}, nil).Verify(leaf, nil, tolerant)
		if got := code(t, err); got != test.want {
			t.Errorf("%d names, %d constraints: %q (%v), want %q", test.names, test.constraints, got, err, test.want)
		}
	}
}

// TestPolicies_growth: every CA maps every policy to every other, which makes a
// tree of 8^7 nodes of the path's policies and a graph of 57 (CVE-2023-0464).
func TestPolicies_growth(t *testing.T) {
	const width, length = 8, 8
	var policies []string
	var mappings [][]byte
	for i := range width {
		policies = append(policies, fmt.Sprint("1.2.3.", i))
		for j := range width {
			mappings = append(mappings, authority.DER(0x30, authority.OID(fmt.Sprint("1.2.3.", i)), authority.OID(fmt.Sprint("1.2.3.", j))))
		}
	}
	k := key(t, authority.ECDSA, "policies")
	ca := root(t, k, authority.Template{Subject: authority.CN("0")})
	anchor := parse(t, ca.DER)
	var hints []*pki.Certificate
	for i := 1; i < length-1; i++ {
		ca = sub(t, ca, k, authority.Template{Subject: authority.CN(fmt.Sprint(i)), Policies: policies, Extensions: []authority.Extension{
			{ID: "2.5.29.33", Critical: true, Value: authority.DER(0x30, mappings...)},
		}})
		hints = append(hints, parse(t, ca.DER))
	}
	leaf := issue(t, ca, k, authority.Template{Subject: authority.CN("leaf"), Policies: policies})
	trust := pki.NewTrust(pki.Rules{Policies: pki.Policies{Explicit: true}}, []*pki.Certificate{anchor}, nil)
	verify := func() {
		v, err := trust.Verify(leaf, hints, tolerant)
		if err != nil || len(v.Policies) != width {
			t.Fatalf("%v, policies %v", err, v)
		}
	}
	if n := testing.AllocsPerRun(3, verify); n > 5000 && !data.Race {
		t.Errorf("%v allocations", n)
	}
}
