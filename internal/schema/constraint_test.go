package schema

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf16"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/soapgate/soapgate/internal/gatetest/data"
)

func vectors(tb testing.TB, pattern string) []string {
	tb.Helper()
	names, err := filepath.Glob(filepath.Join(data.Repo(), "testdata", "schema", pattern))
	if err != nil || len(names) == 0 {
		tb.Fatalf("no vectors %s: %v", pattern, err)
	}
	return names
}

func parseArchive(tb testing.TB, name string) *txtar.Archive {
	tb.Helper()
	a, err := txtar.ParseFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

// TestCompile_constraints compiles the fragments of constraints.txtar.
func TestCompile_constraints(t *testing.T) {
	a := parseArchive(t, vectors(t, "constraints.txtar")[0])
	prelude := string(a.Files[0].Data)
	for _, f := range a.Files[1:] {
		t.Run(f.Name, func(t *testing.T) {
			_, err := compileText(prelude + string(f.Data))
			checkConstraint(t, err, f.Name)
		})
	}
}

// compileText compiles what stands in a schema element for namespace urn:t.
func compileText(body string) (*Set, error) {
	text := `<xs:schema xmlns:xs="` + NamespaceXSD + `" xmlns:t="urn:t" targetNamespace="urn:t">` + body + `</xs:schema>`
	return Compile(fstest.MapFS{"t.xsd": {Data: []byte(text)}}, []Document{{Path: "t.xsd"}}, Options{})
}

// checkConstraint compares an error of Compile with "constraint: what about",
// where the constraint is one of those reported, or "ok".
func checkConstraint(t *testing.T, err error, want string) {
	t.Helper()
	want, about, _ := strings.Cut(want, ": ")
	if want == "ok" {
		if err != nil {
			t.Errorf("refused: %v", err)
		}
		return
	}
	for _, e := range schemaErrors(err) {
		if e.Constraint == want && (!strings.HasPrefix(about, "rcase") && !strings.HasPrefix(about, "cos") || strings.Contains(e.Text, strings.Split(about, ":")[0])) {
			if e.Line == 0 {
				t.Errorf("no line in %v", e)
			}
			return
		}
	}
	t.Errorf("got %v, want %s", err, want)
}

func schemaErrors(err error) (list []*Error) {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil
	}
	for _, e := range joined.Unwrap() {
		var s *Error
		if errors.As(e, &s) {
			list = append(list, s)
		}
	}
	return list
}

// TestCompile_composition compiles the vectors of several documents.
func TestCompile_composition(t *testing.T) {
	for _, name := range vectors(t, "compile-*.txtar") {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a := parseArchive(t, name)
			fsys, docs := archiveFS(a)
			_, err := Compile(fsys, docs, Options{Components: 100_000})
			checkConstraint(t, err, header(a, "constraint"))
		})
	}
}

func header(a *txtar.Archive, key string) string {
	for line := range strings.Lines(string(a.Comment)) {
		if value, ok := strings.CutPrefix(line, key+": "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func archiveFS(a *txtar.Archive) (fsys fstest.MapFS, docs []Document) {
	fsys = make(fstest.MapFS)
	for _, f := range a.Files {
		fsys[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	for name := range strings.FieldsSeq(header(a, "compile")) {
		docs = append(docs, Document{Path: name})
	}
	return fsys, docs
}

// TestCompile_missing shows that a document which is not there is named.
func TestCompile_missing(t *testing.T) {
	_, err := Compile(os.DirFS(t.TempDir()), []Document{{Path: "none.xsd"}}, Options{})
	list := schemaErrors(err)
	if len(list) != 1 || list[0].File != "none.xsd" {
		t.Errorf("got %v", err)
	}
}

// TestCompile_encoding reads documents in the encodings that there are.
func TestCompile_encoding(t *testing.T) {
	const doc = `<?xml version="1.0" encoding="UTF-8"?><xs:schema xmlns:xs="` + NamespaceXSD + `"><xs:element name="ЖКХ"/></xs:schema>`
	encode := func(order binary.AppendByteOrder, text string) []byte {
		var b []byte
		for _, u := range utf16.Encode([]rune("\uFEFF" + text)) {
			b = order.AppendUint16(b, u)
		}
		return b
	}
	for label, src := range map[string][]byte{
		"UTF-8":      []byte(doc),
		"UTF-8 mark": []byte("\uFEFF" + doc),
		"UTF-16LE":   encode(binary.LittleEndian, strings.Replace(doc, "UTF-8", "UTF-16", 1)),
		"UTF-16BE":   encode(binary.BigEndian, strings.Replace(doc, "UTF-8", "utf-16", 1)),
		"windows":    []byte(strings.NewReplacer("UTF-8", "windows-1251", "ЖКХ", "\xC6\xCA\xD5").Replace(doc)),
		"KOI8":       []byte(strings.NewReplacer("UTF-8", "KOI8-R", "ЖКХ", "\xF6\xEB\xE8").Replace(doc)),
		"ISO":        []byte(strings.NewReplacer(`"UTF-8"`, "'iso-8859-5'", "ЖКХ", "\xB6\xBA\xC5").Replace(doc)),
		"ASCII":      []byte(strings.NewReplacer("UTF-8", "US-ASCII", "ЖКХ", "&#1046;&#1050;&#1061;").Replace(strings.Replace(doc, "<xs:element", "<xs:annotation/><xs:element", 1))),
	} {
		s, err := Compile(fstest.MapFS{"t.xsd": {Data: src}}, []Document{{Path: "t.xsd"}}, Options{})
		if err != nil || s.Element("", "ЖКХ") == nil {
			t.Errorf("%s: %v", label, err)
		}
	}
	for _, bad := range []string{"EBCDIC-CP-US", "windows-1251", "US-ASCII"} {
		src := strings.Replace(strings.Replace(doc, "UTF-8", bad, 1), "ЖКХ", "Ж\xFF", 1)
		if _, err := Compile(fstest.MapFS{"t.xsd": {Data: []byte(src)}}, []Document{{Path: "t.xsd"}}, Options{}); err == nil {
			t.Errorf("%s taken", bad)
		}
	}
}
