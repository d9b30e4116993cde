package quota

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// BenchmarkRedis sets a decision with three rules on a server in relation to
// the round trip that it needs: an EVALSHA of a script that does nothing, and
// one of the very script with the same arguments.
func BenchmarkRedis(b *testing.B) {
	s := startRedis(b)
	r := s.store(RedisOptions{})
	if err := r.Beat(b.Context()); err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	nothing := redis.NewScript("return 1")
	if err := nothing.Load(ctx, r.client).Err(); err != nil {
		b.Fatal(err)
	}
	checks := func(client string) []Check {
		v := NewLimiter(r, threeRules(b)).Begin()
		v.Request = *newCallers(1000, 0).next()
		v.Request.Client = client
		for _, rule := range v.rules.passes[PassClient] {
			v.add(rule, At(time.Now()))
		}
		return v.checks
	}
	b.Run("EVALSHA-nothing", func(b *testing.B) {
		for b.Loop() {
			if err := nothing.EvalSha(ctx, r.client, nil).Err(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("EVALSHA-same", func(b *testing.B) {
		script, cl := r.prepare(At(time.Now()), checks("same"))
		if err := script.Load(ctx, r.client).Err(); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if err := script.EvalSha(ctx, r.client, cl.keys, cl.args...).Err(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("decision", func(b *testing.B) {
		l := NewLimiter(r, threeRules(b))
		from := newCallers(1000, 0)
		b.ReportAllocs()
		for b.Loop() {
			decideOnce(ctx, l, from.next(), time.Now())
		}
	})
	b.Run("decision/parallel", func(b *testing.B) { parallelDecisions(b, NewLimiter(r, threeRules(b))) })
	if st := r.Status(); st.Alone > 0 {
		b.Fatalf("the server was not asked: %+v", st)
	}
	b.Log(s.client.Info(ctx, "commandstats").Val())
}

func parallelDecisions(b *testing.B, l *Limiter) {
	var seed atomic.Int64
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		from := newCallers(100, int(seed.Add(1))*7)
		for pb.Next() {
			decideOnce(context.Background(), l, from.next(), time.Now())
		}
	})
}

// BenchmarkLeases is the same with some ahead of the server: a hundred clients
// that ask all the time.
func BenchmarkLeases(b *testing.B) {
	s := startRedis(b)
	l := NewLeases(s.store(RedisOptions{}))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); l.Run(ctx) }()
	defer func() { cancel(); <-done }()
	b.Run("decision", func(b *testing.B) {
		lim := NewLimiter(l, threeRules(b))
		from := newCallers(100, 0)
		b.ReportAllocs()
		for b.Loop() {
			decideOnce(context.Background(), lim, from.next(), time.Now())
		}
	})
	b.Run("decision/parallel", func(b *testing.B) { parallelDecisions(b, NewLimiter(l, threeRules(b))) })
	if st := l.Status(); st.Alone > 0 {
		b.Fatalf("the server was not asked: %+v", st)
	}
}
