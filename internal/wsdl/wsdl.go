// Package wsdl reads the WSDL 1.1 descriptions of a release: which ports there
// are, at which path, and which operations they have. It finds the operation a
// message calls, and publishes the documents under the address they are served
// at.
//
// Only what a gate can hold a message to is supported: SOAP 1.1 and 1.2
// bindings over HTTP, style document, use literal. Everything else in a
// description is an error with file and line, except bindings of other
// protocols, which are left alone. Schemas are handed on, not read.
//
// Standards: WSDL 1.1 (W3C Note, 15 March 2001), its binding for SOAP 1.2, and
// the description requirements of WS-I Basic Profile 1.1.
package wsdl

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/soapgate/soapgate/internal/xmltree"
)

// Namespaces of WSDL 1.1 and its SOAP bindings.
const (
	Namespace       = "http://schemas.xmlsoap.org/wsdl/"
	NamespaceSOAP11 = "http://schemas.xmlsoap.org/wsdl/soap/"
	NamespaceSOAP12 = "http://schemas.xmlsoap.org/wsdl/soap12/"
	namespaceXSD    = "http://www.w3.org/2001/XMLSchema"
	transportHTTP   = "http://schemas.xmlsoap.org/soap/http"
)

// A Set is the descriptions of one release.
type Set struct {
	Ports    []*Port
	Schemas  []Schema
	Warnings []*Problem

	fsys   fs.FS
	byPath map[string][]*Port
	calls  map[call][]*Operation
	refs   map[string][]string // of each file: the files it refers to
}

// A call is what a message says about the operation it wants.
type call struct {
	path  string
	input xml.Name
}

// A Port is one address and what can be called there.
type Port struct {
	File     string // the description's path in the release
	Service  string
	Name     string
	PortType string
	Doc      string
	Address  string // as the description gives it
	Path     string // of the address, without a slash at its end
	SOAP12   bool
	// Operations are in the order of the binding.
	Operations []*Operation
}

// An Operation is one operation of a port's binding.
type Operation struct {
	Port          *Port
	Name          string
	Doc           string
	Action        string     // soapAction
	Headers       []xml.Name // header blocks of the request
	Input         xml.Name   // the Body's child in the request
	OutputHeaders []xml.Name
	Output        xml.Name   // the Body's child in the answer; zero if one-way
	Faults        []xml.Name // entries of a fault's detail
	OneWay        bool
}

// A Schema is an xs:schema element inside of a description.
type Schema struct {
	File string // that relative locations start from
	Tree *xmltree.Tree
	Node xmltree.Node
}

// A Problem is something wrong in a description.
type Problem struct {
	File         string
	Line, Column int
	Rule         string // "R2706" of BP 1.1, or "WSDL 3.5": the section of WSDL 1.1
	Text         string
}

func (p *Problem) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s: %s", p.File, p.Line, p.Column, p.Rule, p.Text)
}

// maxFiles bounds how many files the descriptions of a release may have.
const maxFiles = 1000

// Read reads every *.wsdl file of fsys. The error joins *Problem values; the
// Set is nil then. Warnings are what BP 1.1 forbids but a message can be held
// to all the same.
func Read(fsys fs.FS) (*Set, error) {
	r := &reader{fsys: fsys, docs: make(map[string]*document), set: &Set{
		fsys: fsys, byPath: make(map[string][]*Port), calls: make(map[call][]*Operation),
		refs: make(map[string][]string),
	}}
	err := fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.EqualFold(path.Ext(name), ".wsdl") {
			return err
		}
		r.document(name)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("looking for descriptions: %w", err)
	}
	for _, d := range r.order {
		r.services(d)
	}
	r.schemas()
	if len(r.errs) > 0 {
		return nil, errors.Join(r.errs...)
	}
	r.set.index()
	return r.set, nil
}

func (s *Set) index() {
	for _, p := range s.Ports {
		s.byPath[p.Path] = append(s.byPath[p.Path], p)
		for _, o := range p.Operations {
			c := call{p.Path, o.Input}
			same := func(other *Operation) bool { return other.Action == o.Action }
			if !slices.ContainsFunc(s.calls[c], same) { // a second port may bind it to SOAP 1.2
				s.calls[c] = append(s.calls[c], o)
			}
		}
	}
}

// clark writes a name as {namespace}local.
func clark(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return "{" + n.Space + "}" + n.Local
}
