package gatetest_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest"
)

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

// attackCodings packs messages, and what expands without end.
func attackCodings(t *testing.T, a *attack) {
	m := a.Session.World.State(gatetest.Done)
	good := m.Envelope()
	bomb := packed(t, make([]byte, 128<<20))
	a.Session.Backend.Instead(respond(200, "text/xml", ack)) // it does not unpack
	defer a.Session.Backend.Instead(nil)
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
				untouched(t, a)
			}
			var reply *gatetest.Reply
			var err error
			a.within(t, 24<<20, 50, func() {
				reply, err = a.Session.Do(gatetest.Call{System: "housing", Action: "urn:getState", Header: http.Header{"Content-Encoding": {tt.coding}}, Body: tt.body})
			})
			if err != nil || reply.Code != tt.code {
				t.Fatalf("%v, got %q, want %q: %.300s", err, reply.Code, tt.code, reply.Body)
			}
			if tt.code != "" {
				a.refused++
				return
			}
			if a.passed++; !bytes.Equal(a.Session.Backend.Last().Body, tt.body) {
				t.Error("the system got something else")
			}
		})
	}
}

// attackFields sends what only the gate, or a terminator, may say.
func attackFields(t *testing.T, a *attack) {
	spoofed := http.Header{"X-Harmless": {"kept"}}
	for _, name := range []string{
		"Soapgate-Client", "Soapgate-Organization", "Soapgate-Signer", "Soapgate-Observed", "Soapgate-New",
		"Client-Cert", "Client-Cert-Chain", "X-Ssl-Client-Escaped-Cert", "X-Ssl-Protocol", "X-Client-Cert-Fingerprint", "X-Forwarded-For",
		"soapgate-client", "SOAPGATE-CLIENT", "Soapgate_Client", "X_Client_Cert_Fingerprint",
	} {
		spoofed[name] = []string{"spoofed"}
	}
	m := a.Session.World.State(gatetest.Done)
	reply, err := a.Session.Do(gatetest.Call{System: "housing", Action: m.Action, Header: spoofed, Body: m.Envelope()})
	if err != nil || reply.Code != "" {
		t.Fatalf("%v: got %q", err, reply.Code)
	}
	h := a.Session.Backend.Last().Header
	for name, values := range h {
		if slices.Contains(values, "spoofed") {
			t.Errorf("%s: %q reached the system", name, values)
		}
	}
	if h.Get("Soapgate-Client") != "housing" || len(h["Soapgate-Client"]) != 1 || h.Get("X-Harmless") != "kept" {
		t.Errorf("the system got %v", h)
	}
	a.refused, a.passed = a.refused+len(spoofed)-1, a.passed+1

	// However many there are: a header has an end.
	untouched(t, a)
	many := http.Header{}
	for i := range 1000 {
		many.Set(fmt.Sprintf("Soapgate-Client-%d", i), strings.Repeat("x", 1000))
	}
	a.within(t, 24<<20, 50, func() {
		// The gate may have closed before the client has written all of it.
		reply, err := a.Session.Do(gatetest.Call{System: "housing", Action: m.Action, Header: many, Body: m.Envelope()})
		if err == nil && reply.Status != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("a megabyte of header: HTTP %d", reply.Status)
		}
	})
}

// attackAdmin tries the administration from outside and from a browser.
func attackAdmin(t *testing.T, a *attack) {
	untouched(t, a)
	for _, path := range []string{"/config/", "/load", "/soapgate/clients", "/metrics", "/debug/pprof/"} {
		reply, err := a.Session.Do(gatetest.Call{System: "housing", Path: path, Action: "urn:x", Body: []byte("{}"), Type: "application/json"})
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
		req, err := http.NewRequest(http.MethodGet, "http://"+a.Admin+"/soapgate/clients", nil)
		if err != nil {
			t.Fatal(err)
		}
		if req.Host = tt.host; tt.host == "" {
			req.Host = a.Admin
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
		if tt.status == 200 {
			a.passed++
		} else {
			a.refused++
		}
	}
	a.within(t, 16<<20, 50, func() {
		big := `{"author":"a","reason":"` + strings.Repeat("x", 3<<20) + `"}`
		if status, text := ask(t, a.Running, "PATCH", "clients/housing", big); status != http.StatusBadRequest || !strings.Contains(text, "too large") {
			t.Errorf("3 MB for the administration: HTTP %d, %.200s", status, text)
		}
	})
}

// attackTypes sends what is called something else than SOAP.
func attackTypes(t *testing.T, a *attack) {
	for _, typ := range []string{
		"application/json", "text/plain", "application/xml", "text/*", "*/*", "text/xml, application/json", "text/xmlx",
		"multipart/form-data; boundary=b", "application/x-www-form-urlencoded", "application/octet-stream", "text/xml;;",
	} {
		before := a.Session.Backend.Count()
		m := a.Session.World.State(gatetest.Done)
		reply, err := a.Session.Do(gatetest.Call{System: "housing", Type: typ, Action: m.Action, Body: m.Envelope()})
		if err != nil || reply.Code != "http.media_type" || reply.Status != http.StatusUnsupportedMediaType || a.Session.Backend.Count() != before {
			t.Errorf("%s: %v, HTTP %d, %q", typ, err, reply.Status, reply.Code)
		}
		a.refused++
	}
	a.within(t, 4<<20, 50, func() { // it is not read, whatever it holds
		reply, err := a.Session.Do(gatetest.Call{System: "housing", Type: "text/plain", Body: make([]byte, 2<<20)})
		if err == nil && reply.Code != "http.media_type" {
			t.Errorf("2 MB of text: %q", reply.Code)
		}
	})
	m := a.Session.World.State(gatetest.Done)
	reply, err := a.Session.Do(gatetest.Call{System: "housing", Type: `Text/XML ; charset="UTF-8"`, Action: m.Action, Body: m.Envelope()})
	if err != nil || reply.Code != "" {
		t.Errorf("the right type, written otherwise: %v, %q", err, reply.Code)
	}
	a.passed++
}

// attackAnswers has the system answer as one would that was taken over.
// TestAnswers has what else it may answer.
func attackAnswers(t *testing.T, a *attack) {
	defer a.Session.Backend.Instead(nil)
	const secret = "SELECT password FROM users at com.example.Dao.java:42"
	endless := secret + strings.Repeat(" ", 16<<20)
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		code   string
	}{
		{"good", respond(200, "text/xml", ack), ""},
		{"its own fault", respond(500, "text/xml; charset=utf-8", ownFault), ""},
		{"page with a trace of the stack", respond(500, "text/html", "<html>"+secret+"</html>"), "forward.not_soap"},
		{"text with one", respond(502, "text/plain", secret), "forward.not_soap"},
		{"endless page", respond(500, "text/html", endless), "forward.not_soap"},
	} {
		a.Session.Backend.Instead(tt.answer)
		a.within(t, 8<<20, 50, func() {
			reply, err := a.Session.Do(gatetest.Call{System: "housing", Action: "urn:getState", Body: a.state()})
			if err != nil || reply.Code != tt.code || bytes.Contains(reply.Body, []byte("SELECT")) {
				t.Errorf("%s: %v, %q: %.300s", tt.name, err, reply.Code, reply.Body)
			}
		})
		if tt.code == "" {
			a.passed++
		} else {
			a.refused++
		}
	}
}
