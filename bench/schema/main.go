//go:build linux

// The bench/schema command compares the validator with libxml2: it drives the C
// program of bench/libxml2, does the same work on the same files in turns with
// it, and prints the ratios and what the targets ask for as Markdown.
// bench/schema/run builds and starts it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing/fstest"
	"time"

	"github.com/soapgate/soapgate/bench/turns"
	"github.com/soapgate/soapgate/bench/worst"
	"github.com/soapgate/soapgate/bench/xml/message"
	"github.com/soapgate/soapgate/internal/schema"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// turn is how long either side works before the other takes over.
const turn = 20 * time.Millisecond

func main() {
	log.SetFlags(0)
	peerPath := flag.String("peer", "", "the compiled peer")
	formats := flag.String("formats", "", "folder of the release's schemas")
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
	b := &bench{peer: peer, formats: *formats, dir: *dir, rounds: *rounds}
	for _, step := range []func() error{b.memory, b.compare, b.compile, b.flat, b.allocations, b.worst} {
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
	peer         *turns.Peer
	formats, dir string
	rounds       int
	targets      []turns.Target
	set          *schema.Set
}

func (b *bench) target(t turns.Target) { b.targets = append(b.targets, t) }

// memory comes first, as it compiles the bundle for all that follows.
func (b *bench) memory() (err error) {
	before := turns.Heap()
	b.set, err = compile(b.formats)
	kept := turns.Heap() - before
	runtime.KeepAlive(b.set)
	b.target(turns.Target{What: "memory that the compiled bundle keeps", Figure: float64(kept) / 1e6, Unit: " MB", AtMost: true, Bound: 60})
	return err
}

func (b *bench) valid(t *xmltree.Tree) error {
	if found := b.set.Validate(t, t.Root(), schema.ValidateOptions{}); found != nil {
		return errors.New(found[0].Xerces)
	}
	return nil
}

func (b *bench) validate(src []byte) func() error {
	t, err := xmltree.Parse(src, xmltree.Options{})
	return func() error {
		if err != nil {
			return err
		}
		return b.valid(t)
	}
}

func (b *bench) read(src []byte) func() error {
	return func() error {
		t, err := xmltree.Parse(src, xmltree.Options{})
		if err != nil {
			return err
		}
		defer t.Release()
		return b.valid(t)
	}
}

// types is the schema document of the messages' service.
const types = "device-metering/hcs-device-metering-types.xsd"

func (b *bench) compare() error {
	for _, task := range []struct {
		name, title string
		ours        func([]byte) func() error
		bound       float64
	}{
		{"validate", "Validating a parsed message", b.validate, 4},
		{"read", "Parsing and validating", b.read, 3},
	} {
		fmt.Printf("## %s\n\n| message | bytes | libxml2, MB/s | ours, MB/s | ratio |\n|---|---:|---:|---:|---:|\n", task.title)
		least := 0.0
		for _, size := range message.Sizes {
			src, err := payload(size.Make())
			if err != nil {
				return err
			}
			path := filepath.Join(b.dir, size.Name+".xml")
			if err := os.WriteFile(path, src, 0o644); err != nil {
				return err
			}
			if _, err := b.peer.Ask("%s %s %s", task.name, path, filepath.Join(b.formats, types)); err != nil {
				return err
			}
			r, err := turns.Compare(b.peer, task.ours(src), turn, b.rounds)
			if err != nil {
				return err
			}
			pace := func(d time.Duration) float64 { return float64(len(src)) / float64(d) * 1e3 }
			fmt.Printf("| %s | %d | %.0f | %.0f | %.2f |\n", size.Name, len(src), pace(r.Theirs), pace(r.Ours), r.Ratio)
			if least == 0 || r.Ratio < least {
				least = r.Ratio
			}
		}
		fmt.Println()
		b.target(turns.Target{What: strings.ToLower(task.title) + " against libxml2's, the least of all sizes", Figure: least, Unit: "×", Bound: task.bound})
	}
	return nil
}

func (b *bench) compile() error {
	all := filepath.Join(b.dir, "all.xsd")
	if err := writeWrapper(b.formats, all); err != nil {
		return err
	}
	if _, err := b.peer.Ask("compile %s", all); err != nil {
		return err
	}
	r, err := turns.Compare(b.peer, func() error {
		_, err := compile(b.formats)
		return err
	}, turn, b.rounds)
	fmt.Printf("## Compiling the bundle\n\nlibxml2 %d ms, ours %d ms, ratio %.2f.\n", r.Theirs.Milliseconds(), r.Ours.Milliseconds(), r.Ratio)
	b.target(turns.Target{What: "time to compile the bundle, to libxml2's", Figure: 1 / r.Ratio, Unit: "×", AtMost: true, Bound: 2})
	return err
}

func (b *bench) flat() error {
	var sizes []turns.Operation
	for _, bytes := range []int{20_000, 200_000, 1_000_000, 10_000_000} {
		src, err := payload(message.Values(bytes))
		if err != nil {
			return err
		}
		sizes = append(sizes, turns.Operation{Bytes: len(src), Do: b.read(src)})
	}
	spread, err := turns.Spread(turn, b.rounds, sizes[0], sizes[1:]...)
	b.target(turns.Target{What: "cost per byte from 20 KB to 10 MB, dearest to cheapest", Figure: spread, Unit: "×", AtMost: true, Bound: 1.2})
	return err
}

func (b *bench) allocations() error {
	src, err := payload(message.Values(200_000))
	if err != nil {
		return err
	}
	n, err := turns.Allocations(b.validate(src))
	b.target(turns.Target{What: "allocations for a message of 200 KB", Figure: n, AtMost: true, Bound: 1})
	return err
}

// worst compares the dearest inputs known, whatever becomes of them, with an
// ordinary message, reading included.
func (b *bench) worst() error {
	src, err := payload(message.Values(1_000_000))
	if err != nil {
		return err
	}
	ordinary := turns.Operation{Bytes: len(src), Do: b.read(src)}
	set, err := schema.Compile(fstest.MapFS{"t.xsd": {Data: []byte(worst.Schema())}}, []schema.Document{{Path: "t.xsd"}}, schema.Options{})
	if err != nil {
		return err
	}
	var costs []turns.Cost
	for _, m := range worst.Messages {
		src := m.Bytes(900_000)
		x, err := turns.Operation{Bytes: len(src), Do: func() error {
			t, err := xmltree.Parse(src, xmltree.Options{})
			if err != nil {
				return err
			}
			defer t.Release()
			set.Validate(t, t.Root(), schema.ValidateOptions{})
			return nil
		}}.Relative(ordinary, turn, turns.MinRounds)
		if err != nil {
			return err
		}
		costs = append(costs, turns.Cost{Name: m.Name, Times: x})
	}
	fmt.Print(turns.Dearest(costs))
	b.target(turns.Target{What: "the dearest input known, to an ordinary message per byte", Figure: costs[0].Times, Unit: "×", AtMost: true, Bound: 20})
	return nil
}
