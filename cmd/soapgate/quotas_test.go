package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/soapgate/soapgate"
	"github.com/soapgate/soapgate/internal/gatetest"
	"github.com/soapgate/soapgate/internal/quota"
)

// quotasOf runs `soapgate quotas` with arguments.
func quotasOf(args ...string) (string, error) {
	var out bytes.Buffer
	for _, c := range quotaCommands(&out) {
		if c.Name() == args[0] {
			c.SetArgs(args[1:])
			c.SilenceErrors = true
			err := c.Execute()
			return out.String(), err
		}
	}
	return "", os.ErrNotExist
}

// TestQuotas runs the commands against a running gate.
func TestQuotas(t *testing.T) {
	t.Setenv("LC_ALL", "C") // the tables are in English
	w, err := gatetest.Prepare(t.TempDir(), nil, time.Now, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	g, err := gatetest.Start(w)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Stop(); err != nil {
			t.Error(err)
		}
	})
	access := w.Path("access.log")
	config := bytes.Replace(soapgate.ExampleCaddyfile, []byte("\timport tls\n"),
		[]byte("\timport tls\n\tlog {\n\t\toutput file "+access+"\n\t}\n"), 1)
	if err := gatetest.Load(config); err != nil {
		t.Fatal(err)
	}
	code := func(system string) string {
		t.Helper()
		m := w.Readings()
		body, err := w.Signed(m, "gost256")
		if err != nil {
			t.Fatal(err)
		}
		reply, err := g.Session.Send(system, m, body)
		if err != nil {
			t.Fatal(err)
		}
		return reply.Code
	}
	run := func(want string, args ...string) {
		t.Helper()
		out, err := quotasOf(append(args, "--address", g.Admin)...)
		if err != nil {
			out += err.Error()
		}
		out = strings.Join(strings.Fields(out), " ") // whatever the columns are wide
		if !strings.Contains(out, want) || (want == "" && err != nil) {
			t.Errorf("quotas %s: got %s, want %q", strings.Join(args, " "), out, want)
		}
	}
	spend := func(want ...string) {
		t.Helper()
		for i, c := range want {
			if got := code("daily"); got != c {
				t.Errorf("request %d got %q, want %q", i+1, got, c)
			}
		}
	}
	code("housing")
	spend("", "", "", "quota.limit")
	run("trial-day", "show")
	run("operation is proved at this pass and not before", "explain")
	run("daily importMeteringDeviceValues 3", "top", "trial-day")
	run("trial-day", "client", "daily", "--operation", "importMeteringDeviceValues")
	run("reason: missing", "reset", "trial-day", "--client", "daily", "--operation", "importMeteringDeviceValues")
	run("", "reset", "trial-day", "--client", "daily", "--operation", "importMeteringDeviceValues", "--reason", "ошибка клиента")
	spend("", "", "", "quota.limit")
	run("--until", "grant", "trial-day", "daily", "--limit", "5/day", "--reason", "сдача отчётности", "--until", "soon")
	run("", "grant", "trial-day", "daily", "--limit", "5/day", "--reason", "сдача отчётности", "--until", "2099-12-31")
	spend("", "", "quota.limit")
	run("", "revoke", "trial-day", "daily", "--reason", "срок прошёл")
	spend("quota.limit")
	run("for whom?", "grant", "trial-day", "--limit", "6/day", "--reason", "r")
	run("for whom?", "grant", "trial-day", "daily", "--class", "trial-day", "--limit", "6/day", "--reason", "r")
	run("", "grant", "trial-day", "--class", "trial-day", "--limit", "6/day", "--reason", "сдача отчётности", "--until", "2099-12-31")
	run("limit 6/day class trial-day enforce until 2099-12-31T00:00:00", "show")
	run("class trial-day: 6/day until 2099-12-31T00:00:00", "explain")
	spend("", "quota.limit")
	run("", "revoke", "trial-day", "--class", "trial-day", "--reason", "срок прошёл")
	spend("quota.limit")
	run("", "suspend", "daily", "--reason", "проверка", "--author", "operator")
	spend("client.suspended")
	run("", "resume", "daily", "--reason", "проверка", "--author", "operator")
	run("сдача отчётности", "history")
	run(`"action": "remove_override"`, "history", "--json")
	run(`there is no rule "nobody"`, "top", "nobody")
	run(`there is no client "nobody"`, "client", "nobody")
	run(`there is no client "nobody"`, "suspend", "nobody", "--reason", "r")
	run("ПРАВИЛО ПРЕДЕЛ КЛЮЧ РЕЖИМ ДЕЙСТВУЕТ", "show", "--lang", "ru")
	run("operation доказано на этом проходе и не раньше", "explain", "--lang", "ru")
	run("КЛЮЧ ИЗРАСХОДОВАНО ПРЕДЕЛ ОСТАЛОСЬ СБРОС", "top", "requests", "--lang", "ru")
	run("neither ru nor en", "show", "--lang", "de")
	checkTraffic(t, access)
}

// TestQuotas_headings: every column has its Russian heading.
func TestQuotas_headings(t *testing.T) {
	for _, file := range []string{"quotas_show.go", "traffic.go"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`q\.print\(\w+, "([^"]+)"`).FindAllStringSubmatch(string(source), -1) {
			for _, word := range strings.Fields(m[1]) {
				if headings[word] == "" {
					t.Errorf("%s: %s has no Russian heading", file, word)
				}
			}
		}
	}
}

// checkTraffic plays what the gate has logged.
func checkTraffic(t *testing.T, access string) {
	t.Helper()
	draft := filepath.Join(t.TempDir(), "Caddyfile")
	const rules = "{\n\tsoapgate {\n\t\tquotas {\n\t\t\trule tight {\n\t\t\t\tkey client class operation organization\n\t\t\t\tlimit 2/day\n\t\t\t}\n\t\t}\n\t}\n}\n"
	if err := os.WriteFile(draft, []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := quotasOf("explain", "--config", draft); err != nil || !strings.Contains(out, "organization is proved at this pass") {
		t.Errorf("explain without a gate: %v\n%s", err, out)
	}
	out, err := quotasOf("what-if", access, "--config", draft, "--json")
	var report quota.WhatIfReport
	if err != nil || json.Unmarshal([]byte(out), &report) != nil {
		t.Fatalf("what-if: %v\n%s", err, out)
	}
	// Of daily's requests 9 were forwarded; those refused before their parties
	// were proved have no organization.
	for _, o := range report.Outcomes {
		if o.Rule == "tight" && o.Client == "daily" && o.Requests == 9 && o.Refused == 7 {
			if out, err := quotasOf("propose", access); err != nil || !strings.Contains(out, "importMeteringDeviceValues") {
				t.Errorf("propose: %v\n%s", err, out)
			}
			return
		}
	}
	t.Errorf("what-if: got %s", out)
}
