package gate

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/soapgate/soapgate/internal/quota"
	"github.com/soapgate/soapgate/internal/soap"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// MaxAck bounds the answer in which an acknowledgement is looked for, in bytes.
const MaxAck = 64 << 10

// ExpectsAck reports whether an answer with these headers may be an
// acknowledgement that starts the clock of a rule.
func (r *Report) ExpectsAck(status int, h http.Header) bool {
	p := r.passage
	if p.c.Profile.Ack == nil || p.visit == nil || status != http.StatusOK || h.Get("Content-Encoding") != "" {
		return false
	}
	media, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	switch strings.ToLower(strings.TrimSpace(media)) {
	case "text/xml", "application/soap+xml":
	default:
		return false
	}
	return slices.ContainsFunc(p.c.Quota.Rules().All(), func(r *quota.Rule) bool { return r.Kind == quota.Interval })
}

// Acknowledged reads an answer of the system. If it acknowledges the message,
// the clock of those rules starts that space out the requests for its result.
// An answer that cannot be read is no acknowledgement: it is not ours to judge.
func (r *Report) Acknowledged(answer []byte) error {
	p := r.passage
	id := p.ackID(answer)
	if id == "" {
		return nil
	}
	q := p.visit.Request
	q.Operation, q.Source = p.c.Profile.Ack.Operation, ackSource{source{p}, id}
	return p.c.Quota.Start(context.WithoutCancel(p.ctx), &q, p.c.Now())
}

func (p *passage) ackID(answer []byte) string {
	t, err := xmltree.Parse(answer, xmltree.Options{Limits: p.c.Limits})
	if err != nil {
		return ""
	}
	defer t.Release()
	for _, space := range []string{soap.Namespace11, soap.Namespace12} {
		body := t.Child(t.Root(), space, "Body")
		if body == xmltree.None {
			continue
		}
		if n := follow(t, body, p.c.Profile.Ack.ID); n != xmltree.None {
			text, _ := t.Text(n)
			return strings.TrimSpace(string(text))
		}
	}
	return ""
}

// ackSource is what a later request will say that asks for the result: the
// same as this one, and the id it was given.
type ackSource struct {
	source
	id string
}

// Value implements quota.Source.
func (s ackSource) Value(part quota.Part) (string, bool) {
	if part.Kind == quota.Message {
		return s.id, part.Arg == s.p.c.Profile.Ack.Field
	}
	return s.source.Value(part)
}
