package gatetest_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

func attackFraming(t *testing.T, a *attack) {
	const head = requestHead
	body := func() string { return string(a.state()) }
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
			before := a.Session.Backend.Count()
			var answers []string
			a.within(t, 2<<20, 50, func() { answers = a.speakRaw(t, tt.text) })
			status, code, _ := strings.Cut(tt.status, " ")
			if len(answers) == 0 || !strings.HasPrefix(answers[0], status+" ") || !strings.Contains(answers[0], code) {
				t.Fatalf("got %.600q, want HTTP %s", answers, tt.status)
			}
			for _, rest := range answers[1:] {
				if tt.reached == 0 || !strings.Contains(rest, "http.method") {
					t.Errorf("what was smuggled is answered: %.300s", rest)
				}
			}
			if n := a.Session.Backend.Count() - before; n != tt.reached {
				t.Errorf("%d requests reached the system, want %d", n, tt.reached)
			}
			if h := a.Session.Backend.Last(); tt.reached == 1 && (h.Header.Get("Content-Length") != strconv.Itoa(len(h.Body)) || h.Header.Get("Transfer-Encoding") != "") {
				t.Errorf("framing to the system: %v", h.Header)
			}
			if tt.status == "200" {
				a.passed++
			} else {
				a.refused++
			}
		})
	}
}

// attackDowngrade writes into HTTP/2 what would be framing in HTTP/1.1, which
// the system speaks.
func attackDowngrade(t *testing.T, a *attack) {
	body := string(a.state())
	length := strconv.Itoa(len(body))
	const smuggled = "\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
	for _, tt := range []struct {
		name   string
		fields []string // beside those of a good request; a pseudo-field replaces
		data   string
		passes bool
	}{
		{"good", nil, body, true},
		{"good length", []string{"content-length", length}, body, true},
		{"good, with trailers allowed", []string{"te", "trailers"}, body, true},
		{"coding", []string{"transfer-encoding", "chunked"}, "0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n", false},
		{"coding and length", []string{"transfer-encoding", "chunked", "content-length", length}, body, false},
		{"field of the connection", []string{"connection", "content-length"}, body, false},
		{"upgrade", []string{"upgrade", "h2c"}, body, false},
		{"te of a coding", []string{"te", "chunked"}, body, false},
		{"length too short", []string{"content-length", "5"}, body, false},
		{"length too long", []string{"content-length", "9999"}, body, false},
		{"length zero", []string{"content-length", "0"}, body, false},
		{"length is no number", []string{"content-length", "+" + length}, body, false},
		{"line end in a value", []string{"x-a", "b" + smuggled}, body, false},
		{"line end in a name", []string{"x-a: b\r\nx-c", "d"}, body, false},
		{"colon in a name", []string{"x-a:b", "c"}, body, false},
		{"name in upper case", []string{"Content-Length", "5"}, body, false},
		{"line end in the path", []string{":path", "/" + smuggled}, body, false},
		{"blank in the path", []string{":path", "/ HTTP/1.1\r\nX: y"}, body, false},
		{"line end in the method", []string{":method", "POST / HTTP/1.1" + smuggled}, body, false},
		{"line end in the host", []string{":authority", "localhost" + smuggled}, body, false},
		{"no path", []string{":path", ""}, body, false},
		{"path twice", []string{"", "", ":path", "/smuggled"}, body, false},
		{"unknown pseudo-field", []string{":smuggled", "x"}, body, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := a.Session.Backend.Count()
			c := a.speakH2(t, "housing")
			var status string
			a.within(t, 2<<20, 50, func() {
				c.request(1, false, tt.fields...)
				c.data(1, true, []byte(tt.data))
				status = c.await(1)
			})
			if passes := status == "200"; passes != tt.passes {
				t.Fatalf("got %s", status)
			}
			if n := a.Session.Backend.Count() - before; (n == 1) != tt.passes || n > 1 {
				t.Errorf("%d requests reached the system", n)
			}
			if tt.passes {
				a.passed++
			} else {
				a.refused++
			}
		})
	}
	c := a.speakH2(t, "housing")
	c.request(1, false, "transfer-encoding", "chunked")
	c.data(1, true, nil)
	c.request(3, false)
	c.data(3, true, a.state())
	if first, second := c.await(1), c.await(3); first == "200" || second != "200" {
		t.Errorf("a good stream beside a bad one: %s, %s", first, second)
	}
}
