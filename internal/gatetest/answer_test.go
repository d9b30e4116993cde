package gatetest_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
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
		_, _ = io.WriteString(w, body)
	}
}

// TestAnswers shows what callers get for what the system may answer, by what
// the site does with answers.
func TestAnswers(t *testing.T) {
	g := start(t)
	defer g.Session.Backend.Instead(nil)
	const xml = "text/xml; charset=utf-8"
	const related = `multipart/related; type="application/xop+xml"; start-info="text/xml"; boundary=b`
	pack := func(envelope string) string {
		return "--b\r\nContent-Type: application/xop+xml; charset=utf-8; type=\"text/xml\"\r\n\r\n" + envelope + "\r\n--b--"
	}
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
		{"a package", respond(200, related, pack(ack)), pack(ack), "", "", ""},
		{"a package, not valid", respond(200, related, pack(invalid)), pack(invalid), "", "", "forward.invalid_answer"},
		{"a package without its end", respond(200, related, "--b\r\n\r\n<a/>"), "--b\r\n\r\n<a/>", "", "", "forward.invalid_answer"},
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
	const counted = `soapgate_warnings_total{client="housing",code="schema.invalid",operation="importMeteringDeviceValues"}`
	before := count(t, g, counted)
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
	if got, want := count(t, g, counted), before+1; got != want {
		t.Errorf("%s: got %d, want %d", counted, got, want)
	}
}

// TestWarnings_coming announces what a release that is to come will refuse, and
// what a limit that is only watched would.
func TestWarnings_coming(t *testing.T) {
	g := start(t)
	w := g.Session.World
	for _, name := range []string{"2.1", "3.0"} {
		if err := os.CopyFS(w.Path("formats", name), os.DirFS(w.Path("formats", "2.0"))); err != nil {
			t.Fatal(err)
		}
	}
	types := w.Path("formats", "3.0", "device-metering", "hcs-device-metering-types.xsd")
	text, err := os.ReadFile(types)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.ReplaceAll(text, []byte(`name="MeteringDevicesValues"`), []byte(`name="Readings"`))
	if bytes.Equal(text, changed) {
		t.Fatal("there is nothing to rename")
	}
	if err := os.WriteFile(types, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	const current = "effective 2025-03-01\n\t\t\t}\n\t\t}"
	release := func(name, days string) string {
		return "\t\t\trelease " + name + " {\n\t\t\t\tpath {$SOAPGATE_DIR}/formats/" + name + "\n\t\t\t\tpublished 2025-03-02\n\t\t\t\t" + days + "\n\t\t\t}\n"
	}
	watched := "quotas {\n\t\t\tstore memory\n\t\t\trule watched {\n\t\t\t\tkey client\n\t\t\t\tlimit 1/day\n\t\t\t\tmode observe\n\t\t\t}"
	for _, tc := range []struct{ name, days, more, quota, want string }{
		{"a release is announced that the message does not follow", "", release("3.0", "effective 2199-01-01"), "",
			`schema.invalid;release="3.0";date="2199-01-01"`},
		{"one is announced that it follows", "", release("2.1", "effective 2199-01-01"), "", ""},
		{"its release ends, and the next takes it", "\n\t\t\t\tretired 2199-02-01", release("2.1", "effective 2199-01-01"), "", ""},
		{"its release ends before the next begins", "\n\t\t\t\tretired 2199-01-01", release("2.1", "effective 2199-02-01"), "",
			`format.retired;release="2.0";date="2199-01-01"`},
		{"its release ends, and the next does not take it", "\n\t\t\t\tretired 2199-02-01", release("3.0", "effective 2199-01-01"), "",
			`format.retired;release="2.0";date="2199-02-01", schema.invalid;release="3.0";date="2199-01-01"`},
		{"a limit is watched", "", "", watched, `quota.limit;mode=observe;rule="watched"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			config := bytes.Replace(soapgate.ExampleCaddyfile, []byte(current),
				[]byte("effective 2025-03-01"+tc.days+"\n\t\t\t}\n"+tc.more+"\t\t}"), 1)
			config = bytes.Replace(config, []byte("max_body 2MiB"), []byte("max_body 2MiB\n\t\tcount_warnings importMeteringDeviceValues"), 1)
			if tc.quota != "" {
				config = bytes.Replace(config, []byte("quotas {\n\t\t\tstore memory"), []byte(tc.quota), 1)
			}
			if err := gatetest.Load(config); err != nil {
				t.Fatal(err)
			}
			reply := send(t, g, "housing")
			if tc.quota != "" {
				reply = send(t, g, "housing") // the first was within the limit
			}
			if got := reply.Header.Get("Soapgate-Warning"); reply.Code != "" || got != tc.want {
				t.Errorf("code %q, warned of %q, want %q", reply.Code, got, tc.want)
			}
			if code, _, _ := strings.Cut(tc.want, ";"); code != "" {
				counted := `soapgate_warnings_total{client="housing",code="` + code + `",operation="importMeteringDeviceValues"}`
				if count(t, g, counted) == 0 {
					t.Errorf("the metrics lack %s", counted)
				}
			}
		})
	}
}
