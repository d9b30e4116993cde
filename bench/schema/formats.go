//go:build linux

package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/soapgate/soapgate/internal/schema"
	"github.com/soapgate/soapgate/internal/xmltree"
)

const soap = "http://schemas.xmlsoap.org/soap/envelope/"

// payload returns a message's request alone, with the envelope's namespaces:
// libxml2 validates documents.
func payload(src []byte) ([]byte, error) {
	t, err := xmltree.Parse(src, xmltree.Options{})
	if err != nil {
		return nil, err
	}
	defer t.Release()
	n := t.FirstElement(t.Child(t.Root(), soap, "Body"))
	var decls strings.Builder
	for d := range t.Decls(t.Root()) {
		fmt.Fprintf(&decls, " xmlns:%s=%q", d.Prefix, d.Space)
	}
	name := len("<" + t.Name(n).String())
	request := src[t.Offset(n):t.EndOffset(n)]
	return slices.Concat(request[:name], []byte(decls.String()), request[name:]), nil
}

// writeWrapper writes a schema that imports every service's, so that libxml2
// compiles the bundle at once, too.
func writeWrapper(formats, name string) error {
	docs, err := documents(formats)
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<xs:schema xmlns:xs=%q targetNamespace=\"urn:all\">\n", schema.NamespaceXSD)
	for _, d := range docs {
		if strings.HasPrefix(d.Path, "lib/") {
			continue
		}
		src, err := os.ReadFile(filepath.Join(formats, d.Path))
		if err != nil {
			return err
		}
		_, rest, _ := strings.Cut(string(src), `targetNamespace="`)
		space, _, _ := strings.Cut(rest, `"`)
		fmt.Fprintf(&b, "<xs:import namespace=%q schemaLocation=%q/>\n", space, filepath.Join(formats, d.Path))
	}
	b.WriteString("</xs:schema>\n")
	return os.WriteFile(name, []byte(b.String()), 0o644)
}

func documents(formats string) (docs []schema.Document, err error) {
	err = fs.WalkDir(os.DirFS(formats), ".", func(name string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(name, ".xsd") {
			docs = append(docs, schema.Document{Path: name})
		}
		return err
	})
	return docs, err
}

func compile(formats string) (*schema.Set, error) {
	docs, err := documents(formats)
	if err != nil {
		return nil, err
	}
	return schema.Compile(os.DirFS(formats), docs, schema.Options{})
}
