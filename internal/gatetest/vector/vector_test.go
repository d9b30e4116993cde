package vector

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soapgate/soapgate/internal/gatetest/data"
)

func TestParse(t *testing.T) {
	v, err := Parse("x", []byte("expect: reject\nstage: xml\ncode: xml.dtd\ncomment: a: b\n-- request --\n<a>⟦repeat 3 x{n}⟦repeat 2 y⟧⟧⟦hex 00 fF⟧⟦utf16le б⟧⟦utf16be б⟧</a>\n-- empty --\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := Vector{
		Name:   "x",
		Header: map[string]string{"expect": "reject", "stage": "xml", "code": "xml.dtd", "comment": "a: b"},
		Files:  map[string][]byte{"request": []byte("<a>x0yyx1yyx2yy\x00\xff\x31\x04\x04\x31</a>"), "empty": {}},
	}
	if diff := cmp.Diff(want, v); diff != "" {
		t.Error(diff)
	}
}

func TestParse_refused(t *testing.T) {
	for _, test := range []struct{ name, archive, want string }{
		{"unknown key", "expect: accept\nexpected: x\n", "unknown header key"},
		{"no expectation", "comment: x\n", "neither accept nor reject"},
		{"wrong expectation", "expect: refuse\n", "neither accept nor reject"},
		{"no code", "expect: reject\n", "without a code"},
		{"foreign stage", "expect: reject\nstage: soap\ncode: xml.dtd\n", "not the code's"},
		{"code on an accepted one", "expect: accept\ncode: xml.dtd\n", "accepted, but"},
		{"key twice", "expect: accept\ncomment: x\ncomment: y\n", "twice"},
		{"no colon", "expect: accept\ncomment\n", "no colon"},
		{"file twice", "expect: accept\n-- a --\n-- a --\n", "twice"},
		{"unknown verb", "expect: accept\n-- a --\n⟦x 1⟧\n", "unknown verb"},
		{"unclosed", "expect: accept\n-- a --\n⟦hex 00\n", "without"},
		{"unopened", "expect: accept\n-- a --\nhex 00⟧\n", "without"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse("x", []byte(test.archive))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// TestKeys holds the table of keys against its documentation.
func TestKeys(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(data.Repo(), "testdata", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for key, meaning := range Keys {
		if row := "| `" + key + "` | " + meaning + " |"; !strings.Contains(string(readme), row) {
			t.Errorf("testdata/README.md lacks %s", row)
		}
	}
}

// TestRows demands a refusal and a near miss for each attack class on the
// parser and the schemas, from a stage whose own test bounds what judging a
// vector allocates.
func TestRows(t *testing.T) {
	refused, passed := map[string]bool{}, map[string]bool{}
	for _, v := range Load(t, "attacks") {
		switch v.Header["stage"] {
		case "xml", "soap", "schema":
			if v.Accept() {
				passed[v.Header["row"]] = true
			} else {
				refused[v.Header["row"]] = true
			}
		}
	}
	for n := 1; n <= 20; n++ {
		if row := strconv.Itoa(n); !refused[row] || !passed[row] {
			t.Errorf("row %d: refused %v, near miss %v", n, refused[row], passed[row])
		}
	}
}
