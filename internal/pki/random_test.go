package pki_test

import (
	"encoding/pem"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest/authority"
	"github.com/soapgate/soapgate/internal/gatetest/openssl"
	"github.com/soapgate/soapgate/internal/pki"
)

// A draw makes chains at random: a root, one to three CAs below it, a signer,
// and everybody's lists, each with a fault now and then.
type draw struct {
	*rand.Rand
	tb    testing.TB
	notes []string // what is unusual about the chain
}

func (d *draw) some(odds int, note string) bool {
	if d.IntN(odds) != 0 {
		return false
	}
	d.notes = append(d.notes, note)
	return true
}

func pick[T any](d *draw, list ...T) T { return list[d.IntN(len(list))] }

// name returns a general name, or with base one to constrain names by.
func (d *draw) name(base bool) []byte {
	der := authority.DER
	switch d.IntN(5) {
	case 0:
		return der(0x82, []byte(pick(d, "example", "a.example", "b.a.example", "test", "aexample")))
	case 1:
		if base {
			return der(0x81, []byte(pick(d, "x@a.test", "a.test", ".a.test", "test", ".test")))
		}
		return der(0x81, []byte(pick(d, "x@a.test", "y@a.test", "x@b.a.test", "x@test")))
	case 2:
		if base {
			return der(0x86, []byte(pick(d, "a.test", ".a.test", "test", ".test")))
		}
		return der(0x86, []byte("https://"+pick(d, "a.test", "b.a.test", "test", "c.test")+pick(d, "/x", ":8443/", "")))
	case 3:
		if base {
			return der(0x87, pick(d, []byte{10, 0, 0, 0, 255, 0, 0, 0}, []byte{10, 1, 0, 0, 255, 255, 0, 0}, []byte{0, 0, 0, 0, 0, 0, 0, 0}))
		}
		return der(0x87, pick(d, []byte{10, 0, 0, 1}, []byte{10, 1, 0, 1}, []byte{11, 0, 0, 1}))
	}
	n := authority.Name{{Type: authority.Country, Value: pick(d, "RU", "BY")}}
	if d.IntN(2) == 0 {
		n = append(n, authority.Attribute{Type: authority.Organization, Value: pick(d, "Вымысел", "Выдумка")})
	}
	return der(0xa4, n.DER())
}

// ca draws what is particular to a CA.
func (d *draw) ca() (t authority.Template) {
	der := authority.DER
	if d.some(4, "path length") {
		t.PathLen = 1 + d.IntN(3)
	}
	if d.some(36, "CA expired") {
		t.NotAfter = now.Add(-day)
	}
	if d.some(36, "CA not for certificates") {
		t.KeyUsage = authority.CRLSign
	}
	if d.some(36, "CA not for lists") {
		t.KeyUsage = authority.KeyCertSign
	}
	if d.some(48, "CA without basic constraints") {
		t.Without = append(t.Without, "2.5.29.19")
	}
	if d.some(48, "CA with a critical extension") {
		t.Extensions = append(t.Extensions, authority.Extension{ID: "1.2.3.4", Critical: true, Value: []byte{5, 0}})
	}
	if d.some(3, "names constrained") {
		var lists [][]byte
		without := d.IntN(3)
		for i, tag := range []byte{0xa0, 0xa1} {
			if i != without { // permitted, excluded or both
				lists = append(lists, der(tag, der(0x30, d.name(true)), der(0x30, d.name(true))))
			}
		}
		t.Extensions = append(t.Extensions, authority.Extension{ID: "2.5.29.30", Critical: true, Value: der(0x30, lists...)})
	}
	return t
}

func (d *draw) leaf() (t authority.Template) {
	if d.some(36, "expired") {
		t.NotAfter = now.Add(-day)
	}
	if d.some(48, "critical extension") {
		t.Extensions = append(t.Extensions, authority.Extension{ID: "1.2.3.4", Critical: true, Value: []byte{5, 0}})
	}
	if d.some(2, "names") {
		var names [][]byte
		for range 1 + d.IntN(2) {
			names = append(names, d.name(false))
		}
		t.Extensions = append(t.Extensions, authority.Extension{ID: "2.5.29.17", Value: authority.DER(0x30, names...)})
	}
	return t
}

// list draws the list of a CA, which may name the serial number of what it
// issued.
func (d *draw) list(serial []byte, stranger *authority.Key) (l authority.List) {
	for i := range d.IntN(4) {
		l.Revoked = append(l.Revoked, authority.Revoked{Serial: []byte{0x50, byte(i)}, Date: now.Add(-day), Reason: pick(d, 0, 1, 4, 5)})
	}
	if d.some(36, "revoked") {
		l.Revoked = append(l.Revoked, authority.Revoked{Serial: serial, Date: now.Add(-day), Reason: pick(d, 0, 1, 4, 5, 6)})
	}
	if d.some(48, "list stale") {
		l.ThisUpdate, l.NextUpdate = now.Add(-3*day), now.Add(-day)
	}
	if d.some(48, "list from the future") {
		l.ThisUpdate, l.NextUpdate = now.Add(day), now.Add(3*day)
	}
	if d.some(48, "list by another key") {
		l.Key = stranger
	}
	if d.some(48, "list with a critical extension") {
		l.Extensions = append(l.Extensions, authority.Extension{ID: "1.2.3.4", Critical: true, Value: []byte{5, 0}})
	}
	if d.some(12, "list for some") {
		l.Point = pick(d, &authority.Point{OnlyUser: true}, &authority.Point{OnlyCA: true}, &authority.Point{OnlyAttribute: true})
	}
	return l
}

// TestOpenSSL_random: OpenSSL and we agree on chains drawn at random, with keys
// of all kinds mixed.
func TestOpenSSL_random(t *testing.T) {
	tool := openssl.New(t)
	file := func(der []byte) *openssl.Certificate {
		return &openssl.Certificate{Path: tool.File("drawn.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), DER: der}
	}
	const rounds = 100
	accepted := 0
	for i := range rounds {
		d := &draw{Rand: rand.New(rand.NewPCG(5280, uint64(i))), tb: t}
		kind := func(name string) *authority.Key { return key(t, pick(d, kinds...), name) }
		above := root(t, kind("root"), authority.Template{Subject: authority.CN("Корень")})
		anchor := above
		var between []*openssl.Certificate
		var known []*pki.Certificate
		var lists [][]byte
		var parsed []*pki.CRL
		for n := range 2 + d.IntN(3) {
			serial := []byte{0x41, byte(n)}
			der := listDER(t, above, d.list(serial, kind("stranger")))
			if !d.some(40, "list missing") {
				lists, parsed = append(lists, der), append(parsed, parseList(t, der))
			}
			if n == 0 || d.IntN(3) > 0 && n < 3 {
				template := d.ca()
				template.Subject, template.Serial = authority.CN(fmt.Sprint("УЦ ", n)), serial
				above = sub(t, above, kind(fmt.Sprint("ca", n)), template)
				between, known = append(between, file(above.DER)), append(known, parse(t, above.DER))
				continue
			}
			template := d.leaf()
			template.Serial = serial
			template.Subject = authority.Name{{Type: authority.Country, Value: "RU"}, {Type: authority.Organization, Value: pick(d, "Вымысел", "Выдумка")}}
			leaf := issue(t, above, kind("leaf"), template)
			tr, _ := pki.NewTrust(pki.Rules{}, []*pki.Certificate{parse(t, anchor.DER)}, known).WithCRLs(parsed...)
			_, ours := tr.Verify(leaf, nil, pki.Params{At: now})
			if len(lists) == 0 {
				break // OpenSSL would not ask for any
			}
			theirs := tool.VerifyPath(now, file(leaf.Raw), []*openssl.Certificate{file(anchor.DER)}, between, lists)
			if (ours == nil) != (theirs == nil) {
				t.Errorf("chain %d (%s): ours %v, OpenSSL's %v", i, strings.Join(d.notes, ", "), ours, theirs)
			}
			if ours == nil {
				accepted++
			}
			break
		}
	}
	if accepted < rounds/10 || accepted > rounds*9/10 {
		t.Errorf("%d of %d chains are accepted: the draw says little", accepted, rounds)
	}
}

// A mesh is CAs that certify each other at random, with certificates some of
// which have a fault.
type mesh struct {
	issuers [][]edge // by subject
}

type edge struct {
	issuer int
	good   bool
	limit  int // of CAs below, -1 for none
}

// reachable reports whether a path of good certificates within their limits leads
// from subject s up to CA 0. It tries all paths that pass no CA twice.
func (m *mesh) reachable(s int, path []int) bool {
	if s == 0 {
		return true
	}
	for _, e := range m.issuers[s] {
		// path has the CAs from below the issuer of the leaf up to s.
		if e.good && (e.limit < 0 || len(path) <= e.limit) && !slices.Contains(path, e.issuer) && e.issuer != s {
			if m.reachable(e.issuer, append(slices.Clip(path), s)) {
				return true
			}
		}
	}
	return false
}

// TestBuild_random: where a way out of a mesh exists, it is found, whatever leads
// astray; where there is none, none is.
func TestBuild_random(t *testing.T) {
	const cas = 5
	found := 0
	for round := range 150 {
		d := &draw{Rand: rand.New(rand.NewPCG(4158, uint64(round))), tb: t}
		m := &mesh{issuers: make([][]edge, cas)}
		var all []*authority.CA
		for i := range cas {
			all = append(all, root(t, key(t, authority.ECDSA, fmt.Sprint("mesh", i)), authority.Template{Subject: authority.CN(fmt.Sprint("УЦ ", i))}))
		}
		var known []*pki.Certificate
		for range 4 + d.IntN(7) {
			s, i := 1+d.IntN(cas-1), d.IntN(cas)
			if s == i {
				continue
			}
			e := edge{issuer: i, good: d.IntN(2) == 0, limit: -1}
			template, signer := authority.Template{Subject: all[s].Subject}, all[i]
			if d.IntN(3) == 0 {
				e.limit = d.IntN(3)
				template.PathLen = e.limit + 1
			}
			if !e.good {
				pick(d, func() { template.NotAfter = now.Add(-day) },
					func() { template.KeyUsage = authority.CRLSign },
					func() { template.Without = []string{"2.5.29.19", "2.5.29.15"} },
					func() {
						template.Extensions = []authority.Extension{{ID: "1.2.3.4", Critical: true, Value: []byte{5, 0}}}
					},
					func() {
						template.Extensions = []authority.Extension{constraint(0xa1, authority.DER(0xa4, authority.Name{}.DER()))}
					},
					func() { signer = &authority.CA{Key: key(t, authority.ECDSA, "stranger"), Subject: all[i].Subject} },
				)()
			}
			m.issuers[s] = append(m.issuers[s], e)
			known = append(known, parse(t, sub(t, signer, key(t, authority.ECDSA, fmt.Sprint("mesh", s)), template).DER))
		}
		leaf := issue(t, all[cas-1], key(t, authority.ECDSA, "leaf"), authority.Template{Subject: authority.CN("Заявитель")})
		tr := pki.NewTrust(pki.Rules{}, []*pki.Certificate{parse(t, all[0].DER)}, known)
		_, err := tr.Verify(leaf, nil, pki.Params{At: now, Tolerance: pki.Tolerance{Missing: true}})
		want := m.reachable(cas-1, nil)
		if got := err == nil; got != want {
			t.Errorf("round %d: %v, a path exists: %v; %+v", round, err, want, m.issuers)
		}
		if want {
			found++
		}
	}
	if found < 20 || found > 130 {
		t.Errorf("%d of 150 meshes have a way out: the draw says little", found)
	}
}
