package gatetest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"strings"
	"time"
)

// systems are the information systems that connect, and how they are
// registered; the one without an entry is not.
var systems = []struct{ name, entry string }{
	{"housing", ""},
	{"paced", "    class: trial\n"},
	{"daily", "    class: trial-day\n"},
	{"parallel", "    class: trial-parallel\n"},
	{"suspended", "    status: suspended\n    reason: договор расторгнут\n    since: 2025-01-01\n"},
	{"stranger", unregistered},
}

const unregistered = "-"

// makeTLS makes the certificates of server and systems and the registry.
func (w *World) makeTLS() error {
	ca, err := w.newTLSCertificate("Test CA of information systems", nil)
	if err != nil {
		return err
	}
	if err := w.write("tls-ca.pem", certificatePEM(ca.Certificate[0])); err != nil {
		return err
	}
	server, err := w.newTLSCertificate("localhost", ca)
	if err == nil {
		err = w.writePair("server", server)
	}
	if err != nil {
		return err
	}
	var registry strings.Builder
	registry.WriteString("# Information systems that may connect. See docs/configuration.md.\nclients:\n")
	for _, s := range systems {
		cert, err := w.newTLSCertificate(s.name, ca)
		if err == nil {
			err = w.writePair("systems/"+s.name, cert)
		}
		if err != nil {
			return err
		}
		if s.entry == unregistered {
			continue
		}
		sum := sha256.Sum256(cert.Certificate[0])
		fmt.Fprintf(&registry, `  - id: %s
    organization:
      name: ООО «Вымышленная управляющая компания»
      ogrn: "%s"
      ppaguids: [%s]
    certificates:
      - sha256: "%s"
%s`, s.name, companyOGRN, companyGUID, hex.EncodeToString(sum[:]), s.entry)
	}
	return w.write("clients.yaml", []byte(registry.String()))
}

// newTLSCertificate makes a P-256 certificate: a CA's own, or one issued by a CA.
func (w *World) newTLSCertificate(name string, ca *tls.Certificate) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	now := w.now()
	t := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name, Organization: []string{"Fictitious"}},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	parent, signer := t, key
	if ca == nil {
		t.IsCA, t.BasicConstraintsValid, t.KeyUsage = true, true, x509.KeyUsageCertSign
	} else {
		t.DNSNames, t.IPAddresses = []string{name}, []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
		parent, signer = ca.Leaf, ca.PrivateKey.(*ecdsa.PrivateKey)
	}
	der, err := x509.CreateCertificate(rand.Reader, t, parent, key.Public(), signer)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, err
}

func (w *World) writePair(name string, c *tls.Certificate) error {
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		return err
	}
	if err := w.write(name+"-key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})); err != nil {
		return err
	}
	return w.write(name+".pem", certificatePEM(c.Certificate[0]))
}
