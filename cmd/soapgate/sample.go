package main

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/beevik/etree"

	"github.com/soapgate/soapgate/internal/gate/bundle"
	"github.com/soapgate/soapgate/internal/gost/gost3410"
	"github.com/soapgate/soapgate/internal/wsdl"
	"github.com/soapgate/soapgate/internal/xmlsig/sign"
)

// A sample is what `formats sample` is asked for.
type sample struct {
	release, path string
	full          bool
	set           []string // NAME=VALUE, of elements
	key, cert     string
}

func (s *sample) write(operation string, now time.Time) ([]byte, error) {
	if (s.key == "") != (s.cert == "") {
		return nil, errors.New("--sign and --cert need each other")
	}
	b, err := s.open()
	if err != nil {
		return nil, err
	}
	o, err := s.find(b, operation)
	if err != nil {
		return nil, err
	}
	sampler := bundle.Sampler{Schemas: b.Schemas, Time: now, Full: s.full}
	for _, v := range s.set {
		name, _, _ := strings.Cut(v, "=")
		sampler.Chosen = append(sampler.Chosen, name)
	}
	message, err := sampler.Request(o)
	if err != nil || s.key == "" && len(s.set) == 0 {
		return message, err
	}
	return s.finish(message, now)
}

// finish sets the elements that are asked for and signs, if asked to. A message
// that is to be sent wants an identifier of its own.
func (s *sample) finish(message []byte, now time.Time) ([]byte, error) {
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(message); err != nil {
		return nil, fmt.Errorf("reading the sample: %w", err)
	}
	set := s.set
	if s.key != "" {
		set = append([]string{"MessageGUID=" + newGUID()}, set...)
	}
	for i, v := range set {
		name, value, ok := strings.Cut(v, "=")
		found := doc.FindElements("/Envelope/Header//" + name)
		if len(found) == 0 {
			found = doc.FindElements("/Envelope/Body//" + name)
		}
		if !ok || len(found) == 0 && (i > 0 || s.key == "") {
			return nil, fmt.Errorf("--set %s: the sample has no such element", v)
		}
		for _, e := range found {
			e.SetText(value)
		}
	}
	if s.key != "" {
		// The payload needs an Id for that, which samples leave out when they may.
		if payload := doc.FindElement("/Envelope/Body/*"); payload.SelectAttr("Id") == nil {
			payload.CreateAttr("Id", "signed-data-container")
		}
	}
	message, err := doc.WriteToBytes()
	if err != nil || s.key == "" {
		return message, err
	}
	return s.sign(message, now)
}

// newGUID makes an identifier of a message (RFC 9562 5.4).
func newGUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// find returns the operation; of several at one path that differ in the action
// the first.
func (s *sample) find(b *bundle.Bundle, operation string) (*wsdl.Operation, error) {
	var found *wsdl.Operation
	var paths []string
	for _, p := range b.Services.Ports {
		for _, o := range p.Operations {
			if o.Name != operation || s.path != "" && s.path != p.Path {
				continue
			}
			if found == nil || found.Port.Path != p.Path {
				paths = append(paths, p.Path)
			}
			found = o
		}
	}
	switch {
	case found == nil:
		return nil, fmt.Errorf("the release has no operation %q", operation)
	case len(paths) > 1:
		return nil, fmt.Errorf("several services have operation %q; choose one with --path: %s", operation, strings.Join(paths, ", "))
	}
	return found, nil
}

// sign signs the message as ГИС ЖКХ wants it.
func (s *sample) sign(message []byte, now time.Time) ([]byte, error) {
	key, err := readKey(s.key)
	if err != nil {
		return nil, err
	}
	cert, err := readPEM(s.cert, "CERTIFICATE")
	if err != nil {
		return nil, err
	}
	signer := sign.Signer{Key: key, Certificate: cert, Time: now}
	return signer.HCS(message)
}

func readPEM(file string, types ...string) ([]byte, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		for _, t := range types {
			if block.Type == t {
				return block.Bytes, nil
			}
		}
	}
	return nil, fmt.Errorf("%s has no PEM block %s", file, strings.Join(types, " or "))
}

func readKey(file string) (crypto.Signer, error) {
	der, err := readPEM(file, "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY")
	if err != nil {
		return nil, err
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	if key, err := x509.ParseECPrivateKey(der); err == nil {
		return key, nil
	}
	gost, gostErr := gost3410.ParsePKCS8(der)
	if gostErr == nil {
		return gost, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("%s is no key of GOST R 34.10, RSA or ECDSA: %w; %w", file, gostErr, err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%s is no key to sign with", file)
	}
	return signer, nil
}
