//go:build linux

// The bench/gost command compares this project's GOST code with OpenSSL's engine: it
// drives the C program of bench/gost/peer, does the same work on the same octets in
// turns with it, and prints the ratios as Markdown. bench/gost/run builds and starts it.
//
// The machines this runs on change their pace within seconds, and others work on them.
// So time is that of the processor, only the ratio of two turns that follow each other
// means something, and the result is the median of many.
package main

import (
	"flag"
	"fmt"
	"log"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// turn is how long either side works before the other takes over.
const turn = 10 * time.Millisecond

func main() {
	peerPath := flag.String("peer", "", "the compiled peer")
	rounds := flag.Int("rounds", 41, "turns of each side")
	only := flag.String("only", "", "leave out operations whose name does not contain this")
	judge := flag.Bool("judge", true, "hold the ratios to their targets")
	flag.Parse()
	if *rounds < 7 {
		log.Fatal("a median of fewer than 7 rounds says little")
	}

	p, err := startPeer(*peerPath)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print("| operation | engine | ours | ratio | target |\n|---|---:|---:|---:|---:|\n")
	missed := false
	for _, c := range cases {
		if !strings.Contains(c.name, *only) {
			continue
		}
		ours, err := c.prepare(p)
		if err != nil {
			log.Fatalf("%s: %v", c.name, err)
		}
		r, err := compare(p, ours, *rounds)
		if err != nil {
			log.Fatalf("%s: %v", c.name, err)
		}
		if !*judge {
			c.target = 0
		}
		fmt.Print(r.row(c))
		missed = missed || r.ratio < c.target
	}
	if missed {
		log.Fatal("a ratio is below its target")
	}
}

// result is what the turns of one case gave.
type result struct {
	theirs, ours time.Duration // of one operation, the fastest turn
	ratio        float64       // theirs to ours, the median of the pairs
}

func (r result) row(c benchCase) string {
	target := "-"
	if c.target > 0 {
		target = fmt.Sprintf("%.1f", c.target)
	}
	return fmt.Sprintf("| %s | %s | %s | %.2f | %s |\n", c.name, c.show(r.theirs), c.show(r.ours), r.ratio, target)
}

// compare lets both sides work in turns.
func compare(p *peer, ours func(n int) error, rounds int) (result, error) {
	timed := func(n int) (time.Duration, error) {
		from := processorTime()
		err := ours(n)
		return processorTime() - from, err
	}
	theirN, err := calibrate(p.run)
	if err != nil {
		return result{}, err
	}
	ourN, err := calibrate(timed)
	if err != nil {
		return result{}, err
	}
	var r result
	var ratios []float64
	for range rounds {
		theirs, err := p.run(theirN)
		if err != nil {
			return r, err
		}
		mine, err := timed(ourN)
		if err != nil {
			return r, err
		}
		t, o := theirs/time.Duration(theirN), mine/time.Duration(ourN)
		ratios = append(ratios, float64(theirs)/float64(theirN)/(float64(mine)/float64(ourN)))
		if len(ratios) == 1 || t < r.theirs {
			r.theirs = t
		}
		if len(ratios) == 1 || o < r.ours {
			r.ours = o
		}
	}
	slices.Sort(ratios)
	r.ratio = ratios[len(ratios)/2]
	return r, nil
}

// processorTime returns the time this process has run for.
func processorTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		log.Fatal(err)
	}
	return time.Duration(t.Nano())
}

// calibrate returns how often to repeat an operation to fill a turn.
func calibrate(run func(n int) (time.Duration, error)) (int, error) {
	for n := 1; ; n *= 2 {
		d, err := run(n)
		if err != nil || d >= turn/2 {
			return max(1, int(int64(n)*int64(turn)/max(1, int64(d)))), err
		}
	}
}
