package pki

import (
	"fmt"

	"github.com/soapgate/soapgate/internal/reject"
)

// A Step is one thing that was looked at on the way to a verdict.
type Step struct {
	// Certificate is the one looked at.
	Certificate *Certificate
	// What says what was looked at, in English.
	What string
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
	return fmt.Sprintf("%s (%s): %s: %s", issuerName(&s.Certificate.Subject), label(s.Certificate), s.What, result)
}

// Explain verifies like Verify and returns every step on the way.
func (t *Trust) Explain(c *Certificate, hints []*Certificate, p Params) ([]Step, *Verdict, error) {
	var steps []Step
	v, _, err := t.judge(c, hints, p, func(s Step) { steps = append(steps, s) })
	return steps, v, err
}

// stepCandidate traces a candidate issuer.
func (s *search) stepCandidate(c candidate, r *reject.Rejection) {
	if s.trace != nil {
		s.trace(Step{Certificate: c.Certificate, What: c.describe(), Candidate: true, Refusal: r})
	}
}

func (s *search) step(c *Certificate, what string, r *reject.Rejection) {
	if s.trace != nil {
		s.trace(Step{Certificate: c, What: what, Refusal: r})
	}
}
