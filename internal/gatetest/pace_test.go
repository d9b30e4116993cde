package gatetest_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest"
)

const paceRule = `rule state {
				key client message:getStateRequest/MessageGUID
				operations getState
				interval 1s 300s 900s
			}
			rule organization-day {`

// TestPace spaces out the requests for a message's state from the moment at
// which it was acknowledged.
func TestPace(t *testing.T) {
	g := start(t)
	load(t, edit(t, "rule organization-day {", paceRule))
	w := g.Session.World
	ask := func(guid string) *gatetest.Reply {
		t.Helper()
		m := w.State(guid)
		reply, err := g.Session.Send("housing", m, m.Envelope())
		if err != nil {
			t.Fatal(err)
		}
		return reply
	}
	wait := func(r *gatetest.Reply) int {
		n, _ := strconv.Atoi(r.Header.Get("Retry-After"))
		return n
	}
	reply := send(t, g, "housing")
	ack := reply.Element("Ack", "MessageGUID")
	if ack == "" {
		t.Fatalf("no acknowledgement: %.300s", reply.Body)
	}
	if r := ask(ack); r.Code != "quota.interval" || wait(r) < 1 || wait(r) > 2 {
		t.Errorf("at once: code %q, Retry-After %d", r.Code, wait(r))
	}
	eventually(t, "the first interval to pass", func() bool { return ask(ack).Status == http.StatusOK })
	if r := ask(ack); r.Code != "quota.interval" || wait(r) < 290 {
		t.Errorf("after the first: code %q, Retry-After %d", r.Code, wait(r))
	}
	// Nobody has been told of this one: it is the system's to answer.
	if r := ask(gatetest.NewGUID()); r.Code == "quota.interval" {
		t.Errorf("an unknown message: code %q", r.Code)
	}
}

// TestAcknowledgement shows in which answers an acknowledgement is seen, and
// that all of them go through as they are.
func TestAcknowledgement(t *testing.T) {
	g := start(t)
	const envelope = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:b="http://dom.gosuslugi.ru/schema/integration/base/"><s:Body>` +
		`<b:AckRequest><b:Ack><b:MessageGUID>%s</b:MessageGUID></b:Ack></b:AckRequest></s:Body>%s</s:Envelope>`
	var answer func(w http.ResponseWriter)
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if w.Header().Set("Content-Type", "text/xml; charset=utf-8"); bytes.Contains(body, []byte("getStateRequest")) {
			_, _ = io.WriteString(w, "<answered/>")
			return
		}
		answer(w)
	}))
	defer backend.Close()
	load(t, edit(t, "rule organization-day {", paceRule, "reverse_proxy {$SOAPGATE_BACKEND:127.0.0.1:9000}", "reverse_proxy "+backend.Listener.Addr().String()))
	for _, tt := range []struct {
		name   string
		status int
		header [2]string
		pad    int
		split  bool
		paced  bool
	}{
		{"whole", 200, [2]string{}, 0, false, true},
		{"in pieces", 200, [2]string{}, 0, true, true},
		{"as large as is looked at", 200, [2]string{}, 65000, false, true},
		{"larger", 200, [2]string{}, 70000, false, false},
		{"larger, in pieces", 200, [2]string{}, 70000, true, false},
		{"a fault", 500, [2]string{}, 0, false, false},
		{"no XML", 200, [2]string{"Content-Type", "text/plain"}, 0, false, false},
		{"encoded", 200, [2]string{"Content-Encoding", "x-unknown"}, 0, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			guid := gatetest.NewGUID()
			text := fmt.Sprintf(envelope, guid, strings.Repeat(" ", tt.pad))
			answer = func(w http.ResponseWriter) {
				if tt.header[0] != "" {
					w.Header().Set(tt.header[0], tt.header[1])
				}
				w.WriteHeader(tt.status)
				half := 0
				if tt.split {
					half = len(text) / 2
					_, _ = io.WriteString(w, text[:half])
					_ = http.NewResponseController(w).Flush()
				}
				_, _ = io.WriteString(w, text[half:])
			}
			if reply := send(t, g, "housing"); string(reply.Body) != text || reply.Status != tt.status {
				t.Errorf("the answer was changed: HTTP %d, %d bytes of %d", reply.Status, len(reply.Body), len(text))
			}
			m := g.Session.World.State(guid)
			poll := func() bool {
				reply, err := g.Session.Send("housing", m, m.Envelope())
				return err == nil && reply.Code == "quota.interval"
			}
			if got := poll(); got != tt.paced {
				t.Errorf("paced: %v, want %v", got, tt.paced)
			}
		})
	}
}
