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

func attackVariants(t *testing.T, g *gatetest.Running) {
	var got []string
	for _, c := range []gatetest.Call{
		{},
		{Query: "x=1", Header: http.Header{"X-Forwarded-For": {"192.0.2.1"}}},
		{Path: strings.ToUpper(gatetest.MeteringPath), Header: http.Header{"X-Forwarded-For": {"192.0.2.2"}}},
		{Path: "/." + gatetest.MeteringPath, MaxTLS: tls.VersionTLS12, Header: http.Header{"Soapgate-Client": {"other"}}},
	} {
		c.System, c.Body, c.Action = "paced", []byte("<a/>"), "urn:x"
		reply, err := g.Session.Do(c)
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
}

func attackPoisoning(t *testing.T, g *gatetest.Running) {
	file, err := os.ReadFile(g.Session.World.Path("systems", "daily.pem"))
	if err != nil {
		t.Fatal(err)
	}
	claim := http.Header{"X-Ssl-Client-Escaped-Cert": {url.PathEscape(string(file))}, "Soapgate-Client": {"daily"}}
	for range 5 {
		for system, want := range map[string]string{"-": "client.missing", "stranger": "client.unknown"} {
			reply, err := g.Session.Do(gatetest.Call{System: system, Header: claim, Action: "urn:x", Body: []byte("<a/>")})
			if err != nil || reply.Code != want {
				t.Fatalf("%v: got %q, want %q", err, reply.Code, want)
			}
		}
	}
	for range 3 {
		if reply := send(t, g, "daily"); reply.Code != "" {
			t.Errorf("the one who was named got %q", reply.Code)
		}
	}
}

func attackNames(t *testing.T, g *gatetest.Running) {
	untouched(t, g)
	metrics := "http://" + g.Admin + "/metrics"
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
				if reply, err := g.Session.Do(c); err != nil || reply.Code == "" {
					t.Fatalf("%v: not refused: %+v", err, reply)
				}
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
}

func attackExpense(t *testing.T, g *gatetest.Running) {
	cost := func() (n int) {
		for _, stage := range []string{"schema", "signature", "certificate"} {
			_, rest, _ := strings.Cut(get(t, "http://"+g.Admin+"/metrics"), `soapgate_stage_duration_seconds_count{stage="`+stage+`"} `)
			line, _, _ := strings.Cut(rest, "\n")
			i, _ := strconv.Atoi(line)
			n += i
		}
		return n
	}
	m := g.Session.World.Readings()
	body, err := g.Session.World.Signed(m, "gost256")
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
		if reply, err := g.Session.Do(c); err != nil || reply.Code == "" {
			t.Errorf("%v: not refused: %+v", err, reply)
		}
	}
	if n := cost() - before; n != 0 {
		t.Errorf("%d expensive stages ran", n)
	}
	if reply, err := g.Session.Send("housing", m, body); err != nil || reply.Code != "" {
		t.Errorf("the good message: %v, %q", err, reply.Code)
	}
	if n := cost() - before; n != 3 {
		t.Errorf("%d expensive stages ran for a good message, want 3", n)
	}
}

func attackReturn(t *testing.T, g *gatetest.Running) {
	moments := make(map[string]bool)
	for range 20 { // the limit is used up by row 68
		reply := send(t, g, "daily")
		if n, err := strconv.Atoi(reply.Header.Get("Retry-After")); reply.Code != "quota.limit" || err != nil || n < 1 {
			t.Fatalf("got %q, Retry-After %q", reply.Code, reply.Header.Get("Retry-After"))
		}
		moments[reply.Header.Get("Retry-After")] = true
	}
	if len(moments) < 3 {
		t.Errorf("all are told to come back at once: %v", slices.Collect(maps.Keys(moments)))
	}
}
