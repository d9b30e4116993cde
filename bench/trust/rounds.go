//go:build linux

package main

import (
	"fmt"
	"net/http"
	"os"
	"time"
)

const (
	quietFor  = 15 * time.Second // requests alone
	swapEvery = 4 * time.Second
	swapTimes = 5 // a round
)

// say tells whoever waits how far it is.
func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// A comparison is what requests take alone and while something goes on, in
// turns.
type comparison struct {
	quiet, busy []time.Duration // p99 of each round
	samples     int             // while it goes on
}

// round measures requests alone and then while work is done.
func (c *comparison) round(d *deployment, work func() error) error {
	if err := d.client.sign(80 * rate); err != nil {
		return err
	}
	quiet, err := d.client.during(func() error { time.Sleep(quietFor); return nil })
	if err != nil {
		return err
	}
	say("p50 %v, p99 %v alone", percentile(quiet, 0.5), percentile(quiet, 0.99))
	busy, err := d.client.during(work)
	if err != nil {
		return err
	}
	say("p50 %v, p99 %v meanwhile, %d requests", percentile(busy, 0.5), percentile(busy, 0.99), len(busy))
	c.quiet, c.busy = append(c.quiet, percentile(quiet, 0.99)), append(c.busy, percentile(busy, 0.99))
	c.samples += len(busy)
	return nil
}

// rows are the median of the rounds' ratios, and what they are of.
func (c *comparison) rows(what string, target float64) []row {
	var ratios []float64
	for i := range c.quiet {
		ratios = append(ratios, float64(c.busy[i])/float64(c.quiet[i]))
	}
	return []row{
		{what: fmt.Sprintf("p99 of requests %s, to p99 otherwise (median of %d rounds, %d requests)", what, len(ratios), c.samples), value: median(ratios), target: target, unit: "times"},
		{what: "p99 of these requests otherwise", value: float64(median(c.quiet).Microseconds()) / 1000, unit: "ms"},
	}
}

// refreshes measures the first fetch of everything and refreshes of everything.
func (d *deployment) refreshes(rounds int) ([]row, error) {
	start := time.Now()
	if err := d.start(); err != nil {
		return nil, err
	}
	if err := d.accepted(); err != nil {
		return nil, err
	}
	// A forced round waits for the one under way, source by source.
	if _, err := d.report(http.MethodPost); err != nil {
		return nil, err
	}
	say("from nothing: %v", time.Since(start))
	var c comparison
	var took []time.Duration
	title := ""
	for i := range rounds {
		if err := d.edition(); err != nil {
			return nil, err
		}
		err := c.round(d, func() error {
			start := time.Now()
			r, err := d.report(http.MethodPost)
			if err != nil {
				return err
			}
			took = append(took, time.Since(start))
			entries, current := 0, 0
			for _, l := range r.Lists {
				entries += l.Entries
				if l.Number == fmt.Sprintf("%02X", i+2) {
					current++
				}
			}
			if current != len(r.Sources)-1 {
				return fmt.Errorf("%d lists of the edition are held of %d sources", current, len(r.Sources)-1)
			}
			title = fmt.Sprintf("%d CAs, %d lists with 3 mirrors, %.1f million entries", r.TrustList.Authorities, current, float64(entries)/1e6)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	peak, err := d.peak()
	if err != nil {
		return nil, err
	}
	say("refreshes took %v, peak memory %.0f MiB", took, peak)
	return append([]row{
		{what: title + ": refresh of everything", value: median(took).Seconds(), target: 120, unit: "s"},
		{what: "peak memory of the gate as a whole, all refreshes", value: peak, target: 400, unit: "MiB"},
	}, c.rows("during a refresh of everything", 2)...), nil
}

// coldStart measures from the start of the gate, with all lists kept, to the
// first message that it accepts.
func (d *deployment) coldStart(int) ([]row, error) {
	if err := d.stop(); err != nil {
		return nil, err
	}
	start := time.Now()
	if err := d.start(); err != nil {
		return nil, err
	}
	if err := d.accepted(); err != nil {
		return nil, err
	}
	return []row{{what: "start of the gate with all lists kept, to the first accepted message", value: time.Since(start).Seconds(), target: 5, unit: "s"}}, nil
}

// swaps measures requests while lists of a million entries of the signers' own
// CA take each other's place.
func (d *deployment) swaps(rounds int) ([]row, error) {
	revoked := entries(million)
	number := int64(1000)
	var c comparison
	for range rounds {
		var files []string
		for range swapTimes {
			number++
			name, err := d.issue(number, revoked)
			if err != nil {
				return nil, err
			}
			files = append(files, name)
		}
		err := c.round(d, func() error {
			for _, f := range files {
				if err := os.Rename(f, d.world.Path("crl", "gost.crl")); err != nil {
					return err
				}
				time.Sleep(swapEvery)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if err := d.holds(number); err != nil {
			return nil, err
		}
	}
	return c.rows("while a list of a million entries is loaded and swapped in again and again", 1.5), nil
}

// holds waits until the gate has a list of a million entries with the number.
func (d *deployment) holds(number int64) error {
	for range 30 {
		r, err := d.report(http.MethodGet)
		if err != nil {
			return err
		}
		for _, l := range r.Lists {
			if l.Entries == million && l.Number == fmt.Sprintf("%04X", number) {
				return nil
			}
		}
		time.Sleep(time.Second)
	}
	return fmt.Errorf("list %d is not held", number)
}
