// Package c14n writes the canonical form of a part of a tree: Canonical XML
// 1.0 and 1.1, Exclusive XML Canonicalization 1.0, each with or without
// comments, and the octets of the СМЭВ 3 transform.
//
// What is written is always one subtree, or the whole document, less at most
// one subtree inside it (the enveloped signature). Node sets that XPath could
// choose beyond that are not supported, on purpose: no profile needs them and
// filters are how content is hidden from a signature.
//
// The form is written straight from the tree into a hash. What the source
// already holds in canonical form, nearly all of it in practice, is passed on
// as slices of the source. Work and memory are linear in the source; errors
// are fatal, there is no partial or empty result (attack class "void
// canonicalization").
package c14n

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/soapgate/soapgate/internal/xmltree"
)

// A Method is a canonicalization algorithm with its parameters. The zero
// value is Canonical XML 1.0 without comments.
type Method struct {
	Exclusive bool // Exclusive XML Canonicalization 1.0
	Version11 bool // Canonical XML 1.1; means nothing with Exclusive
	Comments  bool
	// Inclusive is the PrefixList of Exclusive: prefixes that are treated as
	// in Canonical XML, "" for #default.
	Inclusive []string
	// Default writes xmlns="" on the apex where nothing declares a default
	// namespace there, as the STR-Transform asks (WSS 1.1 8.3).
	Default bool
}

// ErrRelativeNamespace is the cause when a namespace name is a relative URI,
// for which there is no canonical form (Canonical XML 1.0, 1.3).
var ErrRelativeNamespace = errors.New("relative namespace URI")

// Write writes the canonical form of apex, an element or the document, to w.
// The subtree at except is left out; xmltree.None leaves out nothing.
func Write(w io.Writer, t *xmltree.Tree, apex xmltree.Node, m Method, except xmltree.Node) error {
	if apex != 0 && t.Kind(apex) != xmltree.Element {
		return fmt.Errorf("canonicalizing %s: neither an element nor the document", t.Path(apex))
	}
	c := pool.Get().(*canon)
	defer pool.Put(c)
	c.reset(w, t, m)
	c.apex = apex
	c.walk(except)
	err := c.out.close()
	if c.scope.err != nil {
		err = c.scope.err
	}
	c.t, c.scope.t = nil, nil
	return err
}

var pool = sync.Pool{New: func() any { return newCanon() }}

// A canon is the state of one canonicalization.
type canon struct {
	out    output
	t      *xmltree.Tree
	method Method
	apex   xmltree.Node

	scope scope
	open  []frame // the open elements, outermost first
	attrs []attr  // of the element being written, sorted
}

// A frame is an open element.
type frame struct {
	node, end xmltree.Node
	name      int // length of the qualified name
	undo      int // length of scope.undo before the element
}

func newCanon() *canon {
	return &canon{
		out:   output{buf: make([]byte, 0, bufferSize)},
		scope: newScope(),
	}
}

func (c *canon) reset(w io.Writer, t *xmltree.Tree, m Method) {
	c.out.reset(w, t.Source())
	c.t, c.method = t, m
	c.scope.reset(t)
	c.open = c.open[:0]
}

// walk visits the subtree in document order. It keeps its own stack: the
// depth of a document is nobody's promise here.
func (c *canon) walk(except xmltree.Node) {
	t, end := c.t, c.t.End(c.apex)
	n := c.apex
	if n == 0 {
		n++
	}
	for n < end {
		for len(c.open) > 0 && c.open[len(c.open)-1].end <= n {
			c.endTag()
		}
		if n == except {
			n = t.End(n)
			continue
		}
		switch t.Kind(n) {
		case xmltree.Element:
			c.startTag(n)
		case xmltree.Text:
			c.text(n)
		case xmltree.Comment:
			if c.method.Comments {
				c.misc(n, "<!--", "-->")
			}
		case xmltree.PI:
			c.misc(n, "<?", "?>")
		}
		n++
	}
	for len(c.open) > 0 {
		c.endTag()
	}
}

func (c *canon) startTag(n xmltree.Node) {
	t := c.t
	name := c.scope.name(t.NameID(n))
	undo := len(c.scope.undo)
	c.scope.fresh = c.scope.fresh[:0]
	if c.method.Exclusive {
		c.exclusive(n, name.binding)
	} else if n == c.apex || t.HasDecls(n) {
		c.inclusive(n)
	}
	c.open = append(c.open, frame{n, t.End(n), int(name.length), undo})

	if n == c.apex && c.method.Default && c.scope.prefixes[0].binding == noDefault {
		c.scope.fresh = append(c.scope.fresh, noDefault)
	}
	start, end := t.Offset(n), t.TagEnd(n)
	c.out.source(start, start+1+int(name.length))
	if len(c.scope.fresh) > 0 {
		c.declarations()
	}
	if n == c.apex || t.NumAttrs(n) > 0 {
		c.attributes(n)
	}
	if c.out.hi == end-1 {
		c.out.source(end-1, end)
	} else {
		c.out.string(">")
	}
}

func (c *canon) endTag() {
	f := c.open[len(c.open)-1]
	c.open = c.open[:len(c.open)-1]
	c.scope.leave(f.undo)
	// An end tag without white space is as long as this. Its name holds no
	// "<", so if "</" stands there, it is where the tag starts.
	end := c.t.EndOffset(f.node)
	start := end - f.name - 3
	if start >= c.t.TagEnd(f.node) && c.out.src[start] == '<' && c.out.src[start+1] == '/' {
		c.out.source(start, end)
		return
	}
	c.out.string("</")
	from := c.t.Offset(f.node) + 1
	c.out.source(from, from+f.name)
	c.out.string(">")
}

func (c *canon) text(n xmltree.Node) {
	v := c.t.Value(n)
	if len(v) == 0 {
		return
	}
	c.out.value(v, c.t.Offset(n), &textEscape)
}

// misc writes a comment or a PI; outside the document element it stands on a
// line of its own (Canonical XML 1.0 2.3).
func (c *canon) misc(n xmltree.Node, open, close string) {
	t := c.t
	outside := t.Parent(n) == 0
	if outside && n > t.Root() {
		c.out.string("\n")
	}
	c.out.string(open)
	if t.Kind(n) == xmltree.PI {
		c.out.string(t.Name(n).Local)
		if len(t.Value(n)) > 0 {
			c.out.string(" ")
		}
	}
	c.out.bytes(t.Value(n))
	c.out.string(close)
	if outside && n < t.Root() {
		c.out.string("\n")
	}
}
