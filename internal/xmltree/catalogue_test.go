package xmltree

import (
	"os"
	"path/filepath"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// TestCatalogue reads an invented collection that has what those of the suite
// have: a suite that names its catalogues as entities, bases within bases, a
// catalogue without a root and one with a DTD and an old encoding, and each
// attribute that says whether a case is for us.
func TestCatalogue(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("xmlconf.xml", `<?xml version="1.0"?>
<!DOCTYPE TESTSUITE SYSTEM "testcases.dtd" [ <!ENTITY one SYSTEM "one/one.xml"> <!ENTITY two SYSTEM "two/two.xml"> ]>
<TESTSUITE PROFILE="invented"><TESTCASES xml:base="one/">&one;</TESTCASES><TESTCASES xml:base="two/">&two;</TESTCASES></TESTSUITE>`)
	write("one/one.xml", `<?xml version="1.0" encoding="UTF-8"?>
<!-- no root: an external parsed entity -->
<TEST ID="a" TYPE="valid" SECTIONS="1" URI="a.xml" OUTPUT="out/a.xml">Fine.</TEST>
<TEST
  ID='b' TYPE='not-wf' ENTITIES='parameter' SECTIONS='1'
  URI='b.xml' NAMESPACE='no'><EM>Ill</EM>.</TEST>
<TEST ID="error" TYPE="error" SECTIONS="1" URI="a.xml"/>
<TEST ID="old" TYPE="not-wf" EDITION="1 2 3 4" SECTIONS="1" URI="a.xml"/>
<TEST ID="new" TYPE="valid" EDITION="5" SECTIONS="1" URI="a.xml"/>
<TEST ID="all" TYPE="invalid" EDITION="1 2 3 4 5" VERSION="1.0" RECOMMENDATION="XML1.0-errata4e" SECTIONS="1" URI="a.xml"/>
<TEST ID="v11" TYPE="valid" VERSION="1.1" SECTIONS="1" URI="a.xml"/>
<TEST ID="x11" TYPE="valid" RECOMMENDATION="XML1.1" SECTIONS="1" URI="a.xml"/>
<TEST ID="n11" TYPE="valid" RECOMMENDATION="NS1.1" SECTIONS="1" URI="a.xml"/>
<TEST ID="n10" TYPE="valid" RECOMMENDATION="NS1.0-errata1e" SECTIONS="1" URI="a.xml"/>
`)
	write("one/a.xml", "<a/>")
	write("one/b.xml", "<!DOCTYPE a SYSTEM 'a.dtd'><a/>")
	write("one/out/a.xml", "<a></a>")
	write("two/two.xml", "<?xml version='1.0' encoding='ISO-8859-1'?>\n<!DOCTYPE TESTCASES SYSTEM '../testcases.dtd' [ <!ENTITY x '>'> ]>\n"+`
<TESTCASES PROFILE="`+"\xe9"+`" xml:base="two/"><TESTCASES xml:base="deep/"><TEST ID="c" TYPE="not-wf" SECTIONS="1" URI="c.xml"/></TESTCASES>
<TESTCASES xml:base="deep/er/"><TEST ID="d" TYPE="valid" SECTIONS="1" URI="d.xml">&lt;</TEST></TESTCASES></TESTCASES>`)
	write("two/two/deep/c.xml", "<a>")
	write("two/deep/er/d.xml", "<p:a/>")
	write("two/d.xml", "<a/>") // the base is not to be had: where the catalogue stands

	found := catalogues(t, dir)
	if diff := gocmp.Diff([]string{filepath.Join(dir, "one", "one.xml"), filepath.Join(dir, "two", "two.xml")}, found); diff != "" {
		t.Fatal(diff)
	}
	at := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	want := [][]conformanceCase{{
		{id: "a", kind: "valid", path: at("one/a.xml"), output: at("one/out/a.xml"), entities: "none"},
		{id: "b", kind: "not-wf", path: at("one/b.xml"), entities: "parameter", noNamespaces: true},
		{id: "new", kind: "valid", path: at("one/a.xml"), entities: "none"},
		{id: "all", kind: "invalid", path: at("one/a.xml"), entities: "none"},
		{id: "n10", kind: "valid", path: at("one/a.xml"), entities: "none"},
	}, {
		{id: "c", kind: "not-wf", path: at("two/two/deep/c.xml"), entities: "none"},
		{id: "d", kind: "valid", path: at("two/d.xml"), entities: "none"},
	}}
	for i, catalogue := range found {
		cases := readCatalogue(t, catalogue)
		if diff := gocmp.Diff(want[i], cases, gocmp.AllowUnexported(conformanceCase{})); diff != "" {
			t.Errorf("%s: %s", catalogue, diff)
		}
		t.Run(filepath.Base(catalogue), func(t *testing.T) { runCatalogue(t, cases, false, nil) })
	}
}
