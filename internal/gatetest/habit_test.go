package gatetest_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest"
)

// TestHabits sends a good message in the ways that HTTP clients of SOAP
// libraries do, all over one connection: .NET asks with Expect, streaming
// clients send chunks, most keep the connection.
func TestHabits(t *testing.T) {
	g := start(t)
	w := g.Session.World
	pair, err := tls.LoadX509KeyPair(w.Path("systems", "housing.pem"), w.Path("systems", "housing-key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(w.Path("tls-ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}}, ExpectContinueTimeout: 10 * time.Second,
	}}
	for i, habit := range []struct {
		name   string
		change func(*http.Request)
	}{
		{"plain", func(*http.Request) {}},
		{"chunked", func(r *http.Request) { r.ContentLength = -1 }},
		{"Expect: 100-continue", func(r *http.Request) { r.Header.Set("Expect", "100-continue") }},
		{"both", func(r *http.Request) { r.ContentLength = -1; r.Header.Set("Expect", "100-continue") }},
		{"accepts gzip", func(r *http.Request) { r.Header.Set("Accept-Encoding", "gzip, deflate") }},
		{"unquoted charset in capitals", func(r *http.Request) { r.Header.Set("Content-Type", "text/xml;charset=UTF-8") }},
	} {
		t.Run(habit.name, func(t *testing.T) {
			m := w.State(gatetest.Done)
			url := fmt.Sprintf("https://localhost:%d%s", g.Session.Ports[gatetest.Main], m.Path)
			reused := false
			ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) { reused = c.Reused }})
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, io.NopCloser(bytes.NewReader(m.Envelope())))
			if err != nil {
				t.Fatal(err)
			}
			r.ContentLength = int64(len(m.Envelope()))
			r.Header.Set("Content-Type", "text/xml; charset=utf-8")
			r.Header.Set("SOAPAction", `"urn:getState"`)
			habit.change(r)
			resp, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), "getStateResult") {
				t.Errorf("HTTP %d, %v\n%s", resp.StatusCode, err, body)
			}
			if i > 0 && !reused {
				t.Error("the connection was not kept")
			}
		})
	}
}
