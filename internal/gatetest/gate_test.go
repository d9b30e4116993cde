package gatetest_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/soapgate/soapgate"
	"github.com/soapgate/soapgate/internal/gatetest"
)

// start runs a gate for one test. Caddy is one per process: no test here may
// be parallel.
func start(t *testing.T) *gatetest.Running {
	t.Helper()
	w, err := gatetest.Prepare(t.TempDir(), nil, time.Now, func(string) {})
	if err != nil {
		t.Fatalf("preparing the world: %v", err)
	}
	g, err := gatetest.Start(w)
	if err != nil {
		t.Fatalf("starting the gate: %v", err)
	}
	t.Cleanup(func() {
		if err := g.Stop(); err != nil {
			t.Errorf("stopping the gate: %v", err)
		}
	})
	return g
}

func TestScenarios(t *testing.T) {
	g := start(t)
	if len(gatetest.Scenarios) < 30 {
		t.Fatalf("there are %d scenarios, want at least 30", len(gatetest.Scenarios))
	}
	for _, sc := range gatetest.Scenarios {
		t.Run(sc.Name.EN, func(t *testing.T) {
			if reply, err := sc.Check(g.Session); err != nil {
				t.Error(err)
			} else if strings.Contains(string(reply.Body), "goroutine ") {
				t.Errorf("the answer holds a stack trace: %.300s", reply.Body)
			}
		})
	}
	checkLogs(t, g.Session.World.Path("log"))
}

// checkLogs looks for what messages hold and logs must not.
func checkLogs(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no logs in %s: %v", dir, err)
	}
	entries := 0
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		entries += bytes.Count(data, []byte("request refused"))
		for _, secret := range []string{
			"MeteringValue", "69.0000000", "Вода", "Вымышленная", "Envelope", "SignatureValue", "BEGIN CERTIFICATE", "ОГРН",
		} {
			if i := bytes.Index(data, []byte(secret)); i >= 0 {
				t.Errorf("%s holds %q: %.200s", filepath.Base(f), secret, data[max(0, i-100):])
			}
		}
	}
	if entries < 30 {
		t.Errorf("the log has %d refusals, want one a refused scenario", entries)
	}
}

func send(t *testing.T, g *gatetest.Running, system string) *gatetest.Reply {
	t.Helper()
	m := g.Session.World.Readings()
	body, err := g.Session.World.Signed(m, "gost256")
	if err != nil {
		t.Fatal(err)
	}
	reply, err := g.Session.Send(system, m, body)
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

// TestReload keeps what must outlive a configuration: a request in flight,
// used quotas, the replay window.
func TestReload(t *testing.T) {
	g := start(t)
	send(t, g, "paced")
	send(t, g, "paced") // the limit is reached

	release := g.Session.Backend.Hold()
	first := make(chan *gatetest.Reply, 1)
	go func() {
		m := g.Session.World.Readings()
		body, _ := g.Session.World.Signed(m, "gost256")
		reply, _ := g.Session.Send("housing", m, body)
		first <- reply
	}()
	if !g.Session.Backend.Waiting(10 * time.Second) {
		t.Fatal("the request did not reach the backend")
	}
	if err := gatetest.Load(soapgate.ExampleCaddyfile); err != nil {
		t.Fatalf("reloading: %v", err)
	}
	release()
	if reply := <-first; reply == nil || reply.Code != "" || reply.Status != http.StatusOK {
		t.Errorf("the request in flight got %+v", reply)
	}
	if reply := send(t, g, "paced"); reply.Code != "quota.rate" {
		t.Errorf("after a reload the used quota is forgotten: got code %q", reply.Code)
	}
}

// TestFailedReload shows that a configuration that cannot be used changes
// nothing of the one that runs, however often it is tried.
func TestFailedReload(t *testing.T) {
	g := start(t)
	send(t, g, "paced")
	send(t, g, "paced")
	for _, broken := range []struct{ name, from, to, want string }{
		{"unknown option", "profile hcs", "profile hcs\n\t\tnonsense 1", `unrecognized option "nonsense"`},
		{"unknown profile", "profile hcs", "profile nobody", `there is no profile "nobody"`},
		{"formats missing", "formats/2.0", "formats/nowhere", "nowhere"},
		{"anchor missing", "head-ca.pem", "nobody.pem", "nobody.pem"},
		{"lead time not kept", "effective 2025-03-01", "effective 2025-01-16", "30"},
		{"certificate without signature", "profile hcs", "profile hcs\n\t\tobserve signature", "stage certificate can enforce only where signature does"},
		{"another site's setting", "gate tls_min 1.3", "gate tls_min 9.9", `unknown TLS version "9.9"`},
	} {
		t.Run(broken.name, func(t *testing.T) {
			config := bytes.Replace(soapgate.ExampleCaddyfile, []byte(broken.from), []byte(broken.to), 1)
			for range 3 {
				err := gatetest.Load(config)
				if err == nil || !strings.Contains(err.Error(), broken.want) {
					t.Fatalf("got %v, want an error with %q", err, broken.want)
				}
			}
			if reply := send(t, g, "housing"); reply.Code != "" {
				t.Errorf("a good message got %q", reply.Code)
			}
		})
	}
	if reply := send(t, g, "paced"); reply.Code != "quota.rate" {
		t.Errorf("failing reloads freed a used quota: got code %q", reply.Code)
	}
}

// TestDirectiveOrder shows that a gate at the site's level guards a sibling
// handle, and that intercept does not replace its faults.
func TestDirectiveOrder(t *testing.T) {
	g := start(t)
	config := bytes.Replace(soapgate.ExampleCaddyfile,
		[]byte("\treverse_proxy {$SOAPGATE_BACKEND:127.0.0.1:9000}"),
		[]byte("\thandle /ext-bus-* {\n\t\trespond \"let through\"\n\t}\n"+
			"\tintercept {\n\t\t@bad status 5xx\n\t\thandle_response @bad {\n\t\t\trespond \"replaced\" 500\n\t\t}\n\t}"), 1)
	if err := gatetest.Load(config); err != nil {
		t.Fatal(err)
	}
	reply, err := g.Session.Do(gatetest.Call{System: "housing", Body: []byte("<a/>"), Action: "urn:x"})
	if err != nil {
		t.Fatal(err)
	}
	if reply.Code != "soap.envelope" && reply.Code != "soap.version_mismatch" {
		t.Errorf("an unsigned request behind a handle got %q: %.200s", reply.Code, reply.Body)
	}
	if reply := send(t, g, "housing"); string(reply.Body) != "let through" {
		t.Errorf("a good message got %.200s", reply.Body)
	}
}

// TestPlaceholdersAndMetrics reads what the operator sees.
func TestMetrics(t *testing.T) {
	g := start(t)
	send(t, g, "housing")
	resp, err := http.Get("http://" + g.Admin + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var buf bytes.Buffer
	if _, err := buf.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`soapgate_requests_total{code="",stage="",verdict="passed"}`,
		`soapgate_stage_duration_seconds_count{stage="signature"}`,
		`soapgate_crl_age_seconds{issuer="`,
	} {
		if !strings.Contains(buf.String(), want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
}

// TestFaultHandler looks at errors of other handlers.
func TestFaultHandler(t *testing.T) {
	g := start(t)
	config := bytes.Replace(soapgate.ExampleCaddyfile, []byte("(gate) {"), []byte("(gate) {\n\trequest_body {\n\t\tmax_size 10\n\t}"), 1)
	if err := gatetest.Load(config); err != nil {
		t.Fatal(err)
	}
	reply, err := g.Session.Do(gatetest.Call{System: "housing", Action: "urn:x", Body: []byte("<too-long-for-ten/>")})
	if err != nil {
		t.Fatal(err)
	}
	if reply.Status != http.StatusRequestEntityTooLarge || reply.Code != "http.too_large" {
		t.Errorf("got HTTP %d, code %q: %.200s", reply.Status, reply.Code, reply.Body)
	}
}

// TestDescription fetches ?wsdl and the schemas it leads to.
func TestDescription(t *testing.T) {
	g := start(t)
	for _, query := range []string{"wsdl", "xsd=lib/hcs-base.xsd"} {
		reply, err := g.Session.Do(gatetest.Call{System: "housing", Method: http.MethodGet, Query: query})
		if err != nil {
			t.Fatal(err)
		}
		if reply.Status != http.StatusOK || bytes.Contains(reply.Body, []byte("gis.example.org")) {
			t.Errorf("?%s: HTTP %d, %.300s", query, reply.Status, reply.Body)
		}
	}
	reply, err := g.Session.Do(gatetest.Call{System: "housing", Method: http.MethodGet, Query: "xsd=../../../etc/passwd"})
	if err != nil || reply.Code != "http.method" {
		t.Errorf("a file outside the release: %v, %+v", err, reply)
	}
}

// TestNoTraceLeft validates a configuration and shows that nothing stays.
func TestValidateLeavesNothing(t *testing.T) {
	g := start(t)
	var config caddy.Config
	resp, err := http.Get("http://" + g.Admin + "/config/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&config); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadDir(g.Session.World.Dir)
	if err := caddy.Validate(&config); err != nil {
		t.Fatalf("validating: %v", err)
	}
	after, _ := os.ReadDir(g.Session.World.Dir)
	if len(before) != len(after) {
		t.Errorf("validating left files: %d before, %d after", len(before), len(after))
	}
	if reply := send(t, g, "housing"); reply.Code != "" {
		t.Errorf("after validating, a good message got %q", reply.Code)
	}
}
