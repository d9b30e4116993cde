package gatetest_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/soapgate/soapgate"
	"github.com/soapgate/soapgate/internal/gatetest"
)

// ack is a valid answer to Readings.
const ack = `<?xml version="1.0" encoding="UTF-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:base="http://dom.gosuslugi.ru/schema/integration/base/">` +
	`<soap:Header><base:ResultHeader><base:Date>2026-01-01T00:00:00Z</base:Date><base:MessageGUID>10000000-0000-4000-8000-00000000000a</base:MessageGUID></base:ResultHeader></soap:Header>` + "\r\n" +
	`<soap:Body ><base:AckRequest><base:Ack><base:MessageGUID>10000000-0000-4000-8000-00000000000b</base:MessageGUID>` +
	`<base:RequesterMessageGUID>10000000-0000-4000-8000-00000000000a</base:RequesterMessageGUID></base:Ack></base:AckRequest></soap:Body></soap:Envelope><!-- end -->`

const ownFault = `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault>` +
	`<faultcode>soap:Server</faultcode><faultstring>EXP001000: the system's own</faultstring></soap:Fault></soap:Body></soap:Envelope>`

func respond(status int, typ, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", typ)
		if typ == "" {
			w.Header()["Content-Type"] = nil
		}
		w.Header().Set("Set-Cookie", "of=backend")
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// TestAnswers shows what callers get for what the system may answer, by what
// the site does with answers.
func TestAnswers(t *testing.T) {
	g := start(t)
	defer g.Session.Backend.Instead(nil)
	const xml = "text/xml; charset=utf-8"
	invalid := strings.Replace(ack, "<base:RequesterMessageGUID>10000000", "<base:RequesterMessageGUID>x", 1)
	cases := []struct {
		name   string
		answer http.HandlerFunc
		body   string // that arrives if nothing is refused
		// codes with responses off, observed, enforced
		off, observe, enforce string
	}{
		{"valid", respond(200, xml, ack), ack, "", "", ""},
		{"the system's own fault", respond(500, xml, ownFault), ownFault, "", "", ""},
		{"not valid", respond(200, xml, invalid), invalid, "", "", "forward.invalid_answer"},
		{"another operation's", respond(200, xml, strings.ReplaceAll(ack, "AckRequest", "Other")), strings.ReplaceAll(ack, "AckRequest", "Other"), "", "", "forward.invalid_answer"},
		{"not well-formed", respond(200, xml, "<a>"), "<a>", "", "", "forward.invalid_answer"},
		{"plain text", respond(200, "text/plain", "ok"), "ok", "", "", "forward.invalid_answer"},
		{"longer than is held", respond(200, xml, ack+strings.Repeat(" ", 20000)), ack + strings.Repeat(" ", 20000), "", "", "forward.invalid_answer"},
		{"accepted, one-way", respond(202, "", ""), "", "", "", ""},
		{"page for people", respond(200, "text/html", "<html>maintenance</html>"), "", "forward.not_soap", "forward.not_soap", "forward.not_soap"},
		{"error page", respond(503, "text/html; charset=utf-8", "<html>nginx</html>"), "", "forward.not_soap", "forward.not_soap", "forward.not_soap"},
		{"empty error", respond(500, "", ""), "", "forward.failed", "forward.failed", "forward.failed"},
		{"empty error called XML", respond(502, xml, ""), "", "forward.failed", "forward.failed", "forward.failed"},
		{"JSON error", respond(400, "application/json", "{}"), "", "forward.not_soap", "forward.not_soap", "forward.not_soap"},
	}
	for _, mode := range []string{"off", "observe", "enforce"} {
		config := bytes.Replace(soapgate.ExampleCaddyfile, []byte("max_body 2MiB"), []byte("max_body 2MiB\n\t\tmax_answer 10KiB\n\t\tresponses "+mode), 1)
		config = bytes.Replace(config, []byte("burst 60"), []byte("burst 600"), 1)
		if err := gatetest.Load(config); err != nil {
			t.Fatal(err)
		}
		g.Session.Backend.Instead(nil)
		for _, sc := range gatetest.Scenarios {
			if sc.Want == "" {
				if _, err := sc.Check(g.Session); err != nil {
					t.Errorf("%s: %s: %v", mode, sc.Name.EN, err)
				}
			}
		}
		for _, tc := range cases {
			t.Run(mode+"/"+tc.name, func(t *testing.T) {
				g.Session.Backend.Instead(tc.answer)
				want := map[string]string{"off": tc.off, "observe": tc.observe, "enforce": tc.enforce}[mode]
				reply := send(t, g, "housing")
				if reply.Code != want {
					t.Fatalf("got code %q (HTTP %d), want %q: %.300s", reply.Code, reply.Status, want, reply.Body)
				}
				if want == "" {
					if string(reply.Body) != tc.body {
						t.Errorf("the answer was changed: %.300s", reply.Body)
					}
					return
				}
				if reply.Header.Get("Set-Cookie") != "" || !strings.HasPrefix(reply.Header.Get("Content-Type"), "text/xml") || reply.Header.Get("Retry-After") == "" {
					t.Errorf("header of the fault: %v", reply.Header)
				}
				if reply.Status != http.StatusInternalServerError {
					t.Errorf("HTTP %d", reply.Status)
				}
			})
		}
	}
}

// TestAnswerStatus wants the system's status in the fault that stands for its
// answer.
func TestAnswerStatus(t *testing.T) {
	g := start(t)
	defer g.Session.Backend.Instead(nil)
	for _, status := range []int{404, 503} {
		g.Session.Backend.Instead(respond(status, "text/html", "<html></html>"))
		if reply := send(t, g, "housing"); !bytes.Contains(reply.Body, fmt.Appendf(nil, "HTTP %d", status)) {
			t.Errorf("the fault does not tell of HTTP %d: %.600s", status, reply.Body)
		}
	}
}

// TestWarnings announces what will not pass for ever.
func TestWarnings(t *testing.T) {
	g := start(t)
	if reply := send(t, g, "housing"); reply.Header.Get("Soapgate-Warning") != "" {
		t.Errorf("a good message is warned of: %q", reply.Header.Get("Soapgate-Warning"))
	}
	config := bytes.Replace(soapgate.ExampleCaddyfile, []byte("effective 2025-03-01\n\t\t\t}\n\t\t}"), []byte("effective 2025-03-01\n\t\t\t\tretired 2199-12-31\n\t\t\t}\n\t\t}"), 1)
	config = bytes.Replace(config, []byte("max_body 2MiB"), []byte("max_body 2MiB\n\t\tobserve schema\n\t\tcount_warnings importMeteringDeviceValues"), 1)
	if err := gatetest.Load(config); err != nil {
		t.Fatal(err)
	}
	const retired = `format.retired;release="2.0";date="2199-12-31"`
	if got := send(t, g, "housing").Header.Get("Soapgate-Warning"); got != retired {
		t.Errorf("got %q, want %q", got, retired)
	}
	m := g.Session.World.Readings()
	m.Payload = strings.Replace(m.Payload, "69.0000000", "much", 1)
	body, err := g.Session.World.Signed(m, "gost256")
	if err != nil {
		t.Fatal(err)
	}
	reply, err := g.Session.Send("housing", m, body)
	if err != nil || reply.Code != "" {
		t.Fatalf("%v, %+v", err, reply)
	}
	if got, want := reply.Header.Get("Soapgate-Warning"), retired+", schema.invalid;mode=observe"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	const counted = `soapgate_warnings_total{client="housing",code="schema.invalid",operation="importMeteringDeviceValues"} 1`
	if page := get(t, "http://"+g.Admin+"/metrics"); !strings.Contains(page, counted) {
		t.Errorf("the metrics lack %s", counted)
	}
}
