package quota

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// A turn is how long something is measured before it is another's turn, so
// that a machine busy with other things treats all alike.
const turn = 20 * time.Millisecond

// inTurns measures competitors in turns and reports for each the median of its
// times and of the ratios to the first one's.
func inTurns(b *testing.B, names []string, run func(i int) (n int64)) {
	times := make([][]float64, len(names))
	ratios := make([][]float64, len(names))
	for b.Loop() {
		for i := range names {
			began := time.Now()
			n := run(i)
			times[i] = append(times[i], float64(time.Since(began))/float64(n))
			ratios[i] = append(ratios[i], times[i][len(times[i])-1]/times[0][len(times[i])-1])
		}
	}
	b.ReportMetric(0, "ns/op")
	for i, name := range names {
		slices.Sort(times[i])
		slices.Sort(ratios[i])
		b.ReportMetric(times[i][len(times[i])/2], "ns/"+name)
		b.ReportMetric(ratios[i][len(ratios[i])/2], "ratio/"+name)
	}
}

// during runs f until a turn is over, in n goroutines, and returns how often.
func during(n int, f func()) (count int64) {
	var total atomic.Int64
	var wg sync.WaitGroup
	end := time.Now().Add(turn)
	for range n {
		wg.Go(func() {
			k := int64(0)
			for ; k == 0 || time.Now().Before(end); k++ {
				f()
			}
			total.Add(k)
		})
	}
	wg.Wait()
	return total.Load()
}

// BenchmarkRedis sets a decision with three rules on a server in relation to a
// bare EVALSHA of the same script with the same arguments, and to one of a
// script that does nothing. On a machine of two cores a gate that has both
// takes the server's time with threads that wake up for nothing: hence "one".
func BenchmarkRedis(b *testing.B) {
	for i, name := range []string{"one", "two"} {
		b.Run(name, func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(i + 1))
			benchmarkRedis(b)
		})
	}
}

func benchmarkRedis(b *testing.B) {
	s := startRedis(b)
	r := s.store(RedisOptions{})
	ctx := context.Background()
	if err := r.Beat(ctx); err != nil {
		b.Fatal(err)
	}
	l := NewLimiter(r, threeRules(b))
	nothing := redis.NewScript("return 1")
	for _, script := range []*redis.Script{nothing, r.count} {
		if err := script.Load(ctx, r.client).Err(); err != nil {
			b.Fatal(err)
		}
	}
	calls := make([]*call, 1000) // one for each caller
	for i, from := 0, newCallers(len(calls), 0); i < len(calls); i++ {
		calls[i] = prepared(l, r, from.next())
	}
	from, bare := newCallers(len(calls), 0), 0
	inTurns(b, []string{"evalsha", "decision", "evalsha-of-nothing"}, func(i int) int64 {
		return during(1, func() {
			switch i {
			case 0:
				cl := calls[bare%len(calls)]
				bare++
				if reply, err := r.count.EvalSha(ctx, r.client, cl.keys, cl.args...).Text(); err != nil || reply == "" {
					b.Errorf("the script did not run: %v", err)
				}
			case 1:
				decideOnce(ctx, l, from.next(), time.Now())
			case 2:
				if err := nothing.EvalSha(ctx, r.client, nil).Err(); err != nil {
					b.Error(err)
				}
			}
		})
	})
	if st := r.Status(); st.Alone > 0 {
		b.Fatalf("the server was not asked: %+v", st)
	}
}

// prepared is the call that a decision on a request makes.
func prepared(l *Limiter, r *Redis, q *Request) *call {
	v := l.Begin()
	v.Request = *q
	now := At(time.Now())
	for _, rule := range v.rules.passes[PassClient] {
		v.add(rule, now)
	}
	_, cl := r.prepare(now, v.checks)
	return cl
}

// BenchmarkLeases sets the throughput with some ahead in relation to that of
// the exact mode, with eight callers at once and a hundred clients.
func BenchmarkLeases(b *testing.B) {
	s := startRedis(b)
	exact := s.store(RedisOptions{Prefix: "{exact}:"})
	leases := NewLeases(s.store(RedisOptions{Prefix: "{leases}:"}))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); leases.Run(ctx) }()
	defer func() { cancel(); <-done }()
	if err := exact.Beat(ctx); err != nil {
		b.Fatal(err)
	}
	limiters := []*Limiter{NewLimiter(leases, threeRules(b)), NewLimiter(exact, threeRules(b))}
	var seed atomic.Int64
	inTurns(b, []string{"ahead", "exact"}, func(i int) int64 {
		pool := sync.Pool{New: func() any { return newCallers(100, int(seed.Add(1))*7) }}
		return during(8, func() {
			from := pool.Get().(*callers)
			decideOnce(ctx, limiters[i], from.next(), time.Now())
			pool.Put(from)
		})
	})
	for _, st := range []Status{exact.Status(), leases.Status()} {
		if st.Alone > 0 {
			b.Fatalf("the server was not asked: %+v", st)
		}
	}
}
