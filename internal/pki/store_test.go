package pki_test

import (
	"runtime"
	"sync"
	"testing"
	"time"
	"weak"

	"github.com/soapgate/soapgate/internal/gatetest/authority"
	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/reject"
)

// TestStore_cache: a verdict is given again until something it rests on is
// replaced or expires, and never at a moment it does not cover.
func TestStore_cache(t *testing.T) {
	c := newChain(t, authority.GOST256, authority.GOST256)
	other := root(t, key(t, authority.ECDSA, "other"), authority.Template{Subject: authority.CN("Другой корень")})
	serial := []byte{0x21}
	leaf := issue(t, c.ca, key(t, authority.GOST256, "leaf"), authority.Template{Subject: authority.CN("Заявитель"), Serial: serial, NotAfter: now.Add(time.Hour)})
	ders := [][]byte{listDER(t, c.root, authority.List{}), listDER(t, c.ca, authority.List{})}
	store := pki.NewStore(c.trust(t, parseList(t, ders[0]), parseList(t, ders[1])))
	p := pki.Params{At: now, Usage: pki.Sign}
	verify := func(p pki.Params) (*pki.Verdict, reject.Code) {
		v, err := store.Verify(leaf, nil, p)
		return v, code(t, err)
	}
	first, refused := verify(p)
	if refused != "" {
		t.Fatal(refused)
	}
	same := func(p pki.Params, want bool, why string) {
		t.Helper()
		if v, refused := verify(p); refused != "" || (v == first) != want {
			t.Errorf("%s: refused %q, the same verdict: %t, want %t", why, refused, v == first, want)
		}
	}
	same(p, true, "again")
	p.At = now.Add(time.Minute)
	same(p, true, "a minute later")
	same(pki.Params{At: now, Usage: pki.AnyUsage}, false, "another usage")

	store.Update(func(t *pki.Trust) *pki.Trust {
		u, _ := t.WithCRLs(parseListOf(other))
		return u
	})
	same(p, true, "after a list of another issuer")

	again, err := store.Trust().WithCRLs(parseList(t, ders[0]), parseList(t, ders[1]))
	if err != nil {
		t.Fatal(err)
	}
	store.Update(func(*pki.Trust) *pki.Trust { return again })
	same(p, true, "after the same lists were read again")

	p.At = now.Add(2 * time.Hour)
	if _, refused := verify(p); refused != reject.CertificateExpired {
		t.Errorf("after its end: %q", refused)
	}
	p.At = now.Add(-2 * year) // the clock jumps back
	if _, refused := verify(p); refused != reject.CertificateNotYetValid {
		t.Errorf("before its beginning: %q", refused)
	}
	p.At = now
	same(p, true, "after the clock was set right")

	store.Update(func(tr *pki.Trust) *pki.Trust {
		u, err := tr.WithCRLs(list(t, c.ca, authority.List{Number: 2, Revoked: []authority.Revoked{{Serial: serial, Date: now}}}))
		if err != nil {
			t.Fatal(err)
		}
		return u
	})
	if _, refused := verify(p); refused != reject.CertificateRevoked {
		t.Errorf("after it was revoked: %q", refused)
	}
}

// parseListOf issues an empty list.
func parseListOf(ca *authority.CA) *pki.CRL {
	der, err := ca.CRL(authority.List{ThisUpdate: now, NextUpdate: now.Add(day), Number: 1})
	if err != nil {
		panic(err)
	}
	l, err := pki.LoadCRL(der)
	if err != nil {
		panic(err)
	}
	return l
}

// TestStore_allocs: the second verification of a certificate allocates nothing.
func TestStore_allocs(t *testing.T) {
	data.CountAllocations(t)
	c := newChain(t, authority.GOST256, authority.GOST256)
	leaf := issue(t, c.ca, key(t, authority.GOST256, "leaf"), authority.Template{Subject: authority.CN("Заявитель")})
	store := pki.NewStore(c.trust(t))
	p := pki.Params{At: now, Usage: pki.Sign}
	if n := testing.AllocsPerRun(100, func() {
		if _, err := store.Verify(leaf, nil, p); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

// TestStore_historical judges an archived message: by the status of its time,
// with the lists of today.
func TestStore_historical(t *testing.T) {
	c := newChain(t, authority.ECDSA, authority.ECDSA)
	serial := []byte{0x21}
	leaf := issue(t, c.ca, key(t, authority.ECDSA, "leaf"), authority.Template{Subject: authority.CN("Заявитель"), Serial: serial})
	store := pki.NewStore(c.trust(t, list(t, c.root, authority.List{}), list(t, c.ca, authority.List{
		Revoked: []authority.Revoked{{Serial: serial, Date: now.Add(-10 * day), Reason: 1}},
	})))
	for _, test := range []struct {
		name string
		at   time.Time
		want reject.Code
	}{
		{"before the revocation", now.Add(-11 * day), ""},
		{"after it", now.Add(-9 * day), reject.CertificateRevoked},
		{"before the certificate", now.Add(-2 * year), reject.CertificateNotYetValid},
	} {
		_, err := store.Verify(leaf, nil, pki.Params{At: test.at, Usage: pki.Sign, Historical: true})
		if got := code(t, err); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
	if _, err := store.Verify(leaf, nil, pki.Params{At: now.Add(-11 * day), Usage: pki.Sign}); err == nil {
		t.Error("the gate's own clock at a time before the lists: accepted")
	}
}

// TestAccreditations: the CA must be in the list, in force at the time, and
// the list not too old.
func TestAccreditations(t *testing.T) {
	c := newChain(t, authority.ECDSA, authority.ECDSA)
	leaf := issue(t, c.ca, key(t, authority.ECDSA, "leaf"), authority.Template{Subject: authority.CN("Заявитель")})
	history := []pki.Status{
		{From: now.Add(-300 * day), Active: true, Text: "Действует"},
		{From: now.Add(-200 * day), Text: "Приостановлена"},
		{From: now.Add(-100 * day), Active: true, Text: "Действует"},
		{From: now.Add(day), Text: "Прекращена"},
	}
	listed := map[[32]byte]*pki.Accreditation{c.caC.KeyID: {Name: "УЦ", History: history}}
	for _, test := range []struct {
		name  string
		by    map[[32]byte]*pki.Accreditation
		until time.Time
		at    time.Time
		want  reject.Code
	}{
		{"in force", listed, time.Time{}, now, ""},
		{"not listed", map[[32]byte]*pki.Accreditation{}, time.Time{}, now, reject.CertificateNotAccredited},
		{"suspended then", listed, time.Time{}, now.Add(-150 * day), reject.CertificateNotAccredited},
		{"before", listed, time.Time{}, now.Add(-301 * day), reject.CertificateNotAccredited},
		{"ended", listed, time.Time{}, now.Add(2 * day), reject.CertificateNotAccredited},
		{"list too old", listed, now.Add(-day), now, reject.CertificateListStale},
		{"list just not too old", listed, now.Add(1), now, ""},
	} {
		tr := c.trust(t).WithAccreditations(&pki.Accreditations{ByKey: test.by, Until: test.until}, nil)
		v, err := tr.Verify(leaf, nil, pki.Params{At: test.at, Usage: pki.Sign, Historical: true})
		if test.until.IsZero() == false {
			v, err = tr.Verify(leaf, nil, pki.Params{At: test.at, Usage: pki.Sign})
		}
		if got := code(t, err); got != test.want {
			t.Errorf("%s: %q (%v), want %q", test.name, got, err, test.want)
		}
		if err == nil && v.Until.After(now.Add(day)) {
			t.Errorf("%s: the verdict holds until %v, beyond the accreditation", test.name, v.Until)
		}
	}
}

// TestStore_parse: the same bytes give the same certificate, other bytes
// another, and the caller may reuse his.
func TestStore_parse(t *testing.T) {
	c := newChain(t, authority.ECDSA, authority.ECDSA)
	store := pki.NewStore(c.trust(t))
	buffer := append([]byte(nil), c.rootC.Raw...)
	first, err := store.Parse(buffer)
	if err != nil {
		t.Fatal(err)
	}
	clear(buffer)
	if again, err := store.Parse(c.rootC.Raw); err != nil || again != first || again.Fingerprint != c.rootC.Fingerprint {
		t.Errorf("again: %v", err)
	}
	if other, err := store.Parse(c.caC.Raw); err != nil || other == first {
		t.Errorf("another: %v", err)
	}
	if _, err := store.Parse(buffer); err == nil {
		t.Error("zeros are a certificate")
	}
	// More certificates than are kept pass through; each is still itself.
	k := key(t, authority.ECDSA, "leaf")
	for i := range 5000 {
		serial := []byte{0x40, byte(i >> 8), byte(i)}
		x, err := store.Parse(issue(t, c.ca, k, authority.Template{Subject: authority.CN("x"), Serial: serial}).Raw)
		if err != nil || x.Serial != pki.Serial(serial) {
			t.Fatalf("%d: %v", i, err)
		}
	}
}

// TestStore_historicalExpired: a list issued after a certificate expired says
// nothing about it by not naming it (RFC 5280 3.3).
func TestStore_historicalExpired(t *testing.T) {
	c := newChain(t, authority.ECDSA, authority.ECDSA)
	leaf := issue(t, c.ca, key(t, authority.ECDSA, "leaf"), authority.Template{Subject: authority.CN("Заявитель"), NotAfter: now.Add(-10 * day)})
	p := pki.Params{At: now.Add(-11 * day), Usage: pki.Sign, Historical: true}
	for name, test := range map[string]struct {
		issued time.Time
		want   reject.Code
	}{
		"after":  {now.Add(-9 * day), reject.CertificateStatusUnknown},
		"before": {now.Add(-10*day - time.Hour), ""},
	} {
		tr := c.trust(t, list(t, c.root, authority.List{}), list(t, c.ca, authority.List{ThisUpdate: test.issued, NextUpdate: now}))
		_, err := tr.Verify(leaf, nil, p)
		if got := code(t, err); got != test.want {
			t.Errorf("list issued %s the end: %q, want %q", name, got, test.want)
		}
	}
}

// TestStore_retention: a kept verdict does not keep the lists that have been
// replaced since: they have megabytes.
func TestStore_retention(t *testing.T) {
	c := newChain(t, authority.ECDSA, authority.ECDSA)
	leaf := issue(t, c.ca, key(t, authority.ECDSA, "leaf"), authority.Template{Subject: authority.CN("Заявитель")})
	store := pki.NewStore(c.trust(t))
	v, err := store.Verify(leaf, nil, pki.Params{At: now, Usage: pki.Sign})
	if err != nil {
		t.Fatal(err)
	}
	var old []weak.Pointer[pki.CRL]
	for _, l := range store.Trust().CRLs() {
		old = append(old, weak.Make(l))
	}
	for _, ca := range []*authority.CA{c.root, c.ca} {
		if err := store.Put(list(t, ca, authority.List{Number: 2})); err != nil {
			t.Fatal(err)
		}
	}
	runtime.GC()
	for _, p := range old {
		if p.Value() != nil {
			t.Error("a list is kept")
		}
	}
	if len(v.Lists) != 2 || v.Lists[0].Number != "\x01" {
		t.Errorf("lists %+v", v.Lists)
	}
	runtime.KeepAlive(store)
}

// TestStore_concurrent verifies while lists are replaced; at any moment the
// answer is that of the list before or of the list after.
func TestStore_concurrent(t *testing.T) {
	c := newChain(t, authority.ECDSA, authority.ECDSA)
	serial := []byte{0x21}
	leaf := issue(t, c.ca, key(t, authority.ECDSA, "leaf"), authority.Template{Subject: authority.CN("Заявитель"), Serial: serial})
	store := pki.NewStore(c.trust(t))
	revoked := list(t, c.ca, authority.List{Number: 50, Revoked: []authority.Revoked{{Serial: serial, Date: now}}})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			was := false
			for range 500 {
				parsed, err := store.Parse(leaf.Raw)
				if err != nil {
					t.Error(err)
					return
				}
				_, err = store.Verify(parsed, nil, pki.Params{At: now, Usage: pki.Sign})
				is := err != nil
				if was && !is {
					t.Error("revoked, then accepted")
				}
				was = is
				store.Freshness(now)
			}
		})
	}
	for i := range 48 {
		if err := store.Put(list(t, c.ca, authority.List{Number: int64(i + 2)})); err != nil {
			t.Error(err)
		}
	}
	if err := store.Put(revoked); err != nil {
		t.Error(err)
	}
	wg.Wait()
	if _, err := store.Verify(leaf, nil, pki.Params{At: now, Usage: pki.Sign}); code(t, err) != reject.CertificateRevoked {
		t.Errorf("at last %v", err)
	}
}
