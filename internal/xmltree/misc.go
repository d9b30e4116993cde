package xmltree

import (
	"strings"

	"github.com/soapgate/soapgate/internal/reject"
)

// comment reads a comment (XML 1.0 2.5).
func (p *parser) comment() error {
	start := p.i
	val, end, err := p.scanComment()
	if err != nil {
		return err
	}
	n, err := p.add(Comment, start)
	if err != nil {
		return err
	}
	n.val, n.end = val, end
	return nil
}

func (p *parser) scanComment() (val, end uint32, err error) {
	start := p.i
	p.i += len("<!--")
	v := pieces{t: p.t}
	if err := p.until("--", &v, "2.5 [15]"); err != nil {
		return 0, 0, err
	}
	if !p.take(">") {
		return 0, 0, p.expected("-->", p.i-len("--"), "2.5 [15]")
	}
	if p.i-start > p.o.Limits.Token {
		return 0, 0, p.over(reject.XMLLimitToken, p.o.Limits.Token, start)
	}
	val, end = v.value()
	return val, end, nil
}

// pi reads a processing instruction (XML 1.0 2.6).
func (p *parser) pi() error {
	start := p.i
	raw, val, end, err := p.scanPI()
	if err != nil {
		return err
	}
	n, err := p.add(PI, start)
	if err != nil {
		return err
	}
	n.what |= uint32(p.t.names.local(raw))
	n.val, n.end = val, end
	return nil
}

func (p *parser) scanPI() (raw, val, end uint32, err error) {
	start := p.i
	if !p.o.AllowPI {
		return 0, 0, 0, p.refuse(reject.XMLPI, start)
	}
	p.i += len("<?")
	if raw, err = p.name(); err != nil {
		return 0, 0, 0, err
	}
	names := &p.t.names
	target := names.raws[raw].text
	if strings.EqualFold(target, "xml") {
		return 0, 0, 0, p.expected("PITarget", start+len("<?"), "2.6 [17]")
	}
	if names.raws[raw].prefix != noPrefix {
		return 0, 0, 0, p.refuse(reject.XMLNamespace, start, "name", target, "rule", "7 [NCName]")
	}
	v := pieces{t: p.t}
	if !p.has("?>") && !p.space() {
		return 0, 0, 0, p.expected("?>", p.i, "2.6 [16]")
	}
	if err := p.until("?>", &v, "2.6 [16]"); err != nil {
		return 0, 0, 0, err
	}
	if p.i-start > p.o.Limits.Token {
		return 0, 0, 0, p.over(reject.XMLLimitToken, p.o.Limits.Token, start)
	}
	val, end = v.value()
	return raw, val, end, nil
}
