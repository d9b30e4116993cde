package gatetest_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/soapgate/soapgate/internal/gatetest"
)

// h2conn speaks HTTP/2 as badly as it is told to.
type h2conn struct {
	*http2.Framer
	*tls.Conn
	t       *testing.T
	block   bytes.Buffer
	enc     *hpack.Encoder
	streams uint32            // SETTINGS_MAX_CONCURRENT_STREAMS
	ended   map[uint32]string // status, or how a stream was reset
}

// speakH2 connects as a system by HTTP/2.
func (a *attack) speakH2(t *testing.T, system string) *h2conn {
	t.Helper()
	conn, err := a.dial(t, system, &tls.Config{NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	if p := conn.ConnectionState().NegotiatedProtocol; p != "h2" {
		t.Fatalf("speaks %q", p)
	}
	c := &h2conn{Framer: http2.NewFramer(conn, conn), Conn: conn, t: t, ended: make(map[uint32]string)}
	c.enc = hpack.NewEncoder(&c.block)
	c.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	_, _ = io.WriteString(conn, http2.ClientPreface)
	if err := c.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	f, err := c.ReadFrame()
	settings, ok := f.(*http2.SettingsFrame)
	if err != nil || !ok {
		t.Fatalf("no settings: %v, %v", err, f)
	}
	c.streams, _ = settings.Value(http2.SettingMaxConcurrentStreams)
	if err := c.WriteSettingsAck(); err != nil {
		t.Fatal(err)
	}
	return c
}

// request begins a stream with the fields of a good request and others. A
// pseudo-field is written in the place of the good one, or, behind an empty
// pair, once more. Errors of writing show when an answer is awaited.
func (c *h2conn) request(stream uint32, end bool, fields ...string) {
	pseudo := map[string]string{":method": "POST", ":scheme": "https", ":authority": "localhost", ":path": gatetest.MeteringPath}
	order := []string{":method", ":scheme", ":authority", ":path"}
	rest := []string{"content-type", "text/xml; charset=utf-8", "soapaction", `"urn:getState"`}
	c.block.Reset()
	again := len(fields) > 0 && fields[0] == ""
	for i := 0; i < len(fields); i += 2 {
		switch _, known := pseudo[fields[i]]; {
		case known && !again:
			pseudo[fields[i]] = fields[i+1]
		case strings.HasPrefix(fields[i], ":"):
			_ = c.enc.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
		case fields[i] != "":
			rest = append(rest, fields[i], fields[i+1])
		}
	}
	for _, name := range order {
		_ = c.enc.WriteField(hpack.HeaderField{Name: name, Value: pseudo[name]})
	}
	for i := 0; i < len(rest); i += 2 {
		_ = c.enc.WriteField(hpack.HeaderField{Name: rest[i], Value: rest[i+1]})
	}
	_ = c.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: c.block.Bytes(), EndHeaders: true, EndStream: end})
}

func (c *h2conn) data(stream uint32, end bool, data []byte) { _ = c.WriteData(stream, end, data) }

// await returns the status of a stream's answer, or how it ended without one.
func (c *h2conn) await(stream uint32) string {
	c.t.Helper()
	for c.ended[stream] == "" {
		f, err := c.ReadFrame()
		if se, ok := err.(http2.StreamError); ok {
			c.t.Fatalf("answer that cannot be read: %v", se)
		}
		if err != nil {
			return "closed: " + err.Error()
		}
		switch f := f.(type) {
		case *http2.MetaHeadersFrame:
			c.ended[f.StreamID] = f.PseudoValue("status")
		case *http2.RSTStreamFrame:
			if c.ended[f.StreamID] == "" {
				c.ended[f.StreamID] = "reset: " + f.ErrCode.String()
			}
		case *http2.GoAwayFrame:
			return "gone: " + f.ErrCode.String()
		case *http2.PingFrame:
			if f.IsAck() {
				c.ended[0] = "pong"
			}
		}
	}
	return c.ended[stream]
}

// attackContinuation sends a header that goes on and on (CVE-2023-45288).
func attackContinuation(t *testing.T, a *attack) {
	c := a.speakH2(t, "housing")
	if c.streams == 0 || c.streams > 250 {
		t.Errorf("%d streams at once", c.streams)
	}
	field := func(n int) []byte {
		c.block.Reset()
		_ = c.enc.WriteField(hpack.HeaderField{Name: "x", Value: strings.Repeat("a", n), Sensitive: true})
		return bytes.Clone(c.block.Bytes())
	}
	go func() { _, _ = io.Copy(io.Discard, c.Conn) }()
	c.block.Reset()
	for _, f := range [][2]string{{":method", "POST"}, {":scheme", "https"}, {":authority", "localhost"}, {":path", "/"}} {
		_ = c.enc.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
	}
	err := c.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: bytes.Clone(c.block.Bytes())})
	more, sent := bytes.Repeat(field(4000), 4), 0
	a.within(t, 64<<20, 50, func() {
		for ; err == nil && sent < 256<<20; sent += len(more) {
			err = c.WriteContinuation(1, false, more)
		}
	})
	if err == nil {
		t.Fatalf("%d bytes of header were taken", sent)
	}
	a.refused++

	near := a.speakH2(t, "housing")
	near.request(1, false, "x-long", strings.Repeat("a", 4000))
	near.data(1, true, a.state())
	if status := near.await(1); status != http.StatusText(200) && status != "200" {
		t.Errorf("a long header: %s", status)
	}
	a.passed++
}

// attackReset opens streams and takes them back at once (CVE-2023-44487).
func attackReset(t *testing.T, a *attack) {
	const flood, system = 4000, "parallel" // whose budget no other class needs
	before := a.Session.Backend.Count()
	c := a.speakH2(t, system)
	// A handler for each of the streams that may be open, with what serves it:
	// not one for each that was ever opened.
	a.within(t, flood*100<<10, 1500, func() {
		go func() {
			for i := range uint32(flood) {
				c.request(1+2*i, false)
				_ = c.WriteRSTStream(1+2*i, http2.ErrCodeCancel)
			}
			_ = c.WritePing(false, [8]byte{1})
		}()
		// Either it was too much, or all of it was seen to; in the end the rest
		// is told apart from what was counted.
		end := c.await(0)
		if end != "pong" && !strings.HasPrefix(end, "gone: ENHANCE_YOUR_CALM") && !strings.HasPrefix(end, "closed") {
			t.Errorf("the connection ended with %s", end)
		}
	})
	if n := a.Session.Backend.Count() - before; n != 0 {
		t.Errorf("%d requests reached the system", n)
	}
	a.refused++

	// A caller who gives up now and then is served.
	near := a.speakH2(t, "housing")
	for i := range uint32(20) {
		near.request(1+4*i, false)
		_ = near.WriteRSTStream(1+4*i, http2.ErrCodeCancel)
		near.request(3+4*i, false)
		near.data(3+4*i, true, a.state())
		if status := near.await(3 + 4*i); status != "200" {
			t.Fatalf("stream %d: %s", 3+4*i, status)
		}
		a.passed++
	}
}
