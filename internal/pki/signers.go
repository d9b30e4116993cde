package pki

import (
	"slices"
	"time"
)

// knownFor is how long a signer is known after his last message.
const knownFor = 30 * 24 * time.Hour

// maxSignersKept bounds what Signers returns.
const maxSignersKept = 1 << 12

// A Signer is a certificate that was accepted, and how it was judged: what must
// be kept for Freshness to know of it after a restart. The certificate may be a
// person's.
type Signer struct {
	// Path are the certificate and those on its path that only messages bring.
	Path      [][]byte  `json:"path"`
	Usage     Usage     `json:"usage"`
	Class     Class     `json:"class,omitempty"`
	Tolerance Tolerance `json:"tolerance"`
	Seen      time.Time `json:"seen"` // to the hour
}

// Signers returns the signers known at a moment, those seen last first, at most
// 4096.
func (s *Store) Signers(now time.Time) []Signer {
	t := s.trust.Load()
	var list []Signer
	for q, v := range s.known(now) {
		x := Signer{Usage: q.usage, Class: q.class, Tolerance: q.tolerance, Seen: time.Unix(v.seen.Load(), 0).UTC()}
		for i, c := range v.Path {
			if i == 0 || !t.holds(c) {
				x.Path = append(x.Path, c.Raw)
			}
		}
		list = append(list, x)
	}
	slices.SortFunc(list, func(a, b Signer) int { return b.Seen.Compare(a.Seen) })
	return list[:min(len(list), maxSignersKept)]
}

// holds reports whether a certificate is one of those held.
func (t *Trust) holds(c *Certificate) bool {
	same := func(d *Certificate) bool { return d.Fingerprint == c.Fingerprint }
	return slices.ContainsFunc(t.anchors[c.Subject.key], same) || slices.ContainsFunc(t.certificates[c.Subject.key], same)
}

// Remember makes signers known that were so before a restart. Nothing is
// believed of them: each is judged by Freshness and by his next message.
func (s *Store) Remember(list []Signer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range list[:min(len(list), maxSignersKept)] {
		v := new(Verdict)
		for _, der := range x.Path[:min(len(x.Path), maxHints)] {
			if c, err := ParseCertificate(der); err == nil {
				v.Path = append(v.Path, c)
			}
		}
		if len(v.Path) == 0 || len(v.Path) != len(x.Path) {
			continue
		}
		v.seen.Store(x.Seen.Unix())
		if q := (question{v.Path[0].Fingerprint, x.Usage, x.Class, x.Tolerance}); s.verdicts[q] == nil {
			s.verdicts[q] = v
		}
	}
}

// Learned returns how often a signer became known.
func (s *Store) Learned() uint64 { return s.learned.Load() }

// see notes that a verdict was asked for, to the hour.
func (v *Verdict) see(at time.Time) {
	if now := at.Truncate(time.Hour).Unix(); now > v.seen.Load() {
		v.seen.Store(now)
	}
}
