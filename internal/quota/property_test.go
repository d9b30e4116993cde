package quota

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"
)

// schedule makes random requests at random moments: mostly forward in time,
// now and then a clock set back.
type schedule struct {
	*rand.Rand
	now   time.Time
	jumps bool // the clock is set back and far ahead at times
}

func (s *schedule) next() time.Time {
	switch n := s.IntN(100); {
	case n < 60: // at the same moment
	case n < 90:
		s.now = s.now.Add(time.Duration(s.IntN(1000)) * time.Millisecond)
	case n < 97:
		s.now = s.now.Add(time.Duration(s.IntN(120)) * time.Second)
	case n < 99:
		s.now = s.now.Add(time.Duration(s.IntN(48)) * time.Hour)
	case s.jumps:
		s.now = s.now.Add(-time.Duration(s.IntN(100)) * time.Minute)
	}
	s.now = s.now.Truncate(time.Microsecond) // the resolution of the server's clock
	return s.now
}

// randomSpecs makes a rule of each kind with small random limits.
func randomSpecs(r *rand.Rand) []Spec {
	n := func(most int) int { return 1 + r.IntN(most) }
	limit := n(20)
	specs := []Spec{
		{Name: "rate", Bounds: Bounds{Rate: fmt.Sprintf("%d/%ds", limit, n(30)), Burst: int64(n(limit))}},
		{Name: "window", Bounds: Bounds{Limit: fmt.Sprintf("%d/%s", n(20), unitNames[r.IntN(len(unitNames))])}},
		{Name: "bytes", Bounds: Bounds{Bytes: fmt.Sprintf("%dB/%s", n(5000), unitNames[r.IntN(len(unitNames))])}},
		{Name: "places", Bounds: Bounds{Concurrent: int64(n(4))}},
		{Name: "pace", Bounds: Bounds{Interval: []string{"1s", "5s", "60s"}}},
		{Name: "faulty", Bounds: Bounds{Limit: fmt.Sprintf("%d/minute", n(4))}, Failed: []string{"schema"}},
		{Name: "objects", Bounds: Bounds{Limit: fmt.Sprintf("%d/hour", n(30))}, Cost: "object"},
	}
	r.Shuffle(len(specs), func(i, j int) { specs[i], specs[j] = specs[j], specs[i] })
	specs = specs[:n(4)]
	for i := range specs {
		s := &specs[i]
		s.Key = []string{"client"}
		if r.IntN(6) == 0 {
			s.Mode = "observe"
		}
		if s.Concurrent == 0 && s.Interval == nil && r.IntN(4) == 0 {
			s.ChargeRefused = true
		}
		if s.Limit != "" && r.IntN(2) == 0 {
			s.Timezone = "Europe/Moscow"
		}
	}
	return specs
}

// TestStores_agree plays the same random schedules against the decision in Go
// and the one in Lua.
func TestStores_agree(t *testing.T) {
	s := startRedis(t)
	for seed := range uint64(40) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		specs := randomSpecs(rnd)
		rules := compile(t, Options{}, specs...)
		r := s.storeWith(RedisOptions{Prefix: fmt.Sprintf("{soapgate}:%d:", seed)}, virtual)
		stores := [2]Store{newMemory(), clocked{r, s.client}}
		sched := schedule{rnd, start, true}
		var open [2][]*Visit
		for i := range 150 {
			now := sched.next()
			req := Request{Client: string(rune('a' + rnd.IntN(2))), BytesIn: int64(rnd.IntN(1500))}
			req.Source = fields{"object": "12345"[:1+rnd.IntN(5)]}
			act, outcome := rnd.IntN(10), Outcome{BytesIn: req.BytesIn, BytesOut: int64(rnd.IntN(500))}
			if rnd.IntN(3) == 0 {
				outcome.Refused = "schema.invalid"
			}
			var got [2]string
			for k, store := range stores {
				l := NewLimiter(store, rules)
				if act == 0 {
					if err := l.Start(context.Background(), &req, now); err != nil {
						t.Fatal(err)
					}
					continue
				}
				v := l.Begin()
				v.Request = req
				for p := range Pass(numPasses) {
					if rej := v.Pass(context.Background(), p, now); rej != nil {
						got[k] = fmt.Sprint(rej, rej.RetryAfter)
						break
					}
				}
				for res := range v.Results {
					got[k] += fmt.Sprintf(" %s:%v/%d/%d/%d", res.Rule.Name, res.Refused, res.Used, res.Remaining, res.Reset)
				}
				open[k] = append(open[k], v)
				if act < 8 {
					if err := open[k][0].End(context.Background(), outcome, now); err != nil {
						t.Fatal(err)
					}
					open[k] = open[k][1:]
				}
			}
			if got[0] != got[1] {
				t.Fatalf("seed %d, request %d at %v under %+v:\nmemory: %s\nredis:  %s", seed, i, now, specs, got[0], got[1])
			}
		}
	}
}

// A witness watches what is accepted under one rule and knows, in the plainest
// way, what must not be.
type witness struct {
	rule     *Rule
	accepted []accepted
	held     int64
}

type accepted struct {
	at   Tick
	cost int64
}

// allows reports whether the rule, by its definition, must let a request pass:
// the honest client's side. It looks at nothing but what was accepted.
func (w *witness) allows(now Tick, cost int64) bool {
	switch w.rule.Kind {
	case Limit:
		s := w.rule.calendar.compute(now)
		used := int64(0)
		for _, a := range w.accepted {
			if s.start <= a.at && a.at < s.end {
				used += a.cost
			}
		}
		return used+cost <= w.rule.Limits.Max
	case Concurrent:
		return w.held+1 <= w.rule.Limits.Max
	}
	// A bucket of so many, filled one every so often.
	return w.level(now)+cost <= w.rule.Limits.Burst
}

// level is how full the bucket of a rate is, rounded up to whole requests.
func (w *witness) level(now Tick) int64 {
	level, last := Tick(0), Tick(0)
	for _, a := range w.accepted {
		level = max(0, level-(a.at-last)) + Tick(a.cost)*w.rule.terms.every
		last = a.at
	}
	level = max(0, level-(now-last))
	return int64((level + w.rule.terms.every - 1) / w.rule.terms.every)
}

// exceeded returns what was accepted beyond the limit, "" if nothing.
func (w *witness) exceeded() string {
	switch w.rule.Kind {
	case Limit:
		used := make(map[span]int64)
		for _, a := range w.accepted {
			s := w.rule.calendar.compute(a.at)
			if used[s] += a.cost; used[s] > w.rule.Limits.Max {
				return fmt.Sprintf("%d in the window from %v", used[s], s.start.Time())
			}
		}
	case Rate:
		// Between any two moments at most a burst and what the time between
		// them brings.
		for i := range w.accepted {
			sum := int64(0)
			for _, a := range w.accepted[i:] {
				sum += a.cost
				if most := w.rule.Limits.Burst + int64((a.at-w.accepted[i].at)/w.rule.terms.every); sum > most {
					return fmt.Sprintf("%d between %v and %v, %d are allowed", sum, w.accepted[i].at.Time(), a.at.Time(), most)
				}
			}
		}
	case Concurrent:
		if w.held > w.rule.Limits.Max {
			return fmt.Sprintf("%d at once", w.held)
		}
	}
	return ""
}

// TestLimit_held: over random schedules, restarts, several nodes and a server
// that loses its data, nothing is accepted beyond a limit, and nobody within it
// is refused.
func TestLimit_held(t *testing.T) {
	s := startRedis(t)
	for seed := range uint64(60) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		limit := 1 + rnd.IntN(12)
		spec := []Spec{
			{Bounds: Bounds{Rate: fmt.Sprintf("%d/%ds", limit, 1+rnd.IntN(20)), Burst: int64(1 + rnd.IntN(limit))}},
			{Bounds: Bounds{Limit: fmt.Sprintf("%d/%s", limit, unitNames[rnd.IntN(len(unitNames))])}, Timezone: "Asia/Kamchatka"},
			{Bounds: Bounds{Concurrent: int64(limit)}},
		}[seed%3]
		spec.Name = "r"
		if spec.Concurrent == 0 && rnd.IntN(2) == 0 {
			spec.Cost = "object"
		}
		w := &witness{rule: compile(t, Options{}, spec).list[0]}
		nodes := newNodes(t, s, seed, spec)
		sched := schedule{Rand: rnd, now: start}
		var open []*Visit
		for i := range 250 {
			now := sched.next()
			nodes.live(now)
			cost := int64(1 + rnd.IntN(3))
			v := nodes.limiter(rnd).Begin()
			v.Request.Source = fields{"object": "123"[:cost]}
			if spec.Cost == "" {
				cost = 1
			}
			var rej error
			for p := range Pass(numPasses) {
				if r := v.Pass(context.Background(), p, now); r != nil {
					rej = r
				}
			}
			if must := w.allows(At(now), cost); must && rej != nil {
				t.Fatalf("seed %d, request %d at %v is refused within %s: %v", seed, i, now, w.rule.LimitText(), rej)
			} else if !must && rej == nil {
				t.Fatalf("seed %d, request %d at %v is accepted beyond %s", seed, i, now, w.rule.LimitText())
			}
			if rej == nil {
				w.accepted = append(w.accepted, accepted{At(now), cost})
				w.held++
			}
			open = append(open, v)
			if v := open[0]; rnd.IntN(3) > 0 || len(open) > 20 {
				for r := range v.Results {
					if !r.Refused {
						w.held--
					}
				}
				_ = v.End(context.Background(), Outcome{}, now)
				open = open[1:]
			}
			if what := w.exceeded(); what != "" {
				t.Fatalf("seed %d under %s: %s", seed, w.rule.LimitText(), what)
			}
			nodes.disturb(rnd, now)
		}
	}
}

// nodes are the limiters of one schedule: one over a memory that is restarted,
// or three over one server.
type nodes struct {
	t       *testing.T
	rules   *Rules
	prefix  string // of the keys on the server
	leases  bool
	storage *folder
	keeper  *Keeper
	list    []*Limiter
	redis   []clocked
	beats   []interface{ Beat(context.Context) error }
	now     *atomic.Int64 // the nodes' clock
	beaten  time.Time     // last
}

func newNodes(t *testing.T, s *server, seed uint64, spec Spec) *nodes {
	n := &nodes{t: t, rules: compile(t, Options{}, spec), storage: newFolder()}
	if seed%2 == 0 {
		n.list = make([]*Limiter, 1)
		n.restart(start)
		return n
	}
	n.now = new(atomic.Int64)
	n.prefix = fmt.Sprintf("{soapgate}:held%d:", seed)
	for i := range 3 {
		r := s.storeWith(RedisOptions{
			Node: fmt.Sprint(i), Prefix: n.prefix, Now: func() time.Time { return Tick(n.now.Load()).Time() },
		}, virtual)
		c := clocked{r, s.client}
		n.beats = append(n.beats, r)
		if n.leases = seed%4 == 1; n.leases {
			l := listening(t, newLeases(r, virtual[0]))
			c.Store, n.beats[i] = l, l
		}
		n.redis = append(n.redis, c)
		n.list = append(n.list, NewLimiter(c, n.rules))
	}
	n.beat(start)
	return n
}

func (n *nodes) limiter(r *rand.Rand) *Limiter { return n.list[r.IntN(len(n.list))] }

func (n *nodes) restart(now time.Time) {
	m := newMemory()
	var err error
	if n.keeper, err = NewKeeper(n.t.Context(), n.storage, "", m, NewMarks(0, 0), now); err != nil {
		n.t.Fatal(err)
	}
	n.list[0] = NewLimiter(m, n.rules)
}

func (n *nodes) beat(now time.Time) {
	n.beaten = now
	for i, r := range n.redis {
		n.now.Store(int64(At(now)))
		if err := r.set(At(now)); err != nil {
			n.t.Fatal(err)
		}
		if err := n.beats[i].Beat(n.t.Context()); err != nil {
			n.t.Fatal(err)
		}
	}
}

// live lets the nodes beat every second, as they do all the time: what is held
// by one that is not heard of is lost to it.
func (n *nodes) live(now time.Time) {
	if n.now == nil {
		return
	}
	if last := n.beaten; now.Sub(last) >= time.Second {
		n.beat(last.Add(time.Second))
		n.beat(now)
	}
	n.now.Store(int64(At(now)))
}

// disturb restarts a node, or takes the server's data away.
func (n *nodes) disturb(rnd *rand.Rand, now time.Time) {
	switch {
	case n.redis == nil && n.rules.list[0].Kind != Concurrent:
		if err := n.keeper.Keep(n.t.Context(), now); err != nil {
			n.t.Fatal(err)
		}
		if rnd.IntN(10) == 0 {
			n.restart(now)
		}
	case n.redis != nil && rnd.IntN(25) == 0:
		// Everything under the schedule's prefix is gone.
		keys, err := n.redis[0].client.Keys(n.t.Context(), n.prefix+"*").Result()
		if err == nil && len(keys) > 0 {
			err = n.redis[0].client.Del(n.t.Context(), keys...).Err()
		}
		if err != nil {
			n.t.Fatal(err)
		}
		n.beat(now.Add(time.Microsecond)) // all tell what they know
		n.beat(now.Add(time.Microsecond)) // and learn that all have
	case n.redis != nil && rnd.IntN(4) == 0:
		n.beat(now)
	}
}

// FuzzDecision: a rate and a window under whatever schedule, with costs, and a
// clock that is set back, keep to the definition.
func FuzzDecision(f *testing.F) {
	f.Add([]byte{0, 1, 0, 1, 10, 1, 255, 2, 3, 1}, uint8(5), uint8(2), uint8(1))
	f.Add([]byte{0, 1, 0, 1, 0, 1, 0, 1, 128, 1, 0, 1}, uint8(3), uint8(3), uint8(200))
	f.Fuzz(func(t *testing.T, steps []byte, count, burst, seconds uint8) {
		n := max(1, int64(count))
		rules, err := Compile([]Spec{
			{Name: "r", Key: []string{"client"}, Cost: "object", Bounds: Bounds{
				Rate: fmt.Sprintf("%d/%ds", n, max(1, seconds)), Burst: min(n, max(1, int64(burst))),
			}},
			{Name: "w", Key: []string{"client"}, Cost: "object", Bounds: Bounds{Limit: fmt.Sprintf("%d/minute", n)}},
		}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		l := NewLimiter(newMemory(), rules)
		witnesses := [2]*witness{{rule: rules.list[0]}, {rule: rules.list[1]}}
		now := start
		for i := 0; i+1 < min(len(steps), 400); i += 2 {
			now = now.Add(time.Duration(steps[i]) * 37 * time.Millisecond)
			cost := int64(steps[i+1]%5) + 1
			v := l.Begin()
			v.Request = Request{Client: "c", Source: fields{"object": "12345"[:cost]}}
			rej := v.Pass(context.Background(), PassMessage, now)
			must := witnesses[0].allows(At(now), cost) && witnesses[1].allows(At(now), cost)
			if (rej == nil) != must {
				t.Fatalf("step %d of cost %d: rejection %v, by definition %v", i, cost, rej, must)
			}
			for r := range v.Results {
				if r.Used < 0 || r.Remaining < 0 || r.RetryAfter < 0 || r.Refused && !r.TooLarge && r.RetryAfter == 0 {
					t.Errorf("step %d: %+v", i, r)
				}
			}
			if rej != nil && rej.RetryAfter > 0 && rej.Code != "quota.cost" {
				// Who waits as told is not refused for that reason again.
				v := l.Begin()
				v.Request = Request{Client: "c", Source: fields{"object": "12345"[:cost]}}
				if again := v.Pass(context.Background(), PassMessage, now.Add(rej.RetryAfter)); again != nil {
					t.Errorf("step %d: refused again after %v: %v", i, rej.RetryAfter, again)
				}
				return
			}
			_ = v.End(context.Background(), Outcome{}, now)
			if rej == nil {
				for _, w := range witnesses {
					w.accepted = append(w.accepted, accepted{At(now), cost})
				}
			}
			for _, w := range witnesses {
				if what := w.exceeded(); what != "" {
					t.Fatal(what)
				}
			}
		}
	})
}
