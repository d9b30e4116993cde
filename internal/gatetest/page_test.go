package gatetest_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/soapgate/soapgate"
	"github.com/soapgate/soapgate/internal/gatetest"
)

// TestPublished reads, as somebody without a certificate, what the gate
// publishes, and follows the link of a fault.
func TestPublished(t *testing.T) {
	g := start(t)
	look := func(path, query string, header http.Header) *gatetest.Reply {
		t.Helper()
		reply, err := g.Session.Do(gatetest.Call{System: "-", Method: http.MethodGet, Path: path, Query: query, Header: header})
		if err != nil {
			t.Fatal(err)
		}
		return reply
	}
	home := look("/formats", "lang=en", nil)
	for _, want := range []string{"Release 2.0", "in force", "600\u00a0per\u00a01\u00a0min", "trial-day", "/formats/releases/1.0.zip"} {
		if !bytes.Contains(home.Body, []byte(want)) {
			t.Errorf("/formats lacks %q (HTTP %d)", want, home.Status)
		}
	}
	if reply := look("/formats", "", http.Header{"Accept": {"application/json"}}); reply.Header.Get("Content-Type") != "application/json" {
		t.Errorf("asked for JSON, got %q", reply.Header.Get("Content-Type"))
	}
	if reply := look("/formats/no-such-page", "", nil); reply.Status != http.StatusNotFound {
		t.Errorf("a page that is not there: HTTP %d", reply.Status)
	}

	refused := look("/ext-bus-device-metering-service/services/DeviceMeteringAsync", "", nil)
	link := refused.Element("Rejection", "Link")
	_, path, ok := strings.Cut(link, "/formats/")
	if !ok || refused.Code != "client.missing" {
		t.Fatalf("a fault with code %q links to %q", refused.Code, link)
	}
	if reply := look("/formats/"+path, "", nil); reply.Status != http.StatusOK || !bytes.Contains(reply.Body, []byte(refused.Code)) {
		t.Errorf("%s: HTTP %d", link, reply.Status)
	}

	// What a caller says of the host is not published.
	reply, err := g.Session.Do(gatetest.Call{System: "housing", Method: http.MethodGet, Query: "wsdl"})
	if err != nil || !bytes.Contains(reply.Body, []byte("https://localhost:")) {
		t.Errorf("?wsdl: %v, %.300s", err, reply.Body)
	}
	config := bytes.Replace(soapgate.ExampleCaddyfile, []byte("public_url https://localhost:{$SOAPGATE_PORT:8443}"), []byte("public_url https://gate.example"), 1)
	if err := gatetest.Load(config); err != nil {
		t.Fatal(err)
	}
	reply, err = g.Session.Do(gatetest.Call{System: "housing", Method: http.MethodGet, Query: "wsdl"})
	if err != nil || !bytes.Contains(reply.Body, []byte("https://gate.example/ext-bus-device-metering-service/services/DeviceMeteringAsync")) {
		t.Errorf("?wsdl with a public address: %v, %.300s", err, reply.Body)
	}
	if err := gatetest.Load(bytes.Replace(config, []byte("https://gate.example"), []byte("gate.example"), 1)); err == nil || !strings.Contains(err.Error(), "public_url") {
		t.Errorf("an address without scheme: %v", err)
	}
}
