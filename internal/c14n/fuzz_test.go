package c14n

import (
	"bytes"
	"errors"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/russellhaering/goxmldsig/etreeutils"

	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// generate makes a well-formed document of bytes: each is an instruction, the
// next ones its operands. What a random document lacks, nested scopes above
// all, is then common.
func generate(program []byte) string {
	g := &generator{program: program}
	g.b.WriteString("<r")
	g.attributes(map[string]string{"": "", "xml": xmltree.NamespaceXML})
	for len(g.program) > 0 {
		switch g.next(9) {
		case 0, 1, 2:
			if len(g.open) < 30 {
				g.element()
			}
		case 3, 4:
			g.close()
		case 5, 6:
			g.b.WriteString(pick(g, "text", " ", "\n  ", "a&lt;b&gt;c&amp;", "]]&gt;", "x > y", "&#13;", "&#x9;&#xA;", "текст", "\r\n", "'\"", "é€😀"))
		case 7:
			g.b.WriteString(pick(g, "<!---->", "<!-- c -->", "<!--a\r\nb-->", "<![CDATA[<&>]]>", "<![CDATA[]]>", "<![CDATA[\r]]>"))
		case 8:
			g.b.WriteString(pick(g, "<?p?>", "<?p  d ?>", "<?xm\tl?>"))
		}
	}
	for len(g.open) > 0 {
		g.close()
	}
	return g.b.String()
}

type generator struct {
	b       strings.Builder
	program []byte
	open    []opened
}

type opened struct {
	name  string
	scope map[string]string
}

func (g *generator) next(n int) int {
	if len(g.program) == 0 {
		return 0
	}
	c := g.program[0]
	g.program = g.program[1:]
	return int(c) % n
}

func pick(g *generator, from ...string) string { return from[g.next(len(from))] }

func (g *generator) element() {
	scope := map[string]string{"": "", "xml": xmltree.NamespaceXML}
	name := "r"
	if len(g.open) > 0 {
		scope = g.open[len(g.open)-1].scope
		name = g.name(scope, "e", "f", "g")
	}
	if len(g.open) == 0 {
		return
	}
	g.b.WriteString("<" + name)
	g.attributes(scope)
	g.open[len(g.open)-1].name = name
}

// name makes a name with a prefix that is declared.
func (g *generator) name(scope map[string]string, local ...string) string {
	p := pick(g, "", "a", "b", "c")
	if _, ok := scope[p]; !ok || p == "" {
		return pick(g, local...)
	}
	return p + ":" + pick(g, local...)
}

// attributes writes declarations and attributes and opens the scope.
func (g *generator) attributes(outer map[string]string) {
	scope := map[string]string{}
	for p, ns := range outer {
		scope[p] = ns
	}
	seen := map[string]bool{}
	for range g.next(4) {
		p := pick(g, "", "a", "b", "c")
		ns := pick(g, "urn:1", "urn:2", "urn:3", "http://example.com/")
		if p == "" && g.next(3) == 0 {
			ns = ""
		}
		if seen[p] {
			continue
		}
		seen[p] = true
		scope[p] = ns
		if p != "" {
			p = ":" + p
		}
		g.b.WriteString(pick(g, " ", "  ", "\n", "\t") + "xmlns" + p + pick(g, "=", " = ") + `"` + ns + `"`)
	}
	for range g.next(4) {
		name := g.name(scope, "x", "y", "z")
		if g.next(8) == 0 {
			name = "xml:lang"
		}
		p, local, qualified := strings.Cut(name, ":")
		key := local + "\x00" + scope[p]
		if !qualified {
			key = p
		}
		if seen[key] {
			continue
		}
		seen[key] = true
		quote := pick(g, `"`, `'`)
		g.b.WriteString(pick(g, " ", "  ", "\r\n") + name + "=" + quote +
			pick(g, "", "v", "a  b", "&quot;&apos;", "&lt;&gt;>", "1\n2", "1\t2\r\n3", "&#9;&#10;&#13;", "я") + quote)
	}
	g.b.WriteString(pick(g, ">", " >", "\n>"))
	g.open = append(g.open, opened{"r", scope})
}

func (g *generator) close() {
	if len(g.open) == 0 || len(g.open) == 1 && len(g.program) > 0 {
		return
	}
	g.b.WriteString("</" + g.open[len(g.open)-1].name + pick(g, ">", " >"))
	g.open = g.open[:len(g.open)-1]
}

// FuzzWrite holds the canonical forms of generated documents to three
// independent makers of them.
func FuzzWrite(f *testing.F) {
	xmllint, _ := exec.LookPath("xmllint")
	for _, seed := range []string{"", "\x03\x00\x01\x02", "abcdefghijklmnopqrstuvwxyz", "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a", "0Ā1122334455667788990011223344556677889900", strings.Repeat("\x03\x01\x02\x00\x05", 40)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, program []byte) {
		if len(program) > 2000 {
			return
		}
		src := generate(program)
		tree, err := xmltree.Parse([]byte(src), xmltree.Options{AllowPI: true})
		if err != nil {
			t.Fatalf("the generated document is refused: %v\n%s", err, src)
		}
		defer tree.Release()
		compare(t, src, tree)
		if xmllint != "" && len(program)%8 == 0 { // a process takes longer than all the rest
			compareXmllint(t, xmllint, src, tree)
		}
		for _, m := range []Method{inclusive, exclusive, comments, version11} {
			idempotent(t, canonical(t, tree, 0, m, 0), m)
		}
	})
}

var unnormalized = regexp.MustCompile(`xmlns\s*=\s*""|1\n2|1\t2`)

// compare holds subtrees to goxmldsig.
func compare(t *testing.T, src string, tree *xmltree.Tree) {
	var elements []xmltree.Node
	for n := tree.Root(); n < tree.End(0); n++ {
		if tree.Kind(n) == xmltree.Element {
			elements = append(elements, n)
		}
	}
	if strings.Contains(src, "xml:lang") || strings.Contains(src, "<?") || unnormalized.MatchString(src) {
		return // goxmldsig inherits, prints, undeclares and reads these in its own way; libxml2 does as we do
	}
	mixed := slices.ContainsFunc(elements, func(n xmltree.Node) bool {
		qualified := 0
		for a := range tree.Attrs(n) {
			if tree.NameOf(a.NameID).Space != "" {
				qualified++
			}
		}
		return qualified > 1
	})
	for i, n := range elements {
		if i > 0 && i < len(elements)-3 {
			continue // the root and the last few: enough, and not quadratic
		}
		for _, peer := range []struct {
			c dsig.Canonicalizer
			m Method
		}{
			{dsig.MakeC14N10RecCanonicalizer(), inclusive},
			{dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList(""), exclusive},
		} {
			if mixed || !peer.m.Exclusive && i > 0 {
				continue // it orders attributes by prefix at times, and lets outer declarations hide inner ones
			}
			doc := etree.NewDocument()
			doc.ReadSettings.PreserveCData = false
			if err := doc.ReadFromString(src); err != nil {
				t.Fatalf("etree: %v", err)
			}
			e := inOrder(doc.Root(), nil)[i]
			if peer.m.Exclusive { // it does not look at ancestors by itself
				ctx, err := etreeutils.NSBuildParentContext(e)
				if err != nil {
					t.Fatalf("goxmldsig: %v", err)
				}
				if e, err = etreeutils.NSDetatch(ctx, e); err != nil {
					t.Fatalf("goxmldsig: %v", err)
				}
			}
			want, err := peer.c.Canonicalize(e)
			if err != nil {
				t.Fatalf("goxmldsig: %v", err)
			}
			if got := canonical(t, tree, n, peer.m, 0); got != string(want) {
				t.Fatalf("%s of %s:\n ours   %q\n theirs %q\n%q", peer.c.Algorithm(), tree.Path(n), got, want, src)
			}
		}
	}
}

// inOrder lists an element and its descendants in document order, which
// etree's own paths do not keep to.
func inOrder(e *etree.Element, list []*etree.Element) []*etree.Element {
	list = append(list, e)
	for _, child := range e.ChildElements() {
		list = inOrder(child, list)
	}
	return list
}

// compareXmllint holds the whole document to libxml2.
func compareXmllint(t *testing.T, xmllint, src string, tree *xmltree.Tree) {
	for option, m := range map[string]Method{"--c14n": comments, "--exc-c14n": {Exclusive: true, Comments: true}} {
		cmd := exec.Command(xmllint, option, "-")
		cmd.Stdin = strings.NewReader(src)
		want, err := cmd.Output()
		if err != nil {
			var exit *exec.ExitError
			errors.As(err, &exit)
			t.Fatalf("xmllint %s: %v %s", option, err, exit.Stderr)
		}
		if got := canonical(t, tree, 0, m, 0); got != string(want) {
			t.Fatalf("%s:\n ours   %q\n theirs %q\n%q", option, got, want, src)
		}
	}
}

// idempotent checks that a canonical form is its own canonical form.
func idempotent(t *testing.T, form string, m Method) {
	tree, err := xmltree.Parse([]byte(form), xmltree.Options{AllowPI: true})
	if err != nil {
		t.Fatalf("the canonical form is refused: %v\n%q", err, form)
	}
	if again := canonical(t, tree, 0, m, 0); again != form {
		t.Fatalf("%+v is not idempotent:\n%q\n%q", m, form, again)
	}
	if strings.Contains(form, "xml:lang") {
		return // the transform binds a prefix of its own to the xml namespace, which no reader accepts
	}
	var once, twice bytes.Buffer
	if err := WriteSMEV(&once, tree, tree.Root(), 0); err != nil {
		t.Fatal(err)
	}
	if tree, err = xmltree.Parse(once.Bytes(), xmltree.Options{}); err != nil {
		t.Fatalf("the transformed document is refused: %v\n%q", err, once.Bytes())
	}
	if err := WriteSMEV(&twice, tree, tree.Root(), 0); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(once.Bytes(), twice.Bytes()) {
		t.Fatalf("the transform is not idempotent:\n%q\n%q", once.Bytes(), twice.Bytes())
	}
}

// TestXmllint runs the documents of the tables and some generated ones past
// libxml2.
func TestXmllint(t *testing.T) {
	xmllint := data.Tool(t, "xmllint")
	for _, tt := range tests {
		if tt.name == "namespace name with escapes" {
			continue // libxml2 prints namespace names without escapes, which no reader could read
		}
		compareXmllint(t, xmllint, tt.src, parse(t, tt.src))
	}
	for seed := range 60 {
		program := make([]byte, 300)
		for i := range program {
			program[i] = byte((i*i*(seed+3) + i*seed + i>>3) % 251)
		}
		src := generate(program)
		tree := parse(t, src)
		compareXmllint(t, xmllint, src, tree)
		compare(t, src, tree)
	}
}
