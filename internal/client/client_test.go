package client

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soapgate/soapgate/internal/gatetest/data"
)

// Numbers of organizations that do not exist, with right check digits.
const (
	ogrnA = "1027700000008"
	ogrnB = "1035000000001"
	guidA = "11111111-1111-1111-1111-111111111111"
	guidB = "22222222-2222-2222-2222-222222222222"
)

// newCertificate makes a self-signed certificate with the given attributes.
func newCertificate(t *testing.T, attributes map[string]string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var name pkix.Name
	for attribute, value := range attributes {
		oid, err := x509.ParseOID(typeOf(attribute))
		if err != nil {
			t.Fatal(err)
		}
		var id asn1.ObjectIdentifier
		for part := range strings.SplitSeq(oid.String(), ".") {
			n, _ := new(big.Int).SetString(part, 10)
			id = append(id, int(n.Int64()))
		}
		name.ExtraNames = append(name.ExtraNames, pkix.AttributeTypeAndValue{Type: id, Value: value})
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: name, NotAfter: time.Unix(1<<32, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestIdentify(t *testing.T) {
	der := newCertificate(t, map[string]string{"CN": "gate.example", "OGRN": ogrnA, "O": "ООО «Пример»"})
	s1, s256 := sha1.Sum(der), sha256.Sum256(der)
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pin := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	colons := strings.ToUpper(strings.Join(strings.Split(fmt.Sprintf("% x", s1[:]), " "), ":"))

	byName := `{subject: {OGRN: "` + ogrnA + `", CN: gate.example}, issuer: {2.5.4.10: ООО «Пример»}}`
	tests := []struct {
		name  string
		match string
		facts Facts
		want  string // code, "" if the client is found
	}{
		{"sha1 with colons", `{sha1: "` + colons + `"}`, Facts{CertDER: der}, ""},
		{"sha256", `{sha256: ` + hex.EncodeToString(s256[:]) + `}`, Facts{CertDER: der}, ""},
		{"sha256 in base64", `{sha256: ` + base64.StdEncoding.EncodeToString(s256[:]) + `}`, Facts{CertDER: der}, ""},
		{"key", `{spki: ` + base64.StdEncoding.EncodeToString(pin[:]) + `}`, Facts{CertDER: der}, ""},
		{"only the fingerprint is known", `{sha1: "` + hex.EncodeToString(s1[:]) + `"}`, Facts{SHA1: hex.EncodeToString(s1[:])}, ""},
		{"names, verified", byName, Facts{CertDER: der, Verified: true}, ""},
		{"names, not verified", byName, Facts{CertDER: der}, "client.unknown"},
		{"other issuer", strings.Replace(byName, "Пример", "Другой", 1), Facts{CertDER: der, Verified: true}, "client.unknown"},
		{"attribute missing", `{subject: {OU: x}, issuer: {CN: gate.example}}`, Facts{CertDER: der, Verified: true}, "client.unknown"},
		{"other certificate", `{sha1: "` + strings.Repeat("0", 40) + `"}`, Facts{CertDER: der}, "client.unknown"},
		{"not a certificate", `{spki: ` + hex.EncodeToString(pin[:]) + `}`, Facts{CertDER: der[1:]}, "client.unknown"},
		{"none", `{spki: ` + hex.EncodeToString(pin[:]) + `}`, Facts{Verified: true}, "client.missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := Parse([]byte("clients:\n- id: a\n  certificates: ["+tt.match+"]\n"), "clients.yaml")
			if err != nil {
				t.Fatal(err)
			}
			c, rej := r.Identify(&tt.facts)
			switch {
			case rej != nil && string(rej.Code) != tt.want:
				t.Errorf("%v, want %q", rej, tt.want)
			case rej == nil && tt.want != "":
				t.Errorf("found %q, want %s", c.ID, tt.want)
			case rej == nil && c.ID != "a":
				t.Errorf("found %q", c.ID)
			}
		})
	}
}

func TestParse(t *testing.T) {
	const entry = "- id: a\n  certificates: [{sha1: \"" + "0000000000000000000000000000000000000000" + "\"}]\n"
	tests := []struct {
		name, yaml string
		ids        string // of the clients in force
		want       []string
	}{
		{"empty", "", "", nil},
		{"no clients", "clients: []", "", nil},
		{"good", "clients:\n" + entry, "a", nil},
		{"not YAML", "clients: [", "", []string{"clients.yaml: yaml: line 1: did not find expected node content"}},
		{"other root", "- a", "", []string{`clients.yaml:1: want a mapping`}},
		{"unknown root field", "client: []", "", []string{`clients.yaml:1: client: unknown field`}},
		{
			"one bad entry among good ones",
			"clients:\n- id: bad\n  certificates:\n  - sha1: 00\n  - md5: 00\n  min_tls: 0.9\n  colour: red\n" + entry,
			"a",
			[]string{
				`clients.yaml:4: client "bad": certificates: sha1: put 00 in quotes`,
				`clients.yaml:5: client "bad": certificates: md5: unknown field`,
				`clients.yaml:6: client "bad": min_tls: unknown TLS version "0.9"`,
				`clients.yaml:7: client "bad": colour: unknown field`,
			},
		},
		{"same id", "clients:\n" + entry + "- {id: a, token: {issuer: x, client_id: y}}", "a",
			[]string{`clients.yaml:4: client "a": id: there is another client "a"`}},
		{"same certificate", "clients:\n" + entry + "- id: b\n  certificates: [{sha1: \"0000000000000000000000000000000000000000\"}]", "a",
			[]string{`clients.yaml:4: client "b": certificates: client "a" has the same sha1:0000000000000000000000000000000000000000`}},
		{"nothing to know it by", "clients:\n- id: b", "",
			[]string{`clients.yaml:2: client "b": certificates: nothing to know the client by: no certificate and no token`}},
		{"wrong check digit", "clients:\n- id: b\n  organization: {ogrn: 1027700000000}", "",
			[]string{`clients.yaml:3: client "b": organization: ogrn: "1027700000000" is no ОГРН (13 digits) and no ОГРНИП (15 digits)`}},
		{"subject without issuer", "clients:\n- id: b\n  certificates: [{subject: {CN: x}}]", "",
			[]string{`clients.yaml:3: client "b": certificates: subject and issuer belong together`}},
		{"suspended without a reason", "clients:\n- {id: b, status: suspended, token: {issuer: x, client_id: y}}", "",
			[]string{`clients.yaml:2: client "b": reason: missing; a suspended client is told why`}},
		{"alias", "clients:\n- &x {id: b, contacts: &y [z], class: *y}\n- *x", "",
			[]string{
				`clients.yaml:2: client "b": class: aliases are not allowed`,
				`clients.yaml:3: want a mapping`,
			}},
		{"given twice", "clients:\n- {id: b, id: c}", "", []string{`clients.yaml:2: client "b": id: given twice`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := Parse([]byte(tt.yaml), "clients.yaml")
			var got []string
			if err != nil {
				got = strings.Split(err.Error(), "\n")
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
			var ids []string
			if r != nil {
				for _, c := range r.Clients() {
					ids = append(ids, c.ID)
				}
			}
			if got := strings.Join(ids, " "); got != tt.ids {
				t.Errorf("in force: %q, want %q", got, tt.ids)
			}
		})
	}
}

func TestAdmit(t *testing.T) {
	now := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		name, entry, want string
	}{
		{"active", "", ""},
		{"test", "status: test", ""},
		{"suspended", "status: suspended, reason: долг", "client.suspended"},
		{"suspended from tomorrow", "status: suspended, reason: долг, since: 2026-03-11", ""},
		{"first day", "valid_from: 2026-03-10", ""},
		{"day before", "valid_from: 2026-03-11", "client.not_yet"},
		{"last moment", "valid_until: 2026-03-10T00:00:00.1Z", ""},
		{"over", "valid_until: 2026-03-10", "client.expired"},
		{"TLS good enough", "min_tls: 1.2", ""},
		{"TLS too old", "min_tls: 1.3", "transport.tls_version"},
		{"service", "services: [bills, nsi]", ""},
		{"other service", "services: [bills]", "client.service"},
		{"operation", "operations: [importNsi]", ""},
		{"other operation", "operations: [exportNsi]", "client.operation"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := Parse([]byte("clients:\n- {id: a, token: {issuer: i, client_id: c}, "+tt.entry+"}"), "clients.yaml")
			if err != nil {
				t.Fatal(err)
			}
			c := r.ByID("a")
			rej := c.Admit(now)
			if rej == nil {
				rej = c.AdmitTLS(&Facts{Version: tls.VersionTLS12})
			}
			if rej == nil {
				rej = c.AdmitService("nsi")
			}
			if rej == nil {
				rej = c.AdmitOperation("importNsi")
			}
			got := ""
			if rej != nil {
				got = string(rej.Code)
			}
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// TestIdentify_allocations: who is registered by fingerprint or key is known
// without a certificate being read.
func TestIdentify_allocations(t *testing.T) {
	data.CountAllocations(t)
	der := newCertificate(t, map[string]string{"CN": "gate.example"})
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	s1, s256, pin := sha1.Sum(der), sha256.Sum256(der), sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	for name, match := range map[string]string{
		"sha1": fmt.Sprintf("{sha1: '%x'}", s1), "sha256": fmt.Sprintf("{sha256: '%x'}", s256), "spki": fmt.Sprintf("{spki: '%x'}", pin),
	} {
		r, err := Parse([]byte("clients: [{id: a, certificates: ["+match+"]}]"), "f.yaml")
		if err != nil {
			t.Fatal(err)
		}
		state := &tls.ConnectionState{Version: tls.VersionTLS13, CipherSuite: tls.TLS_AES_128_GCM_SHA256, PeerCertificates: []*x509.Certificate{cert}}
		n := testing.AllocsPerRun(100, func() {
			f := FromState(state)
			if c, rej := r.Identify(&f); c == nil {
				t.Fatal(rej)
			}
		})
		if n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
