package fetch

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/soapgate/soapgate/internal/pki"
)

// isFile reports whether an address is a file of the operator's. Neither trust
// lists nor certificates can name one: see CRLSource.
func isFile(address string) bool { return strings.HasPrefix(address, "file:") }

// openFile is Client.Get of a file: its time of change is its validator.
func openFile(_ context.Context, address string, v Validators, limit int64) (*Response, error) {
	f, err := os.Open(strings.TrimPrefix(strings.TrimPrefix(address, "file:"), "//"))
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Size() > limit {
		err = fmt.Errorf("%s: %w", address, ErrTooLarge)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	now := Validators{LastModified: info.ModTime().UTC().Format(http.TimeFormat), ETag: fmt.Sprint(info.Size())}
	if now == v {
		f.Close()
		return &Response{NotModified: true, Validators: v}, nil
	}
	return &Response{Validators: now, Body: f}, nil
}

// A Folder is a folder of documents that somebody else keeps fresh.
type Folder struct {
	path       string
	extensions []string
	take       func(r io.Reader, now time.Time) error
	seen       map[string]stamp
	paced      bool // from the second round on: at the first, nobody is served yet
}

type stamp struct {
	changed time.Time
	size    int64
}

// NewFolder returns the folder at path. Files with one of the extensions are
// given to take.
func NewFolder(path string, take func(r io.Reader, now time.Time) error, extensions ...string) *Folder {
	return &Folder{path: path, extensions: extensions, take: take, seen: make(map[string]stamp)}
}

// CRLFolder returns a folder of revocation lists, in DER or PEM. Being the
// operator's own it may hold lists of CAs that are not known yet.
func CRLFolder(store *pki.Store, path string, maxSize int64) *Folder {
	return NewFolder(path, func(r io.Reader, _ time.Time) error {
		l, err := pki.ReadCRL(r, maxSize)
		if err != nil || l == nil {
			return err
		}
		store.Update(func(t *pki.Trust) *pki.Trust {
			var u *pki.Trust
			u, err = t.WithCRLs(l)
			return u
		})
		return err
	}, ".crl", ".pem")
}

// Round takes the files that are new or have changed since the last round. The
// error has a Problem for each that was not taken now.
func (f *Folder) Round(now time.Time) error {
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return err
	}
	var problems []error
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || e.IsDir() || !slices.Contains(f.extensions, strings.ToLower(filepath.Ext(e.Name()))) {
			continue
		}
		if err := f.file(e.Name(), info, now); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", filepath.Join(f.path, e.Name()), err))
		}
	}
	f.paced = true
	return pki.Join(problems)
}

func (f *Folder) file(name string, info fs.FileInfo, now time.Time) error {
	s := stamp{info.ModTime(), info.Size()}
	if f.seen[name] == s {
		return nil
	}
	r, err := os.Open(filepath.Join(f.path, name))
	if err != nil {
		return err
	}
	defer r.Close()
	f.seen[name] = s // also if it is not taken: that is said once
	if !f.paced {
		return f.take(r, now)
	}
	p := &paced{Reader: r}
	p.begin()
	return f.take(p, now)
}
