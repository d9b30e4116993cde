// Package schema compiles XML Schema 1.0 documents and validates messages
// against them.
//
// Compile reads the schema documents of a release, all of them as one Set, and
// refuses what XML Schema 1.0 (second edition) Parts 1 and 2 refuse: bad
// representations (Part 1 3.x.3), unresolved references (src-resolve),
// ambiguous content models (cos-nonambig), restrictions that do not restrict
// (3.9.6) and the other constraints on components (3.x.6), each named as the
// standard names it, with file and line. Documents are read from the file
// system given and from nowhere else.
//
// A Set is immutable and may be used by many goroutines. Validate assesses an
// element strictly, in time linear in the message, and reports what it finds
// in the words of the standard's validation rules (cvc-...). Content models
// are deterministic automata whose occurrence bounds are counters, so that
// maxOccurs="15000" costs what "unbounded" costs.
//
// The exported component types are the schema components of Part 1 chapter 2,
// for those who compare two releases or make samples. Nothing outside of this
// package changes them. Values are the business of package datatype, patterns
// of package regex.
package schema

import (
	"fmt"
	"io/fs"

	"github.com/soapgate/soapgate/internal/xmltree"
)

// Namespaces with a meaning of their own in schemas and instances.
const (
	NamespaceXSD = "http://www.w3.org/2001/XMLSchema"
	NamespaceXSI = "http://www.w3.org/2001/XMLSchema-instance"
)

// A Document names one schema document to compile: a file, or an xs:schema
// element inside of another document, as in the types section of a WSDL file.
type Document struct {
	// Path is the file, relative to the file system's root. For an embedded
	// schema it is the file that relative locations start from.
	Path string
	// Tree and Node are the embedded xs:schema element; nil for a file.
	Tree *xmltree.Tree
	Node xmltree.Node
}

// Options bound and guide compilation. Zero fields have the stated default.
type Options struct {
	// Catalogue gives, for a namespace that is imported without a location
	// inside of the file system, the file that defines it.
	Catalogue map[string]string
	// Documents is how many schema documents a Set may have; default 1000.
	Documents int
	// Bytes is the sum of their sizes; default 64 MiB.
	Bytes int64
	// Components bounds the number of components, with every use of a group
	// counted again as content models expand it; default 2 000 000.
	Components int
	// Depth bounds how deep definitions may rest on definitions: types on base
	// types, groups in groups, elements in elements; default 400.
	Depth int
	// Errors is how many errors are collected before Compile gives up;
	// default 100.
	Errors int
}

func (o Options) withDefaults() Options {
	def := func(p *int, v int) {
		if *p == 0 {
			*p = v
		}
	}
	def(&o.Documents, 1000)
	def(&o.Components, 2_000_000)
	def(&o.Depth, 400)
	def(&o.Errors, 100)
	if o.Bytes == 0 {
		o.Bytes = 64 << 20
	}
	return o
}

// An Error is one violation of XML Schema found in a schema document.
type Error struct {
	File         string
	Line, Column int    // from 1; 0 if the whole file is meant
	Constraint   string // the standard's name of the rule: "src-resolve", "cos-nonambig", "ct-props-correct.4"
	Text         string // what is wrong, in English
}

// Error returns file:line:column, the constraint and the text.
func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s: %s", e.File, e.Constraint, e.Text)
	}
	return fmt.Sprintf("%s:%d:%d: %s: %s", e.File, e.Line, e.Column, e.Constraint, e.Text)
}

// Compile compiles documents and all they include, import and redefine into
// one Set. Locations are resolved within fsys only, by path relative to the
// document or, failing that, by the catalogue; a location that leads elsewhere
// is as good as none, and what it would have defined is missed when it is
// referred to. The error joins *Error values, at most Options.Errors of them.
func Compile(fsys fs.FS, docs []Document, opts Options) (*Set, error) {
	c := newCompiler(fsys, opts.withDefaults())
	return c.compile(docs)
}
