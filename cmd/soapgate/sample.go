package main

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/beevik/etree"

	"github.com/soapgate/soapgate/internal/gate/bundle"
	"github.com/soapgate/soapgate/internal/wsdl"
	"github.com/soapgate/soapgate/internal/xmlsig/sign"
)

// A sample is what `formats sample` is asked for.
type sample struct {
	release, path string
	full          bool
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
	message, err := sampler.Request(o)
	if err != nil || s.key == "" {
		return message, err
	}
	return s.sign(message, now)
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

// sign signs the message as ГИС ЖКХ wants it. The payload needs an Id for
// that, which samples leave out when they may.
func (s *sample) sign(message []byte, now time.Time) ([]byte, error) {
	key, err := readKey(s.key)
	if err != nil {
		return nil, err
	}
	cert, err := readPEM(s.cert, "CERTIFICATE")
	if err != nil {
		return nil, err
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(message); err != nil {
		return nil, fmt.Errorf("reading the sample: %w", err)
	}
	payload := doc.FindElement("/Envelope/Body/*")
	if payload.SelectAttr("Id") == nil {
		payload.CreateAttr("Id", "signed-data-container")
	}
	if message, err = doc.WriteToBytes(); err != nil {
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
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("%s is no key of RSA or ECDSA: %w", file, err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%s is no key to sign with", file)
	}
	return signer, nil
}
