package schema

import (
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/gatetest/vector"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// TestAttacks runs the vectors that concern this stage against the schema they
// bring along: each is refused for its reason, or passes, at a bounded cost.
func TestAttacks(t *testing.T) {
	refused, passed := map[string]bool{}, map[string]bool{}
	for _, v := range vector.Load(t, "attacks") {
		if _, ok := v.Files["main.xsd"]; !ok || v.Header["stage"] != "schema" {
			continue
		}
		if v.Accept() {
			passed[v.Header["row"]] = true
		} else {
			refused[v.Header["row"]] = true
		}
		t.Run(v.Name, func(t *testing.T) { attack(t, v) })
	}
	for _, row := range strings.Fields("17 18 19 20") {
		if !refused[row] || !passed[row] {
			t.Errorf("row %s: refused %v, near miss %v", row, refused[row], passed[row])
		}
	}
}

// attackMemory is what judging a message may allocate for each of its bytes.
const attackMemory = 64

func attack(t *testing.T, v vector.Vector) {
	s, err := Compile(fstest.MapFS{"main.xsd": {Data: v.File(t, "main.xsd")}}, []Document{{Path: "main.xsd"}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	src := v.File(t, "request")
	tree, err := xmltree.Parse(src, xmltree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Release()
	n := tree.FirstElement(tree.Child(tree.Root(), soapSpace, "Body"))

	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	found := s.Validate(tree, n, ValidateOptions{})
	runtime.ReadMemStats(&after)
	if used, bound := int(after.TotalAlloc-before.TotalAlloc), attackMemory*len(src)+256<<10; used > bound && !data.Race {
		t.Errorf("allocated %d bytes for a message of %d, more than %d", used, len(src), bound)
	}
	switch {
	case v.Accept() && found != nil:
		t.Errorf("refused: %+v", found[0])
	case !v.Accept() && (found == nil || found[0].Rule != v.Header["rule"]):
		t.Errorf("got %+v, want %s", found, v.Header["rule"])
	}
}
