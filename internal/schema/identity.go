package schema

import (
	"math"
	"strings"

	"github.com/soapgate/soapgate/internal/xmltree"
)

// A locationPath is one alternative of a selector or field (3.11.6): elements by name,
// downward from the context, and for a field perhaps an attribute at last.
type locationPath struct {
	anywhere  bool // begins with .//
	steps     []nameTest
	attribute bool
	attr      nameTest
}

// A nameTest is a name, a namespace's every name or every name.
type nameTest struct {
	sym   symbol  // of a name
	space spaceID // of prefix:*
}

func (n nameTest) matches(sym symbol, space spaceID) bool {
	switch {
	case n.sym != 0:
		return n.sym == sym
	case n.space != 0:
		return n.space == space
	}
	return true
}

// constraint reads unique, key or keyref (3.11.2).
func (c *compiler) constraint(at source) *Constraint {
	k := &Constraint{Name: Name{at.doc.space, at.attr("name")}, src: at}
	switch at.local() {
	case "key":
		k.Kind = Key
	case "keyref":
		k.Kind = KeyRef
	}
	for _, child := range at.children() {
		text := child.attr("xpath")
		if child.local() == "selector" {
			k.Selector = text
			k.selector = c.xpath(child, text, false)
			continue
		}
		k.Fields = append(k.Fields, text)
		paths := c.xpath(child, text, true)
		k.fields = append(k.fields, paths)
		for _, p := range paths {
			if k.reach = max(k.reach, len(p.steps)); p.anywhere {
				k.reach = math.MaxInt32
			}
		}
	}
	if c.set.constraints[k.Name] != nil {
		c.errorf(at, "sch-props-correct.2", "identity constraint %q is defined more than once", k.Name)
		return nil
	}
	if !c.count(at, 1+len(k.Fields)) {
		return nil
	}
	c.set.constraints[k.Name] = k
	return k
}

// resolveKeyRefs finds the key each keyref refers to (c-props-correct).
func (c *compiler) resolveKeyRefs() {
	for k := range byName(c.set.constraints) {
		if k.Kind != KeyRef {
			continue
		}
		name, ok := c.qname(k.src, "refer")
		if !ok {
			continue
		}
		if k.Refer, ok = lookup(c, k.src, c.set.constraints, "key", name); !ok {
			continue
		}
		k.Refer.referred = true
		switch {
		case k.Refer.Kind == KeyRef:
			c.errorf(k.src, "src-resolve", "keyref %q refers to a keyref", k.Name)
		case len(k.Refer.Fields) != len(k.Fields):
			c.errorf(k.src, "c-props-correct.2", "keyref %q has %d fields, the key %q has %d", k.Name, len(k.Fields), name, len(k.Refer.Fields))
		}
	}
}

// xpath parses a selector or field (3.11.6 c-selector-xpath, c-fields-xpaths).
func (c *compiler) xpath(at source, text string, field bool) []locationPath {
	rule := "c-selector-xpath"
	if field {
		rule = "c-fields-xpaths"
	}
	var paths []locationPath
	for alternative := range strings.SplitSeq(text, "|") {
		x := &xpathParser{compiler: c, at: at, rest: alternative}
		p, ok := x.path(field)
		if !ok {
			c.errorf(at, rule, "%q is not in the subset of XPath for this", text)
			return nil
		}
		paths = append(paths, p)
	}
	return paths
}

type xpathParser struct {
	*compiler
	at   source
	rest string
}

func (x *xpathParser) skip() { x.rest = strings.TrimLeft(x.rest, " \t\r\n") }

// take takes a token if it is the next one.
func (x *xpathParser) take(token string) bool {
	x.skip()
	rest, ok := strings.CutPrefix(x.rest, token)
	if ok {
		x.rest = rest
	}
	return ok
}

// axis takes an axis, which white space may split.
func (x *xpathParser) axis(name string) bool {
	saved := x.rest
	if x.take(name) && x.take("::") {
		return true
	}
	x.rest = saved
	return false
}

func (x *xpathParser) path(field bool) (p locationPath, ok bool) {
	x.skip()
	if saved := x.rest; x.take(".") && x.take("//") {
		p.anywhere = true
	} else {
		x.rest = saved
	}
	for {
		switch {
		case x.take("."):
		case field && (x.take("@") || x.axis("attribute")):
			p.attribute = true
			if p.attr, ok = x.nameTest(); !ok {
				return p, false
			}
		default:
			x.axis("child")
			test, ok := x.nameTest()
			if !ok {
				return p, false
			}
			p.steps = append(p.steps, test)
		}
		if x.skip(); x.rest == "" {
			return p, true
		}
		if p.attribute || !x.take("/") {
			return p, false
		}
	}
}

func (x *xpathParser) nameTest() (n nameTest, ok bool) {
	if x.take("*") {
		return nameTest{}, true
	}
	x.skip()
	first := x.ncname()
	if first == "" {
		return n, false
	}
	if !strings.HasPrefix(x.rest, ":") || strings.HasPrefix(x.rest, "::") {
		return nameTest{sym: x.set.symbol(Name{Local: first})}, true
	}
	x.rest = x.rest[1:]
	space, ok := x.at.doc.tree.LookupNamespace(x.at.node, first)
	if !ok {
		return n, false
	}
	if strings.HasPrefix(x.rest, "*") {
		x.rest = x.rest[1:]
		return nameTest{space: x.set.space(space)}, true
	}
	local := x.ncname()
	return nameTest{sym: x.set.symbol(Name{space, local})}, local != ""
}

func (x *xpathParser) ncname() string {
	end := strings.IndexAny(x.rest, " \t\r\n/|:@*")
	if end < 0 {
		end = len(x.rest)
	}
	// A name may hold dots, but none can begin with one.
	name := x.rest[:end]
	if !isNCName(name) {
		return ""
	}
	x.rest = x.rest[end:]
	return name
}

// selects reports whether p leads from the element at depth from to the one on
// top of the stack of element names.
func (p *locationPath) selects(stack []elementName, from int) bool {
	at := len(stack) - 1 - len(p.steps)
	if at < from || at > from && !p.anywhere {
		return false
	}
	for i := len(p.steps) - 1; i >= 0; i-- {
		if e := &stack[at+1+i]; !p.steps[i].matches(e.sym, e.space) {
			return false
		}
	}
	return true
}

// An elementName is what a nameTest looks at.
type elementName struct {
	sym   symbol
	space spaceID
}

// bindPrefix makes the namespaces at a node known to package datatype.
type bindPrefix struct {
	tree *xmltree.Tree
	node xmltree.Node
}

// ResolvePrefix implements datatype.Resolver.
func (b *bindPrefix) ResolvePrefix(prefix []byte) (space string, ok bool) {
	return b.tree.LookupNamespace(b.node, string(prefix))
}
