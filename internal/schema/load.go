package schema

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"path"
	"strings"

	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// A document is a schema document read for one target namespace. A document
// without a target namespace that others include (a chameleon, Part 1 4.2.1)
// is one document for each namespace it takes on.
type document struct {
	file      string
	tree      *xmltree.Tree // nil once the Set is compiled
	root      xmltree.Node
	space     string // "" for the absent namespace
	chameleon bool

	elementQualified, attributeQualified bool
	blockDefault, finalDefault           Derivation

	imported   map[string]bool
	redefining map[defKey]bool // what its redefine elements define
	loading    bool            // its own dependencies are not loaded yet
	redefines  []redefinition
	parts      []*document // that it includes or redefines
}

// A source is the place in a schema document that a component comes from.
type source struct {
	doc  *document
	node xmltree.Node
}

type docKey struct{ file, space string }

// A redefinition is a redefine element and the document it redefines.
type redefinition struct {
	node   xmltree.Node
	target *document
}

// A file is one parsed file; several documents may share it.
type file struct {
	tree *xmltree.Tree
	root xmltree.Node
	err  error // reading or parsing
}

// holds reports whether d is other or includes or redefines it, at whatever
// distance.
func (d *document) holds(other *document) bool {
	seen := map[*document]bool{d: true}
	for queue := []*document{d}; len(queue) > 0; queue = queue[1:] {
		if queue[0] == other {
			return true
		}
		for _, p := range queue[0].parts {
			if !seen[p] {
				seen[p] = true
				queue = append(queue, p)
			}
		}
	}
	return false
}

// loader reads documents and follows their include, import and redefine.
type loader struct {
	*compiler
	files map[string]*file
	docs  map[docKey]*document
	order []*document // what a document needs comes before it, cycles apart
	bytes int64
}

func (l *loader) load(docs []Document) {
	for _, d := range docs {
		if d.Tree != nil {
			l.document(d.Path, &file{tree: d.Tree, root: d.Node}, source{}, nil)
			continue
		}
		name := path.Clean(d.Path)
		f := l.read(name)
		if f.err != nil {
			l.fileError(name, f.err)
			continue
		}
		l.open(name, f, source{}, nil)
	}
}

// open returns the document of a file for the namespace of the document that
// includes it, loading it when it is new.
func (l *loader) open(name string, f *file, at source, into *document) *document {
	key := docKey{file: name}
	if space, ok := f.tree.Attr(f.root, "", "targetNamespace"); ok {
		key.space = collapse(space)
	} else if into != nil {
		key.space = into.space
	}
	if d := l.docs[key]; d != nil {
		return d
	}
	return l.document(name, f, at, into)
}

func (l *loader) document(name string, f *file, at source, into *document) *document {
	if len(l.order) >= l.opts.Documents {
		l.limit(at, "more than %d schema documents", l.opts.Documents)
		return nil
	}
	d := &document{file: name, tree: f.tree, root: f.root, imported: make(map[string]bool), loading: true}
	if !f.tree.Is(f.root, NamespaceXSD, "schema") {
		l.errorf(source{d, f.root}, "s4s-elt-schema-ns", "the root element is %s, not schema of XML Schema", f.tree.Name(f.root))
		return nil
	}
	space, has := f.tree.Attr(f.root, "", "targetNamespace")
	d.space = collapse(space)
	if !has && into != nil {
		d.space, d.chameleon = into.space, into.space != ""
	}
	before := len(l.errs)
	checkGrammar(l.compiler, d)
	l.docs[docKey{name, d.space}] = d
	if len(l.errs) == before {
		l.attributes(d)
		l.dependencies(d)
	}
	d.loading = false
	l.order = append(l.order, d)
	return d
}

// attributes reads the schema element's defaults.
func (l *loader) attributes(d *document) {
	at := source{d, d.root}
	d.elementQualified = at.attr("elementFormDefault") == "qualified"
	d.attributeQualified = at.attr("attributeFormDefault") == "qualified"
	d.blockDefault = at.derivations("blockDefault", Restriction|Extension|Substitution)
	d.finalDefault = at.derivations("finalDefault", Restriction|Extension|List|Union)
}

func (l *loader) dependencies(d *document) {
	for n := range d.tree.Elements(d.root) {
		at := source{d, n}
		switch at.local() {
		case "include":
			l.include(at, "src-include")
		case "redefine":
			l.redefine(at)
		case "import":
			l.imports(at)
		}
	}
}

// include loads what an include or redefine element names, and checks that
// its namespace fits (src-include, src-redefine 3).
func (l *loader) include(at source, rule string) *document {
	location := at.attr("schemaLocation")
	name, ok := resolveLocation(at.doc.file, location)
	if !ok {
		return nil
	}
	f := l.read(name)
	switch {
	case errors.Is(f.err, fs.ErrNotExist):
		l.missing[name] = true
		return nil
	case f.err != nil:
		l.errorf(at, rule+".1", "%s: %v", name, f.err)
		return nil
	case !f.tree.Is(f.root, NamespaceXSD, "schema"):
		l.errorf(at, rule+".1", "%s is not a schema document", name)
		return nil
	}
	if space, has := f.tree.Attr(f.root, "", "targetNamespace"); has && collapse(space) != at.doc.space {
		l.errorf(at, rule+".2.1", "%s has the target namespace %q, not that of the including document, %q", name, space, at.doc.space)
		return nil
	}
	d := l.open(name, f, at, at.doc)
	if d != nil {
		at.doc.parts = append(at.doc.parts, d)
	}
	return d
}

func (l *loader) redefine(at source) {
	target := l.include(at, "src-redefine")
	children := false
	for n := range at.doc.tree.Elements(at.node) {
		children = children || at.at(n).local() != "annotation"
	}
	switch {
	case target == at.doc && children:
		l.errorf(at, "src-redefine.1", "a document cannot redefine itself")
	case target == nil && children:
		l.errorf(at, "src-redefine.1", "the redefined document %q cannot be read", at.attr("schemaLocation"))
	case target != nil && target != at.doc:
		at.doc.redefines = append(at.doc.redefines, redefinition{at.node, target})
	}
}

func (l *loader) imports(at source) {
	space, has := at.attrOK("namespace")
	own, ownHas := at.doc.space, at.doc.space != ""
	switch {
	case has && ownHas && space == own:
		l.errorf(at, "src-import.1.1", "the namespace %q is the document's own", space)
		return
	case !has && !ownHas:
		l.errorf(at, "src-import.1.2", "without a namespace attribute the document needs a target namespace")
		return
	}
	at.doc.imported[space] = true
	name, f := l.importFile(at, space)
	if f == nil {
		return
	}
	if !f.tree.Is(f.root, NamespaceXSD, "schema") {
		l.errorf(at, "src-import.2", "%s is not a schema document", name)
		return
	}
	target, targetHas := f.tree.Attr(f.root, "", "targetNamespace")
	if has != targetHas || collapse(target) != space {
		rule := "src-import.3.1"
		if !has {
			rule = "src-import.3.2"
		}
		l.errorf(at, rule, "%s has the target namespace %q, not %q", name, target, space)
		return
	}
	l.open(name, f, at, nil)
}

// importFile finds the file of an imported namespace: its location's, else the
// catalogue's. None is no error: Part 1 4.2.3 leaves an import a hint.
func (l *loader) importFile(at source, space string) (string, *file) {
	var candidates []string
	if location, ok := at.attrOK("schemaLocation"); ok {
		if name, ok := resolveLocation(at.doc.file, location); ok {
			candidates = append(candidates, name)
		}
	}
	if name, ok := l.opts.Catalogue[space]; ok {
		candidates = append(candidates, path.Clean(name))
	}
	for _, name := range candidates {
		f := l.read(name)
		if errors.Is(f.err, fs.ErrNotExist) {
			l.missing[name] = true
			continue
		}
		if f.err != nil {
			l.errorf(at, "src-import.2", "%s: %v", name, f.err)
			return name, nil
		}
		return name, f
	}
	return "", nil
}

// resolveLocation resolves a schemaLocation against the file it stands in. It
// is not ok if the location leads out of the file system.
func resolveLocation(base, location string) (name string, ok bool) {
	u, err := url.Parse(location)
	if err != nil || u.Scheme != "" || u.Host != "" || u.Path == "" {
		return "", false
	}
	name = path.Join(path.Dir(base), u.Path)
	if strings.HasPrefix(u.Path, "/") || !fs.ValidPath(name) {
		return "", false
	}
	return name, true
}

// read returns a file, parsed once.
func (l *loader) read(name string) *file {
	if f := l.files[name]; f != nil {
		return f
	}
	f := new(file)
	l.files[name] = f
	var src []byte
	if src, f.err = l.readAll(name); f.err != nil {
		return f
	}
	f.tree, f.err = xmltree.Parse(toUTF8(src), xmltree.Options{
		AllowPI: true,
		DTD:     xmltree.CheckDTD,
		// Entities of its own subset may make a document larger than its file.
		Limits: xmltree.Limits{Bytes: int(l.opts.Bytes), Depth: l.opts.Depth, Text: int(l.opts.Bytes), Token: int(l.opts.Bytes)},
	})
	if f.err == nil {
		l.trees = append(l.trees, f.tree)
		f.root = f.tree.Root()
	}
	return f
}

func (l *loader) readAll(name string) ([]byte, error) {
	r, err := l.fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	src, err := io.ReadAll(io.LimitReader(r, l.opts.Bytes-l.bytes+1))
	if err != nil {
		return nil, err
	}
	if l.bytes += int64(len(src)); l.bytes > l.opts.Bytes {
		return nil, fmt.Errorf("the schema documents have more than %d bytes", l.opts.Bytes)
	}
	return src, nil
}

// fileError reports a file that cannot be read or is not XML.
func (l *loader) fileError(name string, err error) {
	e := &Error{File: name, Constraint: "schema_reference.4", Text: err.Error()}
	var r *reject.Rejection
	if errors.As(err, &r) {
		e.Line, e.Column = r.Line, r.Column
	}
	l.add(e)
}
