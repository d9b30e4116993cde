package xmltree

import (
	"fmt"
	"strings"
	"testing"

	"github.com/soapgate/soapgate/internal/reject"
)

// TestLimits tries each limit with a document that meets it exactly and with
// one that is one over.
func TestLimits(t *testing.T) {
	repeat := strings.Repeat
	numbered := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	for _, test := range []struct {
		name   string
		limits Limits
		doc    func(n int) string
		n      int // the most that passes
		code   reject.Code
	}{
		{"bytes", Limits{Bytes: 100}, func(n int) string { return "<a>" + repeat("x", n-7) + "</a>" }, 100, reject.XMLLimitBytes},
		{"depth", Limits{Depth: 10}, func(n int) string { return repeat("<a>", n) + repeat("</a>", n) }, 10, reject.XMLLimitDepth},
		{"depth, empty element", Limits{Depth: 10}, func(n int) string { return repeat("<a>", n-1) + "<a/>" + repeat("</a>", n-1) }, 10, reject.XMLLimitDepth},
		{"elements", Limits{Nodes: 10}, func(n int) string { return "<a>" + repeat("<b/>", n-1) + "</a>" }, 10, reject.XMLLimitNodes},
		{"comments", Limits{Nodes: 10}, func(n int) string { return repeat("<!---->", n-1) + "<a/>" }, 10, reject.XMLLimitNodes},
		{"texts", Limits{Nodes: 10}, func(n int) string { return "<a>x" + repeat("<?b?>x", (n-2)/2) + repeat("<b/>", n%2) + "</a>" }, 10, reject.XMLLimitNodes},
		{"attributes", Limits{Attributes: 10}, func(n int) string { return "<a" + numbered(n, " b%d=''") + "/>" }, 10, reject.XMLLimitAttributes},
		{"declarations", Limits{Declarations: 10}, func(n int) string { return "<a" + numbered(n, " xmlns:b%d='u'") + "/>" }, 10, reject.XMLLimitDeclarations},
		{"namespaces", Limits{Namespaces: 10}, func(n int) string { return "<a>" + numbered(n, "<b xmlns='u%d'/>") + "</a>" }, 10, reject.XMLLimitNamespaces},
		{"prefixes", Limits{Namespaces: 10}, func(n int) string { return "<a>" + numbered(n, "<b xmlns:b%d='u'/>") + "</a>" }, 10, reject.XMLLimitNamespaces},
		{"names", Limits{Names: 10}, func(n int) string { return "<a>" + numbered(n-1, "<b%d/>") + "</a>" }, 10, reject.XMLLimitNames},
		{"names of attributes", Limits{Names: 10}, func(n int) string { return "<a>" + numbered((n-1)/2, "<b c%d=''/>") + numbered(n-6, "<d%d/>") + "</a>" }, 10, reject.XMLLimitNames},
		{"name", Limits{Name: 10}, func(n int) string { return "<" + repeat("a", n) + "/>" }, 10, reject.XMLLimitName},
		{"name of an attribute", Limits{Name: 10}, func(n int) string { return "<a " + repeat("a", n) + "=''/>" }, 10, reject.XMLLimitName},
		{"attribute value", Limits{AttributeValue: 10}, func(n int) string { return "<a b='" + repeat("x", n) + "'/>" }, 10, reject.XMLLimitAttributeValue},
		{"attribute value copied", Limits{AttributeValue: 10}, func(n int) string { return "<a b='" + repeat("&lt;", n) + "'/>" }, 10, reject.XMLLimitAttributeValue},
		{"text", Limits{Text: 10}, func(n int) string { return "<a>" + repeat("x", n) + "</a>" }, 10, reject.XMLLimitText},
		{"text in pieces", Limits{Text: 10}, func(n int) string { return "<a>" + repeat("<![CDATA[x]]>", n) + "</a>" }, 10, reject.XMLLimitText},
		{"start tag", Limits{Token: 20}, func(n int) string { return "<a" + repeat(" ", n-3) + ">x</a>" }, 20, reject.XMLLimitToken},
		{"end tag", Limits{Token: 20}, func(n int) string { return "<a></a" + repeat(" ", n-4) + ">" }, 20, reject.XMLLimitToken},
		{"comment", Limits{Token: 20}, func(n int) string { return "<a/><!--" + repeat("x", n-7) + "-->" }, 20, reject.XMLLimitToken},
		{"processing instruction", Limits{Token: 20}, func(n int) string { return "<a/><?b " + repeat("x", n-6) + "?>" }, 20, reject.XMLLimitToken},
		{"character reference", Limits{Token: 20}, func(n int) string { return "<a>&#" + repeat("0", n-5) + "65;</a>" }, 20, reject.XMLLimitToken},
		{"references", Limits{References: 10}, func(n int) string { return "<a b='&lt;'>" + repeat("&#65;", n-1) + "</a>" }, 10, reject.XMLLimitReferences},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := Options{Limits: test.limits, AllowPI: true}
			// Twice: what the pool remembers of names must not change the verdict.
			for range 2 {
				tree, err := Parse([]byte(test.doc(test.n)), o)
				if err != nil {
					t.Fatalf("%d: %v", test.n, err)
				}
				tree.Release()
				if _, err := Parse([]byte(test.doc(test.n+1)), o); code(err) != test.code {
					t.Fatalf("%d: got %v, want %s", test.n+1, err, test.code)
				}
			}
		})
	}
}

// TestLimits_defaults pins the defaults that the documentation states.
func TestLimits_defaults(t *testing.T) {
	got := Limits{}.withDefaults()
	want := Limits{
		Bytes: 10 << 20, Depth: 64, Nodes: 2e6, Attributes: 256, Declarations: 64, Namespaces: 1024, Names: 16384, Name: 1 << 10,
		AttributeValue: 1 << 20, Text: 10 << 20, Token: 1 << 20, References: 1e6,
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
