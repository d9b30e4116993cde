// The bench/gost command compares this project's GOST code with OpenSSL's engine: it
// drives the C program of bench/gost/peer, does the same work on the same octets in
// turns with it, and writes the ratios as Markdown. bench/gost/run builds and starts it.
//
// The machines this runs on change their pace within seconds. Only the ratio of two
// turns that follow each other means something, and the result is the median of many.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"slices"
	"strings"
	"time"
)

// turn is how long either side works before the other takes over.
const turn = 25 * time.Millisecond

func main() {
	peerPath := flag.String("peer", "", "the compiled peer")
	rounds := flag.Int("rounds", 21, "turns of each side")
	output := flag.String("o", "", "file to write the table to, beside standard output")
	only := flag.String("only", "", "leave out operations whose name does not contain this")
	environment := flag.String("environment", "", "line on the machine and versions for the head of the table")
	flag.Parse()
	if *rounds < 7 {
		log.Fatal("a median of fewer than 7 rounds says little")
	}

	p, err := startPeer(*peerPath)
	if err != nil {
		log.Fatal(err)
	}
	var table strings.Builder
	table.WriteString(head(*environment, *rounds))
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
		row := r.row(c)
		fmt.Print(row)
		table.WriteString(row)
		missed = missed || r.ratio < c.target
	}
	if *output != "" {
		if err := os.WriteFile(*output, []byte(table.String()), 0o644); err != nil {
			log.Fatal(err)
		}
	}
	if missed {
		log.Fatal("a ratio is below its target")
	}
}

func head(environment string, rounds int) string {
	return fmt.Sprintf(`# GOST: our Go code against OpenSSL's engine

%s

Both sides do the same work on the same octets on one core in turns of %v; a ratio is
the median of %d pairs of turns, and above 1 means that ours is faster. A time is the
fastest turn's. "Known signer" verifies with the tables of Precompute.
Reproduce with:

    ./bench/gost/run

| operation | engine | ours | ratio | target |
|---|---:|---:|---:|---:|
`, environment, turn, rounds)
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
		from := time.Now()
		err := ours(n)
		return time.Since(from), err
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

// calibrate returns how often to repeat an operation to fill a turn.
func calibrate(run func(n int) (time.Duration, error)) (int, error) {
	for n := 1; ; n *= 2 {
		d, err := run(n)
		if err != nil || d >= turn/2 {
			return max(1, int(int64(n)*int64(turn)/max(1, int64(d)))), err
		}
	}
}
