package soap

import (
	"bytes"

	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// A Rule is one requirement of a standard that one message can break.
type Rule struct {
	// ID is the requirement's number in BP 1.1, or "SOAP12-" and the section
	// of SOAP 1.2 part 1.
	ID      string
	Version Version     // that it applies to; 0 is both
	Code    reject.Code // of the rejection
	Lenient bool        // may be waived
	// check returns the node that breaks the rule, None if it is kept, and
	// the values for the code's text.
	check func(m *message) (xmltree.Node, []string)
}

// Rules are applied in this order: structure first, so that the later ones
// may take it for granted.
var rules = []Rule{
	{ID: "R9980", Code: reject.SOAPEnvelope, check: foreignChild},
	{ID: "R9980", Code: reject.SOAPEnvelope, check: textInEnvelope},
	{ID: "R9980", Code: reject.SOAPBody, check: noBody},
	{ID: "R9980", Code: reject.SOAPBody, check: secondBody},
	{ID: "R1011", Version: V11, Code: reject.SOAPR1011, check: behindBody},
	{ID: "SOAP12-5.1", Version: V12, Code: reject.SOAPBody, check: behindBody},
	{ID: "R9980", Code: reject.SOAPHeader, check: headerPlace},
	{ID: "R9980", Code: reject.SOAPHeader, check: textInHeader},
	{ID: "R9980", Code: reject.SOAPHeader, check: unqualifiedBlock},
	{ID: "R9980", Code: reject.SOAPBody, check: textInBody},
	{ID: "R9981", Version: V11, Code: reject.SOAPR9981, check: secondPayload},
	{ID: "SOAP12-5.3", Version: V12, Code: reject.SOAPPayload, check: secondPayload},
	{ID: "R1014", Code: reject.SOAPR1014, check: unqualifiedPayload},
	{ID: "R1005", Version: V11, Code: reject.SOAPR1005, check: encodingStyleOnSOAP},
	{ID: "R1006", Version: V11, Code: reject.SOAPR1006, Lenient: true, check: encodingStyleOnPayload},
	{ID: "SOAP12-5.1.1", Version: V12, Code: reject.SOAPEncodingStyle, check: encodingStyleOnSOAP},
	{ID: "R1032", Version: V11, Code: reject.SOAPR1032, Lenient: true, check: soapAttribute},
	{ID: "SOAP12-5.1", Version: V12, Code: reject.SOAPEnvelope, check: unqualifiedAttribute},
	{ID: "R1013", Version: V11, Code: reject.SOAPR1013, Lenient: true, check: mustUnderstand11},
	{ID: "SOAP12-5.2.3", Version: V12, Code: reject.SOAPAttribute, check: mustUnderstand12},
	{ID: "SOAP12-5.2.4", Version: V12, Code: reject.SOAPAttribute, check: relay12},
	{ID: "R2113", Code: reject.SOAPR2113, Lenient: true, check: arrayType},
}

func foreignChild(m *message) (xmltree.Node, []string) {
	for n := range m.t.Elements(m.root) {
		if m.Body != xmltree.None && n > m.Body {
			break // behindBody names this one
		}
		if !m.is(n, "Header") && !m.is(n, "Body") {
			return n, []string{"found", clark(name(m.t, n))}
		}
	}
	return xmltree.None, nil
}

func noBody(m *message) (xmltree.Node, []string) {
	if m.Body == xmltree.None {
		return m.root, []string{"found", "0 × Body"}
	}
	return xmltree.None, nil
}

func secondBody(m *message) (xmltree.Node, []string) {
	for n := m.t.NextElement(m.Body); n != xmltree.None; n = m.t.NextElement(n) {
		if m.is(n, "Body") {
			return n, []string{"found", "2 × Body"}
		}
	}
	return xmltree.None, nil
}

func behindBody(m *message) (xmltree.Node, []string) {
	n := m.t.NextElement(m.Body)
	if n == xmltree.None {
		return xmltree.None, nil
	}
	return n, []string{"found", clark(name(m.t, n))}
}

func headerPlace(m *message) (xmltree.Node, []string) {
	first := true
	for n := range m.t.Elements(m.root) {
		if m.is(n, "Header") && !first {
			return n, []string{"found", clark(name(m.t, n))}
		}
		first = false
	}
	return xmltree.None, nil
}

func textInEnvelope(m *message) (xmltree.Node, []string) { return m.text(m.root) }
func textInBody(m *message) (xmltree.Node, []string)     { return m.text(m.Body) }
func textInHeader(m *message) (xmltree.Node, []string)   { return m.text(m.Header) }

// text returns the first text of n that is more than white space.
func (m *message) text(n xmltree.Node) (xmltree.Node, []string) {
	if n == xmltree.None {
		return n, nil
	}
	for c := range m.t.Children(n) {
		if m.t.Kind(c) != xmltree.Text {
			continue
		}
		if text := bytes.Trim(m.t.Value(c), " \t\r\n"); len(text) > 0 {
			return c, []string{"found", "text()"}
		}
	}
	return xmltree.None, nil
}

func unqualifiedBlock(m *message) (xmltree.Node, []string) { return m.unqualified(m.Header) }

func unqualifiedPayload(m *message) (xmltree.Node, []string) { return m.unqualified(m.Body) }

func (m *message) unqualified(parent xmltree.Node) (xmltree.Node, []string) {
	if parent == xmltree.None {
		return parent, nil
	}
	for n := range m.t.Elements(parent) {
		if q := name(m.t, n); q.Space == "" {
			return n, []string{"element", q.Local, "found", q.Local}
		}
	}
	return xmltree.None, nil
}

func secondPayload(m *message) (xmltree.Node, []string) {
	first := m.t.FirstElement(m.Body)
	if first == xmltree.None {
		return first, nil
	}
	return m.t.NextElement(first), nil
}

// own ranges over the elements of the envelope's own vocabulary that stand at
// their places.
func (m *message) own() []xmltree.Node {
	if m.Header == xmltree.None {
		return []xmltree.Node{m.root, m.Body}
	}
	return []xmltree.Node{m.root, m.Header, m.Body}
}

func encodingStyleOnSOAP(m *message) (xmltree.Node, []string) {
	nodes := m.own()
	if fault := m.t.FirstElement(m.Body); fault != xmltree.None && m.is(fault, "Fault") {
		nodes = append(nodes, fault)
	}
	for _, n := range nodes {
		if _, ok := m.t.Attr(n, m.Version.Namespace(), "encodingStyle"); ok {
			return n, []string{"element", m.t.Name(n).String()}
		}
	}
	return xmltree.None, nil
}

func encodingStyleOnPayload(m *message) (xmltree.Node, []string) {
	for n := range m.t.Elements(m.Body) {
		if _, ok := m.t.Attr(n, m.Version.Namespace(), "encodingStyle"); ok {
			return n, nil
		}
	}
	return xmltree.None, nil
}

func soapAttribute(m *message) (xmltree.Node, []string) {
	return m.attribute(func(q xmltree.Name) bool { return q.Space == Namespace11 })
}

func unqualifiedAttribute(m *message) (xmltree.Node, []string) {
	return m.attribute(func(q xmltree.Name) bool { return q.Space == "" })
}

func (m *message) attribute(bad func(xmltree.Name) bool) (xmltree.Node, []string) {
	for _, n := range m.own() {
		for a := range m.t.Attrs(n) {
			if q := m.t.NameOf(a.NameID); bad(q) {
				return n, []string{"name", q.String(), "found", "@" + q.String()}
			}
		}
	}
	return xmltree.None, nil
}

func mustUnderstand11(m *message) (xmltree.Node, []string) {
	return m.flag("mustUnderstand", "0", "1")
}

func mustUnderstand12(m *message) (xmltree.Node, []string) {
	return m.flag("mustUnderstand", "0", "1", "true", "false")
}

func relay12(m *message) (xmltree.Node, []string) {
	return m.flag("relay", "0", "1", "true", "false")
}

// flag returns the first header block whose SOAP attribute local has none of
// the allowed lexical forms.
func (m *message) flag(local string, allowed ...string) (xmltree.Node, []string) {
	if m.Header == xmltree.None {
		return m.Header, nil
	}
blocks:
	for n := range m.t.Elements(m.Header) {
		v, ok := m.t.Attr(n, m.Version.Namespace(), local)
		if !ok {
			continue
		}
		for _, form := range allowed {
			if string(bytes.Trim(v, " \t\r\n")) == form {
				continue blocks
			}
		}
		return n, []string{"name", local, "found", string(v)}
	}
	return xmltree.None, nil
}

// arrayType looks at every attribute of the document, but only if the name
// occurs at all.
func arrayType(m *message) (xmltree.Node, []string) {
	for i := range m.t.Names() {
		id := xmltree.NameID(i)
		if q := m.t.NameOf(id); q.Local != "arrayType" || q.Space != NamespaceEncoding {
			continue
		}
		if n := m.withAttr(id); n != xmltree.None {
			return n, nil
		}
	}
	return xmltree.None, nil
}

func (m *message) withAttr(id xmltree.NameID) xmltree.Node {
	for n := m.root; n < m.t.End(m.root); n++ {
		for a := range m.t.Attrs(n) {
			if a.NameID == id {
				return n
			}
		}
	}
	return xmltree.None
}
