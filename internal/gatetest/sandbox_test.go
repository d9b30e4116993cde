package gatetest_test

import (
	"net/http"
	"os"
	"testing"

	"github.com/soapgate/soapgate/internal/gate/bundle"
	"github.com/soapgate/soapgate/internal/gatetest"
	"github.com/soapgate/soapgate/internal/schema"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// TestSandbox walks a client's way: a message, its states, faults on demand;
// every answer must be valid by the release.
func TestSandbox(t *testing.T) {
	g := start(t)
	if err := g.Sandbox(); err != nil {
		t.Fatal(err)
	}
	w := g.Session.World
	release, err := bundle.Compile(os.DirFS(w.Path("formats", "2.0")))
	if err != nil {
		t.Fatal(err)
	}
	ack := send(t, g, "housing")
	valid(t, release.Schemas, ack.Body)
	guid := ack.Element("Ack", "MessageGUID")
	for i, poll := range []struct{ guid, state string }{{guid, "1"}, {guid, "3"}, {gatetest.Done, "3"}} {
		m := w.State(poll.guid)
		reply, err := g.Session.Send("housing", m, m.Envelope())
		if err != nil {
			t.Fatal(err)
		}
		valid(t, release.Schemas, reply.Body)
		if got := reply.Element("RequestState"); got != poll.state || reply.Element("Body", "MessageGUID") != poll.guid {
			t.Errorf("poll %d: state %q of %q, want %s of %s\n%s", i, got, reply.Element("Body", "MessageGUID"), poll.state, poll.guid, reply.Body)
		}
	}
	for _, fault := range []struct {
		field, system string
		status        int
	}{
		{"EXP001000", "EXP001000", http.StatusInternalServerError},
		{"<INT002029>", "<INT002029>", http.StatusInternalServerError},
	} {
		m := w.State(guid)
		reply, err := g.Session.Do(gatetest.Call{
			System: "housing", Path: m.Path, Action: m.Action, Body: m.Envelope(), Header: http.Header{gatetest.FaultField: {fault.field}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if reply.SystemCode != fault.system || reply.Status != fault.status || reply.Code != "" {
			t.Errorf("%s: HTTP %d, %q\n%s", fault.field, reply.Status, reply.SystemCode, reply.Body)
		}
	}
}

func valid(t *testing.T, schemas *schema.Set, body []byte) {
	t.Helper()
	tree, err := xmltree.Parse(body, xmltree.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	defer tree.Release()
	for part := range tree.Elements(tree.Root()) {
		for n := range tree.Elements(part) {
			for _, f := range schemas.Validate(tree, n, schema.ValidateOptions{}) {
				t.Errorf("line %d: %s\n%s", f.Line, f.Xerces, body)
			}
		}
	}
}
