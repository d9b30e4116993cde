package quota

import (
	"context"
	"fmt"
	"math/rand/v2"
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
