// Package xmltree reads hostile XML into one compact read-only tree.
//
// Parse accepts XML 1.0 (fifth edition) with Namespaces in XML 1.0, in UTF-8
// or UTF-16, and nothing that two parsers could read differently. It expands
// no entities, opens nothing, and stays within the Limits it is given. The
// tree keeps the original bytes: values that need no change are slices of
// them, and every node knows its offsets, so that whatever was checked can be
// pointed at, canonicalized and forwarded as it came.
//
// The package judges well-formedness and namespaces only. What a message must
// look like is for the engines that read the tree.
package xmltree

import "iter"

// Namespaces that XML itself binds (Namespaces in XML 1.0, section 3).
const (
	NamespaceXML   = "http://www.w3.org/XML/1998/namespace"
	NamespaceXMLNS = "http://www.w3.org/2000/xmlns/"
)

// A Kind tells nodes apart.
type Kind uint8

// The kinds of node. A CDATA section is part of a Text node (XPath 1.0 5.7).
const (
	Document Kind = iota
	Element
	Text
	Comment
	PI
)

// A Node is the number of a node in its tree, in document order. Node 0 is
// the document; as nobody's child it also stands for "none".
type Node uint32

// None is what looking for a node returns when there is none.
const None Node = 0

// A NameID is the number of a qualified name: prefix, local name and
// namespace. Equal numbers mean equal names within one tree; the same expanded
// name under two prefixes has two numbers.
type NameID uint32

// A Name is a resolved qualified name.
type Name struct{ Prefix, Local, Space string }

// String returns the name as the document wrote it.
func (n Name) String() string {
	if n.Prefix == "" {
		return n.Local
	}
	return n.Prefix + ":" + n.Local
}

// A Tree is one parsed document. It is read-only and may be read by many
// goroutines. After Release nothing that came from it may be used, except
// strings.
type Tree struct {
	src   []byte // the document in UTF-8
	text  []byte // values that differ from their source: references, line ends, CDATA
	utf8  []byte // src, if it came in UTF-16
	nodes []node // in document order; nodes[0] is the document
	attrs []attr // in document order
	decls []decl // namespace declarations in document order; decls[0] binds xml
	names nameTable
	open  []uint32 // while reading: the raw names of the open elements

	partial bool // see Partial
}

// A node is 32 bytes, so that the tree of a message stays near its size.
type node struct {
	what   uint32 // kind, flags and name, see below
	parent Node
	last   Node   // one past the last node of the subtree
	attr   uint32 // index in attrs of the first attribute at or behind this node
	decl   uint32 // index in decls of the newest declaration in scope
	start  uint32 // source offset of the first byte
	val    uint32 // element: source offset behind the start tag; else start of the value, see value
	end    uint32 // element: source offset behind the end tag; else end of the value
}

type attr struct {
	name  NameID
	start uint32 // source offset of the name
	val   uint32 // start of the value, see value
	end   uint32
}

// A decl binds a prefix to a namespace. Those in scope at an element form a
// chain from the newest outward.
type decl struct {
	prefix, space string
	outer         uint32 // index in decls of the declaration outside this one
	start         uint32 // source offset of the attribute's name

	number uint32 // of the prefix in the name table
	hides  uint32 // number of the space that the prefix stood for outside
}

// The parts of node.what. The name is an element's, or the target of a PI
// without prefix and namespace. The bits for it suffice: a name in use takes
// four bytes of the document at least, and of those there are maxBytes.
const (
	kindShift    = 29
	hasCDATA     = 1 << 28 // text: a CDATA section is part of it
	hasReference = 1 << 27 // text: a character or entity reference is part of it
	nameMask     = 1<<27 - 1
)

func (n *node) kind() Kind   { return Kind(n.what >> kindShift) }
func (n *node) name() NameID { return NameID(n.what & nameMask) }

// inText marks the start of a value that lies in Tree.text and not in src.
const inText = 1 << 31

func (t *Tree) value(val, end uint32) []byte {
	if val&inText != 0 {
		return t.text[val&^inText : end : end]
	}
	return t.src[val:end:end]
}

// Source returns the document's bytes in UTF-8: the very bytes given to Parse
// unless they were UTF-16.
func (t *Tree) Source() []byte { return t.src }

// Partial reports whether the document relies on something outside it, or
// refers to an entity with markup: the tree lacks what would come from there.
// Only CheckDTD lets such documents pass.
func (t *Tree) Partial() bool { return t.partial }

// Len returns the number of nodes, the document included.
func (t *Tree) Len() int { return len(t.nodes) }

// Root returns the document element.
func (t *Tree) Root() Node {
	for n := t.FirstChild(0); n != None; n = t.NextSibling(n) {
		if t.nodes[n].kind() == Element {
			return n
		}
	}
	return None
}

// Kind returns the kind of n.
func (t *Tree) Kind(n Node) Kind { return t.nodes[n].kind() }

// NameID returns the number of an element's name.
func (t *Tree) NameID(n Node) NameID { return t.nodes[n].name() }

// Name returns the name of an element, or the target of a PI as its local name.
func (t *Tree) Name(n Node) Name { return t.names.list[t.nodes[n].name()] }

// NameOf returns the name with the given number.
func (t *Tree) NameOf(id NameID) Name { return t.names.list[id] }

// Names returns how many name numbers there are; each is below it. Numbers
// are dense, so that a table may be indexed by them, but they outlast the
// document: a number that no node bears is possible.
func (t *Tree) Names() int { return len(t.names.list) }

// A Vocabulary stands for what name numbers mean.
type Vocabulary struct{ _ byte }

// Vocabulary returns the same for two trees, perhaps read one after the other
// into the same memory, if equal name numbers mean equal names in both.
func (t *Tree) Vocabulary() *Vocabulary { return t.names.meaning }

// Is reports whether n is an element with the given expanded name.
func (t *Tree) Is(n Node, space, local string) bool {
	if t.nodes[n].kind() != Element {
		return false
	}
	name := &t.names.list[t.nodes[n].name()]
	return name.Local == local && name.Space == space
}

// Parent returns the parent of n; that of the root is the document, node 0.
func (t *Tree) Parent(n Node) Node { return t.nodes[n].parent }

// FirstChild returns the first child of n, of whatever kind.
func (t *Tree) FirstChild(n Node) Node {
	if t.nodes[n].last > n+1 {
		return n + 1
	}
	return None
}

// NextSibling returns the node behind n under the same parent.
func (t *Tree) NextSibling(n Node) Node {
	next := t.nodes[n].last
	if n == 0 || next >= t.nodes[t.nodes[n].parent].last {
		return None
	}
	return next
}

// End returns the number one past the last node of n's subtree: the subtree
// is the nodes from n up to it.
func (t *Tree) End(n Node) Node { return t.nodes[n].last }

// Contains reports whether n is a or one of its descendants.
func (t *Tree) Contains(a, n Node) bool { return a <= n && n < t.nodes[a].last }

// FirstElement returns the first child of n that is an element.
func (t *Tree) FirstElement(n Node) Node { return t.element(t.FirstChild(n)) }

// NextElement returns the next sibling of n that is an element.
func (t *Tree) NextElement(n Node) Node { return t.element(t.NextSibling(n)) }

func (t *Tree) element(n Node) Node {
	for n != None && t.nodes[n].kind() != Element {
		n = t.NextSibling(n)
	}
	return n
}

// Children ranges over the children of n.
func (t *Tree) Children(n Node) iter.Seq[Node] {
	return func(yield func(Node) bool) {
		for c := t.FirstChild(n); c != None && yield(c); c = t.NextSibling(c) {
		}
	}
}

// Elements ranges over the children of n that are elements.
func (t *Tree) Elements(n Node) iter.Seq[Node] {
	return func(yield func(Node) bool) {
		for c := t.FirstElement(n); c != None && yield(c); c = t.NextElement(c) {
		}
	}
}

// Child returns the first child element with the given expanded name.
func (t *Tree) Child(n Node, space, local string) Node {
	for c := t.FirstElement(n); c != None; c = t.NextElement(c) {
		if t.Is(c, space, local) {
			return c
		}
	}
	return None
}

// Value returns the value of a text node, a comment or the data of a PI,
// with references expanded and line ends normalized (XML 1.0 2.11).
func (t *Tree) Value(n Node) []byte { return t.value(t.nodes[n].val, t.nodes[n].end) }

// HasCDATA reports whether a text node is written with a CDATA section.
func (t *Tree) HasCDATA(n Node) bool { return t.nodes[n].what&hasCDATA != 0 }

// HasReference reports whether a text node is written with a reference.
func (t *Tree) HasReference(n Node) bool { return t.nodes[n].what&hasReference != 0 }

// Text returns the character data of n's children, comments and PIs left out,
// and whether n has no child elements. With one text child, as nearly always,
// nothing is copied.
func (t *Tree) Text(n Node) (text []byte, simple bool) {
	simple = true
	var parts int
	for c := t.FirstChild(n); c != None; c = t.NextSibling(c) {
		switch t.nodes[c].kind() {
		case Element:
			simple = false
		case Text:
			switch parts++; parts {
			case 1:
				text = t.Value(c)
			case 2: // from here on the text is a copy that may grow
				text = append(text[:len(text):len(text)], t.Value(c)...)
			default:
				text = append(text, t.Value(c)...)
			}
		}
	}
	return text, simple
}

// An Attr is one attribute of an element, namespace declarations apart.
type Attr struct {
	NameID NameID
	Value  []byte // normalized as CDATA (XML 1.0 3.3.3)
	Offset int    // of the name, in Source
}

// NumAttrs returns how many attributes n has, namespace declarations apart.
func (t *Tree) NumAttrs(n Node) int {
	first, behind := t.attrRange(n)
	return int(behind - first)
}

// AttrAt returns the i-th attribute of n.
func (t *Tree) AttrAt(n Node, i int) Attr {
	a := &t.attrs[int(t.nodes[n].attr)+i]
	return Attr{NameID: a.name, Value: t.value(a.val, a.end), Offset: int(a.start)}
}

// AttrName returns the number of the name of the i-th attribute of n.
func (t *Tree) AttrName(n Node, i int) NameID { return t.attrs[int(t.nodes[n].attr)+i].name }

func (t *Tree) attrRange(n Node) (first, behind uint32) {
	if t.nodes[n].kind() != Element {
		return 0, 0
	}
	first, behind = t.nodes[n].attr, uint32(len(t.attrs))
	if int(n)+1 < len(t.nodes) {
		behind = t.nodes[n+1].attr
	}
	return first, behind
}

// Attrs ranges over the attributes of n in the order they are written.
func (t *Tree) Attrs(n Node) iter.Seq[Attr] {
	return func(yield func(Attr) bool) {
		for i := range t.NumAttrs(n) {
			if !yield(t.AttrAt(n, i)) {
				return
			}
		}
	}
}

// Attr returns the value of the attribute with the given expanded name.
func (t *Tree) Attr(n Node, space, local string) (value []byte, ok bool) {
	first, behind := t.attrRange(n)
	for i := first; i < behind; i++ {
		a := &t.attrs[i]
		if name := &t.names.list[a.name]; name.Local == local && name.Space == space {
			return t.value(a.val, a.end), true
		}
	}
	return nil, false
}

// A Decl is a namespace declaration. An empty Space undeclares the default
// namespace.
type Decl struct {
	Prefix, Space string
	Offset        int // of the attribute's name, in Source
}

// Decls ranges over the namespace declarations written on n, last one first.
func (t *Tree) Decls(n Node) iter.Seq[Decl] { return t.declsUntil(n, t.nodes[t.nodes[n].parent].decl) }

// InScope ranges over the namespace declarations in force on n, innermost
// first. A declaration hidden by an inner one of the same prefix follows that
// one; the implied binding of xml is left out.
func (t *Tree) InScope(n Node) iter.Seq[Decl] { return t.declsUntil(n, 0) }

func (t *Tree) declsUntil(n Node, outer uint32) iter.Seq[Decl] {
	return func(yield func(Decl) bool) {
		for i := t.nodes[n].decl; i != outer; i = t.decls[i].outer {
			d := &t.decls[i]
			if !yield(Decl{d.prefix, d.space, int(d.start)}) {
				return
			}
		}
	}
}

// HasDecls reports whether namespace declarations are written on n.
func (t *Tree) HasDecls(n Node) bool { return t.nodes[n].decl != t.nodes[t.nodes[n].parent].decl }

// LookupNamespace returns the namespace that a prefix ("" for the default one)
// stands for on n, and whether it is bound; an unbound default is ("", true).
func (t *Tree) LookupNamespace(n Node, prefix string) (space string, ok bool) {
	if prefix == "xml" {
		return NamespaceXML, true
	}
	for i := t.nodes[n].decl; i != 0; i = t.decls[i].outer {
		if t.decls[i].prefix == prefix {
			return t.decls[i].space, t.decls[i].space != "" || prefix == ""
		}
	}
	return "", prefix == ""
}
