package c14n

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/xmltree"
)

func parse(tb testing.TB, src string) *xmltree.Tree {
	tb.Helper()
	t, err := xmltree.Parse([]byte(src), xmltree.Options{AllowPI: true})
	if err != nil {
		tb.Fatalf("parsing: %v", err)
	}
	return t
}

// find returns the first element with the given local name.
func find(tb testing.TB, t *xmltree.Tree, local string) xmltree.Node {
	tb.Helper()
	for n := xmltree.Node(1); n < t.End(0); n++ {
		if t.Kind(n) == xmltree.Element && t.Name(n).Local == local {
			return n
		}
	}
	tb.Fatalf("no element %s", local)
	return 0
}

func canonical(tb testing.TB, t *xmltree.Tree, apex xmltree.Node, m Method, except xmltree.Node) string {
	tb.Helper()
	var b bytes.Buffer
	if err := Write(&b, t, apex, m, except); err != nil {
		tb.Fatalf("canonicalizing: %v", err)
	}
	return b.String()
}

var (
	inclusive = Method{}
	comments  = Method{Comments: true}
	exclusive = Method{Exclusive: true}
	version11 = Method{Version11: true}
)

// The expected forms follow from the rule named; those of whole documents are
// also asked of xmllint, see TestXmllint.
var tests = []struct {
	name   string
	src    string
	apex   string // local name; "" for the document
	m      Method
	except string
	want   string
}{
	{"declaration and doctype-free prolog go", `<?xml version="1.0"?>` + "\n<a/>\n", "", inclusive, "", `<a></a>`},
	{"comments and PIs outside", "<!--1--><?p q?>\n<a><!--2--></a><!--3--><?r?>", "", comments, "", "<!--1-->\n<?p q?>\n<a><!--2--></a>\n<!--3-->\n<?r?>"},
	{"comments go", "<!--1--><a><!--2-->x<!--3-->y</a>", "", inclusive, "", "<a>xy</a>"},
	{"PI data", "<a><?p   q r ?></a>", "", inclusive, "", "<a><?p q r ?></a>"},
	{"white space in tags", "<a  b = '1'\n c\t=\"2\" ><d ></d\n></a >", "", inclusive, "", `<a b="1" c="2"><d></d></a>`},
	{"single quotes", `<a b='"'/>`, "", inclusive, "", `<a b="&quot;"></a>`},
	{"text escapes", "<a>&lt;&gt;&amp;&quot;&apos;>&#13;&#9;&#xA;]]&gt;</a>", "", inclusive, "", "<a>&lt;&gt;&amp;\"'&gt;&#xD;\t\n]]&gt;</a>"},
	{"attribute escapes", "<a b=\"&lt;&gt;>&amp;&quot;'&#13;&#9;&#xA;\"/>", "", inclusive, "", "<a b=\"&lt;>>&amp;&quot;'&#xD;&#x9;&#xA;\"></a>"},
	{"attribute normalization", "<a b=\"1\t2\n3\r\n4\"/>", "", inclusive, "", `<a b="1 2 3 4"></a>`},
	{"CDATA", "<a>x<![CDATA[<&>]]>y<![CDATA[]]></a>", "", inclusive, "", "<a>x&lt;&amp;&gt;y</a>"},
	{"line ends", "<a>\r\n1\r2\n</a>", "", inclusive, "", "<a>\n1\n2\n</a>"},
	{"empty attribute", `<a b=""/>`, "", inclusive, "", `<a b=""></a>`},
	{"attribute order", `<a xmlns:y="urn:1" xmlns:x="urn:2" x:a="1" y:b="2" y:a="3" c="4"/>`, "", inclusive, "",
		`<a xmlns:x="urn:2" xmlns:y="urn:1" c="4" y:a="3" y:b="2" x:a="1"></a>`},
	{"namespace order", `<a xmlns:b="urn:b" xmlns="urn:d" xmlns:a="urn:a"/>`, "", inclusive, "", `<a xmlns="urn:d" xmlns:a="urn:a" xmlns:b="urn:b"></a>`},
	{"superfluous declarations", `<a xmlns="urn:d" xmlns:p="urn:p"><b xmlns="urn:d" xmlns:p="urn:p"><c xmlns:p="urn:q"><d xmlns:p="urn:p"/></c></b></a>`, "", inclusive, "",
		`<a xmlns="urn:d" xmlns:p="urn:p"><b><c xmlns:p="urn:q"><d xmlns:p="urn:p"></d></c></b></a>`},
	{"empty default", `<a xmlns=""><b xmlns="urn:d"><c xmlns=""/></b></a>`, "", inclusive, "", `<a><b xmlns="urn:d"><c xmlns=""></c></b></a>`},
	{"apex takes what is in scope", `<a xmlns="urn:d" xmlns:p="urn:p" xmlns:q="urn:q"><b xmlns:p="urn:r"><c/></b></a>`, "c", inclusive, "",
		`<c xmlns="urn:d" xmlns:p="urn:r" xmlns:q="urn:q"></c>`},
	{"apex below an undeclared default", `<a xmlns="urn:d"><b xmlns=""><c/></b></a>`, "c", inclusive, "", `<c></c>`},
	{"apex takes xml attributes", `<a xml:lang="ru" xml:space="preserve" xml:id="i"><b xml:lang="en"><c d="1"/></b></a>`, "c", inclusive, "",
		`<c d="1" xml:id="i" xml:lang="en" xml:space="preserve"></c>`},
	{"1.1 leaves xml:id", `<a xml:lang="ru" xml:id="i"><b xml:lang="en"><c/></b></a>`, "c", version11, "", `<c xml:lang="en"></c>`},
	{"1.1 joins xml:base", `<a xml:base="http://e.example/x/y"><b xml:base="../z/"><c xml:base="w"/></b></a>`, "c", version11, "", `<c xml:base="http://e.example/z/w"></c>`},
	{"1.1 leaves an own xml:base", `<a><c xml:base="../w"/></a>`, "c", version11, "", `<c xml:base="../w"></c>`},
	{"exclusive takes no xml attributes", `<a xml:lang="ru"><c/></a>`, "c", exclusive, "", `<c></c>`},
	{"exclusive declares where used", `<a xmlns="urn:d" xmlns:p="urn:p" xmlns:q="urn:q"><p:b><p:c q:x="1" y="2"/></p:b><d/></a>`, "", exclusive, "",
		`<a xmlns="urn:d"><p:b xmlns:p="urn:p"><p:c xmlns:q="urn:q" y="2" q:x="1"></p:c></p:b><d></d></a>`},
	{"exclusive declares again in a sibling", `<a xmlns:p="urn:p"><p:b/><p:b/></a>`, "", exclusive, "", `<a><p:b xmlns:p="urn:p"></p:b><p:b xmlns:p="urn:p"></p:b></a>`},
	{"exclusive undeclares the default", `<a xmlns="urn:d" xmlns:p="urn:p"><p:b xmlns=""><c/></p:b></a>`, "", exclusive, "",
		`<a xmlns="urn:d"><p:b xmlns:p="urn:p"><c xmlns=""></c></p:b></a>`},
	{"PrefixList", `<a xmlns="urn:d" xmlns:p="urn:p" xmlns:q="urn:q"><q:b><c xmlns:p="urn:r"/></q:b></a>`, "b", Method{Exclusive: true, Inclusive: []string{"p", "", "none"}}, "",
		`<q:b xmlns="urn:d" xmlns:p="urn:p" xmlns:q="urn:q"><c xmlns:p="urn:r"></c></q:b>`},
	{"PrefixList and an undeclared default", `<a xmlns="urn:d"><b xmlns="" xmlns:p="urn:p"><p:c xmlns="urn:e"/></b></a>`, "", Method{Exclusive: true, Inclusive: []string{""}}, "",
		`<a xmlns="urn:d"><b xmlns=""><p:c xmlns="urn:e" xmlns:p="urn:p"></p:c></b></a>`},
	{"except", "<a>1<s><b/></s>2<c/></a>", "a", inclusive, "s", "<a>12<c></c></a>"},
	{"xmlns=\"\" for the STR-Transform", `<a xmlns="urn:d"><p:b xmlns:p="urn:p"><p:c/></p:b></a>`, "b", Method{Exclusive: true, Default: true}, "",
		`<p:b xmlns="" xmlns:p="urn:p"><p:c></p:c></p:b>`},
	{"no second xmlns for the STR-Transform", `<a xmlns="urn:d"><b/></a>`, "b", Method{Exclusive: true, Default: true}, "", `<b xmlns="urn:d"></b>`},
	{"declared xml prefix", `<a xmlns:xml="http://www.w3.org/XML/1998/namespace" xml:lang="ru"/>`, "", inclusive, "", `<a xml:lang="ru"></a>`},
	{"namespace name with escapes", `<a xmlns="urn:a&amp;&quot;b"/>`, "", inclusive, "", `<a xmlns="urn:a&amp;&quot;b"></a>`},
}

func TestWrite(t *testing.T) {
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree := parse(t, tt.src)
			var apex, except xmltree.Node
			if tt.apex != "" {
				apex = find(t, tree, tt.apex)
			}
			if tt.except != "" {
				except = find(t, tree, tt.except)
			}
			if got := canonical(t, tree, apex, tt.m, except); got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestWrite_relativeNamespace(t *testing.T) {
	for _, src := range []string{`<a xmlns="d"/>`, `<a xmlns:p="../x"/>`, `<a xmlns:p="//host/x"><b/></a>`, `<a><b xmlns:p="1:x"/></a>`} {
		for _, m := range []Method{inclusive, exclusive, version11} {
			tree := parse(t, src)
			if err := Write(io.Discard, tree, tree.Root(), m, 0); !errors.Is(err, ErrRelativeNamespace) {
				t.Errorf("Write(%s, %+v) = %v, want ErrRelativeNamespace", src, m, err)
			}
		}
	}
}

// A writer's error is an error, not an empty digest.
func TestWrite_writerFails(t *testing.T) {
	tree := parse(t, "<a>"+strings.Repeat("<b/>", 5000)+"</a>")
	if err := Write(failing{}, tree, 0, inclusive, 0); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Write to a failing writer = %v", err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// Merlin's collection shows the octets of node sets that XPath filters chose.
// Those filters that leave a subtree whole, or whole for the method in hand,
// must give our octets.
func TestMerlin(t *testing.T) {
	dir := data.Dir(t, "xmldsig", "merlin-c14n-three")
	src, err := os.ReadFile(filepath.Join(dir, "signature.xml"))
	if err != nil {
		t.Fatal(err)
	}
	tree := parse(t, string(src))
	something := find(t, tree, "Something")
	withDefault := Method{Exclusive: true, Inclusive: []string{""}}
	for _, tt := range []struct {
		file int
		apex xmltree.Node
		m    Method
	}{
		{0, something, inclusive},    // ancestor-or-self::bar:Something
		{9, something, exclusive},    // the same
		{11, something, exclusive},   // less namespace nodes that exclusive leaves out anyway
		{18, something, withDefault}, // ancestor-or-self::bar:Something
		{27, find(t, tree, "SignedInfo"), inclusive},
	} {
		want, err := os.ReadFile(filepath.Join(dir, "c14n-"+strconv.Itoa(tt.file)+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		if got := canonical(t, tree, tt.apex, tt.m, 0); got != string(want) {
			t.Errorf("c14n-%d:\n got %q\nwant %q", tt.file, got, want)
		}
	}
}

// The references of merlin's exclusive collection are XPointers, which keep
// comments. Their octets are ours all the same.
func TestMerlin_exclusive(t *testing.T) {
	src, err := os.ReadFile(filepath.Join(data.Dir(t, "xmldsig", "merlin-exc-c14n-one"), "exc-signature.xml"))
	if err != nil {
		t.Fatal(err)
	}
	tree := parse(t, string(src))
	for _, tt := range []struct {
		m      Method
		digest string
	}{
		{Method{Exclusive: true}, "7yOTjUu+9oEhShgyIIXDLjQ08aY="},
		{Method{Exclusive: true, Inclusive: []string{"bar", ""}}, "09xMy0RTQM1Q91demYe/0F6AGXo="},
		{Method{Exclusive: true, Comments: true}, "ZQH+SkCN8c5y0feAr+aRTZDwyvY="},
		{Method{Exclusive: true, Comments: true, Inclusive: []string{"bar", ""}}, "a1cTqBgbqpUt6bMJN4C6zFtnoyo="},
	} {
		sum := sha1.Sum([]byte(canonical(t, tree, find(t, tree, "Object"), tt.m, 0)))
		if got := base64.StdEncoding.EncodeToString(sum[:]); got != tt.digest {
			t.Errorf("%+v: digest %s, want %s", tt.m, got, tt.digest)
		}
	}
}

func TestWriteSMEV(t *testing.T) {
	dir := data.Dir(t, "smev3")
	files, _ := filepath.Glob(filepath.Join(dir, "*.xml"))
	if len(files) == 0 {
		t.Fatal("no vectors")
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tree := parse(t, string(src))
		base := strings.TrimSuffix(file, ".xml")
		exc, err := os.ReadFile(base + ".exc-c14n.octets")
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(base + ".octets")
		if err != nil {
			t.Fatal(err)
		}
		if got := canonical(t, tree, tree.Root(), exclusive, 0); got != string(exc) {
			t.Errorf("%s, exclusive:\n got %q\nwant %q", filepath.Base(base), got, exc)
		}
		// The transform reads the exclusive form; from the document itself it
		// must come to the same.
		for _, tree := range []*xmltree.Tree{tree, parse(t, string(exc))} {
			var b bytes.Buffer
			if err := WriteSMEV(&b, tree, tree.Root(), 0); err != nil {
				t.Fatal(err)
			}
			if b.String() != string(want) {
				t.Errorf("%s:\n got %q\nwant %q", filepath.Base(base), b.String(), want)
			}
		}
	}
}

func TestWriteSMEV_rules(t *testing.T) {
	for _, tt := range []struct{ name, src, want string }{
		{"text across a comment is one", "<a> <!--c--> x</a>", "<a>  x</a>"},
		{"white space across a comment goes", "<a> <!--c-->\n<b/></a>", "<a><b></b></a>"},
		{"text across the signature is one", "<a>x<s/> </a>", "<a>x </a>"},
		{"prefixes end with their element", `<a><b xmlns="urn:1"/><b xmlns="urn:1"/></a>`, `<a><ns1:b xmlns:ns1="urn:1"></ns1:b><ns2:b xmlns:ns2="urn:1"></ns2:b></a>`},
		{"no default namespace stays bare", `<p:a xmlns:p="urn:1"><b c="d"/></p:a>`, `<ns1:a xmlns:ns1="urn:1"><b c="d"></b></ns1:a>`},
		{"carriage return alone is white space", "<a>&#13;</a>", "<a></a>"},
		{"no-break space is not", "<a>&#xA0;</a>", "<a>\u00a0</a>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tree := parse(t, tt.src)
			var except xmltree.Node
			if strings.Contains(tt.src, "<s/>") {
				except = find(t, tree, "s")
			}
			var b bytes.Buffer
			if err := WriteSMEV(&b, tree, tree.Root(), except); err != nil {
				t.Fatal(err)
			}
			if b.String() != tt.want {
				t.Errorf("\n got %s\nwant %s", b.String(), tt.want)
			}
		})
	}
}

func TestJoinURI(t *testing.T) {
	for _, tt := range []struct{ base, ref, want string }{
		{"http://a/b/c/d;p?q", "g", "http://a/b/c/g"}, // RFC 3986 5.4
		{"http://a/b/c/d;p?q", "g;x=1/../y", "http://a/b/c/y"},
		{"http://a/b/c/d;p?q", "../../g", "http://a/g"},
		{"http://a/b/c/d;p?q", "?y", "http://a/b/c/d;p?y"},
		{"http://a/b/c/d;p?q", "", "http://a/b/c/d;p?q"},
		{"http://a/b/c/d;p?q", "//g", "http://g"},
		{"http://a/b/c/d;p?q", "g#s", "http://a/b/c/g"},
		{"http://a/b/c/d;p?q", "../../../g", "http://a/g"},
		{"abc/", "../", ""}, // Canonical XML 1.1, appendix A
		{"abc/", "../..", "../"},
		{"../abc", "..", "../../"},
		{"abc/", "x/..", "abc/"},
		{"..", "..", "../../"},
		{"", "..", "../"},
		{"a//b", "c", "a/c"},
	} {
		if got := joinURI(tt.base, tt.ref); got != tt.want {
			t.Errorf("joinURI(%q, %q) = %q, want %q", tt.base, tt.ref, got, tt.want)
		}
	}
}

func TestAllocs(t *testing.T) {
	data.CountAllocations(t)
	tree := parse(t, message(200))
	body := find(t, tree, "Body")
	w := new(count)
	for _, m := range []Method{inclusive, exclusive} {
		if n := testing.AllocsPerRun(50, func() {
			if err := Write(w, tree, body, m, 0); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("Write(%+v): %v allocations", m, n)
		}
	}
	if n := testing.AllocsPerRun(50, func() {
		if err := WriteSMEV(w, tree, body, 0); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("WriteSMEV: %v allocations", n)
	}
}

type count struct{ n int }

func (c *count) Write(p []byte) (int, error) {
	c.n += len(p)
	return len(p), nil
}
