package xmltree

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soapgate/soapgate/internal/reject"
)

var dtdOptions = Options{DTD: CheckDTD, AllowPI: true}

func TestCheckDTD_tree(t *testing.T) {
	for _, test := range []struct {
		name, src, want string
		partial         bool
	}{
		{"entity of text", `<!DOCTYPE a [<!ENTITY e "1&#38;lt;&f;"><!ENTITY f '"2"'>]><a b="&e;">&e;3</a>`,
			"<a{} b{}=1<\"2\">\n T:1<\"2\"3 ref\n", false},
		{"first declaration counts", `<!DOCTYPE a [<!ENTITY e "1"><!ENTITY e "2">]><a>&e;</a>`, "<a{}>\n T:1 ref\n", false},
		{"line ends in values", "<!DOCTYPE a [<!ENTITY e '1\r\n2&#10;&#38;#10;'>]><a b='&e;'/>", "<a{} b{}=1 2 \n>\n", false},
		{"entity with markup", `<!DOCTYPE a [<!ENTITY e "<b/>">]><a>1&e;2</a>`, "<a{}>\n T:12 ref\n", true},
		{"external entity", `<!DOCTYPE a [<!ENTITY e SYSTEM "e">]><a>&e;</a>`, "<a{}>\n", true},
		{"external subset", `<!DOCTYPE a SYSTEM "e"><a>&e;</a>`, "<a{}>\n", true},
		{"predefined redeclared", `<!DOCTYPE a [<!ENTITY lt "&#38;#60;"><!ENTITY gt ">">]><a>&lt;&gt;</a>`, "<a{}>\n T:<> ref\n", false},
		{"parameter entity", `<!DOCTYPE a [<!ENTITY % p '<!ENTITY e "1">'>%p;%p;]><a>&e;</a>`, "<a{}>\n T:1 ref\n", false},
		{"behind an unread parameter entity", `<!DOCTYPE a [<!ENTITY % p SYSTEM "p">%p;<!ENTITY e "1">]><a>&e;</a>`, "<a{}>\n", true},
		{"conditional sections", `<!DOCTYPE a [<!ENTITY % p '<![INCLUDE[<!ENTITY e "1">]]><![ IGNORE [<![x[]]>]]>'>%p;]><a>&e;</a>`, "<a{}>\n T:1 ref\n", false},
		{"default attributes", `<!DOCTYPE a [<!ATTLIST a b CDATA " 1 " c NMTOKENS " 1  2 " d CDATA #IMPLIED b CDATA "no" xmlns:p NMTOKEN " u ">]><a p:c='' b='x'/>`,
			"<a{} xmlns:p=u p:c{u}= b{}=x c{}=1 2>\n", false},
		{"tokenized values", `<!DOCTYPE a [<!ATTLIST a b ID #REQUIRED xmlns:p NMTOKEN #IMPLIED>]><a b=" x " xmlns:p=" u "/>`, "<a{} xmlns:p=u b{}=x>\n", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			tree := parse(t, test.src, dtdOptions)
			if diff := cmp.Diff(test.want, outline(tree)); diff != "" {
				t.Error(diff)
			}
			if tree.Partial() != test.partial {
				t.Errorf("partial: %v", tree.Partial())
			}
		})
	}
}

func TestCheckDTD_refused(t *testing.T) {
	for _, test := range []struct {
		name, subset, body string
		code               reject.Code
	}{
		{"recursion", `<!ENTITY e "&f;"><!ENTITY f "&e;">`, "<a>&e;</a>", reject.XMLNotWellFormed},
		{"recursion in a value", `<!ENTITY e "&f;"><!ENTITY f "&e;">`, "<a b='&e;'/>", reject.XMLNotWellFormed},
		{"undeclared", ``, "<a>&e;</a>", reject.XMLEntity},
		{"undeclared inside", `<!ENTITY e "&f;">`, "<a>&e;</a>", reject.XMLEntity},
		{"undeclared in a default", `<!ATTLIST a b CDATA "&e;"><!ENTITY e "">`, "<a/>", reject.XMLEntity},
		{"unparsed", `<!NOTATION n SYSTEM "n"><!ENTITY e SYSTEM "e" NDATA n>`, "<a>&e;</a>", reject.XMLNotWellFormed},
		{"external in a value", `<!ENTITY e SYSTEM "e">`, "<a b='&e;'/>", reject.XMLNotWellFormed},
		{"< in a value", `<!ENTITY e "&#60;">`, "<a b='&e;'/>", reject.XMLNotWellFormed},
		{"half an element", `<!ENTITY e "<b>">`, "<a>&e;</b></a>", reject.XMLNotWellFormed},
		{"end tag", `<!ENTITY e "</a><a>">`, "<a>&e;</a>", reject.XMLNotWellFormed},
		{"half a reference", `<!ENTITY e "&#38;">`, "<a>&e;#60;</a>", reject.XMLNotWellFormed},
		{"half a comment", `<!ENTITY e "<!--">`, "<a>&e;--></a>", reject.XMLNotWellFormed},
		{"lone <", `<!ENTITY e "x&#60;">`, "<a>&e;</a>", reject.XMLNotWellFormed},
		{"lt redeclared", `<!ENTITY lt "&#60;">`, "<a/>", reject.XMLNotWellFormed},
		{"amp external", `<!ENTITY amp SYSTEM "amp">`, "<a/>", reject.XMLNotWellFormed},
		{"PE within a declaration", `<!ENTITY % p "ANY"><!ELEMENT a %p;>`, "<a/>", reject.XMLNotWellFormed},
		{"PE in an entity value", `<!ENTITY % p ""><!ENTITY e "%p;">`, "<a/>", reject.XMLNotWellFormed},
		{"PE with half a declaration", `<!ENTITY % p "<!ELEMENT a">%p; ANY>`, "<a/>", reject.XMLNotWellFormed},
		{"PE with text", `<!ENTITY % p "x">%p;`, "<a/>", reject.XMLNotWellFormed},
		{"PE recursion", `<!ENTITY % p "&#37;p;">%p;`, "<a/>", reject.XMLNotWellFormed},
		{"open conditional section", `<!ENTITY % p "<![INCLUDE[">%p;`, "<a/>", reject.XMLNotWellFormed},
		{"closed conditional section", `<!ENTITY % p "]]>">%p;`, "<a/>", reject.XMLNotWellFormed},
		{"conditional section", `<![INCLUDE[]]>`, "<a/>", reject.XMLNotWellFormed},
		{"text declaration", `<?xml encoding="UTF-8"?>`, "<a/>", reject.XMLNotWellFormed},
		{"mixed separators", `<!ELEMENT a (b|c,d)>`, "<a/>", reject.XMLNotWellFormed},
		{"mixed without star", `<!ELEMENT a (#PCDATA|b)>`, "<a/>", reject.XMLNotWellFormed},
		{"unclosed group", `<!ELEMENT a ((b)>`, "<a/>", reject.XMLNotWellFormed},
		{"empty group", `<!ELEMENT a ()>`, "<a/>", reject.XMLNotWellFormed},
		{"comma in an enumeration", `<!ATTLIST a b (c,d) #IMPLIED>`, "<a/>", reject.XMLNotWellFormed},
		{"lower case", `<!element a ANY>`, "<a/>", reject.XMLNotWellFormed},
		{"PUBLIC without system identifier", `<!ENTITY e PUBLIC "e">`, "<a/>", reject.XMLNotWellFormed},
		{"character of a public identifier", `<!NOTATION n PUBLIC "{">`, "<a/>", reject.XMLNotWellFormed},
		{"NDATA on a parameter entity", `<!ENTITY % p SYSTEM "p" NDATA n>`, "<a/>", reject.XMLNotWellFormed},
		{"colon in an entity name", `<!ENTITY p:e "">`, "<a/>", reject.XMLNamespace},
		{"two colons in an element name", `<!ELEMENT p:q:r ANY>`, "<a/>", reject.XMLNamespace},
		{"element without name", `<!ELEMENT>`, "<a/>", reject.XMLNotWellFormed},
		{"element without model", `<!ELEMENT a>`, "<a/>", reject.XMLNotWellFormed},
		{"unknown model", `<!ELEMENT a SOME>`, "<a/>", reject.XMLNotWellFormed},
		{"attribute without type", `<!ATTLIST a b>`, "<a/>", reject.XMLNotWellFormed},
		{"attributes without space", `<!ATTLIST a b CDATA "x"c CDATA "y">`, "<a/>", reject.XMLNotWellFormed},
		{"attribute without default", `<!ATTLIST a b CDATA>`, "<a/>", reject.XMLNotWellFormed},
		{"fixed without space", `<!ATTLIST a b CDATA #FIXED"x">`, "<a/>", reject.XMLNotWellFormed},
		{"notation type without space", `<!ATTLIST a b NOTATION(n) #IMPLIED>`, "<a/>", reject.XMLNotWellFormed},
		{"token of an enumeration", `<!ATTLIST a b (×) #IMPLIED>`, "<a/>", reject.XMLNotWellFormed},
		{"empty enumeration", `<!ATTLIST a b () #IMPLIED>`, "<a/>", reject.XMLNotWellFormed},
		{"reference in a default", `<!ATTLIST a b CDATA "<">`, "<a/>", reject.XMLNotWellFormed},
		{"default undeclares a prefix", `<!ATTLIST a xmlns:p CDATA "">`, "<a/>", reject.XMLNamespace},
		{"notation without identifier", `<!NOTATION n>`, "<a/>", reject.XMLNotWellFormed},
		{"notation without space", `<!NOTATION n SYSTEM"x">`, "<a/>", reject.XMLNotWellFormed},
		{"public without space", `<!NOTATION n PUBLIC"x">`, "<a/>", reject.XMLNotWellFormed},
		{"identifiers without space", `<!NOTATION n PUBLIC "x""y">`, "<a/>", reject.XMLNotWellFormed},
		{"entity without identifier", `<!ENTITY e x>`, "<a/>", reject.XMLNotWellFormed},
		{"open literal", `<!ENTITY e SYSTEM "x>`, "<a/>", reject.XMLNotWellFormed},
		{"open value", `<!ENTITY e "x>`, "<a/>", reject.XMLNotWellFormed},
		{"reference in a value", `<!ENTITY e "&x">`, "<a/>", reject.XMLNotWellFormed},
		{"NDATA without name", `<!ENTITY e SYSTEM "x" NDATA>`, "<a/>", reject.XMLNotWellFormed},
		{"colon in a notation's name", `<!NOTATION p:n SYSTEM "x">`, "<a/>", reject.XMLNamespace},
		{"colon in a target", `<?p:t?>`, "<a/>", reject.XMLNamespace},
		{"too many attributes", "<!ATTLIST a" + manyAttributes(257) + ">", "<a/>", reject.XMLLimitAttributes},
		{"unknown section", `<!ENTITY % p "<![SOME[]]>">%p;`, "<a/>", reject.XMLNotWellFormed},
		{"section without bracket", `<!ENTITY % p "<![INCLUDE]]>">%p;`, "<a/>", reject.XMLNotWellFormed},
		{"open ignored section", `<!ENTITY % p "<![IGNORE[<![x]]>">%p;`, "<a/>", reject.XMLNotWellFormed},
		{"deep parameter entities", deepParameterEntities(100) + "%p0;", "<a/>", reject.XMLLimitDepth},
		{"deep entities in a value", deepEntities(100), "<a b='&e0;'/>", reject.XMLLimitDepth},
		{"deep entities", deepEntities(100), "<a>&e0;</a>", reject.XMLLimitDepth},
		{"billion laughs", laughs(20, strings.Repeat("ha", 100)), "<a>&e20;</a>", reject.XMLLimitBytes},
		{"billion laughs of nothing", laughs(20, ""), "<a>&e20;</a>", reject.XMLLimitReferences},
		{"second DTD", `]><!DOCTYPE b [`, "<b/>", reject.XMLNotWellFormed},
	} {
		t.Run(test.name, func(t *testing.T) {
			src := "<!DOCTYPE a [" + test.subset + "]>" + test.body
			tree, err := Parse([]byte(src), dtdOptions)
			if err == nil {
				t.Fatalf("accepted:\n%s", outline(tree))
			}
			if code(err) != test.code {
				t.Errorf("want %s: %v", test.code, err)
			}
		})
	}
}

// TestCheckDTD_standalone is WFC: Entity Declared (XML 1.0 4.1), which looks at
// where the declaration stands.
func TestCheckDTD_standalone(t *testing.T) {
	const doc = `<!DOCTYPE a [<!ENTITY % p '<!ENTITY e "1">'>%p;]><a>&e;</a>`
	parse(t, doc, dtdOptions)
	if _, err := Parse([]byte(`<?xml version="1.0" standalone="yes"?>`+doc), dtdOptions); code(err) != reject.XMLEntity {
		t.Errorf("standalone: %v", err)
	}
}

func deepEntities(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `<!ENTITY e%d "&e%d;">`, i, i+1)
	}
	return b.String()
}

func deepParameterEntities(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `<!ENTITY %% p%d "&#37;p%d;">`, i, i+1)
	}
	return b.String()
}

func manyAttributes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ` b%d CDATA #IMPLIED`, i)
	}
	return b.String()
}

// laughs declares n entities that each stand for the one before thrice.
func laughs(n int, first string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<!ENTITY e0 "%s">`, first)
	for i := range n {
		fmt.Fprintf(&b, `<!ENTITY e%d "&e%d;&e%[2]d;&e%[2]d;">`, i+1, i)
	}
	return b.String()
}
