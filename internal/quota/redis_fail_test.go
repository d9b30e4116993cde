package quota

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// crowd makes requests of one client from several goroutines until stopped.
type crowd struct {
	accepted, refused, failed atomic.Int64
	slowest                   atomic.Int64
	pause                     time.Duration // between requests
	stop                      chan struct{}
	wg                        sync.WaitGroup
}

func (c *crowd) run(l *Limiter, n int) {
	c.stop = make(chan struct{})
	for range n {
		c.wg.Go(func() {
			for {
				select {
				case <-c.stop:
					return
				default:
				}
				c.one(l)
				time.Sleep(c.pause)
			}
		})
	}
}

func (c *crowd) one(l *Limiter) {
	v := l.Begin()
	v.Request.Client = "a"
	began := time.Now()
	rej := v.Pass(context.Background(), PassClient, began)
	took := int64(time.Since(began))
	for old := c.slowest.Load(); took > old && !c.slowest.CompareAndSwap(old, took); old = c.slowest.Load() {
	}
	switch {
	case rej == nil:
		c.accepted.Add(1)
	case rej.Code == "quota.store":
		c.failed.Add(1)
	default:
		c.refused.Add(1)
	}
	_ = v.End(context.Background(), Outcome{}, time.Now())
}

func (c *crowd) end() {
	close(c.stop)
	c.wg.Wait()
}

// eventually waits for what other processes bring about.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 1000 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}

// month is a rule whose window does not end during a test, save at the turn of
// a month, when the test has twice the limit to spend.
func month(limit string) Spec {
	return Spec{Name: "m", Key: []string{"client"}, Bounds: Bounds{Limit: limit + "/month"}}
}

// Three nodes share a limit; the server is paused, killed and started empty
// under load. What is accepted in all never exceeds the limit by more than what
// they decide alone while they lose and find the server.
func TestRedis_failing(t *testing.T) {
	t.Run("exact", func(t *testing.T) {
		testFailing(t, 6_000, func(r *Redis) node { return r })
	})
	t.Run("leases", func(t *testing.T) {
		testFailing(t, 20_000, func(r *Redis) node { return listening(t, NewLeases(r)) })
	})
}

// A node is one of several that share a server.
type node interface {
	Store
	Beat(context.Context) error
	Status() Status
}

// listening has a node give back what is called back until the test ends.
func listening(t *testing.T, l *Leases) *Leases {
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		l.listen(ctx, sync.OnceFunc(func() { close(ready) }))
	}()
	t.Cleanup(func() { cancel(); <-done })
	<-ready
	return l
}

func testFailing(t *testing.T, limit int64, wrap func(*Redis) node) {
	s := startRedis(t)
	var nodes [3]node
	var crowds [3]crowd
	for i := range nodes {
		nodes[i] = wrap(s.store(RedisOptions{Node: fmt.Sprint("n", i), Timeout: 50 * time.Millisecond}))
	}
	beat := func() {
		for _, r := range nodes {
			_ = r.Beat(t.Context())
		}
	}
	beat()
	beat() // now each knows of all
	for i, r := range nodes {
		crowds[i].pause = 100 * time.Microsecond
		if n := r.Status().Nodes; n != 3 {
			t.Fatalf("node %d knows of %d nodes", i, n)
		}
		crowds[i].run(NewLimiter(r, compile(t, Options{}, month(fmt.Sprint(limit)))), 2)
	}
	sum := func() (accepted, refused int64) {
		for i := range crowds {
			accepted, refused = accepted+crowds[i].accepted.Load(), refused+crowds[i].refused.Load()
		}
		return accepted, refused
	}
	pass := func(when string) {
		var before [3]int64
		for i := range crowds {
			before[i] = crowds[i].accepted.Load()
		}
		eventually(t, "requests pass "+when, func() bool {
			for i := range crowds {
				if crowds[i].accepted.Load() < before[i]+50 {
					return false
				}
			}
			return true
		})
	}
	slack := int64(0)
	until := func(what string, open bool) {
		alone := func() (n int64) {
			for _, r := range nodes {
				n += r.Status().Alone
			}
			return n
		}
		before := alone()
		eventually(t, what, func() bool {
			if !open {
				beat()
			}
			return nodes[0].Status().Open == open && nodes[1].Status().Open == open && nodes[2].Status().Open == open
		})
		slack += alone() - before
	}
	pass("at first")
	_ = s.cmd.Process.Signal(syscall.SIGSTOP)
	until("all nodes give the server up", true)
	pass("while it is paused")
	_ = s.cmd.Process.Signal(syscall.SIGCONT)
	until("all nodes are back", false)
	pass("after the pause")

	s.kill()
	until("all nodes give the server up again", true)
	pass("while it is gone")
	s.start()
	until("all nodes are back again", false)
	before, _ := sum()
	eventually(t, "the limit is reached", func() bool { beat(); _, refused := sum(); return refused > 0 })
	for i := range crowds {
		crowds[i].end()
		if failed := crowds[i].failed.Load(); failed > 0 {
			t.Errorf("%d requests were refused for the store's sake", failed)
		}
	}
	accepted, _ := sum()
	t.Logf("accepted %d of %d, %d of them after all; %d alone while the server was lost and found", accepted, limit, accepted-before, slack)
	if accepted > limit+slack || accepted < limit-slack {
		t.Errorf("accepted %d of %d", accepted, limit)
	}
}

// Three nodes on one server under three times the limit accept exactly the limit.
func TestRedis_exact(t *testing.T) {
	s := startRedis(t)
	for name, wrap := range map[string]func(*Redis) node{
		"exact":  func(r *Redis) node { return r },
		"leases": func(r *Redis) node { return listening(t, NewLeases(r)) },
	} {
		t.Run(name, func(t *testing.T) {
			var nodes [3]node
			for i := range nodes {
				nodes[i] = wrap(s.store(RedisOptions{Node: fmt.Sprint(i), Prefix: "{soapgate}:" + name + ":"}))
			}
			for range 2 {
				for _, n := range nodes {
					if err := n.Beat(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
			}
			var accepted atomic.Int64
			var wg sync.WaitGroup
			for _, n := range nodes {
				l := NewLimiter(n, compile(t, Options{}, month("1000")))
				for range 2 {
					wg.Go(func() {
						for range 500 {
							if decideOnce(context.Background(), l, &Request{Client: "a"}, time.Now()) {
								accepted.Add(1)
							}
						}
					})
				}
			}
			wg.Wait()
			if n := accepted.Load(); n != 1000 {
				t.Errorf("accepted %d of 3000 under a limit of 1000", n)
			}
			for i, n := range nodes {
				if st := n.Status(); st.Alone > 0 || name == "leases" && st.Ahead == 0 {
					t.Errorf("node %d: %+v", i, st)
				}
			}
		})
	}
}
