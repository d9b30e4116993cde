package pki

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/soapgate/soapgate/internal/reject"
)

// checkDates checks the validity period, both ends included (RFC 5280 4.1.2.5).
func checkDates(c *Certificate, at time.Time) *reject.Rejection {
	switch {
	case at.Before(c.NotBefore):
		return refuse(reject.CertificateNotYetValid, c, "not_before", stamp(c.NotBefore))
	case at.Truncate(time.Second).After(c.NotAfter):
		return refuse(reject.CertificateExpired, c, "not_after", stamp(c.NotAfter))
	}
	return nil
}

// checkExtensions refuses what is not understood (RFC 5280 6.1.4 (o), 6.1.5
// (e)) and what a conforming CA never issues and verifiers read differently.
func checkExtensions(c *Certificate) *reject.Rejection {
	var err error
	switch {
	case len(c.UnknownCritical) > 0:
		err = fmt.Errorf("%s (critical)", c.UnknownCritical[0])
	case c.misuse != nil:
		err = c.misuse
	case c.constrained && !c.CA:
		err = errors.New("nameConstraints (cA FALSE)") // RFC 5280 4.2.1.10
	case c.HasKeyUsage && c.KeyUsage&CertSign != 0 && !c.CA:
		err = errors.New("keyUsage (keyCertSign, cA FALSE)") // RFC 5280 4.2.1.9
	case c.Subject.Empty() && !c.altCritical:
		err = errors.New("subjectAltName (subject empty)") // RFC 5280 4.1.2.6
	default:
		return nil
	}
	return refuse(reject.CertificateExtension, c, "reason", err.Error()).Because(err)
}

// dedicated are extended key usages each of which excludes signing messages;
// a certificate that has these only is not a signer's (RFC 5280 4.2.1.12).
var dedicated = []OID{
	oidServerAuth,
	oid("1.3.6.1.5.5.7.3.3"), // code signing
	oid("1.3.6.1.5.5.7.3.8"), // time stamping
	oid("1.3.6.1.5.5.7.3.9"), // OCSP signing
}

// usable checks what the key may be used for. It returns "" or what stands
// against it: the extension and the word that is or is not in it, since texts in
// two languages repeat it.
func usable(c *Certificate, u Usage) string {
	ku := c.KeyUsage
	if !c.HasKeyUsage {
		ku = ^KeyUsage(0)
	}
	switch u {
	case Sign:
		switch {
		case c.CA:
			return "basicConstraints: cA TRUE"
		case ku&(DigitalSignature|ContentCommitment) == 0:
			return "keyUsage: digitalSignature FALSE"
		case len(c.ExtKeyUsage) > 0 && !slices.ContainsFunc(c.ExtKeyUsage, func(o OID) bool { return !slices.Contains(dedicated, o) }):
			return "extKeyUsage: " + c.ExtKeyUsage[0].String()
		}
	case ClientAuth:
		switch {
		case c.CA:
			return "basicConstraints: cA TRUE"
		case ku&DigitalSignature == 0:
			return "keyUsage: digitalSignature FALSE"
		case !allowsClient(c):
			return noClientAuth
		}
	case signCRL:
		if ku&CRLSign == 0 {
			return "keyUsage: cRLSign FALSE"
		}
	}
	return ""
}

const noClientAuth = "extKeyUsage: clientAuth FALSE"

func allowsClient(c *Certificate) bool {
	return len(c.ExtKeyUsage) == 0 || slices.Contains(c.ExtKeyUsage, oidClientAuth) || slices.Contains(c.ExtKeyUsage, oidAnyKeyUsage)
}

// checkEnd checks what holds of the end entity's certificate on every path.
func checkEnd(c *Certificate, p Params) *reject.Rejection {
	if r := checkDates(c, p.At); r != nil {
		return r
	}
	if r := checkExtensions(c); r != nil {
		return r
	}
	if reason := usable(c, p.Usage); reason != "" {
		return refuse(reject.CertificateUsage, c, "reason", reason)
	}
	if c.PublicKey == nil {
		return refuse(reject.CertificateAlgorithm, c).Because(c.KeyErr)
	}
	if p.Usage == Sign {
		from, to := c.PrivateKeyNotBefore, c.PrivateKeyNotAfter
		if p.At.Before(from) || !to.IsZero() && p.At.After(to) {
			return refuse(reject.CertificateKeyPeriod, c, "period", stamp(from)+" - "+stamp(to))
		}
	}
	return nil
}

// checkIssuer checks what a certificate needs to be the next issuer on a path
// (RFC 5280 6.1.4 (k) to (o)). Anchors are held to it as well.
func checkIssuer(c *Certificate, path []*Certificate, at time.Time) *reject.Rejection {
	if r := checkDates(c, at); r != nil {
		return r
	}
	if r := checkExtensions(c); r != nil {
		return r
	}
	switch {
	case !c.CA:
		return refuse(reject.CertificateUsage, c, "reason", "basicConstraints: cA FALSE")
	case c.HasKeyUsage && c.KeyUsage&CertSign == 0:
		return refuse(reject.CertificateUsage, c, "reason", "keyUsage: keyCertSign FALSE")
	case c.PathLen >= 0:
		below := 0
		for _, d := range path[1:] {
			if !d.SelfIssued() {
				below++
			}
		}
		if below > c.PathLen {
			return refuse(reject.CertificateConstraints, c, "reason", fmt.Sprintf("pathLenConstraint: %d", c.PathLen))
		}
	}
	return nil
}

// validate checks a complete path, whose links are checked already: names and
// policies (RFC 5280 6.1.3 (b) to (f), 6.1.4, 6.1.5), revocation of every
// certificate, accreditation.
func (s *search) validate(path []*Certificate) (*Verdict, *reject.Rejection) {
	v := &Verdict{Path: path, base: s.trust.edition}
	for _, c := range path {
		v.since(c.NotBefore)
		v.until(c.NotAfter.Add(time.Second))
	}
	if r := s.checkNames(path); r != nil {
		return nil, r
	}
	if r := s.checkPolicies(path, v); r != nil {
		return nil, r
	}
	if s.params.Usage == ClientAuth {
		for _, c := range path[1 : len(path)-1] {
			if !allowsClient(c) {
				return nil, refuse(reject.CertificateUsage, c, "reason", noClientAuth)
			}
		}
	}
	if r := s.checkAccreditation(path, v); r != nil {
		s.step(path[1], stepAccreditation, r)
		return nil, r
	}
	// From the anchor down: lists of a CA that is revoked itself say nothing.
	for i := len(path) - 2; i >= 0; i-- {
		if r := s.checkRevocation(path[i:], v); r != nil {
			return nil, r
		}
	}
	if end := path[0].PrivateKeyNotAfter; s.params.Usage == Sign && !end.IsZero() {
		v.until(end.Add(time.Second))
		v.since(path[0].PrivateKeyNotBefore)
	}
	return v, nil
}

func (s *search) checkNames(path []*Certificate) *reject.Rejection {
	var names nameCheck
	names.add(&path[len(path)-1].Extensions) // RFC 5937 3.2
	for i := len(path) - 2; i >= 0; i-- {
		c := path[i]
		if i == 0 || !c.SelfIssued() {
			if err := names.certificate(c); err != nil {
				r := refuse(reject.CertificateConstraints, c, "reason", "nameConstraints").Because(err)
				s.step(c, stepNames, r)
				return r
			}
		}
		names.add(&c.Extensions)
	}
	return nil
}

func (s *search) checkPolicies(path []*Certificate, v *Verdict) *reject.Rejection {
	in := s.trust.rules.Policies
	state := newPolicyState(in, len(path)-1)
	var err error
	for i := len(path) - 2; i >= 0 && err == nil; i-- {
		c := path[i]
		if err = state.enter(c, i == 0); err == nil && i > 0 {
			err = state.leave(c)
		}
	}
	if err == nil {
		v.Policies, err = state.wrapUp(path[0], in)
	}
	if err != nil {
		r := refuse(reject.CertificatePolicy, path[0]).Because(err)
		s.step(path[0], stepPolicies, r)
		return r
	}
	v.Class = highest(v.Policies)
	if v.Class < s.params.MinClass {
		r := refuse(reject.CertificateClass, path[0], "class", v.Class.String(), "minimum", s.params.MinClass.String())
		s.step(path[0], stepClass, r)
		return r
	}
	return nil
}

// checkAccreditation wants the CA that issued the certificate to be in the
// head CA's list, in force. The anchors are the head CA itself.
func (s *search) checkAccreditation(path []*Certificate, v *Verdict) *reject.Rejection {
	a := s.trust.accreditations
	if a == nil || len(path) == 2 || s.parent != nil {
		return nil
	}
	at, ca := s.params.At, path[1]
	if !a.Until.IsZero() {
		if !at.Before(a.Until) && !s.params.Historical {
			return reject.New(reject.CertificateListStale, "expired", stamp(a.Until))
		}
		v.until(a.Until)
	}
	name := issuerName(&ca.Subject)
	entry := a.ByKey[ca.KeyID]
	if entry == nil {
		return refuse(reject.CertificateNotAccredited, ca, "issuer", name, "status", "—")
	}
	status, end := entry.at(at)
	if !status.Active {
		return refuse(reject.CertificateNotAccredited, ca, "issuer", name, "status", status.Text+" "+stamp(status.From))
	}
	v.since(status.From)
	if !end.IsZero() {
		v.until(end)
	}
	return nil
}
