package xmltree

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/soapgate/soapgate/bench/xml/message"
	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/gatetest/vector"
	"github.com/soapgate/soapgate/internal/reject"
)

// seeds are the messages of the vectors, those of the benchmark and documents
// that the tables of this package are about.
func seeds(f *testing.F) {
	for _, v := range vector.Load(f, "attacks") {
		if src, ok := v.Files["request"]; ok && v.Header["stage"] == "xml" && len(src) < 4096 {
			f.Add(src)
		}
	}
	f.Add(message.History(1))
	f.Add(message.Indent(message.History(1)))
	for _, s := range []string{
		`<a b="1" xmlns:p='u' p:c=" &#9;&lt; "><p:d xmlns="v"/>x<![CDATA[<y>]]>z<!-- c --><?p i?></a>`,
		"<?xml version='1.0' encoding='UTF-8' standalone='no'?>\r\n<a>\r\n\t<b>]] ></b>\r</a>\n",
		`<!DOCTYPE a [<!ENTITY % p '<!ENTITY e "1&#38;lt;&f;">'>%p;<!ENTITY f '"2"'><!ATTLIST a b (c|d) "c" xmlns:q CDATA #FIXED "u">]><q:a b="&e;">&e;3</q:a>`,
		`<!DOCTYPE a PUBLIC "p" 's' [<!ELEMENT a (b|(c,d?)+)*><!NOTATION n SYSTEM "n"><!ENTITY u SYSTEM "u" NDATA n><!ELEMENT m (#PCDATA|b)*>]><a>&x;</a>`,
	} {
		f.Add([]byte(s))
	}
}

// FuzzParse reads a document in each mode and checks what must hold of every
// tree and every refusal.
func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		for _, o := range []Options{{}, {AllowPI: true}, {AllowPI: true, DTD: CheckDTD}, {AllowPI: true, NoNamespaces: true}} {
			tree, err := Parse(src, o)
			if err != nil {
				checkRefusal(t, src, err)
				continue
			}
			checkTree(t, tree)
			if o.DTD == RefuseDTD {
				again := serialize(tree)
				second, err := Parse([]byte(again), o)
				if err != nil {
					t.Fatalf("%q written as %q: %v", src, again, err)
				}
				if diff := cmp.Diff(unflagged(tree), unflagged(second)); diff != "" {
					t.Fatalf("%q written as %q: %s", src, again, diff)
				}
				second.Release()
			}
			tree.Release()
		}
	})
}

func checkRefusal(t *testing.T, src []byte, err error) {
	var r *reject.Rejection
	if !errors.As(err, &r) || r.Code.Stage() != reject.XML {
		t.Fatalf("%q: %T %v", src, err, err)
	}
	if r.Line < 1 || r.Column < 1 || r.Line > len(src)+1 || r.Column > len(src)+1 {
		t.Fatalf("%q: %v at %d:%d", src, err, r.Line, r.Column)
	}
	for _, text := range []string{r.Text().RU, r.Text().EN, r.Advice().RU, r.Advice().EN} {
		for _, name := range []string{"{limit}", "{expected}", "{found}", "{rule}", "{name}", "{prefix}", "{char}", "{evidence}", "{encoding}", "{one}", "{other}", "{version}"} {
			// A value may hold such a thing itself, if the input does.
			if strings.Contains(text, name) && !bytes.Contains(src, []byte(name)) {
				t.Fatalf("%s: text without its value: %s", r.Code, text)
			}
		}
	}
}

// checkTree checks the invariants of tree.go.
func checkTree(t *testing.T, tree *Tree) {
	src := tree.Source()
	if tree.Root() == None || tree.Kind(0) != Document || tree.End(0) != Node(tree.Len()) {
		t.Fatalf("%q: no document", src)
	}
	attrs, last := 0, 0
	for n := Node(1); n < tree.End(0); n++ {
		parent := tree.Parent(n)
		if parent >= n || tree.End(n) > tree.End(parent) || !tree.Contains(parent, n) {
			t.Fatalf("%q: node %d lies outside its parent %d", src, n, parent)
		}
		if tree.Offset(n) < last || tree.Offset(n) >= len(src) {
			t.Fatalf("%q: node %d begins at %d behind %d", src, n, tree.Offset(n), last)
		}
		last = tree.Offset(n)
		if line, column := tree.Position(last); line < 1 || column < 1 {
			t.Fatalf("%q: node %d at %d:%d", src, n, line, column)
		}
		if path := tree.Path(n); !strings.HasPrefix(path, "/") {
			t.Fatalf("%q: path %q", src, path)
		}
		if tree.Kind(n) != Element {
			if tree.Kind(n) == Text && len(tree.Value(n)) == 0 || !utf8.Valid(tree.Value(n)) || tree.NumAttrs(n) != 0 {
				t.Fatalf("%q: node %d: %q", src, n, tree.Value(n))
			}
			continue
		}
		if end := tree.TagEnd(n); src[tree.Offset(n)] != '<' || src[end-1] != '>' || src[tree.EndOffset(n)-1] != '>' || tree.EndOffset(n) < end {
			t.Fatalf("%q: element %d has offsets %d, %d, %d", src, n, tree.Offset(n), end, tree.EndOffset(n))
		}
		for a := range tree.Attrs(n) {
			attrs++
			if int(a.NameID) >= tree.Names() || a.Offset < tree.Offset(n) || a.Offset >= tree.TagEnd(n) {
				t.Fatalf("%q: attribute %v at %d", src, tree.NameOf(a.NameID), a.Offset)
			}
		}
		if name := tree.Name(n); name.Prefix != "" {
			if space, ok := tree.LookupNamespace(n, name.Prefix); !ok || space != name.Space {
				t.Fatalf("%q: %v is not what its prefix is bound to, %q", src, name, space)
			}
		}
	}
	if attrs != len(tree.attrs) {
		t.Fatalf("%q: %d attributes reached of %d", src, attrs, len(tree.attrs))
	}
}

var (
	escapeText  = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#13;")
	escapeValue = strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;", "\t", "&#9;", "\n", "&#10;", "\r", "&#13;")
)

// serialize writes a tree as a document that must read as the same tree.
func serialize(t *Tree) string {
	var b strings.Builder
	for n := Node(1); n < t.End(0); n++ {
		switch t.Kind(n) {
		case Text:
			b.WriteString(escapeText.Replace(string(t.Value(n))))
		case Comment:
			b.WriteString("<!--" + string(t.Value(n)) + "-->")
		case PI:
			b.WriteString("<?" + t.Name(n).Local + " " + string(t.Value(n)) + "?>")
		case Element:
			b.WriteString("<" + t.Name(n).String())
			for _, d := range slices.Backward(slices.Collect(t.Decls(n))) {
				b.WriteString(" " + declaration(d.Prefix) + `="` + escapeValue.Replace(d.Space) + `"`)
			}
			for a := range t.Attrs(n) {
				b.WriteString(" " + t.NameOf(a.NameID).String() + `="` + escapeValue.Replace(string(a.Value)) + `"`)
			}
			b.WriteString(">")
		}
		// Close what ends with this node.
		for c := n; c != 0 && t.End(c) == n+1; c = t.Parent(c) {
			if t.Kind(c) == Element {
				b.WriteString("</" + t.Name(c).String() + ">")
			}
			if t.End(t.Parent(c)) != n+1 {
				break
			}
		}
	}
	return b.String()
}

// unflagged is the outline without what only says how a text was written.
func unflagged(t *Tree) string {
	return strings.NewReplacer(" cdata", "", " ref", "").Replace(outline(t))
}

// FuzzAgainstLibxml2 checks that whatever we take libxml2 takes as well: a
// document that only we can read would be a disagreement with what is behind
// the gate.
func FuzzAgainstLibxml2(f *testing.F) {
	xmllint := data.Tool(f, "xmllint")
	seeds(f)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, src []byte) {
		tree, err := Parse(src, Options{AllowPI: true, DTD: CheckDTD})
		if err != nil {
			return
		}
		partial := tree.Partial()
		tree.Release()
		file := filepath.Join(dir, "document.xml")
		if err := os.WriteFile(file, src, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(xmllint, "--noout", "--nonet", "--huge", file).CombinedOutput()
		if err != nil && !partial {
			t.Fatalf("%q: %v\n%s", src, err, out)
		}
	})
}
