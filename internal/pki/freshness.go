package pki

import (
	"errors"
	"slices"
	"time"

	"github.com/soapgate/soapgate/internal/reject"
)

// A Freshness tells how long the trust in force will carry the traffic.
type Freshness struct {
	// Lists are all revocation lists, the first to run out first.
	Lists []ListFreshness
	// Certificates are those on the paths of known signers and the anchors, the
	// first to expire first.
	Certificates []CertificateFreshness
	// Stops are the moments at which signed traffic stops unless something is
	// renewed, the next one first.
	Stops []Stop
	// ListUntil is when the trust list becomes too old; zero if it does not.
	ListUntil time.Time
	// ClockBehind is how far the newest list lies in the future: the gate's
	// clock, or that CA's, is wrong. 0 if none does.
	ClockBehind time.Duration
}

// A ListFreshness is how fresh one list is.
type ListFreshness struct {
	List *CRL
	Age  time.Duration
	Left time.Duration // until nextUpdate; negative if past
	// Signers is how many known signers depend on the list.
	Signers int
}

// A CertificateFreshness is how long one certificate is valid.
type CertificateFreshness struct {
	Certificate *Certificate
	Left        time.Duration
	Signers     int // how many known signers depend on it
}

// A Stop is a moment at which the messages of some signers begin to be
// refused, for one and the same reason.
type Stop struct {
	At      time.Time
	Left    time.Duration // 0 if they are refused already
	Signers int
	// List or Certificate is what runs out; Refusal is why they are refused
	// already.
	List        *CRL
	Certificate *Certificate
	Refusal     *reject.Rejection
}

// Freshness reports on the trust in force at a moment. Known signers are those
// whose certificates have been accepted in the last 30 days, have not expired
// and are still in the cache; each is judged anew.
func (s *Store) Freshness(now time.Time) Freshness {
	t := s.trust.Load()
	w := &watch{trust: t, now: now, lists: make(map[*CRL]int), certificates: make(map[*Certificate]int), stops: make(map[any]*Stop)}
	for q, v := range s.known(now) {
		w.signer(q, v)
	}
	return w.report()
}

// A watch collects what known signers depend on.
type watch struct {
	trust        *Trust
	now          time.Time
	lists        map[*CRL]int
	certificates map[*Certificate]int
	stops        map[any]*Stop
}

// signer adds one signer, judged as it was when it was accepted.
func (w *watch) signer(q question, old *Verdict) {
	p := Params{At: w.now, Usage: q.usage, MinClass: q.class, Tolerance: q.tolerance}
	v, lists, err := w.trust.judge(old.Path[0], old.Path[1:], p, observer{})
	var r *reject.Rejection
	if errors.As(err, &r) {
		w.stop(r.Code, Stop{At: w.now, Refusal: r})
		return
	}
	var first Stop
	sooner := func(x Stop) {
		if first.At.IsZero() || x.At.Before(first.At) {
			first = x
		}
	}
	for _, c := range v.Path {
		w.certificates[c]++
		sooner(Stop{At: c.NotAfter, Certificate: c})
	}
	for _, l := range lists {
		w.lists[l]++
		if !q.tolerance.Stale {
			sooner(Stop{At: l.NextUpdate.Add(w.trust.rules.Skew + q.tolerance.Grace), List: l})
		}
	}
	first.Left = max(first.At.Sub(w.now), 0)
	if first.List != nil {
		w.stop(first.List, first)
	} else {
		w.stop(first.Certificate, first)
	}
}

func (w *watch) stop(what any, s Stop) {
	if w.stops[what] == nil {
		w.stops[what] = &s
	}
	w.stops[what].Signers++
}

func (w *watch) report() (f Freshness) {
	t, now := w.trust, w.now
	for _, l := range t.CRLs() {
		f.Lists = append(f.Lists, ListFreshness{List: l, Age: now.Sub(l.ThisUpdate), Left: l.NextUpdate.Sub(now), Signers: w.lists[l]})
		if ahead := l.ThisUpdate.Sub(now); ahead > t.rules.Skew && l.proved.Load() != nil {
			f.ClockBehind = max(f.ClockBehind, ahead)
		}
	}
	for _, c := range flatten(t.anchors) {
		w.certificates[c] += 0
	}
	for c, n := range w.certificates {
		f.Certificates = append(f.Certificates, CertificateFreshness{Certificate: c, Left: c.NotAfter.Sub(now), Signers: n})
	}
	for _, s := range w.stops {
		f.Stops = append(f.Stops, *s)
	}
	if a := t.accreditations; a != nil {
		f.ListUntil = a.Until
	}
	slices.SortFunc(f.Lists, func(a, b ListFreshness) int { return a.List.NextUpdate.Compare(b.List.NextUpdate) })
	slices.SortFunc(f.Certificates, func(a, b CertificateFreshness) int {
		return a.Certificate.NotAfter.Compare(b.Certificate.NotAfter)
	})
	slices.SortFunc(f.Stops, func(a, b Stop) int { return a.At.Compare(b.At) })
	return f
}

// known returns the verdicts on the signers known at a moment by what they
// answer, one for each certificate: that which tolerates most.
func (s *Store) known(now time.Time) map[question]*Verdict {
	s.mu.RLock()
	defer s.mu.RUnlock()
	best := make(map[[32]byte]question, len(s.verdicts))
	for q, v := range s.verdicts {
		if now.Sub(time.Unix(v.seen.Load(), 0)) > knownFor || now.After(v.Path[0].NotAfter) {
			continue
		}
		if old, ok := best[q.fingerprint]; !ok || q.tolerance.Grace > old.tolerance.Grace {
			best[q.fingerprint] = q
		}
	}
	m := make(map[question]*Verdict, len(best))
	for _, q := range best {
		m[q] = s.verdicts[q]
	}
	return m
}

func unique(lists []*CRL) []*CRL {
	var u []*CRL
	for _, l := range lists {
		if !slices.Contains(u, l) {
			u = append(u, l)
		}
	}
	return u
}

// Crossed returns the stops of f that have come within one of the distances
// since the moment before, with that distance: what to warn of now.
func (f *Freshness) Crossed(now, before time.Time, distances ...time.Duration) map[time.Duration][]Stop {
	m := make(map[time.Duration][]Stop)
	for _, s := range f.Stops {
		nearest := time.Duration(-1)
		for _, d := range distances {
			if at := s.At.Add(-d); at.After(before) && !at.After(now) && (nearest < 0 || d < nearest) {
				nearest = d
			}
		}
		if nearest >= 0 {
			m[nearest] = append(m[nearest], s)
		}
	}
	return m
}
