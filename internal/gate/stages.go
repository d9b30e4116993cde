package gate

import (
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"strings"

	"github.com/soapgate/soapgate/internal/client"
	"github.com/soapgate/soapgate/internal/quota"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/schema"
	"github.com/soapgate/soapgate/internal/soap"
	"github.com/soapgate/soapgate/internal/soap/attachment"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// http judges method and headers, answers for published documents, and reads
// the body.
func (p *passage) http() error {
	r := p.req.HTTP
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		if p.answerDocument() {
			return nil
		}
	}
	var refused error
	if p.binding, refused = soap.CheckHTTP(r.Method, r.Header, &p.c.SOAP); refused != nil && p.c.Modes[reject.HTTP] == Enforce {
		return refused
	}
	if err := p.readBody(); err != nil {
		return errors.Join(err, errStop)
	}
	return refused
}

// answerDocument answers GET ?wsdl and ?xsd=FILE on a service's own path.
func (p *passage) answerDocument() bool {
	query, err := url.ParseQuery(p.req.HTTP.URL.RawQuery)
	if err != nil {
		return false
	}
	var name string
	switch {
	case query.Has("wsdl"):
		name = query.Get("wsdl")
	case query.Has("xsd"):
		name = query.Get("xsd")
	default:
		return false
	}
	path := p.req.HTTP.URL.Path
	for _, r := range p.c.inForce(p.now) {
		doc, err := r.Services.Publish(path, name, p.publicURL())
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return false
		}
		p.rep.Answer = &Answer{ContentType: "text/xml; charset=utf-8", Body: doc}
		return true
	}
	return false
}

// publicURL is the address of the service: the configured one, for what a
// caller says of the host is not to be published, else as he sees it.
func (p *passage) publicURL() string {
	r := p.req.HTTP
	if p.c.PublicURL != "" {
		return strings.TrimRight(p.c.PublicURL, "/") + r.URL.EscapedPath()
	}
	u := url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path}
	if p.facts.Version != 0 {
		u.Scheme = "https"
	}
	return u.String()
}

// xml parses the message: once, for all stages that follow.
func (p *passage) xml() (err error) {
	p.tree, err = p.c.parse(p.message(), p.binding)
	return err
}

// parse reads a document, or the package it comes in.
func (c *Config) parse(body []byte, facts soap.HTTPFacts) (*xmltree.Tree, error) {
	parse := func(src []byte, charset string) (*xmltree.Tree, error) {
		return xmltree.Parse(src, xmltree.Options{Limits: c.Limits, Charset: charset})
	}
	if facts.Multipart != nil {
		return attachment.Open(body, facts.Multipart, attachment.Limits{}, parse)
	}
	return parse(body, facts.Charset)
}

// soap judges the envelope and finds the operation in the releases that have it.
func (p *passage) soap() error {
	var err error
	if p.envelope, err = soap.Read(p.tree, p.binding, &p.c.SOAP); p.envelope != nil && p.envelope.Header != xmltree.None {
		p.readFields()
		p.rep.Message.MessageID = p.fields.messageID
	}
	if err != nil {
		return err
	}
	if p.envelope.Payload == xmltree.None {
		return p.refuse(p.envelope.Body, reject.SOAPPayload)
	}
	p.whole = true
	var refused error
	for _, r := range p.c.Releases {
		op, err := r.Services.Find(p.req.HTTP.URL.Path, p.tree, p.envelope.Payload, p.binding.Action, p.binding.HasAction)
		if err != nil {
			if refused == nil {
				refused = err
			}
			continue
		}
		p.candidates = append(p.candidates, candidate{r, op})
	}
	if len(p.candidates) == 0 {
		return refused // nil at rest, if there is no release to ask
	}
	first := p.candidates[0].operation
	p.rep.Message.Operation, p.rep.Message.Service = first.Name, first.Port.Service
	return p.envelope.Require(p.tree, first.Headers)
}

// quotaOfConnection runs the rules whose key the connection proves.
func (p *passage) quotaOfConnection() error {
	p.visit = p.c.Quota.Begin()
	q := &p.visit.Request
	q.Address, q.BytesIn = p.req.Address, max(0, p.req.HTTP.ContentLength)
	q.Source = source{p}
	if p.client != nil {
		q.Client, q.Class = p.client.ID, p.client.Class
	}
	q.Service = p.c.service(p.req.HTTP.URL.Path)
	p.rep.Message.Service = q.Service
	// A terminator's connection is not one client's.
	if p.client != nil && p.req.Hold != nil && p.facts.Source == client.FromTLS {
		if r := p.req.Hold(p.client.ID); r != nil {
			return r
		}
	}
	return p.quota(quota.PassClient)
}

// quotaOfMessage runs those that need to know the operation or the message.
func (p *passage) quotaOfMessage() error {
	if p.operation != nil {
		p.visit.Request.Operation = p.operation.Name
	}
	p.visit.Request.BytesIn = int64(p.buffer.Len())
	return p.quota(quota.PassMessage)
}

// quotaOfSigner runs those that need the organization and the signer proved.
func (p *passage) quotaOfSigner() error {
	q := &p.visit.Request
	q.Organization, q.Signer = p.rep.Message.Organization, p.rep.Message.Signer
	return p.quota(quota.PassAuthority)
}

func (p *passage) quota(pass quota.Pass) error {
	if r := p.visit.Pass(p.ctx, pass, p.now); r != nil {
		return r
	}
	return nil
}

// source looks up what rules name freely in a request.
type source struct{ p *passage }

// Value implements quota.Source.
func (s source) Value(part quota.Part) (string, bool) {
	switch part.Kind {
	case quota.Header:
		v := s.p.req.HTTP.Header.Values(part.Arg)
		if len(v) == 0 {
			return "", false
		}
		return v[0], true
	case quota.Placeholder:
		if s.p.req.Placeholder == nil {
			return "", false
		}
		return s.p.req.Placeholder(part.Arg)
	case quota.Message:
		n := s.p.messageField(part.Arg)
		if n == xmltree.None {
			return "", false
		}
		v, _ := s.p.tree.Text(n)
		return string(v), true
	}
	return "", false
}

// Count implements quota.Source.
func (s source) Count(path string) (int64, bool) {
	return s.p.countField(path)
}

// schema holds header blocks and payload to the XSD of the releases that the
// message may follow; of several the first it is valid by counts.
func (p *passage) schema() error {
	var first error
	for _, c := range p.chosen {
		r := p.validate(c.release)
		if r == nil {
			p.settle(c)
			return nil
		}
		if first == nil {
			first = r
		}
	}
	return first
}

func (p *passage) validate(release *Release) *reject.Rejection {
	o := schema.ValidateOptions{MaxFindings: p.c.MaxFindings}
	var findings []reject.Finding
	for _, b := range p.envelope.Blocks {
		if release.Schemas.Element(b.Name.Space, b.Name.Local) == nil {
			continue // not the system's: mustUnderstand has been judged already
		}
		// mustUnderstand and actor are the envelope's own, whatever the
		// description says of the block; gSOAP always writes them.
		framed := o
		framed.Framing = p.envelope.Version.Namespace()
		findings = append(findings, release.Schemas.Validate(p.tree, b.Node, framed)...)
	}
	findings = append(findings, release.Schemas.Validate(p.tree, p.envelope.Payload, o)...)
	if len(findings) == 0 {
		return nil
	}
	f := findings[0]
	r := reject.New(reject.SchemaInvalid).At(f.Line, f.Column, f.Path)
	r.Findings = findings[:min(len(findings), p.c.MaxFindings)]
	return r
}
