package schema

import (
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// ValidateOptions say how a message is assessed.
type ValidateOptions struct {
	// MaxFindings is how many violations are reported at most; 0 means 10.
	MaxFindings int
	// Lax lets the element pass if the Set has no declaration for it; what is
	// declared below it is assessed all the same.
	Lax bool
	// Framing is a namespace whose attributes on the element itself belong to
	// what carries it, not to its type: a SOAP envelope's on a header block
	// (SOAP 1.1 4.2.2 and 4.2.3). "" is none.
	Framing string
	// Wildcards is how strictly what a wildcard admits is assessed at least,
	// whatever its processContents: Lax looks for declarations where the schema
	// says skip, Strict lets nothing pass that is not declared.
	Wildcards Process
}

// Validate assesses element n of t, and all in it, against the global
// declaration of its name (Part 1 3.3.4). It returns what it found, in the
// order of the message, nil if the element is valid.
func (s *Set) Validate(t *xmltree.Tree, n xmltree.Node, o ValidateOptions) []reject.Finding {
	if o.MaxFindings <= 0 {
		o.MaxFindings = 10
	}
	v, _ := s.pool.Get().(*validator)
	if v == nil {
		v = newValidator(s)
	}
	v.begin(t, o)
	v.framing, v.framed, v.wildcards = o.Framing, n, o.Wildcards
	v.run(n, o.Lax)
	found := v.findings
	v.end()
	s.pool.Put(v)
	return found
}

// A validator is the state of one assessment. It walks the tree in document
// order with a stack of its own; after a few messages its slices are as large
// as they need be and nothing is allocated any more.
type validator struct {
	set        *Set
	tree       *xmltree.Tree
	names      []nameInfo          // by xmltree.NameID
	known      []xmltree.Name      // that names speak of, by the same number
	meaning    *xmltree.Vocabulary // of the numbers
	epoch      uint32              // of the vocabulary, for names
	frames     []frame
	counters   []int32
	findings   []reject.Finding
	max        int
	framing    string       // ValidateOptions.Framing
	framed     xmltree.Node // the element it holds for
	wildcards  Process      // ValidateOptions.Wildcards
	scope      xmltree.Node // where prefixes are resolved
	namespaces xmltree.Scope
	scratch    []byte // of text
	key        []byte // of equal
	work       int    // that may still be done
	derived    map[derived]bool

	states   states
	identity identity
	ids      idTable
}

// A nameInfo is what the Set knows about a name of the tree.
type nameInfo struct {
	symbolInfo
	sym   symbol
	epoch uint32
}

// A frame is an open element with element or mixed content.
type frame struct {
	node     xmltree.Node
	end      xmltree.Node // one past its subtree
	typ      *ComplexType
	element  *Element // nil without a declaration
	model    *model
	link     int32 // where the model stands
	counters int32 // where its counters begin
	broken   bool  // its content was refused; what follows is not held against the model
	nilled   bool
	// misplaced: there is text, or in empty content anything, that is not
	// allowed. Xerces says so at the end of the element, after all else.
	misplaced bool
	fixed     bool // mixed content with a value constraint
	tracked   bool // identity constraints look at it
}

func newValidator(s *Set) *validator {
	v := &validator{set: s, derived: make(map[derived]bool)}
	v.identity.init(v)
	v.ids.init(v)
	return v
}

func (v *validator) begin(t *xmltree.Tree, o ValidateOptions) {
	v.tree, v.max = t, o.MaxFindings
	v.work = workPerByte*len(t.Source()) + workAtLeast
	if v.meaning != t.Vocabulary() {
		v.meaning = t.Vocabulary()
		if v.epoch++; v.epoch == 0 {
			clear(v.names)
			v.epoch = 1
		}
	}
	if n := t.Names(); n > len(v.names) {
		v.names = append(v.names, make([]nameInfo, n-len(v.names))...)
		v.known = append(v.known, make([]xmltree.Name, n-len(v.known))...)
	}
}

// What assessing a message may cost beyond what its nodes and values do: a unit
// is to look at one more particle or selector, and the rest is what takes as
// long as so many. With a schema that asks for it a message could cost
// the product of both, or the square of its depth; one that needs more than a
// few units a byte is refused and looked at no further.
const (
	workPerByte = 12
	workAtLeast = 1 << 14
	wildWork    = 2  // a wildcard
	stateWork   = 9  // a state of an ambiguous model
	lookWork    = 8  // a tuple whose fields look at an element
	scopeWork   = 16 // an identity constraint on an element
	tupleWork   = 32 // what a selector finds, or a keyref is handed
)

// maxKept is how many bytes of scratch memory a validator keeps for the next
// message.
const maxKept = 4 << 20

func (v *validator) end() {
	v.namespaces.Leave(v.tree)
	v.tree, v.findings = nil, nil
	v.frames, v.counters = v.frames[:0], v.counters[:0]
	if cap(v.scratch)+cap(v.key) > maxKept {
		v.scratch, v.key = nil, nil
	}
	v.states.reset()
	v.identity.reset()
	v.ids.reset()
}

// name returns what the Set knows about a name, looked up once a vocabulary.
func (v *validator) name(id xmltree.NameID) *nameInfo {
	n := &v.names[id]
	if n.epoch != v.epoch {
		v.lookup(n, id)
	}
	return n
}

func (v *validator) lookup(n *nameInfo, id xmltree.NameID) {
	name, known := v.tree.NameOf(id), &v.known[id]
	if n.epoch == 0 || known.Local != name.Local || known.Space != name.Space {
		known.Local, known.Space = name.Local, name.Space
		n.sym = v.set.symbols[Name{name.Space, name.Local}]
		n.symbolInfo = v.set.names[n.sym].symbolInfo
		if n.sym == 0 {
			n.space = v.set.spaces[name.Space]
		}
	}
	n.epoch = v.epoch
}

func (v *validator) full() bool { return len(v.findings) >= v.max }

func (v *validator) run(root xmltree.Node, lax bool) {
	t := v.tree
	info := v.name(t.NameID(root))
	process := Strict
	if lax {
		process = Lax
	}
	if info.element != nil {
		v.element(root, info, info.element)
	} else {
		v.undeclared(root, info, process, "cvc-elt.1")
	}
	for i, end := root+1, t.End(root); i < end && !v.full(); {
		for len(v.frames) > 0 && v.frames[len(v.frames)-1].end <= i && v.work >= 0 {
			v.close()
		}
		if len(v.frames) == 0 || v.work < 0 {
			break
		}
		switch t.Kind(i) {
		case xmltree.Element:
			i = v.child(i)
		case xmltree.Text:
			v.characters(i)
			i++
		default:
			i++
		}
	}
	for len(v.frames) > 0 && !v.full() && v.work >= 0 {
		v.close()
	}
	switch {
	case v.full():
	case v.work < 0:
		v.report("limit", root, atEnd, t.Name(root).String())
	default:
		v.ids.resolve()
	}
}

// child assesses an element in the open element and returns the next node to
// look at.
func (v *validator) child(n xmltree.Node) xmltree.Node {
	f := &v.frames[len(v.frames)-1]
	info := v.name(v.tree.NameID(n))
	if f.nilled || f.typ.Content == EmptyContent {
		f.misplaced = true
		return v.tree.End(n)
	}
	if f.broken {
		return v.stray(f, n, info)
	}
	e, w := v.match(f, info.sym, info.space)
	if e != nil {
		return v.element(n, info, e)
	}
	switch {
	case w == nil:
		if v.abstractMember(f, info) {
			v.report("cvc-elt.2", n, atTag, v.tree.Name(n).String())
		} else {
			v.unexpected(f, n)
		}
		f.broken = true
		return v.stray(f, n, info)
	case max(w.Process, v.wildcards) == Skip:
		return v.tree.End(n)
	case info.element != nil:
		return v.element(n, info, info.element)
	}
	return v.undeclared(n, info, max(w.Process, v.wildcards), "cvc-complex-type.2.4.c")
}

// abstractMember reports whether the name is that of an abstract element which
// would stand for an element that could follow.
func (v *validator) abstractMember(f *frame, info *nameInfo) bool {
	if info.element == nil || !info.element.Abstract {
		return false
	}
	found := false
	v.follow(f, func(p *Particle) {
		for h, steps := info.element.Head, 0; h != nil && steps < 100; h, steps = h.Head, steps+1 {
			found = found || p.Element == h
		}
	})
	return found
}

// stray assesses an element that the content model did not expect, if the
// model has a declaration for it elsewhere.
func (v *validator) stray(f *frame, n xmltree.Node, info *nameInfo) xmltree.Node {
	if info.sym == 0 {
		return v.tree.End(n)
	}
	if f.model.all != nil {
		if e, ok := f.model.all.index[info.sym]; ok {
			return v.element(n, info, e.element)
		}
		return v.tree.End(n)
	}
	for i := range f.model.links {
		v.work--
		if e := f.model.links[i].entryOf(info.sym); e != nil {
			return v.element(n, info, e.element)
		}
	}
	return v.tree.End(n)
}

// undeclared assesses an element without a declaration: by its xsi:type, else
// laxly if that is allowed (3.3.4 cvc-assess-elt).
func (v *validator) undeclared(n xmltree.Node, info *nameInfo, p Process, rule string) xmltree.Node {
	special := v.specials(n)
	if special.typ == nil && p == Strict {
		if special.attr < 0 {
			v.report(rule, n, atTag, v.tree.Name(n).String())
		}
		return v.tree.End(n)
	}
	var typ Type = v.set.anyType
	if special.typ != nil {
		typ = special.typ
	}
	return v.content(n, info, nil, typ, special)
}

// element assesses an element against its declaration (cvc-elt).
func (v *validator) element(n xmltree.Node, info *nameInfo, e *Element) xmltree.Node {
	if e.Abstract {
		v.report("cvc-elt.2", n, atTag, v.tree.Name(n).String())
	}
	typ := e.Type
	special := specials{attr: -1}
	if v.tree.NumAttrs(n) > 0 {
		special = v.specials(n)
		if special.typ != nil {
			typ = v.substitute(n, e, special)
		}
	}
	return v.content(n, info, e, typ, special)
}

// content assesses attributes and content by the type (cvc-type).
func (v *validator) content(n xmltree.Node, info *nameInfo, e *Element, typ Type, s specials) xmltree.Node {
	st, simple := typ.(*SimpleType)
	ct, _ := typ.(*ComplexType)
	if !simple && ct.Abstract {
		v.report("cvc-type.2", n, atTag, v.tree.Name(n).String())
	}
	if s.nilAttr && e != nil {
		v.checkNil(n, e, s.nilled)
	}
	nilled := s.nilled && e != nil && e.Nillable
	switch {
	case !simple:
		v.attributes(n, ct)
		st = ct.Simple
	case v.tree.NumAttrs(n) > 0:
		v.simpleAttributes(n)
	}
	track := v.identity.open || e != nil && len(e.Constraints) > 0
	if track {
		v.identity.start(n, info, e, ct)
	}
	if simple || ct.Content == SimpleContent {
		v.leaf(n, e, ct, st, nilled)
		if track {
			v.identity.finish()
		}
		return v.tree.End(n)
	}
	return v.open(n, e, ct, nilled, track)
}

// open pushes the frame of an element with element, mixed or empty content.
func (v *validator) open(n xmltree.Node, e *Element, ct *ComplexType, nilled, track bool) xmltree.Node {
	m := ct.model
	if m == nil {
		m = emptyModel
	}
	if len(v.frames) == cap(v.frames) {
		v.frames = append(v.frames, frame{})
	} else {
		v.frames = v.frames[:len(v.frames)+1]
	}
	f := &v.frames[len(v.frames)-1]
	f.node, f.end, f.link, f.counters = n, v.tree.End(n), m.start, int32(len(v.counters))
	f.typ, f.element, f.model = ct, e, m
	f.broken, f.misplaced, f.nilled, f.tracked = false, false, nilled, track
	f.fixed = e != nil && e.Value != nil
	switch {
	case m.ambiguous:
		v.states.push(m)
	case m.counters > 0:
		for range m.counters {
			v.counters = append(v.counters, 0)
		}
	}
	return n + 1
}

var emptyModel = &model{start: accept}

// close ends the innermost open element.
func (v *validator) close() {
	f := &v.frames[len(v.frames)-1]
	if f.misplaced {
		v.misplaced(f)
	}
	if !f.broken && !f.nilled {
		v.complete(f)
	}
	if f.fixed && !f.nilled && f.typ.Content == MixedContent {
		v.fixedMixed(f)
	}
	if f.model.ambiguous {
		v.states.pop()
	}
	v.counters = v.counters[:f.counters]
	if f.tracked {
		v.identity.finish()
	}
	v.frames = v.frames[:len(v.frames)-1]
}

// characters assesses text in an open element.
func (v *validator) characters(n xmltree.Node) {
	f := &v.frames[len(v.frames)-1]
	if f.typ.Content == MixedContent && !f.nilled || f.misplaced {
		return
	}
	f.misplaced = f.nilled || f.typ.Content == EmptyContent || !allSpace(v.tree.Value(n))
}

// misplaced reports content that is not allowed (cvc-elt 3.2.1,
// cvc-complex-type 2.1 and 2.3).
func (v *validator) misplaced(f *frame) {
	rule := "cvc-complex-type.2.3"
	switch {
	case f.nilled:
		rule = "cvc-elt.3.2.1"
	case f.typ.Content == EmptyContent:
		rule = "cvc-complex-type.2.1"
	}
	v.report(rule, f.node, atEnd, v.tree.Name(f.node).String(), "xsi:nil")
}

func allSpace(text []byte) bool {
	for _, c := range text {
		if c > ' ' {
			return false
		}
	}
	return true
}
