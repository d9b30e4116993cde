package gate

import (
	"encoding/xml"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/schema"
	"github.com/soapgate/soapgate/internal/soap"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// JudgeAnswer holds what the system answered a message with against the
// release the message follows, and records the verdict. It returns why the
// answer is not to be passed on, nil if it is or if Config.Responses only
// observes.
func (r *Report) JudgeAnswer(status int, h http.Header, body []byte) *reject.Rejection {
	p := r.passage
	start := p.c.Now()
	v := Verdict{Stage: reject.Forward, Outcome: Passed}
	if v.Rejection = p.judgeAnswer(status, h, body); v.Rejection != nil {
		if v.Outcome = Refused; p.c.Responses == Observe {
			v.Outcome = Observed
		}
	}
	v.Duration = p.c.Now().Sub(start)
	r.Verdicts = append(r.Verdicts, v)
	if v.Outcome == Refused {
		r.Rejection = v.Rejection
	}
	return r.Rejection
}

func (p *passage) judgeAnswer(status int, h http.Header, body []byte) *reject.Rejection {
	facts, err := soap.AnswerFacts(h)
	if err != nil {
		return invalidAnswer(err)
	}
	t, err := xmltree.Parse(body, xmltree.Options{Limits: p.c.Limits, Charset: facts.Charset})
	if err != nil {
		return invalidAnswer(err)
	}
	defer t.Release()
	env, err := soap.ReadAnswer(t, facts, status, &p.c.SOAP)
	if err != nil {
		return invalidAnswer(err)
	}
	if env.IsFault(t) {
		return nil // its detail is between the system and its clients
	}
	release, operation := p.release, p.operation
	if release == nil {
		release, operation = p.candidates[0].release, p.candidates[0].operation
	}
	name := xml.Name{}
	if env.Payload != xmltree.None {
		q := t.Name(env.Payload)
		name = xml.Name{Space: q.Space, Local: q.Local}
	}
	if name != operation.Output {
		line, column := t.Position(t.Offset(env.Body))
		return invalidAnswer(reject.New(reject.SOAPPayload).At(line, column, t.Path(env.Body)))
	}
	o := schema.ValidateOptions{MaxFindings: p.c.MaxFindings}
	var findings []reject.Finding
	for _, b := range env.Blocks {
		if release.Schemas.Element(b.Name.Space, b.Name.Local) != nil {
			findings = append(findings, release.Schemas.Validate(t, b.Node, o)...)
		}
	}
	if env.Payload != xmltree.None {
		findings = append(findings, release.Schemas.Validate(t, env.Payload, o)...)
	}
	if len(findings) == 0 {
		return nil
	}
	r := reject.New(reject.ForwardInvalidAnswer)
	r.Findings = findings[:min(len(findings), p.c.MaxFindings)]
	for i := range r.Findings {
		// Lines are of the answer. In Xerces' words clients would take them for
		// lines of their request.
		r.Findings[i].Xerces = ""
	}
	return r
}

// invalidAnswer makes of a stage's refusal, which blames the sender, one that
// blames the system.
func invalidAnswer(err error) *reject.Rejection {
	r := reject.New(reject.ForwardInvalidAnswer).Because(err)
	if inner, ok := errors.AsType[*reject.Rejection](err); ok {
		r.Findings = inner.Findings
		if len(r.Findings) == 0 {
			r.Findings = []reject.Finding{{
				Rule: string(inner.Code), Line: inner.Line, Column: inner.Column, Path: inner.Path, Text: inner.Text(),
			}}
		}
	}
	return r
}

// A Warning is why a message that passed today will not always.
type Warning struct {
	Code reject.Code
	// Release and Date are of a release that is to be retired; empty if the
	// refusal was only recorded.
	Release, Date string
}

// Warnings returns what let the message pass and will not always: a release
// that has a day of retirement, refusals of stages that only observe.
func (r *Report) Warnings() (list []Warning) {
	if rel := r.passage.release; rel != nil && !rel.Retired.IsZero() {
		list = append(list, Warning{reject.FormatRetired, rel.Name, rel.Retired.Format(time.DateOnly)})
	}
	for _, o := range r.Observed() {
		list = append(list, Warning{Code: o.Code})
	}
	return list
}

// SetWarnings announces them in the header of an answer, as a list of RFC 9651.
func (r *Report) SetWarnings(h http.Header) {
	var list []string
	for _, w := range r.Warnings() {
		if w.Release != "" {
			list = append(list, string(w.Code)+";release="+strconv.QuoteToASCII(w.Release)+";date=\""+w.Date+"\"")
		} else {
			list = append(list, string(w.Code)+";mode=observe")
		}
	}
	if len(list) > 0 {
		h.Set(identityPrefix+"Warning", strings.Join(list, ", "))
	}
}
