package quota

import (
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// A WhatIf plays recorded requests against a draft of rules.
type WhatIf struct {
	limiter  *Limiter
	running  ends
	outcomes map[[2]string]*RuleOutcome
	unknown  []string
	requests int
	refused  int
}

// A RuleOutcome is what a rule would have done to a client.
type RuleOutcome struct {
	Rule     string    `json:"rule"`
	Client   string    `json:"client"`
	Requests int       `json:"requests"` // that the rule judged
	Refused  int       `json:"refused"`  // by this rule, enforced or not
	First    time.Time `json:"first,omitzero"`
	Last     time.Time `json:"last,omitzero"`
}

// A WhatIfReport is the result of a play.
type WhatIfReport struct {
	Requests int           `json:"requests"`
	Refused  int           `json:"refused"` // by any enforced rule
	Outcomes []RuleOutcome `json:"outcomes"`
	// Unknown are rules that were not judged: their keys or costs are in no log.
	Unknown []string `json:"unknown,omitempty"`
}

// NewWhatIf returns a play of the rules over an empty memory.
func NewWhatIf(rules *Rules) *WhatIf {
	w := &WhatIf{
		limiter:  NewLimiter(NewMemory(MemoryOptions{Keys: 4_000_000}), rules),
		outcomes: make(map[[2]string]*RuleOutcome),
	}
	for _, r := range rules.All() {
		unknown := r.Cost != ""
		for _, p := range r.Key {
			unknown = unknown || parts[p.Kind].claim
		}
		if unknown {
			w.unknown = append(w.unknown, r.Name)
		}
	}
	return w
}

// Add plays one request. Requests must come in the order of their times, as
// far as they do not run at once.
func (w *WhatIf) Add(e Event) error {
	ctx := context.Background()
	if err := w.endUntil(ctx, e.Time); err != nil {
		return err
	}
	v := w.limiter.Begin()
	v.Request = Request{
		Address: e.Address, Client: e.Client, Class: e.Class, Service: e.Service, BytesIn: e.BytesIn,
		Operation: e.Operation, Organization: e.Organization, Signer: e.Signer,
	}
	w.requests++
	o := Outcome{Refused: e.Code, BytesIn: e.BytesIn, BytesOut: e.BytesOut}
	if e.Code != "" && strings.HasPrefix(string(e.Code), "quota.") {
		o.Refused = "" // by the rules of that time, not by these
	}
	for p := range Pass(numPasses) {
		if rej := v.Pass(ctx, p, e.Time); rej != nil {
			w.refused++
			o.Refused, e.Duration = rej.Code, 0
			break
		}
	}
	for r := range v.Results {
		w.count(r, &e)
	}
	heap.Push(&w.running, running{e.Time.Add(e.Duration), v, o})
	return nil
}

func (w *WhatIf) count(r *Result, e *Event) {
	key := [2]string{r.Rule.Name, e.Client}
	o := w.outcomes[key]
	if o == nil {
		o = &RuleOutcome{Rule: r.Rule.Name, Client: e.Client}
		w.outcomes[key] = o
	}
	o.Requests++
	if r.Refused {
		if o.Refused++; o.Refused == 1 {
			o.First = e.Time
		}
		o.Last = e.Time
	}
}

// Report ends all requests and returns what would have happened: most refused first.
func (w *WhatIf) Report() (*WhatIfReport, error) {
	if err := w.endUntil(context.Background(), time.Unix(math.MaxInt32*8, 0)); err != nil {
		return nil, err
	}
	r := &WhatIfReport{Requests: w.requests, Refused: w.refused, Outcomes: []RuleOutcome{}, Unknown: w.unknown}
	for _, o := range w.outcomes {
		r.Outcomes = append(r.Outcomes, *o)
	}
	slices.SortFunc(r.Outcomes, func(a, b RuleOutcome) int {
		return cmp.Or(cmp.Compare(b.Refused, a.Refused), strings.Compare(a.Rule, b.Rule), strings.Compare(a.Client, b.Client))
	})
	return r, nil
}

// running is a request that has not ended yet.
type running struct {
	end     time.Time
	visit   *Visit
	outcome Outcome
}

// ends is a heap of running requests, the first to end on top.
type ends []running

func (h ends) Len() int           { return len(h) }
func (h ends) Less(i, j int) bool { return h[i].end.Before(h[j].end) }
func (h ends) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *ends) Push(x any)        { *h = append(*h, x.(running)) }
func (h *ends) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

func (w *WhatIf) endUntil(ctx context.Context, now time.Time) error {
	for len(w.running) > 0 && !w.running[0].end.After(now) {
		r := heap.Pop(&w.running).(running)
		if err := r.visit.End(ctx, r.outcome, r.end); err != nil {
			return err
		}
	}
	return nil
}

// A Proposer derives limits from recorded requests.
type Proposer struct{ pairs map[[2]string]*pair }

// pair counts the requests of one client for one operation.
type pair struct{ second, minute, hour, day buckets }

// A Proposal is what one client was seen to need for one operation ("" for all
// of them together) and what limits would have let all but the busiest
// hundredth of it pass.
type Proposal struct {
	Client    string  `json:"client"`
	Operation string  `json:"operation,omitempty"`
	Requests  int     `json:"requests"`
	PerMinute Figures `json:"per_minute"`
	PerHour   Figures `json:"per_hour"`
	PerDay    Figures `json:"per_day"`
	Rate      string  `json:"rate"`
	Burst     int64   `json:"burst"`
	Limit     string  `json:"limit"`
}

// Figures are percentiles over those minutes, hours or days in which there was
// a request at all.
type Figures struct {
	P50 int `json:"p50"`
	P95 int `json:"p95"`
	P99 int `json:"p99"`
	Max int `json:"max"`
}

// NewProposer returns a proposer that has seen nothing.
func NewProposer() *Proposer { return &Proposer{pairs: make(map[[2]string]*pair)} }

// Add counts one request. Those refused by quota count too: they were wanted.
func (p *Proposer) Add(e Event) error {
	if e.Client == "" {
		return nil
	}
	for _, operation := range []string{"", e.Operation} {
		key := [2]string{e.Client, operation}
		c := p.pairs[key]
		if c == nil {
			c = &pair{second: buckets{size: 1}, minute: buckets{size: 60}, hour: buckets{size: 3600}, day: buckets{size: 86400}}
			p.pairs[key] = c
		}
		for _, b := range []*buckets{&c.second, &c.minute, &c.hour, &c.day} {
			b.add(e.Time.Unix())
		}
		if e.Operation == "" {
			break
		}
	}
	return nil
}

// headroom is how much more than was seen is proposed.
const headroom = 1.25

// Proposals returns a proposal for each client and operation.
func (p *Proposer) Proposals() []Proposal {
	list := []Proposal{}
	for key, c := range p.pairs {
		minute, day := c.minute.figures(), c.day.figures()
		rate := roundUp(float64(minute.P99) * headroom)
		list = append(list, Proposal{
			Client: key[0], Operation: key[1], Requests: c.day.total,
			PerMinute: minute, PerHour: c.hour.figures(), PerDay: day,
			Rate:  fmt.Sprintf("%d/1m", rate),
			Burst: min(rate, roundUp(float64(c.second.figures().P99)*headroom)),
			Limit: fmt.Sprintf("%d/day", roundUp(float64(day.P99)*headroom)),
		})
	}
	slices.SortFunc(list, func(a, b Proposal) int {
		return cmp.Or(strings.Compare(a.Client, b.Client), strings.Compare(a.Operation, b.Operation))
	})
	return list
}

// roundUp rounds to two digits, so that a proposal does not pretend to know more.
func roundUp(x float64) int64 {
	unit := math.Pow(10, max(0, math.Floor(math.Log10(max(x, 1)))-1))
	return int64(max(1, math.Ceil(x/unit)*unit))
}

// buckets counts requests in spans of size seconds; counts[n] is how many spans
// had n+1 of them. Requests of the running span are in now.
type buckets struct {
	size, start int64
	now, total  int
	counts      map[int]int
}

func (b *buckets) add(second int64) {
	start := second - second%b.size
	if start != b.start {
		b.flush()
		b.start = start
	}
	b.now++
	b.total++
}

func (b *buckets) flush() {
	if b.counts == nil {
		b.counts = make(map[int]int)
	}
	if b.now > 0 {
		b.counts[b.now]++
	}
	b.now = 0
}

func (b *buckets) figures() Figures {
	b.flush()
	spans := 0
	var sizes []int
	for n, k := range b.counts {
		spans += k
		sizes = append(sizes, n)
	}
	slices.Sort(sizes)
	// The smallest count that so many in a hundred spans do not exceed.
	at := func(percent int) int {
		below := 0
		for _, n := range sizes {
			if below += b.counts[n]; 100*below >= percent*spans {
				return n
			}
		}
		return 0
	}
	return Figures{at(50), at(95), at(99), at(100)}
}
