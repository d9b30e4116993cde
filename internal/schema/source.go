package schema

import (
	"bytes"
	"strings"

	"github.com/soapgate/soapgate/internal/xmltree"
)

// at returns another node of the same document.
func (s source) at(n xmltree.Node) source { return source{s.doc, n} }

// local returns the local name of an element of XML Schema, "" of any other.
func (s source) local() string {
	if name := s.doc.tree.Name(s.node); name.Space == NamespaceXSD {
		return name.Local
	}
	return ""
}

// attrOK returns an unqualified attribute with its white space collapsed, as
// all attributes of XML Schema but default and fixed are read.
func (s source) attrOK(local string) (string, bool) {
	v, ok := s.doc.tree.Attr(s.node, "", local)
	return collapse(v), ok
}

func (s source) attr(local string) string {
	v, _ := s.attrOK(local)
	return v
}

// raw returns an unqualified attribute as it is.
func (s source) raw(local string) (string, bool) {
	v, ok := s.doc.tree.Attr(s.node, "", local)
	return string(v), ok
}

func (s source) has(local string) bool {
	_, ok := s.doc.tree.Attr(s.node, "", local)
	return ok
}

// flag reads a boolean attribute; it is false when absent.
func (s source) flag(local string) bool {
	v := s.attr(local)
	return v == "true" || v == "1"
}

// child returns the first child of XML Schema with one of the names; its node
// is xmltree.None if there is none.
func (s source) child(names ...string) source {
	for n := range s.doc.tree.Elements(s.node) {
		c := s.at(n)
		local := c.local()
		for _, name := range names {
			if local == name {
				return c
			}
		}
	}
	return s.at(xmltree.None)
}

func (s source) exists() bool { return s.node != xmltree.None }

// children returns the child elements without the annotation.
func (s source) children() []source {
	var list []source
	for n := range s.doc.tree.Elements(s.node) {
		if c := s.at(n); c.local() != "annotation" {
			list = append(list, c)
		}
	}
	return list
}

// derivations reads a set of derivations like block or final, where #all
// stands for the given set.
func (s source) derivations(local string, all Derivation) Derivation {
	v := s.attr(local)
	if v == "#all" {
		return all
	}
	var d Derivation
	for word := range strings.FieldsSeq(v) {
		d |= derivationNames[word]
	}
	return d
}

var derivationNames = map[string]Derivation{
	"restriction": Restriction, "extension": Extension, "substitution": Substitution, "list": List, "union": Union,
}

// collapse does what whiteSpace="collapse" asks (Part 2 4.3.6).
func collapse(v []byte) string {
	v = bytes.Trim(v, " \t\r\n")
	for i := range v {
		if c := v[i]; c == '\t' || c == '\n' || c == '\r' || c == ' ' && v[i-1] == ' ' {
			return strings.Join(strings.FieldsFunc(string(v), func(r rune) bool {
				return r == ' ' || r == '\t' || r == '\n' || r == '\r'
			}), " ")
		}
	}
	return string(v)
}
