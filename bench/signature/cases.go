//go:build linux

package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/soapgate/soapgate/bench/turns"
	"github.com/soapgate/soapgate/internal/c14n"
	"github.com/soapgate/soapgate/internal/gost/gost3410"
	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/xmlsig"
	"github.com/soapgate/soapgate/internal/xmlsig/sign"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// A benchCase is one row of the table.
type benchCase struct {
	name   string
	target float64
	// prepare readies the peer and returns our side of the work.
	prepare func(m *maker, p *turns.Peer) (func() error, error)
}

func (c benchCase) wanted() string {
	if c.target == 0 {
		return "-"
	}
	return strconv.FormatFloat(c.target, 'f', 1, 64)
}

// Entries of a message of about 20 KB and of about 1 MB.
const (
	small = 42
	large = 2150
)

var cases = []benchCase{
	{"exclusive C14N, 20 KB", 4, canonicalize(small, true)},
	{"inclusive C14N, 20 KB", 4, canonicalize(small, false)},
	{"exclusive C14N, 1 MB", 4, canonicalize(large, true)},
	{"inclusive C14N, 1 MB", 4, canonicalize(large, false)},
	{"verify 20 KB, GOST 2012-256", 3, verify("gost", small, false)},
	{"verify 20 KB, GOST 2012-256, known signer", 4, verify("gost", small, true)},
	{"verify 1 MB, GOST 2012-256", 4, verify("gost", large, false)},
	{"verify 20 KB, RSA 2048", 0, verify("rsa", small, false)},
	{"verify 20 KB, ECDSA P-256", 0, verify("ecdsa", small, false)},
	{"verify 1 MB, RSA 2048", 0, verify("rsa", large, false)},
	{"all stages of the gate, 20 KB; parse, XSD and verify", 0, whole(20)},
}

// message is a request in the manner of ГИС ЖКХ with entries of about 480 bytes.
func message(entries int) []byte {
	var b strings.Builder
	b.WriteString(`<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:dm="http://dom.example/schema/integration/device-metering/" xmlns:base="http://dom.example/schema/integration/base/">
  <soapenv:Body>
    <dm:importMeteringDeviceValuesRequest Id="signed-data-container" base:version="10.0.1.1">
`)
	for i := range entries {
		fmt.Fprintf(&b, `      <dm:MeteringDevicesValues>
        <dm:MeteringDeviceRootGUID>8d1e3a70-0000-4000-8000-%012d</dm:MeteringDeviceRootGUID>
        <dm:ElectricDeviceValue>
          <dm:CurrentValue>
            <base:TransportGUID>1b3f9e52-0000-4000-8000-%012d</base:TransportGUID>
            <dm:DateValue>2026-01-%02d</dm:DateValue>
            <dm:MeteringValueT1>%d.50</dm:MeteringValueT1>
          </dm:CurrentValue>
        </dm:ElectricDeviceValue>
      </dm:MeteringDevicesValues>
`, i, i, i%28+1, i*7)
	}
	b.WriteString("    </dm:importMeteringDeviceValuesRequest>\n  </soapenv:Body>\n</soapenv:Envelope>")
	return []byte(b.String())
}

// canonicalize has both sides write the form of a whole document to nowhere:
// libxml2's way without a node set, its fastest.
func canonicalize(entries int, exclusive bool) func(*maker, *turns.Peer) (func() error, error) {
	return func(m *maker, p *turns.Peer) (func() error, error) {
		src := message(entries)
		t, err := xmltree.Parse(src, xmltree.Options{})
		if err != nil {
			return nil, err
		}
		method := c14n.Method{Exclusive: exclusive}
		var form strings.Builder
		if err := c14n.Write(&form, t, 0, method, 0); err != nil {
			return nil, err
		}
		mode := 0
		if exclusive {
			mode = 1
		}
		theirs, err := p.Ask("c14n %s %d", m.file("message.xml", src), mode)
		if err != nil {
			return nil, err
		}
		if theirs != strconv.Itoa(form.Len()) {
			return nil, fmt.Errorf("their form has %s bytes, ours %d", theirs, form.Len())
		}
		return func() error { return c14n.Write(io.Discard, t, 0, method, 0) }, nil
	}
}

// verify has both sides verify the signature of a parsed message. Theirs is
// given the key; ours reads the certificate of the message each time, unless
// the signer is known.
func verify(kind string, entries int, known bool) func(*maker, *turns.Peer) (func() error, error) {
	return func(m *maker, p *turns.Peer) (func() error, error) {
		s, err := m.signer(kind)
		if err != nil {
			return nil, err
		}
		msg, err := s.HCS(message(entries))
		if err != nil {
			return nil, err
		}
		cert := m.file("cert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate}))
		if _, err := p.Ask("verify %s %s", m.file("message.xml", msg), cert); err != nil {
			return nil, err
		}
		t, err := xmltree.Parse(msg, xmltree.Options{})
		if err != nil {
			return nil, err
		}
		o := xmlsig.Options{Now: time.Now(), Certificate: readCertificate}
		if known {
			c, err := readCertificate(s.Certificate)
			if err != nil {
				return nil, err
			}
			c.PublicKey = c.PublicKey.(*gost3410.PublicKey).Precompute()
			o.Certificate = func([]byte) (*xmlsig.Certificate, error) { return c, nil }
		}
		return func() error {
			req, err := requirement(t)
			if err == nil {
				_, err = xmlsig.Verify(t, req, o)
			}
			return err
		}, nil
	}
}

func requirement(t *xmltree.Tree) (xmlsig.Requirement, error) {
	payload := t.FirstElement(t.FirstElement(t.Root()))
	s, err := xmlsig.InPayload(t, payload)
	return xmlsig.Requirement{
		Signatures:       []xmlsig.Expected{{Signature: s, Covers: []xmltree.Node{payload}, Only: true, XAdES: true}},
		Alone:            true,
		IDs:              []xmltree.Name{{Local: "Id"}},
		Suites:           suites,
		Canonicalization: []string{xmlsig.C14N10, xmlsig.ExcC14N},
		Transforms:       []string{xmlsig.EnvelopedSignature},
		KeyInfo:          xmlsig.KeyCertificate,
	}, err
}

var suites = func() (list []xmlsig.Suite) {
	for _, name := range []string{"gost2012", "rsa", "ecdsa"} {
		s, _ := xmlsig.LookupSuite(name)
		list = append(list, s)
	}
	return list
}()

// readCertificate is what the gate does for a signer it does not know.
func readCertificate(der []byte) (*xmlsig.Certificate, error) {
	c, err := pki.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &xmlsig.Certificate{
		Raw: c.Raw, PublicKey: c.PublicKey, Serial: new(big.Int).SetBytes([]byte(c.Serial)),
		Issuer: c.Issuer.String(), Subject: c.Subject.String(), SubjectKeyID: c.SubjectKeyID,
	}, nil
}

// A maker makes signers and files.
type maker struct{ dir, gostKey, gostCert string }

var errNoGOST = errors.New("no GOST key")

func (m *maker) file(name string, content []byte) string {
	path := filepath.Join(m.dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		panic("bench/signature: " + err.Error())
	}
	return path
}

func (m *maker) signer(kind string) (*sign.Signer, error) {
	if kind == "gost" {
		return m.gost()
	}
	var key crypto.Signer
	var err error
	if kind == "rsa" {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	} else {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "bench"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return &sign.Signer{Key: key, Certificate: der, Time: time.Now()}, err
}

// gost is a signer whose key is OpenSSL's: it made the certificate too.
func (m *maker) gost() (*sign.Signer, error) {
	if m.gostKey == "" {
		return nil, errNoGOST
	}
	text, err := os.ReadFile(m.gostCert)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s is no PEM", m.gostCert)
	}
	c, err := pki.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, err
	}
	public, ok := c.PublicKey.(*gost3410.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%s: %w", m.gostCert, c.KeyErr)
	}
	return &sign.Signer{Key: opensslKey{m, public}, Certificate: block.Bytes, Time: time.Now()}, nil
}

// An opensslKey signs with the openssl command.
type opensslKey struct {
	m      *maker
	public *gost3410.PublicKey
}

func (k opensslKey) Public() crypto.PublicKey { return k.public }

func (k opensslKey) Sign(_ io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	return exec.Command("openssl", "pkeyutl", "-sign", "-inkey", k.m.gostKey, "-in", k.m.file("digest", digest)).Output()
}
