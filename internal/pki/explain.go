package pki

import (
	"fmt"
	"time"

	"github.com/soapgate/soapgate/internal/reject"
)

// A Step is one thing that was looked at on the way to a verdict.
type Step struct {
	// Certificate is the one looked at.
	Certificate *Certificate
	// What says what was looked at.
	What reject.Text
	// Candidate tells that it was looked at as a possible issuer, at the price
	// of a signature check.
	Candidate bool
	// Refusal is why it would not do, nil if it did.
	Refusal *reject.Rejection
}

// String returns the step as a line of text. It names the subject, who may be a
// person: it is for a terminal, not for a log.
func (s Step) String() string {
	result := "ok"
	if s.Refusal != nil {
		result = s.Refusal.Error()
	}
	return fmt.Sprintf("%s (%s): %s: %s", issuerName(&s.Certificate.Subject), label(s.Certificate), s.What.EN, result)
}

// Explain verifies like Verify and returns every step on the way.
func (t *Trust) Explain(c *Certificate, hints []*Certificate, p Params) ([]Step, *Verdict, error) {
	var steps []Step
	v, _, err := t.judge(c, hints, p, observer{trace: func(s Step) { steps = append(steps, s) }})
	return steps, v, err
}

// stepCandidate traces a candidate issuer.
func (s *search) stepCandidate(c candidate, r *reject.Rejection) {
	if s.trace != nil {
		s.trace(Step{Certificate: c.Certificate, What: c.describe(), Candidate: true, Refusal: r})
	}
}

// What steps are called.
var (
	stepEnd           = reject.Text{RU: "сертификат подписавшего", EN: "end entity"}
	stepIssuer        = reject.Text{RU: "поиск издателя", EN: "issuer"}
	stepNames         = reject.Text{RU: "ограничения имён", EN: "names"}
	stepPolicies      = reject.Text{RU: "политики", EN: "policies"}
	stepClass         = reject.Text{RU: "класс средства подписи", EN: "class"}
	stepAccreditation = reject.Text{RU: "аккредитация", EN: "accreditation"}
	stepRevocation    = reject.Text{RU: "отзыв", EN: "revocation"}
)

// notRevoked is the step of a list that does not name a certificate.
func notRevoked(l *CRL, next time.Time) reject.Text {
	issuer := issuerName(&l.Issuer)
	return reject.Text{
		RU: fmt.Sprintf("не отозван по списку № %s от %s, следующий %s", l.Number, issuer, stamp(next)),
		EN: fmt.Sprintf("not revoked by list %s of %s, next update %s", l.Number, issuer, stamp(next)),
	}
}

func (s *search) step(c *Certificate, what reject.Text, r *reject.Rejection) {
	if s.trace != nil {
		s.trace(Step{Certificate: c, What: what, Refusal: r})
	}
}
