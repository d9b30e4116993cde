package xmltree

import (
	"strings"
	"unicode/utf8"

	"github.com/soapgate/soapgate/internal/reject"
)

// refuse makes the rejection for a place in the document.
func (p *parser) refuse(code reject.Code, at int, values ...string) error {
	line, column := Position(p.src, at)
	return reject.New(code, values...).At(line, column, p.path())
}

// expected refuses what does not match a production of XML 1.0. What should
// stand there is named in the terms of the grammar, which need no translation.
func (p *parser) expected(want string, at int, production string) error {
	return p.refuse(reject.XMLNotWellFormed, at, "expected", want, "found", p.found(at), "rule", "XML 1.0 "+production)
}

// found shows what stands at an offset: a character, or how markup begins. More
// might be somebody's data.
func (p *parser) found(at int) string {
	if at >= len(p.src) {
		return "EOF"
	}
	rest := p.src[at:min(len(p.src), at+60)]
	_, n := utf8.DecodeRune(rest)
	if rest[0] == '<' {
		if n < len(rest) && (rest[n] == '/' || rest[n] == '!' || rest[n] == '?') {
			n++
		}
		for n < len(rest) && class[rest[n]]&nameByte != 0 {
			n++
		}
	}
	return strings.ToValidUTF8(string(rest[:n]), "")
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
