package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/soapgate/soapgate/internal/formats"
	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/gatetest/openssl"
	"github.com/soapgate/soapgate/internal/schema"
	"github.com/soapgate/soapgate/internal/xmltree"
	"github.com/soapgate/soapgate/xsd"
)

// command runs one of the subcommands.
func command(t *testing.T, cmd *cobra.Command, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetArgs(args)
	cmd.SilenceUsage = true
	err := cmd.Execute()
	return out.String(), err
}

// folders writes the two releases that ship with the program.
func folders(t *testing.T) (older, newer string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{xsd.Retired, xsd.Current} {
		if err := os.CopyFS(filepath.Join(dir, name), xsd.Release(name)); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, xsd.Retired), filepath.Join(dir, xsd.Current)
}

func TestFormatsDiff(t *testing.T) {
	older, newer := folders(t)
	out, err := command(t, diffCommand(), older, newer, "--lang", "en")
	if err != nil || !strings.Contains(out, "value constraint") || !strings.Contains(out, "\nbreaking: ") {
		t.Errorf("%v: %s", err, out)
	}
	if out, err := command(t, diffCommand(), older, older, "--lang", "ru"); err != nil || out != "несовместимо: 0, совместимо: 0\n" {
		t.Errorf("a release and itself: %v: %s", err, out)
	}
	if _, err := command(t, diffCommand(), older, filepath.Join(older, "nowhere")); err == nil {
		t.Error("a folder that is not there was compared")
	}
}

// TestFormatsDiffPublished compares the bundles of ГИС ЖКХ.
func TestFormatsDiffPublished(t *testing.T) {
	out, err := command(t, diffCommand(), data.Dir(t, "hcs", "11.0.10.2"), data.Dir(t, "hcs", "14.4.0.1"), "--json")
	if err != nil {
		t.Fatal(err)
	}
	count := make(map[formats.Aspect]int)
	breaking := 0
	for line := range strings.Lines(out) {
		var c formats.Change
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if count[c.What]++; c.Breaking {
			breaking++
		}
	}
	if count[formats.OperationAdded] == 0 || count[formats.NodeAdded] == 0 || breaking == 0 {
		t.Errorf("got %v, %d of them breaking", count, breaking)
	}
}

func TestFormatsLint(t *testing.T) {
	_, newer := folders(t)
	if out, err := command(t, lintCommand(), newer, "--lang", "en"); err != nil || !strings.Contains(out, "errors: 0") {
		t.Errorf("%v: %s", err, out)
	}
	files, _ := filepath.Glob(filepath.Join(newer, "lib", "*.xsd"))
	if err := os.WriteFile(files[0], []byte("<broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := command(t, lintCommand(), newer, "--json")
	if err == nil || !strings.Contains(out, `"file":"lib/`+filepath.Base(files[0])+`"`) {
		t.Errorf("%v: %s", err, out)
	}
}

func TestFormatsSample(t *testing.T) {
	for _, args := range [][]string{{"exportNsiItem"}, {"exportNsiItem", "--full"}} {
		out, err := command(t, sampleCommand(), args...)
		if err != nil || !strings.Contains(out, "exportNsiItemRequest") {
			t.Errorf("%v: %v: %s", args, err, out)
		}
	}
	for want, args := range map[string][]string{
		"no operation":      {"exportNothing"},
		"need each other":   {"exportNsiItem", "--sign", "key.pem"},
		"choose one with":   {"getState"},
		"no such file":      {"exportNsiItem", "--sign", "nowhere.pem", "--cert", "nowhere.pem"},
		"is not a folder":   {"exportNsiItem", "--release", "main.go"},
		"accepts 1 arg":     {},
		"unknown flag: --x": {"exportNsiItem", "--x"},
	} {
		if _, err := command(t, sampleCommand(), args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want %q", args, err, want)
		}
	}
}

// TestFormatsSampleSigned_gost signs with keys as OpenSSL's engine writes them.
func TestFormatsSampleSigned_gost(t *testing.T) {
	tool := openssl.New(t)
	for _, algorithm := range []string{"gost2012_256", "gost2012_512", "gost2001"} {
		t.Run(algorithm, func(t *testing.T) {
			key := tool.GenerateKey(algorithm, "paramset:A")
			cert := tool.NewCA(key, openssl.Template{Subject: "/CN=nobody"})
			out, err := command(t, sampleCommand(), "exportNsiItem", "--sign", key.Path, "--cert", cert.Path)
			if err != nil {
				t.Fatal(err)
			}
			var said bytes.Buffer
			c := check{profile: "hcs", lang: "en"}
			if exit, err := c.run([]string{"-"}, strings.NewReader(out), &said); exit != 0 || !strings.Contains(said.String(), "ok   signature") {
				t.Errorf("exit code %d, %v\n%s", exit, err, &said)
			}
		})
	}
}

func TestFormatsSample_set(t *testing.T) {
	out, err := command(t, sampleCommand(), "exportNsiItem", "--set", "MessageGUID=aaaaaaaa-0000-4000-8000-000000000001", "--set", "RegistryNumber=7")
	if err != nil || strings.Count(out, ">aaaaaaaa-0000-4000-8000-000000000001<") != 1 || !strings.Contains(out, "RegistryNumber>7<") {
		t.Errorf("%v: %s", err, out)
	}
	out, err = command(t, sampleCommand(), "importMeteringDeviceValues", "--set", "orgPPAGUID=aaaaaaaa-0000-4000-8000-000000000002")
	if err != nil || !strings.Contains(out, "orgPPAGUID>aaaaaaaa-0000-4000-8000-000000000002<") || strings.Contains(out, "SenderID") {
		t.Errorf("%v: %s", err, out)
	}
	for _, wrong := range []string{"Nothing=1", "MessageGUID"} {
		if _, err := command(t, sampleCommand(), "exportNsiItem", "--set", wrong); err == nil || !strings.Contains(err.Error(), "no such element") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

// TestFormatsSampleSigned signs a sample and holds it to its schema once more.
func TestFormatsSampleSigned(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "nobody"}, NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, block := range map[string]*pem.Block{
		"key.pem": {Type: "PRIVATE KEY", Bytes: der}, "cert.pem": {Type: "CERTIFICATE", Bytes: cert},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := command(t, sampleCommand(), "exportNsiItem", "--sign", filepath.Join(dir, "key.pem"), "--cert", filepath.Join(dir, "cert.pem"))
	if err != nil || strings.Count(out, "<ds:SignatureValue") != 1 {
		t.Fatalf("%v: %s", err, out)
	}
	tree, err := xmltree.Parse([]byte(out), xmltree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := sample{}
	b, err := s.open()
	if err != nil {
		t.Fatal(err)
	}
	for part := range tree.Elements(tree.Root()) {
		for n := range tree.Elements(part) {
			if f := b.Schemas.Validate(tree, n, schema.ValidateOptions{}); len(f) > 0 {
				t.Errorf("the signed sample is not valid: %s", f[0].Xerces)
			}
		}
	}
}
