//go:build linux

package turns

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"
)

// An Operation is something of ours that reads a number of bytes.
type Operation struct {
	Name  string
	Bytes int
	Do    func() error
}

// Relative returns what o costs for each of its bytes, base being 1.
func (o Operation) Relative(base Operation, turn time.Duration, rounds int) (float64, error) {
	r, err := Against(base.Do, o.Do, turn, rounds)
	return float64(base.Bytes) / float64(o.Bytes) / r.Ratio, err
}

// Spread returns how many times as much as the cheapest the dearest of the
// operations costs for each byte.
func Spread(turn time.Duration, rounds int, base Operation, others ...Operation) (float64, error) {
	least, most := 1.0, 1.0
	for _, o := range others {
		x, err := o.Relative(base, turn, rounds)
		if err != nil {
			return 0, err
		}
		least, most = min(least, x), max(most, x)
	}
	return most / least, nil
}

// A Cost is what an Operation costs for each of its bytes, an ordinary one
// being 1.
type Cost struct {
	Name  string
	Times float64
}

// Dearest sorts costs, the dearest first, and puts those into a sentence.
func Dearest(costs []Cost) string {
	slices.SortFunc(costs, func(a, b Cost) int { return cmp.Compare(b.Times, a.Times) })
	var first []string
	for _, c := range costs[:min(5, len(costs))] {
		first = append(first, fmt.Sprintf("%s %.1f", c.Name, c.Times))
	}
	return fmt.Sprintf("\nOf %d hostile inputs the dearest, per byte, an ordinary message being 1: %s.\n", len(costs), strings.Join(first, ", "))
}

// Allocations returns how many allocations an operation makes once it has been
// done a few times.
func Allocations(do func() error) (float64, error) {
	const n = 50
	var before, after runtime.MemStats
	for i := range 2 * n {
		if i == n {
			runtime.ReadMemStats(&before)
		}
		if err := do(); err != nil {
			return 0, err
		}
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / n, nil
}

// Heap returns how many bytes the heap holds.
func Heap() uint64 {
	var m runtime.MemStats
	for range 3 { // pools give up their memory at the second collection
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
