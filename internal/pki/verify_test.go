package pki_test

import (
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest/authority"
	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/reject"
)

// TestVerify_kinds mixes all kinds of key on one path.
func TestVerify_kinds(t *testing.T) {
	for _, rootKind := range kinds {
		for _, caKind := range kinds {
			for _, leafKind := range kinds {
				c := newChain(t, rootKind, caKind)
				leaf := issue(t, c.ca, key(t, leafKind, "leaf"), authority.Template{Subject: authority.CN("Заявитель")})
				v, err := c.trust(t).Verify(leaf, nil, pki.Params{At: now, Usage: pki.Sign})
				if err != nil {
					t.Fatalf("%v, %v, %v: %v", rootKind, caKind, leafKind, err)
				}
				if len(v.Path) != 3 || v.Path[0] != leaf || v.Anchor() != c.rootC {
					t.Errorf("%v, %v, %v: wrong path", rootKind, caKind, leafKind)
				}
			}
		}
	}
}

func TestVerify_refusals(t *testing.T) {
	c := newChain(t, authority.GOST256, authority.GOST256)
	k := key(t, authority.GOST256, "leaf")
	subject := authority.CN("Заявитель")
	good := authority.Template{Subject: subject}
	serial := []byte{0x11, 0x22}
	revoked := func(reason int) *pki.CRL {
		return list(t, c.ca, authority.List{Revoked: []authority.Revoked{{Serial: serial, Date: now.Add(-day), Reason: reason}}})
	}
	rootList := list(t, c.root, authority.List{})
	caList := list(t, c.ca, authority.List{})
	other := root(t, key(t, authority.GOST256, "other"), authority.Template{Subject: c.root.Subject})

	for _, test := range []struct {
		name     string
		template authority.Template
		lists    []*pki.CRL
		params   pki.Params
		want     reject.Code
	}{
		{name: "good", template: good},
		{name: "expired", template: authority.Template{Subject: subject, NotAfter: now.Add(-time.Second)}, want: reject.CertificateExpired},
		{name: "in its last second", template: authority.Template{Subject: subject, NotAfter: now}},
		{name: "not yet valid", template: authority.Template{Subject: subject, NotBefore: now.Add(time.Second)}, want: reject.CertificateNotYetValid},
		{name: "in its first second", template: authority.Template{Subject: subject, NotBefore: now}},
		{name: "revoked", template: authority.Template{Subject: subject, Serial: serial}, lists: []*pki.CRL{rootList, revoked(1)}, want: reject.CertificateRevoked},
		{name: "on hold", template: authority.Template{Subject: subject, Serial: serial}, lists: []*pki.CRL{rootList, revoked(6)}, want: reject.CertificateRevoked},
		{name: "another serial number revoked", template: good, lists: []*pki.CRL{rootList, revoked(1)}},
		{
			name: "CA revoked", template: good, want: reject.CertificateRevoked,
			lists: []*pki.CRL{list(t, c.root, authority.List{Revoked: []authority.Revoked{{Serial: []byte(c.caC.Serial), Date: now.Add(-day)}}}), caList},
		},
		{name: "no list of the CA", template: good, lists: []*pki.CRL{rootList}, want: reject.CertificateCRLMissing},
		{name: "no list of the root", template: good, lists: []*pki.CRL{caList}, want: reject.CertificateCRLMissing},
		{
			name: "no list, let pass", template: good, lists: []*pki.CRL{rootList},
			params: pki.Params{Tolerance: pki.Tolerance{Missing: true}},
		},
		{
			name: "stale list", template: good, want: reject.CertificateCRLStale,
			lists: []*pki.CRL{rootList, list(t, c.ca, authority.List{ThisUpdate: now.Add(-2 * day), NextUpdate: now.Add(-day)})},
		},
		{
			name: "list stale within the skew", template: good,
			lists: []*pki.CRL{rootList, list(t, c.ca, authority.List{ThisUpdate: now.Add(-2 * day), NextUpdate: now.Add(-5 * time.Minute)})},
		},
		{
			name: "list stale within grace", template: good,
			lists:  []*pki.CRL{rootList, list(t, c.ca, authority.List{ThisUpdate: now.Add(-2 * day), NextUpdate: now.Add(-day)})},
			params: pki.Params{Tolerance: pki.Tolerance{Grace: day}},
		},
		{
			name: "list stale beyond grace", template: good, want: reject.CertificateCRLStale,
			lists:  []*pki.CRL{rootList, list(t, c.ca, authority.List{ThisUpdate: now.Add(-2 * day), NextUpdate: now.Add(-day)})},
			params: pki.Params{Tolerance: pki.Tolerance{Grace: 23 * time.Hour}},
		},
		{
			name: "revoked by a stale list", template: authority.Template{Subject: subject, Serial: serial}, want: reject.CertificateRevoked,
			lists: []*pki.CRL{rootList, list(t, c.ca, authority.List{
				ThisUpdate: now.Add(-2 * day), NextUpdate: now.Add(-day), Revoked: []authority.Revoked{{Serial: serial, Date: now.Add(-3 * day)}},
			})},
			params: pki.Params{Tolerance: pki.Tolerance{Stale: true}},
		},
		{
			name: "list from the future", template: good, want: reject.CertificateStatusUnknown,
			lists: []*pki.CRL{rootList, list(t, c.ca, authority.List{ThisUpdate: now.Add(time.Hour)})},
		},
		{
			name: "list with an unknown critical extension", template: good, want: reject.CertificateStatusUnknown,
			lists: []*pki.CRL{rootList, list(t, c.ca, authority.List{Extensions: []authority.Extension{{ID: "1.2.3.4", Critical: true, Value: []byte{5, 0}}}})},
		},
		{
			name: "list with Microsoft's extensions", template: good,
			lists: []*pki.CRL{rootList, list(t, c.ca, authority.List{Extensions: []authority.Extension{
				{ID: "1.3.6.1.4.1.311.21.1", Value: []byte{2, 1, 0}}, {ID: "1.3.6.1.4.1.311.21.4", Value: []byte("\x17\x0d260602120000Z")},
			}})},
		},
		{name: "key usage without signing", template: authority.Template{Subject: subject, KeyUsage: authority.KeyEncipherment}, want: reject.CertificateUsage},
		{name: "CA certificate", template: authority.Template{Subject: subject, CA: true, KeyUsage: authority.DigitalSignature | authority.KeyCertSign}, want: reject.CertificateUsage},
		{name: "time stamping only", template: authority.Template{Subject: subject, ExtUsages: []string{"1.3.6.1.5.5.7.3.8"}}, want: reject.CertificateUsage},
		{name: "time stamping and more", template: authority.Template{Subject: subject, ExtUsages: []string{"1.3.6.1.5.5.7.3.8", "1.3.6.1.5.5.7.3.4"}}},
		{
			name: "unknown critical extension", want: reject.CertificateExtension,
			template: authority.Template{Subject: subject, Extensions: []authority.Extension{{ID: "1.2.3.4", Critical: true, Value: []byte{5, 0}}}},
		},
		{
			name:     "unknown extension",
			template: authority.Template{Subject: subject, Extensions: []authority.Extension{{ID: "1.2.3.4", Value: []byte{5, 0}}}},
		},
		{name: "private key expired", template: authority.Template{Subject: subject, KeyFrom: now.Add(-year), KeyUntil: now.Add(-time.Second)}, want: reject.CertificateKeyPeriod},
		{name: "private key in its period", template: authority.Template{Subject: subject, KeyFrom: now.Add(-year), KeyUntil: now}},
		{
			name: "class below the minimum", want: reject.CertificateClass, params: pki.Params{MinClass: pki.KC2},
			template: authority.Template{Subject: subject, Policies: []string{"1.2.643.100.113.1"}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			lists := test.lists
			if lists == nil {
				lists = []*pki.CRL{rootList, caList}
			}
			p := test.params
			p.At, p.Usage = now, pki.Sign
			v, err := c.trust(t, lists...).Verify(issue(t, c.ca, k, test.template), nil, p)
			if got := code(t, err); got != test.want {
				t.Fatalf("%q (%v), want %q", got, err, test.want)
			}
			if marked := test.params.Tolerance != (pki.Tolerance{}); err == nil && marked != (len(v.Marks) > 0) {
				t.Errorf("marks %v", v.Marks)
			}
		})
	}

	t.Run("unknown issuer", func(t *testing.T) {
		stranger := sub(t, other, key(t, authority.GOST256, "stranger"), authority.Template{Subject: authority.CN("Чужой УЦ")})
		leaf := issue(t, stranger, k, good)
		_, err := c.trust(t).Verify(leaf, []*pki.Certificate{parse(t, stranger.DER), parse(t, other.DER)}, pki.Params{At: now, Usage: pki.Sign})
		if got := code(t, err); got != reject.CertificateUnknownIssuer {
			t.Errorf("%q (%v)", got, err)
		}
	})
}
