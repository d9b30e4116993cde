package xmltree

import (
	"strings"

	"github.com/soapgate/soapgate/internal/reject"
)

// elementDecl reads an element type declaration (XML 1.0 3.2).
func (p *parser) elementDecl() error {
	if _, err := p.spacedName(qname); err != nil {
		return err
	}
	if err := p.mustSpace("3.2 [45]"); err != nil {
		return err
	}
	switch {
	case p.take("EMPTY"), p.take("ANY"):
	case p.take("("):
		p.space()
		var err error
		if p.take("#PCDATA") {
			err = p.mixed()
		} else {
			err = p.children()
		}
		if err != nil {
			return err
		}
	default:
		return p.expected("contentspec", p.i, "3.2 [46]")
	}
	p.space()
	return p.must(">", "3.2 [45]")
}

// mixed reads the rest of a Mixed content model (XML 1.0 3.2.2 [51]).
func (p *parser) mixed() error {
	names := false
	for p.space(); p.take("|"); p.space() {
		names = true
		p.space()
		if _, err := p.declaredName(qname); err != nil {
			return err
		}
	}
	if err := p.must(")", "3.2.2 [51]"); err != nil {
		return err
	}
	if !p.take("*") && names {
		return p.expected("*", p.i, "3.2.2 [51]")
	}
	return nil
}

// children reads the rest of an element content model (XML 1.0 3.2.1 [47] to
// [50]). Of each open group it keeps the separator seen, 0 before the first.
func (p *parser) children() error {
	groups := []byte{0}
	for {
		for p.space(); p.take("("); p.space() {
			groups = append(groups, 0)
		}
		if _, err := p.declaredName(qname); err != nil {
			return err
		}
		p.occurrence()
		for p.space(); p.take(")"); p.space() {
			p.occurrence()
			if groups = groups[:len(groups)-1]; len(groups) == 0 {
				return nil
			}
		}
		open := &groups[len(groups)-1]
		switch {
		case p.has(",") && *open != '|', p.has("|") && *open != ',':
			*open = p.src[p.i]
			p.i++
		default:
			return p.expected("cp", p.i, "3.2.1 [48]")
		}
	}
}

func (p *parser) occurrence() { _ = p.take("?") || p.take("*") || p.take("+") }

// attlistDecl reads an attribute-list declaration (XML 1.0 3.3).
func (p *parser) attlistDecl() error {
	element, err := p.spacedName(qname)
	if err != nil {
		return err
	}
	for {
		spaced := p.space()
		if p.take(">") {
			return nil
		}
		if !spaced {
			return p.expected("S, >", p.i, "3.3 [52]")
		}
		var d attDef
		if d.name, err = p.declaredName(qname); err != nil {
			return err
		}
		if err := p.attDef(&d); err != nil {
			return err
		}
		if len(p.dtd.attributes[element]) >= p.o.Limits.Attributes {
			return p.over(reject.XMLLimitAttributes, p.o.Limits.Attributes, p.i)
		}
		p.dtd.declare(element, d)
	}
}

// declare binds the first definition of an attribute (XML 1.0 3.3).
func (d *dtd) declare(element string, a attDef) {
	if d.unread {
		return
	}
	for _, b := range d.attributes[element] {
		if a.name == b.name {
			return
		}
	}
	d.attributes[element] = append(d.attributes[element], a)
}

// attTypes are the attribute types that are one word (XML 1.0 3.3.1 [55],
// [56]); the longer of two that begin alike comes first.
var attTypes = []string{"CDATA", "IDREFS", "IDREF", "ID", "ENTITIES", "ENTITY", "NMTOKENS", "NMTOKEN"}

func (p *parser) attDef(d *attDef) error {
	if err := p.mustSpace("3.3 [53]"); err != nil {
		return err
	}
	d.tokenized = !p.has("CDATA")
	if err := p.attType(); err != nil {
		return err
	}
	if err := p.mustSpace("3.3 [53]"); err != nil {
		return err
	}
	if p.take("#REQUIRED") || p.take("#IMPLIED") {
		return nil
	}
	if p.take("#FIXED") {
		if err := p.mustSpace("3.3.2 [60]"); err != nil {
			return err
		}
	}
	val, end, err := p.quoted()
	if err != nil {
		return err
	}
	d.hasValue, d.value = true, string(p.t.value(val, end))
	return nil
}

func (p *parser) attType() error {
	for _, s := range attTypes {
		if p.take(s) {
			return nil
		}
	}
	read := p.nmtoken
	if p.take("NOTATION") {
		if err := p.mustSpace("3.3.1 [58]"); err != nil {
			return err
		}
		read = func() error { _, err := p.declaredName(ncname); return err }
	}
	if !p.take("(") {
		return p.expected("AttType", p.i, "3.3.1 [54]")
	}
	for {
		p.space()
		if err := read(); err != nil {
			return err
		}
		p.space()
		if !p.take("|") {
			return p.must(")", "3.3.1 [59]")
		}
	}
}

// notationDecl reads a notation declaration (XML 1.0 4.7).
func (p *parser) notationDecl() error {
	if _, err := p.spacedName(ncname); err != nil {
		return err
	}
	if err := p.mustSpace("4.7 [82]"); err != nil {
		return err
	}
	if err := p.externalID(true); err != nil {
		return err
	}
	p.space()
	return p.must(">", "4.7 [82]")
}

// externalID reads an ExternalID or, for a notation, also a PublicID (XML 1.0
// 4.2.2 [75], 4.7 [83]).
func (p *parser) externalID(notation bool) error {
	switch {
	case p.take("PUBLIC"):
		if err := p.mustSpace("4.2.2 [75]"); err != nil {
			return err
		}
		if err := p.literal(isPubidChar, "2.3 [12]"); err != nil {
			return err
		}
		spaced := p.space()
		if notation && p.has(">") {
			return nil
		}
		if !spaced {
			return p.expected("S", p.i, "4.2.2 [75]")
		}
	case p.take("SYSTEM"):
		if err := p.mustSpace("4.2.2 [75]"); err != nil {
			return err
		}
	default:
		return p.expected("ExternalID", p.i, "4.2.2 [75]")
	}
	return p.literal(func(byte) bool { return true }, "2.3 [11]")
}

func (p *parser) literal(allowed func(byte) bool, production string) error {
	if !p.has(`"`) && !p.has("'") {
		return p.expected("\", '", p.i, production)
	}
	quote := p.src[p.i]
	for p.i++; p.i < len(p.src); p.i++ {
		switch c := p.src[p.i]; {
		case c == quote:
			p.i++
			return nil
		case !allowed(c):
			return p.expected("SystemLiteral, PubidLiteral", p.i, production)
		}
	}
	return p.expected(string(quote), p.i, production)
}

// isPubidChar is XML 1.0 2.3 [13].
func isPubidChar(c byte) bool {
	return c < 0x80 && (c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || strings.IndexByte(" \r\n-'()+,./:=?;!*#@$_%", c) >= 0)
}

// What a declared name may be when namespaces are read (Namespaces 7).
type nameKind uint8

const (
	qname nameKind = iota
	ncname
)

// declaredName reads a name of a declaration. It does not get into the name
// table, which is the tree's.
func (p *parser) declaredName(kind nameKind) (string, error) {
	start := p.i
	b, err := p.scanName()
	if err != nil {
		return "", err
	}
	s := string(b)
	if _, _, err := p.checkName(s, start); err != nil {
		return "", err
	}
	if kind == ncname && p.t.names.qualified && strings.Contains(s, ":") {
		return "", p.refuse(reject.XMLNamespace, start, "name", s, "rule", "7 [NCName]")
	}
	return s, nil
}

func (p *parser) spacedName(kind nameKind) (string, error) {
	if err := p.mustSpace("2.3 [3]"); err != nil {
		return "", err
	}
	return p.declaredName(kind)
}

func (p *parser) nmtoken() error {
	start := p.i
	b, err := p.scanName()
	if err != nil {
		return err
	}
	for i, c := range string(b) {
		if !isNameChar(c) {
			return p.expected("Nmtoken", start+i, "2.3 [7]")
		}
	}
	return nil
}

func (p *parser) must(s, production string) error {
	if !p.take(s) {
		return p.expected(s, p.i, production)
	}
	return nil
}

func (p *parser) mustSpace(production string) error {
	if !p.space() {
		return p.expected("S", p.i, production)
	}
	return nil
}
