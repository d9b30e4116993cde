package schema

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest/vector"
)

// constraintName is what the standard and Xerces call a rule.
var constraintName = regexp.MustCompile(`^(a|ag|au|c|cos|ct|cvc|derivation|e|enumeration|fractionDigits|length|maxExclusive|maxInclusive|maxLength|` +
	`mg|minExclusive|minInclusive|minLength|n|no|p|rcase|s4s|sch|src|st|totalDigits|w|whiteSpace|xmlns)-[A-Za-z]|^limit$`)

// facetRules are made of a facet's name and this.
const facetRules = "-valid-restriction"

// TestCodes demands a vector for every rule that the sources of the compiler,
// the validator and the simple types can report.
func TestCodes(t *testing.T) {
	broken := brokenByVectors(t)
	for _, dir := range []string{".", "datatype"} {
		for code, at := range codesIn(t, dir) {
			found := false
			for b := range broken {
				found = found || b == code || strings.HasPrefix(b, code+".")
			}
			if !found {
				t.Errorf("%s: no vector breaks %s", at, code)
			}
		}
	}
}

// brokenByVectors collects what vectors say is broken. A rule within another's
// message follows it: "derivation-ok-restriction.5.4.2: rcase-Recurse.2: …".
func brokenByVectors(t *testing.T) map[string]bool {
	broken := make(map[string]bool)
	note := func(want string) {
		for part := range strings.SplitSeq(want, ": ") {
			if constraintName.MatchString(part) {
				broken[part] = true
			}
		}
	}
	for _, name := range vectors(t, "*.txtar") {
		a := parseArchive(t, name)
		note(header(a, "constraint"))
		for _, w := range headers(a, "want") {
			note(strings.Fields(w)[1])
		}
		for _, f := range a.Files {
			note(f.Name)
		}
	}
	for _, v := range vector.Load(t, "attacks") {
		note(v.Header["rule"])
	}
	return broken
}

// codesIn returns the constraints' names among the string literals of a
// package's sources, and where each stands.
func codesIn(t *testing.T, dir string) map[string]token.Position {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	codes := make(map[string]token.Position)
	set := token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				text, _ := strconv.Unquote(l.Value)
				text = strings.TrimSuffix(text, ".many")
				switch {
				case text == facetRules:
					for _, facet := range strings.Fields("length minLength maxLength totalDigits fractionDigits minInclusive maxInclusive minExclusive maxExclusive") {
						codes[facet+facetRules] = set.Position(l.Pos())
					}
				case constraintName.MatchString(text) && !strings.ContainsAny(text, " :%"):
					codes[text] = set.Position(l.Pos())
				}
			}
			return true
		})
	}
	if len(codes) < 20 {
		t.Fatalf("%s: only %d rules found", dir, len(codes))
	}
	return codes
}
