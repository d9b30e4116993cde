package pki_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/iotest"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest/authority"
	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/reject"
)

// TestLists judges one certificate by lists of all kinds.
func TestLists(t *testing.T) {
	c := newChain(t, authority.ECDSA, authority.ECDSA)
	serial := []byte{0x11}
	entry := func(reason int) []authority.Revoked {
		return []authority.Revoked{{Serial: serial, Date: now.Add(-2 * day), Reason: reason}}
	}
	point := func(p authority.Point) *authority.Point { return &p }
	here, there := "http://crl.example/1.crl", "http://crl.example/2.crl"
	stranger := key(t, authority.ECDSA, "stranger")
	agency := sub(t, c.root, stranger, authority.Template{Subject: authority.CN("Ведущий списки"), KeyUsage: authority.CRLSign, Without: []string{"2.5.29.19"}})
	// A distribution point with cRLIssuer.
	der := authority.DER
	indirectPoint := authority.Extension{ID: "2.5.29.31", Value: der(0x30, der(0x30,
		der(0xa0, der(0xa0, der(0x86, []byte(here)))), der(0xa2, der(0xa4, agency.Subject.DER()))))}
	caName := c.ca.Subject
	byAgency := func(l authority.List) *pki.CRL { return list(t, agency, l) }

	for _, test := range []struct {
		name   string
		points []string
		leaf   []authority.Extension
		lists  []authority.List
		others []*pki.CRL
		want   reject.Code
	}{
		{name: "full", lists: []authority.List{{}}},
		{name: "full, revoked", lists: []authority.List{{Revoked: entry(1)}}, want: reject.CertificateRevoked},
		{name: "none", want: reject.CertificateCRLMissing},
		// Delta lists (RFC 5280 5.2.4).
		{name: "delta alone", lists: []authority.List{{Number: 5, Base: 4}}, want: reject.CertificateCRLMissing},
		{name: "base and empty delta", lists: []authority.List{{Number: 4}, {Number: 5, Base: 4}}},
		{name: "revoked by the delta", lists: []authority.List{{Number: 4}, {Number: 5, Base: 4, Revoked: entry(1)}}, want: reject.CertificateRevoked},
		{name: "revoked by the base", lists: []authority.List{{Number: 4, Revoked: entry(1)}, {Number: 5, Base: 4}}, want: reject.CertificateRevoked},
		{name: "hold ended by the delta", lists: []authority.List{{Number: 4, Revoked: entry(6)}, {Number: 5, Base: 4, Revoked: entry(8)}}},
		{name: "removal in a full list", lists: []authority.List{{Revoked: entry(8)}}, want: reject.CertificateRevoked},
		{name: "delta of a later base", lists: []authority.List{{Number: 4, Revoked: entry(6)}, {Number: 6, Base: 5, Revoked: entry(8)}}, want: reject.CertificateRevoked},
		{name: "delta older than the base", lists: []authority.List{{Number: 7, Revoked: entry(6)}, {Number: 6, Base: 4, Revoked: entry(8)}}, want: reject.CertificateRevoked},
		{
			name: "delta of another scope", want: reject.CertificateRevoked,
			lists: []authority.List{{Number: 4, Revoked: entry(6)}, {Number: 5, Base: 4, Point: point(authority.Point{OnlyUser: true}), Revoked: entry(8)}},
		},
		{
			name: "stale delta", want: reject.CertificateRevoked,
			lists: []authority.List{{Number: 4, Revoked: entry(6)}, {Number: 5, Base: 4, ThisUpdate: now.Add(-2 * day), NextUpdate: now.Add(-day), Revoked: entry(8)}},
		},
		{
			name:  "stale base, fresh delta",
			lists: []authority.List{{Number: 4, ThisUpdate: now.Add(-2 * day), NextUpdate: now.Add(-day)}, {Number: 5, Base: 4}},
		},
		// Partitioned lists (RFC 5280 5.2.5).
		{name: "its part", points: []string{here}, lists: []authority.List{{Point: point(authority.Point{Addresses: []string{there, here}})}}},
		{name: "another part", points: []string{here}, lists: []authority.List{{Point: point(authority.Point{Addresses: []string{there}})}}, want: reject.CertificateCRLMissing},
		{
			name: "revoked in its part", points: []string{here}, want: reject.CertificateRevoked,
			lists: []authority.List{{Point: point(authority.Point{Addresses: []string{there}})}, {Number: 2, Point: point(authority.Point{Addresses: []string{here}}), Revoked: entry(1)}},
		},
		{name: "users only", lists: []authority.List{{Point: point(authority.Point{OnlyUser: true})}}},
		{name: "CAs only", lists: []authority.List{{Point: point(authority.Point{OnlyCA: true})}}, want: reject.CertificateCRLMissing},
		{name: "attribute certificates only", lists: []authority.List{{Point: point(authority.Point{OnlyAttribute: true})}}, want: reject.CertificateCRLMissing},
		{name: "some reasons", lists: []authority.List{{Point: point(authority.Point{Reasons: 0x02})}}, want: reject.CertificateCRLMissing},
		{name: "all reasons in two lists", lists: []authority.List{{Point: point(authority.Point{Reasons: 0x06})}, {Number: 2, Point: point(authority.Point{Reasons: 0x1f8})}}},
		{
			name: "revoked in the second of two", want: reject.CertificateRevoked,
			lists: []authority.List{{Point: point(authority.Point{Reasons: 0x06})}, {Number: 2, Point: point(authority.Point{Reasons: 0x1f8}), Revoked: entry(3)}},
		},
		// Indirect lists (RFC 5280 5.3.3).
		{
			name: "indirect", leaf: []authority.Extension{indirectPoint},
			others: []*pki.CRL{byAgency(authority.List{Point: point(authority.Point{Indirect: true, Addresses: []string{here}})})},
		},
		{
			name: "indirect, revoked", leaf: []authority.Extension{indirectPoint}, want: reject.CertificateRevoked,
			others: []*pki.CRL{byAgency(authority.List{
				Point:   point(authority.Point{Indirect: true, Addresses: []string{here}}),
				Revoked: []authority.Revoked{{Serial: []byte{0x77}, Date: now, Issuer: &caName}, {Serial: serial, Date: now}},
			})},
		},
		{
			name: "indirect, another issuer's certificate revoked", leaf: []authority.Extension{indirectPoint},
			others: []*pki.CRL{byAgency(authority.List{
				Point:   point(authority.Point{Indirect: true, Addresses: []string{here}}),
				Revoked: []authority.Revoked{{Serial: serial, Date: now}},
			})},
		},
		{
			name: "foreign list that is not indirect", leaf: []authority.Extension{indirectPoint}, want: reject.CertificateCRLMissing,
			others: []*pki.CRL{byAgency(authority.List{Point: point(authority.Point{Addresses: []string{here}})})},
		},
		{
			name: "indirect list not named", want: reject.CertificateCRLMissing,
			others: []*pki.CRL{byAgency(authority.List{Point: point(authority.Point{Indirect: true, Addresses: []string{here}})})},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			leaf := issue(t, c.ca, key(t, authority.ECDSA, "leaf"), authority.Template{
				Subject: authority.CN("Заявитель"), Serial: serial, CRLPoints: test.points, Extensions: test.leaf,
			})
			lists := append([]*pki.CRL{list(t, c.root, authority.List{})}, test.others...)
			for _, l := range test.lists {
				lists = append(lists, list(t, c.ca, l))
			}
			tr := trust(t, []*pki.Certificate{c.rootC}, []*pki.Certificate{c.caC, parse(t, agency.DER)}, lists...)
			_, err := tr.Verify(leaf, nil, pki.Params{At: now, Usage: pki.Sign})
			if got := code(t, err); got != test.want {
				t.Errorf("%q (%v), want %q", got, err, test.want)
			}
		})
	}
}

// TestWithCRLs: a list is replaced by a later issue only, and only by one
// whose signature holds.
func TestWithCRLs(t *testing.T) {
	c := newChain(t, authority.ECDSA, authority.ECDSA)
	stranger := key(t, authority.ECDSA, "stranger")
	base := trust(t, []*pki.Certificate{c.rootC}, []*pki.Certificate{c.caC}, list(t, c.ca, authority.List{Number: 5, ThisUpdate: now.Add(-2 * time.Hour)}))
	for _, test := range []struct {
		name   string
		list   authority.List
		refuse bool
		held   pki.Serial // numbers of the full lists held afterwards
	}{
		{"next", authority.List{Number: 6}, false, "\x06"},
		{"the same again", authority.List{Number: 5, ThisUpdate: now.Add(-2 * time.Hour)}, false, "\x05"},
		{"same number, later", authority.List{Number: 5}, false, "\x05"},
		{"rolled back", authority.List{Number: 4}, true, "\x05"},
		{"higher number, earlier date", authority.List{Number: 6, ThisUpdate: now.Add(-3 * time.Hour)}, true, "\x05"},
		{"without a number", authority.List{Without: []string{"2.5.29.20"}}, true, "\x05"},
		{"another scope", authority.List{Number: 1, ThisUpdate: now.Add(-3 * time.Hour), Point: &authority.Point{OnlyUser: true}}, false, "\x05\x01"},
		{"wrong signer in the CA's name", authority.List{Number: 6, Key: stranger, Extensions: []authority.Extension{
			{ID: "2.5.29.35", Value: authority.DER(0x30, authority.DER(0x80, c.caKey.ID()))},
		}}, true, "\x05"},
		{"wrong signer without a name", authority.List{Number: 6, Key: stranger, Without: []string{"2.5.29.35"}}, true, "\x05"},
		{"key that is not known", authority.List{Number: 6, Key: stranger}, false, "\x06\x05"},
	} {
		t.Run(test.name, func(t *testing.T) {
			next, err := base.WithCRLs(list(t, c.ca, test.list))
			if (err != nil) != test.refuse {
				t.Errorf("%v, want refused %t", err, test.refuse)
			}
			var held pki.Serial
			for _, l := range next.CRLs() {
				held += l.Number
			}
			if held != test.held {
				t.Errorf("held %x, want %x", held, test.held)
			}
			if len(base.CRLs()) != 1 {
				t.Error("the Trust it was derived from has changed")
			}
		})
	}
	// A scope that was given up is forgotten in time.
	next := base
	for i := range 10 {
		at := now.Add(time.Duration(i) * 50 * day)
		u, err := next.WithCRLs(list(t, c.ca, authority.List{
			Number: int64(10 + i), ThisUpdate: at, NextUpdate: at.Add(day), Point: &authority.Point{Addresses: []string{fmt.Sprintf("http://crl.example/%d", i)}},
		}))
		if err != nil {
			t.Fatal(err)
		}
		next = u
	}
	if n := len(next.CRLs()); n != 2 {
		t.Errorf("%d lists are held, want the newest and the one before", n)
	}
	if _, err := base.WithCRLs(list(t, c.ca, authority.List{Number: 4})); !errors.Is(err, pki.ErrOlder) {
		t.Errorf("%v is not ErrOlder", err)
	}
}

func TestParseCRL_malformed(t *testing.T) {
	c := newChain(t, authority.ECDSA, authority.ECDSA)
	some := []authority.Revoked{{Serial: []byte{1}, Date: now.Add(-day), Reason: 1}, {Serial: []byte{2}, Date: now.Add(-day)}}
	der := authority.DER
	replace := func(old, new string) func([]byte) []byte {
		return func(b []byte) []byte {
			if !bytes.Contains(b, []byte(old)) {
				t.Fatalf("%x is not there", old)
			}
			return bytes.Replace(b, []byte(old), []byte(new), 1)
		}
	}
	for _, test := range []struct {
		name string
		list authority.List
		good bool
	}{
		{"good", authority.List{Revoked: some}, true},
		{"empty", authority.List{}, true},
		{"negative serial number", authority.List{Revoked: []authority.Revoked{{Serial: []byte{0x80}, Date: now}}}, true},
		{"padded serial number", authority.List{Revoked: []authority.Revoked{{Serial: []byte{0, 1}, Date: now}}}, false},
		{"reason 7", authority.List{Revoked: []authority.Revoked{{Serial: []byte{1}, Date: now, Reason: 7}}}, false},
		{"number replaced", authority.List{Extensions: []authority.Extension{{ID: "2.5.29.20", Value: der(0x02, []byte{7})}}}, true},
		{"negative number", authority.List{Extensions: []authority.Extension{{ID: "2.5.29.20", Value: der(0x02, []byte{0xff})}}}, false},
		{"critical number", authority.List{Extensions: []authority.Extension{{ID: "2.5.29.20", Critical: true, Value: der(0x02, []byte{7})}}}, false},
		{"version 1 with extensions", authority.List{Mangle: replace("\x02\x01\x01\x30", "\x02\x01\x00\x30")}, false},
		{"version 3", authority.List{Mangle: replace("\x02\x01\x01\x30", "\x02\x01\x02\x30")}, false},
		{"malformed date", authority.List{Revoked: some, Mangle: replace("260531120000Z", "260531120000X")}, false},
		{"delta without a number", authority.List{Base: 1, Without: []string{"2.5.29.20"}}, false},
		{"issuer of entries without a name", authority.List{Revoked: []authority.Revoked{{Serial: []byte{1}, Date: now, Extensions: []authority.Extension{
			{ID: "2.5.29.29", Critical: true, Value: der(0x30, der(0x86, []byte("x")))},
		}}}}, false},
		{"algorithms differ", authority.List{Mangle: replace("\x2a\x86\x48\xce\x3d\x04\x03\x02", "\x2a\x86\x48\xce\x3d\x04\x03\x03")}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := listDER(t, c.ca, test.list)
			l, err := pki.ParseCRL(bytes.NewReader(b), pki.MaxCRL)
			if (err == nil) != test.good {
				t.Fatalf("%v, want good %t", err, test.good)
			}
			if !test.good {
				return
			}
			if l.Entries != len(test.list.Revoked) || l.Size != int64(len(b)) {
				t.Errorf("%d entries in %d bytes, want %d in %d", l.Entries, l.Size, len(test.list.Revoked), len(b))
			}
			for n := range b {
				if _, err := pki.ParseCRL(bytes.NewReader(b[:n]), pki.MaxCRL); err == nil {
					t.Fatalf("%d of %d bytes are accepted", n, len(b))
				}
			}
			if _, err := pki.ParseCRL(bytes.NewReader(append(b, 0)), pki.MaxCRL); err == nil {
				t.Error("a byte behind the list is accepted")
			}
			b = b[:len(b):len(b)]
			if _, err := pki.ParseCRL(bytes.NewReader(b), int64(len(b)-1)); err == nil {
				t.Error("a list above the limit is accepted")
			}
			if _, err := pki.ParseCRL(io.MultiReader(bytes.NewReader(b[:len(b)/2]), iotest.ErrReader(io.ErrUnexpectedEOF)), pki.MaxCRL); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("a failing source gives %v", err)
			}
		})
	}
}

// TestParseCRL_window reads a list of several windows' size in pieces of all
// kinds, and finds exactly what is in it.
func TestParseCRL_window(t *testing.T) {
	c := newChain(t, authority.GOST256, authority.GOST256)
	const n = 20_000
	revoked := make([]authority.Revoked, n)
	for i := range revoked {
		serial := binary.BigEndian.AppendUint64([]byte{0x40}, uint64(3*i))
		revoked[i] = authority.Revoked{Serial: serial, Date: now.Add(-time.Duration(i) * time.Second), Reason: i % 7}
	}
	b := listDER(t, c.ca, authority.List{Revoked: revoked})
	for name, r := range map[string]io.Reader{
		"whole": bytes.NewReader(b), "halves": iotest.HalfReader(bytes.NewReader(b)), "with the end at once": iotest.DataErrReader(bytes.NewReader(b)),
	} {
		l, err := pki.ParseCRL(r, pki.MaxCRL)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := l.CheckSignature(c.caC); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for i := range 3 * n {
			serial := pki.Serial(binary.BigEndian.AppendUint64([]byte{0x40}, uint64(i)))
			e, ok := l.Lookup(serial)
			if ok != (i%3 == 0) {
				t.Fatalf("%s: entry %d found: %t", name, i, ok)
			}
			if ok && (e.Reason != pki.Reason(i/3%7) || !e.Date.Equal(revoked[i/3].Date)) {
				t.Fatalf("%s: entry %d is %v", name, i, e)
			}
		}
	}
}
