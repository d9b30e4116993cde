// Command quota makes the tables of docs/bench/quota.md from the output of the
// benchmarks of internal/quota, and serves requests under a limit for the
// comparison with nginx.
//
//	quota table <output
//	quota serve [-limit] -listen ADDRESS
package main

import (
	"bufio"
	"crypto/rand"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/soapgate/soapgate/internal/quota"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) < 2 {
		log.Fatal("usage: quota table|serve")
	}
	var err error
	switch os.Args[1] {
	case "table":
		err = table(os.Stdin, os.Stdout)
	case "serve":
		err = serve(os.Args[2:])
	default:
		err = fmt.Errorf("unknown command %q", os.Args[1])
	}
	if err != nil {
		log.Fatal(err)
	}
}

// samples are the values of each benchmark and unit, over all rounds.
type samples map[string][]float64

func read(r io.Reader) (samples, error) {
	m := make(samples)
	s := bufio.NewScanner(r)
	for s.Scan() {
		words := strings.Fields(s.Text())
		if len(words) < 4 || !strings.HasPrefix(words[0], "Benchmark") {
			continue
		}
		for i := 2; i+1 < len(words); i += 2 {
			v, err := strconv.ParseFloat(words[i], 64)
			if err != nil {
				return nil, err
			}
			key := strings.TrimPrefix(words[0], "Benchmark") + " " + words[i+1]
			m[key] = append(m[key], v)
		}
	}
	return m, s.Err()
}

func (m samples) least(key string) float64 {
	if len(m[key]) == 0 {
		return 0
	}
	return slices.Min(m[key])
}

func (m samples) median(key string) float64 {
	list := slices.Sorted(slices.Values(m[key]))
	if len(list) == 0 {
		return 0
	}
	return list[len(list)/2]
}

func table(r io.Reader, w io.Writer) error {
	m, err := read(r)
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "| a decision with three rules | living keys | soapgate | allocations | golang.org/x/time/rate | ratio |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|")
	for _, row := range []struct{ name, suffix, procs string }{
		{"one core", "", ""}, {"two cores, a core's time", "/parallel", "-2"},
	} {
		for _, keys := range []string{"3000", "1000000"} {
			ours := m.least("Decision/keys=" + keys + row.suffix + row.procs + " cpu-ns/op")
			peer := m.least("XTimeRate/keys=" + keys + row.suffix + row.procs + " cpu-ns/op")
			fmt.Fprintf(w, "| %s | %s | %.0f ns | %.0f | %.0f ns | %.1f |\n", row.name, keys, ours,
				m.median("Decision/keys="+keys+row.suffix+row.procs+" allocs/op"), peer, peer/ours)
		}
	}
	one, two := m.least("Decision/keys=1000000 ns/op"), m.least("Decision/keys=1000000/parallel-2 ns/op")
	fmt.Fprintf(w, "\nDecisions a second on two cores over those on one, a million keys: %.2f times.\n\n", one/two)
	fmt.Fprintln(w, "| on a Redis server, three rules | time | ratio |")
	fmt.Fprintln(w, "|---|---|---|")
	fmt.Fprintf(w, "| a bare `EVALSHA` of the same script and arguments | %.1f µs | 1 |\n", m.median("Redis-2 ns/evalsha")/1000)
	fmt.Fprintf(w, "| a decision, exact | %.1f µs | %.2f of that |\n", m.median("Redis-2 ns/decision")/1000, m.median("Redis-2 ratio/decision"))
	fmt.Fprintf(w, "| a bare `EVALSHA` of a script that does nothing | %.1f µs | %.2f of that |\n",
		m.median("Redis-2 ns/evalsha-of-nothing")/1000, m.median("Redis-2 ratio/evalsha-of-nothing"))
	fmt.Fprintf(w, "| a decision with some ahead, eight callers | %.2f µs | %.0f times the throughput of exact |\n",
		m.median("Leases-2 ns/ahead")/1000, m.median("Leases-2 ratio/exact"))
	return nil
}

// serve answers every request with 200, or 429 beyond the limit.
func serve(args []string) error {
	f := flag.NewFlagSet("serve", flag.ExitOnError)
	limited := f.Bool("limit", false, "apply a rate by address")
	addr := f.String("listen", "127.0.0.1:0", "address")
	if err := f.Parse(args); err != nil {
		return err
	}
	var seed [16]byte
	if _, err := rand.Read(seed[:]); err != nil {
		return err
	}
	// As nginx is told to: so high that nothing is refused, but counted.
	rules, err := quota.Compile([]quota.Spec{{
		Name: "address", Key: []string{"address"}, Bounds: quota.Bounds{Rate: "99999/1s", Burst: 99999},
	}}, quota.Options{})
	if err != nil {
		return err
	}
	limiter := quota.NewLimiter(quota.NewMemory(quota.MemoryOptions{Seed: [2]uint64{
		binary.NativeEndian.Uint64(seed[:]), binary.NativeEndian.Uint64(seed[8:]),
	}}), rules)
	l, err := net.Listen("tcp", *addr)
	if err != nil {
		return err
	}
	return http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !*limited {
			_, _ = io.WriteString(w, "ok")
			return
		}
		v := limiter.Begin()
		peer, _ := netip.ParseAddrPort(r.RemoteAddr)
		v.Request.Address = peer.Addr()
		if rej := v.Pass(r.Context(), quota.PassClient, time.Now()); rej != nil {
			w.WriteHeader(http.StatusTooManyRequests)
		}
		_, _ = io.WriteString(w, "ok")
		_ = v.End(r.Context(), quota.Outcome{BytesOut: 2}, time.Now())
	}))
}
