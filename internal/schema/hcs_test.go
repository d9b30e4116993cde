package schema

import (
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest/data"
)

// bundle names all schema documents of a published bundle.
func bundle(tb testing.TB, version string) (fs.FS, []Document) {
	tb.Helper()
	fsys := os.DirFS(data.Dir(tb, "hcs", version))
	var docs []Document
	err := fs.WalkDir(fsys, ".", func(name string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(name, ".xsd") {
			docs = append(docs, Document{Path: name})
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return fsys, docs
}

func compileBundle(tb testing.TB, version string) *Set {
	tb.Helper()
	fsys, docs := bundle(tb, version)
	s, err := Compile(fsys, docs, Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestCompile_bundles(t *testing.T) {
	for version, want := range map[string]int{"14.4.0.1": 36, "11.0.10.2": 26} {
		t.Run(version, func(t *testing.T) {
			_, docs := bundle(t, version)
			if len(docs) != want {
				t.Errorf("%d schema documents, want %d", len(docs), want)
			}
			s := compileBundle(t, version)
			if s.Element("http://dom.gosuslugi.ru/schema/integration/base/", "getStateRequest") == nil {
				t.Error("getStateRequest is not declared")
			}
		})
	}
}
