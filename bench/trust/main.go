//go:build linux

// The bench/trust command measures what trust costs at national size and prints
// it as Markdown: revocation lists of a million entries, what a refresh of 3000
// CAs with 5800 addresses of lists costs, and what requests notice of it.
// bench/trust/run builds and starts it.
//
// Lists are measured in time of the processor, in turns with what they are
// compared with. Requests are measured through a gate that is a process of its
// own, soapgate itself, on processors of its own; the load generator with the
// system behind the gate and the server of the lists are two further processes
// on one other processor, the server at the lowest priority: in a deployment
// they are other machines.
package main

import (
	"flag"
	"fmt"
	"log"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// now is the moment around which the invented world is made.
var now = time.Now().UTC().Truncate(time.Second)

const day = 24 * time.Hour

func main() {
	log.SetFlags(0)
	serve := flag.String("serve", "", "be the server of the nation, which also accredits the CA in this PEM file: print the address, then make a new edition of everything for each line of standard input")
	scale := flag.Int("scale", 1, "divide the nation's numbers by this")
	rounds := flag.Int("rounds", 3, "how often requests are measured in each state")
	soapgate := flag.String("soapgate", "", "path of the soapgate binary")
	only := flag.String("only", "", "lists or gate; default both")
	flag.Parse()
	if *serve != "" {
		if err := serveNation(*serve, *scale); err != nil {
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
		{"gate", func() ([]row, error) { return gate(*soapgate, *scale, *rounds) }},
	} {
		if *only != "" && *only != part.name {
			continue
		}
		rows, err := part.run()
		if err != nil {
			log.Fatalf("%s: %v", part.name, err)
		}
		fmt.Print("| what | measured | target | met |\n|---|---:|---:|---|\n")
		for _, r := range rows {
			fmt.Printf("| %s | %s | %s | %s |\n", r.what, r.show(r.value), r.bound(), r.met())
			missed = missed || r.met() == "no"
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

func (r row) met() string {
	switch {
	case r.target == 0:
		return "-"
	case r.value > r.target:
		return "no"
	}
	return "yes"
}

// processor returns the time that this process has been computing.
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
