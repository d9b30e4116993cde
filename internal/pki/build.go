package pki

import (
	"errors"
	"fmt"
	"slices"

	"github.com/soapgate/soapgate/internal/reject"
)

// A search looks for a path from one certificate to an anchor that validates
// (RFC 4158). It goes depth first, the likeliest issuer first, and keeps the
// most telling refusal of the ways that failed.
type search struct {
	trust  *Trust
	hints  []*Certificate
	params Params
	// left is how many more signatures may be looked at. Those known to hold
	// count too: else a mesh of cross certificates would be walked for free.
	left *int
	best *reject.Rejection
	// parent is the search that needs this one's certificate as the signer of
	// a list; both must end at the same anchor (RFC 5280 6.3.3 (f)).
	parent *search
	target *Certificate
	anchor *Certificate

	observer
}

// An observer is told what happens on the way. Both may be nil.
type observer struct {
	trace func(Step)
	// missed gets the certificates for which there is no list.
	missed func(*Certificate)
}

var errBudget = errors.New("too many signatures to check")

// spend takes one signature check from the budget.
func (s *search) spend() error {
	if *s.left <= 0 {
		return errBudget
	}
	*s.left--
	return nil
}

// Verify decides whether c may be trusted. Hints are certificates that came
// with it and may be of use; nothing in them is believed. The error is a
// *reject.Rejection.
func (t *Trust) Verify(c *Certificate, hints []*Certificate, p Params) (*Verdict, error) {
	v, _, err := t.judge(c, hints, p, observer{})
	return v, err
}

// judge verifies and also returns the lists that were consulted.
func (t *Trust) judge(c *Certificate, hints []*Certificate, p Params, o observer) (*Verdict, []*CRL, error) {
	left := t.rules.MaxChecks
	s := &search{trust: t, hints: hints[:min(len(hints), maxHints)], params: p, left: &left, target: c, observer: o}
	v, err := s.run()
	if err != nil {
		return nil, nil, err
	}
	lists := unique(v.lists)
	v.lists = nil
	for _, l := range lists {
		v.Lists = append(v.Lists, l.Info())
	}
	return v, lists, nil
}

func (s *search) run() (*Verdict, error) {
	if r := checkEnd(s.target, s.params); r != nil {
		s.step(s.target, stepEnd, r)
		return nil, r
	}
	v := s.extend([]*Certificate{s.target})
	switch {
	case v != nil:
		return v, nil
	case *s.left <= 0:
		s.note(reject.New(reject.CertificateTooComplex).Because(errBudget))
	case s.best == nil:
		panic("pki: internal error: no path and no reason")
	}
	return nil, s.best
}

// note keeps a refusal if it tells more than those before.
func (s *search) note(r *reject.Rejection) { s.best = worse(s.best, r) }

// extend tries to complete a path that begins with the target. Its recursion
// is bounded by MaxDepth.
func (s *search) extend(path []*Certificate) *Verdict {
	last := path[len(path)-1]
	found := false
	for _, c := range s.candidates(last) {
		if !c.anchor && slices.ContainsFunc(path, c.Certificate.sameAs) {
			continue // RFC 4158 3.5.1: a name and key again is a loop
		}
		if *s.left <= 0 {
			return nil
		}
		r := s.link(path, c)
		s.stepCandidate(c, r)
		if r != nil {
			// A wrong key under the right name, as its identifier says before
			// any check, is not the issuer.
			if r.Code == reject.CertificateSignature && c.match == differs {
				continue
			}
			found = true
			s.note(r)
			continue
		}
		found = true
		longer := append(slices.Clip(path), c.Certificate)
		if c.anchor {
			v, r := s.validate(longer)
			if r == nil {
				return v
			}
			s.note(r)
			continue
		}
		if len(longer) >= s.trust.rules.MaxDepth {
			s.note(reject.New(reject.CertificateTooComplex).Because(fmt.Errorf("path is longer than %d certificates", s.trust.rules.MaxDepth)))
			continue
		}
		if v := s.extend(longer); v != nil {
			return v
		}
	}
	if !found {
		r := refuse(reject.CertificateUnknownIssuer, last, "issuer", issuerName(&last.Issuer))
		s.step(last, stepIssuer, r)
		s.note(r)
	}
	return nil
}

// sameAs reports whether two certificates are of one subject and key.
func (c *Certificate) sameAs(d *Certificate) bool {
	return c.KeyID == d.KeyID && c.Subject.Matches(&d.Subject)
}

// A match tells how well a key identifier fits.
type match int8

const (
	differs match = iota - 1
	unsaid
	fits
)

func keyMatch(authority, subject []byte) match {
	switch {
	case authority == nil || subject == nil:
		return unsaid
	case string(authority) == string(subject):
		return fits
	}
	return differs
}

// A candidate may be the issuer of a certificate.
type candidate struct {
	*Certificate
	anchor bool
	source reject.Text
	match  match
	valid  bool // at the moment in question
}

func (c *candidate) describe() reject.Text {
	how := [...]reject.Text{
		{RU: ", идентификатор ключа другой", EN: ", key identifier differs"}, {}, {RU: ", идентификатор ключа подходит", EN: ", key identifier fits"},
	}[c.match+1]
	return reject.Text{RU: c.source.RU + how.RU, EN: c.source.EN + how.EN}
}

// Where candidates come from.
var (
	sourceAnchor  = reject.Text{RU: "доверенный корень", EN: "anchor"}
	sourceKnown   = reject.Text{RU: "известный сертификат", EN: "known certificate"}
	sourceMessage = reject.Text{RU: "сертификат из сообщения", EN: "certificate in the message"}
)

// candidates returns the possible issuers of c, the likeliest first: by key
// identifier (RFC 5280 4.2.1.1), anchors first, those in force, the newest.
func (s *search) candidates(c *Certificate) []candidate {
	var list []candidate
	add := func(d *Certificate, anchor bool, source reject.Text) {
		for _, e := range list {
			if e.Fingerprint == d.Fingerprint {
				return
			}
		}
		list = append(list, candidate{
			Certificate: d, anchor: anchor, source: source,
			match: keyMatch(c.AuthorityKeyID, d.SubjectKeyID),
			valid: !s.params.At.Before(d.NotBefore) && !s.params.At.After(d.NotAfter),
		})
	}
	for _, d := range s.trust.anchors[c.Issuer.key] {
		if s.parent == nil || s.anchor.KeyID == d.KeyID {
			add(d, true, sourceAnchor)
		}
	}
	for _, d := range s.trust.certificates[c.Issuer.key] {
		add(d, false, sourceKnown)
	}
	for _, d := range s.hints {
		if d.Subject.Matches(&c.Issuer) && !d.Subject.Empty() {
			add(d, false, sourceMessage)
		}
	}
	slices.SortStableFunc(list, func(a, b candidate) int {
		switch {
		case a.match != b.match:
			return int(b.match) - int(a.match)
		case a.anchor != b.anchor:
			return order(b.anchor) - order(a.anchor)
		case a.valid != b.valid:
			return order(b.valid) - order(a.valid)
		}
		return b.NotBefore.Compare(a.NotBefore)
	})
	return list
}

func order(b bool) int {
	if b {
		return 1
	}
	return 0
}

// link checks whether a candidate is an issuer of the last certificate of a
// path: first what costs nothing, then the signature.
func (s *search) link(path []*Certificate, c candidate) *reject.Rejection {
	last := path[len(path)-1]
	r := checkIssuer(c.Certificate, path, s.params.At)
	if r != nil && c.match != differs {
		return r
	}
	if s.spend() != nil {
		return reject.New(reject.CertificateTooComplex).Because(errBudget)
	}
	err := last.CheckSignature(c.Certificate)
	switch {
	case err == nil:
	case errors.Is(err, errSignature):
		return refuse(reject.CertificateSignature, last).Because(err)
	case err == last.algorithmErr:
		return refuse(reject.CertificateAlgorithm, last).Because(err)
	default:
		return refuse(reject.CertificateAlgorithm, c.Certificate).Because(err)
	}
	return r
}
