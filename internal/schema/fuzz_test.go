package schema

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// fuzzing reports whether the fuzzing engine makes inputs, not only the seeds
// run: then xmllint is asked now and then, which takes milliseconds.
func fuzzing() bool {
	f := flag.Lookup("test.fuzz")
	return f != nil && f.Value.String() != ""
}

// FuzzCompile compiles what the engine makes of the schemas in testdata. Every
// refusal names a constraint and a file; with a Set that comes of it one can
// validate, and each element it declares is known by its name.
func FuzzCompile(f *testing.F) {
	a := parseArchive(f, vectors(f, "constraints.txtar")[0])
	for _, file := range a.Files {
		f.Add(`<xs:schema xmlns:xs="` + NamespaceXSD + `" xmlns:t="urn:t" targetNamespace="urn:t">` + string(file.Data) + `</xs:schema>`)
	}
	for _, name := range vectors(f, "validate-*.txtar") {
		f.Add(string(parseArchive(f, name).Files[0].Data))
	}
	for _, name := range vectors(f, "structures-*.txtar") {
		for _, c := range readStructures(f, name) {
			f.Add(c.schema)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		// The schema may include itself, and what is not there.
		fsys := fstest.MapFS{"main.xsd": {Data: []byte(text)}}
		s, err := Compile(fsys, []Document{{Path: "main.xsd"}}, Options{Components: 20_000, Depth: 60})
		if err != nil {
			list := schemaErrors(err)
			if len(list) == 0 {
				t.Fatalf("no *Error in %v", err)
			}
			for _, e := range list {
				if e.Constraint == "" || e.Text == "" || e.File == "" {
					t.Errorf("incomplete: %+v", e)
				}
			}
			return
		}
		for e := range s.Elements() {
			tree, err := xmltree.Parse([]byte(`<`+e.Name.Local+` xmlns="`+NamespaceXSI+`"><a/>text</`+e.Name.Local+`>`), xmltree.Options{})
			if err != nil {
				continue // a name that XML 1.0 has only since its fifth edition, or none
			}
			s.Validate(tree, tree.Root(), ValidateOptions{Lax: true})
			tree.Release()
			if s.Element(e.Name.Space, e.Name.Local) != e {
				t.Errorf("element %s is not found", e.Name)
			}
		}
	})
}

// FuzzValidate validates messages against the schemas of the vectors and asks
// libxml2, where the vector does not say that it judges otherwise.
func FuzzValidate(f *testing.F) {
	type target struct {
		set  *Set
		file string
	}
	var targets []target
	for i, name := range vectors(f, "validate-*.txtar") {
		a := parseArchive(f, name)
		fsys, docs := archiveFS(a)
		s, err := Compile(fsys, docs, Options{})
		if err != nil {
			f.Fatal(err)
		}
		file := filepath.Join(f.TempDir(), "main.xsd")
		if err := os.WriteFile(file, a.Files[0].Data, 0o600); err != nil {
			f.Fatal(err)
		}
		if header(a, "xmllint") != "" {
			file = "" // libxml2 differs on this topic
		}
		targets = append(targets, target{s, file})
		for _, w := range headers(a, "want") {
			name, _, _ := strings.Cut(w, " ")
			f.Add(uint8(i), fsys[name].Data)
		}
	}
	xmllint, _ := exec.LookPath("xmllint")
	f.Fuzz(func(t *testing.T, which uint8, src []byte) {
		on := targets[int(which)%len(targets)]
		tree, err := xmltree.Parse(bytes.Clone(src), xmltree.Options{})
		if err != nil {
			return
		}
		defer tree.Release()
		found := on.set.Validate(tree, tree.Root(), ValidateOptions{})
		again := on.set.Validate(tree, tree.Root(), ValidateOptions{MaxFindings: 1})
		if (found == nil) != (again == nil) {
			t.Errorf("first %+v, then %+v", found, again)
		}
		for _, f := range found {
			wellPut(t, f)
			if !strings.HasPrefix(f.Path, "/") {
				t.Errorf("no path: %+v", f)
			}
		}
		if xmllint != "" && on.file != "" && fuzzing() {
			askXmllint(t, xmllint, on.file, src, found)
		}
	})
}

func askXmllint(t *testing.T, xmllint, schema string, src []byte, found []reject.Finding) {
	name := filepath.Join(t.TempDir(), "m.xml")
	if err := os.WriteFile(name, src, 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ := exec.Command(xmllint, "--noout", "--nonet", "--schema", schema, name).CombinedOutput()
	switch {
	case bytes.Contains(out, []byte("parser error")) || bytes.Contains(out, []byte("namespace error")):
	case (found == nil) != bytes.HasSuffix(bytes.TrimSpace(out), []byte(" validates")):
		t.Errorf("%s\nxmllint: %s\nwe found %+v", src, out, found)
	}
}
