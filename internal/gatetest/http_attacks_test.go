package gatetest_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest"
	"github.com/soapgate/soapgate/internal/gatetest/data"
)

// TestHTTPAttacks goes through the attack classes of HTTP and of limits, by
// number: of each what is refused, what comes close and passes, and what it
// costs at most.
func TestHTTPAttacks(t *testing.T) {
	g := start(t)
	load(t, edit(t, "profile hcs", "profile hcs\n\t\tgzip", "rate 600/1m", "rate 60000/1m", "burst 60", "burst 6000"))
	for _, row := range []struct {
		number int
		name   string
		run    func(*testing.T, *gatetest.Running)
		// beside are tests of the same class elsewhere.
		beside string
	}{
		{62, "framing", attackFraming, ""},
		{64, "HTTP/2 floods", attackStreams, ""},
		{65, "content codings", attackCodings, "gate TestGzip"},
		{66, "long certificates", attackCertificates, ""},
		{67, "variants of a key", attackVariants, "quota TestVectors evasion-*"},
		{68, "another's limit", attackPoisoning, "quota TestVectors poisoning-*"},
		{69, "names without end", attackNames, "quota TestFlood_keys"},
		{70, "expensive refusals", attackExpense, "quota TestVectors expensive-*"},
		{71, "coming back together", attackReturn, "quota TestRetryAfter_spread"},
		{72, "spoofed fields", attackFields, ""},
		{73, "administration", attackAdmin, ""},
		{74, "the system's answer", nil, "TestAnswers"},
		{75, "media types", attackTypes, "soap TestCheckHTTP"},
		{63, "slow senders", attackSlowness, ""}, // last: its deadlines are short
	} {
		if row.run != nil {
			t.Run(fmt.Sprintf("%d %s", row.number, row.name), func(t *testing.T) { row.run(t, g) })
		}
	}
}

// dial connects to the main site as a system, by HTTP/1.1 unless told
// otherwise.
func dial(t *testing.T, g *gatetest.Running, config *tls.Config) (*tls.Conn, error) {
	t.Helper()
	own := httpsClient(t, g.Session.World, "housing").Transport.(*http.Transport).TLSClientConfig
	if config == nil {
		config = new(tls.Config)
	}
	config.RootCAs, config.ServerName = own.RootCAs, "localhost"
	if config.Certificates == nil {
		config.Certificates = own.Certificates
	}
	conn, err := tls.Dial("tcp", net.JoinHostPort("localhost", strconv.Itoa(g.Session.Ports[gatetest.Main])), config)
	if err == nil {
		t.Cleanup(func() { conn.Close() })
		_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	}
	return conn, err
}

// speakRaw sends bytes as they are and returns all that comes back until the
// gate closes the connection.
func speakRaw(t *testing.T, g *gatetest.Running, text string) (answers []string) {
	t.Helper()
	conn, err := dial(t, g, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(conn, text)
	r := bufio.NewReader(conn)
	for {
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			if e, ok := err.(net.Error); ok && e.Timeout() {
				t.Error("the connection was not closed")
			}
			return answers
		}
		body, _ := io.ReadAll(resp.Body)
		answers = append(answers, fmt.Sprintf("%d %s", resp.StatusCode, body))
	}
}

func attackFraming(t *testing.T, g *gatetest.Running) {
	body := func() string { m := g.Session.World.State(gatetest.Done); return string(m.Envelope()) }
	head := "POST " + gatetest.MeteringPath + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml; charset=utf-8\r\nSOAPAction: \"urn:getState\"\r\n"
	chunks := func(end string) string {
		b := body()
		return fmt.Sprintf("%x%s%s\r\n0\r\n\r\n", len(b), end, b)
	}
	length := fmt.Sprintf("Content-Length: %d\r\n", len(body()))
	const smuggled = "GET /smuggled HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
	for _, tt := range []struct {
		name, text string
		status     string // of the first answer
		reached    int    // requests that reach the system
	}{
		{"good", head + "Connection: close\r\n" + length + "\r\n" + body(), "200", 1},
		{"good chunks", head + "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks("\r\n"), "200", 1},
		{"the same length twice", head + "Connection: close\r\n" + length + length + "\r\n" + body(), "200", 1},
		{"two lengths", head + length + "Content-Length: 5\r\n\r\n" + body() + smuggled, "400", 0},
		{"a list of lengths", head + "Content-Length: 5, 5\r\n\r\n" + body() + smuggled, "400", 0},
		{"signed length", head + "Content-Length: +5\r\n\r\n" + body() + smuggled, "400", 0},
		{"negative length", head + "Content-Length: -5\r\n\r\n" + body() + smuggled, "400", 0},
		{"folded length", head + "Content-Length: 5\r\n 0\r\n\r\n" + body() + smuggled, "400", 0},
		{"blank before the colon", head + "Transfer-Encoding : chunked\r\n\r\n" + chunks("\r\n") + smuggled, "400", 0},
		{"unknown coding", head + "Transfer-Encoding: xchunked\r\n\r\n" + chunks("\r\n") + smuggled, "501", 0},
		{"two codings", head + "Transfer-Encoding: chunked, identity\r\n\r\n" + chunks("\r\n") + smuggled, "501", 0},
		{"coding twice", head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n" + chunks("\r\n") + smuggled, "501", 0},
		{"bare LF after a chunk's size", head + "Transfer-Encoding: chunked\r\n\r\n" + chunks("\n") + smuggled, "500 http.length", 0},
		{"bare LF in an extension", head + "Transfer-Encoding: chunked\r\n\r\n" + chunks(";a\nb\r\n") + smuggled, "500 http.length", 0},
		{"two hosts", head + "Host: other\r\n" + length + "\r\n" + body() + smuggled, "400", 0},
		{"NUL in a field", head + "X: a\x00b\r\n" + length + "\r\n" + body() + smuggled, "400", 0},
		// RFC 9112 6.3: the coding decides. What follows is a request of its
		// own, judged as one; the system gets the gate's own framing.
		{"length and coding", head + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks("\r\n") + smuggled, "200", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := g.Session.Backend.Count()
			answers := speakRaw(t, g, tt.text)
			status, code, _ := strings.Cut(tt.status, " ")
			if len(answers) == 0 || !strings.HasPrefix(answers[0], status+" ") || !strings.Contains(answers[0], code) {
				t.Fatalf("got %.600q, want HTTP %s", answers, tt.status)
			}
			for _, a := range answers[1:] {
				if tt.reached == 0 || !strings.Contains(a, "http.method") {
					t.Errorf("what was smuggled is answered: %.300s", a)
				}
			}
			if n := g.Session.Backend.Count() - before; n != tt.reached {
				t.Errorf("%d requests reached the system, want %d", n, tt.reached)
			}
			if h := g.Session.Backend.Last(); tt.reached == 1 && (h.Header.Get("Content-Length") != strconv.Itoa(len(h.Body)) || h.Header.Get("Transfer-Encoding") != "") {
				t.Errorf("framing to the system: %v", h.Header)
			}
		})
	}
}

// frame writes an HTTP/2 frame (RFC 9113 4.1).
func frame(w io.Writer, kind, flags byte, stream uint32, payload []byte) error {
	head := []byte{byte(len(payload) >> 16), byte(len(payload) >> 8), byte(len(payload)), kind, flags}
	_, err := w.Write(append(binary.BigEndian.AppendUint32(head, stream), payload...))
	return err
}

func attackStreams(t *testing.T, g *gatetest.Running) {
	conn, err := dial(t, g, &tls.Config{NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	if p := conn.ConnectionState().NegotiatedProtocol; p != "h2" {
		t.Fatalf("speaks %q", p)
	}
	_, _ = io.WriteString(conn, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	_ = frame(conn, 4, 0, 0, nil) // SETTINGS; below 1 is HEADERS and 9 CONTINUATION
	var head [9]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil || head[3] != 4 {
		t.Fatalf("no settings: %v, %v", err, head)
	}
	settings := make([]byte, int(head[1])<<8|int(head[2]))
	if _, err := io.ReadFull(conn, settings); err != nil {
		t.Fatal(err)
	}
	streams := uint32(1 << 31)
	for s := range slices.Chunk(settings, 6) {
		if binary.BigEndian.Uint16(s) == 3 { // SETTINGS_MAX_CONCURRENT_STREAMS
			streams = binary.BigEndian.Uint32(s[2:])
		}
	}
	if streams > 250 {
		t.Errorf("%d streams at once", streams)
	}
	// CVE-2023-45288: a header that goes on and on.
	go func() { _, _ = io.Copy(io.Discard, conn) }()
	// A literal of 4000 bytes (RFC 7541 5.1, 6.2.2), four to a frame.
	field := append([]byte{0, 1, 'x', 127, 0x80 | 0x21, 30}, bytes.Repeat([]byte("a"), 127+0x21+30<<7)...)
	field = bytes.Repeat(field, 4)
	sent, err := 0, frame(conn, 1, 0, 1, []byte{0x82, 0x84, 0x87})
	for ; err == nil && sent < 256<<20; sent += len(field) {
		err = frame(conn, 9, 0, 1, field)
	}
	if err == nil {
		t.Errorf("%d bytes of header were taken", sent)
	}

	c := httpsClient(t, g.Session.World, "housing")
	c.Transport.(*http.Transport).ForceAttemptHTTP2 = true
	m := g.Session.World.State(gatetest.Done)
	site := fmt.Sprintf("https://localhost:%d", g.Session.Ports[gatetest.Main])
	req, err := http.NewRequest(http.MethodPost, site+m.Path, bytes.NewReader(m.Envelope()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"Content-Type": {"text/xml; charset=utf-8"}, "Soapaction": {`"` + m.Action + `"`}, "X-Long": {strings.Repeat("a", 4000)}}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.ProtoMajor != 2 || resp.StatusCode != http.StatusOK {
		t.Errorf("a good message over HTTP/2: %s %d", resp.Proto, resp.StatusCode)
	}
}

func packed(t *testing.T, body []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	if _, err := z.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// untouched fails if a request reaches the system.
func untouched(t *testing.T, g *gatetest.Running) {
	before := g.Session.Backend.Count()
	t.Cleanup(func() {
		if n := g.Session.Backend.Count() - before; n != 0 {
			t.Errorf("%d requests reached the system", n)
		}
	})
}

func attackCodings(t *testing.T, g *gatetest.Running) {
	m := g.Session.World.State(gatetest.Done)
	good := m.Envelope()
	bomb := packed(t, make([]byte, 128<<20))
	g.Session.Backend.Instead(respond(200, "text/xml", ack)) // it does not unpack
	defer g.Session.Backend.Instead(nil)
	for _, tt := range []struct {
		name, coding string
		body         []byte
		code         string
	}{
		{"gzip", "gzip", packed(t, good), ""},
		{"bomb", "gzip", bomb, "http.too_large"},
		{"bomb in a bomb", "gzip", packed(t, bomb), "xml.character"},
		{"twice", "gzip, gzip", packed(t, packed(t, good)), "http.encoding"},
		{"unknown", "br", good, "http.encoding"},
		{"deflate", "deflate", good, "http.encoding"},
		{"of a parameter", "gzip;q=1", packed(t, good), "http.encoding"},
		{"none, and packed", "identity", packed(t, good), "xml.character"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.code != "" {
				untouched(t, g)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			reply, err := g.Session.Do(gatetest.Call{System: "housing", Action: "urn:getState", Header: http.Header{"Content-Encoding": {tt.coding}}, Body: tt.body})
			runtime.ReadMemStats(&after)
			if err != nil || reply.Code != tt.code {
				t.Fatalf("%v, got %q, want %q: %.300s", err, reply.Code, tt.code, reply.Body)
			}
			if tt.code == "" && !bytes.Equal(g.Session.Backend.Last().Body, tt.body) {
				t.Error("the system got something else")
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 24<<20 && !data.Race {
				t.Errorf("%d bytes allocated", n)
			}
		})
	}
}

func attackCertificates(t *testing.T, g *gatetest.Running) {
	w := g.Session.World
	for _, tt := range []struct {
		extra   int
		refused bool
	}{{1000, false}, {300_000, true}} {
		pair, err := tls.LoadX509KeyPair(w.Path("systems", "housing.pem"), w.Path("systems", "housing-key.pem"))
		if err != nil {
			t.Fatal(err)
		}
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: strings.Repeat("x", tt.extra)}, NotAfter: time.Now().Add(time.Hour)}
		der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		pair.Certificate = append(pair.Certificate, der)
		conn, err := dial(t, g, &tls.Config{Certificates: []tls.Certificate{pair}})
		if err == nil { // the client of TLS 1.3 is done before the server is
			_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
			_, err = http.ReadResponse(bufio.NewReader(conn), nil)
		}
		if (err != nil) != tt.refused {
			t.Errorf("a chain with %d bytes more: %v", tt.extra, err)
		}
	}
}

func attackFields(t *testing.T, g *gatetest.Running) {
	spoofed := http.Header{"X-Harmless": {"kept"}}
	for _, name := range []string{
		"Soapgate-Client", "Soapgate-Organization", "Soapgate-Signer", "Soapgate-Observed", "Soapgate-New",
		"Client-Cert", "Client-Cert-Chain", "X-Ssl-Client-Escaped-Cert", "X-Ssl-Protocol", "X-Client-Cert-Fingerprint", "X-Forwarded-For",
		"soapgate-client", "SOAPGATE-CLIENT", "Soapgate_Client", "X_Client_Cert_Fingerprint",
	} {
		spoofed[name] = []string{"spoofed"}
	}
	m := g.Session.World.State(gatetest.Done)
	reply, err := g.Session.Do(gatetest.Call{System: "housing", Action: m.Action, Header: spoofed, Body: m.Envelope()})
	if err != nil || reply.Code != "" {
		t.Fatalf("%v: got %q", err, reply.Code)
	}
	h := g.Session.Backend.Last().Header
	for name, values := range h {
		if slices.Contains(values, "spoofed") {
			t.Errorf("%s: %q reached the system", name, values)
		}
	}
	if h.Get("Soapgate-Client") != "housing" || len(h["Soapgate-Client"]) != 1 || h.Get("X-Harmless") != "kept" {
		t.Errorf("the system got %v", h)
	}
}

func attackAdmin(t *testing.T, g *gatetest.Running) {
	untouched(t, g)
	for _, path := range []string{"/config/", "/load", "/soapgate/clients", "/metrics", "/debug/pprof/"} {
		reply, err := g.Session.Do(gatetest.Call{System: "housing", Path: path, Action: "urn:x", Body: []byte("{}"), Type: "application/json"})
		if err != nil || reply.Code == "" {
			t.Errorf("%s on the site: %v, HTTP %d %.200s", path, err, reply.Status, reply.Body)
		}
	}
	for _, tt := range []struct {
		name, host, origin, fetch string
		status                    int
	}{
		{"a tool's", "", "", "", 200},
		{"rebound name", "evil.example", "", "", 403},
		{"a page's", "", "https://evil.example", "", 403},
		{"a page's, without origin", "", "", "no-cors", 400},
	} {
		req, err := http.NewRequest(http.MethodGet, "http://"+g.Admin+"/soapgate/clients", nil)
		if err != nil {
			t.Fatal(err)
		}
		if req.Host = tt.host; tt.host == "" {
			req.Host = g.Admin
		}
		for name, value := range map[string]string{"Origin": tt.origin, "Sec-Fetch-Mode": tt.fetch} {
			if value != "" {
				req.Header.Set(name, value)
			}
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != tt.status {
			t.Errorf("%s request: HTTP %d, want %d", tt.name, resp.StatusCode, tt.status)
		}
	}
}

func attackTypes(t *testing.T, g *gatetest.Running) {
	for _, typ := range []string{
		"application/json", "text/plain", "application/xml", "text/*", "*/*", "text/xml, application/json", "text/xmlx",
		"multipart/form-data; boundary=b", "application/x-www-form-urlencoded", "application/octet-stream", "text/xml;;",
	} {
		before := g.Session.Backend.Count()
		m := g.Session.World.State(gatetest.Done)
		reply, err := g.Session.Do(gatetest.Call{System: "housing", Type: typ, Action: m.Action, Body: m.Envelope()})
		if err != nil || reply.Code != "http.media_type" || reply.Status != http.StatusUnsupportedMediaType || g.Session.Backend.Count() != before {
			t.Errorf("%s: %v, HTTP %d, %q", typ, err, reply.Status, reply.Code)
		}
	}
	m := g.Session.World.State(gatetest.Done)
	reply, err := g.Session.Do(gatetest.Call{System: "housing", Type: `Text/XML ; charset="UTF-8"`, Action: m.Action, Body: m.Envelope()})
	if err != nil || reply.Code != "" {
		t.Errorf("the right type, written otherwise: %v, %q", err, reply.Code)
	}
}

func attackSlowness(t *testing.T, g *gatetest.Running) {
	untouched(t, g)
	for _, want := range []string{`"read_header_timeout":`, `"read_timeout":`, `"idle_timeout":`} {
		if !strings.Contains(get(t, "http://"+g.Admin+"/config/apps/http/servers"), want) {
			t.Errorf("the example has no %s", want)
		}
	}
	load(t, edit(t, "read_header 10s", "read_header 200ms", "read_body 2m", "read_body 400ms"))
	head := "POST " + gatetest.MeteringPath + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml; charset=utf-8\r\nSOAPAction: \"urn:getState\"\r\n"
	for name, text := range map[string]string{
		"header": head + "X-Slow: ",
		"body":   head + "Content-Length: 1000\r\n\r\n<soap:",
		"chunk":  head + "Transfer-Encoding: chunked\r\n\r\n3e8\r\n<soap:",
	} {
		t.Run(name, func(t *testing.T) {
			for _, a := range speakRaw(t, g, text) { // returns when the gate has closed
				if strings.HasPrefix(a, "200 ") {
					t.Errorf("accepted: %.200s", a)
				}
			}
		})
	}
}
