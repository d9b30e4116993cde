package gatetest

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"path/filepath"

	"github.com/soapgate/soapgate"
	"github.com/soapgate/soapgate/internal/gost/gost3410"
)

// KeepMessages leaves a message of each kind, signed just now, in the world's
// messages folder, and the Caddyfile beside it.
func (w *World) KeepMessages() error {
	for name, m := range map[string]Message{"readings": w.Readings(), "directory": w.Directory()} {
		body, err := w.Signed(m, "gost256")
		if err != nil {
			return err
		}
		if err := w.write(filepath.Join("messages", name+".xml"), body); err != nil {
			return err
		}
	}
	m := w.Readings()
	if err := w.write(filepath.Join("messages", "unsigned.xml"), m.Envelope()); err != nil {
		return err
	}
	return w.write("Caddyfile", soapgate.ExampleCaddyfile)
}

// KeepSigners leaves the keys of signers beside their certificates, in PKCS #8:
// for somebody who writes a client against the sandbox.
func (w *World) KeepSigners(names ...string) error {
	for _, name := range names {
		var der []byte
		var err error
		key := w.Signers[name].Key.Signer
		if g, ok := key.(*gost3410.PrivateKey); ok {
			der, err = g.MarshalPKCS8()
		} else {
			der, err = x509.MarshalPKCS8PrivateKey(key)
		}
		if err != nil {
			return err
		}
		block := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
		if err := w.write(filepath.Join("signers", name+"-key.pem"), block); err != nil {
			return err
		}
	}
	return nil
}

// CurlLines returns commands to try the gate with: a description, a message
// that is refused and one that passes.
func (s *Session) CurlLines() []string {
	if err := s.World.KeepMessages(); err != nil {
		return nil
	}
	base := fmt.Sprintf("curl --silent --cacert %s --cert %s --key %s", s.World.Path("tls-ca.pem"),
		s.World.Path("systems", "housing.pem"), s.World.Path("systems", "housing-key.pem"))
	url := fmt.Sprintf("https://localhost:%d%s", s.Ports[Main], meteringPath)
	post := " -H 'Content-Type: text/xml; charset=utf-8' -H 'SOAPAction: \"urn:importMeteringDeviceValues\"' --data-binary @"
	return []string{
		base + " '" + url + "?wsdl'",
		base + post + s.World.Path("messages", "unsigned.xml") + " " + url,
		base + post + s.World.Path("messages", "readings.xml") + " " + url,
	}
}
