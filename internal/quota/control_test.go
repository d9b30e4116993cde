package quota

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func limits(l *Limiter) string {
	var words []string
	for _, r := range l.Rules().All() {
		words = append(words, fmt.Sprintf("%s=%s@%s+%d", r.Name, r.LimitText(), r.Effective.Format("0102"), len(r.overrides)))
	}
	return strings.Join(words, " ")
}

// controls are two nodes that share a journal.
func testControls(t *testing.T, journals [2]Journal) {
	specs := []Spec{
		{Name: "daily", Key: []string{"client"}, Bounds: Bounds{Limit: "100/day"}, Published: "2026-01-01", Effective: "2026-02-01"},
		{Name: "rate", Key: []string{"client"}, Bounds: Bounds{Rate: "10/1s"}},
	}
	o := Options{LeadTime: 30 * 24 * time.Hour}
	var nodes [2]*Control
	for i := range nodes {
		nodes[i] = NewControl(NewLimiter(newMemory(), compile(t, o, specs...)), journals[i], specs, o)
	}
	daily := func(limit, published, effective, reason string) *Spec {
		return &Spec{Name: "daily", Key: []string{"client"}, Bounds: Bounds{Limit: limit}, Published: published, Effective: effective, Reason: reason}
	}
	steps := []struct {
		change Change
		err    string
		want   string
	}{
		{Change{Action: PutRule, Rule: "daily", Spec: daily("50/day", "2026-03-10", "2026-03-20", "")}, "less than the lead time", ""},
		{Change{Action: PutRule, Rule: "daily", Spec: daily("50/day", "", "", "")}, "published: missing", ""},
		{
			Change{Action: PutRule, Rule: "daily", Spec: daily("50/day", "2026-03-10", "2026-04-10", "")}, "",
			"daily=100/day@0201+0 rate=10/1s@0101+0 daily=50/day@0410+0",
		},
		{
			Change{Action: PutRule, Rule: "daily", Spec: daily("60/day", "2026-03-10", "", "flood since 9 March")}, "",
			"daily=100/day@0201+0 rate=10/1s@0101+0 daily=60/day@0310+0",
		},
		{
			Change{Action: PutOverride, Rule: "rate", Client: "a", Override: &Override{Rule: "rate", Client: "a", Bounds: Bounds{Rate: "1/1s"}}}, "",
			"daily=100/day@0201+0 rate=10/1s@0101+1 daily=60/day@0310+0",
		},
		{
			Change{Action: PutOverride, Rule: "rate", Client: "b", Override: &Override{Rule: "rate", Client: "b", Bounds: Bounds{Limit: "1/day"}}},
			"no such rule of that kind", "",
		},
		{Change{Action: RemoveOverride, Rule: "rate", Client: "a"}, "", "daily=100/day@0201+0 rate=10/1s@0101+0 daily=60/day@0310+0"},
		{Change{Action: RemoveOverride, Rule: "rate", Client: "a"}, "no override", ""},
		{Change{Action: RemoveRule, Rule: "rate"}, "", "daily=100/day@0201+0 daily=60/day@0310+0"},
		{Change{Action: RemoveRule, Rule: "rate"}, `no rule "rate"`, ""},
		{Change{Action: "promote"}, "unknown action", ""},
		{Change{Action: RemoveRule, Rule: "daily", Author: " "}, "author, reason: missing", ""},
	}
	last := limits(nodes[0].limiter)
	for i, st := range steps {
		st.change.At, st.change.Reason = start, "incident 7"
		if st.change.Author == "" {
			st.change.Author = "officer"
		}
		err := nodes[i%2].Apply(t.Context(), st.change)
		if (err == nil) != (st.err == "") || err != nil && !strings.Contains(err.Error(), st.err) {
			t.Errorf("step %d: %v, want %q", i, err, st.err)
		}
		if st.want != "" {
			last = strings.ReplaceAll(st.want, "rate=10/1s@0101", "rate=10/1s@0101")
		}
		for k, n := range nodes {
			if err := n.Refresh(t.Context()); err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(last, limits(n.limiter)); diff != "" && i > 1 {
				t.Errorf("step %d, node %d (-want +got):\n%s", i, k, diff)
			}
		}
	}
	for k, n := range nodes {
		if h := n.History(); len(h) != 5 || h[0].Author != "officer" || h[0].Spec.Limit != "50/day" {
			t.Errorf("node %d: history %+v", k, h)
		}
	}
}

func TestControl_file(t *testing.T) {
	j := NewFileJournal(newFolder(), "rules")
	testControls(t, [2]Journal{j, j})
}

func TestControl_redis(t *testing.T) {
	s := startRedis(t)
	var journals [2]Journal
	for i := range journals {
		journals[i] = s.store(RedisOptions{Node: fmt.Sprint(i)}).Journal("rules", NewFileJournal(newFolder(), "rules"))
	}
	testControls(t, journals)
	// The server loses its data; a node brings it back, once.
	s.kill()
	s.start()
	eventually(t, "the journal is back", func() bool {
		for _, j := range journals {
			if _, err := j.Load(t.Context(), 0); err != nil {
				return false
			}
		}
		return s.client.LLen(t.Context(), "{soapgate}:journal:rules").Val() == 5
	})
	fresh := s.store(RedisOptions{Node: "3"}).Journal("rules", NewFileJournal(newFolder(), "rules"))
	if list, err := fresh.Load(t.Context(), 3); len(list) != 2 || err != nil {
		t.Errorf("a new node reads %d records, %v; want 2", len(list), err)
	}
}

func TestControl_config(t *testing.T) {
	f := newFolder()
	j := NewFileJournal(f, "rules")
	spec := Spec{Name: "r", Bounds: Bounds{Limit: "1/day"}}
	c := NewControl(NewLimiter(newMemory(), compile(t, Options{}, spec)), j, []Spec{spec}, Options{})
	override := Change{
		At: start, Author: "o", Reason: "r", Action: PutOverride, Rule: "r", Client: "a",
		Override: &Override{Rule: "r", Client: "a", Bounds: Bounds{Limit: "2/day"}},
	}
	if err := c.Apply(t.Context(), override); err != nil {
		t.Fatal(err)
	}
	// After a restart with another configuration the change does not fit.
	spec.Name = "s"
	c = NewControl(NewLimiter(newMemory(), compile(t, Options{}, spec)), NewFileJournal(f, "rules"), []Spec{spec}, Options{})
	if err := c.Refresh(t.Context()); err == nil || !strings.Contains(err.Error(), "no such rule") {
		t.Errorf("error %v", err)
	}
	if got := limits(c.limiter); got != "s=1/day@0101+0" {
		t.Errorf("rules %s", got)
	}
	if f.fail = errors.New("disk full"); !errors.Is(c.Apply(t.Context(), Change{At: start, Author: "o", Reason: "r", Action: RemoveRule, Rule: "s"}), f.fail) {
		t.Error("an error of the storage is not told")
	}
}

func TestViews(t *testing.T) {
	s := startRedis(t)
	rules := compile(t, Options{Overrides: []Override{{Rule: "daily", Client: "c", Bounds: Bounds{Limit: "7/day"}}}},
		Spec{Name: "daily", Key: []string{"client"}, Bounds: Bounds{Limit: "5/day"}},
		Spec{Name: "ops", Key: []string{"client", "operation"}, Bounds: Bounds{Limit: "9/day"}},
	)
	for name, store := range map[string]Store{"memory": newMemory(), "redis": s.store(RedisOptions{})} {
		t.Run(name, func(t *testing.T) {
			l := NewLimiter(store, rules)
			now := time.Now()
			for i, client := range []string{"a", "b", "b", "c", "c", "c"} {
				v := l.Begin()
				v.Request = Request{Client: client, Operation: fmt.Sprint("op", i%2)}
				for p := range Pass(numPasses) {
					_ = v.Pass(t.Context(), p, now)
				}
				_ = v.End(t.Context(), Outcome{}, now)
			}
			top := func() (list []string) {
				for _, c := range l.Top("daily", 2, now) {
					list = append(list, fmt.Sprintf("%s %d/%d", c.Key, c.Used, c.Limit))
				}
				return list
			}
			if diff := cmp.Diff([]string{"c 3/7", "b 2/5"}, top()); diff != "" {
				t.Error(diff)
			}
			for range 2 { // asking charges nothing
				list, err := l.Counters(t.Context(), &Request{Client: "c", Operation: "op1"}, now)
				if err != nil || len(list) != 2 || list[0].Used != 3 || list[0].Limit != 7 || list[1].Used != 2 {
					t.Errorf("counters %+v, %v", list, err)
				}
			}
			if err := l.Reset(t.Context(), "daily", &Request{Client: "c"}, now); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"b 2/5", "a 1/5"}, top()); diff != "" {
				t.Error(diff)
			}
			if list, _ := l.Counters(t.Context(), &Request{Client: "c"}, now); len(list) != 1 || list[0].Used != 0 {
				t.Errorf("counters after a reset %+v", list)
			}
			if err := l.Reset(t.Context(), "ops", &Request{Client: "c"}, now); err == nil {
				t.Error("a reset without a part of the key is not refused")
			}
		})
	}
}
