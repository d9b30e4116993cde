package schema

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/soapgate/soapgate/internal/xmltree"
)

// A buildState tells how far a component is worked out. Definitions refer to
// each other in any order, so each is built when first needed; one that is
// needed while it is being built is circular.
type buildState uint8

const (
	unbuilt buildState = iota
	building
	built
)

// A defKind is a symbol space of top-level components (Part 1 2.5).
type defKind uint8

const (
	typeDef defKind = iota
	elementDef
	attributeDef
	groupDef
	attributeGroupDef
)

type defKey struct {
	kind defKind
	name Name
}

// A compiler turns documents into components. Its phases are: load and check
// the documents' grammar; register top-level components; build them; check
// the constraints on whole components; make automata.
type compiler struct {
	fsys    fs.FS
	opts    Options
	errs    []*Error
	stopped bool // by a limit

	set     *Set
	order   []*document
	trees   []*xmltree.Tree
	missing map[string]bool // files that were referred to and are not there
	depth   int
	size    int // components, as Options.Components counts them

	// All components in the order they were met, local ones included.
	elements   []*Element
	attributes []*Attribute
	simples    []*SimpleType
	complexes  []*ComplexType
	prohibited []*AttributeUse // no component, but its value has to be valid
}

func newCompiler(fsys fs.FS, opts Options) *compiler {
	return &compiler{fsys: fsys, opts: opts, set: newSet(), missing: make(map[string]bool)}
}

func (c *compiler) compile(docs []Document) (*Set, error) {
	defer func() {
		for _, t := range c.trees {
			t.Release()
		}
		for _, d := range c.order {
			d.tree = nil
		}
	}()
	l := &loader{compiler: c, files: make(map[string]*file), docs: make(map[docKey]*document)}
	l.load(docs)
	c.order = l.order
	for _, phase := range []func(){c.register, c.build, c.check, c.finish} {
		if len(c.errs) > 0 {
			// What a phase rests on is broken: its errors would be echoes.
			return nil, c.failure()
		}
		phase()
	}
	if len(c.errs) > 0 {
		return nil, c.failure()
	}
	return c.set, nil
}

func (c *compiler) failure() error {
	slices.SortStableFunc(c.errs, func(a, b *Error) int {
		return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line, a.Column-b.Column)
	})
	list := make([]error, len(c.errs))
	for i, e := range c.errs {
		list[i] = e
	}
	return errors.Join(list...)
}

func (c *compiler) add(e *Error) {
	if len(c.errs) < c.opts.Errors {
		c.errs = append(c.errs, e)
	}
}

func (c *compiler) errorf(at source, constraint, format string, args ...any) {
	if len(c.errs) >= c.opts.Errors {
		return
	}
	e := &Error{Constraint: constraint, Text: fmt.Sprintf(format, args...)}
	if at.doc != nil {
		e.File = at.doc.file
		if at.doc.tree != nil {
			e.Line, e.Column = at.doc.tree.Position(at.doc.tree.Offset(at.node))
		}
	}
	c.add(e)
}

// limit reports that the schema is larger than the options admit and ends the
// compilation.
func (c *compiler) limit(at source, format string, args ...any) {
	if !c.stopped {
		c.stopped = true
		c.errorf(at, "limit", format, args...)
	}
}

// enter counts one level of definitions resting on definitions; it is false
// where the limit is reached. Each true one is paired with leave.
func (c *compiler) enter(at source) bool {
	if c.depth >= c.opts.Depth {
		c.limit(at, "definitions rest on each other more than %d deep", c.opts.Depth)
	}
	if c.stopped {
		return false
	}
	c.depth++
	return true
}

func (c *compiler) leave() { c.depth-- }

// count counts components; it is false where the limit is reached.
func (c *compiler) count(at source, n int) bool {
	if c.size += n; c.size > c.opts.Components {
		c.limit(at, "more than %d components", c.opts.Components)
	}
	return !c.stopped
}

// register enters the top-level components into the symbol spaces: first all
// definitions, then redefinitions in an order that redefines inner ones first.
func (c *compiler) register() {
	c.forgetWellKnown()
	for _, d := range c.order {
		for n := range d.tree.Elements(d.root) {
			c.define(source{d, n})
		}
	}
	for _, d := range c.order {
		for _, r := range d.redefines {
			for n := range d.tree.Elements(r.node) {
				c.redefine(source{d, n}, r.target)
			}
		}
	}
}

func (c *compiler) define(at source) {
	name := Name{at.doc.space, at.attr("name")}
	s := c.set
	switch at.local() {
	case "simpleType":
		if at.doc.space == NamespaceXSD && s.types[name] != nil {
			return // the schema for schemas may be given; its types are built in
		}
		define(c, s.types, name, Type(c.newSimple(name, at)), at)
	case "complexType":
		if at.doc.space == NamespaceXSD && s.types[name] != nil {
			return
		}
		define(c, s.types, name, Type(c.newComplex(name, at)), at)
	case "element":
		e := &Element{Name: name, Global: true, src: at}
		c.elements = append(c.elements, e)
		define(c, s.elements, name, e, at)
	case "attribute":
		a := &Attribute{Name: name, Global: true, src: at}
		c.attributes = append(c.attributes, a)
		define(c, s.attributes, name, a, at)
	case "group":
		define(c, s.groups, name, &GroupDefinition{Name: name, Group: new(Group), src: at}, at)
	case "attributeGroup":
		define(c, s.attributeGroups, name, &AttributeGroup{Name: name, src: at}, at)
	case "notation":
		define(c, s.notations, name, c.notation(name, at), at)
	}
}

func define[T any](c *compiler, space map[Name]T, name Name, component T, at source) {
	if _, twice := space[name]; twice {
		c.errorf(at, "sch-props-correct.2", "%s %q is defined more than once", at.local(), name)
		return
	}
	if c.count(at, 1) {
		space[name] = component
	}
}

func (c *compiler) newSimple(name Name, at source) *SimpleType {
	t := &SimpleType{Name: name, src: at}
	c.simples = append(c.simples, t)
	return t
}

func (c *compiler) newComplex(name Name, at source) *ComplexType {
	t := &ComplexType{Name: name, src: at}
	c.complexes = append(c.complexes, t)
	return t
}

// redefine puts a redefinition in the place of what it redefines (4.2.2).
func (c *compiler) redefine(at source, target *document) {
	name := Name{at.doc.space, at.attr("name")}
	kind, ok := topKind[at.local()]
	if !ok {
		return
	}
	s := c.set
	var from source
	again := false // redefined before
	switch original := c.redefined(at.local(), name).(type) {
	case nil:
		c.errorf(at, "src-resolve", "there is no %s %q to redefine", at.local(), name)
		return
	case *SimpleType:
		t := c.newSimple(name, at)
		t.original, s.types[name] = original, t
		from, again = original.src, original.original != nil
	case *ComplexType:
		t := c.newComplex(name, at)
		t.original, s.types[name] = original, t
		from, again = original.src, original.original != nil
	case *GroupDefinition:
		s.groups[name] = &GroupDefinition{Name: name, Group: new(Group), src: at, original: original}
		from, again = original.src, original.original != nil
	case *AttributeGroup:
		s.attributeGroups[name] = &AttributeGroup{Name: name, src: at, original: original}
		from, again = original.src, original.original != nil
	}
	switch {
	case target.holds(from.doc):
	case again:
		c.errorf(at, "sch-props-correct.2", "%s %q is redefined in %s already, which the redefined document knows nothing of", at.local(), name, from.doc.file)
	default:
		c.errorf(at, "src-resolve", "%s %q is not one of the redefined document", at.local(), name)
	}
	if at.doc.redefining == nil {
		at.doc.redefining = make(map[defKey]bool)
	}
	at.doc.redefining[defKey{kind, name}] = true
}

// redefined returns the component of that kind and name, nil if there is none.
func (c *compiler) redefined(kind string, name Name) any {
	s := c.set
	switch kind {
	case "simpleType":
		if t, ok := s.types[name].(*SimpleType); ok {
			return t
		}
	case "complexType":
		if t, ok := s.types[name].(*ComplexType); ok {
			return t
		}
	case "group":
		if g := s.groups[name]; g != nil {
			return g
		}
	case "attributeGroup":
		if g := s.attributeGroups[name]; g != nil {
			return g
		}
	}
	return nil
}

func (c *compiler) notation(name Name, at source) *Notation {
	if !at.has("public") && !at.has("system") {
		c.errorf(at, "src-notation", "notation %q has neither a public nor a system identifier", name)
	}
	return &Notation{Name: name, Public: at.attr("public"), System: at.attr("system"), src: at}
}

// build works out every component, local ones as they are met.
func (c *compiler) build() {
	for _, g := range sortedValues(c.set.groups) {
		c.buildGroup(g)
	}
	for _, g := range sortedValues(c.set.attributeGroups) {
		c.buildAttributeGroup(g)
	}
	// Building one component may append others, complex types among them.
	for i, j, k, m := 0, 0, 0, 0; !c.stopped; {
		switch {
		case i < len(c.elements):
			c.buildElement(c.elements[i])
			i++
		case j < len(c.attributes):
			c.buildAttribute(c.attributes[j])
			j++
		case k < len(c.simples):
			c.buildSimple(c.simples[k])
			k++
		case m < len(c.complexes):
			c.buildComplex(c.complexes[m])
			m++
		default:
			c.resolveKeyRefs()
			return
		}
	}
}

// sortedValues orders components by where they stand, for errors in order.
func sortedValues[T interface{ source() source }](m map[Name]T) []T {
	list := make([]T, 0, len(m))
	for _, v := range m {
		list = append(list, v)
	}
	slices.SortFunc(list, func(a, b T) int {
		s, t := a.source(), b.source()
		return cmp.Or(strings.Compare(s.doc.file, t.doc.file), int(s.node)-int(t.node))
	})
	return list
}

func (g *GroupDefinition) source() source { return g.src }
func (g *AttributeGroup) source() source  { return g.src }
func (e *Element) source() source         { return e.src }
