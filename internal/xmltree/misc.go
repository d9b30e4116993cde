package xmltree

import (
	"strings"

	"github.com/soapgate/soapgate/internal/reject"
)

// comment reads a comment (XML 1.0 2.5).
func (p *parser) comment() error {
	start := p.i
	p.i += len("<!--")
	v := pieces{t: p.t}
	if err := p.until("--", &v, "2.5 [15]"); err != nil {
		return err
	}
	if !p.take(">") {
		return p.expected("-->", p.i-len("--"), "2.5 [15]")
	}
	if p.i-start > p.o.Limits.Token {
		return p.over(reject.XMLLimitToken, p.o.Limits.Token, start)
	}
	val, end := v.value()
	return p.add(node{kind: Comment, start: uint32(start), val: val, end: end})
}

// pi reads a processing instruction (XML 1.0 2.6).
func (p *parser) pi() error {
	start := p.i
	if !p.o.AllowPI {
		return p.refuse(reject.XMLPI, start)
	}
	p.i += len("<?")
	raw, err := p.name()
	if err != nil {
		return err
	}
	names := &p.t.names
	target := names.raws[raw].text
	if strings.EqualFold(target, "xml") {
		return p.expected("PITarget", start+len("<?"), "2.6 [17]")
	}
	if names.raws[raw].prefix != noPrefix {
		return p.refuse(reject.XMLNamespace, start, "name", target, "rule", "7: no colon in the target of a processing instruction")
	}
	v := pieces{t: p.t}
	if !p.has("?>") && !p.space() {
		return p.expected("?>", p.i, "2.6 [16]")
	}
	if err := p.until("?>", &v, "2.6 [16]"); err != nil {
		return err
	}
	if p.i-start > p.o.Limits.Token {
		return p.over(reject.XMLLimitToken, p.o.Limits.Token, start)
	}
	val, end := v.value()
	return p.add(node{kind: PI, name: names.local(raw), start: uint32(start), val: val, end: end})
}

// doctype meets a document type declaration (XML 1.0 2.8 [28]).
func (p *parser) doctype() error {
	return p.refuse(reject.XMLDTD, p.i)
}
