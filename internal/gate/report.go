package gate

import (
	"net/http"
	"strings"
	"time"

	"github.com/soapgate/soapgate/internal/client"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/soap"
)

// A Mode says what a stage's refusal does.
type Mode uint8

// The modes of a stage.
const (
	Enforce Mode = iota // refuse the message
	Observe             // record the refusal and let the message pass
	Off                 // do not run the stage
)

// An Outcome is what became of a stage.
type Outcome uint8

// The outcomes of a stage.
const (
	Skipped  Outcome = iota // off, not needed, or behind a refusal
	Passed                  //
	Observed                // would have refused; the message went on
	Refused                 //
)

func (o Outcome) String() string {
	return [...]string{"skipped", "passed", "observed", "refused"}[o]
}

// A Verdict is the outcome of one stage.
type Verdict struct {
	Stage     reject.Stage
	Outcome   Outcome
	Duration  time.Duration
	Rejection *reject.Rejection // if Observed or Refused
}

// A Report is all that the gate found out about one request. The handler,
// metrics, logs, the checker and the demo read it; Release ends its life.
type Report struct {
	// Verdicts has an entry for each pass of a stage that was run, in order.
	Verdicts []Verdict
	// Rejection is the reason for refusing, nil if the message passed.
	Rejection *reject.Rejection
	// Answer is what to answer with instead of forwarding: a published
	// document. nil for messages.
	Answer *Answer
	// Message says what is known of the message; fields are empty until the
	// stage that finds them has passed.
	Message Message
	// Marks are refusals of certificates that the configuration let pass.
	Marks []*reject.Rejection
	// BytesIn is how much of a body that streams was read; the caller counts.
	BytesIn int64

	warnings []Warning
	warned   bool // warnings have been looked for
	passage  *passage
	verdicts [16]Verdict // room for Verdicts
}

// A Message is what is known of a request's message.
type Message struct {
	RequestID    string
	Client       string // id in the registry
	Class        string // of the client
	Organization string // that the message is sent for, proved
	Service      string
	Operation    string
	Release      string
	MessageID    string // as the sender claims
	Signer       string // SHA-256 fingerprint of the signer's certificate
}

// Fail records that forwarding the message failed, after all stages passed it.
// A message that has not been delivered may be sent again.
func (r *Report) Fail(rej *reject.Rejection, took time.Duration) {
	r.passage.record(reject.Forward, took, rej)
	if rej.Code == reject.ForwardUnreachable {
		r.passage.forget()
	}
}

// Summary says in three words what became of the request: passed, observed,
// refused or answered, with the stage and the code of the refusal.
func (r *Report) Summary() (verdict, stage, code string) {
	rej := r.Rejection
	switch observed := r.Observed(); {
	case rej != nil:
		verdict = "refused"
	case r.Answer != nil:
		return "answered", "", ""
	case len(observed) > 0:
		verdict, rej = "observed", observed[0]
	default:
		return "passed", "", ""
	}
	return verdict, rej.Code.Stage().String(), string(rej.Code)
}

// identityPrefix begins the names of the header fields by which the backend
// learns what the gate has proved.
const identityPrefix = "Soapgate-"

// SetHeaders puts what was proved into the header of the request to the
// backend and takes out what others said in its place: the same fields, and
// those by which terminators report certificates.
func (r *Report) SetHeaders(h http.Header) {
	for name := range h {
		if strings.HasPrefix(name, identityPrefix) || client.IsFactHeader(name) {
			delete(h, name)
		}
	}
	if r.passage.byToken && !r.passage.c.KeepToken {
		// It was for the gate: with it anybody who reads what reaches the
		// backend could speak for the client elsewhere (RFC 6750 5.2).
		h.Del("Authorization")
	}
	_, _, observed := r.Summary()
	for _, f := range [...]struct{ name, value string }{
		{"Request-Id", r.Message.RequestID},
		{"Client", r.Message.Client},
		{"Organization", r.Message.Organization},
		{"Operation", r.Message.Operation},
		{"Release", r.Message.Release},
		{"Signer", r.Message.Signer},
		{"Observed", observed},
	} {
		if f.value != "" {
			h.Set(identityPrefix+f.name, f.value)
		}
	}
	// The backend routes by an action that is known to be the payload's
	// (attack row 21).
	if p := r.passage; p.operation != nil && p.binding.Version == soap.V11 {
		h.Set("SOAPAction", `"`+p.operation.Action+`"`)
	}
}

// An Answer is a document the gate itself answers with.
type Answer struct {
	ContentType string
	Body        []byte
}

// Observed returns the rejections that were recorded without refusing.
func (r *Report) Observed() []*reject.Rejection {
	var list []*reject.Rejection
	for _, v := range r.Verdicts {
		if v.Outcome == Observed {
			list = append(list, v.Rejection)
		}
	}
	return list
}
