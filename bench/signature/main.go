//go:build linux

// The bench/signature command compares canonicalization with libxml2 and
// verification with libxmlsec1: it drives the C program of
// bench/signature/peer, does the same work on the same messages in turns with
// it, and prints the ratios as Markdown. bench/signature/run builds and
// starts it.
//
// The machines this runs on change their pace within seconds, and others work
// on them. So time is that of the processor, only the ratio of two turns that
// follow each other means something, and the result is the median of many.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// turn is how long either side works before the other takes over.
const turn = 20 * time.Millisecond

func main() {
	peerPath := flag.String("peer", "", "the compiled peer")
	dir := flag.String("dir", "", "folder for messages and certificates")
	gostKey := flag.String("gost-key", "", "PEM file of a GOST key; none leaves GOST out")
	gostCert := flag.String("gost-cert", "", "PEM file of its certificate")
	rounds := flag.Int("rounds", 21, "turns of each side")
	only := flag.String("only", "", "leave out operations whose name does not contain this")
	flag.Parse()
	if *rounds < 7 {
		log.Fatal("a median of fewer than 7 rounds says little")
	}
	missed, err := run(*peerPath, *rounds, *only, &maker{dir: *dir, gostKey: *gostKey, gostCert: *gostCert})
	if err != nil {
		log.Fatal(err)
	}
	if missed {
		log.Fatal("a ratio is below its target")
	}
}

func run(peerPath string, rounds int, only string, m *maker) (missed bool, err error) {
	cmd := exec.Command(peerPath)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return false, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return false, err
	}
	if err := cmd.Start(); err != nil {
		return false, err
	}
	p := &peer{in: in, out: bufio.NewScanner(out)}
	fmt.Print("| operation | theirs | ours | ratio | target |\n|---|---:|---:|---:|---:|\n")
	for _, c := range cases {
		if !strings.Contains(c.name, only) {
			continue
		}
		ours, err := c.prepare(m, p)
		if errors.Is(err, errNoGOST) {
			fmt.Printf("| %s | - | - | - | %s |\n", c.name, c.wanted())
			continue
		}
		if err != nil {
			return missed, fmt.Errorf("%s: %w", c.name, err)
		}
		r, err := compare(p, ours, rounds)
		if err != nil {
			return missed, fmt.Errorf("%s: %w", c.name, err)
		}
		fmt.Printf("| %s | %s | %s | %.2f | %s |\n", c.name, show(r.theirs), show(r.ours), r.ratio, c.wanted())
		missed = missed || r.ratio < c.target
	}
	return missed, nil
}

func show(d time.Duration) string { return fmt.Sprintf("%.1f µs", float64(d)/1000) }

// peer is the running C program.
type peer struct {
	in  io.Writer
	out *bufio.Scanner
}

func (p *peer) ask(format string, args ...any) (string, error) {
	if _, err := fmt.Fprintf(p.in, format+"\n", args...); err != nil {
		return "", err
	}
	if !p.out.Scan() {
		return "", fmt.Errorf("the peer ended: %w", p.out.Err())
	}
	return p.out.Text(), nil
}

// run does the prepared operation n times and returns how long that took.
func (p *peer) run(n int) (time.Duration, error) {
	answer, err := p.ask("run %d", n)
	if err != nil {
		return 0, err
	}
	ns, err := strconv.ParseInt(answer, 10, 64)
	return time.Duration(ns), err
}

// result is what the turns of one case gave.
type result struct {
	theirs, ours time.Duration // of one operation, the fastest turn
	ratio        float64       // theirs to ours, the median of the pairs
}

// compare lets both sides work in turns.
func compare(p *peer, ours func() error, rounds int) (result, error) {
	timed := func(n int) (time.Duration, error) {
		from := processorTime()
		for range n {
			if err := ours(); err != nil {
				return 0, err
			}
		}
		return processorTime() - from, nil
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
