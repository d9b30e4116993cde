package xmltree

import (
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soapgate/soapgate/bench/xml/message"
)

const sample = `<?xml version="1.0"?>
<r xmlns="u" xmlns:p="v" a="1">
<p:b p:c="2"/><!-- x --><p:b xmlns:p="w" xmlns:q="v"><q:d xmlns="">1<!-- y -->2<e/></q:d></p:b>text</r>
<?t d?>`

func TestTree_navigation(t *testing.T) {
	tree := parse(t, sample, Options{AllowPI: true})
	root := tree.Root()
	var kinds []Kind
	for c := range tree.Children(root) {
		kinds = append(kinds, tree.Kind(c))
	}
	if diff := cmp.Diff([]Kind{Text, Element, Comment, Element, Text}, kinds); diff != "" {
		t.Error(diff)
	}
	elements := slices.Collect(tree.Elements(root))
	if len(elements) != 2 || tree.Child(root, "w", "b") != elements[1] || tree.Child(root, "x", "b") != None {
		t.Fatalf("elements %v", elements)
	}
	first, second := elements[0], elements[1]
	if tree.NameID(first) == tree.NameID(second) || tree.NameOf(tree.NameID(first)) != (Name{"p", "b", "v"}) {
		t.Errorf("names %v, %v", tree.Name(first), tree.Name(second))
	}
	d := tree.FirstElement(second)
	if !tree.Contains(second, d) || tree.Contains(first, d) || tree.Parent(d) != second || tree.NextElement(second) != None {
		t.Error("wrong about descendants")
	}
	if value, ok := tree.Attr(first, "v", "c"); !ok || string(value) != "2" {
		t.Errorf("attribute %q, %v", value, ok)
	}
	if _, ok := tree.Attr(first, "", "c"); ok {
		t.Error("an attribute in no namespace")
	}
	if src := string(tree.Source()); src[tree.Offset(first):tree.TagEnd(first)] != `<p:b p:c="2"/>` || tree.TagEnd(first) != tree.EndOffset(first) ||
		src[tree.TagEnd(d):tree.EndOffset(d)] != `1<!-- y -->2<e/></q:d>` {
		t.Error("wrong offsets")
	}
	if line, column := tree.Position(tree.Offset(second)); line != 3 || column != 25 {
		t.Errorf("at %d:%d", line, column)
	}
	if empty := parse(t, "<a/>", Options{}); empty.FirstChild(empty.Root()) != None {
		t.Error("a child of an empty element")
	}
}

func TestTree_text(t *testing.T) {
	tree := parse(t, sample, Options{AllowPI: true})
	d := tree.Child(tree.Child(tree.Root(), "w", "b"), "v", "d")
	if text, simple := tree.Text(d); string(text) != "12" || simple {
		t.Errorf("text %q, %v", text, simple)
	}
	if text, simple := tree.Text(tree.FirstElement(d)); len(text) != 0 || !simple {
		t.Errorf("text %q, %v", text, simple)
	}
}

func TestTree_namespaces(t *testing.T) {
	tree := parse(t, sample, Options{AllowPI: true})
	root := tree.Root()
	second := tree.Child(root, "w", "b")
	d := tree.FirstElement(second)
	var got []string
	for x := range tree.InScope(d) {
		got = append(got, x.Prefix+"="+x.Space)
	}
	want := []string{"=", "q=v", "p=w", "p=v", "=u"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, test := range []struct {
		node          Node
		prefix, space string
		ok            bool
	}{
		{root, "", "u", true}, {d, "", "", true}, {d, "p", "w", true}, {d, "q", "v", true}, {root, "q", "", false},
		{d, "xml", NamespaceXML, true}, {0, "", "", true},
	} {
		if space, ok := tree.LookupNamespace(test.node, test.prefix); space != test.space || ok != test.ok {
			t.Errorf("%q on %s: %q, %v", test.prefix, tree.Path(test.node), space, ok)
		}
	}
	if first := tree.Child(root, "v", "b"); tree.HasDecls(first) || !tree.HasDecls(second) || !tree.HasDecls(d) {
		t.Error("wrong about declarations")
	}
	if first := slices.Collect(tree.Decls(root)); len(first) != 2 || first[0] != (Decl{"p", "v", 35}) || first[1] != (Decl{"", "u", 25}) {
		t.Errorf("declarations %v", first)
	}
}

func TestTree_Path(t *testing.T) {
	tree := parse(t, sample, Options{AllowPI: true})
	var got []string
	for n := range Node(tree.Len()) {
		got = append(got, tree.Path(n))
	}
	want := []string{
		"/", "/r", "/r/text()", "/r/p:b", "/r/comment()", "/r/p:b", "/r/p:b/q:d", "/r/p:b/q:d/text()", "/r/p:b/q:d/comment()",
		"/r/p:b/q:d/text()", "/r/p:b/q:d/e", "/r/text()", "/processing-instruction()",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	tree = parse(t, "<a><b/><c/><b/><b><d/></b></a>", Options{})
	if path := tree.Path(6); path != "/a/b[3]/d" {
		t.Errorf("path %q", path)
	}
}

// TestParse_path checks the place that a refusal names.
func TestParse_path(t *testing.T) {
	_, err := Parse([]byte("<a><b/><b><c>&x;</c></b></a>"), Options{})
	if r := rejection(err); r == nil || r.Path != "/a/b[2]/c" {
		t.Errorf("%+v", r)
	}
}

// TestParse_concurrent reads different messages at once out of one pool.
func TestParse_concurrent(t *testing.T) {
	messages := [][]byte{message.History(3), message.Values(10_000), []byte(sample), []byte("<a>&x;</a>")}
	o := Options{AllowPI: true}
	var want [4]string
	for i, m := range messages[:3] {
		want[i] = outline(parse(t, string(m), o))
	}
	var group sync.WaitGroup
	for g := range 8 {
		group.Go(func() {
			for i := range 100 {
				k := (g + i) % len(messages)
				tree, err := Parse(messages[k], o)
				if err != nil {
					if k != 3 {
						t.Error(err)
					}
					continue
				}
				if i%10 == 0 && outline(tree) != want[k] {
					t.Errorf("message %d reads differently", k)
				}
				tree.Release()
			}
		})
	}
	group.Wait()
}

// TestRelease_twice: the second time must not put the tree into the pool again.
func TestRelease_twice(t *testing.T) {
	tree, err := Parse([]byte("<a/>"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	tree.Release()
	tree.Release()
	one, two := parse(t, "<a/>", Options{}), parse(t, "<b/>", Options{})
	if one == two {
		t.Error("one tree twice")
	}
}
