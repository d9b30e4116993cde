package pki_test

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/reject"
)

// realCAs returns the certificates of the head CA's list that the shared data
// holds: the self-signed roots, and all.
func realCAs(t *testing.T) (roots, all []*pki.Certificate) {
	t.Helper()
	dir := data.Dir(t, "gost-ca")
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".pem" {
			return err
		}
		list, err := pki.LoadCertificates(path)
		if err != nil {
			return err
		}
		all = append(all, list...)
		if strings.Contains(path, "roots") && list[0].CheckSignature(list[0]) == nil {
			roots = append(roots, list...)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 49 || len(roots) != 6 {
		t.Fatalf("%d certificates with %d roots, want 49 with 6", len(all), len(roots))
	}
	return roots, all
}

// TestRealCAs: each real CA certificate chains to the root whose key its
// authority key identifier names, whatever the roots are called, or is refused
// because it has expired.
func TestRealCAs(t *testing.T) {
	roots, all := realCAs(t)
	trust := pki.NewTrust(pki.Rules{}, roots, all)
	p := pki.Params{At: now, Tolerance: pki.Tolerance{Missing: true}}
	chained, expired := 0, 0
	for _, c := range all {
		name := c.Subject.CommonName() + " " + c.NotBefore.Format(time.DateOnly)
		v, err := trust.Verify(c, nil, p)
		if now.After(c.NotAfter) {
			if code(t, err) != reject.CertificateExpired {
				t.Errorf("%s: %v, want %s", name, err, reject.CertificateExpired)
			}
			expired++
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		chained++
		if id := c.AuthorityKeyID; id != nil && string(v.Path[1].SubjectKeyID) != string(id) {
			t.Errorf("%s: issued by key %x, want %x", name, v.Path[1].SubjectKeyID, id)
		}
		if c.Subject.OGRN() == "" || c.Subject.Number() != c.Subject.OGRN() {
			t.Errorf("%s: organisation number %q", name, c.Subject.Number())
		}
		if v.Class < pki.KC2 || c.SubjectSignTool == "" {
			t.Errorf("%s: class %v, signing tool %q", name, v.Class, c.SubjectSignTool)
		}
	}
	t.Logf("%d chain, %d have expired", chained, expired)
}

// TestRealCAs_crossCertificate: with only the root of 2021 as anchor, a CA
// below the root of 2022 chains through the cross certificate that has the same
// name and key as that root.
func TestRealCAs_crossCertificate(t *testing.T) {
	roots, all := realCAs(t)
	var anchor *pki.Certificate
	for _, c := range roots {
		if c.NotBefore.Year() == 2021 {
			anchor = c
		}
	}
	trust := pki.NewTrust(pki.Rules{}, []*pki.Certificate{anchor}, all)
	p := pki.Params{At: now, Tolerance: pki.Tolerance{Missing: true}}
	lengths := make(map[int]int)
	for _, c := range all {
		v, err := trust.Verify(c, nil, p)
		if err != nil {
			continue
		}
		lengths[len(v.Path)]++
		if v.Anchor() != anchor {
			t.Errorf("%s: another anchor", c.Subject.CommonName())
		}
	}
	// The root of 2021 itself and the cross certificate; nine CAs below the latter.
	if lengths[2] != 2 || lengths[3] != 9 {
		t.Errorf("paths by length %v", lengths)
	}
}
