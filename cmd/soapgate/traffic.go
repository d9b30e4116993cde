package main

import (
	"fmt"
	"os"

	"github.com/soapgate/soapgate/internal/quota"
)

// replay reads an access log, "-" for standard input.
func replay(name string, f func(quota.Event) error) error {
	in := os.Stdin
	if name != "-" {
		var err error
		if in, err = os.Open(name); err != nil {
			return err
		}
		defer in.Close()
	}
	skipped, err := quota.ReadTraffic(in, f)
	if skipped > 0 {
		fmt.Fprintf(os.Stderr, "%d lines are not of requests the gate has seen\n", skipped)
	}
	return err
}

func (q *quotas) whatIf(args []string) error {
	rules, err := q.draft()
	if err != nil {
		return err
	}
	w := quota.NewWhatIf(rules)
	if err := replay(args[0], w.Add); err != nil {
		return err
	}
	r, err := w.Report()
	if err != nil {
		return err
	}
	err = q.print(r, "RULE CLIENT REQUESTS REFUSED FIRST LAST", func(row func(...any)) {
		for _, o := range r.Outcomes {
			if o.Refused > 0 {
				row(o.Rule, o.Client, o.Requests, o.Refused, o.First, o.Last)
			}
		}
	})
	if err != nil || q.json {
		return err
	}
	fmt.Fprintf(q.out, q.say("запросов %d, отказов было бы %d\n", "%d requests, %d would have been refused\n"), r.Requests, r.Refused)
	for _, name := range r.Unknown {
		fmt.Fprintf(q.out, q.say("правило %s не проверено: в журнале нет того, по чему оно считает\n", "rule %s was not judged: the log does not have what it counts by\n"), name)
	}
	return nil
}

func (q *quotas) propose(args []string) error {
	p := quota.NewProposer()
	if err := replay(args[0], p.Add); err != nil {
		return err
	}
	list := p.Proposals()
	return q.print(list, "CLIENT OPERATION REQUESTS p50/min p95/min p99/min p99/day RATE BURST LIMIT", func(row func(...any)) {
		for _, c := range list {
			row(c.Client, c.Operation, c.Requests, c.PerMinute.P50, c.PerMinute.P95, c.PerMinute.P99, c.PerDay.P99, c.Rate, c.Burst, c.Limit)
		}
	})
}
