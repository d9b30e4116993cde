package schema

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// A structureCase is an entry of the tables structures-*.txtar, which hold the
// rules of Part 1 clause by clause: a schema, the constraint it breaks or "ok",
// and instances of it.
type structureCase struct {
	name, constraint string
	schema           string
	others           []txtar.File // that it includes, imports or redefines
	instances        []structureInstance
	differs          string // why Xerces has another verdict on the schema
}

type structureInstance struct {
	text    string
	valid   bool
	differs string
}

const structureSpaces = ` xmlns:t="urn:t" xmlns:x="urn:x" xmlns:xs="` + NamespaceXSD + `" xmlns:xsi="` + NamespaceXSI + `"`

// readStructures reads a table. In the lines of an entry, "+ " and "- " begin
// a valid and an invalid instance, "xerces: " says why Xerces judges what
// stands before otherwise, "== " begins another schema document; the rest is
// the schema, or what stands in it.
func readStructures(tb testing.TB, name string) (cases []structureCase) {
	for _, f := range parseArchive(tb, name).Files {
		constraint, _, _ := strings.Cut(f.Name, ": ")
		c := structureCase{name: strings.TrimSuffix(filepath.Base(name), ".txtar") + "/" + f.Name, constraint: constraint}
		for line := range strings.Lines(string(f.Data)) {
			text := strings.TrimSpace(line[min(2, len(line)):])
			why, differs := strings.CutPrefix(line, "xerces: ")
			switch {
			case strings.HasPrefix(line, "== "):
				c.others = append(c.others, txtar.File{Name: strings.TrimSpace(line[3:])})
			case differs && len(c.instances) > 0:
				c.instances[len(c.instances)-1].differs = strings.TrimSpace(why)
			case differs:
				c.differs = strings.TrimSpace(why)
			case strings.HasPrefix(line, "+ "), strings.HasPrefix(line, "- "):
				tag := strings.IndexAny(text, " />")
				c.instances = append(c.instances, structureInstance{text: text[:tag] + structureSpaces + text[tag:], valid: line[0] == '+'})
			case len(c.others) > 0:
				o := &c.others[len(c.others)-1]
				o.Data = append(o.Data, line...)
			default:
				c.schema += line
			}
		}
		c.schema = structureSchema(c.schema)
		for i := range c.others {
			c.others[i].Data = []byte(structureSchema(string(c.others[i].Data)))
		}
		cases = append(cases, c)
	}
	return cases
}

// structureSchema puts what is no document by itself into a schema element, and
// the usual prefixes into one that has no attributes for them.
func structureSchema(text string) string {
	if !strings.Contains(text, "<xs:schema") {
		return `<xs:schema targetNamespace="urn:t"` + structureSpaces + `>` + text + `</xs:schema>`
	}
	if !strings.Contains(text, "xmlns:xs=") {
		return strings.Replace(text, "<xs:schema", "<xs:schema"+structureSpaces, 1)
	}
	return text
}

// TestStructures runs the tables.
func TestStructures(t *testing.T) {
	for _, name := range vectors(t, "structures-*.txtar") {
		for _, c := range readStructures(t, name) {
			t.Run(c.name, func(t *testing.T) {
				fsys := fstest.MapFS{"main.xsd": {Data: []byte(c.schema)}}
				for _, f := range c.others {
					fsys[f.Name] = &fstest.MapFile{Data: f.Data}
				}
				s, err := Compile(fsys, []Document{{Path: "main.xsd"}}, Options{})
				checkConstraint(t, err, c.constraint)
				if s == nil {
					return
				}
				for _, i := range c.instances {
					tree, err := xmltree.Parse([]byte(i.text), xmltree.Options{AllowPI: true})
					if err != nil {
						t.Fatal(err)
					}
					if found := s.Validate(tree, tree.Root(), ValidateOptions{}); (found == nil) != i.valid {
						t.Errorf("%s: got %v, want valid: %t", i.text, found, i.valid)
					}
					tree.Release()
				}
			})
		}
	}
}

// TestStructures_xerces has Xerces judge the tables, too: it agrees, or the
// table says why not.
func TestStructures_xerces(t *testing.T) {
	java := data.Tool(t, "java")
	dir := t.TempDir()
	var cases []structureCase
	for _, name := range vectors(t, "structures-*.txtar") {
		cases = append(cases, readStructures(t, name)...)
	}
	for i, c := range cases {
		files := append([]txtar.File{{Name: "main.xsd", Data: []byte(c.schema)}}, c.others...)
		for j, n := range c.instances {
			files = append(files, txtar.File{Name: fmt.Sprintf("%d.xml", j), Data: []byte(n.text)})
		}
		sub := filepath.Join(dir, fmt.Sprint(i))
		if err := txtar.Write(&txtar.Archive{Files: files}, sub); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command(java, "-Duser.language=en", filepath.Join("testdata", "Xerces.java"), dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	said := make(map[string]string)
	for line := range strings.Lines(string(out)) {
		file, text, _ := strings.Cut(strings.TrimSpace(line), "\t")
		said[file] = text
	}
	judge := func(name, file, why string, valid bool) {
		text, ok := said[file]
		if !ok {
			t.Errorf("%s: no verdict of Xerces", name)
		} else if agrees := (text == "ok") == valid; agrees != (why == "") {
			t.Errorf("%s: we say valid: %t, Xerces says %q", name, valid, text)
		}
	}
	for i, c := range cases {
		judge(c.name, fmt.Sprintf("%d/main.xsd", i), c.differs, c.constraint == "ok")
		for j, n := range c.instances {
			if c.differs == "" {
				judge(c.name+" "+n.text, fmt.Sprintf("%d/%d.xml", i, j), n.differs, n.valid)
			}
		}
	}
}
