package gatetest_test

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/soapgate/soapgate"
	"github.com/soapgate/soapgate/caddyplugin"
	"github.com/soapgate/soapgate/internal/gatetest"
	"github.com/soapgate/soapgate/internal/gatetest/authority"
	"github.com/soapgate/soapgate/internal/pki"
)

// A center is the head CA's site, as seen by a running gate.
type center struct {
	t         *testing.T
	g         *gatetest.Running
	site      *authority.Site
	server    *httptest.Server
	publisher *gatetest.Publisher
	caddyfile []byte
}

// newCenter publishes everything in a world and writes the Caddyfile that
// fetches it. before, if not nil, is called with every request.
func newCenter(t *testing.T, g *gatetest.Running, before func(*http.Request)) *center {
	t.Helper()
	c := &center{t: t, g: g, site: new(authority.Site)}
	c.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if before != nil {
			before(r)
		}
		c.site.ServeHTTP(w, r)
	}))
	t.Cleanup(c.server.Close)
	var err error
	if c.publisher, err = g.Session.World.NewPublisher(); err == nil {
		err = g.Session.World.Publish(c.site)
	}
	if err == nil {
		c.caddyfile, err = gatetest.WithTrustList(soapgate.ExampleCaddyfile, c.server.URL)
	}
	if err != nil {
		t.Fatal(err)
	}
	c.publish(1, "Действует")
	return c
}

func (c *center) publish(version int, status string) {
	c.t.Helper()
	l, err := c.publisher.List(version, status, c.server.URL)
	if err != nil {
		c.t.Fatal(err)
	}
	c.site.Put("/tsl.xml", authority.Page{Body: l})
}

// report asks the admin endpoint; by POST it fetches everything first.
func (c *center) report(method string) caddyplugin.TrustReport {
	c.t.Helper()
	req, err := http.NewRequest(method, "http://"+c.g.Admin+"/soapgate/trust", nil)
	if err != nil {
		c.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	var reports []caddyplugin.TrustReport
	if err := json.NewDecoder(resp.Body).Decode(&reports); err != nil || len(reports) == 0 {
		c.t.Fatalf("%s /soapgate/trust: HTTP %d, %d reports, %v", method, resp.StatusCode, len(reports), err)
	}
	return reports[0]
}

// await polls until the report is as wanted.
func (c *center) await(what string, ok func(*caddyplugin.TrustReport) bool) {
	c.t.Helper()
	var r caddyplugin.TrustReport
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if r = c.report(http.MethodGet); ok(&r) {
			return
		}
	}
	c.t.Fatalf("%s: still %+v", what, r)
}

// code sends a good message by a signer and returns the code of refusal.
func (c *center) code(signer string) string {
	c.t.Helper()
	m := c.g.Session.World.Readings()
	body, err := c.g.Session.World.Signed(m, signer)
	if err != nil {
		c.t.Fatal(err)
	}
	reply, err := c.g.Session.Send("housing", m, body)
	if err != nil {
		c.t.Fatal(err)
	}
	return reply.Code
}

func (c *center) expect(when string, codes map[string]string) {
	c.t.Helper()
	for signer, want := range codes {
		if got := c.code(signer); got != want {
			c.t.Errorf("%s: %s got %q, want %q", when, signer, got, want)
		}
	}
}

func complete(r *caddyplugin.TrustReport) bool {
	return r.TrustList != nil && len(r.Lists) == 4
}

// TestTrustList runs a gate whose CAs come from the head CA's list and whose
// revocation lists are fetched, and lets every source fail in turn.
func TestTrustList(t *testing.T) {
	g := start(t)
	c := newCenter(t, g, nil)
	if err := gatetest.Load(c.caddyfile); err != nil {
		t.Fatal(err)
	}
	c.await("fetched from nothing", complete)
	good := map[string]string{"gost256": "", "rsa": "", "revoked": "certificate.revoked", "stale-crl": "certificate.crl_stale", "unknown-ca": "certificate.unknown_issuer"}
	c.expect("fetched", good)

	page, err := os.ReadFile(g.Session.World.Path("crl", "gost.crl"))
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]authority.Page{
		"truncated": {Body: page, Fault: authority.Truncated}, "a page that says OK": {Fault: authority.HTML},
		"without end": {Body: page, Fault: authority.Huge}, "gone": {Fault: authority.NotFound},
		"elsewhere": {Fault: authority.Redirect, Location: "http://192.168.255.1/gost.crl"}, "empty": {},
	} {
		c.site.Put("/gost.crl", bad)
		r := c.report(http.MethodPost)
		if n := failing(&r); n != 1 {
			t.Errorf("%s: %d sources fail, want 1", name, n)
		}
		c.expect(name, map[string]string{"gost256": "", "revoked": "certificate.revoked"})
	}
	c.site.Put("/gost.crl", authority.Page{Body: page})

	c.publish(2, "Прекращена")
	c.report(http.MethodPost)
	c.expect("accreditation ended", map[string]string{"gost256": "certificate.not_accredited", "rsa": "certificate.not_accredited"})
	c.publish(1, "Действует")
	if r := c.report(http.MethodPost); failing(&r) != 1 || r.TrustList.Version != 2 {
		t.Errorf("rolled back: %d sources fail, version %d", failing(&r), r.TrustList.Version)
	}
	c.expect("rolled back", map[string]string{"gost256": "certificate.not_accredited"})
	c.publish(3, "Действует")
	if r := c.report(http.MethodPost); failing(&r) != 0 || r.KnownSigners == 0 {
		t.Errorf("good again: %+v", r)
	}
	c.expect("good again", good)

	// A restart without network has everything before the first request.
	c.server.Close()
	if err := caddy.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := gatetest.Load(c.caddyfile); err != nil {
		t.Fatal(err)
	}
	if r := c.report(http.MethodGet); r.KnownSigners == 0 || len(r.Stops) == 0 {
		t.Errorf("after a restart nobody is known: %+v", r)
	}
	c.expect("after a restart without network", good)
	checkMetrics(t, g, `soapgate_trust_stop_seconds`, `soapgate_crl_next_update_timestamp_seconds{issuer="`, `soapgate_trust_list_until_timestamp_seconds 1`)
}

// failing counts the failing sources beside the one whose list is always stale.
func failing(r *caddyplugin.TrustReport) (n int) {
	for _, s := range r.Sources {
		if s.State == "failing" && !strings.HasPrefix(s.Name, "stale-") {
			n++
		}
	}
	return n
}

func checkMetrics(t *testing.T, g *gatetest.Running, wants ...string) {
	t.Helper()
	resp, err := http.Get("http://" + g.Admin + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var buf bytes.Buffer
	if _, err := buf.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	for _, want := range wants {
		if !strings.Contains(buf.String(), want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
}

// TestTrustListFolder takes the trust list from a folder, and the lists that it
// names from the network.
func TestTrustListFolder(t *testing.T) {
	g := start(t)
	c := newCenter(t, g, nil)
	folder := t.TempDir()
	if err := gatetest.Load(bytes.Replace(c.caddyfile, []byte(c.server.URL+"/tsl.xml"), []byte(folder), 1)); err != nil {
		t.Fatal(err)
	}
	c.expect("without a list", map[string]string{"gost256": "certificate.unknown_issuer"})
	l, err := c.publisher.List(5, "Действует", c.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "tsl.xml"), l, 0o600); err != nil {
		t.Fatal(err)
	}
	// A reload announces a new file.
	if err := gatetest.Load(bytes.Replace(c.caddyfile, []byte(c.server.URL+"/tsl.xml"), []byte(folder), 1)); err != nil {
		t.Fatal(err)
	}
	c.report(http.MethodPost)
	c.await("from a folder", complete)
	c.expect("from a folder", map[string]string{"gost256": "", "revoked": "certificate.revoked"})
}

// TestReloadWhileFetching reloads while the trust list is on its way: it is
// fetched once, for the configuration before and after. Configurations that
// cannot be used change nothing.
func TestReloadWhileFetching(t *testing.T) {
	g := start(t)
	asked, answer := make(chan struct{}, 10), make(chan struct{})
	c := newCenter(t, g, func(r *http.Request) {
		if r.URL.Path == "/tsl.xml" {
			asked <- struct{}{}
			<-answer
		}
	})
	if err := gatetest.Load(c.caddyfile); err != nil {
		t.Fatal(err)
	}
	<-asked
	for _, grace := range []string{"2h", "3h"} {
		if err := gatetest.Load(bytes.Replace(c.caddyfile, []byte("stale_grace 1h"), []byte("stale_grace "+grace), 1)); err != nil {
			t.Fatal(err)
		}
	}
	for _, broken := range []string{"head-ca.pem", "formats/2.0", "tsl-signer.pem"} {
		if err := gatetest.Load(bytes.Replace(c.caddyfile, []byte(broken), []byte("nobody"), 1)); err == nil {
			t.Errorf("without %s it loads", broken)
		}
	}
	close(answer)
	c.await("fetched after reloads", complete)
	if hits := c.site.Hits("/tsl.xml"); hits != 1 {
		t.Errorf("the trust list was fetched %d times, want once", hits)
	}
	c.expect("after reloads", map[string]string{"gost256": "", "revoked": "certificate.revoked"})
}

// TestSharedStorage keeps lists in Caddy's storage, from where a gate that has
// nothing of its own takes them.
func TestSharedStorage(t *testing.T) {
	g := start(t)
	c := newCenter(t, g, nil)
	storage := t.TempDir()
	caddyfile := bytes.Replace(c.caddyfile, []byte("\tsoapgate {\n"), []byte("\tstorage file_system "+storage+"\n\tsoapgate {\n"), 1)
	caddyfile = bytes.Replace(caddyfile, []byte("stale_grace 1h"), []byte("keep shared"), 1)
	if err := gatetest.Load(caddyfile); err != nil {
		t.Fatal(err)
	}
	c.await("fetched", complete)
	c.server.Close()
	if err := caddy.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := gatetest.Load(caddyfile); err != nil {
		t.Fatal(err)
	}
	c.expect("from the storage", map[string]string{"gost256": "", "revoked": "certificate.revoked"})
	if _, err := os.Stat(filepath.Join(storage, "soapgate", "trust", "trust-list.xml")); err != nil {
		t.Error(err)
	}
}

// TestValidateFetchesNothing validates a configuration that would fetch.
func TestValidateFetchesNothing(t *testing.T) {
	g := start(t)
	c := newCenter(t, g, func(r *http.Request) { t.Errorf("validating asked for %s", r.URL.Path) })
	broken := bytes.Replace(c.caddyfile, []byte("formats/2.0"), []byte("formats/nowhere"), 1)
	if err := gatetest.Load(broken); err == nil {
		t.Error("a broken configuration loads")
	}
	if _, err := os.Stat(g.Session.World.Path("state", "trust")); err == nil {
		t.Error("a configuration that failed has written into the state folder")
	}
}

// TestClientVerifier checks clients' certificates at the handshake, by lists of
// their own CA.
func TestClientVerifier(t *testing.T) {
	g := start(t)
	w := g.Session.World
	for _, kind := range []authority.Kind{authority.RSA, authority.ECDSA} {
		now := time.Now()
		template := func(cn string) authority.Template {
			return authority.Template{Subject: authority.CN(cn), NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0)}
		}
		caKey, err := authority.NewKey(kind)
		if err != nil {
			t.Fatal(err)
		}
		ca, err := authority.Root(caKey, template("Fictitious CA of clients "+kind.String()))
		if err != nil {
			t.Fatal(err)
		}
		serials := make(map[string][]byte)
		for _, name := range []string{"good", "revoked"} {
			key, err := authority.NewKey(kind)
			if err != nil {
				t.Fatal(err)
			}
			leaf := template(name)
			leaf.Serial, leaf.ExtUsages = authority.NewSerial(), []string{"1.3.6.1.5.5.7.3.2"}
			serials[name] = leaf.Serial
			der, err := ca.Issue(key, leaf)
			if err != nil {
				t.Fatal(err)
			}
			pkcs8, err := x509.MarshalPKCS8PrivateKey(key.Signer)
			if err != nil {
				t.Fatal(err)
			}
			write(t, w.Path("systems", name+".pem"), "CERTIFICATE", der)
			write(t, w.Path("systems", name+"-key.pem"), "PRIVATE KEY", pkcs8)
		}
		crl, err := ca.CRL(authority.List{
			ThisUpdate: now.Add(-time.Hour), NextUpdate: now.Add(time.Hour), Number: 1,
			Revoked: []authority.Revoked{{Serial: serials["revoked"], Date: now.Add(-2 * time.Hour), Reason: 1}},
		})
		if err != nil {
			t.Fatal(err)
		}
		write(t, w.Path("clients-ca.pem"), "CERTIFICATE", ca.DER)
		write(t, w.Path(kind.String(), "clients-ca.pem"), "X509 CRL", crl)
		config := func(folder string) []byte {
			return bytes.Replace(soapgate.ExampleCaddyfile, []byte("\t\t\ttrust_pool file {$SOAPGATE_DIR:./demo}/tls-ca.pem\n"), []byte(
				"\t\t\ttrust_pool file {$SOAPGATE_DIR:./demo}/clients-ca.pem\n\t\t\tverifier soapgate_crl {\n"+
					"\t\t\t\tanchor {$SOAPGATE_DIR:./demo}/clients-ca.pem\n\t\t\t\tcrl dir {$SOAPGATE_DIR:./demo}/"+folder+"\n\t\t\t}\n"), 1)
		}
		call := func(system string) (string, error) {
			reply, err := g.Session.Do(gatetest.Call{System: system, Body: []byte("<a/>"), Action: "urn:x"})
			if err != nil {
				return "", err
			}
			return reply.Code, nil
		}
		if err := gatetest.Load(config(kind.String())); err != nil {
			t.Fatal(err)
		}
		if code, err := call("good"); err != nil || !strings.HasPrefix(code, "client.") {
			t.Errorf("%v: a good certificate: code %q, %v", kind, code, err)
		}
		if code, err := call("revoked"); err == nil {
			t.Errorf("%v: a revoked certificate came through the handshake: code %q", kind, code)
		}
		if err := gatetest.Load(config("signers")); err != nil { // a folder without lists
			t.Fatal(err)
		}
		if code, err := call("good"); err == nil {
			t.Errorf("%v: without a list a certificate came through the handshake: code %q", kind, code)
		}
	}
}

func write(t *testing.T, name, typ string, der []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestNamedLists: a list that only the signer's certificate names is fetched
// when it is missed, from an allowed host.
func TestNamedLists(t *testing.T) {
	g := start(t)
	c := newCenter(t, g, nil)
	w := g.Session.World
	key, err := authority.NewKey(authority.GOST256)
	if err != nil {
		t.Fatal(err)
	}
	subject, err := pki.ParseCertificate(w.Signers["gost256"].Certificate)
	if err != nil {
		t.Fatal(err)
	}
	der, err := w.Authorities["gost"].Issue(key, authority.Template{
		Subject:   authority.Name{{Type: authority.OGRN, Value: subject.Subject.OGRN()}, {Type: authority.CommonName, Value: "Проверочная подпись"}},
		NotBefore: time.Now().AddDate(0, 0, -1), NotAfter: time.Now().AddDate(1, 0, 0), CRLPoints: []string{c.server.URL + "/gost.crl"},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Signers["named"] = &gatetest.Signer{Name: "named", Key: key, Certificate: der}
	if err := os.Remove(w.Path("crl", "gost.crl")); err != nil {
		t.Fatal(err)
	}
	line := "crl dir {$SOAPGATE_DIR:./demo}/crl\n"
	host := strings.TrimPrefix(c.server.URL, "http://")
	config := strings.Replace(string(soapgate.ExampleCaddyfile), line, line+"\t\t\tcrl fetch {\n\t\t\t\thosts "+host+"\n\t\t\t\tallow_private 127.0.0.1\n\t\t\t}\n", 1)
	if err := gatetest.Load([]byte(config)); err != nil {
		t.Fatal(err)
	}
	c.expect("nobody knows a list", map[string]string{"gost256": "certificate.crl_missing", "rsa": ""})
	if n := c.site.Hits("/gost.crl"); n != 0 {
		t.Errorf("%d requests for a list that no certificate has named", n)
	}
	c.expect("before it is fetched", map[string]string{"named": "certificate.crl_missing"})
	for deadline := time.Now().Add(time.Minute); c.code("named") != ""; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("still refused: %s, %+v", c.code("named"), c.report(http.MethodGet))
		}
	}
	c.expect("when it is fetched", map[string]string{"gost256": "", "revoked": "certificate.revoked"})
}
