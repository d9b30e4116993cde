package gate

import (
	"context"
	"strings"
	"time"

	"github.com/soapgate/soapgate/internal/client"
	"github.com/soapgate/soapgate/internal/quota"
	"github.com/soapgate/soapgate/internal/reject"
)

// authority decides whether the parties of the message belong together and its
// times are near ours.
func (p *passage) authority() error {
	if p.c.AtRest {
		return p.checkTimes()
	}
	if p.client == nil {
		return nil // stage client observes or is off: there is nobody to bind to
	}
	if err := p.bind(); err != nil {
		return err
	}
	return p.checkTimes()
}

// bind holds client, organization and signer against each other.
func (p *passage) bind() error {
	parties := client.Parties{
		Client: p.client, PPAGUID: p.fields.organization, OperatorSignature: p.fields.operatorSignature,
	}
	if p.signer != nil {
		parties.Signer = p.signer.subject
	}
	if r := p.client.AdmitOperation(p.operation.Name); r != nil {
		return r
	}
	if r := parties.Check(); r != nil {
		return r
	}
	p.rep.Message.Organization = parties.Organization()
	return nil
}

// checkTimes judges the header's date and the claimed signing times.
func (p *passage) checkTimes() error {
	w := client.Window{Age: p.c.Window, Skew: p.c.Skew}
	if p.fields.date != "" {
		// The schema stage has judged the form; a date without a zone is ours.
		date, err := parseDateTime(p.fields.date, p.c.Zone)
		if err != nil {
			return reject.New(reject.AuthorityDate, "time", p.fields.date, "now", p.now.UTC().Format(time.RFC3339),
				"age", p.c.Window.String(), "skew", p.c.Skew.String()).Because(err)
		}
		if r := w.CheckDate(date, p.now); r != nil {
			return r
		}
	}
	if p.signed == nil {
		return nil
	}
	for _, s := range p.signed.Signatures {
		if s.SigningTime.IsZero() {
			continue
		}
		if r := w.CheckSigningTime(s.SigningTime, p.now); r != nil {
			return r
		}
	}
	return nil
}

// parseDateTime reads an xs:dateTime (XSD 2 3.2.7) of the four-digit years
// that a message's window can hold.
func parseDateTime(s string, zone *time.Location) (time.Time, error) {
	if t, err := time.Parse("2006-01-02T15:04:05.999999999Z07:00", s); err == nil {
		return t, nil
	}
	return time.ParseInLocation("2006-01-02T15:04:05.999999999", strings.TrimSpace(s), zone)
}

// remember refuses a signed message that was here before.
func (p *passage) remember() error {
	if p.signed == nil || p.c.Replay == nil {
		return nil
	}
	w := client.Window{Age: p.c.Window, Skew: p.c.Skew}
	m := &quota.Mark{
		Signer: p.rep.Message.Signer, GUID: p.fields.messageID,
		Signature: p.signed.Signatures[0].Value, Keep: w.Keep(),
	}
	seen, err := p.c.Replay.Remember(p.ctx, quota.At(p.now), m)
	if err != nil {
		return reject.New(reject.AuthorityStore).Because(err)
	}
	if r := m.Rejection(seen); r != nil {
		return r
	}
	p.mark = m
	return nil
}

// forget takes back what remember noted.
func (p *passage) forget() {
	if p.mark != nil {
		// The caller may be gone; the message is undelivered all the same.
		_ = p.c.Replay.Forget(context.WithoutCancel(p.ctx), p.mark)
		p.mark = nil
	}
}
