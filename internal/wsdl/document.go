package wsdl

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// A reader collects what the documents of a release say.
type reader struct {
	fsys  fs.FS
	set   *Set
	docs  map[string]*document
	order []*document
	errs  []error
}

// A document is one WSDL file. Definitions are known by kind and local name,
// as each kind has its own symbol space (WSDL 1.1 2.1.1).
type document struct {
	file    string
	t       *xmltree.Tree
	space   string // targetNamespace
	defs    map[definition]xmltree.Node
	imports []*document
}

type definition struct{ kind, name string }

// A place is a node of a document.
type place struct {
	*document
	node xmltree.Node
}

func (p place) exists() bool { return p.document != nil && p.node != xmltree.None }

func (p place) attr(local string) string {
	v, _ := p.t.Attr(p.node, "", local)
	return strings.TrimSpace(string(v))
}

func (p place) has(local string) bool {
	_, ok := p.t.Attr(p.node, "", local)
	return ok
}

func (p place) child(space, local string) place {
	return place{p.document, p.t.Child(p.node, space, local)}
}

// children returns the child elements of a name.
func (p place) children(space, local string) []place {
	var list []place
	for n := range p.t.Elements(p.node) {
		if p.t.Is(n, space, local) {
			list = append(list, place{p.document, n})
		}
	}
	return list
}

// qname resolves a QName in an attribute's value; ok is false if the prefix is
// not bound.
func (p place) qname(local string) (xml.Name, bool) {
	prefix, name, colon := strings.Cut(p.attr(local), ":")
	if !colon {
		prefix, name = "", prefix
	}
	space, ok := p.t.LookupNamespace(p.node, prefix)
	return xml.Name{Space: space, Local: name}, ok && name != ""
}

func (p place) doc() string {
	d := p.child(Namespace, "documentation")
	if !d.exists() {
		return ""
	}
	text, _ := p.t.Text(d.node)
	return strings.Join(strings.Fields(string(text)), " ")
}

func (r *reader) problem(p place, rule, format string, args ...any) *Problem {
	line, column := p.t.Position(p.t.Offset(p.node))
	return &Problem{File: p.file, Line: line, Column: column, Rule: rule, Text: fmt.Sprintf(format, args...)}
}

func (r *reader) fail(p place, rule, format string, args ...any) {
	r.errs = append(r.errs, r.problem(p, rule, format, args...))
}

func (r *reader) warn(p place, rule, format string, args ...any) {
	r.set.Warnings = append(r.set.Warnings, r.problem(p, rule, format, args...))
}

// document reads a file once; nil if it cannot be read, which is reported.
func (r *reader) document(file string) *document {
	if d, known := r.docs[file]; known {
		return d
	}
	r.docs[file] = nil
	t := r.parse(file)
	if t == nil {
		return nil
	}
	d := &document{file: file, t: t, defs: make(map[definition]xmltree.Node)}
	r.docs[file] = d
	if !t.Is(t.Root(), Namespace, "definitions") {
		r.fail(place{d, t.Root()}, "WSDL 2.1", "the root element is not wsdl:definitions")
		return nil
	}
	r.order = append(r.order, d)
	r.definitions(place{d, t.Root()})
	return d
}

// parse reads a file of the release and notes what it refers to.
func (r *reader) parse(file string) *xmltree.Tree {
	if len(r.set.refs) >= maxFiles {
		r.errs = append(r.errs, &Problem{File: file, Rule: "limit", Text: fmt.Sprintf("more than %d files", maxFiles)})
		return nil
	}
	r.set.refs[file] = nil
	src, err := fs.ReadFile(r.fsys, file)
	if err != nil {
		r.errs = append(r.errs, &Problem{File: file, Rule: "WSDL 2.1.1", Text: err.Error()})
		return nil
	}
	t, err := xmltree.Parse(src, xmltree.Options{AllowPI: true, DTD: xmltree.CheckDTD})
	if err != nil {
		r.errs = append(r.errs, unparsable(file, err))
		return nil
	}
	for n := t.Root(); n < t.End(t.Root()); n++ {
		if t.Kind(n) != xmltree.Element {
			continue
		}
		q := t.Name(n)
		if v, ok := t.Attr(n, "", locationAttr(q.Space, q.Local)); ok {
			if to, ok := resolve(file, string(v)); ok {
				r.set.refs[file] = append(r.set.refs[file], to)
			}
		}
	}
	return t
}

// schemas reads the schema documents that descriptions refer to, for the sake
// of what they refer to themselves.
func (r *reader) schemas() {
	var queue []string
	for _, d := range r.order {
		queue = append(queue, r.set.refs[d.file]...)
	}
	for ; len(queue) > 0; queue = queue[1:] {
		if _, known := r.set.refs[queue[0]]; known {
			continue
		}
		if t := r.parse(queue[0]); t != nil {
			queue = append(queue, r.set.refs[queue[0]]...)
			t.Release()
		}
	}
}

func unparsable(file string, err error) *Problem {
	p := &Problem{File: file, Rule: "XML 1.0", Text: err.Error()}
	if rejection, ok := errors.AsType[*reject.Rejection](err); ok {
		p.Line, p.Column, p.Text = rejection.Line, rejection.Column, rejection.Text().EN
	}
	return p
}

// definitions notes what a document defines, imports and embeds.
func (r *reader) definitions(root place) {
	d := root.document
	d.space = root.attr("targetNamespace")
	for n := range d.t.Elements(root.node) {
		p, name := place{d, n}, d.t.Name(n)
		if name.Space != Namespace {
			continue // an extension element (WSDL 1.1 2.1.3)
		}
		switch name.Local {
		case "import":
			r.importation(p)
		case "types":
			for _, s := range p.children(namespaceXSD, "schema") {
				r.set.Schemas = append(r.set.Schemas, Schema{d.file, d.t, s.node})
			}
		case "message", "portType", "binding", "service":
			key := definition{name.Local, p.attr("name")}
			if d.defs[key] != xmltree.None {
				r.fail(p, "WSDL 2.1.1", "%s %q is defined twice", key.kind, key.name)
			}
			d.defs[key] = n
		}
	}
}

func (r *reader) importation(p place) {
	location := p.attr("location")
	if location == "" {
		r.fail(p, "R2007", "wsdl:import without a location")
		return
	}
	file, ok := resolve(p.file, location)
	if !ok {
		r.fail(p, "WSDL 2.1.1", "location %q leads out of the release", location)
		return
	}
	if d := r.document(file); d != nil {
		p.imports = append(p.imports, d)
	}
}

// lookup finds the definition that a QName attribute refers to, in its own
// document or one that is imported, at any remove.
func (r *reader) lookup(p place, attr, kind string) place {
	name, ok := p.qname(attr)
	if ok {
		seen := map[*document]bool{p.document: true}
		for queue := []*document{p.document}; len(queue) > 0; queue = queue[1:] {
			d := queue[0]
			if n := d.defs[definition{kind, name.Local}]; n != xmltree.None && d.space == name.Space {
				return place{d, n}
			}
			for _, i := range d.imports {
				if !seen[i] {
					seen[i] = true
					queue = append(queue, i)
				}
			}
		}
	}
	r.fail(p, "WSDL 2.1.1", "%s %q is not defined", kind, p.attr(attr))
	return place{}
}
