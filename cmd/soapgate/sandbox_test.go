package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestSandbox(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kept")
	stop := make(chan os.Signal, 1)
	stop <- syscall.SIGTERM
	var out bytes.Buffer
	s := sandbox{keep: dir, lang: "en"}
	if exit, err := s.run(&out, io.Discard, stop); exit != 0 || err != nil {
		t.Fatalf("exit code %d, %v", exit, err)
	}
	for _, want := range []string{"?wsdl", filepath.Join(dir, "tls-ca.pem"), filepath.Join(dir, "systems", "housing-key.pem"), "Sandbox-Fault: EXP001000"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	for _, line := range strings.Fields(out.String()) {
		if strings.HasPrefix(line, dir) {
			if _, err := os.Stat(line); err != nil {
				t.Errorf("told of a file that is not there: %v", err)
			}
		}
	}
	if _, err := s.run(io.Discard, io.Discard, stop); err == nil {
		t.Error("a folder that is not empty was used")
	}
}
