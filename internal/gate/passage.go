package gate

import (
	"bytes"
	"context"
	"encoding/xml"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/soapgate/soapgate/internal/client"
	"github.com/soapgate/soapgate/internal/profile"
	"github.com/soapgate/soapgate/internal/quota"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/soap"
	"github.com/soapgate/soapgate/internal/wsdl"
	"github.com/soapgate/soapgate/internal/xmlsig"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// A Request is what the gate is told of an HTTP request. The gate reads the
// body; it changes nothing.
type Request struct {
	ID       string // names the request in log and fault
	Received time.Time
	HTTP     *http.Request
	Address  netip.Addr // the caller's, as the server's trusted proxies make it
	Peer     netip.Addr // the other end of the connection
	// Facts returns what came with the connection of how the caller spoke to a
	// terminator; nil if it came from the caller himself.
	Facts func() (client.Facts, error)
	// Hold keeps a place for the client as long as his connection is open, or
	// says why he gets none; nil if nobody counts connections.
	Hold func(client string) *reject.Rejection
	// Placeholder returns the value of one of the server's placeholders; nil
	// if there are none.
	Placeholder func(name string) (string, bool)
}

// A passage is one request on its way: what the stages have found so far.
type passage struct {
	g   *Gate
	c   *Config
	ctx context.Context
	req *Request
	rep *Report
	now time.Time

	facts      client.Facts
	byToken    bool // an access token was shown to say who the caller is
	client     *client.Client
	visit      *quota.Visit
	binding    soap.HTTPFacts
	buffer     *bytes.Buffer // the body as it came
	expanded   *bytes.Buffer // the body without its gzip coding; nil if it had none
	tree       *xmltree.Tree
	envelope   *soap.Envelope
	whole      bool        // the envelope was read down to its payload
	candidates []candidate // releases that have the operation
	chosen     []candidate // those of them to judge by, the newest first
	release    *Release
	operation  *wsdl.Operation
	fields     fields
	signed     *xmlsig.Result
	signers    []*signer   // whose certificates were read
	signer     *signer     // of the first signature
	mark       *quota.Mark // remembered against repetition; nil if nothing was
}

// fields are the message's own fields as the profile finds them.
type fields struct {
	messageID, date, organization string
	operatorSignature             bool
}

// Release gives back everything the report refers to: the tree, the body, the
// places in the quota. bytesOut is how much was answered.
func (r *Report) Release(bytesOut int64) {
	p := r.passage
	if p.visit != nil {
		o := quota.Outcome{BytesIn: r.BytesIn, BytesOut: bytesOut}
		if p.buffer != nil {
			o.BytesIn = int64(p.buffer.Len())
		}
		if r.Rejection != nil {
			o.Refused = r.Rejection.Code
		}
		// The caller may be gone; what he used is charged all the same.
		_ = p.visit.End(context.WithoutCancel(p.ctx), o, p.c.Now())
		p.visit = nil
	}
	if p.tree != nil {
		p.tree.Release()
		p.tree = nil
	}
	putBuffer(p.buffer)
	putBuffer(p.expanded)
	p.buffer, p.expanded = nil, nil
}

// KeepBody leaves the body to the garbage collector: somebody may read it
// after Release.
func (r *Report) KeepBody() { r.passage.buffer = nil }

// Body returns the message as it came, to be forwarded untouched. It is valid
// until Release.
func (r *Report) Body() []byte {
	if r.passage.buffer == nil {
		return nil
	}
	return r.passage.buffer.Bytes()
}

// expanded returns a profile's name as the engines write it.
func expanded(n profile.Name) xml.Name { return xml.Name{Space: n.Space, Local: n.Local} }

// follow returns the element that a path leads to from n, None if none.
func follow(t *xmltree.Tree, n xmltree.Node, path profile.Path) xmltree.Node {
	for _, step := range path {
		n = childNamed(t, n, step)
		if n == xmltree.None {
			break
		}
	}
	return n
}

// childNamed returns the first child element of a name; an empty Space is any.
func childNamed(t *xmltree.Tree, n xmltree.Node, name profile.Name) xmltree.Node {
	for c := range t.Elements(n) {
		if q := t.Name(c); q.Local == name.Local && (name.Space == "" || q.Space == name.Space) {
			return c
		}
	}
	return xmltree.None
}

// readFields reads the message's own fields from its header.
func (p *passage) readFields() {
	value := func(block xmltree.Node, path profile.Path) string {
		n := follow(p.tree, block, path)
		if n == xmltree.None || len(path) == 0 {
			return ""
		}
		s, _ := p.tree.Text(n)
		return string(bytes.TrimSpace(s))
	}
	at := &p.c.Profile.Fields
	for _, name := range at.Blocks {
		block := p.envelope.Block(name.Space, name.Local)
		if block == xmltree.None {
			continue
		}
		p.fields.messageID = value(block, at.MessageID)
		p.fields.date = value(block, at.Date)
		for _, path := range at.Organization {
			if p.fields.organization == "" {
				p.fields.organization = value(block, path)
			}
		}
		switch value(block, at.OperatorSignature) {
		case "true", "1": // XSD 2 3.2.2
			p.fields.operatorSignature = true
		}
		return
	}
}

// refuse makes a rejection that lies at an element of the message.
func (p *passage) refuse(n xmltree.Node, code reject.Code, values ...string) *reject.Rejection {
	line, column := p.tree.Position(p.tree.Offset(n))
	return reject.New(code, values...).At(line, column, p.tree.Path(n))
}

// messageField returns the element that a quota rule's path leads to: names of
// elements from the payload, itself included, or from a header block down.
func (p *passage) messageField(path string) xmltree.Node {
	if p.envelope == nil {
		return xmltree.None
	}
	first, rest, _ := strings.Cut(path, "/")
	start := xmltree.None
	if p.tree.Name(p.envelope.Payload).Local == first {
		start = p.envelope.Payload
	}
	for _, b := range p.envelope.Blocks {
		if start == xmltree.None && b.Name.Local == first {
			start = b.Node
		}
	}
	if start == xmltree.None || rest == "" {
		return start
	}
	return follow(p.tree, start, localPath(rest))
}

// countField returns how many elements a path leads to; the last step counts.
func (p *passage) countField(path string) (int64, bool) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return 0, false
	}
	parent := p.messageField(path[:i])
	if parent == xmltree.None {
		return 0, false
	}
	var n int64
	for c := range p.tree.Elements(parent) {
		if p.tree.Name(c).Local == path[i+1:] {
			n++
		}
	}
	return n, true
}

func localPath(s string) (path profile.Path) {
	for step := range strings.SplitSeq(s, "/") {
		path = append(path, profile.Name{Local: step})
	}
	return path
}
