package pki_test

import (
	"bytes"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest/authority"
	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/reject"
)

// TestRules holds one certificate or CA after another to RFC 5280, each against
// its neighbour that keeps the rule.
func TestRules(t *testing.T) {
	type ext = authority.Extension
	der, oid := authority.DER, authority.OID
	san := func(names ...[]byte) ext { return ext{ID: "2.5.29.17", Value: der(0x30, names...)} }
	dns := func(s string) []byte { return der(0x82, []byte(s)) }
	mail := func(s string) []byte { return der(0x81, []byte(s)) }
	uri := func(s string) []byte { return der(0x86, []byte(s)) }
	ip := func(b ...byte) []byte { return der(0x87, b) }
	dir := func(n authority.Name) []byte { return der(0xa4, n.DER()) }
	with := func(x ...ext) authority.Template { return authority.Template{Extensions: x} }
	permit := func(base []byte) authority.Template { return with(constraint(0xa0, base)) }
	exclude := func(base []byte) authority.Template { return with(constraint(0xa1, base)) }
	critical := func(x ext) ext { x.Critical = true; return x }
	aki := ext{ID: "2.5.29.35", Value: der(0x30, der(0x80, []byte("x")))}
	mapping := func(from, to string) ext {
		return ext{ID: "2.5.29.33", Critical: true, Value: der(0x30, der(0x30, oid(from), oid(to)))}
	}
	const constraints, extension, usage = reject.CertificateConstraints, reject.CertificateExtension, reject.CertificateUsage

	for _, test := range []struct {
		name     string
		root     authority.Template
		ca, leaf authority.Template
		params   pki.Params
		rules    pki.Rules
		want     reject.Code
	}{
		{name: "plain"},
		// Basic constraints and usages.
		{name: "CA without basic constraints", ca: authority.Template{Without: []string{"2.5.29.19"}}, want: extension},
		{name: "CA without basic constraints and key usage", ca: authority.Template{Without: []string{"2.5.29.19", "2.5.29.15"}}, want: usage},
		{name: "CA without key usage", ca: authority.Template{Without: []string{"2.5.29.15"}}},
		{name: "CA that must not sign certificates", ca: authority.Template{KeyUsage: authority.CRLSign}, want: usage},
		{name: "root without basic constraints", root: authority.Template{Without: []string{"2.5.29.19", "2.5.29.15"}}, want: usage},
		{name: "root expired", root: authority.Template{NotAfter: now.Add(-day)}, want: reject.CertificateExpired},
		{name: "root with path length 0", root: authority.Template{PathLen: 1}, want: constraints},
		{name: "root with path length 1", root: authority.Template{PathLen: 2}},
		{name: "leaf with keyCertSign", leaf: authority.Template{KeyUsage: authority.DigitalSignature | authority.KeyCertSign}, want: extension},
		{name: "leaf with path length", leaf: with(ext{ID: "2.5.29.19", Value: der(0x30, der(0x02, []byte{0}))}), want: extension},
		{name: "leaf without extensions of its own", leaf: authority.Template{Without: []string{"2.5.29.19", "2.5.29.15", "2.5.29.14", "2.5.29.35"}}},
		{name: "client without clientAuth", leaf: authority.Template{ExtUsages: []string{"1.3.6.1.5.5.7.3.4"}}, params: pki.Params{Usage: pki.ClientAuth}, want: usage},
		{name: "client with clientAuth", leaf: authority.Template{ExtUsages: []string{"1.3.6.1.5.5.7.3.2"}}, params: pki.Params{Usage: pki.ClientAuth}},
		{name: "client with any usage", leaf: authority.Template{ExtUsages: []string{"2.5.29.37.0"}}, params: pki.Params{Usage: pki.ClientAuth}},
		{name: "client below a CA for servers", ca: authority.Template{ExtUsages: []string{"1.3.6.1.5.5.7.3.1"}}, params: pki.Params{Usage: pki.ClientAuth}, want: usage},
		{name: "client without digitalSignature", leaf: authority.Template{KeyUsage: authority.KeyEncipherment}, params: pki.Params{Usage: pki.ClientAuth}, want: usage},
		// Extensions.
		{name: "critical authority key identifier", leaf: with(critical(aki)), want: extension},
		{name: "wrong authority key identifier", leaf: with(aki)},
		{name: "unknown critical extension in the CA", ca: with(ext{ID: "1.2.3.4", Critical: true, Value: []byte{5, 0}}), want: extension},
		{name: "unknown critical extension in the root", root: with(ext{ID: "1.2.3.4", Critical: true, Value: []byte{5, 0}}), want: extension},
		{name: "name constraints in a leaf", leaf: permit(dns("example")), want: extension},
		{name: "no subject", leaf: authority.Template{Subject: authority.Name{}, Extensions: []ext{san(dns("a.example"))}}, want: extension},
		{name: "no subject, critical names", leaf: authority.Template{Subject: authority.Name{}, Extensions: []ext{critical(san(dns("a.example")))}}},
		// Names.
		{name: "domain", ca: permit(dns("example")), leaf: with(san(dns("a.example")))},
		{name: "domain itself", ca: permit(dns("example")), leaf: with(san(dns("EXAMPLE")))},
		{name: "domain of like ending", ca: permit(dns("example")), leaf: with(san(dns("badexample"))), want: constraints},
		{name: "second name outside", ca: permit(dns("example")), leaf: with(san(dns("a.example"), dns("b.test"))), want: constraints},
		{name: "names of another form", ca: permit(dns("example")), leaf: with(san(mail("a@b.test")))},
		{name: "excluded domain", ca: exclude(dns("example")), leaf: with(san(dns("a.example"))), want: constraints},
		{name: "outside an excluded domain", ca: exclude(dns("example")), leaf: with(san(dns("a.test")))},
		{name: "wildcard over an excluded domain", ca: exclude(dns("a.example")), leaf: with(san(dns("*.example"))), want: constraints},
		{name: "excluded domain, dot of the root", ca: exclude(dns("example")), leaf: with(san(dns("a.example."))), want: constraints},
		{name: "wildcard in a permitted domain", ca: permit(dns("example")), leaf: with(san(dns("*.example")))},
		{name: "wildcard above a permitted domain", ca: permit(dns("a.example")), leaf: with(san(dns("*.example"))), want: constraints},
		{name: "wildcard beside an excluded domain", ca: exclude(dns("a.example")), leaf: with(san(dns("*.b.example")))},
		{name: "all domains excluded", ca: exclude(dns("")), leaf: with(san(dns("a.test"))), want: constraints},
		{name: "all domains permitted", ca: permit(dns("")), leaf: with(san(dns("a.test")))},
		{name: "no domain name", ca: exclude(dns("example")), leaf: with(san(dns("a..test"))), want: constraints},
		{name: "domain name with a zero octet", ca: exclude(dns("example")), leaf: with(san(dns("a.example\x00.test"))), want: constraints},
		{name: "two asterisks", ca: exclude(dns("example")), leaf: with(san(dns("*.*.test"))), want: constraints},
		{name: "constraint with a leading dot", ca: permit(dns(".example")), leaf: with(san(dns("a.example"))), want: reject.CertificateMalformed},
		{name: "constraint of the root", root: permit(dns("example")), leaf: with(san(dns("a.test"))), want: constraints},
		{name: "permitted by one, not the other", root: permit(dns("example")), ca: permit(dns("test")), leaf: with(san(dns("a.test"))), want: constraints},
		{name: "mailbox", ca: permit(mail("a@b.test")), leaf: with(san(mail("a@B.TEST")))},
		{name: "another mailbox", ca: permit(mail("a@b.test")), leaf: with(san(mail("A@b.test"))), want: constraints},
		{name: "mailbox on a host", ca: permit(mail("b.test")), leaf: with(san(mail("x@b.test")))},
		{name: "mailbox on a host below", ca: permit(mail("b.test")), leaf: with(san(mail("x@c.b.test"))), want: constraints},
		{name: "mailbox in a domain", ca: permit(mail(".b.test")), leaf: with(san(mail("x@c.b.test")))},
		{name: "mailbox of the domain", ca: permit(mail(".b.test")), leaf: with(san(mail("x@b.test"))), want: constraints},
		{name: "excluded mailbox, dot of the root", ca: exclude(mail("b.test")), leaf: with(san(mail("x@b.test."))), want: constraints},
		{name: "two at signs", ca: permit(mail("b.test")), leaf: with(san(mail("x@y@b.test"))), want: constraints},
		{name: "mailbox at an address", ca: exclude(mail("b.test")), leaf: with(san(mail("x@[10.0.0.1]"))), want: constraints},
		{name: "no mailbox", ca: permit(mail("b.test")), leaf: with(san(mail("b.test"))), want: constraints},
		{
			name: "mailbox in the subject", ca: permit(mail("b.test")), want: constraints,
			leaf: authority.Template{Subject: authority.Name{{Type: authority.Email, Value: "x@c.test"}}},
		},
		{name: "URI", ca: permit(uri("b.test")), leaf: with(san(uri("https://u@b.test:443/x")))},
		{name: "excluded URI, dot of the root", ca: exclude(uri("b.test")), leaf: with(san(uri("https://b.test./"))), want: constraints},
		{name: "excluded URI, encoded", ca: exclude(uri("b.test")), leaf: with(san(uri("https://b%2etest/"))), want: constraints},
		{name: "URI with user and host", ca: permit(uri("b.test")), leaf: with(san(uri("https://b.test@c.test/"))), want: constraints},
		{name: "URI in a domain", ca: permit(uri(".b.test")), leaf: with(san(uri("https://c.b.test")))},
		{name: "URI of the domain", ca: permit(uri(".b.test")), leaf: with(san(uri("https://b.test"))), want: constraints},
		{name: "URI with an IPv6 address", ca: permit(uri("b.test")), leaf: with(san(uri("https://[::1]/"))), want: constraints},
		{name: "URI on another host", ca: permit(uri("b.test")), leaf: with(san(uri("https://c.test/b.test"))), want: constraints},
		{name: "URI without a host", ca: permit(uri("b.test")), leaf: with(san(uri("urn:b.test"))), want: constraints},
		{name: "URI with an address", ca: exclude(uri("b.test")), leaf: with(san(uri("https://10.0.0.1/"))), want: constraints},
		{name: "address", ca: permit(ip(10, 0, 0, 0, 255, 0, 0, 0)), leaf: with(san(ip(10, 1, 2, 3)))},
		{name: "address outside", ca: permit(ip(10, 0, 0, 0, 255, 0, 0, 0)), leaf: with(san(ip(11, 1, 2, 3))), want: constraints},
		{name: "all addresses excluded", ca: exclude(ip(0, 0, 0, 0, 0, 0, 0, 0)), leaf: with(san(ip(11, 1, 2, 3))), want: constraints},
		{name: "IPv6 address under a constraint of IPv4", ca: permit(ip(10, 0, 0, 0, 255, 0, 0, 0)), leaf: with(san(ip(make([]byte, 16)...))), want: constraints},
		{name: "address of a wrong length", ca: exclude(ip(10, 0, 0, 0, 255, 0, 0, 0)), leaf: with(san(ip(10, 1, 2))), want: constraints},
		{name: "mask of a wrong length", ca: permit(ip(10, 0, 0, 0, 255)), want: reject.CertificateMalformed},
		{name: "no address constrained", ca: permit(ip(10, 0, 0, 0, 255, 0, 0, 0)), leaf: with(san(dns("a.test")))},
		{name: "mask with holes", ca: permit(ip(10, 0, 0, 0, 255, 0, 255, 0)), want: reject.CertificateMalformed},
		{name: "registered identifier constrained", ca: permit(der(0x88, []byte{0x2a})), leaf: with(san(der(0x88, []byte{0x2a}))), want: constraints},
		{
			name: "directory", ca: permit(dir(authority.Name{{Type: authority.Country, Value: "RU"}})),
			leaf: authority.Template{Subject: authority.Name{{Type: authority.Country, Value: "ru"}, {Type: authority.CommonName, Value: "x"}}},
		},
		{
			name: "another directory", ca: permit(dir(authority.Name{{Type: authority.Country, Value: "RU"}})), want: constraints,
			leaf: authority.Template{Subject: authority.Name{{Type: authority.CommonName, Value: "x"}, {Type: authority.Country, Value: "RU"}}},
		},
		{name: "excluded directory", ca: exclude(dir(authority.CN("Заявитель"))), want: constraints},
		{name: "excluded directory in the names", ca: exclude(dir(authority.CN("x"))), leaf: with(san(dir(authority.CN("x")))), want: constraints},
		{name: "all directories excluded", ca: exclude(dir(authority.Name{})), want: constraints},
		{name: "permitted and excluded", ca: with(ext{ID: "2.5.29.30", Critical: true, Value: der(0x30,
			der(0xa0, der(0x30, dns("example"))), der(0xa1, der(0x30, dns("a.example"))))}), leaf: with(san(dns("b.a.example"))), want: constraints},
		{name: "empty constraint", ca: with(ext{ID: "2.5.29.30", Critical: true, Value: der(0x30)}), want: reject.CertificateMalformed},
		{name: "subtree with a minimum", ca: with(ext{ID: "2.5.29.30", Critical: true, Value: der(0x30,
			der(0xa0, der(0x30, dns("example"), der(0x80, []byte{1}))))}), want: reject.CertificateMalformed},
		{name: "other name constrained", ca: exclude(der(0xa0, oid("1.2.3"), der(0xa0, der(0x0c, []byte("x"))))),
			leaf: with(san(der(0xa0, oid("1.2.3"), der(0xa0, der(0x0c, []byte("y")))))), want: constraints},
		{name: "self-issued CA outside", root: permit(dns("example")), leaf: with(san(dns("a.example")))},
		// Policies.
		{
			name: "explicit policy without any", ca: with(ext{ID: "2.5.29.36", Critical: true, Value: der(0x30, der(0x80, []byte{0}))}),
			want: reject.CertificatePolicy,
		},
		{
			name: "explicit policy with one", leaf: authority.Template{Policies: []string{"1.2.3"}},
			ca: authority.Template{Policies: []string{"1.2.3"}, Extensions: []ext{{ID: "2.5.29.36", Critical: true, Value: der(0x30, der(0x80, []byte{0}))}}},
		},
		{
			name: "mapped policy", leaf: authority.Template{Policies: []string{"1.2.4"}},
			ca:    authority.Template{Policies: []string{"1.2.3"}, Extensions: []ext{mapping("1.2.3", "1.2.4")}},
			rules: pki.Rules{Policies: pki.Policies{Explicit: true}},
		},
		{
			name: "mapping to any policy", leaf: authority.Template{Policies: []string{"1.2.4"}}, want: reject.CertificatePolicy,
			ca: authority.Template{Policies: []string{"1.2.3"}, Extensions: []ext{mapping("1.2.3", "2.5.29.32.0")}},
		},
		// Classes of signing tools.
		{
			name: "class borne out", params: pki.Params{MinClass: pki.KC2},
			ca:   authority.Template{Policies: []string{"1.2.643.100.113.1", "1.2.643.100.113.2"}},
			leaf: authority.Template{Policies: []string{"1.2.643.100.113.1", "1.2.643.100.113.2"}},
		},
		{
			name: "class not borne out", params: pki.Params{MinClass: pki.KC2}, want: reject.CertificateClass,
			ca:   authority.Template{Policies: []string{"1.2.643.100.113.1"}},
			leaf: authority.Template{Policies: []string{"1.2.643.100.113.1", "1.2.643.100.113.2"}},
		},
		{
			name: "class under any policy", params: pki.Params{MinClass: pki.KA1},
			ca:   authority.Template{Policies: []string{"2.5.29.32.0"}},
			leaf: authority.Template{Policies: []string{"1.2.643.100.113.6"}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.root.Subject, test.ca.Subject = authority.CN("Корень"), authority.CN("УЦ")
			if test.leaf.Subject == nil {
				test.leaf.Subject = authority.CN("Заявитель")
			}
			top := root(t, key(t, authority.ECDSA, "root"), test.root)
			ca := sub(t, top, key(t, authority.ECDSA, "ca"), test.ca)
			leaf := issue(t, ca, key(t, authority.ECDSA, "leaf"), test.leaf)
			parsed, err := pki.ParseCertificate(ca.DER)
			if err != nil {
				if test.want != reject.CertificateMalformed {
					t.Fatal(err)
				}
				return
			}
			p := test.params
			p.At, p.Tolerance.Missing = now, true
			_, err = pki.NewTrust(test.rules, []*pki.Certificate{parse(t, top.DER)}, nil).Verify(leaf, []*pki.Certificate{parsed}, p)
			if got := code(t, err); got != test.want {
				t.Errorf("%q (%v), want %q", got, err, test.want)
			}
		})
	}
}

// TestParseCertificate_malformed changes a good certificate before it is
// signed, so that only the structure can give it away.
func TestParseCertificate_malformed(t *testing.T) {
	replace := func(old, new string) func([]byte) []byte {
		return func(b []byte) []byte {
			if bytes.Count(b, []byte(old)) != 1 {
				t.Fatalf("%x is not there once", old)
			}
			return bytes.Replace(b, []byte(old), []byte(new), 1)
		}
	}
	der := authority.DER
	twice := authority.Extension{ID: "2.5.29.14", Value: der(0x04, []byte("id"))}
	for _, test := range []struct {
		name     string
		template authority.Template
		good     bool
	}{
		{name: "good", good: true},
		{name: "version 4", template: authority.Template{Mangle: replace("\xa0\x03\x02\x01\x02", "\xa0\x03\x02\x01\x03")}},
		{name: "version 1 with extensions", template: authority.Template{Mangle: replace("\xa0\x03\x02\x01\x02", "\xa0\x03\x02\x01\x00")}},
		{name: "padded serial number", template: authority.Template{Serial: []byte{0, 1}}},
		{name: "empty serial number", template: authority.Template{Serial: []byte{}}},
		{name: "negative serial number", template: authority.Template{Serial: []byte{0xff}}, good: true},
		{name: "serial number of 21 octets", template: authority.Template{Serial: bytes.Repeat([]byte{1}, 21)}, good: true},
		{name: "time without seconds", template: authority.Template{Mangle: replace("250601120000Z", "2506011200Z00")}},
		{name: "time with an offset", template: authority.Template{Mangle: replace("250601120000Z", "250601120000+")}},
		{name: "30 February", template: authority.Template{Mangle: replace("250601120000Z", "250230120000Z")}},
		{name: "another algorithm outside", template: authority.Template{Mangle: replace("\x2a\x86\x48\xce\x3d\x04\x03\x02", "\x2a\x86\x48\xce\x3d\x04\x03\x03")}},
		{name: "no issuer", template: authority.Template{Issuer: new(authority.Name)}},
		{name: "empty key usage", template: authority.Template{Extensions: []authority.Extension{{ID: "2.5.29.15", Value: der(0x03, []byte{0})}}}},
		{name: "empty extended key usage", template: authority.Template{ExtUsages: []string{}}},
		{name: "empty names", template: authority.Template{Extensions: []authority.Extension{{ID: "2.5.29.17", Value: der(0x30)}}}},
		{name: "data behind an extension", template: authority.Template{Extensions: []authority.Extension{{ID: "2.5.29.19", Value: append(der(0x30), 0)}}}},
		{name: "extension twice", template: authority.Template{Mangle: func(b []byte) []byte {
			// The authority never writes one twice: rename authorityKeyIdentifier.
			return replace("\x06\x03\x55\x1d\x23", "\x06\x03\x55\x1d\x0e")(b)
		}}},
		{name: "another extension instead", template: authority.Template{Extensions: []authority.Extension{twice}}, good: true},
		{name: "boolean of 1", template: authority.Template{Mangle: replace("\x06\x03\x55\x1d\x0f\x01\x01\xff", "\x06\x03\x55\x1d\x0f\x01\x01\x01")}},
		{name: "malformed UTF-8", template: authority.Template{Subject: authority.CN("\xff")}},
		{name: "non-ASCII in a printable string", template: authority.Template{Subject: authority.Name{{Type: authority.CommonName, Value: "Ж", Tag: 0x13}}}},
		{name: "policy twice", template: authority.Template{Policies: []string{"1.2.3", "1.2.3"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			top := root(t, key(t, authority.ECDSA, "root"), authority.Template{Subject: authority.CN("Корень")})
			if test.template.Subject == nil {
				test.template.Subject = authority.CN("Заявитель")
			}
			b, err := top.Issue(key(t, authority.ECDSA, "leaf"), valid(test.template))
			if err != nil {
				t.Fatal(err)
			}
			if _, err = pki.ParseCertificate(b); (err == nil) != test.good {
				t.Fatalf("%v, want good %t", err, test.good)
			}
			if !test.good {
				return
			}
			// Every shorter prefix and anything behind is refused.
			for n := range b {
				if _, err := pki.ParseCertificate(b[:n]); err == nil {
					t.Fatalf("%d of %d bytes are accepted", n, len(b))
				}
			}
			if _, err := pki.ParseCertificate(append(b[:len(b):len(b)], 0)); err == nil {
				t.Error("a byte behind the certificate is accepted")
			}
		})
	}
}

// TestCertificate_qualified reads what Russian qualified certificates carry.
func TestCertificate_qualified(t *testing.T) {
	kind := 1
	top := root(t, key(t, authority.GOST256, "root"), authority.Template{Subject: authority.CN("Корень")})
	c := issue(t, top, key(t, authority.GOST256, "leaf"), authority.Template{
		Subject: authority.Name{
			{Type: authority.CommonName, Value: "ООО «Вымысел»"}, {Type: authority.OGRN, Value: "1000000000001"},
			{Type: authority.INNLE, Value: "7700000001"}, {Type: authority.INN, Value: "770000000002"},
			{Type: authority.SNILS, Value: "00000000001"}, {Type: authority.OGRNIP, Value: "300000000000001"},
		},
		Policies: []string{"1.2.643.100.113.1", "1.2.643.100.113.2"}, SignTool: "Вымышленное СКЗИ",
		IssuerTool: []string{"a", "b", "c", "d"}, KeyFrom: now.Add(-day), KeyUntil: now.Add(day), Identified: &kind,
	})
	s := &c.Subject
	got := []string{
		s.OGRN(), s.INNLE(), s.INN(), s.SNILS(), s.OGRNIP(), s.Number(), c.Class().String(), c.SubjectSignTool,
		c.IssuerSignTool[3], c.PrivateKeyNotAfter.Format("2006-01-02"),
	}
	want := []string{
		"1000000000001", "7700000001", "770000000002", "00000000001", "300000000000001", "1000000000001", "КС2",
		"Вымышленное СКЗИ", "d", "2026-06-02",
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%d: %q, want %q", i, got[i], want[i])
		}
	}
	if c.IdentificationKind != 1 {
		t.Errorf("identification kind %d", c.IdentificationKind)
	}

	old := issue(t, top, key(t, authority.GOST256, "leaf"), authority.Template{Subject: authority.Name{{Type: authority.INN, Value: "007700000001"}}})
	if got := old.Subject.Number(); got != "7700000001" {
		t.Errorf("old certificate's number %q", got)
	}
	person := issue(t, top, key(t, authority.GOST256, "leaf"), authority.Template{Subject: authority.Name{{Type: authority.INN, Value: "770000000002"}}})
	if got := person.Subject.Number(); got != "" {
		t.Errorf("a person's INN is taken for an organisation's: %q", got)
	}
}
