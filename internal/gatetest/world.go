// Package gatetest is a small world to try the gate in: an invented head CA
// with accredited CAs, information systems and signers, published formats, a
// system behind the gate, and the gate itself, running in Caddy. The demo
// shows it to people; tests walk through the same scenarios.
//
// Every key is made anew. Organizations and persons are fictitious.
package gatetest

import (
	"encoding/pem"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest/authority"
	"github.com/soapgate/soapgate/internal/xmlsig/sign"
	"github.com/soapgate/soapgate/xsd"
)

// A World is the folder that Caddyfile.example reads, and the keys behind it.
type World struct {
	Dir string
	// Signers are those who sign messages, by the name scenarios call them by.
	Signers map[string]*Signer
	// Authorities are the CAs, by the name of their files; "head" is the head CA.
	Authorities map[string]*authority.CA

	now func() time.Time
}

// A Signer is somebody with a certificate for signing messages.
type Signer struct {
	Name        string
	Key         *authority.Key
	Certificate []byte // DER
}

// Sign signs a message in the layout of ГИС ЖКХ.
func (s *Signer) Sign(msg []byte, at time.Time) ([]byte, error) {
	signer := sign.Signer{Key: s.Key.Signer, Certificate: s.Certificate, Time: at}
	return signer.HCS(msg)
}

// Registration numbers of the fictitious organizations. No real organization
// has them: the part that names the territory is 00.
const (
	companyOGRN = "1000000000010"
	companyGUID = "10000000-0000-4000-8000-000000000001"
	otherOGRN   = "1000000000021"
)

// Organization is the GUID of the organization that the information systems
// send for.
const Organization = companyGUID

// MeteringPath is the path of the service of metering devices.
const MeteringPath = meteringPath

// Prepare fills a folder with everything that Caddyfile.example reads. The
// formats are those of bundle if it is not nil, else our own. progress is told
// what is being made.
func Prepare(dir string, bundle fs.FS, now func() time.Time, progress func(string)) (*World, error) {
	w := &World{Dir: dir, Signers: make(map[string]*Signer), now: now}
	for _, step := range []struct {
		what string
		make func() error
	}{
		{"keys and certificates of the head CA, accredited CAs and signers", w.makeSigners},
		{"TLS certificates of the server and the information systems", w.makeTLS},
		{"published formats", func() error { return w.makeFormats(bundle) }},
	} {
		progress(step.what)
		if err := step.make(); err != nil {
			return nil, fmt.Errorf("making %s: %w", step.what, err)
		}
	}
	return w, nil
}

// Path returns the path of a file of the world.
func (w *World) Path(elem ...string) string {
	return filepath.Join(append([]string{w.Dir}, elem...)...)
}

// issuers are the accredited CAs below the head CA: with a key of each kind
// that certificates are signed by, and one whose list of revocations is stale.
var issuers = []struct {
	name  string
	kind  authority.Kind
	title string
	stale bool
}{
	{"gost", authority.GOST256, "Вымышленный УЦ «Первый»", false},
	{"rsa", authority.RSA, "Вымышленный УЦ «Второй»", false},
	{"stale", authority.GOST256, "Вымышленный УЦ «Третий»", true},
}

// signers are those who sign: each certificate is right but for what it is for.
var signers = []struct {
	name    string
	kind    authority.Kind
	issuer  string
	ogrn    string
	expired bool
	revoked bool
}{
	{name: "gost256", kind: authority.GOST256, issuer: "gost", ogrn: companyOGRN},
	{name: "gost512", kind: authority.GOST512, issuer: "gost", ogrn: companyOGRN},
	{name: "gost2001", kind: authority.GOST2001, issuer: "gost", ogrn: companyOGRN},
	{name: "rsa", kind: authority.RSA, issuer: "rsa", ogrn: companyOGRN},
	{name: "ecdsa", kind: authority.ECDSA, issuer: "rsa", ogrn: companyOGRN},
	{name: "expired", kind: authority.GOST256, issuer: "gost", ogrn: companyOGRN, expired: true},
	{name: "revoked", kind: authority.GOST256, issuer: "gost", ogrn: companyOGRN, revoked: true},
	{name: "unknown-ca", kind: authority.GOST256, issuer: "unknown", ogrn: companyOGRN},
	{name: "stale-crl", kind: authority.GOST256, issuer: "stale", ogrn: companyOGRN},
	{name: "other", kind: authority.GOST256, issuer: "gost", ogrn: otherOGRN},
}

func (w *World) makeSigners() error {
	now := w.now()
	from, until := now.AddDate(-1, 0, 0), now.AddDate(10, 0, 0)
	root, err := newRoot("Вымышленный головной УЦ", from, until)
	if err != nil {
		return err
	}
	if err := w.write("head-ca.pem", certificatePEM(root.DER)); err != nil {
		return err
	}
	stranger, err := newRoot("Вымышленный УЦ, которому никто не доверяет", from, until)
	if err != nil {
		return err
	}
	cas := map[string]*authority.CA{"unknown": stranger}
	for _, i := range issuers {
		key, err := authority.NewKey(i.kind)
		if err != nil {
			return err
		}
		ca, err := root.NewCA(key, authority.Template{Subject: caName(i.title), NotBefore: from, NotAfter: until})
		if err != nil {
			return err
		}
		cas[i.name] = ca
		if err := w.write(filepath.Join("authorities", i.name+".pem"), certificatePEM(ca.DER)); err != nil {
			return err
		}
	}
	revoked := make(map[string][]authority.Revoked)
	for _, s := range signers {
		key, err := authority.NewKey(s.kind)
		if err != nil {
			return err
		}
		t := authority.Template{
			Subject: authority.Name{
				{Type: authority.Country, Value: "RU"},
				{Type: authority.Organization, Value: "ООО «Вымышленная управляющая компания»"},
				{Type: authority.OGRN, Value: s.ogrn},
				{Type: authority.CommonName, Value: "Проверочная подпись " + s.name},
			},
			// libxml2, which bench compares with, reads integers of 24 digits at most.
			Serial: authority.NewSerial()[:8], NotBefore: from, NotAfter: now.AddDate(1, 0, 0),
		}
		if s.expired {
			t.NotBefore, t.NotAfter = now.AddDate(0, -6, 0), now.AddDate(0, 0, -1)
		}
		der, err := cas[s.issuer].Issue(key, t)
		if err != nil {
			return err
		}
		if s.revoked {
			revoked[s.issuer] = append(revoked[s.issuer], authority.Revoked{Serial: t.Serial, Date: now.AddDate(0, 0, -3), Reason: 1})
		}
		w.Signers[s.name] = &Signer{Name: s.name, Key: key, Certificate: der}
		if err := w.write(filepath.Join("signers", s.name+".pem"), certificatePEM(der)); err != nil {
			return err
		}
	}
	cas["head"] = root
	w.Authorities = cas
	return w.makeCRLs(cas, revoked)
}

func newRoot(title string, from, until time.Time) (*authority.CA, error) {
	key, err := authority.NewKey(authority.GOST256)
	if err != nil {
		return nil, err
	}
	return authority.Root(key, authority.Template{Subject: caName(title), NotBefore: from, NotAfter: until})
}

func caName(title string) authority.Name {
	return authority.Name{
		{Type: authority.Country, Value: "RU"},
		{Type: authority.Organization, Value: title},
		{Type: authority.CommonName, Value: title},
	}
}

// makeCRLs issues the list of every CA but the one nobody trusts.
func (w *World) makeCRLs(cas map[string]*authority.CA, revoked map[string][]authority.Revoked) error {
	now := w.now()
	for name, ca := range cas {
		if name == "unknown" {
			continue
		}
		l := authority.List{ThisUpdate: now.Add(-time.Hour), NextUpdate: now.AddDate(0, 1, 0), Number: 7, Revoked: revoked[name]}
		if name == "stale" {
			l.ThisUpdate, l.NextUpdate = now.AddDate(0, 0, -9), now.AddDate(0, 0, -2)
		}
		der, err := ca.CRL(l)
		if err != nil {
			return err
		}
		if err := w.write(filepath.Join("crl", name+".crl"), der); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) makeFormats(bundle fs.FS) error {
	current := bundle
	if current == nil {
		current = xsd.Release(xsd.Current)
	}
	for name, release := range map[string]fs.FS{xsd.Retired: xsd.Release(xsd.Retired), xsd.Current: current} {
		if err := os.CopyFS(w.Path("formats", name), release); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) write(name string, data []byte) error {
	path := w.Path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

func certificatePEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
