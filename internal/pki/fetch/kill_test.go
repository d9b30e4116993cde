package fetch_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest/authority"
	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/pki/fetch"
)

const victim = "SOAPGATE_TEST_VICTIM_DIR"

// TestMain becomes, when told to, the gate that is killed: it writes two lists
// in turn under one name as fast as it can.
func TestMain(m *testing.M) {
	if dir := os.Getenv(victim); dir != "" {
		writeForEver(dir)
	}
	os.Exit(m.Run())
}

func writeForEver(path string) {
	d := fetch.Dir(path)
	var lists [2][]byte
	for i, name := range []string{"first", "second"} {
		b, err := os.ReadFile(path + "/" + name)
		if err != nil {
			os.Exit(2)
		}
		lists[i] = b
	}
	for i := 0; ; i++ {
		draft, err := d.Create("list")
		if err != nil {
			os.Exit(2)
		}
		// In pieces, so that a kill falls between them.
		for b := lists[i%2]; len(b) > 0; b = b[min(len(b), 4096):] {
			if _, err := draft.Write(b[:min(len(b), 4096)]); err != nil {
				os.Exit(2)
			}
		}
		if err := draft.Commit(); err != nil {
			os.Exit(2)
		}
	}
}

// TestDir_kill kills a writing gate with SIGKILL at many moments: what is kept
// is always one of the two lists, whole.
func TestDir_kill(t *testing.T) {
	w := newWorld(t)
	path := t.TempDir()
	var lists [2][]byte
	for i, name := range []string{"first", "second"} {
		revoked := make([]authority.Revoked, 2000)
		for j := range revoked {
			revoked[j] = authority.Revoked{Serial: binary.BigEndian.AppendUint32([]byte{0x41}, uint32(j)), Date: now}
		}
		lists[i] = w.list(authority.List{Number: int64(i + 1), Revoked: revoked})
		if err := os.WriteFile(path+"/"+name, lists[i], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for i := range 25 {
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), victim+"="+path)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(20+3*i) * time.Millisecond)
		cmd.Process.Kill() //nolint:errcheck // it cannot have ended
		cmd.Wait()         //nolint:errcheck // killed
		d, err := fetch.OpenDir(path)
		if err != nil {
			t.Fatal(err)
		}
		leftovers(t, path)
		f, err := d.Open("list")
		if err != nil {
			continue // killed before the first list
		}
		b, err := io.ReadAll(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		seen++
		if _, err := pki.LoadCRL(b); err != nil || !bytes.Equal(b, lists[0]) && !bytes.Equal(b, lists[1]) {
			t.Fatalf("round %d: what is kept is neither list: %v", i, err)
		}
	}
	if seen < 10 {
		t.Errorf("only %d of 25 gates came to write", seen)
	}
}
