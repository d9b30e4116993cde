package xmltree

import "github.com/soapgate/soapgate/internal/reject"

// A dtd is what the internal subset declares. Nothing outside the document is
// ever read: an external subset or entity makes the dtd partial.
type dtd struct {
	general, parameter map[string]*entity
	attributes         map[string][]attDef // by element name
	partial            bool                // an external subset or a parameter entity reference: names may be declared where we did not look
	unread             bool                // a parameter entity was not read: what follows is not processed (XML 1.0 5.1)
}

// An attDef is what an attribute-list declaration says of one attribute.
type attDef struct {
	name, value string
	hasValue    bool
	tokenized   bool // any type but CDATA (XML 1.0 3.3.3)
}

// doctype reads a document type declaration (XML 1.0 2.8 [28]).
func (p *parser) doctype() error {
	if p.o.DTD == RefuseDTD {
		return p.refuse(reject.XMLDTD, p.i)
	}
	p.i += len("<!DOCTYPE")
	p.dtd = &dtd{general: map[string]*entity{}, parameter: map[string]*entity{}, attributes: map[string][]attDef{}}
	if err := p.mustSpace("2.8 [28]"); err != nil {
		return err
	}
	if _, err := p.declaredName(qname); err != nil {
		return err
	}
	if p.space() && (p.has("SYSTEM") || p.has("PUBLIC")) {
		if err := p.externalID(false); err != nil {
			return err
		}
		p.dtd.partial, p.t.partial = true, true
		p.space()
	}
	if p.take("[") {
		if err := p.subset(); err != nil {
			return err
		}
		if !p.take("]") {
			return p.expected("]", p.i, "2.8 [28b]")
		}
		p.space()
	}
	return p.must(">", "2.8 [28]")
}

// subset reads declarations (XML 1.0 2.8 [28b], [31]) and stops at what is
// none.
func (p *parser) subset() error {
	for {
		p.space()
		var err error
		switch {
		case p.has("<!--"):
			_, _, err = p.scanComment()
		case p.has("<?"):
			_, _, _, err = p.scanPI()
		case p.take("<!ELEMENT"):
			err = p.elementDecl()
		case p.take("<!ATTLIST"):
			err = p.attlistDecl()
		case p.take("<!ENTITY"):
			err = p.entityDecl()
		case p.take("<!NOTATION"):
			err = p.notationDecl()
		case p.has("%"):
			err = p.peReference()
		case p.inPE && p.take("<!["):
			err = p.conditional()
		case p.include > 0 && p.take("]]>"):
			p.include--
		case p.include > 0:
			return p.expected("]]>", p.i, "3.4 [62]")
		default:
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// conditional reads a conditional section up to its declarations (XML 1.0
// 3.4). It may stand in the text of a parameter entity (2.8 WFC: PE Between
// Declarations) but not in the internal subset itself.
func (p *parser) conditional() error {
	p.space()
	included := p.take("INCLUDE")
	if !included && !p.take("IGNORE") {
		return p.expected("INCLUDE, IGNORE", p.i, "3.4 [61]")
	}
	p.space()
	if err := p.must("[", "3.4 [61]"); err != nil {
		return err
	}
	if included {
		p.include++
		return nil
	}
	for depth := 1; depth > 0; {
		switch {
		case p.i >= len(p.src):
			return p.expected("]]>", p.i, "3.4 [63]")
		case p.take("<!["):
			depth++
		case p.take("]]>"):
			depth--
		default:
			p.i++
		}
	}
	return nil
}
