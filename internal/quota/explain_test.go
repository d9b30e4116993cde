package quota

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestExplain(t *testing.T) {
	for _, tt := range []struct {
		name          string
		spec          Spec
		pass, because string
	}{
		{"address", Spec{Key: []string{"address"}}, "client", "before the body"},
		{"header of a client", Spec{Key: []string{"client", "header:X-Key"}}, "client", "before the body"},
		{"nothing", Spec{}, "client", "before the body"},
		{"operation", Spec{Key: []string{"client", "operation"}}, "message", "operation is proved"},
		{"field", Spec{Key: []string{"client", "message:a/b"}}, "message", "message:a/b is proved"},
		{"some operations", Spec{Key: []string{"client"}, Operations: []string{"x"}}, "message", "which operation"},
		{"cost", Spec{Key: []string{"client"}, Cost: "a/b"}, "message", "its cost"},
		{"organization", Spec{Key: []string{"client", "operation", "organization"}}, "authority", "organization is proved"},
		{"signer", Spec{Key: []string{"signer"}}, "authority", "signer is proved"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.spec.Name, tt.spec.Limit = "r", "1/day"
			e := compile(t, Options{}, tt.spec).Explain(start)[0]
			if e.Pass != tt.pass || !strings.Contains(e.Because, tt.because) || !e.InForce || e.Limit != "1/day" {
				t.Errorf("%+v", e)
			}
		})
	}
}

func TestCompile_errors(t *testing.T) {
	spec := func(f func(*Spec)) []Spec {
		s := Spec{Name: "r", Key: []string{"client"}}
		f(&s)
		return []Spec{s}
	}
	day := func(s *Spec) { s.Limit = "1/day" }
	for _, tt := range []struct {
		name  string
		specs []Spec
		want  string
	}{
		{"no kind", spec(func(*Spec) {}), "want exactly one of"},
		{"two kinds", spec(func(s *Spec) { day(s); s.Rate = "1/1s" }), "want exactly one of"},
		{"no name", spec(func(s *Spec) { day(s); s.Name = "" }), "name: want"},
		{"name with a separator", spec(func(s *Spec) { day(s); s.Name = "a\x1fb" }), "name: want"},
		{"rate without a period", spec(func(s *Spec) { s.Rate = "600" }), "want a count and a period"},
		{"rate of none", spec(func(s *Spec) { s.Rate = "0/1m" }), "want a count and a period"},
		{"rate too high", spec(func(s *Spec) { s.Rate = "1000000/1s" }), "more than 100000 a second"},
		{"burst beyond the count", spec(func(s *Spec) { s.Rate, s.Burst = "10/1s", 11 }), "burst 11"},
		{"burst of a limit", spec(func(s *Spec) { day(s); s.Burst = 1 }), "only a rate has one"},
		{"year", spec(func(s *Spec) { s.Limit = "1/year" }), `unknown window "year"`},
		{"negative limit", spec(func(s *Spec) { s.Limit = "-1/day" }), "is not within 1"},
		{"odd size", spec(func(s *Spec) { s.Bytes = "2Gi/day" }), `size "2Gi"`},
		{"huge size", spec(func(s *Spec) { s.Bytes = "9999999TiB/day" }), "at most 2^50"},
		{"steps that shrink", spec(func(s *Spec) { s.Interval = []string{"60s", "10s"} }), "shorter than the one before"},
		{"step too short", spec(func(s *Spec) { s.Interval = []string{"1us"} }), "not within 1ms"},
		{"unknown part", spec(func(s *Spec) { day(s); s.Key = []string{"colour"} }), `unknown key part "colour"`},
		{"only a claim", spec(func(s *Spec) { day(s); s.Key = []string{"header:X"} }), "only what the caller claims"},
		{"prefix too long", spec(func(s *Spec) { day(s); s.Key = []string{"address/33"} }), "not within 1 and 32"},
		{"mode", spec(func(s *Spec) { day(s); s.Mode = "shadow" }), `mode "shadow"`},
		{"stage before quota", spec(func(s *Spec) { day(s); s.Failed = []string{"transport"} }), "want a stage behind quota"},
		{"failures by signer", spec(func(s *Spec) { day(s); s.Key, s.Failed = []string{"signer"}, []string{"schema"} }), "proved only behind"},
		{"cost of bytes", spec(func(s *Spec) { s.Bytes, s.Cost = "1MB/day", "a" }), "counts no messages"},
		{"charge_refused of places", spec(func(s *Spec) { s.Concurrent, s.ChargeRefused = 1, true }), "holds no concurrent"},
		{"reset of a rate", spec(func(s *Spec) { s.Rate, s.Reset = "1/1s", "04:00" }), "only calendar windows"},
		{"reset of an hour", spec(func(s *Spec) { s.Limit, s.Reset = "1/hour", "04:00" }), "have none"},
		{"reset", spec(func(s *Spec) { day(s); s.Reset = "25:00" }), "want a time of day"},
		{"zone", spec(func(s *Spec) { day(s); s.Timezone = "Moscow" }), `time zone "Moscow"`},
		{"date", spec(func(s *Spec) { day(s); s.Effective = "10.01.2026" }), "want a date"},
		{"effective before published", spec(func(s *Spec) { day(s); s.Published, s.Effective = "2026-02-01", "2026-01-01" }), "before published"},
		{"two of a name", append(spec(day), spec(day)...), "same effective date"},
		{"short notice", spec(func(s *Spec) { day(s); s.Published, s.Effective = "2026-01-01", "2026-01-30" }), "less than the lead time 720h"},
		{"tightened without publication", append(
			spec(func(s *Spec) { s.Limit, s.Published, s.Effective = "2/day", "2026-01-01", "2026-02-10" }),
			spec(func(s *Spec) { day(s); s.Effective = "2026-03-10" })...), "published: missing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Compile(tt.specs, Options{LeadTime: 30 * 24 * time.Hour})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestCompile_leadTime(t *testing.T) {
	published := func(limit, published, effective, reason string) Spec {
		return Spec{Name: "r", Bounds: Bounds{Limit: limit}, Published: published, Effective: effective, Reason: reason}
	}
	first := published("10/day", "2026-01-01", "2026-02-01", "")
	for _, tt := range []struct {
		name string
		next Spec
		ok   bool
	}{
		{"tighter in time", published("5/day", "2026-02-01", "2026-03-03", ""), true},
		{"tighter too soon", published("5/day", "2026-02-01", "2026-03-02", ""), false},
		{"tighter too soon, with a reason", published("5/day", "2026-02-01", "2026-02-02", "attack of 1 February"), true},
		{"wider at once", published("20/day", "2026-02-02", "2026-02-02", ""), true},
		{"same at once", published("10/day", "2026-02-02", "2026-02-02", ""), true},
		{"longer window at once", published("10/month", "2026-02-02", "2026-02-02", ""), false},
		{"shorter window at once", published("10/hour", "2026-02-02", "2026-02-02", ""), true},
		{"other kind at once", Spec{Name: "r", Bounds: Bounds{Rate: "10/1s"}, Published: "2026-02-02", Effective: "2026-02-02"}, false},
		{"watched at once", Spec{Name: "r", Bounds: Bounds{Limit: "1/day"}, Published: "2026-02-02", Effective: "2026-02-02", Mode: "observe"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Compile([]Spec{tt.next, first}, Options{LeadTime: 30 * 24 * time.Hour})
			if (err == nil) != tt.ok {
				t.Errorf("error %v, want ok %v", err, tt.ok)
			}
		})
	}
}

func TestFields(t *testing.T) {
	l := NewLimiter(newMemory(), compile(t, Options{},
		Spec{Name: "requests", Key: []string{"client"}, Bounds: Bounds{Rate: "600/1m", Burst: 60}},
		Spec{Name: "daily", Key: []string{"client"}, Bounds: Bounds{Limit: "100/day"}},
		Spec{Name: "volume", Key: []string{"client"}, Bounds: Bounds{Bytes: "1KiB/hour"}},
		Spec{Name: "watched", Key: []string{"client"}, Bounds: Bounds{Limit: "1/day"}, Mode: "observe"},
		Spec{Name: "parallel", Key: []string{"client"}, Bounds: Bounds{Concurrent: 8}},
	))
	v := l.Begin()
	v.Request = Request{Client: "a", BytesIn: 24}
	if rej := v.Pass(context.Background(), PassClient, start); rej != nil {
		t.Fatal(rej)
	}
	policy, limit := Fields(v.Results, start)
	want := [2]string{
		`"requests";q=600;w=60, "daily";q=100;w=86400, "volume";q=1024;w=3600;qu="content-bytes"`,
		`"requests";r=59;t=1, "daily";r=99;t=43200, "volume";r=1000;t=3600`,
	}
	if diff := cmp.Diff(want, [2]string{policy, limit}); diff != "" {
		t.Error(diff)
	}
}

func TestRetryAfter(t *testing.T) {
	for _, tt := range []struct {
		wait   time.Duration
		random float64
		want   string
	}{
		{time.Millisecond, 0, "1"},
		{time.Second, 0, "1"},
		{time.Second, 0.5, "2"},
		{1001 * time.Millisecond, 0, "2"},
		{100 * time.Second, 0.999, "125"},
		{24 * time.Hour, 0.999999, "87000"},
	} {
		if got := RetryAfter(tt.wait, tt.random); got != tt.want {
			t.Errorf("RetryAfter(%v, %v) = %s, want %s", tt.wait, tt.random, got, tt.want)
		}
	}
}

// TestExplain_overrides tells of other limits that hold, and of no others.
func TestExplain_overrides(t *testing.T) {
	rules := compile(t, Options{Overrides: []Override{
		{Rule: "r", Class: "small", Bounds: Bounds{Limit: "1/day"}, Reason: "trial"},
		{Rule: "r", Client: "a", Bounds: Bounds{Limit: "7/day"}, Until: start.Add(time.Hour)},
		{Rule: "r", Client: "b", Bounds: Bounds{Limit: "8/day"}, Until: start},
	}}, Spec{Name: "r", Key: []string{"client"}, Bounds: Bounds{Limit: "5/day"}})
	var got []string
	for _, o := range rules.Explain(start)[0].Overrides {
		got = append(got, o.Who()+" "+o.LimitText()+" "+o.Reason)
	}
	if diff := cmp.Diff([]string{"class small 1/day trial", "client a 7/day "}, got); diff != "" {
		t.Error(diff)
	}
}

// TestOverride_errors refuses what would never hold or be ambiguous.
func TestOverride_errors(t *testing.T) {
	specs := []Spec{{Name: "r", Key: []string{"client"}, Bounds: Bounds{Limit: "5/day"}}}
	for _, tt := range []struct {
		override Override
		want     string
	}{
		{Override{Rule: "r", Bounds: Bounds{Limit: "1/day"}}, "want exactly one of client, organization and class"},
		{Override{Rule: "r", Client: "a", Class: "b", Bounds: Bounds{Limit: "1/day"}}, "want exactly one of client, organization and class"},
		{Override{Rule: "r", Organization: "1", Bounds: Bounds{Limit: "1/day"}}, "organization: is proved at pass authority, and the rule runs at pass client"},
		{Override{Rule: "r", Client: "a", Bounds: Bounds{Rate: "1/1s"}}, "no such rule of that kind and window"},
		{Override{Rule: "x", Class: "a", Bounds: Bounds{Limit: "1/day"}}, `override of rule "x" for class a: no such rule`},
		{Override{Rule: "r", Client: "a"}, "want exactly one of rate, limit"},
	} {
		_, err := Compile(specs, Options{Overrides: []Override{tt.override}})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v, want %q", tt.override, err, tt.want)
		}
	}
}
