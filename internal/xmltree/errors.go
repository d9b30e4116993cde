package xmltree

import (
	"unicode/utf8"

	"github.com/soapgate/soapgate/internal/reject"
)

// refuse makes the rejection for a place in the document.
func (p *parser) refuse(code reject.Code, at int, values ...string) error {
	line, column := Position(p.src, at)
	return reject.New(code, values...).At(line, column, p.path())
}

// expected refuses what does not match a production of XML 1.0.
func (p *parser) expected(want string, at int, production string) error {
	return p.refuse(reject.XMLNotWellFormed, at, "expected", want, "found", p.found(at), "rule", "XML 1.0 "+production)
}

// found shows the source at an offset, a few characters of it.
func (p *parser) found(at int) string {
	if at >= len(p.src) {
		return "end of document"
	}
	rest := p.src[at:]
	for n, i := 0, 0; i < len(rest); n++ {
		if n == 20 {
			return string(rest[:i]) + "…"
		}
		_, size := utf8.DecodeRune(rest[i:])
		i += size
	}
	return string(rest)
}

// path names the innermost open element. The tree is not finished: what is
// open yet ends where the nodes do.
func (p *parser) path() string {
	if p.cur == None {
		return ""
	}
	for n := p.cur; ; n = p.t.nodes[n].parent {
		p.t.nodes[n].last = Node(len(p.t.nodes))
		if n == 0 {
			return p.t.Path(p.cur)
		}
	}
}
