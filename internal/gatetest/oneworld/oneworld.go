// Package oneworld makes one world for all tests of a package: keys and
// certificates take most of a second.
package oneworld

import (
	"os"
	"sync"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gate"
	"github.com/soapgate/soapgate/internal/gatetest"
)

var world = sync.OnceValues(func() (*gatetest.World, error) {
	dir, err := os.MkdirTemp("", "soapgate-world-")
	if err != nil {
		return nil, err
	}
	return gatetest.Prepare(dir, nil, time.Now, func(string) {})
})

// Main is the TestMain of a package that uses Get: it removes the world behind
// the tests and ends the process.
func Main(m *testing.M) {
	code := m.Run()
	if w, err := world(); err == nil {
		_ = os.RemoveAll(w.Dir)
	}
	os.Exit(code)
}

// Get returns the world and a configuration of the gate for it, which the
// caller may change.
func Get(tb testing.TB) (*gatetest.World, gate.Config) {
	tb.Helper()
	w, err := world()
	if err != nil {
		tb.Fatal(err)
	}
	c, err := w.Config()
	if err != nil {
		tb.Fatal(err)
	}
	return w, c
}
