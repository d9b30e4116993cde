// Package data finds what tests read from outside the repository: the shared
// collections (schemas, certificates, conformance suites) and the independent
// programs that judge our verdicts.
//
// With CI set in the environment a missing collection or program fails the
// test; elsewhere the test is skipped and the skip says what was missing.
package data

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// Dir returns the folder of the shared collections: SOAPGATE_DATA, or
// ../shared/data beside the repository. Elements are joined to it.
func Dir(tb testing.TB, elem ...string) string {
	tb.Helper()
	root := os.Getenv("SOAPGATE_DATA")
	if root == "" {
		root = filepath.Join(Repo(), "..", "shared", "data")
	} else if !filepath.IsAbs(root) {
		// A relative path means relative to the repository, whatever package runs.
		root = filepath.Join(Repo(), root)
	}
	dir := filepath.Join(append([]string{root}, elem...)...)
	if _, err := os.Stat(dir); err != nil {
		Missing(tb, "shared data "+filepath.Join(elem...)+" (set SOAPGATE_DATA)")
	}
	return dir
}

// Tool returns the path of an external program, looked up in PATH.
func Tool(tb testing.TB, name string) string {
	tb.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(tb, name)
	}
	return path
}

// Missing ends the test: failed in CI, skipped elsewhere.
func Missing(tb testing.TB, what string) {
	tb.Helper()
	if os.Getenv("CI") != "" {
		tb.Fatalf("missing: %s; ./scripts/test installs it", what)
	}
	tb.Skipf("missing: %s", what)
}

// CountAllocations is for a test that counts allocations. The race detector
// makes some of its own: with it the test is skipped, or failed in CI, where
// nothing may be left out.
func CountAllocations(tb testing.TB) {
	tb.Helper()
	switch {
	case !Race:
	case os.Getenv("CI") != "":
		tb.Fatal("allocations cannot be counted under the race detector; run ./scripts/test")
	default:
		tb.Skip("the race detector allocates")
	}
}

// Repo returns the repository's root folder.
func Repo() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "..")
}
