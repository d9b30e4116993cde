//go:build linux

// The bench/trust command measures what package pki costs at national size and
// prints it as Markdown: revocation lists of a million entries, what a swap does
// to requests, and the refresh of 3000 CAs with 5800 addresses of lists from a
// server that it starts as a process of its own. bench/trust/run builds and
// starts it.
//
// Others work on the machines this runs on. So what is compared is done in
// turns, in time of the processor, and the result is the median of the ratios.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// now is the moment of the invented world.
var now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

func main() {
	log.SetFlags(0)
	serve := flag.Bool("serve", false, "be the server of the nation: print its address and serve until standard input ends")
	scale := flag.Int("scale", 1, "divide the nation's numbers by this")
	only := flag.String("only", "", "lists, swap or nation; default all")
	flag.Parse()
	if *serve {
		if err := serveNation(*scale); err != nil {
			log.Fatal(err)
		}
		return
	}
	missed := false
	for _, part := range []struct {
		name string
		run  func() ([]row, error)
	}{
		{"lists", lists},
		{"swap", swap},
		{"nation", func() ([]row, error) { return nation(*scale) }},
	} {
		if *only != "" && *only != part.name {
			continue
		}
		rows, err := part.run()
		if err != nil {
			log.Fatalf("%s: %v", part.name, err)
		}
		fmt.Print("| what | measured | target |\n|---|---:|---:|\n")
		for _, r := range rows {
			verdict := ""
			if r.target > 0 && r.value > r.target {
				verdict, missed = ", missed", true
			}
			fmt.Printf("| %s | %s | %s%s |\n", r.what, r.show(r.value), r.bound(), verdict)
		}
		fmt.Println()
	}
	if missed {
		log.Fatal("a target is missed")
	}
}

// A row is one result; a target of 0 is none.
type row struct {
	what          string
	value, target float64
	unit          string
}

func (r row) show(v float64) string { return fmt.Sprintf("%.4g %s", v, r.unit) }

func (r row) bound() string {
	if r.target == 0 {
		return "-"
	}
	return "at most " + r.show(r.target)
}

// processor returns the time that this thread has been computing.
func processor() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		panic(err)
	}
	return time.Duration(t.Nano())
}

// timed returns the time of the processor that f takes.
func timed(f func()) time.Duration {
	start := processor()
	f()
	return processor() - start
}

func median[T interface{ ~int64 | ~float64 }](v []T) T {
	slices.Sort(v)
	return v[len(v)/2]
}

// percentile returns the value below which the given part of v lies.
func percentile(v []time.Duration, part float64) time.Duration {
	slices.Sort(v)
	return v[min(int(float64(len(v))*part), len(v)-1)]
}

// status reads a line of /proc/self/status in KiB.
func status(name string) float64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	var kib float64
	for line := range strings.Lines(string(b)) {
		if n, _ := fmt.Sscanf(line, name+": %f kB", &kib); n == 1 {
			return kib
		}
	}
	return 0
}
