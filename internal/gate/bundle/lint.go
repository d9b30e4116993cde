package bundle

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/soapgate/soapgate/internal/schema"
	"github.com/soapgate/soapgate/internal/wsdl"
)

// A Problem is something wrong in a release's folder.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"` // from 1; 0 if the whole file is meant
	Column  int    `json:"column,omitempty"`
	Rule    string `json:"rule"` // of BP 1.1, WSDL 1.1, XML Schema, or "release"
	Text    string `json:"text"`
	Warning bool   `json:"warning"` // the release can be used all the same
}

// String returns file:line:column, the rule and the text.
func (p Problem) String() string {
	at := p.File
	if p.Line > 0 {
		at = fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
	}
	if p.Warning {
		return at + ": warning: " + p.Rule + ": " + p.Text
	}
	return at + ": " + p.Rule + ": " + p.Text
}

// Lint returns everything wrong in a release's folder, by file and line.
func Lint(fsys fs.FS) []Problem {
	l := &linter{fsys: fsys}
	services, err := wsdl.Read(fsys)
	l.descriptions(services, err)
	if services != nil {
		l.schemas(services)
		l.unused(services)
	}
	slices.SortStableFunc(l.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return l.problems
}

type linter struct {
	fsys     fs.FS
	problems []Problem
}

func (l *linter) add(file, format string, args ...any) {
	l.problems = append(l.problems, Problem{File: file, Rule: "release", Text: fmt.Sprintf(format, args...)})
}

func (l *linter) warn(file, format string, args ...any) {
	l.problems = append(l.problems, Problem{File: file, Rule: "release", Text: fmt.Sprintf(format, args...), Warning: true})
}

func (l *linter) descriptions(services *wsdl.Set, err error) {
	for _, e := range single(err) {
		p, ok := errors.AsType[*wsdl.Problem](e)
		if !ok {
			l.add(".", "%v", e)
			continue
		}
		l.problems = append(l.problems, Problem{p.File, p.Line, p.Column, p.Rule, p.Text, false})
	}
	if services == nil {
		return
	}
	for _, p := range services.Warnings {
		l.problems = append(l.problems, Problem{p.File, p.Line, p.Column, p.Rule, p.Text, true})
	}
	if len(services.Ports) == 0 {
		l.add(".", "there is no description (*.wsdl) with a SOAP port in the folder")
	}
}

// single takes a joined error apart.
func single(err error) []error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

// schemas compiles what the descriptions refer to, and looks for the elements
// of their operations.
func (l *linter) schemas(services *wsdl.Set) {
	var docs []schema.Document
	for _, s := range services.Schemas {
		docs = append(docs, schema.Document{Path: s.File, Tree: s.Tree, Node: s.Node})
	}
	set, err := schema.Compile(l.fsys, docs, schema.Options{})
	for _, e := range single(err) {
		if p, ok := errors.AsType[*schema.Error](e); ok {
			l.problems = append(l.problems, Problem{p.File, p.Line, p.Column, p.Constraint, p.Text, false})
		} else {
			l.add(".", "%v", e)
		}
	}
	if set == nil || err != nil {
		return
	}
	paths := make(map[string]string)
	for _, p := range services.Ports {
		if other, taken := paths[p.Path]; taken && other != p.File {
			l.add(p.File, "path %s is served by %s already", p.Path, other)
		}
		paths[p.Path] = p.File
		for _, o := range p.Operations {
			for _, n := range slices.Concat([]xml.Name{o.Input, o.Output}, o.Headers, o.OutputHeaders, o.Faults) {
				if n.Local != "" && set.Element(n.Space, n.Local) == nil {
					l.add(p.File, "operation %s: element %s is not declared by any schema", o.Name, clark(n))
				}
			}
		}
	}
}

// unused warns of schemas and descriptions that nothing leads to: nobody will
// be given them.
func (l *linter) unused(services *wsdl.Set) {
	used := make(map[string]bool)
	for _, p := range services.Ports {
		for _, f := range services.Files(p.File) {
			used[f] = true
		}
	}
	err := fs.WalkDir(l.fsys, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		switch ext := strings.ToLower(path.Ext(name)); {
		case ext != ".xsd" && ext != ".wsdl":
			l.warn(name, "the file is neither a schema nor a description")
		case !used[name]:
			l.warn(name, "no description refers to the file")
		}
		return nil
	})
	if err != nil {
		l.add(".", "%v", err)
	}
}
