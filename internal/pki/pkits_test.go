package pki_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/pki"
)

// refused are the cases whose expected result differs from ours on purpose.
var refused = map[string]string{
	"4.1.4": "DSA is not accepted",
	"4.1.5": "DSA is not accepted",
}

// pkitsPolicies are the policies that the suite calls by name.
var pkitsPolicies = map[string]string{
	"NIST-test-policy-1": "2.16.840.1.101.3.2.1.48.1",
	"NIST-test-policy-2": "2.16.840.1.101.3.2.1.48.2",
	"NIST-test-policy-3": "2.16.840.1.101.3.2.1.48.3",
	"NIST-test-policy-4": "2.16.840.1.101.3.2.1.48.4",
	"NIST-test-policy-5": "2.16.840.1.101.3.2.1.48.5",
	"NIST-test-policy-6": "2.16.840.1.101.3.2.1.48.6",
}

type pkitsCase struct {
	number, expected         string
	certificates, lists      []string
	policies, flags, comment string
}

func pkitsCases(t *testing.T, dir string) []pkitsCase {
	b, err := os.ReadFile(filepath.Join(dir, "cases.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []pkitsCase
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(strings.TrimSpace(line), "\t")
		cases = append(cases, pkitsCase{
			number: f[0], expected: f[1], certificates: strings.Split(f[2], ","), lists: strings.Split(f[3], ","),
			policies: f[4], flags: f[5],
		})
	}
	return cases
}

// TestPKITS runs the NIST suite. Each case gives its anchor, its certificates
// as those that came with a message, and its lists.
func TestPKITS(t *testing.T) {
	dir := data.Dir(t, "pkits")
	at := time.Date(2011, 4, 15, 0, 0, 0, 0, time.UTC)
	cases := pkitsCases(t, dir)
	if len(cases) != 249 {
		t.Fatalf("%d cases, want 249", len(cases))
	}
	var table strings.Builder
	explained := 0
	for _, c := range cases {
		_, err := runPKITS(t, dir, c, at)
		got, reason := "valid", ""
		if err != nil {
			got, reason = "invalid", err.Error()
		}
		fmt.Fprintf(&table, "%-8s %-8s %-8s %s\n", c.number, c.expected, got, reason)
		if got == c.expected {
			if refused[c.number] != "" {
				t.Errorf("%s is as expected, but listed as refused on purpose", c.number)
			}
			continue
		}
		if refused[c.number] == "" {
			t.Errorf("%s: %s, want %s: %s", c.number, got, c.expected, reason)
			continue
		}
		explained++
	}
	t.Logf("%d cases, %d refused on purpose\n%s", len(cases), explained, table.String())
}

func runPKITS(t *testing.T, dir string, c pkitsCase, at time.Time) (*pki.Verdict, error) {
	t.Helper()
	var certificates []*pki.Certificate
	for _, name := range c.certificates {
		b, err := os.ReadFile(filepath.Join(dir, "certs", name+".crt"))
		if err != nil {
			t.Fatal(err)
		}
		cert, err := pki.ParseCertificate(b)
		if err != nil {
			return nil, err
		}
		certificates = append(certificates, cert)
	}
	rules := pki.Rules{}
	if c.policies != "anyPolicy" {
		for _, name := range strings.Split(c.policies, ",") {
			id, err := pki.ParseOID(pkitsPolicies[name])
			if err != nil {
				t.Fatal(err)
			}
			rules.Policies.Initial = append(rules.Policies.Initial, id)
		}
	}
	switch c.flags {
	case "-":
	case "explicit":
		rules.Policies.Explicit = true
	case "inhibit-mapping":
		rules.Policies.InhibitMapping = true
	case "inhibit-any":
		rules.Policies.InhibitAny = true
	default:
		t.Fatalf("%s: unknown flags %q", c.number, c.flags)
	}
	trust := pki.NewTrust(rules, certificates[:1], nil)
	for _, name := range c.lists {
		b, err := os.ReadFile(filepath.Join(dir, "crls", name+".crl"))
		if err != nil {
			t.Fatal(err)
		}
		l, err := pki.ParseCRL(bytes.NewReader(b), pki.MaxCRL)
		if err != nil {
			continue // no list then
		}
		trust, _ = trust.WithCRLs(l) // a list that is refused is missing later
	}
	last := len(certificates) - 1
	return trust.Verify(certificates[last], certificates[1:last], pki.Params{At: at})
}
