package bundle

import (
	"crypto/sha256"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/soapgate/soapgate/internal/schema"
	"github.com/soapgate/soapgate/internal/wsdl"
)

// A Bundle is the compiled descriptions and schemas of one folder. It is
// immutable, expensive to make and cheap to share.
type Bundle struct {
	Services *wsdl.Set
	Schemas  *schema.Set
	Files    fs.FS // the folder, as it is published
}

// Compile reads every description below the root of fsys and compiles
// the schemas they refer to. The error joins all that is wrong in the folder,
// each with file and line.
func Compile(fsys fs.FS) (*Bundle, error) {
	services, err := wsdl.Read(fsys)
	if err != nil {
		return nil, fmt.Errorf("reading the descriptions: %w", err)
	}
	if len(services.Ports) == 0 {
		return nil, errors.New("there is no description (*.wsdl) with a SOAP port in the folder")
	}
	var docs []schema.Document
	for _, s := range services.Schemas {
		docs = append(docs, schema.Document{Path: s.File, Tree: s.Tree, Node: s.Node})
	}
	schemas, err := schema.Compile(fsys, docs, schema.Options{})
	if err != nil {
		return nil, fmt.Errorf("compiling the schemas: %w", err)
	}
	b := &Bundle{Services: services, Schemas: schemas, Files: fsys}
	return b, b.check()
}

// check sees to it that every element an operation names is declared: a
// message could otherwise never be valid.
func (b *Bundle) check() error {
	var errs []error
	for _, p := range b.Services.Ports {
		for _, o := range p.Operations {
			for _, n := range append([]xml.Name{o.Input}, o.Headers...) {
				if b.Schemas.Element(n.Space, n.Local) == nil {
					errs = append(errs, fmt.Errorf("%s: operation %s: element {%s}%s is not declared by any schema", p.File, o.Name, n.Space, n.Local))
				}
			}
		}
	}
	return errors.Join(errs...)
}

// Digest returns the SHA-256 digest over the names and contents of all
// files below the root of fsys: equal digests mean equal bundles.
func Digest(fsys fs.FS) ([sha256.Size]byte, error) {
	h := sha256.New()
	err := fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		f, err := fsys.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%q %d\n", name, info.Size())
		_, err = io.Copy(h, f)
		return err
	})
	return [sha256.Size]byte(h.Sum(nil)), err
}
