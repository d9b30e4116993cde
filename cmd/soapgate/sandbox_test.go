package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest"
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
	for _, want := range []string{"?wsdl", filepath.Join(dir, "tls-ca.pem"), filepath.Join(dir, "systems", "housing-key.pem"), filepath.Join(dir, "signers", "gost256-key.pem"), "Sandbox-Fault: EXP001000"} {
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

// TestSandbox_signed signs samples with the keys that the sandbox hands out, and
// sends them to it.
func TestSandbox_signed(t *testing.T) {
	w, err := gatetest.Prepare(t.TempDir(), nil, time.Now, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.KeepSigners(signers...); err != nil {
		t.Fatal(err)
	}
	g, err := gatetest.Start(w)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := g.Stop(); err != nil {
			t.Error(err)
		}
	}()
	if err := g.Sandbox(); err != nil {
		t.Fatal(err)
	}
	for _, name := range signers {
		t.Run(name, func(t *testing.T) {
			out, err := command(t, sampleCommand(), "importMeteringDeviceValues", "--release", w.Path("formats", "2.0"),
				"--set", "orgPPAGUID="+gatetest.Organization, "--sign", w.Path("signers", name+"-key.pem"), "--cert", w.Path("signers", name+".pem"))
			if err != nil {
				t.Fatal(err)
			}
			reply, err := g.Session.Do(gatetest.Call{
				System: "housing", Path: gatetest.MeteringPath, Action: "urn:importMeteringDeviceValues", Body: []byte(out),
			})
			if err != nil || reply.Code != "" || reply.Element("Ack", "MessageGUID") == "" {
				t.Errorf("%v, %+v\n%s", err, reply, reply.Body)
			}
		})
	}
}
