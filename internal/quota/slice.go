package quota

import (
	"slices"
	"time"
)

// A slice is what a node was given of one key; of a rate in ticks.
type slice struct {
	id    int64
	check Check     // of the rule and the key; asks for nothing
	epoch *string   // of the server that gave it
	until time.Time // when this node stops using it, by its own clock
	n     int64     // what is left
	given int64     // what it was
	since Tick      // limit, bytes: the window
	tat   Tick      // rate: arrival time, as far as this node knows it; limit, bytes: end of the window
	total int64     // rate: the server's total of charges when it told the arrival time
	last  Tick      // rate: when it was last used
	state State     // as the server left it when it gave this
}

// A claim is what a node asks of the server besides a decision on a check, and
// what it settles.
type claim struct {
	want     int64    // how much it would like to be given
	id       int64    // the number of the slice that will be
	settling []*slice // what it was given before
	given    int64    // how much it was given now
	recall   bool     // refused for want of what nodes have ahead
	state    State    // as the server left it; none if it did not answer
}

// left returns what is left of slices.
func left(list []*slice) (n int64) {
	for _, s := range list {
		n += s.n
	}
	return n
}

// nothing returns a check of the same that asks for nothing.
func (c *Check) nothing() Check {
	return Check{Rule: c.Rule, Key: slices.Clone(c.Key), Peek: true, terms: c.terms, span: c.span}
}

// unit is how the server counts one of what a check asks for.
func (c *Check) unit() int64 {
	if c.Rule.Kind == Rate {
		return int64(c.terms.every)
	}
	return 1
}

// encode writes what settling a slice tells the server.
func (s *slice) encode(b []byte) []byte {
	return appendDoubles(b, float64(s.id), float64(s.n), float64(s.given), float64(s.since),
		float64(s.tat), float64(s.total), float64(s.last))
}

// encodeSettling writes a check of which nothing matters but what is settled.
func encodeSettling(k Kind, list []*slice) []byte {
	b := appendDoubles(make([]byte, 0, argument+56*len(list)), float64(k), 0, 0, 0, 0, 0, 0, 0, 0, 0, float64(len(list)))
	for _, s := range list {
		b = s.encode(b)
	}
	return b
}

// serving returns the slice on which a check passes, nil if there is none.
func serving(list []*slice, c *Check, epoch *string, now time.Time) *slice {
	if c.Rule.ChargeRefused || c.tooLarge() {
		return nil
	}
	for _, s := range list {
		if s.n >= c.ask()*c.unit() && s.epoch == epoch && !now.After(s.until) && (c.Rule.calendar == nil || s.since == c.span.start) {
			return s
		}
	}
	return nil
}

// take uses a cost of a slice that serves it.
func (s *slice) take(c *Check, now Tick) {
	n := c.Cost * c.unit()
	s.n -= n
	if c.Rule.Kind == Rate && n > 0 {
		s.tat, s.last = max(s.tat, now)+Tick(n), max(s.last, now)
	}
}

// encode writes what a claim tells the server.
func (c *claim) encode(b []byte) []byte {
	if c == nil {
		return appendDoubles(b, 0, 0, 0)
	}
	b = appendDoubles(b, float64(c.want), float64(c.id), float64(len(c.settling)))
	for _, s := range c.settling {
		b = s.encode(b)
	}
	return b
}

// kept returns how many places more a node has of a claim than before.
func (c *claim) kept() int64 {
	if c == nil {
		return 0
	}
	return c.given - left(c.settling)
}

// reportAhead fills in a result's figures from the state that the server told
// last and what is ahead of it.
func (c *Check) reportAhead(list []*slice, s State, server Tick) {
	for _, a := range list {
		switch {
		case c.Rule.Kind == Rate:
			s.Moment = max(s.Moment, a.tat)
		case c.Rule.Kind == Concurrent:
			s.Count -= a.n
		case a.since == s.Moment:
			s.Count += a.given - a.n
		}
	}
	c.report(s, server)
}
