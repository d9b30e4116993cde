package xmltree

import (
	"strings"
	"unicode/utf8"

	"github.com/soapgate/soapgate/internal/reject"
)

// startTag reads a start tag or an empty-element tag (XML 1.0 3.1 [40], [44]).
func (p *parser) startTag() error {
	t, start := p.t, p.i
	p.i++
	raw, err := p.elementName()
	if err != nil {
		return err
	}
	if len(t.open) >= p.o.Limits.Depth {
		return p.over(reject.XMLLimitDepth, p.o.Limits.Depth, start)
	}
	n := Node(len(t.nodes))
	if _, err := p.add(Element, start); err != nil {
		return err
	}
	if p.i < len(p.src) && p.src[p.i] != '>' || p.dtd != nil {
		if err := p.attributes(n, raw); err != nil {
			return err
		}
	}
	prefix := &t.names.prefixes[t.names.raws[raw].prefix]
	if prefix.space == noSpace && prefix.text != "" {
		return p.unbound(prefix.text, start)
	}
	t.nodes[n].what |= uint32(t.names.element(raw, prefix.space))
	t.open = append(t.open, raw)
	p.cur = n

	empty := p.take("/")
	if !p.take(">") {
		return p.expected(">", p.i, "3.1 [40]")
	}
	if p.i-start > p.o.Limits.Token {
		return p.over(reject.XMLLimitToken, p.o.Limits.Token, start)
	}
	t.nodes[n].val = uint32(p.i)
	if empty {
		p.closeElement()
	}
	return nil
}

// endTag reads an end tag (XML 1.0 3.1 [42]). What it must say is known, so
// that its name need not be scanned.
func (p *parser) endTag() error {
	start := p.i
	if len(p.t.open) == 0 {
		return p.expected("STag", start, "4.3.2")
	}
	name := p.t.names.raws[p.t.open[len(p.t.open)-1]].text
	p.i += len("</")
	if !p.take(name) || p.i < len(p.src) && class[p.src[p.i]]&nameByte != 0 {
		return p.expected("</"+name+">", start, "3.1 WFC: Element Type Match")
	}
	if !p.take(">") {
		p.space()
		if !p.take(">") {
			return p.expected(">", p.i, "3.1 [42]")
		}
		if p.i-start > p.o.Limits.Token {
			return p.over(reject.XMLLimitToken, p.o.Limits.Token, start)
		}
	}
	p.closeElement()
	return nil
}

// closeElement ends the current element at the current offset and takes its
// namespace declarations out of force.
func (p *parser) closeElement() {
	t := p.t
	n := &t.nodes[p.cur]
	n.last, n.end = Node(len(t.nodes)), uint32(p.i)
	outer := t.nodes[n.parent].decl
	for i := n.decl; i != outer; i = t.decls[i].outer {
		t.names.prefixes[t.decls[i].number].space = t.decls[i].hides
	}
	t.open = t.open[:len(t.open)-1]
	p.cur = n.parent
}

// attributes reads the attributes of element n, whose raw name is given, and
// the white space behind them, and resolves their names.
func (p *parser) attributes(n Node, element uint32) error {
	t := p.t
	names := &t.names
	names.tag++
	first := len(t.attrs)
	declared, prefixed := 0, false
	for {
		space := p.space()
		if p.i >= len(p.src) || p.src[p.i] == '>' || p.src[p.i] == '/' {
			break
		}
		if !space {
			return p.expected("S, >, />", p.i, "3.1 [40]")
		}
		start := p.i
		number, err := p.name()
		if err != nil {
			return err
		}
		raw := &names.raws[number]
		if raw.tag == names.tag {
			return p.refuse(reject.XMLAttribute, start, "name", raw.text)
		}
		raw.tag = names.tag
		val, end, err := p.attValue()
		if err != nil {
			return err
		}
		if p.dtd != nil {
			val, end = p.normalize(element, raw.text, val, end)
		}
		if raw.declare != 0 {
			if declared++; declared > p.o.Limits.Declarations {
				return p.over(reject.XMLLimitDeclarations, p.o.Limits.Declarations, start)
			}
			if err := p.declare(n, raw.declare-1, start, t.value(val, end)); err != nil {
				return err
			}
			continue
		}
		if len(t.attrs)-first >= p.o.Limits.Attributes {
			return p.over(reject.XMLLimitAttributes, p.o.Limits.Attributes, start)
		}
		prefixed = prefixed || raw.prefix != noPrefix
		t.attrs = append(t.attrs, attr{name: NameID(number), start: uint32(start), val: val, end: end})
	}
	if p.dtd != nil {
		var err error
		if prefixed, err = p.defaults(n, element, first, prefixed); err != nil {
			return err
		}
	}
	return p.resolveAttributes(t.attrs[first:], prefixed)
}

// resolveAttributes turns raw numbers into names, when all declarations of the
// tag are known (Namespaces 6.2, 6.3).
func (p *parser) resolveAttributes(attrs []attr, prefixed bool) error {
	names := &p.t.names
	for i := range attrs {
		a := &attrs[i]
		number := uint32(a.name)
		if k := names.raws[number].prefix; k == noPrefix {
			a.name = names.local(number)
		} else {
			prefix := &names.prefixes[k]
			if prefix.space == noSpace {
				return p.unbound(prefix.text, int(a.start))
			}
			a.name = names.element(number, prefix.space)
		}
		if !prefixed {
			continue
		}
		// Different prefixes, one expanded name (Namespaces 6.3).
		if names.sameTag(a.name) {
			return p.refuse(reject.XMLAttribute, int(a.start), "name", names.list[a.name].String())
		}
	}
	return nil
}

// declare puts a namespace declaration on element n in force.
func (p *parser) declare(n Node, number uint32, start int, value []byte) error {
	t := p.t
	names := &t.names
	space := names.space(value)
	prefix := &names.prefixes[number]
	if rule := reserved(prefix.text, names.spaces[space]); rule != "" {
		return p.refuse(reject.XMLNamespace, start, "name", declaration(prefix.text), "rule", rule)
	}
	if key := (pair{number, space}); names.bindings[key] != names.doc {
		if names.bound++; names.bound > p.o.Limits.Namespaces {
			return p.over(reject.XMLLimitNamespaces, p.o.Limits.Namespaces, start)
		}
		names.bindings[key] = names.doc
	}
	t.decls = append(t.decls, decl{
		prefix: prefix.text, space: names.spaces[space], number: number, hides: prefix.space,
		outer: t.nodes[n].decl, start: uint32(start),
	})
	t.nodes[n].decl = uint32(len(t.decls) - 1)
	prefix.space = space
	return nil
}

// reserved names the constraint of Namespaces 1.0 (section 3 and 5) that a
// declaration breaks.
func reserved(prefix, space string) string {
	switch {
	case prefix == "xmlns", space == NamespaceXMLNS, (prefix == "xml") != (space == NamespaceXML):
		return "Reserved Prefixes and Namespace Names"
	case space == "" && prefix != "":
		return "No Prefix Undeclaring"
	}
	return ""
}

func declaration(prefix string) string {
	if prefix == "" {
		return "xmlns"
	}
	return "xmlns:" + prefix
}

func (p *parser) unbound(prefix string, at int) error {
	return p.refuse(reject.XMLPrefix, at, "prefix", prefix)
}

// scanName reads what looks like a Name.
func (p *parser) scanName() ([]byte, error) {
	start := p.i
	i := start
	for i < len(p.src) && class[p.src[i]]&nameByte != 0 {
		i++
	}
	if i == start {
		return nil, p.expected("Name", start, "2.3 [5]")
	}
	if i-start > p.o.Limits.Name {
		return nil, p.over(reject.XMLLimitName, p.o.Limits.Name, start)
	}
	p.i = i
	return p.src[start:i], nil
}

// name reads a Name and returns its number as a raw name.
func (p *parser) name() (uint32, error) {
	start := p.i
	b, err := p.scanName()
	if err != nil {
		return 0, err
	}
	return p.number(b, start)
}

// elementName reads the name of a start tag. Messages repeat themselves: the
// name that followed the one before last time is tried first.
func (p *parser) elementName() (uint32, error) {
	names := &p.t.names
	before := &names.raws[p.before]
	next := &names.raws[before.next]
	if i := p.i + len(next.text); i < len(p.src) && class[p.src[i]]&nameByte == 0 && string(p.src[p.i:i]) == next.text &&
		next.doc == names.doc {
		p.i = i
		p.before = before.next
		return p.before, nil
	}
	n, err := p.name()
	if err == nil {
		names.raws[p.before].next = n
		p.before = n
	}
	return n, err
}

// number returns the number of a raw name that stands at an offset.
func (p *parser) number(b []byte, start int) (uint32, error) {
	names := &p.t.names
	n := names.find(b)
	if n == 0 {
		s := string(b)
		before, local, err := p.checkName(s, start)
		if err != nil {
			return 0, err
		}
		n = names.add(s, before, local)
	}
	if r := &names.raws[n]; r.doc != names.doc {
		if names.names++; names.names > p.o.Limits.Names {
			return 0, p.over(reject.XMLLimitNames, p.o.Limits.Names, start)
		}
		r.doc = names.doc
	}
	return n, nil
}

// isName judges the characters of a name.
func (p *parser) isName(s string, at int) error {
	for i, c := range s {
		if i == 0 && !isNameStart(c) || !isNameChar(c) {
			return p.expected("Name", at+i, "2.3 [5]")
		}
	}
	return nil
}

// checkName judges a name that is new to the table and splits it.
func (p *parser) checkName(s string, at int) (prefix, local string, err error) {
	if err := p.isName(s, at); err != nil {
		return "", "", err
	}
	if !p.t.names.qualified {
		return "", s, nil
	}
	prefix, local, colon := strings.Cut(s, ":")
	if !colon {
		return "", s, nil
	}
	if start, _ := utf8.DecodeRuneInString(local); prefix == "" || local == "" || strings.Contains(local, ":") || !isNameStart(start) {
		return "", "", p.refuse(reject.XMLNamespace, at, "name", s, "rule", "4 [7] QName")
	}
	return prefix, local, nil
}
