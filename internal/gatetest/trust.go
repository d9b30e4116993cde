package gatetest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest/authority"
)

// A Publisher signs the head CA's list of accredited CAs.
type Publisher struct {
	world       *World
	key         *authority.Key
	certificate []byte
}

// NewPublisher makes the signer of trust lists; its certificate is in the file
// tsl-signer.pem.
func (w *World) NewPublisher() (*Publisher, error) {
	key, err := authority.NewKey(authority.GOST256)
	if err != nil {
		return nil, err
	}
	now := w.now()
	der, err := w.Authorities["head"].Issue(key, authority.Template{
		Subject: caName("Вымышленное министерство"), NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0),
	})
	if err != nil {
		return nil, err
	}
	return &Publisher{world: w, key: key, certificate: der}, w.write("tsl-signer.pem", certificatePEM(der))
}

// List returns a trust list with all CAs below the head CA in one status since
// yesterday. Their revocation lists are at base/<name>.crl.
func (p *Publisher) List(version int, status, base string) ([]byte, error) {
	now := p.world.now()
	l := authority.TrustList{Version: version, Date: now.Add(-time.Hour)}
	for i, ca := range issuers {
		l.CAs = append(l.CAs, authority.Accredited{
			Name: ca.title, INN: fmt.Sprint(7700000000 + i), OGRN: fmt.Sprint(1000000000100 + i), RegistryNumber: fmt.Sprint(i),
			Status: status, Since: now.AddDate(0, 0, -1),
			Keys: []authority.ListedKey{{
				ID: fmt.Sprint(i), CRLs: []string{base + "/" + ca.name + ".crl"}, Certificates: [][]byte{p.world.Authorities[ca.name].DER},
			}},
		})
	}
	return l.Sign(p.key, p.certificate)
}

// Publish puts the revocation lists of all CAs on a site.
func (w *World) Publish(site *authority.Site) error {
	entries, err := os.ReadDir(w.Path("crl"))
	if err != nil {
		return err
	}
	for _, e := range entries {
		der, err := os.ReadFile(w.Path("crl", e.Name()))
		if err != nil {
			return err
		}
		site.Put("/"+e.Name(), authority.Page{Body: der})
	}
	return nil
}

// WithTrustList changes a Caddyfile like the example's so that CAs and
// revocation lists come from a site at base, whose list's signer is pinned, and
// not from folders. It keeps what it fetches in the world.
func WithTrustList(caddyfile []byte, base string) ([]byte, error) {
	for _, edit := range []struct{ from, to string }{
		{"\t\t\tauthority {$SOAPGATE_DIR:./demo}/authorities\n", ""},
		{"\t\t\tcrl dir {$SOAPGATE_DIR:./demo}/crl\n", "\t\t\ttrust_list " + base + "/tsl.xml {\n\t\t\t\tsigner {$SOAPGATE_DIR:./demo}/tsl-signer.pem\n\t\t\t}\n" +
			"\t\t\tcrl fetch listed " + base + "/head.crl {\n\t\t\t\tmax_size 1MiB\n\t\t\t\tallow_private 127.0.0.1\n\t\t\t}\n"},
		{"\tsoapgate {\n\t\t#", "\tsoapgate {\n\t\tstate_dir {$SOAPGATE_DIR:./demo}/state\n\t\t#"},
	} {
		if !bytes.Contains(caddyfile, []byte(edit.from)) {
			return nil, errors.New("the Caddyfile is not like the example: it lacks " + edit.from)
		}
		caddyfile = bytes.Replace(caddyfile, []byte(edit.from), []byte(edit.to), 1)
	}
	return caddyfile, nil
}
