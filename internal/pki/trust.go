package pki

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Rules bound and shape the verifications of a Trust.
type Rules struct {
	// Policies are the initial inputs of RFC 5280 6.1.1.
	Policies Policies
	// Skew is how far the issuers' clocks may be off. Default: 5 minutes.
	Skew time.Duration
	// MaxDepth is the largest number of certificates on a path, the anchor
	// included. Default: 8.
	MaxDepth int
	// MaxChecks is the largest number of signatures looked at for one verdict.
	// Default: 64.
	MaxChecks int
}

// maxHints is how many of the certificates sent with a message are looked at.
const maxHints = 16

func (r *Rules) defaults() {
	if r.Skew == 0 {
		r.Skew = 5 * time.Minute
	}
	if r.MaxDepth == 0 {
		r.MaxDepth = 8
	}
	if r.MaxChecks == 0 {
		r.MaxChecks = 64
	}
}

// Accreditations is what the head CA's list says of CAs.
type Accreditations struct {
	// ByKey has the accreditation of each CA key, by the certificate's KeyID.
	ByKey map[[32]byte]*Accreditation
	// Until is the moment from which the list is too old to rest on; zero: never.
	Until time.Time
}

// An Accreditation is the history of one CA's accreditation.
type Accreditation struct {
	Name    string
	History []Status // ascending by From
}

// A Status holds from a moment until the next Status.
type Status struct {
	From   time.Time
	Active bool
	Text   string // as the list says it
}

// at returns the status in force at t and the moment it ends, zero if none.
func (a *Accreditation) at(t time.Time) (s Status, end time.Time) {
	for _, next := range a.History {
		if next.From.After(t) {
			return s, next.From
		}
		s = next
	}
	return s, time.Time{}
}

// A Trust is everything that verdicts rest on, but for time. It is immutable:
// With… return changed copies.
type Trust struct {
	*base
	lists *shelf
	// failing are the sources of lists that could not be fetched, by address.
	failing map[string]error
}

// base is the part of a Trust that seldom changes.
type base struct {
	edition        *edition
	rules          Rules
	anchors        map[string][]*Certificate // by the key of the subject
	certificates   map[string][]*Certificate // configured ones and listed ones
	configured     []*Certificate
	listed         map[[32]byte]*Certificate // by fingerprint
	accreditations *Accreditations           // nil: none is demanded
}

// issuerLists are the lists that bear one issuer's name.
type issuerLists struct {
	edition     *edition
	full, delta []*CRL // newest first
}

// state returns the edition, nil of no lists.
func (s *issuerLists) state() *edition {
	if s == nil {
		return nil
	}
	return s.edition
}

// NewTrust returns a Trust with anchors and further CA certificates, from
// which paths are built besides those that come with a message. An anchor is
// trusted because it is here; its dates, usages and constraints count.
func NewTrust(rules Rules, anchors, certificates []*Certificate) *Trust {
	rules.defaults()
	return &Trust{
		lists: new(shelf),
		base:  &base{edition: new(edition), rules: rules, anchors: bySubject(anchors), certificates: bySubject(certificates), configured: certificates},
	}
}

func bySubject(list []*Certificate) map[string][]*Certificate {
	m := make(map[string][]*Certificate, len(list))
	for _, c := range list {
		if !c.Subject.Empty() {
			m[c.Subject.key] = append(m[c.Subject.key], c)
		}
	}
	return m
}

// WithAccreditations returns a copy that accepts certificates of the given CAs
// only, and builds paths from their certificates besides the configured ones.
// They replace those of the list before.
func (t *Trust) WithAccreditations(a *Accreditations, certificates []*Certificate) *Trust {
	b := *t.base
	b.edition, b.accreditations = new(edition), a
	b.listed = make(map[[32]byte]*Certificate, len(certificates))
	all := slices.Clone(b.configured)
	for _, c := range certificates {
		if b.listed[c.Fingerprint] != nil {
			continue
		}
		// The old one knows already that its signature holds.
		if old := t.listed[c.Fingerprint]; old != nil {
			c = old
		}
		b.listed[c.Fingerprint] = c
		all = append(all, c)
	}
	b.certificates = bySubject(all)
	u := *t
	u.base = &b
	return &u
}

// WithFailing returns a copy that knows which sources of lists fail, by
// address; t itself if it does already.
func (t *Trust) WithFailing(failing map[string]error) *Trust {
	if maps.EqualFunc(t.failing, failing, func(a, b error) bool { return a.Error() == b.Error() }) {
		return t
	}
	u := *t
	u.failing = failing
	return &u
}

// WithCRLs returns a copy with further lists. A list that is older than one of
// the same issuer, key and scope that is held, or whose signature does not hold
// under the key it names, is left out and reported.
func (t *Trust) WithCRLs(lists ...*CRL) (*Trust, error) {
	u := *t
	var problems []error
	for _, l := range lists {
		old := u.lists.get(l.Issuer.key)
		if old == nil {
			old = new(issuerLists)
		}
		err := t.Prove(l)
		var merged *issuerLists
		if err == nil || errors.Is(err, ErrUnproved) {
			// The list of an issuer that only messages bring is checked when
			// it is used.
			merged, err = old.with(l)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("list %s of %s: %w", l.Number, issuerName(&l.Issuer), err))
			continue
		}
		if merged != old {
			u.lists = u.lists.with(l.Issuer.key, merged)
		}
	}
	return &u, Join(problems)
}

// Join returns errors as Problems, nil if there are none.
func Join(errs []error) error {
	if len(errs) == 0 {
		return nil
	}
	return Problems(errs)
}

// Problems are errors that leave the rest of an operation done.
type Problems []error

func (p Problems) Error() string {
	if len(p) == 1 {
		return p[0].Error()
	}
	return fmt.Sprintf("%v (and %d more)", p[0], len(p)-1)
}

func (p Problems) Unwrap() []error { return p }

// ErrUnproved says that no certificate held is the signer of a list by name and
// key identifier.
var ErrUnproved = errors.New("the signer of the list is not known")

// Prove checks a list's signature with the certificates held. It returns
// ErrUnproved if none of them is said to be the signer's.
func (t *Trust) Prove(l *CRL) error {
	err := ErrUnproved
	for _, group := range [][]*Certificate{t.anchors[l.Issuer.key], t.certificates[l.Issuer.key]} {
		for _, c := range group {
			if keyMatch(l.AuthorityKeyID, c.SubjectKeyID) == differs {
				continue
			}
			if err = l.CheckSignature(c); err == nil {
				return nil
			}
		}
	}
	return err
}

// ErrOlder says that a newer issue of a list is held.
var ErrOlder = errors.New("list is older than the one held")

// with adds a list, replacing those it supersedes.
func (s *issuerLists) with(l *CRL) (*issuerLists, error) {
	m := *s
	m.edition = new(edition)
	group := &m.full
	if l.Delta {
		group = &m.delta
	}
	kept := []*CRL{l}
	for _, old := range *group {
		if old.same(l) {
			return s, nil
		}
		if !old.sameScope(l) || !sameProof(old, l) {
			kept = append(kept, old)
			continue
		}
		switch n := compareNumbers(l.Number, old.Number); {
		case n < 0 || n == 0 && l.ThisUpdate.Before(old.ThisUpdate):
			return nil, fmt.Errorf("%w: number %s of %s is held", ErrOlder, old.Number, stamp(old.ThisUpdate))
		case n > 0 && l.ThisUpdate.Before(old.ThisUpdate):
			return nil, fmt.Errorf("%w: it has a higher number but an earlier date than %s", ErrOlder, stamp(old.ThisUpdate))
		}
	}
	// A CA may change the scopes of its lists without end; those that it has
	// given up are let go.
	kept = slices.DeleteFunc(kept, func(old *CRL) bool { return l.ThisUpdate.Sub(old.NextUpdate) > keepStale })
	slices.SortStableFunc(kept, func(a, b *CRL) int { return b.ThisUpdate.Compare(a.ThisUpdate) })
	*group = kept[:min(len(kept), maxScopes)]
	return &m, nil
}

// Bounds on the lists of one issuer: how long one is kept behind its end, for
// what it says of revocations and for the sake of a better answer, and how many
// there may be.
const (
	keepStale = 90 * 24 * time.Hour
	maxScopes = 1024
)

// same reports whether two lists are one and the same document.
func (l *CRL) same(m *CRL) bool {
	return l.Size == m.Size && string(l.digest) == string(m.digest) && string(l.signature) == string(m.signature)
}

// sameScope reports whether two lists of one issuer are successive issues of
// the same list.
func (l *CRL) sameScope(m *CRL) bool {
	return l.Delta == m.Delta && string(l.AuthorityKeyID) == string(m.AuthorityKeyID) && string(l.point) == string(m.point)
}

// sameProof keeps a list that nobody has vouched for from replacing one whose
// signature is known to hold.
func sameProof(old, l *CRL) bool {
	p, q := old.proved.Load(), l.proved.Load()
	return p == nil || q != nil && *p == *q
}

// CRLs returns all lists held, deltas last, in no particular order of issuers.
func (t *Trust) CRLs() []*CRL {
	var all []*CRL
	for l := range t.lists.all {
		all = append(all, l.full...)
	}
	for l := range t.lists.all {
		all = append(all, l.delta...)
	}
	return all
}

// Retained is how many bytes the entries of all lists take in memory.
func (t *Trust) Retained() (n int) {
	for s := range t.lists.all {
		for _, group := range [][]*CRL{s.full, s.delta} {
			for _, l := range group {
				n += l.Retained()
			}
		}
	}
	return n
}

// Certificates returns the anchors and the further CA certificates.
func (t *Trust) Certificates() (anchors, others []*Certificate) {
	return flatten(t.anchors), flatten(t.certificates)
}

func flatten(m map[string][]*Certificate) []*Certificate {
	var all []*Certificate
	for _, list := range m {
		all = append(all, list...)
	}
	return all
}
