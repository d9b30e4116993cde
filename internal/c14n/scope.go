package c14n

import (
	"fmt"
	"slices"

	"github.com/soapgate/soapgate/internal/xmltree"
)

// A scope knows which namespace declarations are in force in the output.
// Prefixes, and pairs of prefix and namespace, are numbered, so that looking
// at an element whose namespaces are declared already is one table access.
type scope struct {
	t        *xmltree.Tree
	names    []name // by xmltree.NameID
	now      uint32 // entries of names made in an earlier round are void
	bindings []binding
	byPair   map[pair]int32
	prefixes []prefix
	byPrefix map[string]int32
	undo     []change
	fresh    []int32 // bindings to declare on the element being written
	err      error   // the first relative namespace
}

type name struct {
	round   uint32
	length  int32 // of the qualified name, in bytes
	binding int32
}

type pair struct{ prefix, space string }

type binding struct {
	pair
	prefix int32
}

// A prefix remembers which of its bindings is in force in the output.
type prefix struct{ binding int32 }

// A change is what a start tag did to a prefix.
type change struct{ prefix, before int32 }

// Without a declaration the default namespace is none (Namespaces in XML 6.2):
// that binding is the first and is in force from the start.
const (
	noDefault int32 = 0
	unbound   int32 = -1
)

func newScope() scope {
	return scope{byPair: make(map[pair]int32), byPrefix: make(map[string]int32)}
}

func (s *scope) reset(t *xmltree.Tree) {
	s.t, s.err = t, nil
	if n := t.Names(); n > len(s.names) {
		s.names = append(s.names, make([]name, n-len(s.names))...)
	}
	if s.now++; s.now == 0 {
		clear(s.names)
		s.now = 1
	}
	// Strings of the document before must not be kept alive.
	clear(s.bindings)
	clear(s.byPair)
	clear(s.byPrefix)
	s.bindings, s.prefixes, s.undo, s.fresh = s.bindings[:0], s.prefixes[:0], s.undo[:0], s.fresh[:0]
	s.prefixes[s.bindings[s.bind("", "")].prefix].binding = noDefault
	// The prefix xml is never declared (Canonical XML 1.0 2.3).
	b := s.bind("xml", xmltree.NamespaceXML)
	s.prefixes[s.bindings[b].prefix].binding = b
}

// name returns what is known of a name.
func (s *scope) name(id xmltree.NameID) name {
	if e := s.names[id]; e.round == s.now {
		return e
	}
	n := s.t.NameOf(id)
	length := len(n.Local)
	if n.Prefix != "" {
		length += len(n.Prefix) + 1
	}
	s.names[id] = name{s.now, int32(length), s.bind(n.Prefix, n.Space)}
	return s.names[id]
}

// bind returns the number of a binding.
func (s *scope) bind(pre, space string) int32 {
	key := pair{pre, space}
	if b, ok := s.byPair[key]; ok {
		return b
	}
	p, ok := s.byPrefix[pre]
	if !ok {
		p = int32(len(s.prefixes))
		s.prefixes = append(s.prefixes, prefix{unbound})
		s.byPrefix[pre] = p
	}
	b := int32(len(s.bindings))
	s.bindings = append(s.bindings, binding{pair: key, prefix: p})
	if space != "" && !absolute(space) && s.err == nil {
		s.err = fmt.Errorf("%w %q", ErrRelativeNamespace, space)
	}
	s.byPair[key] = b
	return b
}

// declare puts a binding in force, if it is not, and notes it for output.
func (s *scope) declare(b int32) {
	p := &s.prefixes[s.bindings[b].prefix]
	if p.binding == b {
		return
	}
	s.undo = append(s.undo, change{s.bindings[b].prefix, p.binding})
	p.binding = b
	s.fresh = append(s.fresh, b)
}

// leave takes back what was declared since undo had the given length.
func (s *scope) leave(length int) {
	for i := len(s.undo) - 1; i >= length; i-- {
		s.prefixes[s.undo[i].prefix].binding = s.undo[i].before
	}
	s.undo = s.undo[:length]
}

// absolute reports whether a URI reference has a scheme (RFC 3986 3.1).
func absolute(uri string) bool {
	for i := range len(uri) {
		switch c := uri[i]; {
		case 'a' <= c|0x20 && c|0x20 <= 'z':
		case i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		default:
			return i > 0 && c == ':'
		}
	}
	return false
}

// exclusive declares what Exclusive XML Canonicalization 1.0 3 declares on n:
// the namespaces its own name and its attributes' names need, and those of
// the PrefixList as inclusive does.
func (c *canon) exclusive(n xmltree.Node, own int32) {
	s := &c.scope
	s.declare(own)
	for i := range c.t.NumAttrs(n) {
		// An attribute without prefix is in no namespace and needs none.
		if b := s.name(c.t.AttrAt(n, i).NameID).binding; s.bindings[b].pair.prefix != "" {
			s.declare(b)
		}
	}
	if n == c.apex {
		for _, p := range c.method.Inclusive {
			if space, ok := c.t.LookupNamespace(n, p); ok {
				s.declare(s.bind(p, space))
			}
		}
	}
	if c.t.HasDecls(n) {
		for d := range c.t.Decls(n) {
			b := s.bind(d.Prefix, d.Space) // a relative one is an error even if unused
			if slices.Contains(c.method.Inclusive, d.Prefix) {
				s.declare(b)
			}
		}
	}
}

// inclusive declares what Canonical XML 1.0 2.3 declares on n: at the apex
// all that is in force there, below it what differs from the parent.
func (c *canon) inclusive(n xmltree.Node) {
	s := &c.scope
	if n != c.apex {
		for d := range c.t.Decls(n) {
			s.declare(s.bind(d.Prefix, d.Space))
		}
		return
	}
	undeclared := false
	for d := range c.t.InScope(n) {
		b := s.bind(d.Prefix, d.Space)
		// The first declaration of a prefix hides those outside it.
		if d.Prefix == "" && undeclared || s.prefixes[s.bindings[b].prefix].binding > noDefault {
			continue
		}
		undeclared = undeclared || b == noDefault
		s.declare(b)
	}
}
