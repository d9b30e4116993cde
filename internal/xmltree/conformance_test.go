package xmltree

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/reject"
)

// A conformanceCase is a TEST of the W3C XML conformance suite.
type conformanceCase struct {
	id, kind, path, output string
	entities               string // which external ones it takes to see what is wrong
	noNamespaces           bool
}

// TestConformance runs the W3C XML conformance suite: the collections of the
// shared data and those in the folders that SOAPGATE_XMLCONF lists. Every XML
// file below a folder that has TEST elements is a catalogue. With -v it prints
// a summary of each catalogue and every disagreement with its reason.
func TestConformance(t *testing.T) {
	shared := data.Dir(t, "w3c-xml")
	docs, err := os.ReadFile(filepath.Join(data.Repo(), "docs", "xml.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range append(filepath.SplitList(os.Getenv("SOAPGATE_XMLCONF")), shared) {
		for _, catalogue := range catalogues(t, folder) {
			cases := readCatalogue(t, catalogue)
			name, err := filepath.Rel(folder, catalogue)
			if err != nil {
				t.Fatal(err)
			}
			t.Run(filepath.ToSlash(name), func(t *testing.T) { runCatalogue(t, cases, folder == shared, docs) })
		}
	}
}

// conformanceLimits are beyond what the suite needs to try its points.
var conformanceLimits = Limits{Depth: 1000, Names: 1 << 20, Attributes: 1 << 16, Declarations: 1 << 16, Namespaces: 1 << 16}

// runCatalogue judges the cases of one catalogue. Of a known one it also holds
// the trees against the canonical forms that come with it and the
// disagreements against the documentation.
func runCatalogue(t *testing.T, cases []conformanceCase, known bool, docs []byte) {
	var agreed, gateway, compared int
	for _, c := range cases {
		src, err := os.ReadFile(c.path)
		if err != nil {
			t.Errorf("%s: %v", c.id, err)
			continue
		}
		refusedByGateway(t, c, src, &gateway)
		tree, err := Parse(src, Options{DTD: CheckDTD, AllowPI: true, NoNamespaces: c.noNamespaces, Limits: conformanceLimits})
		if accepted, want := err == nil, c.kind != "not-wf"; accepted == want {
			agreed++
		} else if reason := c.explain(tree, err); reason != "" {
			t.Logf("| %s | %s | accepted: %v | %s |", c.id, c.kind, accepted, reason)
			if known && !bytes.Contains(docs, []byte("`"+c.id+"`")) {
				t.Errorf("%s is not in docs/xml.md", c.id)
			}
		} else {
			t.Errorf("| %s | %s | accepted: %v | %s | %v", c.id, c.kind, accepted, c.path, err)
		}
		if err == nil {
			if known {
				compared += compareOutput(t, c, tree)
			}
			tree.Release()
		}
	}
	t.Logf("%d cases, %d agreed, %d canonical forms compared; as a gateway %d refused", len(cases), agreed, compared, gateway)
}

// refusedByGateway checks what must hold without any knowledge of DTDs: what
// is not well-formed is refused, and so is every document with a DTD.
func refusedByGateway(t *testing.T, c conformanceCase, src []byte, refused *int) {
	tree, err := Parse(src, Options{AllowPI: true, NoNamespaces: c.noNamespaces})
	if err != nil {
		*refused++
		return
	}
	if withDTD.Match(tree.Source()) {
		t.Errorf("%s: accepted with a DTD", c.id)
	}
	if c.kind == "not-wf" {
		t.Errorf("%s: accepted by the gateway: %s", c.id, c.path)
	}
	tree.Release()
}

// explain gives the reason for a disagreement that the design intends, "" for
// any other.
func (c conformanceCase) explain(tree *Tree, err error) string {
	var r *reject.Rejection
	switch {
	case err == nil && tree.Partial():
		return fmt.Sprintf("the violation may lie in an external entity, which is never fetched (ENTITIES=%q)", c.entities)
	case errors.As(err, &r) && r.Code == reject.XMLEncoding:
		return fmt.Sprintf("encodings other than UTF-8 and UTF-16 are not read: %v", r.Values)
	}
	return ""
}

// catalogues finds the files of a folder that list test cases.
func catalogues(t *testing.T, folder string) []string {
	var found []string
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".xml" {
			return err
		}
		src, err := os.ReadFile(path)
		if testElement.Match(src) {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatalf("%s: no catalogue of test cases", folder)
	}
	return found
}

var testElement = regexp.MustCompile(`<TEST\s[^>]*URI\s*=`)

// header is what an external parsed entity or a document may begin with. Some
// catalogues are the one, some the other.
var header = regexp.MustCompile(`(?s)^\x{FEFF}?(<\?xml.*?\?>)?(\s|<!--.*?-->|<\?.*?\?>)*(<!DOCTYPE[^\[>]*(\[.*?\]\s*)?>)?`)

var withDTD = regexp.MustCompile(`(?s)^\x{FEFF}?(<\?.*?\?>|<!--.*?-->|\s)*<!DOCTYPE`)

func readCatalogue(t *testing.T, path string) []conformanceCase {
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !utf8.Valid(src) { // old collections are in ISO 8859-1
		var b strings.Builder
		for _, c := range src {
			b.WriteRune(rune(c))
		}
		src = []byte(b.String())
	}
	src = header.ReplaceAll(src, nil)
	tree, err := Parse(slices.Concat([]byte("<TESTCASES>"), src, []byte("</TESTCASES>")), Options{AllowPI: true})
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return nil
	}
	defer tree.Release()
	var cases []conformanceCase
	for n := Node(1); n < tree.End(0); n++ {
		if !tree.Is(n, "", "TEST") {
			continue
		}
		att := func(name string) string {
			value, _ := tree.Attr(n, "", name)
			return string(value)
		}
		if !applies(att("VERSION"), "1.0") || !applies(att("EDITION"), "5") || strings.HasSuffix(att("RECOMMENDATION"), "1.1") ||
			att("TYPE") == "error" {
			continue
		}
		c := conformanceCase{
			id: att("ID"), kind: att("TYPE"), path: locate(tree, n, path, att("URI")),
			entities: cmp.Or(att("ENTITIES"), "none"), noNamespaces: att("NAMESPACE") == "no",
		}
		if out := att("OUTPUT"); out != "" {
			c.output = locate(tree, n, path, out)
		}
		cases = append(cases, c)
	}
	return cases
}

// applies reports whether a list of versions or editions has the one we read.
func applies(list, ours string) bool {
	return list == "" || slices.Contains(strings.Fields(list), ours)
}

// locate resolves a URI of a catalogue against the xml:base attributes around
// it and the catalogue's folder. Collections stand alone as often as in the
// whole suite, so that a base may already be part of the folder.
func locate(tree *Tree, n Node, catalogue, uri string) string {
	based := filepath.FromSlash(uri)
	for ; n != None; n = tree.Parent(n) {
		if base, ok := tree.Attr(n, NamespaceXML, "base"); ok {
			based = filepath.Join(filepath.FromSlash(string(base)), based)
		}
	}
	path := filepath.Join(filepath.Dir(catalogue), based)
	if _, err := os.Stat(path); err != nil {
		path = filepath.Join(filepath.Dir(catalogue), filepath.FromSlash(uri))
	}
	return path
}

// compareOutput holds the tree against the document's canonical form in the
// suite, where nothing is missing from the tree. It returns how many it has
// compared.
func compareOutput(t *testing.T, c conformanceCase, tree *Tree) int {
	if c.output == "" || tree.Partial() {
		return 0
	}
	want, err := os.ReadFile(c.output)
	if err != nil {
		t.Errorf("%s: %v", c.id, err)
		return 0
	}
	if bytes.HasPrefix(want, []byte("<!DOCTYPE")) {
		// The second canonical form repeats the notations, which a tree lacks.
		_, want, _ = bytes.Cut(want, []byte("]>\n"))
	}
	if got := clark(tree); got != string(want) {
		t.Errorf("%s: %s\ngot  %q\nwant %q", c.id, c.path, got, want)
	}
	return 1
}

// clark writes the canonical form of the suite (James Clark's).
func clark(t *Tree) string {
	var b strings.Builder
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\t", "&#9;", "\n", "&#10;", "\r", "&#13;")
	var write func(n Node)
	write = func(n Node) {
		switch t.Kind(n) {
		case Text:
			b.WriteString(escape.Replace(string(t.Value(n))))
		case PI:
			fmt.Fprintf(&b, "<?%s %s?>", t.Name(n).Local, t.Value(n))
		case Element:
			var attrs []string
			for d := range t.Decls(n) {
				attrs = append(attrs, fmt.Sprintf(` %s="%s"`, declaration(d.Prefix), escape.Replace(d.Space)))
			}
			for a := range t.Attrs(n) {
				attrs = append(attrs, fmt.Sprintf(` %s="%s"`, t.NameOf(a.NameID), escape.Replace(string(a.Value))))
			}
			slices.Sort(attrs)
			fmt.Fprintf(&b, "<%s%s>", t.Name(n), strings.Join(attrs, ""))
			for c := range t.Children(n) {
				write(c)
			}
			fmt.Fprintf(&b, "</%s>", t.Name(n))
		}
	}
	for n := range t.Children(0) {
		write(n)
	}
	return b.String()
}
