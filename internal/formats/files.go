package formats

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"time"
)

// A File is one file of a release as it is published.
type File struct {
	Name   string `json:"name"` // path in the release
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // in hexadecimal
}

// Files lists all files of a release by name.
func Files(fsys fs.FS) ([]File, error) {
	var list []File
	err := fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		f, err := fsys.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		h := sha256.New()
		n, err := io.Copy(h, f)
		list = append(list, File{name, n, hex.EncodeToString(h.Sum(nil))})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the release: %w", err)
	}
	return list, nil
}

// Archive writes a release as a zip archive with the checksums of its files in
// SHA256SUMS, in the form that sha256sum -c reads. The same release makes the
// same bytes: entries are sorted and bear the day it was published.
func Archive(w io.Writer, fsys fs.FS, published time.Time) error {
	files, err := Files(fsys)
	if err != nil {
		return err
	}
	z := zip.NewWriter(w)
	add := func(name string, content []byte) error {
		entry, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: published.UTC()})
		if err == nil {
			_, err = entry.Write(content)
		}
		return err
	}
	var sums bytes.Buffer
	for _, f := range files {
		content, err := fs.ReadFile(fsys, f.Name)
		if err == nil {
			err = add(f.Name, content)
		}
		if err != nil {
			return fmt.Errorf("packing %s: %w", f.Name, err)
		}
		fmt.Fprintf(&sums, "%s  %s\n", f.SHA256, f.Name)
	}
	if err := add("SHA256SUMS", sums.Bytes()); err != nil {
		return fmt.Errorf("packing the checksums: %w", err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("packing the release: %w", err)
	}
	return nil
}
