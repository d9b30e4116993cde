package gatetest_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest"
	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/gatetest/openssl"
)

// TestGOSTTerminator speaks GOST TLS with openssl, through the nginx of
// deploy/terminator, to the gate.
func TestGOSTTerminator(t *testing.T) {
	nginx, tool := data.Tool(t, "nginx"), openssl.New(t)
	const usage = "basicConstraints = CA:FALSE\nkeyUsage = critical,digitalSignature,keyEncipherment,keyAgreement\nextendedKeyUsage = serverAuth,clientAuth\nsubjectAltName = DNS:localhost\n"
	now := time.Now()
	template := func(name, extensions string) openssl.Template {
		return openssl.Template{Subject: "/C=RU/O=Fictitious/CN=" + name, Extensions: extensions, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0)}
	}
	key := func() *openssl.Key { return tool.GenerateKey("gost2012_256", "paramset:TCA") }
	ca := tool.NewCA(key(), template("GOST TLS CA", ""))
	server, system, stranger := ca.Issue(key(), template("localhost", usage)), ca.Issue(key(), template("system", usage)), ca.Issue(key(), template("stranger", usage))

	w, err := gatetest.Prepare(t.TempDir(), nil, time.Now, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	registry, err := os.ReadFile(w.Path("clients.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(system.DER)
	registry = bytes.Replace(registry, []byte("certificates:\n"), fmt.Appendf(nil, "certificates:\n      - sha256: \"%x\"\n", sum), 1)
	if err := os.WriteFile(w.Path("clients.yaml"), registry, 0o600); err != nil {
		t.Fatal(err)
	}
	g, err := gatetest.Start(w)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Stop(); err != nil {
			t.Error(err)
		}
	})
	address := startNginx(t, nginx, g.Session.Ports[gatetest.Terminated], map[string]string{
		"server.pem": server.Path, "server-key.pem": server.Key.Path, "client-ca.pem": ca.Path,
	})

	m := w.Readings()
	body, err := w.Signed(m, "gost256")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		cert   *openssl.Certificate
		cipher string
		fields string
		code   string // "": the answer of the system
	}{
		{"registered", system, "GOST2012-KUZNYECHIK-KUZNYECHIKOMAC", "", ""},
		{"registered, another suite", system, "GOST2012-MAGMA-MAGMAOMAC", "", "authority.replay"},
		{"no certificate", nil, "GOST2012-KUZNYECHIK-KUZNYECHIKOMAC", "", "client.missing"},
		{"not registered", stranger, "GOST2012-KUZNYECHIK-KUZNYECHIKOMAC", "", "client.unknown"},
		{
			"fields of a client's own", nil, "GOST2012-KUZNYECHIK-KUZNYECHIKOMAC",
			fmt.Sprintf("X-Client-Cert-Fingerprint: %x\r\nX-SSL-Client-Verify: SUCCESS\r\n", sum), "client.missing",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := []string{
				"s_client", "-connect", address, "-servername", "localhost", "-tls1_2", "-cipher", tt.cipher,
				"-CAfile", ca.Path, "-verify_return_error", "-quiet", "-ign_eof",
			}
			if tt.cert != nil {
				args = append(args, "-cert", tt.cert.Path, "-key", tt.cert.Key.Path)
			}
			_, port, _ := net.SplitHostPort(address)
			request := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost:%s\r\nContent-Type: text/xml; charset=utf-8\r\nSOAPAction: \"%s\"\r\n"+
				"%sContent-Length: %d\r\nConnection: close\r\n\r\n%s", m.Path, port, m.Action, tt.fields, len(body), body)
			out, err := tool.Try([]byte(request), args...)
			if !strings.Contains(string(out), tt.code) || tt.code == "" && !strings.Contains(string(out), "AckRequest") {
				t.Errorf("want %q, got %v, %.600s", tt.code, err, out)
			}
		})
	}
	if got := g.Session.Backend.Last(); got == nil || !bytes.Equal(got.Body, body) || got.Header.Get("X-Ssl-Protocol") != "" {
		t.Error("what reached the system is not what was sent")
	}
}

// startNginx runs deploy/terminator/nginx.conf before the gate's port.
func startNginx(t *testing.T, nginx string, gate int, files map[string]string) (address string) {
	t.Helper()
	config, err := os.ReadFile(filepath.Join(data.Repo(), "deploy", "terminator", "nginx.conf"))
	if err != nil {
		t.Fatal(err)
	}
	address = "127.0.0.1:" + freePort(t)
	for _, r := range [][2]string{
		{"listen 443 ssl;", "listen " + address + " ssl;"}, {"server 127.0.0.1:8445;", fmt.Sprintf("server localhost:%d;", gate)},
	} {
		if !bytes.Contains(config, []byte(r[0])) {
			t.Fatalf("nginx.conf has no %q", r[0])
		}
		config = bytes.Replace(config, []byte(r[0]), []byte(r[1]), 1)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), config, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, from := range files {
		content, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var log bytes.Buffer
	cmd := exec.Command(nginx, "-p", dir, "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off; master_process off;")
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("nginx: %s", &log)
		}
	})
	eventually(t, "nginx", func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return address
}
