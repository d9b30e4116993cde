package client

import (
	"slices"
	"strings"
	"time"

	"github.com/soapgate/soapgate/internal/reject"
)

// Parties are the three who must belong together: the client of the
// connection, the organization that the message's header names, and the
// signer.
type Parties struct {
	Client *Client
	// PPAGUID is the header's orgPPAGUID; empty if the operation has none.
	PPAGUID string
	// OperatorSignature says that the operator of the information system signed
	// (IsOperatorSignature) and not the organization itself.
	OperatorSignature bool
	// Signer is the certificate the signature was verified with; nil if the
	// operation needs no signature.
	Signer *Certificate
}

// Check refuses a message whose parties do not belong together.
func (p *Parties) Check() *reject.Rejection {
	org, ok := p.organization()
	if !ok {
		return reject.New(reject.AuthorityOrganizationMismatch, "client", p.Client.ID, "organization", p.PPAGUID)
	}
	if p.Signer == nil {
		return nil
	}
	if !p.Client.mayBeSignedBy(p.Signer) {
		return reject.New(reject.AuthorityClientMismatch, "client", p.Client.ID, "signer", p.Signer.Subject.first("CN"))
	}
	if p.OperatorSignature || org == nil && p.PPAGUID == "" {
		org = &p.Client.Organization
	}
	if !org.isHolder(p.Signer) {
		return reject.New(reject.AuthoritySignerMismatch,
			"signer", signerText(p.Signer), "organization", orgText(org, p.PPAGUID))
	}
	return nil
}

// Organization returns what quota rules call the organization: one name for
// all the certificates and orgPPAGUIDs that it has.
func (p *Parties) Organization() string {
	org, _ := p.organization()
	switch {
	case org != nil && org.OGRN != "":
		return org.OGRN
	case p.PPAGUID != "":
		return strings.ToLower(p.PPAGUID)
	}
	return p.Client.Organization.OGRN
}

// organization returns the organization that the message is sent for, nil if
// the header names none or one that is not registered, and whether the client
// may send for it.
func (p *Parties) organization() (*Organization, bool) {
	if p.PPAGUID == "" {
		return nil, true
	}
	guid := strings.ToLower(p.PPAGUID)
	if slices.Contains(p.Client.Organization.PPAGUIDs, guid) {
		return &p.Client.Organization, true
	}
	for i := range p.Client.Represents {
		if o := &p.Client.Represents[i]; slices.Contains(o.PPAGUIDs, guid) {
			return o, true
		}
	}
	return nil, p.Client.AnyOrganization
}

func (c *Client) mayBeSignedBy(cert *Certificate) bool {
	return len(c.Signers) == 0 || slices.ContainsFunc(c.Signers, func(m Match) bool { return m.matches(cert) })
}

// isHolder reports whether a certificate was issued to the organization: one
// of its numbers is in the subject, and none contradicts. Of an organization
// that is not registered nothing is known but that it must be one.
func (o *Organization) isHolder(c *Certificate) bool {
	ogrn, inn := c.Subject.OGRN(), c.Subject.INN()
	if o == nil || o.OGRN == "" && o.INN == "" {
		return ogrn != "" || inn != ""
	}
	same := false
	for _, pair := range [][2]string{{o.OGRN, ogrn}, {o.INN, inn}} {
		switch {
		case pair[0] == "" || pair[1] == "":
		case pair[0] == pair[1]:
			same = true
		default:
			return false
		}
	}
	return same
}

func signerText(c *Certificate) string {
	if v := c.Subject.OGRN(); v != "" {
		return "ОГРН " + v
	}
	// An ИНН may be a person's and is not repeated.
	return c.Subject.first("O", "CN")
}

func orgText(o *Organization, ppaguid string) string {
	if o != nil && o.OGRN != "" {
		return "ОГРН " + o.OGRN
	}
	return "orgPPAGUID " + ppaguid
}

// A Window is how far the times in a message may be from the gate's clock.
type Window struct {
	Age  time.Duration // into the past
	Skew time.Duration // into the future
}

// Keep returns how long a message must be remembered to refuse its repetition
// for as long as its times would let it pass.
func (w Window) Keep() time.Duration { return w.Age + w.Skew }

// CheckDate judges the date in a message's header.
func (w Window) CheckDate(date, now time.Time) *reject.Rejection {
	return w.check(reject.AuthorityDate, date, now)
}

// CheckSigningTime judges the time that the signer claims to have signed at.
func (w Window) CheckSigningTime(claimed, now time.Time) *reject.Rejection {
	return w.check(reject.AuthoritySigningTime, claimed, now)
}

func (w Window) check(code reject.Code, t, now time.Time) *reject.Rejection {
	if !t.Before(now.Add(-w.Age)) && !t.After(now.Add(w.Skew)) {
		return nil
	}
	rej := reject.New(code, "time", t.Format(time.RFC3339), "now", now.UTC().Format(time.RFC3339),
		"age", w.Age.String(), "skew", w.Skew.String())
	return rej
}
