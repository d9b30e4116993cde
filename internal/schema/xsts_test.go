package schema

import (
	"cmp"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/xmltree"
)

var (
	xstsRoot = flag.String("xsts", os.Getenv("SOAPGATE_XSTS"), "further collections of the W3C XML Schema Test Suite: its root folder or .testSet files")
	xstsList = flag.Bool("xsts.list", false, "list every disagreement with the suite and do not fail")
)

// The metadata of the suite (its common/xsts.xsd).
type (
	testSuite struct {
		Refs []xlink `xml:"testSetRef"`
	}
	testSet struct {
		Name    string      `xml:"name,attr"`
		Version string      `xml:"version,attr"`
		Groups  []testGroup `xml:"testGroup"`
	}
	testGroup struct {
		Name      string     `xml:"name,attr"`
		Version   string     `xml:"version,attr"`
		Schemas   []testCase `xml:"schemaTest"`
		Instances []testCase `xml:"instanceTest"`
	}
	testCase struct {
		Name     string     `xml:"name,attr"`
		Version  string     `xml:"version,attr"`
		Schemas  []xlink    `xml:"schemaDocument"`
		Instance xlink      `xml:"instanceDocument"`
		Expected []expected `xml:"expected"`
		Current  struct {
			Status string `xml:"status,attr"`
		} `xml:"current"`
	}
	xlink struct {
		Href string `xml:"http://www.w3.org/1999/xlink href,attr"`
	}
	expected struct {
		Version  string `xml:"version,attr"`
		Validity string `xml:"validity,attr"`
	}
)

// applies reports whether version tokens ask a processor of XSD 1.0 to run.
func applies(version string) bool {
	words := strings.Fields(version)
	for _, w := range words {
		switch {
		case w == "1.0", w == "1.0-2e", w == "XML-1.0", w == "XML-1.0-1e-4e", strings.HasPrefix(w, "CTR-"):
			return true
		case w == "Unicode_6.0.0": // the nearer one to Go's
			return true
		}
	}
	return len(words) == 0
}

// verdict returns what the suite expects of XSD 1.0, "" if it expects nothing.
func (c *testCase) verdict() string {
	if !applies(c.Version) {
		return ""
	}
	general := ""
	for _, e := range c.Expected {
		switch {
		case e.Version == "":
			general = e.Validity
		case applies(e.Version):
			return e.Validity
		}
	}
	return general
}

// xstsRun counts what a run of test sets comes to.
type xstsRun struct {
	t        *testing.T
	root     string // of the suite; locations are relative to it
	fsys     fs.FS
	schemas  tally
	instance tally
	unjudged int // what the suite's own metadata calls open
}

type tally struct{ right, wrong, explained int }

func (a tally) String() string {
	n := a.right + a.wrong + a.explained
	return fmt.Sprintf("%d of %d (%.2f %%), %d explained", a.right, n, 100*float64(a.right)/float64(max(n, 1)), a.explained)
}

// TestXSTS runs the collections of the W3C XML Schema Test Suite.
func TestXSTS(t *testing.T) {
	root := data.Dir(t, "w3c-xsd")
	runSuite(t, root, testSets(t, root))
	if *xstsRoot != "" {
		for _, name := range filepath.SplitList(*xstsRoot) {
			sets := []string{name}
			dir := filepath.Dir(filepath.Dir(name))
			if info, err := os.Stat(name); err == nil && info.IsDir() {
				dir, sets = name, testSets(t, name)
			}
			runSuite(t, dir, sets)
		}
	}
}

// testSets returns the test sets that the suite refers to and that are there.
func testSets(t *testing.T, root string) (sets []string) {
	t.Helper()
	var suites []string
	err := filepath.WalkDir(root, func(name string, _ fs.DirEntry, err error) error {
		if base := filepath.Base(name); base == "suite.xml" || filepath.Ext(base) == ".suite" {
			suites = append(suites, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, suite := range suites {
		var s testSuite
		readXML(t, suite, &s)
		for _, ref := range s.Refs {
			name := filepath.Join(filepath.Dir(suite), filepath.FromSlash(ref.Href))
			if _, err := os.Stat(name); err == nil && !slices.Contains(sets, name) {
				sets = append(sets, name)
			}
		}
	}
	return sets
}

func readXML(t *testing.T, name string, into any) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d := xml.NewDecoder(f)
	d.Strict = true
	d.Entity = xml.HTMLEntity
	if err := d.Decode(into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func runSuite(t *testing.T, root string, sets []string) {
	t.Helper()
	r := &xstsRun{t: t, root: root, fsys: os.DirFS(root)}
	for _, name := range sets {
		var s testSet
		readXML(t, name, &s)
		dir, err := filepath.Rel(root, filepath.Dir(name))
		if err != nil {
			t.Fatal(err)
		}
		schemas, instances := r.schemas, r.instance
		for i := range s.Groups {
			// A group's own version tokens say more than the set's.
			if g := &s.Groups[i]; applies(cmp.Or(g.Version, s.Version)) {
				r.group(filepath.ToSlash(dir), s.Name, g)
			}
		}
		t.Logf("%s: schemas %v, instances %v", s.Name, r.schemas.minus(schemas), r.instance.minus(instances))
	}
	t.Logf("all: schemas %v; instances %v; %d open by the suite's own metadata", r.schemas, r.instance, r.unjudged)
}

func (a tally) minus(b tally) tally {
	return tally{a.right - b.right, a.wrong - b.wrong, a.explained - b.explained}
}

func (r *xstsRun) group(dir, set string, g *testGroup) {
	var docs []Document
	var compiled *Set
	var failure error
	for i := range g.Schemas {
		c := &g.Schemas[i]
		for _, s := range c.Schemas {
			docs = append(docs, Document{Path: path.Join(dir, s.Href)})
		}
		compiled, failure = Compile(r.fsys, docs, Options{})
		r.judge(&r.schemas, set, g.Name, c, failure == nil, failure)
	}
	for i := range g.Instances {
		c := &g.Instances[i]
		if _, err := fs.Stat(r.fsys, path.Join(dir, c.Instance.Href)); err != nil || c.verdict() == "" {
			continue // the introspection set names documents of other collections
		}
		ok, why := r.instanceValid(docs, compiled, failure, path.Join(dir, c.Instance.Href))
		r.judge(&r.instance, set, g.Name, c, ok, why)
	}
}

func (r *xstsRun) judge(count *tally, set, group string, c *testCase, valid bool, why error) {
	want := c.verdict()
	if want == "" {
		return
	}
	if want != "valid" && want != "invalid" || strings.HasPrefix(c.Current.Status, "disputed") || c.Current.Status == "queried" {
		r.unjudged++
		return
	}
	name := set + "/" + group + "/" + c.Name
	if (want == "valid") == valid {
		count.right++
		if _, ok := disagreements[name]; ok {
			r.t.Errorf("%s agrees with the suite; remove it from the table", name)
		}
		return
	}
	if explained(name) {
		count.explained++
		return
	}
	count.wrong++
	text := ""
	if why != nil {
		text = strings.SplitN(why.Error(), "\n", 2)[0]
	}
	if *xstsList {
		r.t.Logf("WRONG %s: want %s: %s", name, want, text)
	} else {
		r.t.Errorf("%s: want %s: %s", name, want, text)
	}
}

// instanceValid validates an instance against the group's schema documents and
// those its own hints name.
func (r *xstsRun) instanceValid(docs []Document, s *Set, failure error, name string) (bool, error) {
	src, err := fs.ReadFile(r.fsys, name)
	if err != nil {
		r.t.Fatal(err)
	}
	tree, err := xmltree.Parse(src, xmltree.Options{AllowPI: true, DTD: xmltree.CheckDTD,
		Limits: xmltree.Limits{Depth: 100_000}})
	if err != nil {
		return false, err
	}
	defer tree.Release()
	if hints := r.hints(tree, docs, name); s == nil && failure == nil || len(hints) > 0 {
		if h, err := Compile(r.fsys, append(slices.Clone(docs), hints...), Options{}); err == nil {
			s, failure = h, nil
		} else if s == nil {
			failure = err
		}
	}
	if s == nil {
		return false, fmt.Errorf("schema: %w", failure)
	}
	if found := s.Validate(tree, tree.Root(), ValidateOptions{}); found != nil {
		return false, errors.New(found[0].Xerces)
	}
	return true, nil
}

// hints are the documents that xsi:schemaLocation names and that are there.
func (r *xstsRun) hints(tree *xmltree.Tree, docs []Document, name string) (hints []Document) {
	add := func(location string) {
		file, ok := resolveLocation(name, location)
		if !ok {
			return
		}
		d := Document{Path: file}
		if _, err := fs.Stat(r.fsys, file); err != nil || slices.Contains(docs, d) || slices.Contains(hints, d) {
			return
		}
		hints = append(hints, d)
	}
	for n := tree.Root(); n < xmltree.Node(tree.Len()); n++ {
		if tree.Kind(n) != xmltree.Element {
			continue
		}
		if v, ok := tree.Attr(n, NamespaceXSI, "noNamespaceSchemaLocation"); ok {
			add(collapse(v))
		}
		if v, ok := tree.Attr(n, NamespaceXSI, "schemaLocation"); ok {
			words := strings.Fields(string(v))
			for i := 1; i < len(words); i += 2 {
				add(words[i])
			}
		}
	}
	return hints
}

// explained reports whether a disagreement is in the table, by itself or with
// its whole test set.
func explained(name string) bool {
	set, _, _ := strings.Cut(name, "/")
	return disagreements[name] != "" || disagreements[set+"/*"] != ""
}

// disagreements are the cases where we do not do what the suite expects, and
// why.
var disagreements = map[string]string{
	"introspection/*": "the suite's own schema imports xlink.xsd from the network, which we do not use",
	"substitution-groups/sg-abstract-upa2/e1bis.xml": "names the document e1.xml, which the test before it rightly expects to be invalid; e1bis.xml is another",
}
