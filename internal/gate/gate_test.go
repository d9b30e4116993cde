package gate_test

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/client"
	"github.com/soapgate/soapgate/internal/gate"
	"github.com/soapgate/soapgate/internal/gatetest"
	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/gatetest/oneworld"
	"github.com/soapgate/soapgate/internal/profile"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmlsig/sign"
)

func TestMain(m *testing.M) { oneworld.Main(m) }

// request makes a message a request over TLS by the given system.
func request(tb testing.TB, w *gatetest.World, system string, m gatetest.Message, body []byte) *gate.Request {
	tb.Helper()
	text, err := os.ReadFile(w.Path("systems", system+".pem"))
	if err != nil {
		tb.Fatal(err)
	}
	block, _ := pem.Decode(text)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		tb.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "https://localhost"+m.Path, bytes.NewReader(body))
	r.Header.Set("Content-Type", "text/xml; charset=utf-8")
	r.Header.Set("SOAPAction", `"`+m.Action+`"`)
	r.TLS = &tls.ConnectionState{
		Version: tls.VersionTLS13, HandshakeComplete: true,
		PeerCertificates: []*x509.Certificate{cert}, VerifiedChains: [][]*x509.Certificate{{cert}},
	}
	addr := netip.MustParseAddr("192.0.2.1")
	return &gate.Request{ID: "test", Received: time.Now(), HTTP: r, Address: addr, Peer: addr}
}

func signed(tb testing.TB, w *gatetest.World) (gatetest.Message, []byte) {
	tb.Helper()
	m := w.Readings()
	body, err := w.Signed(m, "gost256")
	if err != nil {
		tb.Fatal(err)
	}
	return m, body
}

func TestCheck_reportsEveryStage(t *testing.T) {
	w, c := oneworld.Get(t)
	g, err := gate.New(c)
	if err != nil {
		t.Fatal(err)
	}
	m, body := signed(t, w)
	rep := g.Check(t.Context(), request(t, w, "housing", m, body))
	defer rep.Release(0)
	if rep.Rejection != nil {
		t.Fatal(rep.Rejection)
	}
	var got []string
	for _, v := range rep.Verdicts {
		got = append(got, v.Stage.String()+" "+v.Outcome.String())
	}
	want := "transport passed,client passed,quota passed,http passed,xml passed,soap passed,format passed,quota passed," +
		"schema passed,signature passed,certificate passed,authority passed,quota passed,authority passed"
	if strings.Join(got, ",") != want {
		t.Errorf("verdicts:\n%s\nwant\n%s", strings.Join(got, ","), want)
	}
	if !bytes.Equal(rep.Body(), body) {
		t.Error("the body to forward is not the one that came")
	}
	if rep.Message.Client != "housing" || rep.Message.Operation != "importMeteringDeviceValues" ||
		rep.Message.Release != "2.0" || len(rep.Message.Signer) != 64 || rep.Message.Organization == "" {
		t.Errorf("message: %+v", rep.Message)
	}
}

func TestModes(t *testing.T) {
	for _, tc := range []struct {
		name    string
		set     func(*gate.Config)
		verdict string
		code    string
	}{
		{"enforce", func(*gate.Config) {}, "refused", "schema.invalid"},
		{"observe", func(c *gate.Config) {
			c.Modes[reject.Schema], c.Modes[reject.Signature] = gate.Observe, gate.Observe
			c.Modes[reject.Certificate], c.Modes[reject.Authority] = gate.Observe, gate.Observe
		}, "observed", "schema.invalid"},
		{"off", func(c *gate.Config) {
			c.Modes[reject.Schema], c.Modes[reject.Signature] = gate.Off, gate.Off
			c.Modes[reject.Certificate], c.Modes[reject.Authority] = gate.Off, gate.Off
		}, "passed", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w, c := oneworld.Get(t)
			tc.set(&c)
			g, err := gate.New(c)
			if err != nil {
				t.Fatal(err)
			}
			m := w.Readings()
			body := bytes.Replace(m.Envelope(), []byte("69.0000000"), []byte("plenty"), 1)
			rep := g.Check(t.Context(), request(t, w, "housing", m, body))
			defer rep.Release(0)
			if verdict, _, code := rep.Summary(); verdict != tc.verdict || code != tc.code {
				t.Errorf("got %s %s, want %s %s", verdict, code, tc.verdict, tc.code)
			}
		})
	}
}

// TestObserve lets each stage pass what it would refuse: the stages behind
// must still find what they need.
func TestObserve(t *testing.T) {
	for _, tc := range []struct {
		stage reject.Stage
		code  string
		spoil func(r *http.Request, body []byte) []byte
	}{
		{reject.Transport, "transport.http_version", func(r *http.Request, body []byte) []byte {
			r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/1.0", 1, 0
			return body
		}},
		{reject.Client, "client.missing", func(r *http.Request, body []byte) []byte {
			r.TLS.PeerCertificates, r.TLS.VerifiedChains = nil, nil
			return body
		}},
		{reject.HTTP, "http.media_type", func(r *http.Request, body []byte) []byte {
			r.Header.Set("Content-Type", "text/plain")
			return body
		}},
		{reject.Format, "format.retired", func(_ *http.Request, body []byte) []byte {
			return bytes.Replace(body, []byte(`base:version="10.0.1.1"`), []byte(`base:version="9.0.1.1"`), 1)
		}},
	} {
		t.Run(tc.stage.String(), func(t *testing.T) {
			for _, mode := range []gate.Mode{gate.Observe, gate.Enforce} {
				w, c := oneworld.Get(t)
				c.Modes[tc.stage] = mode
				for _, s := range []reject.Stage{reject.Schema, reject.Signature, reject.Certificate, reject.Authority} {
					c.Modes[s] = gate.Observe
				}
				g, err := gate.New(c)
				if err != nil {
					t.Fatal(err)
				}
				m, body := signed(t, w)
				req := request(t, w, "housing", m, body)
				body = tc.spoil(req.HTTP, body)
				req.HTTP.Body = io.NopCloser(bytes.NewReader(body))
				rep := g.Check(t.Context(), req)
				verdict, _, code := rep.Summary()
				if want := map[gate.Mode]string{gate.Observe: "observed", gate.Enforce: "refused"}[mode]; verdict != want || code != tc.code {
					t.Errorf("got %s %s, want %s %s: %v", verdict, code, want, tc.code, rep.Rejection)
				}
				rep.Release(0)
			}
		})
	}
}

// TestPanic shows that a bug refuses one request and opens nothing.
func TestPanic(t *testing.T) {
	w, c := oneworld.Get(t)
	c.Modes[reject.Client] = gate.Observe
	c.Clients = func() *client.Registry { panic("a bug") }
	g, err := gate.New(c)
	if err != nil {
		t.Fatal(err)
	}
	m, body := signed(t, w)
	rep := g.Check(t.Context(), request(t, w, "housing", m, body))
	defer rep.Release(0)
	if verdict, _, code := rep.Summary(); verdict != "refused" || code != "forward.internal" {
		t.Errorf("got %s %s", verdict, code)
	}
}

// TestSignedThoughUnsignedWillDo refuses a broken signature even where none is
// needed.
func TestSignedThoughUnsignedWillDo(t *testing.T) {
	w, c := oneworld.Get(t)
	c.Modes[reject.Schema] = gate.Off
	g, err := gate.New(c)
	if err != nil {
		t.Fatal(err)
	}
	m := w.State(gatetest.NewGUID())
	plain := m.Envelope()
	odd := bytes.Replace(plain, []byte("<base:getStateRequest>"),
		[]byte(`<base:getStateRequest><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>`), 1)
	for _, tc := range []struct {
		body []byte
		want string
	}{{plain, ""}, {odd, "signature.format"}} {
		rep := g.Check(t.Context(), request(t, w, "housing", m, tc.body))
		if _, _, code := rep.Summary(); code != tc.want {
			t.Errorf("got %q, want %q: %v", code, tc.want, rep.Rejection)
		}
		rep.Release(0)
	}
}

func TestNew_refusesContradictions(t *testing.T) {
	for _, tc := range []struct {
		name, want string
		set        func(*gate.Config)
	}{
		{"xml observed", "stage xml always enforces", func(c *gate.Config) { c.Modes[reject.XML] = gate.Observe }},
		{"fields of any kind", "terminator_sources is missing", func(c *gate.Config) {
			c.Terminators = []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}
		}},
		{"soap off", "stage soap always enforces", func(c *gate.Config) { c.Modes[reject.SOAP] = gate.Off }},
		{"authority without signature", "stage authority can enforce only where signature does", func(c *gate.Config) { c.Modes[reject.Signature] = gate.Off }},
		{"suite", `unknown algorithm suite "md5"`, func(c *gate.Config) { c.Suites = []string{"md5"} }},
		{"no release", "there is no format release", func(c *gate.Config) { c.Releases = nil }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, c := oneworld.Get(t)
			tc.set(&c)
			if _, err := gate.New(c); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

// TestFailClosed gives the gate a store that fails: an error that is no
// rejection refuses, even where the stage only observes.
func TestFailClosed(t *testing.T) {
	w, c := oneworld.Get(t)
	c.Modes[reject.HTTP] = gate.Observe
	g, err := gate.New(c)
	if err != nil {
		t.Fatal(err)
	}
	m, body := signed(t, w)
	req := request(t, w, "housing", m, body)
	req.HTTP.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body[:100]), broken{}))
	rep := g.Check(t.Context(), req)
	defer rep.Release(0)
	if rep.Rejection == nil {
		t.Fatal("a body that could not be read passed")
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("connection lost") }

// TestForwardFailure shows that what could not be delivered may come again.
func TestForwardFailure(t *testing.T) {
	w, c := oneworld.Get(t)
	g, err := gate.New(c)
	if err != nil {
		t.Fatal(err)
	}
	m, body := signed(t, w)
	for i, undelivered := range []bool{true, false, false} {
		rep := g.Check(t.Context(), request(t, w, "housing", m, body))
		if _, _, code := rep.Summary(); (code == "authority.replay") != (i == 2) {
			t.Errorf("request %d: got %q", i+1, code)
		}
		if undelivered {
			rep.Fail(reject.New(reject.ForwardUnreachable), 0)
		}
		rep.Release(0)
	}
}

// TestProfileWSS has messages signed by WS-Security instead of XAdES.
func TestProfileWSS(t *testing.T) {
	w, c := oneworld.Get(t)
	c.Profile, _ = profile.Lookup("wss")
	g, err := gate.New(c)
	if err != nil {
		t.Fatal(err)
	}
	m := w.Readings()
	by := w.Signers["gost256"]
	signer := sign.Signer{Key: by.Key.Signer, Certificate: by.Certificate, Time: time.Now()}
	good, err := signer.WSS(m.Envelope(), sign.Security{Lifetime: 5 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		body []byte
		want string
	}{
		{"signed", good, ""},
		{"unsigned", m.Envelope(), "signature.security_header"},
		{"changed", bytes.Replace(good, []byte("69.0000000"), []byte("69.0000001"), 1), "signature.digest"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rep := g.Check(t.Context(), request(t, w, "housing", m, tc.body))
			defer rep.Release(0)
			if _, _, code := rep.Summary(); code != tc.want {
				t.Errorf("got %q, want %q: %v", code, tc.want, rep.Rejection)
			}
		})
	}
}

// TestGzip has compressed messages expanded for the stages and forwarded as
// they came, and bombs refused.
func TestGzip(t *testing.T) {
	w, c := oneworld.Get(t)
	c.SOAP.Gzip, c.MaxBody = true, 1<<20
	g, err := gate.New(c)
	if err != nil {
		t.Fatal(err)
	}
	m, body := signed(t, w)
	packed := compressed(t, body)
	for _, tc := range []struct {
		name string
		body []byte
		want string
	}{
		{"message", packed, ""},
		{"bomb", compressed(t, bytes.Repeat([]byte(" "), 8<<20)), "http.too_large"},
		{"cut off", packed[:len(packed)-9], "http.length"},
		{"second member", append(bytes.Clone(packed), packed...), "http.length"},
		{"not compressed", body, "http.length"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			req := request(t, w, "housing", m, tc.body)
			req.HTTP.Header.Set("Content-Encoding", "gzip")
			rep := g.Check(t.Context(), req)
			defer rep.Release(0)
			if _, _, code := rep.Summary(); code != tc.want {
				t.Errorf("got %q, want %q: %v", code, tc.want, rep.Rejection)
			}
			if tc.want == "" && !bytes.Equal(rep.Body(), tc.body) {
				t.Error("the body to forward is not the one that came")
			}
		})
	}
}

func compressed(t *testing.T, data []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// TestAttachments has a message in a package of SOAP with Attachments.
func TestAttachments(t *testing.T) {
	for _, accepted := range []bool{true, false} {
		w, c := oneworld.Get(t)
		c.SOAP.Attachments = accepted
		g, err := gate.New(c)
		if err != nil {
			t.Fatal(err)
		}
		m, body := signed(t, w)
		packed := []byte("--b\r\nContent-Type: text/xml; charset=utf-8\r\nContent-ID: <root>\r\n\r\n" + string(body) + "\r\n--b--\r\n")
		req := request(t, w, "housing", m, packed)
		req.HTTP.Header.Set("Content-Type", `multipart/related; type="text/xml"; start="<root>"; boundary=b`)
		rep := g.Check(t.Context(), req)
		_, _, code := rep.Summary()
		if accepted && code != "" || !accepted && code != "http.media_type" {
			t.Errorf("accepted %v: got %q: %v", accepted, code, rep.Rejection)
		}
		rep.Release(0)
	}
}

// BenchmarkCheck is the whole way of a signed message, with a known signer.
func BenchmarkCheck(b *testing.B) {
	w, c := oneworld.Get(b)
	c.Replay = nil
	g, err := gate.New(c)
	if err != nil {
		b.Fatal(err)
	}
	m, body := signed(b, w)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		rep := g.Check(b.Context(), request(b, w, "housing", m, body))
		if rep.Rejection != nil {
			b.Fatal(rep.Rejection)
		}
		rep.Release(0)
	}
}

// TestAllocations bounds what an accepted message costs the collector.
func TestAllocations(t *testing.T) {
	data.CountAllocations(t)
	w, c := oneworld.Get(t)
	c.Replay = nil
	g, err := gate.New(c)
	if err != nil {
		t.Fatal(err)
	}
	m, body := signed(t, w)
	req := request(t, w, "housing", m, body)
	n := testing.AllocsPerRun(100, func() {
		req.HTTP.Body = io.NopCloser(bytes.NewReader(body))
		rep := g.Check(t.Context(), req)
		if rep.Rejection != nil {
			t.Fatal(rep.Rejection)
		}
		rep.Release(0)
	})
	if n > 300 {
		t.Errorf("an accepted message allocates %v times, want at most 300", n)
	}
	t.Logf("allocations: %v", n)
}
