package pki

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/soapgate/soapgate/internal/reject"
)

// checkRevocation determines the status of path[0], issued by path[1] (RFC
// 5280 6.3). Lists of all distribution points are consulted until together
// they cover all reasons for revocation.
func (s *search) checkRevocation(path []*Certificate, v *Verdict) *reject.Rejection {
	c := path[0]
	// Another source of status, such as OCSP, would be asked here, before or
	// behind the lists, for the reasons that remain.
	q := &query{search: s, path: path, verdict: v, remaining: allReasons}
	// RFC 5280 6.3.3: at last, any list of the issuer itself will do.
	implied := DistributionPoint{Names: []GeneralName{{Kind: DirectoryName, Name: &c.Issuer}}, Reasons: allReasons}
	for _, p := range append(slices.Clip(c.CRLPoints), implied) {
		for _, issuer := range listIssuers(c, p) {
			lists := s.trust.lists.get(issuer)
			v.rests = append(v.rests, rest{issuer, lists.state()})
			if lists == nil {
				continue
			}
			for _, l := range lists.full {
				if q.remaining == 0 {
					return nil
				}
				if r := q.consult(l, lists.delta, p); r != nil {
					s.step(c, stepRevocation, r)
					return r
				}
			}
		}
	}
	if q.remaining == 0 {
		return nil
	}
	r := worse(q.missing(), q.problem)
	if r.Code == reject.CertificateCRLMissing && s.missed != nil {
		s.missed(c)
	}
	s.step(c, stepRevocation, r)
	if !s.params.Tolerance.passes(r.Code) {
		return r
	}
	v.Marks = append(v.Marks, r)
	// Nothing says when a better answer comes: ask again soon.
	v.until(s.params.At.Add(time.Minute))
	return nil
}

// listIssuers returns the keys of the names that the lists of a distribution
// point may bear.
func listIssuers(c *Certificate, p DistributionPoint) []string {
	if p.Issuer == nil {
		return []string{c.Issuer.key}
	}
	var keys []string
	for _, g := range p.Issuer {
		if g.Kind == DirectoryName {
			keys = append(keys, g.Name.key)
		}
	}
	return keys
}

// A query is the search for the status of one certificate.
type query struct {
	*search
	path      []*Certificate
	verdict   *Verdict
	remaining Reasons
	problem   *reject.Rejection // why a list could not be used
}

// missing returns the refusal for want of any list.
func (q *query) missing() *reject.Rejection {
	c := q.path[0]
	code := reject.CertificateCRLMissing
	var cause error
	for _, p := range c.CRLPoints {
		for _, g := range p.Names {
			if err := q.trust.failing[g.Value]; err != nil && g.Kind == URI {
				code, cause = reject.CertificateCRLUnreachable, fmt.Errorf("%s: %w", g.Value, err)
			}
		}
	}
	return refuse(code, c, "issuer", issuerName(&c.Issuer)).Because(cause)
}

// unknown notes that a list is there but does not decide.
func (q *query) unknown(err error) *reject.Rejection {
	q.problem = worse(q.problem, refuse(reject.CertificateStatusUnknown, q.path[0]).Because(err))
	return nil
}

// consult takes what a list says of the certificate (RFC 5280 6.3.3 (b) to
// (l)). It returns a refusal only if the certificate is revoked.
func (q *query) consult(l *CRL, deltas []*CRL, p DistributionPoint) *reject.Rejection {
	c := q.path[0]
	reasons, ok := l.covers(c, p)
	if !ok || reasons&q.remaining == 0 {
		return nil
	}
	if l.unknownCritical != "" {
		return q.unknown(fmt.Errorf("list with critical extension %s", l.unknownCritical))
	}
	if err := q.signer(l); err != nil {
		return q.unknown(err)
	}
	at, skew := q.params.At, q.trust.rules.Skew
	if l.ThisUpdate.After(at.Add(skew)) && !q.params.Historical {
		return q.unknown(fmt.Errorf("list issued in the future, at %s", stamp(l.ThisUpdate)))
	}
	delta := q.delta(l, deltas)
	if e, ok := l.entryOf(c, delta); ok && !(q.params.Historical && e.Date.After(at)) {
		return refuse(reject.CertificateRevoked, c, "date", stamp(e.Date), "reason", e.Reason.String())
	}
	// RFC 5280 3.3: behind its expiry a certificate may be left out of lists.
	if q.params.Historical && l.ThisUpdate.After(c.NotAfter) {
		return q.unknown(errors.New("list issued after the certificate expired"))
	}
	next := l.NextUpdate
	if delta != nil && delta.NextUpdate.After(next) {
		next = delta.NextUpdate
	}
	if at.After(next.Add(skew)) {
		stale := refuse(reject.CertificateCRLStale, c, "issuer", issuerName(&l.Issuer), "next_update", stamp(next))
		if !at.Before(next.Add(skew+q.params.Tolerance.Grace)) && !q.params.Tolerance.Stale {
			q.problem = worse(q.problem, stale)
			return nil
		}
		q.verdict.Marks = append(q.verdict.Marks, stale)
		q.verdict.until(at.Add(time.Minute))
	} else {
		q.verdict.until(next.Add(skew + 1))
	}
	if !q.params.Historical {
		q.verdict.since(l.ThisUpdate.Add(-skew))
	}
	q.remaining &^= reasons
	q.verdict.lists = append(q.verdict.lists, l)
	if delta != nil {
		q.verdict.lists = append(q.verdict.lists, delta)
	}
	q.step(c, notRevoked(l, next), nil)
	return nil
}

// covers reports for which reasons a list decides on a certificate that names
// distribution point p (RFC 5280 6.3.3 (b), (d)).
func (l *CRL) covers(c *Certificate, p DistributionPoint) (Reasons, bool) {
	if p.Issuer != nil {
		if l.Point == nil || !l.Point.Indirect {
			return 0, false // (b)(1)
		}
	} else if !l.Issuer.Matches(&c.Issuer) {
		return 0, false
	}
	i := l.Point
	if i == nil {
		return p.Reasons, true
	}
	if i.Names != nil || i.Relative != nil {
		names := resolve(i.Names, i.Relative, &l.Issuer)
		wanted := p.Issuer
		if p.Names != nil || p.Relative != nil {
			relativeTo := &c.Issuer
			if p.Issuer != nil && p.Issuer[0].Name != nil {
				relativeTo = p.Issuer[0].Name
			}
			wanted = resolve(p.Names, p.Relative, relativeTo)
		}
		if !haveCommon(names, wanted) {
			return 0, false // (b)(2)(i)
		}
	}
	if i.OnlyUser && c.CA || i.OnlyCA && !c.CA || i.OnlyAttribute {
		return 0, false // (b)(2)(ii) to (iv)
	}
	return i.Reasons & p.Reasons, true
}

// entryOf returns the entry of a certificate in a list and its delta (RFC 5280
// 6.3.3 (i) to (k)).
func (l *CRL) entryOf(c *Certificate, delta *CRL) (Entry, bool) {
	issuer := ""
	if !l.Issuer.Matches(&c.Issuer) {
		issuer = c.Issuer.key
	}
	if delta != nil {
		if e, ok := delta.revoked.find(issuer, []byte(c.Serial)); ok {
			return e, e.Reason != RemoveFromCRL
		}
	}
	// In a full list nothing is removed (RFC 5280 5.3.1): whatever such an entry
	// means, it is no all-clear.
	return l.revoked.find(issuer, []byte(c.Serial))
}

// delta returns the newest delta list that completes l (RFC 5280 5.2.4), is in
// force and properly signed. Without one, l decides alone.
func (q *query) delta(l *CRL, deltas []*CRL) *CRL {
	at, skew := q.params.At, q.trust.rules.Skew
	for _, d := range deltas {
		if string(d.point) != string(l.point) || string(d.AuthorityKeyID) != string(l.AuthorityKeyID) || d.unknownCritical != "" {
			continue
		}
		// (c): the delta's base is not newer than l, and the delta is.
		if l.Number == "" || compareNumbers(l.Number, d.Base) < 0 || compareNumbers(d.Number, l.Number) < 0 {
			continue
		}
		if d.ThisUpdate.After(at.Add(skew)) && !q.params.Historical || at.After(d.NextUpdate.Add(skew)) {
			continue
		}
		if q.signer(d) == nil {
			return d
		}
	}
	return nil
}

// maxSigners is how deep signers of lists are looked for: a signer's own
// status may need a list with another signer.
const maxSigners = 3

var errNoSigner = errors.New("no certificate verifies the list's signature")

// signer finds the certificate whose key signed a list and makes sure that it
// may sign it (RFC 5280 6.3.3 (f), (g)): it is on the path already, or has a
// valid path to the same anchor itself.
func (q *query) signer(l *CRL) error {
	problem := errNoSigner
	for _, c := range q.signers(l) {
		if reason := usable(c, signCRL); reason != "" {
			problem = fmt.Errorf("list signer: %s", reason)
			continue
		}
		err := l.checkSignature(c, q.spend)
		if errors.Is(err, errSignature) {
			continue
		}
		if err == nil && !slices.ContainsFunc(q.path[1:], c.sameAs) {
			err = q.signerPath(c)
		}
		if err == nil {
			return nil
		}
		problem = fmt.Errorf("list signer: %w", err)
	}
	return problem
}

// signers returns the certificates that may have signed a list: by name, those
// of the path first, without those whose key identifier says otherwise.
func (q *query) signers(l *CRL) []*Certificate {
	var list []*Certificate
	seen := make(map[[32]byte]bool)
	for _, group := range [][]*Certificate{
		q.path[1:], q.trust.anchors[l.Issuer.key], q.trust.certificates[l.Issuer.key], q.hints,
	} {
		for _, c := range group {
			if !seen[c.Fingerprint] && c.Subject.Matches(&l.Issuer) && keyMatch(l.AuthorityKeyID, c.SubjectKeyID) != differs {
				seen[c.Fingerprint] = true
				list = append(list, c)
			}
		}
	}
	return list
}

// signerPath looks for a path from the signer of a list to the anchor of the
// path in question.
func (q *query) signerPath(c *Certificate) error {
	anchor := q.path[len(q.path)-1]
	if c.KeyID == anchor.KeyID {
		return nil
	}
	// A CA may have the status of its list signer told by that signer's own
	// list (PKITS 4.5.6, 4.14.30); the path to it is the one in question.
	if q.parent != nil && q.target.sameAs(c) {
		return nil
	}
	depth := 1
	for s := q.parent; s != nil; s = s.parent {
		depth++
		if depth > maxSigners || s.parent != nil && s.target.sameAs(c) {
			return errors.New("signers of lists depend on each other")
		}
	}
	p := q.params
	p.Usage, p.MinClass = signCRL, 0
	sub := &search{trust: q.trust, hints: q.hints, params: p, left: q.left, target: c, parent: q.search, anchor: anchor, observer: q.observer}
	v, err := sub.run()
	if err != nil {
		return err
	}
	q.verdict.since(v.From)
	q.verdict.until(v.Until)
	q.verdict.lists = append(q.verdict.lists, v.lists...)
	q.verdict.Marks = append(q.verdict.Marks, v.Marks...)
	q.verdict.rests = append(q.verdict.rests, v.rests...)
	return nil
}
