package xmltree

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soapgate/soapgate/internal/reject"
)

func parse(t *testing.T, src string, o Options) *Tree {
	t.Helper()
	tree, err := Parse([]byte(src), o)
	if err != nil {
		t.Fatalf("Parse(%q): %v", src, err)
	}
	t.Cleanup(tree.Release)
	return tree
}

func rejection(err error) *reject.Rejection {
	r, _ := errors.AsType[*reject.Rejection](err)
	return r
}

func code(err error) reject.Code {
	if r := rejection(err); r != nil {
		return r.Code
	}
	return ""
}

// outline writes a tree in a form that shows all that Parse decided.
func outline(t *Tree) string {
	var b strings.Builder
	depth := func(n Node) (d int) {
		for ; n != None; n = t.Parent(n) {
			d++
		}
		return d
	}
	for n := Node(1); n < t.End(0); n++ {
		b.WriteString(strings.Repeat(" ", depth(n)-1))
		switch t.Kind(n) {
		case Element:
			name := t.Name(n)
			b.WriteString("<" + name.String() + "{" + name.Space + "}")
			for d := range t.Decls(n) {
				b.WriteString(" xmlns:" + d.Prefix + "=" + d.Space)
			}
			for a := range t.Attrs(n) {
				name := t.NameOf(a.NameID)
				b.WriteString(" " + name.String() + "{" + name.Space + "}=" + string(a.Value))
			}
			b.WriteString(">")
		case Text:
			b.WriteString("T:" + string(t.Value(n)))
			if t.HasCDATA(n) {
				b.WriteString(" cdata")
			}
			if t.HasReference(n) {
				b.WriteString(" ref")
			}
		case Comment:
			b.WriteString("C:" + string(t.Value(n)))
		case PI:
			b.WriteString("P:" + t.Name(n).Local + "=" + string(t.Value(n)))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestParse_tree(t *testing.T) {
	for _, test := range []struct{ name, src, want string }{
		{"empty element", `<a/>`, "<a{}>\n"},
		{"nesting", `<a><b>x</b>y<c></c></a>`, "<a{}>\n <b{}>\n  T:x\n T:y\n <c{}>\n"},
		{"declaration and white space", "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n<a />\n", "<a{}>\n"},
		{"byte order mark", "\uFEFF<a/>", "<a{}>\n"},
		{"attributes", `<a b="1" c = '"2"'/>`, "<a{} b{}=1 c{}=\"2\">\n"},
		{"attribute normalization", "<a b=' 1\t2\r\n3\r4\n5&#10;&lt; '/>", "<a{} b{}= 1 2 3 4 5\n< >\n"},
		{"namespaces", `<p:a xmlns:p="u" xmlns="v" p:b="" b=""><c xmlns=""/><d/></p:a>`,
			"<p:a{u} xmlns:=v xmlns:p=u p:b{u}= b{}=>\n <c{} xmlns:=>\n <d{v}>\n"},
		{"redeclared prefix", `<a xmlns:p="u"><p:b xmlns:p="v"/><p:b/></a>`, "<a{} xmlns:p=u>\n <p:b{v} xmlns:p=v>\n <p:b{u}>\n"},
		{"prefix declared behind its use", `<p:a p:b="" xmlns:p="u"/>`, "<p:a{u} xmlns:p=u p:b{u}=>\n"},
		{"xml prefix", `<a xml:lang="ru"><b xmlns:xml="http://www.w3.org/XML/1998/namespace"/><c xml:id="x"/></a>`,
			"<a{} xml:lang{http://www.w3.org/XML/1998/namespace}=ru>\n <b{} xmlns:xml=http://www.w3.org/XML/1998/namespace>\n" +
				" <c{} xml:id{http://www.w3.org/XML/1998/namespace}=x>\n"},
		{"line ends", "<a>1\r\n2\r3\n4&#13;</a>", "<a{}>\n T:1\n2\n3\n4\r ref\n"},
		{"references", `<a>&lt;&gt;&amp;&apos;&quot;&#x41;&#66;&#x1F600;</a>`, "<a{}>\n T:<>&'\"AB😀 ref\n"},
		{"CDATA alone", `<a><![CDATA[<x>]]]></a>`, "<a{}>\n T:<x>] cdata\n"},
		{"CDATA merged", `<a>1<![CDATA[2]]>3<![CDATA[]]><![CDATA[4]]></a>`, "<a{}>\n T:1234 cdata\n"},
		{"CDATA empty", `<a><![CDATA[]]></a>`, "<a{}>\n"},
		{"CDATA empty first", `<a><![CDATA[]]>x</a>`, "<a{}>\n T:x cdata\n"},
		{"comments split text", `<!-- p --><a>1<!--c-->2</a><!--e-->`, "C: p \n<a{}>\n T:1\n C:c\n T:2\nC:e\n"},
		{"processing instructions", "<?p  d\r\n?><a>1<?q?>2</a>", "P:p=d\n\n<a{}>\n T:1\n P:q=\n T:2\n"},
		{"brackets", `<a>]] ]>x]</a>`, "<a{}>\n T:]] ]>x]\n"},
		{"names beyond ASCII", `<Россия атрибут="я"/>`, "<Россия{} атрибут{}=я>\n"},
		{"white space in tags", "<a  \n b='1'\t></a \r\n>", "<a{} b{}=1>\n"},
		{"empty prefix of attribute", `<a xmlns="u" b=""/>`, "<a{u} xmlns:=u b{}=>\n"},
		{"xmlns as element", `<xmlns/>`, "<xmlns{}>\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			tree := parse(t, test.src, Options{AllowPI: true})
			if diff := cmp.Diff(test.want, outline(tree)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParse_refused(t *testing.T) {
	for _, test := range []struct {
		name, src    string
		code         reject.Code
		line, column int
	}{
		{"nothing", "", reject.XMLNotWellFormed, 1, 1},
		{"white space before the declaration", " <?xml version='1.0'?><a/>", reject.XMLPI, 1, 2},
		{"text before the root", "x<a/>", reject.XMLNotWellFormed, 1, 1},
		{"text behind the root", "<a/>\nx", reject.XMLNotWellFormed, 2, 1},
		{"second root", "<a/><b/>", reject.XMLNotWellFormed, 1, 5},
		{"CDATA behind the root", "<a/><![CDATA[]]>", reject.XMLNotWellFormed, 1, 5},
		{"truncated", "<a><b>", reject.XMLNotWellFormed, 1, 7},
		{"truncated tag", "<a b", reject.XMLNotWellFormed, 1, 5},
		{"truncated end tag", "<a></a", reject.XMLNotWellFormed, 1, 7},
		{"truncated comment", "<a><!-- x", reject.XMLNotWellFormed, 1, 10},
		{"wrong end tag", "<a><b>\n</a></b>", reject.XMLNotWellFormed, 2, 1},
		{"longer end tag", "<a></ab>", reject.XMLNotWellFormed, 1, 4},
		{"stray end tag", "</a>", reject.XMLNotWellFormed, 1, 1},
		{"DTD", "<!DOCTYPE a><a/>", reject.XMLDTD, 1, 1},
		{"DTD inside", "<a><!DOCTYPE a></a>", reject.XMLDTD, 1, 4},
		{"processing instruction", "<a><?p?></a>", reject.XMLPI, 1, 4},
		{"entity", "<a>&x;</a>", reject.XMLEntity, 1, 4},
		{"bare ampersand", "<a>& </a>", reject.XMLNotWellFormed, 1, 4},
		{"reference without semicolon", "<a>&lt </a>", reject.XMLNotWellFormed, 1, 7},
		{"]]> in text", "<a>x]]></a>", reject.XMLNotWellFormed, 1, 5},
		{"-- in comment", "<a><!-- -- --></a>", reject.XMLNotWellFormed, 1, 9},
		{"--->", "<a><!-- ---></a>", reject.XMLNotWellFormed, 1, 9},
		{"< in value", "<a b='<'/>", reject.XMLNotWellFormed, 1, 7},
		{"no quotes", "<a b=c/>", reject.XMLNotWellFormed, 1, 6},
		{"no value", "<a b/>", reject.XMLNotWellFormed, 1, 5},
		{"no space between attributes", "<a b='1'c='2'/>", reject.XMLNotWellFormed, 1, 9},
		{"attribute twice", "<a b='1' b='2'/>", reject.XMLAttribute, 1, 10},
		{"attribute twice by namespace", "<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>", reject.XMLAttribute, 1, 36},
		{"declaration twice", "<a xmlns:p='u' xmlns:p='v'/>", reject.XMLAttribute, 1, 16},
		{"prefix of element", "<p:a/>", reject.XMLPrefix, 1, 1},
		{"prefix of attribute", "<a p:b=''/>", reject.XMLPrefix, 1, 4},
		{"prefix out of scope", "<a><b xmlns:p='u'/><p:c/></a>", reject.XMLPrefix, 1, 20},
		{"prefix undeclared", "<a xmlns:p=''/>", reject.XMLNamespace, 1, 4},
		{"xml bound elsewhere", "<a xmlns:xml='u'/>", reject.XMLNamespace, 1, 4},
		{"xml namespace by another prefix", "<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>", reject.XMLNamespace, 1, 4},
		{"xml namespace as default", "<a xmlns='http://www.w3.org/XML/1998/namespace'/>", reject.XMLNamespace, 1, 4},
		{"xmlns namespace", "<a xmlns:p='http://www.w3.org/2000/xmlns/'/>", reject.XMLNamespace, 1, 4},
		{"xmlns declared", "<a xmlns:xmlns='u'/>", reject.XMLNamespace, 1, 4},
		{"xmlns as prefix of an element", "<xmlns:a/>", reject.XMLPrefix, 1, 1},
		{"two colons", "<a:b:c xmlns:a='u'/>", reject.XMLNamespace, 1, 2},
		{"colon first", "<:a/>", reject.XMLNamespace, 1, 2},
		{"colon last", "<a: xmlns:a='u'/>", reject.XMLNamespace, 1, 2},
		{"digit behind colon", "<a:1 xmlns:a='u'/>", reject.XMLNamespace, 1, 2},
		{"name begins with digit", "<1/>", reject.XMLNotWellFormed, 1, 2},
		{"name with a foreign character", "<a×/>", reject.XMLNotWellFormed, 1, 3},
		{"name beyond the planes of names", "<\U000F0000/>", reject.XMLNotWellFormed, 1, 2},
		{"no end of a value", "<a b='", reject.XMLNotWellFormed, 1, 7},
		{"no end of a reference", "<a>&lt", reject.XMLNotWellFormed, 1, 7},
		{"digit first in a reference", "<a>&1;</a>", reject.XMLNotWellFormed, 1, 5},
		{"declaration without quotes", "<?xml version=1.0?><a/>", reject.XMLNotWellFormed, 1, 15},
		{"declaration without =", "<?xml version '1.0'?><a/>", reject.XMLNotWellFormed, 1, 15},
		{"declaration without end of a value", "<?xml version='1.0?><a/>", reject.XMLNotWellFormed, 1, 16},
		{"declaration with a wrong answer", "<?xml version='1.0' standalone='maybe'?><a/>", reject.XMLNotWellFormed, 1, 20},
		{"NUL", "<a>\x00</a>", reject.XMLCharacter, 1, 4},
		{"control character", "<a>я\x0b</a>", reject.XMLCharacter, 1, 5},
		{"U+FFFE", "<a>\uFFFE</a>", reject.XMLCharacter, 1, 4},
		{"reference to NUL", "<a>&#0;</a>", reject.XMLCharacter, 1, 4},
		{"reference to a surrogate", "<a>&#xD800;</a>", reject.XMLCharacter, 1, 4},
		{"reference beyond Unicode", "<a>&#99999999999999999999;</a>", reject.XMLCharacter, 1, 4},
		{"overlong", "<a>\xC0\xBC</a>", reject.XMLEncoding, 1, 4},
		{"surrogate in UTF-8", "<a>\xED\xA0\x80</a>", reject.XMLEncoding, 1, 4},
		{"truncated UTF-8", "<a/>\xD0", reject.XMLEncoding, 1, 5},
		{"version 1.1", "<?xml version='1.1'?><a/>", reject.XMLVersion, 1, 20},
		{"no version", "<?xml encoding='UTF-8'?><a/>", reject.XMLNotWellFormed, 1, 7},
		{"declaration out of order", "<?xml version='1.0' standalone='yes' encoding='UTF-8'?><a/>", reject.XMLNotWellFormed, 1, 38},
		{"declaration upper case", "<?XML version='1.0'?><a/>", reject.XMLPI, 1, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			tree, err := Parse([]byte(test.src), Options{})
			if err == nil {
				t.Fatalf("accepted:\n%s", outline(tree))
			}
			var r *reject.Rejection
			if !errors.As(err, &r) {
				t.Fatalf("%T, not a rejection: %v", err, err)
			}
			if r.Code != test.code || r.Line != test.line || r.Column != test.column {
				t.Errorf("got %s at %d:%d, want %s at %d:%d: %v", r.Code, r.Line, r.Column, test.code, test.line, test.column, err)
			}
		})
	}
}

// TestParse_found checks what a refusal repeats of the message: markup, but no
// data.
func TestParse_found(t *testing.T) {
	for src, want := range map[string]string{
		"<a><b>\n</a></b>":         "</a",
		"<a>Имярек & Ко</a>":       "&",
		"<a b='Имярек'Имярек=''/>": "И",
		"<a></a>Имярек":            "И",
		"<a>Имярек":                "EOF",
		"<a><!Имярек></a>":         "<!Имярек",
	} {
		_, err := Parse([]byte(src), Options{})
		var r *reject.Rejection
		if !errors.As(err, &r) {
			t.Fatalf("%q: %v", src, err)
		}
		for _, v := range r.Values {
			if v.Name == "found" && v.Text != want {
				t.Errorf("%q: found %q, want %q", src, v.Text, want)
			}
		}
	}
}
