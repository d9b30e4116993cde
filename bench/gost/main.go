//go:build linux

// The bench/gost command compares this project's GOST code with OpenSSL's engine: it
// drives the C program of bench/gost/peer, does the same work on the same octets in
// turns with it, and prints the ratios as Markdown. bench/gost/run builds and starts it.
package main

import (
	"flag"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/soapgate/soapgate/bench/turns"
)

// turn is how long either side works before the other takes over.
const turn = 10 * time.Millisecond

func main() {
	peerPath := flag.String("peer", "", "the compiled peer")
	rounds := flag.Int("rounds", 41, "turns of each side")
	only := flag.String("only", "", "leave out operations whose name does not contain this")
	judge := flag.Bool("judge", true, "hold the ratios to their targets")
	flag.Parse()
	if *rounds < turns.MinRounds {
		log.Fatalf("a median of fewer than %d rounds says little", turns.MinRounds)
	}

	p, err := turns.Start(*peerPath)
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
		r, err := turns.Compare(p, ours, turn, *rounds)
		if err != nil {
			log.Fatalf("%s: %v", c.name, err)
		}
		if !*judge {
			c.target = 0
		}
		fmt.Print(row(c, r))
		missed = missed || r.Ratio < c.target
	}
	if missed {
		log.Fatal("a ratio is below its target")
	}
}

func row(c benchCase, r turns.Result) string {
	target := "-"
	if c.target > 0 {
		target = fmt.Sprintf("%.1f", c.target)
	}
	return fmt.Sprintf("| %s | %s | %s | %.2f | %s |\n", c.name, c.show(r.Theirs), c.show(r.Ours), r.Ratio, target)
}
