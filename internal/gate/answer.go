package gate

import (
	"encoding/xml"
	"errors"
	"net/http"

	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/schema"
	"github.com/soapgate/soapgate/internal/soap"
	"github.com/soapgate/soapgate/internal/wsdl"
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
	t, env, err := p.c.readAnswer(status, h, body)
	if err != nil {
		return invalidAnswer(err)
	}
	defer t.Release()
	if env.IsFault(t) {
		return nil // its detail is between the system and its clients
	}
	release, operation := p.release, p.operation
	if release == nil {
		release, operation = p.candidates[0].release, p.candidates[0].operation
	}
	if env.payload(t) != operation.Output {
		line, column := t.Position(t.Offset(env.Body))
		return invalidAnswer(reject.New(reject.SOAPPayload).At(line, column, t.Path(env.Body)))
	}
	findings := p.c.validateAnswer(release, t, env)
	if len(findings) == 0 {
		return nil
	}
	r := reject.New(reject.ForwardInvalidAnswer)
	r.Findings = findings
	for i := range r.Findings {
		// Lines are of the answer. In Xerces' words clients would take them for
		// lines of their request.
		r.Findings[i].Xerces = ""
	}
	return r
}

// An answer is the envelope of one.
type answer struct{ *soap.Envelope }

// payload returns the name of what an answer carries, none if nothing.
func (a answer) payload(t *xmltree.Tree) xml.Name {
	if a.Payload == xmltree.None {
		return xml.Name{}
	}
	q := t.Name(a.Payload)
	return xml.Name{Space: q.Space, Local: q.Local}
}

// readAnswer reads an answer as far as its envelope; of a package its root
// part, whatever the site thinks of packages in requests. The caller releases
// the tree. The error is a *reject.Rejection.
func (c *Config) readAnswer(status int, h http.Header, body []byte) (t *xmltree.Tree, a answer, err error) {
	facts, err := soap.AnswerFacts(h)
	if err != nil {
		return nil, a, err
	}
	if t, err = c.parse(body, facts); err != nil {
		return nil, a, err
	}
	if a.Envelope, err = soap.ReadAnswer(t, facts, status, &c.SOAP); err != nil {
		t.Release()
		return nil, a, err
	}
	return t, a, nil
}

// validateAnswer holds an answer's described header blocks and its payload to
// a release.
func (c *Config) validateAnswer(release *Release, t *xmltree.Tree, a answer) (findings []reject.Finding) {
	o := schema.ValidateOptions{MaxFindings: c.MaxFindings}
	for _, b := range a.Blocks {
		if release.Schemas.Element(b.Name.Space, b.Name.Local) != nil {
			findings = append(findings, release.Schemas.Validate(t, b.Node, o)...)
		}
	}
	if a.Payload != xmltree.None {
		findings = append(findings, release.Schemas.Validate(t, a.Payload, o)...)
	}
	return findings[:min(len(findings), c.MaxFindings)]
}

// CheckAnswer judges an answer of the system that is at rest: its HTTP header,
// its envelope, and its content by the releases that describe it. The caller
// calls Report.Release.
func (g *Gate) CheckAnswer(status int, h http.Header, body []byte) *Report {
	p := &passage{g: g, c: &g.c, req: new(Request), rep: new(Report), now: g.c.Now()}
	p.rep.passage = p
	t, a, err := g.c.readAnswer(status, h, body)
	refused, _ := errors.AsType[*reject.Rejection](err)
	for _, stage := range []reject.Stage{reject.HTTP, reject.XML, reject.SOAP} {
		if refused != nil && refused.Code.Stage() == stage {
			p.record(stage, 0, refused)
			return p.rep
		}
		p.record(stage, 0, nil)
	}
	p.tree = t
	if a.IsFault(t) {
		return p.rep
	}
	name, described := a.payload(t), false
	var first *reject.Rejection
	for _, r := range g.c.Releases {
		op := r.answering(name)
		if op == nil {
			continue
		}
		described = true
		findings := g.c.validateAnswer(r, t, a)
		if len(findings) == 0 {
			p.settle(candidate{r, op})
			p.rep.Message.Service = op.Port.Service
			p.record(reject.Schema, 0, nil)
			return p.rep
		}
		if first == nil {
			first = reject.New(reject.SchemaInvalid).At(findings[0].Line, findings[0].Column, findings[0].Path)
			first.Findings = findings
		}
	}
	if described {
		p.record(reject.Schema, 0, first)
	}
	return p.rep
}

// answering returns the first operation that is answered with a payload.
func (r *Release) answering(payload xml.Name) *wsdl.Operation {
	for _, port := range r.Services.Ports {
		for _, op := range port.Operations {
			if op.Output == payload {
				return op
			}
		}
	}
	return nil
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
