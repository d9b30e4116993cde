package gatetest_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pires/go-proxyproto"

	"github.com/soapgate/soapgate"
	"github.com/soapgate/soapgate/internal/gatetest"
)

// freePort returns a port that is free at the moment.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// edit changes the example's Caddyfile. What is replaced must be there.
func edit(t *testing.T, pairs ...string) []byte {
	t.Helper()
	config := soapgate.ExampleCaddyfile
	for i := 0; i < len(pairs); i += 2 {
		if !bytes.Contains(config, []byte(pairs[i])) {
			t.Fatalf("the Caddyfile has no %q", pairs[i])
		}
		config = bytes.Replace(config, []byte(pairs[i]), []byte(pairs[i+1]), 1)
	}
	return config
}

func load(t *testing.T, config []byte) {
	t.Helper()
	if err := gatetest.Load(config); err != nil {
		t.Fatal(err)
	}
}

// httpsClient connects as one of the world's systems; "" has no certificate.
func httpsClient(t *testing.T, w *gatetest.World, system string) *http.Client {
	t.Helper()
	roots := x509.NewCertPool()
	ca, err := os.ReadFile(w.Path("tls-ca.pem"))
	if err != nil || !roots.AppendCertsFromPEM(ca) {
		t.Fatalf("reading the CA: %v", err)
	}
	config := &tls.Config{RootCAs: roots, ServerName: "localhost"}
	if system != "" {
		pair, err := tls.LoadX509KeyPair(w.Path("systems", system+".pem"), w.Path("systems", system+"-key.pem"))
		if err != nil {
			t.Fatal(err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	tr := &http.Transport{TLSClientConfig: config}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: time.Minute}
}

// TestQuotaHandler guards a service that is not SOAP.
func TestQuotaHandler(t *testing.T) {
	g := start(t)
	read := make(chan string)
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/stream" {
			first := make([]byte, 5)
			_, _ = io.ReadFull(r.Body, first)
			read <- string(first)
		}
		n, _ := io.Copy(io.Discard, r.Body)
		fmt.Fprintf(w, "%s %d", r.Header.Get("Soapgate-Client"), n)
	}))
	defer backend.Close()
	port := freePort(t)
	config := edit(t, "rule organization-day {", `rule upload {
				key client
				bytes 1000B/day
				direction in
				services files
			}
			rule organization-day {`)
	config = append(config, fmt.Sprintf(`
https://localhost:%s {
	import tls
	soapgate_quota {
		service files
		rate_limit_fields
		language en
	}
	reverse_proxy %s
}
`, port, backend.Listener.Addr())...)
	load(t, config)
	w, url := g.Session.World, "https://localhost:"+port

	pr, pw := io.Pipe()
	go func() {
		_, _ = io.WriteString(pw, "first")
		if got := <-read; got == "first" {
			_, _ = io.WriteString(pw, "second") // only when the first part has arrived
		}
		_ = pw.Close()
	}()
	status, header, body := post(t, httpsClient(t, w, "housing"), url+"/stream", pr)
	if status != 200 || body != "housing 6" {
		t.Errorf("streaming: HTTP %d, %q", status, body)
	}
	for name, want := range map[string]string{
		"RateLimit-Policy": `"upload";q=1000;w=86400;qu="content-bytes"`, "RateLimit": `"requests";r=`,
	} {
		if got := header.Get(name); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q in it", name, got, want)
		}
	}
	for _, tt := range []struct {
		system, body string
		times        int
		status       int
		code         string
	}{
		{"housing", strings.Repeat("x", 990), 2, 429, "quota.bytes"}, // 11 + 990 + 990
		{"", "", 1, 403, "client.missing"},
		{"stranger", "", 1, 403, "client.unknown"},
		{"suspended", "", 1, 403, "client.suspended"},
		{"paced", "", 3, 429, "quota.rate"},
	} {
		t.Run(tt.code, func(t *testing.T) {
			c := httpsClient(t, w, tt.system)
			var status int
			var header http.Header
			var body string
			for range tt.times {
				status, header, body = post(t, c, url+"/", strings.NewReader(tt.body))
			}
			var problem struct{ Code, Title, Retry string }
			if err := json.Unmarshal([]byte(body), &problem); err != nil || problem.Title == "" {
				t.Fatalf("%v: %q", err, body)
			}
			if status != tt.status || problem.Code != tt.code {
				t.Errorf("HTTP %d, code %q, want %d, %q", status, problem.Code, tt.status, tt.code)
			}
			if wait := header.Get("Retry-After"); (wait != "") != (tt.status == 429) {
				t.Errorf("Retry-After: %q", wait)
			}
			if tt.status == 429 && header.Get("RateLimit") == "" {
				t.Error("a refusal by quota without RateLimit")
			}
		})
	}
}

func post(t *testing.T, c *http.Client, url string, body io.Reader) (int, http.Header, string) {
	t.Helper()
	resp, err := c.Post(url, "application/octet-stream", body)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(data)
}

// TestRateLimitFields reads them on faults and answers of a SOAP site.
func TestRateLimitFields(t *testing.T) {
	g := start(t)
	load(t, edit(t, "profile hcs", "profile hcs\n\t\trate_limit_fields\n\t\tquota_status 429"))
	for i, want := range []struct {
		status  int
		limit   string
		warning string
	}{
		{200, `"trial-pace";r=1;t=`, ""},
		{200, `"trial-pace";r=0;t=`, "trial-pace"},
		{429, `"trial-pace";r=0;t=`, "trial-pace"},
	} {
		reply := send(t, g, "paced")
		h := reply.Header
		if reply.Status != want.status || !strings.Contains(h.Get("RateLimit"), want.limit) ||
			!strings.Contains(h.Get("RateLimit-Policy"), `"trial-pace";q=2;w=60`) || h.Get("Soapgate-Near-Limit") != want.warning {
			t.Errorf("request %d: HTTP %d, %v", i+1, reply.Status, h)
		}
	}
}

// tlsVector is the value of a PP2_TYPE_SSL vector.
func tlsVector(version string, cert []byte) []byte {
	bits := byte(1)
	if cert != nil {
		bits |= 2
	}
	v := []byte{bits, 0, 0, 0, 0}
	add := func(kind byte, value []byte) {
		v = append(v, kind, byte(len(value)>>8), byte(len(value)))
		v = append(v, value...)
	}
	add(0x21, []byte(version))
	add(0x23, []byte("GOST2012-MAGMA-MAGMAOMAC"))
	add(0x22, []byte("housing"))
	if cert != nil {
		add(0x28, cert)
	}
	return v
}

// TestTerminator speaks PROXY protocol version 2 to the gate.
func TestTerminator(t *testing.T) {
	g := start(t)
	port := freePort(t)
	site := func(allow string) []byte {
		config := edit(t, "\tsoapgate {", "\tservers :"+port+" {\n\t\tlistener_wrappers {\n\t\t\tsoapgate_terminator {\n\t\t\t\tallow "+
			allow+"\n\t\t\t\ttimeout 2s\n\t\t\t}\n\t\t}\n\t}\n\tsoapgate {")
		return append(config, "\nhttp://localhost:"+port+" {\n\timport gate tls_min 1.2\n}\n"...)
	}
	load(t, site("127.0.0.0/8"))
	w := g.Session.World
	data, err := os.ReadFile(w.Path("systems", "housing.pem"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	m := w.Readings()
	body, err := w.Signed(m, "gost256")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		vector []byte // nil: none
		code   string
	}{
		{"TLS 1.2 and certificate", tlsVector("TLSv1.2", block.Bytes), ""},
		{"TLS 1.3 and certificate", tlsVector("TLSv1.3", block.Bytes), "authority.replay"},
		{"TLS 1.0", tlsVector("TLSv1", block.Bytes), "transport.tls_version"},
		{"a name is nobody", tlsVector("TLSv1.2", nil), "client.missing"},
		{"no TLS", nil, "transport.plain"},
		{"broken vector", []byte{1, 0, 0}, "transport.terminator"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := proxyproto.HeaderProxyFromAddrs(2, &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 4000}, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1})
			if tt.vector != nil {
				if err := h.SetTLVs([]proxyproto.TLV{{Type: proxyproto.PP2_TYPE_SSL, Value: tt.vector}}); err != nil {
					t.Fatal(err)
				}
			}
			reply := speak(t, port, h, m, body)
			if !strings.Contains(reply, tt.code) || tt.code == "" && !strings.Contains(reply, "AckRequest") {
				t.Errorf("want %q, got %.600s", tt.code, reply)
			}
		})
	}
	if reply := speak(t, port, nil, m, nil); strings.Contains(reply, "Envelope") {
		t.Errorf("without a header: %.300s", reply)
	}
	// One who never sends his header keeps nobody else waiting, in whatever
	// order the listeners are wrapped.
	patient := bytes.Replace(site("127.0.0.0/8"), []byte("timeout 2s\n\t\t\t}\n"), []byte("timeout 5m\n\t\t\t}\n\t\t\tsoapgate_connections {\n\t\t\t}\n"), 1)
	load(t, patient)
	silent, err := net.Dial("tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	plain := proxyproto.HeaderProxyFromAddrs(2, &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 4000}, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1})
	if reply := speak(t, port, plain, m, body); !strings.Contains(reply, "transport.plain") {
		t.Errorf("behind one who is silent: %.300s", reply)
	}
	load(t, site("192.0.2.1"))
	h := proxyproto.HeaderProxyFromAddrs(2, &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 4000}, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1})
	if reply := speak(t, port, h, m, nil); strings.Contains(reply, "HTTP/") {
		t.Errorf("from somebody who is no terminator: %.300s", reply)
	}
}

// speak sends a request behind a header, along with fields that only a
// terminator may set, and returns what comes back.
func speak(t *testing.T, port string, h *proxyproto.Header, m gatetest.Message, body []byte) string {
	t.Helper()
	conn, err := net.Dial("tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	if h != nil {
		_, _ = h.WriteTo(conn)
	}
	req, err := http.NewRequest(http.MethodPost, "http://localhost:"+port+m.Path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{
		"Content-Type": {"text/xml; charset=utf-8"}, "SOAPAction": {`"` + m.Action + `"`}, "X-Ssl-Protocol": {"TLSv1.3"},
	}
	_ = req.Write(conn)
	resp, err := http.ReadResponse(bufio.NewReader(conn), req)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	data, _ := io.ReadAll(resp.Body)
	return resp.Proto + "\n" + string(data)
}
