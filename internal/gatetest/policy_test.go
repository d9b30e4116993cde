package gatetest_test

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/soapgate/soapgate"
	"github.com/soapgate/soapgate/caddyplugin"
	"github.com/soapgate/soapgate/internal/gatetest"
)

func init() { caddy.RegisterModule(listener{}) }

// A listener is an event handler that remembers what it heard.
type listener struct{}

var heard struct {
	sync.Mutex
	events []string
	data   map[string]map[string]any
}

func (listener) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "events.handlers.gatetest", New: func() caddy.Module { return new(listener) }}
}

func (listener) UnmarshalCaddyfile(d *caddyfile.Dispenser) error { return nil }

func (listener) Handle(_ context.Context, e caddy.Event) error {
	heard.Lock()
	defer heard.Unlock()
	heard.events = append(heard.events, e.Name())
	if heard.data == nil {
		heard.data = make(map[string]map[string]any)
	}
	heard.data[e.Name()] = e.Data
	return nil
}

// hears waits for an event and returns its data.
func hears(t *testing.T, name string) map[string]any {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		heard.Lock()
		ok, data := slices.Contains(heard.events, name), heard.data[name]
		heard.Unlock()
		if ok {
			return data
		}
	}
	t.Errorf("event %s was not heard", name)
	return nil
}

// TestTrustEvents subscribes to what happens to lists.
func TestTrustEvents(t *testing.T) {
	g := start(t)
	c := newCenter(t, g, nil)
	if err := gatetest.Load(bytes.Replace(c.caddyfile, []byte("\tsoapgate {\n"), []byte("\tevents {\n\t\ton * gatetest\n\t}\n\tsoapgate {\n"), 1)); err != nil {
		t.Fatal(err)
	}
	if d := hears(t, caddyplugin.EventTrustListUpdated); d["version"] != int64(1) {
		t.Errorf("data of the event: %v", d)
	}
	hears(t, caddyplugin.EventCRLUpdated)
	if d := hears(t, caddyplugin.EventCRLFailed); d["error"] == "" { // the list that is always stale
		t.Errorf("data of the event: %v", d)
	}
}

// TestOperationPolicy lets one operation pass where the others are refused.
func TestOperationPolicy(t *testing.T) {
	g := start(t)
	send := func(m gatetest.Message) string {
		t.Helper()
		body, err := g.Session.World.Signed(m, "stale-crl")
		if err != nil {
			t.Fatal(err)
		}
		reply, err := g.Session.Send("housing", m, body)
		if err != nil {
			t.Fatal(err)
		}
		return reply.Code
	}
	for _, test := range []struct{ policy, readings, directory string }{
		{"stale_grace 1h", "certificate.crl_stale", "certificate.crl_stale"},
		{"stale_grace 30d", "", ""},
		{"on_stale allow_and_mark", "", ""},
		{"policy reading {\n\t\t\t\toperations exportNsiItem\n\t\t\t\tstale_grace 30d\n\t\t\t}", "certificate.crl_stale", ""},
		{"on_stale allow_and_mark\n\t\t\tpolicy money {\n\t\t\t\toperations importMeteringDeviceValues\n\t\t\t}", "certificate.crl_stale", ""},
		{"on_stale allow_and_mark\n\t\t\tmin_class KA1", "certificate.class", "certificate.class"},
	} {
		config := bytes.Replace(soapgate.ExampleCaddyfile, []byte("stale_grace 1h"), []byte(test.policy), 1)
		if err := gatetest.Load(config); err != nil {
			t.Fatal(err)
		}
		if got := send(g.Session.World.Readings()); got != test.readings {
			t.Errorf("%s: readings got %q, want %q", test.policy, got, test.readings)
		}
		if got := send(g.Session.World.Directory()); got != test.directory {
			t.Errorf("%s: directory got %q, want %q", test.policy, got, test.directory)
		}
	}
}
