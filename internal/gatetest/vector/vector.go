// Package vector loads the test messages of testdata.
//
// A vector is one txtar file: header lines "key: value" in its comment, then
// files. testdata/README.md documents the keys and the notation for large and
// binary contents; a key that is not documented there fails the test, so that
// a misspelt expectation cannot pass for one.
package vector

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/soapgate/soapgate/internal/gatetest/data"
)

// A Vector is one test message with what is expected of it.
type Vector struct {
	Name   string // of the file, without its folder and extension
	Header map[string]string
	Files  map[string][]byte // by name, expanded, without the final line end
}

// Load returns the vectors of a folder of testdata, by name. It fails the test
// if there is none or one is malformed.
func Load(tb testing.TB, area string) []Vector {
	tb.Helper()
	paths, err := filepath.Glob(filepath.Join(data.Repo(), "testdata", filepath.FromSlash(area), "*.txtar"))
	if err != nil || len(paths) == 0 {
		tb.Fatalf("no vectors in testdata/%s (%v)", area, err)
	}
	var vectors []Vector
	for _, path := range paths {
		archive, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		v, err := Parse(strings.TrimSuffix(filepath.Base(path), ".txtar"), archive)
		if err != nil {
			tb.Fatalf("%s: %v", path, err)
		}
		vectors = append(vectors, v)
	}
	return vectors
}

// Parse reads one vector.
func Parse(name string, archive []byte) (Vector, error) {
	a := txtar.Parse(archive)
	v := Vector{Name: name, Header: map[string]string{}, Files: map[string][]byte{}}
	for line := range strings.Lines(string(a.Comment)) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		switch _, known := Keys[key]; {
		case key == "":
			continue
		case !ok:
			return v, fmt.Errorf("header line %q has no colon", line)
		case !known:
			return v, fmt.Errorf("unknown header key %q; the keys are %v", key, slices.Sorted(maps.Keys(Keys)))
		case v.Header[key] != "":
			return v, fmt.Errorf("header key %q is given twice", key)
		}
		v.Header[key] = strings.TrimSpace(value)
	}
	for _, f := range a.Files {
		if _, twice := v.Files[f.Name]; twice {
			return v, fmt.Errorf("file %q is given twice", f.Name)
		}
		content, err := expand(strings.TrimSuffix(string(f.Data), "\n"))
		if err != nil {
			return v, fmt.Errorf("file %q: %w", f.Name, err)
		}
		v.Files[f.Name] = []byte(content)
	}
	return v, v.check()
}

func (v Vector) check() error {
	switch v.Header["expect"] {
	case "accept":
		if v.Header["code"] != "" {
			return fmt.Errorf("accepted, but with a code")
		}
	case "reject":
		if v.Header["code"] == "" {
			return fmt.Errorf("rejected, but without a code")
		}
		if stage, _, _ := strings.Cut(v.Header["code"], "."); v.Header["stage"] != stage {
			return fmt.Errorf("stage %q is not the code's, %q", v.Header["stage"], stage)
		}
	default:
		return fmt.Errorf("expect is %q, neither accept nor reject", v.Header["expect"])
	}
	return nil
}

// Accept reports whether the message must pass.
func (v Vector) Accept() bool { return v.Header["expect"] == "accept" }

// File returns a file that the vector must have.
func (v Vector) File(tb testing.TB, name string) []byte {
	tb.Helper()
	content, ok := v.Files[name]
	if !ok {
		tb.Fatalf("%s: no file %q", v.Name, name)
	}
	return content
}

// Int returns a header as a number, 0 if it is absent.
func (v Vector) Int(tb testing.TB, key string) int {
	tb.Helper()
	if v.Header[key] == "" {
		return 0
	}
	n, err := strconv.Atoi(v.Header[key])
	if err != nil {
		tb.Fatalf("%s: %s: %v", v.Name, key, err)
	}
	return n
}
