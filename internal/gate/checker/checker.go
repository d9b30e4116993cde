// Package checker judges messages at rest: it leads one through the gate's own
// stages without a connection and tells all that was found, for the person who
// made it. The gate decides; this package asks it and puts the answer into
// words, JSON or SARIF 2.1.0. Stages that need a connection (transport, client,
// quota) are left out, and nothing is stored. So are those that judge by a
// release where no release describes the message.
package checker

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/soapgate/soapgate/internal/gate"
	"github.com/soapgate/soapgate/internal/profile"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/soap"
	"github.com/soapgate/soapgate/internal/wsdl"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// A Checker judges messages by one configuration. It is safe for concurrent use.
type Checker struct {
	gate *gate.Gate
	c    gate.Config
}

// maxFindings is how many violations of the schema are told.
const maxFindings = 100

// New returns a checker that judges as a gate of this configuration would. Of
// the configuration it needs releases, to judge operation, format and schema,
// and trust, to judge certificates; without them it leaves those stages out.
func New(c gate.Config) (*Checker, error) {
	c.AtRest = true
	if c.Profile == nil {
		c.Profile, _ = profile.Lookup("hcs")
	}
	c.MaxFindings = max(c.MaxFindings, maxFindings)
	c.Clients, c.Quota, c.Replay = nil, nil, nil
	if len(c.Releases) == 0 {
		c.Modes[reject.Format], c.Modes[reject.Schema] = gate.Off, gate.Off
	}
	for _, s := range ofConnection {
		c.Modes[s] = gate.Off
	}
	if c.Trust == nil {
		c.Modes[reject.Certificate] = gate.Off
	} else if anchors, _ := c.Trust.Trust().Certificates(); len(anchors) == 0 {
		c.Modes[reject.Certificate] = gate.Off
	}
	g, err := gate.New(c)
	return &Checker{g, c}, err
}

// ofConnection are the stages that judge what a message does not hold.
var ofConnection = []reject.Stage{reject.Transport, reject.Client, reject.Quota}

// A Message is a message at rest. What is not known of how it would be sent is
// taken from the message itself, so as to fit.
type Message struct {
	Name   string // what results call it
	Body   []byte
	Path   string // of the service, with a query if there is one
	Method string // default POST
	Header http.Header
	Status int // of an answer of the system, which the message then is
}

// Check judges a message.
func (c *Checker) Check(ctx context.Context, m Message) *Result {
	if m.Status != 0 {
		rep := c.gate.CheckAnswer(m.Status, c.answered(m), m.Body)
		defer rep.Release(0)
		return newResult(m.Name, rep, &c.c, false)
	}
	r := &http.Request{
		Method: cmp.Or(m.Method, http.MethodPost), Header: m.Header.Clone(), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	r = r.WithContext(ctx)
	r.Body, r.ContentLength = body{bytes.NewReader(m.Body)}, int64(len(m.Body))
	op := c.complete(r, m.Body)
	path, query, _ := strings.Cut(m.Path, "?")
	r.URL.Path, r.URL.RawQuery = cmp.Or(path, r.URL.Path), query
	rep := c.gate.Check(ctx, &gate.Request{HTTP: r})
	defer rep.Release(0)
	return newResult(m.Name, rep, &c.c, m.Path == "" && op != nil && c.ambiguous(op))
}

// answered returns the header of an answer; without a media type, that of the
// version the answer is of.
func (c *Checker) answered(m Message) http.Header {
	h := m.Header.Clone()
	if h == nil {
		h = make(http.Header)
	}
	if _, given := h["Content-Type"]; !given {
		r := &http.Request{Header: make(http.Header)}
		c.complete(r, m.Body)
		h["Content-Type"] = r.Header["Content-Type"]
	}
	return h
}

// body is a reader that needs no closing.
type body struct{ *bytes.Reader }

func (body) Close() error { return nil }

// complete fills in how the message would be sent: media type by its version,
// path and action by its payload. A message that cannot be read gets what any
// would; the gate will say what is wrong with it.
func (c *Checker) complete(r *http.Request, msg []byte) *wsdl.Operation {
	r.URL = &url.URL{Path: "/"}
	if r.Header == nil {
		r.Header = make(http.Header)
	}
	set := func(name, value string) {
		if _, given := r.Header[name]; !given {
			r.Header.Set(name, value)
		}
	}
	mediaType := "text/xml"
	defer func() { set("Content-Type", mediaType); set("Soapaction", `""`) }()
	t, err := xmltree.Parse(msg, xmltree.Options{Limits: c.c.Limits})
	if err != nil {
		return nil
	}
	defer t.Release()
	space := t.Name(t.Root()).Space
	if space == soap.Namespace12 {
		mediaType = "application/soap+xml"
	}
	bodyNode := t.Child(t.Root(), space, "Body")
	if bodyNode == xmltree.None {
		return nil
	}
	payload := t.FirstElement(bodyNode)
	if payload == xmltree.None {
		return nil
	}
	op := c.operation(t.Name(payload))
	if op == nil {
		// No service has such an operation: that is what any of them will say.
		for _, rel := range c.c.Releases {
			for _, p := range rel.Services.Ports {
				r.URL.Path = p.Path
				return nil
			}
		}
		return nil
	}
	r.URL.Path = op.Port.Path
	if mediaType == "text/xml" {
		set("Soapaction", `"`+op.Action+`"`)
	}
	return op
}

// operation returns the first operation whose request has the given payload.
func (c *Checker) operation(payload xmltree.Name) *wsdl.Operation {
	for _, op := range c.operations(payload) {
		return op
	}
	return nil
}

func (c *Checker) operations(payload xmltree.Name) (list []*wsdl.Operation) {
	for _, r := range c.c.Releases {
		for _, p := range r.Services.Ports {
			for _, op := range p.Operations {
				if op.Input.Space == payload.Space && op.Input.Local == payload.Local {
					list = append(list, op)
				}
			}
		}
	}
	return list
}

// ambiguous reports whether other services have an operation with the same
// request: then the service was guessed.
func (c *Checker) ambiguous(op *wsdl.Operation) bool {
	for _, other := range c.operations(xmltree.Name{Space: op.Input.Space, Local: op.Input.Local}) {
		if other.Port.Path != op.Port.Path {
			return true
		}
	}
	return false
}

// Now is the moment messages are judged at.
func (c *Checker) Now() time.Time { return c.c.Now() }
