package caddyplugin

import (
	"os"
	"testing"

	"github.com/caddyserver/certmagic"
)

// Gates that live at once have folders of their own; one that comes after
// another has its folder.
func TestNode(t *testing.T) {
	storage := &certmagic.FileStorage{Path: t.TempDir()}
	choose := func(want string) *node {
		t.Helper()
		n, err := chooseNode(t.Context(), storage, "edge/1")
		if err != nil {
			t.Fatal(err)
		}
		if n.folder != want {
			t.Errorf("folder %q, want %q", n.folder, want)
		}
		return n
	}
	n := choose("soapgate/nodes/edge%2F1/")
	owned := func(by string) {
		t.Helper()
		if err := n.Store(t.Context(), ownerFile, []byte(by)); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.own(t.Context()); err != nil {
		t.Fatal(err)
	}
	choose(n.folder) // a reload
	owned("4194304000 1")
	choose(n.folder)
	parent := processName(os.Getppid())
	owned(parent)
	second := choose("soapgate/nodes/edge%2F1.2/")
	if err := second.Store(t.Context(), ownerFile, []byte(parent)); err != nil {
		t.Fatal(err)
	}
	choose("soapgate/nodes/edge%2F1.3/")
	owned(parent + "1") // whoever had the number before
	choose(n.folder)
	owned("nonsense")
	choose(n.folder)
}
