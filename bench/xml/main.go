//go:build linux

// The bench/xml command compares the reader with libxml2: it drives the C
// program of bench/libxml2, reads the same messages in turns with it, and
// prints the ratios and what the targets ask for as Markdown. bench/xml/run
// builds and starts it.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/soapgate/soapgate/bench/turns"
	"github.com/soapgate/soapgate/bench/worst"
	"github.com/soapgate/soapgate/bench/xml/message"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// turn is how long either side works before the other takes over.
const turn = 20 * time.Millisecond

func main() {
	log.SetFlags(0)
	peerPath := flag.String("peer", "", "the compiled peer")
	dir := flag.String("dir", "", "folder for messages")
	rounds := flag.Int("rounds", 21, "turns of each side")
	flag.Parse()
	if *rounds < turns.MinRounds {
		log.Fatalf("a median of fewer than %d rounds says little", turns.MinRounds)
	}
	peer, err := turns.Start(*peerPath)
	if err != nil {
		log.Fatal(err)
	}
	b := &bench{peer: peer, dir: *dir, rounds: *rounds}
	for _, step := range []func() error{b.memory, b.compare, b.flat, b.allocations, b.worst} {
		if err := step(); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Print("\n## Targets\n\n")
	if !turns.Report(os.Stdout, b.targets) {
		log.Fatal("a target is missed")
	}
}

type bench struct {
	peer    *turns.Peer
	dir     string
	rounds  int
	targets []turns.Target
}

func (b *bench) target(t turns.Target) { b.targets = append(b.targets, t) }

// read is what is measured.
func read(src []byte) func() error {
	return func() error {
		tree, err := xmltree.Parse(src, xmltree.Options{})
		if err == nil {
			tree.Release()
		}
		return err
	}
}

// memory comes first, as a pool would have other trees later.
func (b *bench) memory() error {
	before := turns.Heap()
	src := message.Values(1_000_000)
	tree, err := xmltree.Parse(src, xmltree.Options{})
	if err != nil {
		return err
	}
	used := turns.Heap() - before
	b.target(turns.Target{What: "memory of a 1 MB message and its tree, to its bytes", Figure: float64(used) / float64(len(src)), AtMost: true, Bound: 3})
	runtime.KeepAlive(tree)
	return nil
}

func (b *bench) compare() error {
	fmt.Print("| message | bytes | libxml2, MB/s | ours, MB/s | ratio |\n|---|---:|---:|---:|---:|\n")
	least := 0.0
	for _, size := range message.Sizes {
		src := size.Make()
		path := filepath.Join(b.dir, size.Name+".xml")
		if err := os.WriteFile(path, src, 0o644); err != nil {
			return err
		}
		if _, err := b.peer.Ask("parse %s", path); err != nil {
			return err
		}
		r, err := turns.Compare(b.peer, read(src), turn, b.rounds)
		if err != nil {
			return err
		}
		pace := func(d time.Duration) float64 { return float64(len(src)) / float64(d) * 1e3 }
		fmt.Printf("| %s | %d | %.0f | %.0f | %.2f |\n", size.Name, len(src), pace(r.Theirs), pace(r.Ours), r.Ratio)
		if least == 0 || r.Ratio < least {
			least = r.Ratio
		}
	}
	b.target(turns.Target{What: "parsing against libxml2's, the least of all sizes", Figure: least, Unit: "×", Bound: 2.5})
	return nil
}

func (b *bench) flat() error {
	var sizes []turns.Operation
	for _, bytes := range []int{20_000, 200_000, 1_000_000, 10_000_000} {
		src := message.Values(bytes)
		sizes = append(sizes, turns.Operation{Bytes: len(src), Do: read(src)})
	}
	spread, err := turns.Spread(turn, b.rounds, sizes[0], sizes[1:]...)
	b.target(turns.Target{What: "cost per byte from 20 KB to 10 MB, dearest to cheapest", Figure: spread, Unit: "×", AtMost: true, Bound: 1.2})
	return err
}

func (b *bench) allocations() error {
	n, err := turns.Allocations(read(message.Values(200_000)))
	b.target(turns.Target{What: "allocations for a message of 200 KB", Figure: n, AtMost: true, Bound: 1})
	return err
}

// worst compares the dearest inputs known, whatever becomes of them, with an
// ordinary message.
func (b *bench) worst() error {
	src := message.Values(1_000_000)
	ordinary := turns.Operation{Bytes: len(src), Do: read(src)}
	var costs []turns.Cost
	for _, d := range worst.Documents {
		src := d.Bytes(1_000_000)
		x, err := turns.Operation{Bytes: len(src), Do: func() error {
			if tree, err := xmltree.Parse(src, xmltree.Options{AllowPI: true}); err == nil {
				tree.Release()
			}
			return nil
		}}.Relative(ordinary, turn, turns.MinRounds)
		if err != nil {
			return err
		}
		costs = append(costs, turns.Cost{Name: d.Name, Times: x})
	}
	fmt.Print(turns.Dearest(costs))
	b.target(turns.Target{What: "the dearest input known, to an ordinary message per byte", Figure: costs[0].Times, Unit: "×", AtMost: true, Bound: 20})
	return nil
}
