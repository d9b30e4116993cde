//go:build linux

// The bench/signature command compares canonicalization with libxml2 and
// verification with libxmlsec1: it drives the C program of
// bench/signature/peer, does the same work on the same messages in turns with
// it, and prints the ratios as Markdown. bench/signature/run builds and
// starts it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/soapgate/soapgate/bench/turns"
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
	if *rounds < turns.MinRounds {
		log.Fatalf("a median of fewer than %d rounds says little", turns.MinRounds)
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
	p, err := turns.Start(peerPath)
	if err != nil {
		return false, err
	}
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
		r, err := turns.Compare(p, ours, turn, rounds)
		if err != nil {
			return missed, fmt.Errorf("%s: %w", c.name, err)
		}
		fmt.Printf("| %s | %s | %s | %.2f | %s |\n", c.name, show(r.Theirs), show(r.Ours), r.Ratio, c.wanted())
		missed = missed || r.Ratio < c.target
	}
	return missed, nil
}

func show(d time.Duration) string { return fmt.Sprintf("%.1f µs", float64(d)/1000) }
