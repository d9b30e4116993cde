package pki

import (
	"bufio"
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// MaxCRL is the size in bytes of the largest list read by default. The largest
// real ones have some tens of millions.
const MaxCRL = 64 << 20

// ParseCertificates reads certificates: one in DER, or any number in PEM.
func ParseCertificates(b []byte) ([]*Certificate, error) {
	if !bytes.Contains(b, []byte("-----BEGIN ")) {
		c, err := ParseCertificate(b)
		if err != nil {
			return nil, err
		}
		return []*Certificate{c}, nil
	}
	var list []*Certificate
	for {
		var block *pem.Block
		if block, b = pem.Decode(b); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	if list == nil {
		return nil, errors.New("no certificate in PEM")
	}
	return list, nil
}

// LoadCertificates reads the certificates of a file, or of all files of a
// folder whose names end in .pem, .crt, .cer or .der. Files that cannot be read
// are left out and reported as Problems.
func LoadCertificates(path string) ([]*Certificate, error) {
	var list []*Certificate
	err := eachFile(path, []string{".pem", ".crt", ".cer", ".der"}, func(name string) error {
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		found, err := ParseCertificates(b)
		list = append(list, found...)
		return err
	})
	return list, err
}

// LoadCRLs reads the list of a file, or of all files of a folder whose names
// end in .crl or .pem, in DER or PEM. Lists larger than limit bytes and files
// that cannot be read are left out and reported as Problems.
func LoadCRLs(path string, limit int64) ([]*CRL, error) {
	var list []*CRL
	err := eachFile(path, []string{".crl", ".pem"}, func(name string) error {
		l, err := loadCRL(name, limit)
		if l != nil {
			list = append(list, l)
		}
		return err
	})
	return list, err
}

func loadCRL(name string, limit int64) (*CRL, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadCRL(f, limit)
}

// ReadCRL is ParseCRL that reads PEM too. A PEM file with something else gives
// nil.
func ReadCRL(src io.Reader, limit int64) (*CRL, error) {
	r := &peeked{bufio.NewReader(src), src}
	if head, _ := r.Peek(11); string(head) != "-----BEGIN " {
		return ParseCRL(r, limit)
	}
	b, err := io.ReadAll(io.LimitReader(r, 2*limit))
	if err != nil {
		return nil, err
	}
	for {
		var block *pem.Block
		if block, b = pem.Decode(b); block == nil {
			return nil, nil
		}
		if block.Type == "X509 CRL" {
			return ParseCRL(bytes.NewReader(block.Bytes), limit)
		}
	}
}

// A peeked reader has been looked ahead in.
type peeked struct {
	*bufio.Reader
	src io.Reader
}

// Expect implements Pacer.
func (p *peeked) Expect(bytes int64) { pacer(p.src).Expect(bytes) }

// Rest implements Pacer.
func (p *peeked) Rest() { pacer(p.src).Rest() }

// eachFile calls f for a file, or for the files of a folder with one of the
// extensions, in order of their names.
func eachFile(path string, extensions []string, f func(string) error) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		if err := f(path); err != nil {
			return Problems{fmt.Errorf("%s: %w", path, err)}
		}
		return nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	var problems []error
	for _, e := range entries {
		if e.IsDir() || !slices.Contains(extensions, strings.ToLower(filepath.Ext(e.Name()))) {
			continue
		}
		name := filepath.Join(path, e.Name())
		if err := f(name); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", name, err))
		}
	}
	return Join(problems)
}
