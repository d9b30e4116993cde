package schema

import (
	"path"
	"slices"
	"strings"

	"github.com/soapgate/soapgate/internal/xmltree"
)

// qname reads a QName from an attribute (Part 1 3.15.3, src-qname).
func (c *compiler) qname(at source, attr string) (Name, bool) {
	v, ok := at.attrOK(attr)
	if !ok {
		return Name{}, false
	}
	return c.qnameText(at, v)
}

func (c *compiler) qnameText(at source, v string) (Name, bool) {
	prefix, local, ok := strings.Cut(v, ":")
	if !ok {
		prefix, local = "", v
	}
	space, ok := at.doc.tree.LookupNamespace(at.node, prefix)
	if !ok {
		c.errorf(at, "src-resolve", "the prefix of %q is not bound to a namespace", v)
		return Name{}, false
	}
	if space == "" && at.doc.chameleon {
		space = at.doc.space // 4.2.1: references become references to the including namespace
	}
	return Name{space, local}, true
}

// visible reports whether a document may refer to a namespace (src-resolve 4).
func (c *compiler) visible(at source, name Name) bool {
	d := at.doc
	if name.Space == d.space || name.Space == NamespaceXSD || name.Space == NamespaceXSI || d.imported[name.Space] {
		return true
	}
	if name.Space == "" {
		c.errorf(at, "src-resolve.4.1", "%q is in no namespace, which the document does not import", name)
	} else {
		c.errorf(at, "src-resolve.4.2", "%q is in a namespace that the document does not import", name)
	}
	return false
}

// redefinition returns the redefinition that a reference to what it redefines
// stands in: inside of it, the name means the original (4.2.2).
func (c *compiler) redefinition(at source, kind defKind, name Name) (top source, ok bool) {
	if !at.doc.redefining[defKey{kind, name}] {
		return source{}, false
	}
	t := at.doc.tree
	for n := at.node; n != at.doc.root && n != xmltree.None; n = t.Parent(n) {
		if top := at.at(n); t.Is(t.Parent(n), NamespaceXSD, "redefine") {
			return top, top.attr("name") == name.Local && topKind[top.local()] == kind
		}
	}
	return source{}, false
}

var topKind = map[string]defKind{
	"simpleType": typeDef, "complexType": typeDef, "group": groupDef, "attributeGroup": attributeGroupDef,
}

func (c *compiler) unresolved(at source, what string, name Name) {
	hint := ""
	if len(c.missing) > 0 {
		var names []string
		for name := range c.missing {
			names = append(names, path.Base(name))
		}
		slices.Sort(names)
		hint = "; referred to but not there: " + strings.Join(names[:min(len(names), 5)], ", ")
	}
	c.errorf(at, "src-resolve", "there is no %s %q%s", what, name, hint)
}

// resolveType resolves a reference to a type; nil after an error.
func (c *compiler) resolveType(at source, name Name) Type {
	if !c.visible(at, name) {
		return nil
	}
	t, ok := c.set.types[name]
	if !ok {
		c.unresolved(at, "type", name)
		return nil
	}
	if top, ok := c.redefinition(at, typeDef, name); ok {
		return original(t, top)
	}
	return t
}

// original returns what the redefinition at top redefines, in the chain of
// redefinitions that ends in t.
func original(t Type, top source) Type {
	for {
		switch r := t.(type) {
		case *SimpleType:
			if t = r.original; r.src == top {
				return t
			}
		case *ComplexType:
			if t = r.original; r.src == top {
				return t
			}
		}
	}
}

// resolveSimple resolves a reference to a simple type and builds it.
func (c *compiler) resolveSimple(at source, name Name) *SimpleType {
	t := c.resolveType(at, name)
	if t == nil {
		return nil
	}
	s, ok := t.(*SimpleType)
	if !ok {
		c.errorf(at, "src-resolve", "%q is a complex type where a simple one is needed", name)
		return nil
	}
	c.buildSimple(s)
	return s
}

func lookup[T any](c *compiler, at source, space map[Name]T, what string, name Name) (v T, ok bool) {
	if !c.visible(at, name) {
		return v, false
	}
	if v, ok = space[name]; !ok {
		c.unresolved(at, what, name)
	}
	return v, ok
}
