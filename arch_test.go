package soapgate_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"strings"
	"testing"
)

const module = "github.com/soapgate/soapgate/"

type goPackage struct {
	ImportPath, Doc, Name string
	Imports               []string
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Doc,Name,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("listing packages: %v", err)
	}
	var list []goPackage
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("decoding go list: %v", err)
		}
		list = append(list, p)
	}
	if len(list) < 10 {
		t.Fatalf("go list found %d packages, want the whole house", len(list))
	}
	return list
}

// The rooms of the house from the street inward: a package may import those
// of a higher number, and of its own number only where siblings says so.
var floors = []struct {
	prefix string
	floor  int
}{
	{"cmd/", 0},
	{"caddyplugin", 1},
	{"internal/gatetest", 0},
	{"internal/gate", 2},
	{"internal/profile", 4},
	{"internal/xmltree", 5},
	{"internal/reject", 6},
	{"internal/", 4}, // an engine
	{"xsd", 7},       // files only
	{"bench", 0},     // measures anything
}

// siblings are the engines that may know each other, with the reason.
var siblings = map[string]string{
	"xmlsig c14n":      "a reference is digested over its canonical form",
	"xmlsig gost":      "GOST digests and signatures",
	"pki gost":         "GOST keys and signatures of certificates",
	"trustlist pki":    "the list holds certificates",
	"trustlist xmlsig": "the list is signed",
}

func TestImportRule(t *testing.T) {
	for _, p := range listPackages(t) {
		from := strings.TrimPrefix(p.ImportPath, module)
		for _, imp := range p.Imports {
			if strings.HasPrefix(imp, "github.com/caddyserver/") || imp == "go.uber.org/zap" {
				if floor(from) > 1 {
					t.Errorf("%s imports %s: only caddyplugin, cmd and internal/gatetest know Caddy", from, imp)
				}
				continue
			}
			to, ours := strings.CutPrefix(imp, module)
			if !ours || strings.HasPrefix(to, room(from)+"/") || strings.HasPrefix(from, room(to)+"/") {
				continue // another's, or within one room
			}
			if strings.HasPrefix(to, "internal/gatetest") {
				if !strings.HasPrefix(from, "internal/gatetest") && !strings.HasPrefix(from, "cmd/") && !strings.HasPrefix(from, "bench/") {
					t.Errorf("%s imports %s: test helpers stay in tests, benchmarks and the demo", from, to)
				}
				continue
			}
			switch a, b := floor(from), floor(to); {
			case a < b:
			case a == b && siblings[path.Base(room(from))+" "+path.Base(room(to))] != "":
			case a == b && room(from) == room(to):
			default:
				t.Errorf("%s imports %s: imports go cmd -> caddyplugin -> gate -> engines -> xmltree -> reject, and sibling engines do not know each other", from, to)
			}
		}
	}
}

// room returns the top package that p belongs to: internal/schema for
// internal/schema/regex.
func room(p string) string {
	parts := strings.Split(p, "/")
	if parts[0] == "bench" {
		return parts[0]
	}
	if parts[0] == "internal" && len(parts) > 2 && parts[1] != "gatetest" {
		return parts[0] + "/" + parts[1]
	}
	return p
}

func floor(p string) int {
	for _, f := range floors {
		if p == strings.TrimSuffix(f.prefix, "/") || strings.HasPrefix(p, strings.TrimSuffix(f.prefix, "/")+"/") {
			return f.floor
		}
	}
	return 8 // the root package: the example's text
}

func TestPackageComments(t *testing.T) {
	for _, p := range listPackages(t) {
		if p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}

// TestSkips: only package data skips tests, as it fails them in CI instead.
func TestSkips(t *testing.T) {
	out, err := exec.Command("git", "grep", "-nE", `\.Skip(f|Now)?\(`, "--", "*.go", ":!internal/gatetest/data").Output()
	if e, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || e.ExitCode() != 1) { // 1: nothing found
		t.Fatalf("looking for skips: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, "arch_test.go:") {
			t.Errorf("a test skips by itself: %s", line)
		}
	}
}
