package quota

import (
	"context"
	"fmt"
	"net/netip"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/soapgate/soapgate/internal/gatetest/data"
)

// threeRules are what a request meets in its first pass.
func threeRules(tb testing.TB) *Rules {
	return compile(tb, Options{Timezone: "Europe/Moscow"},
		Spec{Name: "requests", Key: []string{"client"}, Bounds: Bounds{Rate: "600000/1m", Burst: 100000}},
		Spec{Name: "daily", Key: []string{"client"}, Bounds: Bounds{Limit: "1000000000/day"}},
		Spec{Name: "address", Key: []string{"address"}, Bounds: Bounds{Rate: "600000/1m", Burst: 100000}},
	)
}

// population is n keys under the three rules, all alive at moment now.
func population(tb testing.TB, keys int, now time.Time) (*Memory, *Limiter, []Request) {
	m := NewMemory(MemoryOptions{Keys: keys + keys/16 + 64*shards, Seed: [2]uint64{1, 2}})
	l := NewLimiter(m, threeRules(tb))
	requests := make([]Request, keys/3)
	for i := range requests {
		a := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		requests[i] = Request{Client: fmt.Sprintf("client-%07d", i), Address: a}
		v := l.Begin()
		v.Request = requests[i]
		if rej := v.Pass(context.Background(), PassClient, now); rej != nil {
			tb.Fatal(rej)
		}
		_ = v.End(context.Background(), Outcome{}, now)
	}
	return m, l, requests
}

// callers names one client after the other of a population, in an order that
// no cache foresees. It allocates nothing and touches nothing but itself, as
// the request of a real client is at hand when it is decided on.
type callers struct {
	n, i int
	name [14]byte
	Request
}

func newCallers(n, seed int) *callers {
	c := &callers{n: n, i: seed % n}
	copy(c.name[:], "client-")
	c.Client = unsafe.String(&c.name[0], len(c.name))
	return c
}

func (c *callers) next() *Request {
	c.i = (c.i + 611_953) % c.n
	for k, i := len(c.name)-1, c.i; k >= len("client-"); k, i = k-1, i/10 {
		c.name[k] = byte('0' + i%10)
	}
	c.Address = netip.AddrFrom4([4]byte{10, byte(c.i >> 16), byte(c.i >> 8), byte(c.i)})
	return &c.Request
}

// BenchmarkDecision is one decision with three rules among a million living
// keys, in random order: the caches miss. With "apart" each core has a million
// keys of its own and nothing to share: what the machine has to give.
func BenchmarkDecision(b *testing.B) {
	for _, keys := range []int{3_000, 1_000_000} {
		var limiters [2]*Limiter
		for i := range limiters {
			_, limiters[i], _ = population(b, keys, start)
		}
		onCores(b, keys, keys/3, func(core int, from *callers) {
			decideOnce(context.Background(), limiters[core], from.next(), start)
		})
	}
}

// BenchmarkXTimeRate is what the peer does with three keys of a million: a
// limiter each in a sync.Map.
func BenchmarkXTimeRate(b *testing.B) {
	for _, keys := range []int{3_000, 1_000_000} {
		p := newPeer(keys)
		onCores(b, keys, keys, func(_ int, from *callers) { p.allow(from, start) })
	}
}

// onCores measures f, which is called for n callers, on one core and on two;
// and on two that share nothing.
func onCores(b *testing.B, keys, n int, f func(core int, from *callers)) {
	runtime.GC()
	for _, bm := range []struct {
		name         string
		cores, apart int
	}{{"one", 1, 0}, {"two", 2, 0}, {"apart", 2, 1}} {
		b.Run(fmt.Sprintf("keys=%d/%s", keys, bm.name), func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(bm.cores))
			b.ReportAllocs()
			var wg sync.WaitGroup
			b.ResetTimer()
			began := cpuTime()
			for core := range bm.cores {
				wg.Go(func() {
					from := newCallers(n, (core+1)*7919)
					for range b.N / bm.cores {
						f(core*bm.apart, from)
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(cpuTime()-began)/float64(b.N), "cpu-ns/op")
		})
	}
}

// cpuTime is what the process has used of the processors. On a machine that is
// busy with other things it tells more than the time that passed.
func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func decideOnce(ctx context.Context, l *Limiter, q *Request, now time.Time) bool {
	v := l.Begin()
	v.Request = *q
	rej := v.Pass(ctx, PassClient, now)
	_ = v.End(ctx, Outcome{}, now)
	return rej == nil
}

// TestMemory_size counts what a million living keys take, and that a decision
// among them takes nothing from the heap.
func TestMemory_size(t *testing.T) {
	data.CountAllocations(t)
	const keys = 999_999
	before := heapSize()
	m, l, requests := population(t, keys, start)
	clear(requests)
	bytes := float64(heapSize()-before-int64(cap(requests))*int64(requestSize)) / keys
	if n := m.Len(); n != keys {
		t.Fatalf("%d keys, want %d", n, keys)
	}
	t.Logf("%.1f bytes a key", bytes)
	if bytes > 100 {
		t.Errorf("%.1f bytes a key, want at most 100", bytes)
	}
	from := newCallers(len(requests), 0)
	if n := testing.AllocsPerRun(1000, func() { decideOnce(context.Background(), l, from.next(), start) }); n != 0 {
		t.Errorf("%v allocations a decision", n)
	}
	runtime.KeepAlive(requests)
}

func heapSize() int64 {
	runtime.GC()
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int64(s.HeapAlloc)
}

// TestDecision_allocs: a decision takes nothing from the heap.
func TestDecision_allocs(t *testing.T) {
	data.CountAllocations(t)
	_, l, requests := population(t, 3000, start)
	i := 0
	if n := testing.AllocsPerRun(1000, func() {
		i = (i + 1) % len(requests)
		decideOnce(context.Background(), l, &requests[i], start)
	}); n != 0 {
		t.Errorf("%v allocations a decision", n)
	}
}
