package attachment

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"

	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// NamespaceXOP is that of xop:Include.
const NamespaceXOP = "http://www.w3.org/2004/08/xop/include"

// A pack is an envelope with the parts it may refer to.
type pack struct {
	t     *xmltree.Tree
	parts map[string]*part
}

// include writes the document that an XOP package stands for (XOP 3.2): each
// xop:Include is replaced by the base64 form of the part it refers to. It is
// nil if there is nothing to include.
func (p *pack) include() ([]byte, error) {
	t, src := p.t, p.t.Source()
	var doc []byte
	done := 0
	for n := t.Root(); n < t.End(t.Root()); n++ {
		if !t.Is(n, NamespaceXOP, "Include") {
			continue
		}
		c, err := p.included(n)
		if err != nil {
			return nil, err
		}
		doc = append(doc, src[done:t.Offset(n)]...)
		doc = base64.StdEncoding.AppendEncode(doc, c.content)
		done = t.EndOffset(n)
	}
	if doc == nil {
		return nil, nil
	}
	return append(doc, src[done:]...), nil
}

func (p *pack) included(n xmltree.Node) (*part, error) {
	t := p.t
	refuse := func(found string) error {
		line, column := t.Position(t.Offset(n))
		return reject.New(reject.SOAPXOP, "found", found).At(line, column, t.Path(n))
	}
	parent := t.Parent(n)
	if parent == 0 || t.FirstChild(parent) != n || t.NextSibling(n) != xmltree.None || t.FirstChild(n) != xmltree.None {
		return nil, refuse("xop:Include is not all the content of its element, or not empty")
	}
	href, ok := t.Attr(n, "", "href")
	if !ok || t.NumAttrs(n) != 1 {
		return nil, refuse("xop:Include needs the attribute href and no other")
	}
	c := p.find(string(href))
	switch {
	case c == nil:
		return nil, refuse(string(href))
	case c.used:
		return nil, refuse(string(href) + " (2)")
	}
	c.used = true
	return c, nil
}

// find returns the part that an address refers to (RFC 2392), nil if none of
// the message's.
func (p *pack) find(address string) *part {
	const scheme = "cid:"
	if len(address) < len(scheme) || !strings.EqualFold(address[:len(scheme)], scheme) {
		return nil
	}
	id, err := url.PathUnescape(address[len(scheme):])
	if err != nil {
		return nil
	}
	return p.parts[id]
}

// refer notes the parts that attributes or texts of the envelope refer to, as
// SOAP with Attachments and swaRef do.
func (p *pack) refer() {
	t := p.t
	mark := func(value []byte) {
		if c := p.find(strings.TrimSpace(string(value))); c != nil {
			c.used = true
		}
	}
	for n := t.Root(); n < t.End(t.Root()); n++ {
		switch t.Kind(n) {
		case xmltree.Text:
			if v := t.Value(n); len(v) < 1<<10 { // an identifier is short
				mark(v)
			}
		case xmltree.Element:
			for a := range t.Attrs(n) {
				mark(a.Value)
			}
		}
	}
}

// allUsed refuses a package with parts that nothing refers to: nobody judges
// them, yet somebody behind the gate might read them.
func (p *pack) allUsed() error {
	var unused []string
	for id, c := range p.parts {
		if !c.used {
			unused = append(unused, id)
		}
	}
	if len(unused) == 0 {
		return nil
	}
	return reject.New(reject.SOAPAttachment, "part", slices.Min(unused))
}
