//go:build linux

// Package turns compares our code with a peer that does the same work in a
// program of its own: both work in turns on the same octets.
//
// The machines benchmarks run on change their pace within seconds, and others
// work on them. So time is that of the processor, only the ratio of two turns
// that follow each other means something, and the result is the median of many.
package turns

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// MinRounds is how many turns of each side a median needs to say something.
const MinRounds = 7

// A Peer is a running program that reads commands from its input, a line
// each, and answers each with a line. The command "run N" repeats what was
// prepared last N times and answers with the nanoseconds of processor time.
type Peer struct {
	in  io.Writer
	out *bufio.Scanner
}

// Start runs the program at path; it ends with this process, at the end of
// its input.
func Start(path string) (*Peer, error) {
	cmd := exec.Command(path)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &Peer{in: in, out: bufio.NewScanner(out)}, cmd.Start()
}

// Ask sends a command and returns the answer.
func (p *Peer) Ask(format string, args ...any) (string, error) {
	if _, err := fmt.Fprintf(p.in, format+"\n", args...); err != nil {
		return "", err
	}
	if !p.out.Scan() {
		return "", fmt.Errorf("the peer ended: %w", p.out.Err())
	}
	return p.out.Text(), nil
}

func (p *Peer) run(n int) (time.Duration, error) {
	answer, err := p.Ask("run %d", n)
	if err != nil {
		return 0, err
	}
	ns, err := strconv.ParseInt(answer, 10, 64)
	return time.Duration(ns), err
}

// A Result is what the turns of one case gave.
type Result struct {
	Theirs, Ours time.Duration // of one operation, the fastest turn
	Ratio        float64       // theirs to ours, the median of the pairs
}

// A side repeats an operation and tells how long that took.
type side func(n int) (time.Duration, error)

// Compare lets the peer repeat what it prepared and us repeat ours, in turns
// of about the given length, and returns what rounds of them gave.
func Compare(p *Peer, ours func() error, turn time.Duration, rounds int) (Result, error) {
	return compare(p.run, repeat(ours), turn, rounds)
}

// Against is Compare with another operation of our own for the peer.
func Against(other, ours func() error, turn time.Duration, rounds int) (Result, error) {
	return compare(repeat(other), repeat(ours), turn, rounds)
}

func repeat(operation func() error) side {
	return func(n int) (time.Duration, error) {
		from := processorTime()
		for range n {
			if err := operation(); err != nil {
				return 0, err
			}
		}
		return processorTime() - from, nil
	}
}

func compare(their, our side, turn time.Duration, rounds int) (Result, error) {
	theirN, err := calibrate(their, turn)
	if err != nil {
		return Result{}, err
	}
	ourN, err := calibrate(our, turn)
	if err != nil {
		return Result{}, err
	}
	var theirs, ours, ratios []float64 // of one operation
	for range rounds {
		t, err := their(theirN)
		if err != nil {
			return Result{}, err
		}
		o, err := our(ourN)
		if err != nil {
			return Result{}, err
		}
		theirs = append(theirs, float64(t)/float64(theirN))
		ours = append(ours, float64(o)/float64(ourN))
		ratios = append(ratios, theirs[len(theirs)-1]/ours[len(ours)-1])
	}
	slices.Sort(ratios)
	return Result{time.Duration(slices.Min(theirs)), time.Duration(slices.Min(ours)), ratios[len(ratios)/2]}, nil
}

// processorTime returns the time this process has run for.
func processorTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		panic(err) // Linux has this clock
	}
	return time.Duration(t.Nano())
}

// calibrate returns how often to repeat an operation to fill a turn.
func calibrate(run side, turn time.Duration) (int, error) {
	for n := 1; ; n *= 2 {
		d, err := run(n)
		if err != nil || d >= turn/2 {
			return max(1, int(int64(n)*int64(turn)/max(1, int64(d)))), err
		}
	}
}
