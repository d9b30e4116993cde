package gatetest_test

import (
	"crypto/tls"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest"
)

func attackVariants(t *testing.T, a *attack) {
	var got []string
	for _, c := range []gatetest.Call{
		{},
		{Query: "x=1", Header: http.Header{"X-Forwarded-For": {"192.0.2.1"}}},
		{Path: strings.ToUpper(gatetest.MeteringPath), Header: http.Header{"X-Forwarded-For": {"192.0.2.2"}}},
		{Path: "/." + gatetest.MeteringPath, MaxTLS: tls.VersionTLS12, Header: http.Header{"Soapgate-Client": {"other"}}},
	} {
		c.System, c.Body, c.Action = "paced", []byte("<a/>"), "urn:x"
		reply, err := a.Session.Do(c)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, reply.Code)
	}
	for i, code := range got { // 2 a minute, whatever they look like
		if (code == "quota.rate") != (i >= 2) {
			t.Errorf("request %d got %q", i+1, code)
		}
	}
	a.refused, a.passed = a.refused+2, a.passed+2
	if top := get(t, "http://"+a.Admin+"/soapgate/quotas/rules/trial-pace/top"); strings.Count(top, `"key"`) != 1 {
		t.Errorf("counted as several: %s", top)
	}
	a.bounded++
}

func attackPoisoning(t *testing.T, a *attack) {
	file, err := os.ReadFile(a.Session.World.Path("systems", "daily.pem"))
	if err != nil {
		t.Fatal(err)
	}
	claim := http.Header{"X-Ssl-Client-Escaped-Cert": {url.PathEscape(string(file))}, "Soapgate-Client": {"daily"}}
	for range 5 {
		for system, want := range map[string]string{"-": "client.missing", "stranger": "client.unknown"} {
			reply, err := a.Session.Do(gatetest.Call{System: system, Header: claim, Action: "urn:x", Body: []byte("<a/>")})
			if err != nil || reply.Code != want {
				t.Fatalf("%v: got %q, want %q", err, reply.Code, want)
			}
			a.refused++
		}
	}
	for range 3 {
		if reply := send(t, a.Running, "daily"); reply.Code != "" {
			t.Errorf("the one who was named got %q", reply.Code)
		}
		a.passed++
	}
	counters := get(t, "http://"+a.Admin+"/soapgate/quotas/counters?client=daily&operation=importMeteringDeviceValues")
	if !strings.Contains(counters, `"rule":"trial-day","kind":"limit","limit":3,"used":3,`) {
		t.Errorf("charged to the one who was named: %s", counters)
	}
	a.bounded++
}

func attackNames(t *testing.T, a *attack) {
	if code := a.good(t, "housing"); code != "" { // which is counted, by names of the configuration
		t.Errorf("a good message got %q", code)
	}
	a.passed++
	untouched(t, a)
	metrics := "http://" + a.Admin + "/metrics"
	flood := func(from, to int) {
		for i := from; i < to; i++ {
			name := fmt.Sprintf("flood%d", i)
			for _, c := range []gatetest.Call{
				{Path: "/" + name}, {Method: strings.ToUpper(name)}, {Type: "text/" + name}, {Action: name},
				{Header: http.Header{"Soapgate-Client": {name}, "User-Agent": {name}}}, {System: "-", Query: name},
			} {
				if c.System == "" {
					c.System = "housing"
				}
				c.Body = []byte("<" + name + "/>")
				if reply, err := a.Session.Do(c); err != nil || reply.Code == "" {
					t.Fatalf("%v: not refused: %+v", err, reply)
				}
				a.refused++
			}
		}
	}
	flood(0, 1)
	before := strings.Count(get(t, metrics), "\nsoapgate_")
	flood(1, 20)
	page := get(t, metrics)
	if after := strings.Count(page, "\nsoapgate_"); after != before {
		t.Errorf("%d series, then %d", before, after)
	}
	if i := strings.Index(strings.ToLower(page), "flood"); i >= 0 {
		t.Errorf("a sender's word in the metrics: %.200s", page[max(0, i-100):])
	}
	a.bounded++
}

func attackExpense(t *testing.T, a *attack) {
	cost := func() (n int) {
		for _, stage := range []string{"schema", "signature", "certificate"} {
			n += count(t, a.Running, `soapgate_stage_duration_seconds_count{stage="`+stage+`"}`)
		}
		return n
	}
	m := a.Session.World.Readings()
	body, err := a.Session.World.Signed(m, "gost256")
	if err != nil {
		t.Fatal(err)
	}
	before := cost()
	for _, c := range []gatetest.Call{
		{System: "-"}, {System: "stranger"}, {System: "suspended"}, {System: "paced"}, // his limit is used up by row 67
		{System: "housing", Type: "text/plain"}, {System: "housing", Action: "urn:getState"}, {System: "housing", Path: "/nowhere"},
	} {
		if c.Body = body; c.Action == "" {
			c.Action = m.Action
		}
		if reply, err := a.Session.Do(c); err != nil || reply.Code == "" {
			t.Errorf("%v: not refused: %+v", err, reply)
		}
		a.refused++
	}
	if n := cost() - before; n != 0 {
		t.Errorf("%d expensive stages ran", n)
	}
	a.bounded++
	if reply, err := a.Session.Send("housing", m, body); err != nil || reply.Code != "" {
		t.Errorf("the good message: %v, %q", err, reply.Code)
	}
	if n := cost() - before; n != 3 {
		t.Errorf("%d expensive stages ran for a good message, want 3", n)
	}
	a.passed++
}

func attackReturn(t *testing.T, a *attack) {
	moments := make(map[string]bool)
	for range 20 { // the limit is used up by row 68
		reply := send(t, a.Running, "daily")
		if n, err := strconv.Atoi(reply.Header.Get("Retry-After")); reply.Code != "quota.limit" || err != nil || n < 1 {
			t.Fatalf("got %q, Retry-After %q", reply.Code, reply.Header.Get("Retry-After"))
		}
		moments[reply.Header.Get("Retry-After")] = true
		a.refused++
	}
	if len(moments) < 3 {
		t.Errorf("all are told to come back at once: %v", slices.Collect(maps.Keys(moments)))
	}
	// Nobody waits longer than the window and ten minutes.
	for m := range moments {
		if n, _ := strconv.Atoi(m); n > (24*60+10)*60 {
			t.Errorf("told to come back in %s seconds", m)
		}
	}
	a.bounded++
	reply, err := a.Session.Do(gatetest.Call{System: "daily", Action: "urn:getState", Body: a.state()})
	if err != nil || reply.Code != "" || reply.Header.Get("Retry-After") != "" {
		t.Errorf("another operation, which has a limit of its own: %v, %q, %v", err, reply.Code, reply.Header)
	}
	a.passed++
}
