package xmltree

import (
	"sync"

	"github.com/soapgate/soapgate/internal/reject"
)

// Options say how to read a document. The zero value reads a SOAP message.
type Options struct {
	Limits  Limits
	Charset string // the charset parameter of the media type, "" if none (RFC 7303 3)
	// AllowPI admits processing instructions, which SOAP forbids.
	AllowPI bool
	// DTD says what to do with a document type declaration.
	DTD DTDMode
	// NoNamespaces reads names as XML 1.0 alone does, for conformance tests.
	NoNamespaces bool
}

// A DTDMode says what to do with a document type declaration.
type DTDMode uint8

const (
	// RefuseDTD refuses at the first byte of the declaration.
	RefuseDTD DTDMode = iota
	// CheckDTD judges the internal subset, for schema documents of our own disk
	// and conformance tests. Nothing is fetched; entities of text are expanded
	// within the limits, others make the tree Partial.
	CheckDTD
)

// Parse reads a document. The tree refers to src, which must not be changed
// until Release. The error is a *reject.Rejection of stage xml.
func Parse(src []byte, o Options) (*Tree, error) {
	o.Limits = o.Limits.withDefaults()
	p := parser{o: o, t: newTree(o)}
	if err := p.parse(src); err != nil {
		p.t.Release()
		return nil, err
	}
	return p.t, nil
}

// A parser reads one document. It keeps no stack of calls: the open elements
// are the parents of the current one.
type parser struct {
	o    Options
	t    *Tree
	src  []byte // the document in UTF-8, every character legal (see checkChars)
	i    int    // offset of the next byte
	cur  Node   // the innermost open element
	refs int    // references read so far

	before uint32 // the raw name of the start tag before

	enc        string // the encoding the document came in
	standalone bool   // as the XML declaration says

	// In the mode CheckDTD only.
	dtd      *dtd
	nesting  int  // of replacement texts
	inPE     bool // reading the text of a parameter entity
	include  int  // open conditional sections
	expanded int  // bytes of replacement texts included so far
}

func (p *parser) parse(src []byte) error {
	p.src = src
	if len(src) > p.o.Limits.Bytes {
		return p.over(reject.XMLLimitBytes, p.o.Limits.Bytes, 0)
	}
	if err := p.decode(src); err != nil {
		return err
	}
	t := p.t
	t.src = p.src
	t.decls = append(t.decls, decl{prefix: "xml", space: NamespaceXML})
	t.nodes = append(t.nodes, node{})
	if err := p.checkChars(); err != nil {
		return err
	}
	if err := p.xmlDecl(); err != nil {
		return err
	}
	if err := p.prolog(); err != nil {
		return err
	}
	if err := p.startTag(); err != nil {
		return err
	}
	if err := p.content(); err != nil {
		return err
	}
	if err := p.misc(); err != nil {
		return err
	}
	if p.i < len(p.src) {
		return p.expected("EOF", p.i, "2.1 [1]")
	}
	t.nodes[0].last = Node(len(t.nodes))
	t.nodes[0].end = uint32(len(p.src))
	return nil
}

// prolog reads what may stand before the document element (XML 1.0 2.8) and
// stops at its start tag.
func (p *parser) prolog() error {
	if err := p.misc(); err != nil {
		return err
	}
	if p.has("<!DOCTYPE") {
		if err := p.doctype(); err != nil {
			return err
		}
		if err := p.misc(); err != nil {
			return err
		}
	}
	if p.i+1 >= len(p.src) || p.src[p.i] != '<' || class[p.src[p.i+1]]&nameByte == 0 {
		return p.expected("STag", p.i, "2.1 [1]")
	}
	return nil
}

// misc reads comments, processing instructions and white space outside the
// document element (XML 1.0 2.8 [27]) and stops at anything else.
func (p *parser) misc() error {
	for {
		p.space()
		var err error
		switch {
		case p.has("<!--"):
			err = p.comment()
		case p.has("<?"):
			err = p.pi()
		default:
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// content reads up to the end of the document element.
func (p *parser) content() error {
	for p.cur != None {
		if p.i >= len(p.src) {
			return p.expected("</"+p.t.Name(p.cur).String()+">", p.i, "3 [39]")
		}
		if err := p.item(); err != nil {
			return err
		}
	}
	return nil
}

// item reads one piece of content (XML 1.0 3.1 [43]) or an end tag.
func (p *parser) item() error {
	switch {
	case p.src[p.i] != '<':
		return p.charData()
	case p.i+1 < len(p.src):
		return p.markup()
	}
	return p.expected("STag, ETag", p.i+1, "3.1 [43]")
}

func (p *parser) markup() error {
	switch p.src[p.i+1] {
	case '/':
		return p.endTag()
	case '?':
		return p.pi()
	case '!':
		switch {
		case p.has("<!--"):
			return p.comment()
		case p.has("<![CDATA["):
			return p.charData()
		case p.has("<!DOCTYPE"):
			// Out of place, but the code that senders know a DTD by.
			return p.refuse(reject.XMLDTD, p.i)
		}
		return p.expected("<!--, <![CDATA[", p.i, "3.1 [43]")
	}
	return p.startTag()
}

// add appends a node under the current element. The fields are stored one by
// one and in place: copying a node that was just written stalls the processor,
// and made a sixth of the reader's time.
func (p *parser) add(kind Kind, start int) (*node, error) {
	t := p.t
	i := len(t.nodes)
	if i > p.o.Limits.Nodes {
		return nil, p.over(reject.XMLLimitNodes, p.o.Limits.Nodes, start)
	}
	if i == cap(t.nodes) {
		p.grow()
	}
	t.nodes = t.nodes[:i+1]
	n := &t.nodes[i]
	n.what = uint32(kind) << kindShift
	n.parent, n.last = p.cur, Node(i)+1
	n.attr, n.decl = uint32(len(t.attrs)), t.nodes[p.cur].decl
	n.start, n.val, n.end = uint32(start), 0, 0
	return n, nil
}

// grow makes room for more nodes: as many as the part of the document read so
// far lets expect, so that the tree of a large message has little to spare, but
// never more than twice what there was.
func (p *parser) grow() {
	t := p.t
	n := len(t.nodes)
	expected := n * len(p.src) / max(p.i, 1)
	expected += expected/32 + 64
	nodes := make([]node, n, min(max(expected, n+n/16), 2*n+64, p.o.Limits.Nodes+1))
	copy(nodes, t.nodes)
	t.nodes = nodes
}

var pool = sync.Pool{New: func() any { return &Tree{names: newNames(true)} }}

func newTree(o Options) *Tree {
	var t *Tree
	if o.NoNamespaces {
		// Its names mean something else and must not get into the pool.
		t = &Tree{names: newNames(false)}
	} else {
		t = pool.Get().(*Tree)
	}
	t.names.begin()
	return t
}

// What a tree may keep for the next document: enough for a message of some
// megabytes, too little for one hostile message to hold the memory for good.
const (
	keepNodes = 1 << 19
	keepText  = 8 << 20
)

// Release gives the tree's memory back for the next document.
func (t *Tree) Release() {
	if len(t.nodes) == 0 {
		return // released before, or refused before it had any
	}
	if !t.names.qualified || cap(t.nodes) > keepNodes || cap(t.attrs) > keepNodes || cap(t.decls) > keepNodes ||
		cap(t.text)+cap(t.utf8) > keepText {
		return
	}
	t.names.release()
	clear(t.decls) // they hold strings
	t.src, t.text, t.utf8, t.partial = nil, t.text[:0], t.utf8[:0], false
	t.nodes, t.attrs, t.decls, t.open = t.nodes[:0], t.attrs[:0], t.decls[:0], t.open[:0]
	pool.Put(t)
}
