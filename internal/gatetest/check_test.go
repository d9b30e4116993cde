package gatetest_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/soapgate/soapgate/internal/gate/checker"
	"github.com/soapgate/soapgate/internal/gatetest"
)

// TestCheckPage posts messages to the checker of the formats site, as somebody
// whom the gate does not know.
func TestCheckPage(t *testing.T) {
	g := start(t)
	w := g.Session.World
	good, err := w.Signed(w.Readings(), "rsa")
	if err != nil {
		t.Fatal(err)
	}
	post := func(body []byte, query string, header http.Header) *gatetest.Reply {
		t.Helper()
		reply, err := g.Session.Do(gatetest.Call{System: "-", Path: "/formats/check", Query: query, Body: body, Header: header})
		if err != nil {
			t.Fatal(err)
		}
		return reply
	}
	before := g.Session.Backend.Count()
	reply := post(good, "lang=en", nil)
	if reply.Status != http.StatusOK || !strings.HasPrefix(string(reply.Body), "message: good\n") ||
		reply.Header.Get("Content-Type") != "text/plain; charset=utf-8" || reply.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("HTTP %d %v\n%s", reply.Status, reply.Header, reply.Body)
	}
	bad := bytes.Replace(good, []byte("69.0000000"), []byte("&lt;script>"), 1)
	reply = post(bad, "", http.Header{"Accept": {"application/json"}})
	var result checker.Result
	if err := json.Unmarshal(reply.Body, &result); err != nil || result.Code() != "schema.invalid" || bytes.Contains(reply.Body, []byte("<")) {
		t.Errorf("%v\n%s", err, reply.Body)
	}
	if n := g.Session.Backend.Count(); n != before {
		t.Errorf("%d messages were forwarded", n-before)
	}
	// The pace is shared by all; somewhere in so many there must be a refusal.
	paced := false
	for range 20 {
		if reply = post([]byte("<a/>"), "", nil); reply.Status == http.StatusTooManyRequests {
			paced = true
			if reply.Header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			break
		}
	}
	if !paced {
		t.Error("twenty messages at once were all judged")
	}
	reply, err = g.Session.Do(gatetest.Call{System: "-", Method: http.MethodGet, Path: "/formats/check"})
	if err != nil || reply.Status != http.StatusMethodNotAllowed || reply.Header.Get("Allow") != http.MethodPost {
		t.Errorf("GET: %v, %+v", err, reply)
	}
}
