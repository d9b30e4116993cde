package pki_test

import (
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest/authority"
	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/reject"
)

// TestFreshness: two signers depend on the list of one CA, one on that of
// another; the report says when each group stops, and why.
func TestFreshness(t *testing.T) {
	c := newChain(t, authority.ECDSA, authority.ECDSA)
	second := sub(t, c.root, key(t, authority.ECDSA, "second"), authority.Template{Subject: authority.CN("Второй УЦ")})
	rootList := list(t, c.root, authority.List{NextUpdate: now.Add(30 * day)})
	caList := list(t, c.ca, authority.List{NextUpdate: now.Add(3 * time.Hour)})
	secondList := list(t, second, authority.List{NextUpdate: now.Add(20 * time.Hour)})
	store := pki.NewStore(trust(t, []*pki.Certificate{c.rootC}, []*pki.Certificate{c.caC, parse(t, second.DER)}, rootList, caList, secondList))
	p := pki.Params{At: now, Usage: pki.Sign}
	for _, ca := range []*authority.CA{c.ca, c.ca, second} {
		leaf := issue(t, ca, key(t, authority.ECDSA, "leaf"), authority.Template{Subject: authority.CN("Заявитель")})
		if _, err := store.Verify(leaf, nil, p); err != nil {
			t.Fatal(err)
		}
	}

	f := store.Freshness(now)
	if len(f.Lists) != 3 || f.Lists[0].List != caList || f.Lists[0].Signers != 2 || f.Lists[0].Left != 3*time.Hour || f.Lists[0].Age != time.Hour || f.Lists[2].Signers != 3 {
		t.Errorf("lists %+v", f.Lists)
	}
	skew := 5 * time.Minute
	if len(f.Stops) != 2 || f.Stops[0].List != caList || f.Stops[0].Signers != 2 || f.Stops[0].Left != 3*time.Hour+skew || f.Stops[1].Signers != 1 {
		t.Errorf("stops %+v", f.Stops)
	}
	for _, x := range f.Certificates {
		if x.Certificate == c.rootC && x.Signers != 3 || x.Certificate == c.caC && x.Signers != 2 {
			t.Errorf("%s: %d signers", x.Certificate.Subject.CommonName(), x.Signers)
		}
	}

	// Warnings: each distance once.
	distances := []time.Duration{24 * time.Hour, 4 * time.Hour, time.Hour}
	for _, step := range []struct {
		from, to time.Duration
		want     map[time.Duration]int
	}{
		{-day, 0, map[time.Duration]int{4 * time.Hour: 1, 24 * time.Hour: 1}},
		{0, time.Hour, nil},
		{time.Hour, 2*time.Hour + skew, map[time.Duration]int{time.Hour: 1}},
	} {
		got := f.Crossed(now.Add(step.to), now.Add(step.from), distances...)
		if len(got) != len(step.want) {
			t.Errorf("%v to %v: %v", step.from, step.to, got)
		}
		for d, n := range step.want {
			if len(got[d]) != n {
				t.Errorf("%v to %v: %v", step.from, step.to, got)
			}
		}
	}

	// Later the first list is stale: its signers are refused already.
	f = store.Freshness(now.Add(4 * time.Hour))
	if f.Stops[0].Refusal == nil || f.Stops[0].Refusal.Code != reject.CertificateCRLStale || f.Stops[0].Signers != 2 || f.Stops[0].Left != 0 {
		t.Errorf("stops later %+v", f.Stops)
	}
	// A new issue takes its place at once.
	store.Update(func(tr *pki.Trust) *pki.Trust {
		u, err := tr.WithCRLs(list(t, c.ca, authority.List{Number: 2, ThisUpdate: now.Add(3 * time.Hour), NextUpdate: now.Add(2 * day)}))
		if err != nil {
			t.Fatal(err)
		}
		return u
	})
	if f = store.Freshness(now.Add(4 * time.Hour)); f.Stops[0].List != secondList {
		t.Errorf("stops after a new list %+v", f.Stops)
	}
	// A clock far behind the newest list gives itself away (row 60 of the
	// attacks: a gate set back would accept what was revoked since).
	if f = store.Freshness(now.Add(-day)); f.ClockBehind != 27*time.Hour {
		t.Errorf("clock behind by %v", f.ClockBehind)
	}
	if f = store.Freshness(now.Add(4 * time.Hour)); f.ClockBehind != 0 {
		t.Errorf("a right clock is behind by %v", f.ClockBehind)
	}
}

// TestExplain: the steps tell why the path is as it is, and of a refusal where
// it comes from.
func TestExplain(t *testing.T) {
	c := newChain(t, authority.ECDSA, authority.ECDSA)
	leaf := issue(t, c.ca, key(t, authority.ECDSA, "leaf"), authority.Template{Subject: authority.CN("Заявитель")})
	steps, v, err := c.trust(t).Explain(leaf, nil, pki.Params{At: now, Usage: pki.Sign})
	if err != nil || v == nil {
		t.Fatal(err)
	}
	var what []string
	for _, s := range steps {
		if s.Refusal != nil {
			t.Errorf("%s: %v", s.What, s.Refusal)
		}
		what = append(what, s.What.EN)
	}
	if len(what) != 4 || what[0] != "known certificate, key identifier fits" || what[1] != "anchor, key identifier fits" {
		t.Errorf("steps %q", what)
	}
	steps, _, err = c.trust(t, list(t, c.root, authority.List{})).Explain(leaf, nil, pki.Params{At: now, Usage: pki.Sign})
	last := steps[len(steps)-1]
	if code(t, err) != reject.CertificateCRLMissing || last.Refusal == nil || last.Certificate != leaf {
		t.Errorf("%v: last step %+v", err, last)
	}
}
