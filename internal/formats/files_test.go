package formats

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/soapgate/soapgate/internal/gatetest/data"
)

var release2 = fstest.MapFS{
	"lib/a.xsd":  {Data: []byte("abc")},
	"svc/b.wsdl": {Data: []byte("")},
}

func TestFiles(t *testing.T) {
	got, err := Files(release2)
	if err != nil {
		t.Fatal(err)
	}
	want := []File{ // FIPS 180-2, B.1, and the empty string
		{"lib/a.xsd", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"svc/b.wsdl", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestArchive(t *testing.T) {
	var a, b bytes.Buffer
	for _, w := range []*bytes.Buffer{&a, &b} {
		if err := Archive(w, release2, date(t, "2026-01-10")); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same release made two archives")
	}
	z, err := zip.NewReader(bytes.NewReader(a.Bytes()), int64(a.Len()))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, fs.FS(z)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(data.Tool(t, "sha256sum"), "-c", "SHA256SUMS")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
