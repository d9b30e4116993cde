package bundle

import (
	"io/fs"
	"os"
	"testing"

	"github.com/soapgate/soapgate/internal/formats"
	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/schema"
	"github.com/soapgate/soapgate/internal/wsdl"
	"github.com/soapgate/soapgate/xsd"
)

func describe(t *testing.T, fsys fs.FS) *formats.Description {
	t.Helper()
	services, err := wsdl.Read(fsys)
	if err != nil {
		t.Fatal(err)
	}
	var docs []schema.Document
	for _, s := range services.Schemas {
		docs = append(docs, schema.Document{Path: s.File, Tree: s.Tree, Node: s.Node})
	}
	schemas, err := schema.Compile(fsys, docs, schema.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return Describe(services, schemas)
}

func TestX(t *testing.T) {
	for _, c := range formats.Diff(describe(t, xsd.Release("1.0")), describe(t, xsd.Release("2.0"))) {
		t.Logf("%v %s: %s: %q -> %q", c.Breaking, c.Where, c.What, c.Before, c.After)
	}
	a, b := describe(t, os.DirFS(data.Dir(t, "hcs", "11.0.10.2"))), describe(t, os.DirFS(data.Dir(t, "hcs", "14.4.0.1")))
	t.Log(len(a.Components), len(b.Components))
	cs := formats.Diff(a, b)
	t.Log(len(cs))
	for i, c := range cs {
		if i%25 == 0 {
			t.Logf("%v %s: %s: %.100q -> %.100q", c.Breaking, c.Where, c.What, c.Before, c.After)
		}
	}
}
