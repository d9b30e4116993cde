package xmltree

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/soapgate/soapgate/internal/reject"
)

// An entity is what an entity declaration says (XML 1.0 4.2).
type entity struct {
	text     string // the replacement text of an internal one (4.5)
	external bool
	unparsed bool
	inPE     bool // declared in the text of a parameter entity

	content, value judgement // as content, as part of an attribute value
	markup         bool      // its content is more than text that we know
}

// A judgement is whether a replacement text is well-formed. Each is made once,
// so that what judging costs is bounded by the declarations' length however
// often and deep they refer to each other.
type judgement uint8

const (
	pending judgement = iota
	judging           // a reference now would be recursive
	good
)

// entityDecl reads an entity declaration (XML 1.0 4.2).
func (p *parser) entityDecl() error {
	if err := p.mustSpace("4.2 [71]"); err != nil {
		return err
	}
	table := p.dtd.general
	start := p.i
	if p.take("%") {
		table = p.dtd.parameter
		if err := p.mustSpace("4.2 [72]"); err != nil {
			return err
		}
	}
	name, err := p.declaredName(ncname)
	if err != nil {
		return err
	}
	if err := p.mustSpace("4.2 [71]"); err != nil {
		return err
	}
	e := &entity{inPE: p.inPE}
	if p.has(`"`) || p.has("'") {
		e.text, err = p.entityValue()
	} else {
		e.external = true
		err = p.externalID(false)
	}
	if err != nil {
		return err
	}
	spaced := p.space()
	if e.external && spaced && p.src[start] != '%' && p.take("NDATA") {
		e.unparsed = true
		if _, err := p.spacedName(ncname); err != nil {
			return err
		}
		p.space()
	}
	if p.src[start] != '%' && !p.mayDeclare(name, e) {
		return p.expected("the predefined "+name, start, "4.6")
	}
	if table[name] == nil && !p.dtd.unread {
		table[name] = e
	}
	return p.must(">", "4.2 [71]")
}

// mayDeclare reports whether e may be declared under the name: a predefined
// entity must stay what it is (XML 1.0 4.6).
func (p *parser) mayDeclare(name string, e *entity) bool {
	c := predefined[name]
	if c == 0 {
		return true
	}
	sub := parser{o: p.o, src: []byte(e.text)}
	if sub.take("&#") {
		got, err := sub.charRef(0)
		return err == nil && got == c && sub.i == len(sub.src)
	}
	return c != '<' && c != '&' && e.text == string(c)
}

// entityValue reads a literal entity value (XML 1.0 2.3 [9]) and returns the
// replacement text: character references are expanded, others bypassed (4.5).
func (p *parser) entityValue() (string, error) {
	quote := p.src[p.i]
	p.i++
	var text []byte
	for p.i < len(p.src) {
		switch c := p.src[p.i]; c {
		case quote:
			p.i++
			return string(text), nil
		case '%':
			return "", p.expected("EntityValue", p.i, "2.8 WFC: PEs in Internal Subset")
		case '&':
			start := p.i
			r, name, err := p.reference()
			if err != nil {
				return "", err
			}
			if name == "" && p.src[start+1] == '#' {
				text = utf8.AppendRune(text, r)
			} else {
				text = append(text, p.src[start:p.i]...)
			}
		case '\r':
			if !p.has("\r\n") {
				text = append(text, '\n')
			}
			p.i++
		default:
			text = append(text, c)
			p.i++
		}
	}
	return "", p.expected(string(quote), p.i, "2.3 [9]")
}

// peReference reads a parameter entity reference between declarations and the
// declarations it stands for (XML 1.0 2.8 [28a], 4.4.8). Those of the second
// reference to an entity would all be repetitions and are not read.
func (p *parser) peReference() error {
	start := p.i
	p.i++
	name, err := p.declaredName(ncname)
	if err != nil {
		return err
	}
	if err := p.must(";", "4.1 [69]"); err != nil {
		return err
	}
	p.dtd.partial = true
	e := p.dtd.parameter[name]
	switch {
	case e == nil || e.external:
		p.dtd.unread = !p.standalone
		p.t.partial = true
		return nil
	case e.content == good:
		return nil
	case e.content == judging:
		return p.expected("EntityRef", start, "4.1 WFC: No Recursion")
	}
	sub, err := p.inside(e.text, start, p.t.names.qualified)
	if err != nil {
		return err
	}
	sub.inPE = true
	e.content = judging
	defer func() { p.t.partial = p.t.partial || sub.t.partial }()
	if err := sub.subset(); err != nil {
		return p.moved(err, start)
	}
	if sub.i < len(sub.src) {
		return p.moved(sub.expected("markupdecl", sub.i, "2.8 [31]"), start)
	}
	e.content = good
	return nil
}

// inside returns a parser for the replacement text of an entity that is
// referred to at an offset.
func (p *parser) inside(text string, at int, qualified bool) (*parser, error) {
	if p.nesting >= p.o.Limits.Depth {
		return nil, p.over(reject.XMLLimitDepth, p.o.Limits.Depth, at)
	}
	src := []byte(text)
	t := &Tree{src: src, names: newNames(qualified)}
	t.names.begin()
	t.nodes = append(t.nodes, node{})
	t.decls = append(t.decls, decl{})
	return &parser{
		o: p.o, t: t, src: src, dtd: p.dtd, nesting: p.nesting + 1, standalone: p.standalone,
	}, nil
}

// moved gives a rejection of a replacement text the place of the reference.
func (p *parser) moved(err error, at int) error {
	var r *reject.Rejection
	if !errors.As(err, &r) {
		return err
	}
	line, column := Position(p.src, at)
	return r.At(line, column, p.path())
}

// entity returns the entity that a reference names, nil if it is one that may
// be declared where we did not look (XML 1.0 4.1 WFC: Entity Declared).
func (p *parser) entity(name string, at int) (*entity, error) {
	if p.dtd == nil {
		return nil, p.refuse(reject.XMLEntity, at, "name", name)
	}
	e := p.dtd.general[name]
	if e == nil || e.inPE && p.standalone && !p.inPE {
		if p.standalone && !p.inPE || !p.dtd.partial {
			return nil, p.refuse(reject.XMLEntity, at, "name", name)
		}
		p.t.partial = true
		return nil, nil
	}
	if e.unparsed {
		return nil, p.expected("parsed entity", at, "4.1 WFC: Parsed Entity")
	}
	return e, nil
}

// contentReference reads a reference in content. An entity of nothing but text
// is included; one with markup is judged and left out.
func (p *parser) contentReference(v *pieces) error {
	at := p.i
	c, name, err := p.reference()
	if err != nil {
		return err
	}
	if name == "" {
		v.char(c)
		return nil
	}
	e, err := p.entity(name, at)
	if e == nil || err != nil {
		return err
	}
	if e.external {
		p.t.partial = true
		return nil
	}
	if e.content == judging {
		return p.expected("EntityRef", at, "4.1 WFC: No Recursion")
	}
	if e.content == pending {
		sub, err := p.inside(e.text, at, false)
		if err != nil {
			return err
		}
		e.content = judging
		if err := sub.fragment(); err != nil {
			return p.moved(err, at)
		}
		e.content = good
		e.markup = sub.t.partial || strings.Contains(e.text, "<")
	}
	if e.markup {
		p.t.partial = true
		return nil
	}
	return p.expand(e.text, at, v, false)
}

// fragment reads a replacement text as content (XML 1.0 4.3.2 [43]).
func (p *parser) fragment() error {
	for p.i < len(p.src) {
		if err := p.item(); err != nil {
			return err
		}
	}
	if p.cur != None {
		return p.expected("</"+p.t.Name(p.cur).String()+">", p.i, "4.3.2")
	}
	return nil
}

// valueReference reads a reference in an attribute value (XML 1.0 3.1 WFC: No
// External Entity References, No < in Attribute Values).
func (p *parser) valueReference(v *pieces) error {
	at := p.i
	c, name, err := p.reference()
	if err != nil {
		return err
	}
	if name == "" {
		v.char(c)
		return nil
	}
	e, err := p.entity(name, at)
	if e == nil || err != nil {
		return err
	}
	if err := p.judgeValue(e, at); err != nil {
		return err
	}
	return p.expand(e.text, at, v, true)
}

func (p *parser) judgeValue(e *entity, at int) error {
	switch {
	case e.external:
		return p.expected("internal entity", at, "3.1 WFC: No External Entity References")
	case e.value == judging:
		return p.expected("EntityRef", at, "4.1 WFC: No Recursion")
	case e.value == good:
		return nil
	}
	sub, err := p.inside(e.text, at, false)
	if err != nil {
		return err
	}
	e.value = judging
	for sub.i < len(sub.src) {
		switch sub.src[sub.i] {
		case '<':
			return p.moved(sub.expected("&lt;", sub.i, "3.1 WFC: No < in Attribute Values"), at)
		case '&':
			from := sub.i
			_, name, err := sub.reference()
			if err == nil && name != "" {
				var inner *entity
				if inner, err = sub.entity(name, from); inner != nil && err == nil {
					err = sub.judgeValue(inner, from)
				}
			}
			if err != nil {
				return p.moved(err, at)
			}
		default:
			sub.i++
		}
	}
	e.value = good
	p.t.partial = p.t.partial || sub.t.partial
	return nil
}

// expand adds a replacement text that has been judged to a value. What all
// expansions together may cost is bounded by the limits on bytes and
// references.
func (p *parser) expand(text string, at int, v *pieces, attribute bool) error {
	if p.nesting > 0 && !p.inPE {
		return nil // judging another replacement text
	}
	if p.expanded += len(text); p.expanded > p.o.Limits.Bytes {
		return p.over(reject.XMLLimitBytes, p.o.Limits.Bytes, at)
	}
	sub := parser{o: p.o, src: []byte(text), t: p.t}
	for sub.i < len(sub.src) {
		c, size := utf8.DecodeRune(sub.src[sub.i:])
		switch {
		case c == '&':
			c, name, err := sub.reference()
			if err != nil {
				return err
			}
			if p.refs++; p.refs > p.o.Limits.References {
				return p.over(reject.XMLLimitReferences, p.o.Limits.References, at)
			}
			if name == "" {
				v.char(c)
				continue
			}
			if e := p.dtd.general[name]; e != nil {
				if err := p.expand(e.text, at, v, attribute); err != nil {
					return err
				}
			}
			continue
		case attribute && class[byte(c)]&spaceByte != 0 && c < utf8.RuneSelf:
			c = ' '
		}
		v.char(c)
		sub.i += size
	}
	return nil
}
