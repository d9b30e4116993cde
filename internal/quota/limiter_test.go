package quota

import (
	"context"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/reject"
)

var start = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

func compile(tb testing.TB, o Options, specs ...Spec) *Rules {
	tb.Helper()
	rules, err := Compile(specs, o)
	if err != nil {
		tb.Fatal(err)
	}
	return rules
}

func newMemory() *Memory { return NewMemory(MemoryOptions{Keys: 1 << 16, Seed: [2]uint64{1, 2}}) }

// fields is a Source made of a table: "header:X" or "message:a/b" to value.
type fields map[string]string

func (f fields) Value(p Part) (string, bool) { v, ok := f[p.String()]; return v, ok }

func (f fields) Count(path string) (int64, bool) { return int64(len(f[path])), f[path] != "" }

// A step is one request of a scenario.
type step struct {
	at   time.Duration // since start
	req  Request
	want string        // code, "" if it passes
	wait time.Duration // RetryAfter
	used string        // "rule=used/remaining ..." of all results
	out  Outcome
	hold bool // not ended before the scenario is over
	ack  bool // not a request: the system has acknowledged one
}

// scenarios is the table that every store passes.
var scenarios = []struct {
	name  string
	specs []Spec
	opts  Options
	steps []step
}{
	{
		name:  "rate: burst, then evenly",
		specs: []Spec{{Name: "r", Key: []string{"client"}, Bounds: Bounds{Rate: "60/1m", Burst: 2}}},
		steps: []step{
			{req: Request{Client: "a"}, used: "r=1/1"},
			{req: Request{Client: "a"}, used: "r=2/0"},
			{req: Request{Client: "a"}, want: "quota.rate", wait: time.Second, used: "r=2/0"},
			{req: Request{Client: "b"}, used: "r=1/1"},
			{at: 999 * time.Millisecond, req: Request{Client: "a"}, want: "quota.rate", wait: time.Millisecond},
			{at: time.Second, req: Request{Client: "a"}, used: "r=2/0"},
			{at: time.Second, req: Request{Client: "a"}, want: "quota.rate", wait: time.Second},
			{at: time.Hour, req: Request{Client: "a"}, used: "r=1/1"},
		},
	},
	{
		name:  "limit: a day in Moscow ends at 21:00 UTC",
		specs: []Spec{{Name: "d", Key: []string{"client"}, Bounds: Bounds{Limit: "2/day"}}},
		opts:  Options{Timezone: "Europe/Moscow"},
		steps: []step{
			{req: Request{Client: "a"}, used: "d=1/1"},
			{at: 8 * time.Hour, req: Request{Client: "a"}, used: "d=2/0"},
			{at: 8 * time.Hour, req: Request{Client: "a"}, want: "quota.limit", wait: time.Hour, used: "d=2/0"},
			{at: 9*time.Hour - time.Microsecond, req: Request{Client: "a"}, want: "quota.limit", wait: time.Microsecond},
			{at: 9 * time.Hour, req: Request{Client: "a"}, used: "d=1/1"},
		},
	},
	{
		name:  "limit: a day with a reset hour",
		specs: []Spec{{Name: "d", Key: []string{"client"}, Bounds: Bounds{Limit: "1/day"}, Reset: "13:30"}},
		steps: []step{
			{req: Request{Client: "a"}, used: "d=1/0"},
			{req: Request{Client: "a"}, want: "quota.limit", wait: 90 * time.Minute},
			{at: 90 * time.Minute, req: Request{Client: "a"}, used: "d=1/0"},
			{at: 90 * time.Minute, req: Request{Client: "a"}, want: "quota.limit", wait: 24 * time.Hour},
		},
	},
	{
		name:  "concurrent: a place is given back at the end",
		specs: []Spec{{Name: "c", Key: []string{"client"}, Bounds: Bounds{Concurrent: 2}}},
		steps: []step{
			{req: Request{Client: "a"}, hold: true, used: "c=1/1"},
			{req: Request{Client: "a"}, used: "c=2/0"},
			{req: Request{Client: "a"}, hold: true, used: "c=2/0"},
			{req: Request{Client: "a"}, want: "quota.concurrent", wait: time.Second, used: "c=2/0"},
			{req: Request{Client: "a"}, want: "quota.concurrent", wait: time.Second, used: "c=2/0"},
			{req: Request{Client: "b"}, used: "c=1/1"},
		},
	},
	{
		name: "a refusal charges no rule of its own pass",
		specs: []Spec{
			{Name: "wide", Key: []string{"client"}, Bounds: Bounds{Limit: "10/hour"}},
			{Name: "narrow", Key: []string{"client"}, Bounds: Bounds{Limit: "1/minute"}},
			{Name: "places", Key: []string{"client"}, Bounds: Bounds{Concurrent: 1}},
		},
		steps: []step{
			{req: Request{Client: "a"}, used: "wide=1/9 narrow=1/0 places=1/0"},
			{req: Request{Client: "a"}, want: "quota.limit", wait: time.Minute, used: "wide=1/9 narrow=1/0 places=0/1"},
			{at: time.Minute, req: Request{Client: "a"}, used: "wide=2/8 narrow=1/0 places=1/0"},
		},
	},
	{
		name: "charges of an earlier pass stay",
		specs: []Spec{
			{Name: "first", Key: []string{"client"}, Bounds: Bounds{Limit: "10/hour"}},
			{Name: "second", Key: []string{"client", "operation"}, Bounds: Bounds{Limit: "1/hour"}},
		},
		steps: []step{
			{req: Request{Client: "a", Operation: "o"}, used: "first=1/9 second=1/0"},
			{req: Request{Client: "a", Operation: "o"}, want: "quota.limit", wait: time.Hour, used: "first=2/8 second=1/0"},
			{req: Request{Client: "a", Operation: "p"}, used: "first=3/7 second=1/0"},
		},
	},
	{
		name: "charge_refused: who hammers stays out, but not for ever",
		specs: []Spec{
			{Name: "r", Key: []string{"client"}, Bounds: Bounds{Rate: "60/1m", Burst: 2}, ChargeRefused: true},
		},
		steps: []step{
			{req: Request{Client: "a"}}, {req: Request{Client: "a"}, used: "r=2/0"},
			{at: 500 * time.Millisecond, req: Request{Client: "a"}, want: "quota.rate", wait: 500 * time.Millisecond, used: "r=2/0"},
			{at: 900 * time.Millisecond, req: Request{Client: "a"}, want: "quota.rate", wait: 600 * time.Millisecond, used: "r=2/0"},
			{at: 1900 * time.Millisecond, req: Request{Client: "a"}, used: "r=2/0"},
		},
	},
	{
		name: "observe: counts, reports, refuses nothing",
		specs: []Spec{
			{Name: "o", Key: []string{"client"}, Bounds: Bounds{Limit: "1/hour"}, Mode: "observe"},
			{Name: "e", Key: []string{"client"}, Bounds: Bounds{Limit: "3/hour"}},
		},
		steps: []step{
			{req: Request{Client: "a"}, used: "o=1/0 e=1/2"},
			{req: Request{Client: "a"}, used: "o=1/0! e=2/1"},
		},
	},
	{
		name: "failures spend a budget of their own",
		specs: []Spec{
			{Name: "faulty", Key: []string{"client"}, Bounds: Bounds{Limit: "2/hour"}, Failed: []string{"schema", "signature"}},
		},
		steps: []step{
			{req: Request{Client: "a"}, used: "faulty=0/2", out: Outcome{Refused: "schema.invalid"}},
			{req: Request{Client: "a"}, used: "faulty=1/1", out: Outcome{Refused: "xml.dtd"}},
			{req: Request{Client: "a"}, used: "faulty=1/1", out: Outcome{Refused: "signature.digest"}},
			{req: Request{Client: "a"}, want: "quota.failed", wait: time.Hour, used: "faulty=2/0"},
			{req: Request{Client: "b"}, used: "faulty=0/2"},
		},
	},
	{
		name: "bytes: in when asked, out at the end",
		specs: []Spec{
			{Name: "both", Key: []string{"client"}, Bounds: Bounds{Bytes: "1000B/day"}},
			{Name: "out", Key: []string{"client"}, Bounds: Bounds{Bytes: "500B/day"}, Direction: "out"},
		},
		steps: []step{
			{req: Request{Client: "a", BytesIn: 300}, used: "both=300/700 out=0/500", out: Outcome{BytesIn: 300, BytesOut: 200}},
			{req: Request{Client: "a"}, used: "both=500/500 out=200/300", out: Outcome{BytesIn: 100, BytesOut: 300}},
			{req: Request{Client: "a"}, want: "quota.bytes", wait: 12 * time.Hour, used: "both=900/100 out=500/0"},
			{req: Request{Client: "b", BytesIn: 1001}, want: "quota.cost", used: "both=0/1000 out=0/500"},
		},
	},
	{
		name: "cost: objects of the message",
		specs: []Spec{
			{Name: "objects", Key: []string{"client"}, Bounds: Bounds{Limit: "10/day"}, Cost: "import/object"},
		},
		steps: []step{
			{req: Request{Client: "a", Source: fields{"import/object": "1234567"}}, used: "objects=7/3"},
			{req: Request{Client: "a", Source: fields{"import/object": "1234"}}, want: "quota.limit", wait: 12 * time.Hour, used: "objects=7/3"},
			{req: Request{Client: "a", Source: fields{}}, used: "objects=8/2"},
			{req: Request{Client: "b", Source: fields{"import/object": "12345678901"}}, want: "quota.cost", used: "objects=0/10"},
		},
	},
	{
		name: "interval: the pacing of getState",
		specs: []Spec{{
			Name: "polling", Key: []string{"client", "message:getStateRequest/MessageGUID"},
			Bounds: Bounds{Interval: []string{"10s", "60s", "300s"}},
		}},
		steps: []step{
			{req: guid("g"), used: "polling=0/1"}, // unknown: passes
			{req: guid("g"), used: "polling=0/1"},
			{ack: true, req: guid("G")},
			{at: 9 * time.Second, req: guid("g"), want: "quota.interval", wait: time.Second, used: "polling=1/0"},
			{at: 10 * time.Second, req: guid("g"), used: "polling=1/0"},
			{at: 69 * time.Second, req: guid("g"), want: "quota.interval", wait: time.Second},
			{at: 70 * time.Second, req: guid("g")},
			{at: 369 * time.Second, req: guid("g"), want: "quota.interval", wait: time.Second},
			{at: 370 * time.Second, req: guid("g")},
			{at: 669 * time.Second, req: guid("g"), want: "quota.interval", wait: time.Second},
			{at: 670 * time.Second, req: guid("g")},
			{at: 670 * time.Second, req: Request{Client: "a"}},
		},
	},
	{
		name: "keys: claims are folded, addresses cut",
		specs: []Spec{
			{Name: "net", Key: []string{"address/24/64"}, Bounds: Bounds{Limit: "1/hour"}},
			{Name: "head", Key: []string{"client", "header:X-Key"}, Bounds: Bounds{Limit: "1/hour"}},
		},
		steps: []step{
			{req: Request{Address: netip.MustParseAddr("192.0.2.1")}, used: "net=1/0"},
			{req: Request{Address: netip.MustParseAddr("::ffff:192.0.2.200")}, want: "quota.limit", wait: time.Hour, used: "net=1/0"},
			{req: Request{Address: netip.MustParseAddr("2001:db8::1")}, used: "net=1/0"},
			{req: Request{Address: netip.MustParseAddr("2001:db8::ffff:0:0:1%eth0")}, want: "quota.limit", wait: time.Hour, used: "net=1/0"},
			{req: Request{Client: "a", Source: fields{"header:X-Key": "Value"}}, used: "head=1/0"},
			{req: Request{Client: "a", Source: fields{"header:X-Key": " vALUE\t"}}, want: "quota.limit", wait: time.Hour, used: "head=1/0"},
			{req: Request{Client: "a\x1fb", Source: fields{"header:X-Key": "c"}}, used: "head=1/0"},
			{req: Request{Client: "a", Source: fields{"header:X-Key": "b\x1fc"}}, used: "head=1/0"},
		},
	},
	{
		name: "versions and overrides",
		specs: []Spec{
			{Name: "v", Key: []string{"client"}, Bounds: Bounds{Limit: "9/day"}},
			{Name: "v", Key: []string{"client"}, Bounds: Bounds{Limit: "2/day"}, Published: "2026-02-01", Effective: "2026-03-11"},
		},
		opts: Options{LeadTime: 30 * 24 * time.Hour, Overrides: []Override{
			{Rule: "v", Client: "b", Bounds: Bounds{Limit: "5/day"}, Until: start.Add(time.Hour)},
		}},
		steps: []step{
			{req: Request{Client: "a"}, used: "v=1/8"},
			{req: Request{Client: "b"}, used: "v=1/4"},
			{at: time.Hour, req: Request{Client: "b"}, used: "v=2/7"},
			{at: 12 * time.Hour, req: Request{Client: "a"}, used: "v=1/1"},
			{at: 12 * time.Hour, req: Request{Client: "b"}, used: "v=1/1"},
		},
	},
	{
		name: "overrides of clients, organizations and classes",
		specs: []Spec{
			{Name: "o", Key: []string{"client", "organization"}, Bounds: Bounds{Limit: "9/day"}},
			{Name: "c", Key: []string{"client"}, Bounds: Bounds{Rate: "2/1s", Burst: 2}},
		},
		opts: Options{Overrides: []Override{
			{Rule: "o", Organization: "1", Bounds: Bounds{Limit: "5/day"}},
			{Rule: "o", Class: "small", Bounds: Bounds{Limit: "3/day"}},
			{Rule: "o", Client: "b", Bounds: Bounds{Limit: "7/day"}, Until: start.Add(time.Hour)},
			{Rule: "c", Class: "small", Bounds: Bounds{Rate: "1/1s", Burst: 1}},
		}},
		steps: []step{
			{req: Request{Client: "a", Organization: "2"}, used: "c=1/1 o=1/8"},
			{req: Request{Client: "a2", Organization: "1"}, used: "c=1/1 o=1/4"},
			{req: Request{Client: "a3", Organization: "2", Class: "small"}, used: "c=1/0 o=1/2"},
			{req: Request{Client: "a4", Organization: "1", Class: "small"}, used: "c=1/0 o=1/4"}, // the organization's goes before the class's
			{req: Request{Client: "b", Organization: "1", Class: "small"}, used: "c=1/0 o=1/6"},  // and the client's before both
			{at: time.Hour, req: Request{Client: "b", Organization: "1", Class: "small"}, used: "c=1/0 o=2/3"},
		},
	},
	{
		name: "what a rule concerns",
		specs: []Spec{
			{Name: "op", Key: []string{"client"}, Bounds: Bounds{Limit: "1/hour"}, Operations: []string{"import"}},
			{Name: "svc", Key: []string{"client"}, Bounds: Bounds{Limit: "1/hour"}, Services: []string{"bills"}},
			{Name: "cls", Bounds: Bounds{Limit: "1/hour"}, Classes: []string{"small"}},
		},
		steps: []step{
			{req: Request{Client: "a", Operation: "export"}, used: ""},
			{req: Request{Client: "a", Operation: "import", Service: "bills"}, used: "svc=1/0 op=1/0"},
			{req: Request{Client: "b", Class: "small"}, used: "cls=1/0"},
			{req: Request{Client: "c", Class: "small"}, want: "quota.limit", wait: time.Hour, used: "cls=1/0"},
		},
	},
}

func guid(g string) Request {
	return Request{Client: "a", Source: fields{"message:getStateRequest/MessageGUID": g}}
}

func TestMemory_scenarios(t *testing.T) {
	for _, sc := range scenarios {
		t.Run(sc.name, func(t *testing.T) {
			l := NewLimiter(newMemory(), compile(t, sc.opts, sc.specs...))
			play(t, l, start, sc.steps)
		})
	}
}

// play makes the requests of a scenario, one after the other.
func play(t *testing.T, l *Limiter, start time.Time, steps []step) {
	t.Helper()
	ctx := context.Background()
	for i, st := range steps {
		now := start.Add(st.at)
		if st.ack {
			if err := l.Start(ctx, &st.req, now); err != nil {
				t.Fatal(err)
			}
			continue
		}
		v := l.Begin()
		v.Request = st.req
		var rej *reject.Rejection
		for p := PassClient; p <= PassAuthority && rej == nil; p++ {
			rej = v.Pass(ctx, p, now)
		}
		switch {
		case rej == nil && st.want != "":
			t.Errorf("step %d: passes, want %s", i, st.want)
		case rej != nil && string(rej.Code) != st.want:
			t.Errorf("step %d: %v, want %q", i, rej, st.want)
		case rej != nil && rej.RetryAfter != st.wait:
			t.Errorf("step %d: retry after %v, want %v", i, rej.RetryAfter, st.wait)
		}
		if used := usage(v); st.used != "" && used != st.used {
			t.Errorf("step %d: used %q, want %q", i, used, st.used)
		}
		if st.hold {
			t.Cleanup(func() { v.End(ctx, st.out, now) })
			continue
		}
		if rej != nil {
			st.out.Refused = rej.Code
		}
		if err := v.End(ctx, st.out, now); err != nil {
			t.Fatal(err)
		}
	}
}

func usage(v *Visit) string {
	var b strings.Builder
	for r := range v.Results {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(r.Rule.Name + "=" + itoa(r.Used) + "/" + itoa(r.Remaining))
		if r.Refused && r.Rule.Observe {
			b.WriteByte('!')
		}
	}
	return b.String()
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
