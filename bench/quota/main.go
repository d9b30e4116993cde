//go:build linux

// The bench/quota command makes the tables of docs/bench/quota.md from the
// output of the benchmarks of internal/quota and of bench/quota/http, which it
// reads from its standard input. bench/quota/run makes and feeds it.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/soapgate/soapgate/bench/turns"
)

func main() {
	log.SetFlags(0)
	bytes := flag.Float64("bytes", 0, "what a living key takes")
	flag.Parse()
	s, err := read(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	s.targets(os.Stdout, *bytes)
	s.decisions(os.Stdout)
	s.servers(os.Stdout)
	s.proxies(os.Stdout)
}

// samples are the values of each benchmark and unit, a round after the other.
type samples map[string][]float64

// read reads benchmarks' output. The number of processors that ends a name is
// left out.
func read(r io.Reader) (samples, error) {
	m := make(samples)
	s := bufio.NewScanner(r)
	for s.Scan() {
		words := strings.Fields(s.Text())
		if len(words) < 4 || !strings.HasPrefix(words[0], "Benchmark") {
			continue
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(words[0], "Benchmark"), "-")
		for i := 2; i+1 < len(words); i += 2 {
			v, err := strconv.ParseFloat(words[i], 64)
			if err != nil {
				return nil, err
			}
			m[name+" "+words[i+1]] = append(m[name+" "+words[i+1]], v)
		}
	}
	return m, s.Err()
}

// median returns the median of a benchmark's values; 0 if there are none.
func (m samples) median(key string) float64 { return median(m[key]) }

func median(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(list))[len(list)/2]
}

// ratio returns the median of the ratios of two benchmarks within a round.
func (m samples) ratio(a, b string) float64 {
	var list []float64
	for i := range min(len(m[a]), len(m[b])) {
		list = append(list, m[a][i]/m[b][i])
	}
	return median(list)
}

const million = "Decision/keys=1000000/"

func (m samples) targets(w io.Writer, bytes float64) {
	turns.Report(w, []turns.Target{
		{What: "a decision with three rules, a million living keys, one core", Figure: m.median(million + "one cpu-ns/op"), Unit: " ns", AtMost: true, Bound: 400},
		{What: "its allocations", Figure: m.median(million + "one allocs/op"), Unit: "", AtMost: true, Bound: 0},
		{What: "a living key, its label and its share of what is free included", Figure: bytes, Unit: " bytes", AtMost: true, Bound: 100},
		{What: "decisions a second on two cores over those on one", Figure: m.ratio(million+"one ns/op", million+"two ns/op"), Unit: "", Bound: 1.7},
		{What: "a decision on a server over a bare `EVALSHA` of the same", Figure: m.median("Redis/one ratio/decision"), Unit: "", AtMost: true, Bound: 1.15},
		{What: "decisions a second with leases over those without", Figure: m.median("Leases ratio/exact"), Unit: "", Bound: 20},
	})
}

func (m samples) decisions(w io.Writer) {
	fmt.Fprint(w, `
A core's time for a decision with three rules, and in a `+"`sync.Map`"+` for asking three limiters of x/time/rate:

| living keys | cores | soapgate | x/time/rate | ratio |
|---|---|---:|---:|---:|
`)
	for _, keys := range []string{"3000", "1000000"} {
		for _, cores := range []string{"one", "two"} {
			ours := "Decision/keys=" + keys + "/" + cores + " cpu-ns/op"
			peer := "XTimeRate/keys=" + keys + "/" + cores + " cpu-ns/op"
			fmt.Fprintf(w, "| %s | %s | %.0f ns | %.0f ns | %.1f |\n",
				keys, cores, m.median(ours), m.median(peer), m.ratio(peer, ours))
		}
	}
	fmt.Fprintf(w, `
Decisions a second on two cores over those on one, a million keys: %.2f times; by the time that the cores were given,
%.2f times; with a store for each core, that share nothing: %.2f and %.2f times.
`,
		m.ratio(million+"one ns/op", million+"two ns/op"), 2*m.ratio(million+"one cpu-ns/op", million+"two cpu-ns/op"),
		m.ratio(million+"one ns/op", million+"apart ns/op"), 2*m.ratio(million+"one cpu-ns/op", million+"apart cpu-ns/op"))
}

func (m samples) servers(w io.Writer) {
	fmt.Fprint(w, "\n| on a Redis server, three rules | time | ratio |\n|---|---:|---:|\n")
	for _, row := range []struct{ what, unit, bench, of string }{
		{"a bare `EVALSHA` of the same script and arguments", "evalsha", "Redis/one", ""},
		{"a decision, exact", "decision", "Redis/one", "decision"},
		{"a bare `EVALSHA` of a script that does nothing", "evalsha-of-nothing", "Redis/one", "evalsha-of-nothing"},
		{"both cores for the gate: the same bare `EVALSHA`", "evalsha", "Redis/two", ""},
		{"both cores for the gate: a decision, exact", "decision", "Redis/two", "decision"},
		{"eight callers, a decision, exact", "exact", "Leases", ""},
	} {
		ratio := 1.0
		if row.of != "" {
			ratio = m.median(row.bench + " ratio/" + row.of)
		}
		fmt.Fprintf(w, "| %s | %.1f µs | %.2f |\n", row.what, m.median(row.bench+" ns/"+row.unit)/1000, ratio)
	}
	fmt.Fprintf(w, "| eight callers, a decision with leases | %.2f µs | 1/%.0f |\n",
		m.median("Leases ns/ahead")/1000, m.median("Leases ratio/exact"))
}

// proxies compares what a limit costs in the gate and in nginx.
func (m samples) proxies(w io.Writer) {
	fmt.Fprint(w, `
| a proxy of one worker on one core | requests a second | with a limit | ratio | time of the core for a request | with a limit | the limit |
|---|---:|---:|---:|---:|---:|---:|
`)
	for _, p := range []struct{ name, title string }{
		{"nginx", "nginx, `limit_req`"}, {"soapgate", "the gate, `soapgate_quota`"},
	} {
		plain, limit := "HTTP/"+p.name+"/plain ", "HTTP/"+p.name+"/limit "
		var cost []float64
		for i, v := range m[limit+"cpu-µs/op"] {
			cost = append(cost, v-m[plain+"cpu-µs/op"][i])
		}
		fmt.Fprintf(w, "| %s | %.0f | %.0f | %.2f | %.1f µs | %.1f µs | %.1f µs |\n", p.title,
			m.median(plain+"requests/s"), m.median(limit+"requests/s"), m.ratio(limit+"requests/s", plain+"requests/s"),
			m.median(plain+"cpu-µs/op"), m.median(limit+"cpu-µs/op"), median(cost))
	}
}
