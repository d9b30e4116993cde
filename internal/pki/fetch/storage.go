package fetch

import (
	"io"
	"os"
	"path/filepath"
	"strings"
)

// A Storage keeps documents under names. Several gates may share one.
type Storage interface {
	// Open reads what is kept under a name; fs.ErrNotExist if nothing is.
	Open(name string) (io.ReadCloser, error)
	// Create begins to write what is to be kept under a name.
	Create(name string) (Draft, error)
}

// A Draft is a document being written. Until Commit returns nil whoever opens
// its name sees what was kept before, whole.
type Draft interface {
	io.Writer
	Commit() error
	Discard()
}

// write keeps a small document.
func write(s Storage, name string, b []byte) error {
	draft, err := s.Create(name)
	if err != nil {
		return err
	}
	if _, err := draft.Write(b); err != nil {
		draft.Discard()
		return err
	}
	return draft.Commit()
}

// A Dir is a Storage in a folder.
type Dir string

// draftPrefix marks files that are being written, or were when a gate died.
const draftPrefix = ".draft-"

// OpenDir makes a folder a Storage, creating it if need be, and removes the
// drafts that a gate left there when it died.
func OpenDir(path string) (Dir, error) {
	if err := os.MkdirAll(path, 0o750); err != nil {
		return "", err
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), draftPrefix) {
			if err := os.Remove(filepath.Join(path, e.Name())); err != nil {
				return "", err
			}
		}
	}
	return Dir(path), nil
}

// Open implements Storage.
func (d Dir) Open(name string) (io.ReadCloser, error) {
	return os.Open(filepath.Join(string(d), filepath.Base(name)))
}

// Create implements Storage.
func (d Dir) Create(name string) (Draft, error) {
	f, err := os.CreateTemp(string(d), draftPrefix+"*")
	if err != nil {
		return nil, err
	}
	return &fileDraft{File: f, target: filepath.Join(string(d), filepath.Base(name))}, nil
}

type fileDraft struct {
	*os.File
	target string
}

// Commit puts the draft in its place by renaming it, after its bytes are on
// the disk: a crash leaves the old file or the new one. Records are not worth
// the wait; one that a crash spoils is as good as none.
func (f *fileDraft) Commit() error {
	var err error
	if filepath.Ext(f.target) != recordSuffix {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), f.target)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

func (f *fileDraft) Discard() {
	f.Close()
	os.Remove(f.Name())
}
