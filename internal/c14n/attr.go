package c14n

import (
	"cmp"
	"slices"
	"strings"

	"github.com/soapgate/soapgate/internal/xmltree"
)

// declarations writes the namespace declarations that the scope has ready, by
// prefix.
func (c *canon) declarations() {
	s := &c.scope
	slices.SortFunc(s.fresh, func(a, b int32) int {
		return strings.Compare(s.bindings[a].pair.prefix, s.bindings[b].pair.prefix)
	})
	for _, b := range s.fresh {
		c.out.string(" xmlns")
		if p := s.bindings[b].pair.prefix; p != "" {
			c.out.string(":")
			c.out.string(p)
		}
		c.out.string(`="`)
		c.out.escaped(s.bindings[b].space)
		c.out.string(`"`)
	}
}

// An attr is an attribute with the length of its qualified name.
type attr struct {
	xmltree.Attr
	name int
}

// attributes writes the attributes of n, by namespace and local name; those
// in no namespace come first.
func (c *canon) attributes(n xmltree.Node) {
	c.attrs = c.attrs[:0]
	for i := range c.t.NumAttrs(n) {
		c.add(c.t.AttrAt(n, i))
	}
	if n == c.apex && !c.method.Exclusive {
		c.inherit(n)
	}
	if len(c.attrs) > 1 {
		slices.SortFunc(c.attrs, c.compare)
	}
	for i := range c.attrs {
		c.attribute(&c.attrs[i])
	}
}

func (c *canon) add(a xmltree.Attr) {
	c.attrs = append(c.attrs, attr{a, int(c.scope.name(a.NameID).length)})
}

func (c *canon) compare(a, b attr) int {
	x, y := c.t.NameOf(a.NameID), c.t.NameOf(b.NameID)
	return cmp.Or(strings.Compare(x.Space, y.Space), strings.Compare(x.Local, y.Local))
}

// attribute writes a. As written in most sources it is a stretch of them.
func (c *canon) attribute(a *attr) {
	o := &c.out
	eq := a.Offset + a.name // where the name ends
	if o.src[a.Offset-1] == ' ' {
		o.source(a.Offset-1, eq)
	} else {
		o.string(" ")
		o.source(a.Offset, eq)
	}
	v := a.Value
	if o.src[eq] != '=' || o.src[eq+1] != '"' {
		o.string(`="`)
		o.value(v, eq+2, &attrEscape)
		o.string(`"`)
		return
	}
	o.source(eq, eq+2)
	o.value(v, eq+2, &attrEscape)
	if end := eq + 2 + len(v); o.hi == end && o.src[end] == '"' {
		o.source(end, end+1)
	} else {
		o.string(`"`)
	}
}
