package quota

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soapgate/soapgate/internal/reject"
)

// logged writes a line of the access log as Caddy does.
func logged(at time.Duration, duration float64, rest string) string {
	end := float64(start.Add(at).UnixMicro())/1e6 + duration
	return fmt.Sprintf(`{"level":"info","ts":%.6f,"logger":"http.log.access","msg":"handled request",`+
		`"request":{"remote_ip":"192.0.2.1","client_ip":"192.0.2.7","method":"POST"},"bytes_read":100,"duration":%g,"size":50,"status":200,%s}`,
		end, duration, rest)
}

func TestReadTraffic(t *testing.T) {
	log := strings.Join([]string{
		logged(0, 0.5, `"soapgate_verdict":"accepted","soapgate_client":"a","soapgate_operation":"exportNsi"`),
		`not JSON`,
		logged(time.Second, 0, `"other":1`), // of another site
		"",
		logged(2*time.Second, 0.25, `"soapgate_verdict":"refused","soapgate_code":"schema.unheard_of","soapgate_client":"a"`),
		logged(3*time.Second, 0.25, `"soapgate_verdict":"refused","soapgate_code":"quota.rate","soapgate_client":"a"`),
	}, "\n")
	var got []string
	skipped, err := ReadTraffic(strings.NewReader(log), func(e Event) error {
		got = append(got, fmt.Sprintf("%v+%v %s %s %q %s %d/%d", e.Time.Sub(start), e.Duration, e.Client, e.Operation, e.Code, e.Address, e.BytesIn, e.BytesOut))
		return nil
	})
	want := []string{
		`0s+500ms a exportNsi "" 192.0.2.7 100/50`,
		`2s+250ms a  "" 192.0.2.7 100/50`,
		`3s+250ms a  "quota.rate" 192.0.2.7 100/50`,
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil || skipped != 2 {
		t.Errorf("skipped %d, error %v\n%s", skipped, err, diff)
	}
	if _, err := ReadTraffic(strings.NewReader(strings.Repeat("x", maxLine+1)), nil); err == nil {
		t.Error("a line without end is read")
	}
}

func TestWhatIf(t *testing.T) {
	rules := compile(t, Options{},
		Spec{Name: "minute", Key: []string{"client"}, Bounds: Bounds{Limit: "3/minute"}},
		Spec{Name: "places", Key: []string{"client"}, Bounds: Bounds{Concurrent: 1}, Mode: "observe"},
		Spec{Name: "faulty", Key: []string{"client"}, Bounds: Bounds{Limit: "1/hour"}, Failed: []string{"schema"}},
		Spec{Name: "polling", Key: []string{"client", "message:getStateRequest/MessageGUID"}, Bounds: Bounds{Interval: []string{"10s"}}},
	)
	w := NewWhatIf(rules)
	play := func(at, duration time.Duration, client string, code reject.Code) {
		t.Helper()
		if err := w.Add(Event{Time: start.Add(at), Duration: duration, Client: client, Code: code}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 5 { // two too many in the minute; the second and third while the first runs
		play(time.Duration(i)*time.Second, 2500*time.Millisecond, "a", "")
	}
	play(30*time.Second, time.Second, "b", "schema.invalid")
	play(40*time.Second, time.Second, "b", "quota.rate") // of the rules of that time
	report, err := w.Report()
	if err != nil {
		t.Fatal(err)
	}
	want := &WhatIfReport{
		Requests: 7, Refused: 3, Unknown: []string{"polling"},
		Outcomes: []RuleOutcome{
			{Rule: "minute", Client: "a", Requests: 5, Refused: 2, First: start.Add(3 * time.Second), Last: start.Add(4 * time.Second)},
			{Rule: "places", Client: "a", Requests: 5, Refused: 2, First: start.Add(time.Second), Last: start.Add(2 * time.Second)},
			{Rule: "faulty", Client: "b", Requests: 2, Refused: 1, First: start.Add(40 * time.Second), Last: start.Add(40 * time.Second)},
			{Rule: "faulty", Client: "a", Requests: 5},
			{Rule: "minute", Client: "b", Requests: 2},
			{Rule: "places", Client: "b", Requests: 2},
		},
	}
	if diff := cmp.Diff(want, report); diff != "" {
		t.Error(diff)
	}
}

func TestProposer(t *testing.T) {
	p := NewProposer()
	// A hundred minutes with one request, one with thirty of them in a second.
	for i := range 100 {
		_ = p.Add(Event{Time: start.Add(time.Duration(i) * time.Minute), Client: "a", Operation: "x"})
	}
	for range 30 {
		_ = p.Add(Event{Time: start.Add(200 * time.Minute), Client: "a", Operation: "y"})
	}
	_ = p.Add(Event{Time: start}) // of nobody
	got := p.Proposals()
	want := []Proposal{
		{
			Client: "a", Requests: 130,
			PerMinute: Figures{1, 1, 1, 30}, PerHour: Figures{40, 60, 60, 60}, PerDay: Figures{130, 130, 130, 130},
			Rate: "2/1m", Burst: 2, Limit: "170/day",
		},
		{
			Client: "a", Operation: "x", Requests: 100,
			PerMinute: Figures{1, 1, 1, 1}, PerHour: Figures{40, 60, 60, 60}, PerDay: Figures{100, 100, 100, 100},
			Rate: "2/1m", Burst: 2, Limit: "130/day",
		},
		{
			Client: "a", Operation: "y", Requests: 30,
			PerMinute: Figures{30, 30, 30, 30}, PerHour: Figures{30, 30, 30, 30}, PerDay: Figures{30, 30, 30, 30},
			Rate: "38/1m", Burst: 38, Limit: "38/day",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, pr := range got { // what is proposed compiles
		compile(t, Options{}, Spec{Name: "r", Bounds: Bounds{Rate: pr.Rate, Burst: pr.Burst}}, Spec{Name: "d", Bounds: Bounds{Limit: pr.Limit}})
	}
}
