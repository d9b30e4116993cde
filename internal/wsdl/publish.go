package wsdl

import (
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/beevik/etree"
)

// Publish returns a document of the release as clients at the path may see it:
// every port has the public address, every relative location leads back to
// base. An empty name means the description of the path's first port (?wsdl);
// otherwise it is a file that this description refers to, at any remove
// (?xsd=name). The base is the address the service is called at, without a
// query. The error is fs.ErrNotExist for what is not published there.
func (s *Set) Publish(requestPath, name, base string) ([]byte, error) {
	ports := s.byPath[trimSlash(requestPath)]
	if len(ports) == 0 {
		return nil, fmt.Errorf("publishing %s: %w", requestPath, fs.ErrNotExist)
	}
	if name == "" {
		name = ports[0].File
	}
	if !slices.Contains(s.Files(ports[0].File), name) {
		return nil, fmt.Errorf("publishing %q at %s: %w", name, requestPath, fs.ErrNotExist)
	}
	d, err := s.load(name)
	if err != nil {
		return nil, err
	}
	base = strings.TrimRight(base, "/")
	origin := strings.TrimSuffix(base, (&url.URL{Path: trimSlash(requestPath)}).EscapedPath())
	for _, e := range d.FindElements("//address") {
		if ns := e.NamespaceURI(); ns != NamespaceSOAP11 && ns != NamespaceSOAP12 {
			continue
		}
		if u, err := url.Parse(e.SelectAttrValue("location", "")); err == nil {
			e.CreateAttr("location", origin+trimSlash(u.Path))
		}
	}
	for _, l := range locations(d, name) {
		query := "?xsd="
		if strings.EqualFold(path.Ext(l.file), ".wsdl") {
			query = "?wsdl="
		}
		l.attr.Value = base + query + (&url.URL{Path: l.file}).EscapedPath()
	}
	b, err := d.WriteToBytes()
	if err != nil {
		return nil, fmt.Errorf("writing %s: %w", name, err)
	}
	return b, nil
}

// Files returns the files that make up a description, itself first.
func (s *Set) Files(description string) []string {
	list := []string{description}
	for i := 0; i < len(list); i++ {
		for _, file := range s.refs[list[i]] {
			if !slices.Contains(list, file) {
				list = append(list, file)
			}
		}
	}
	return list
}

func (s *Set) load(name string) (*etree.Document, error) {
	src, err := fs.ReadFile(s.fsys, name)
	if err != nil {
		return nil, fmt.Errorf("publishing: %w", err)
	}
	d := etree.NewDocument()
	if err := d.ReadFromBytes(src); err != nil {
		return nil, fmt.Errorf("publishing %s: %w", name, err)
	}
	return d, nil
}

// A location is an attribute that leads to another file of the release.
type location struct {
	attr *etree.Attr
	file string
}

func locations(d *etree.Document, name string) (list []location) {
	for _, e := range d.FindElements("//*") {
		a := e.SelectAttr(locationAttr(e.NamespaceURI(), e.Tag))
		if a == nil {
			continue
		}
		if file, ok := resolve(name, a.Value); ok {
			list = append(list, location{a, file})
		}
	}
	return list
}

// locationAttr names the attribute by which an element refers to another
// document: wsdl:import, or import, include and redefine of XML Schema.
func locationAttr(space, local string) string {
	switch {
	case space == Namespace && local == "import":
		return "location"
	case space == namespaceXSD && (local == "import" || local == "include" || local == "redefine"):
		return "schemaLocation"
	}
	return ""
}

// resolve returns the file that a location in another file means; ok is false
// if that is none of the release's.
func resolve(from, location string) (file string, ok bool) {
	file = path.Join(path.Dir(from), location)
	return file, location != "" && !strings.Contains(location, ":") && fs.ValidPath(file)
}
