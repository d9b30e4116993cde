package quota

// A slice is what a node was given of one key; of a rate in ticks.
type slice struct {
	id    int64
	kind  Kind
	n     int64 // what is left
	given int64 // what it was
	since Tick  // limit, bytes: the window
	tat   Tick  // rate: arrival time, as far as this node knows it
	total int64 // rate: the server's total of charges when it told the arrival time
	last  Tick  // rate: when it was last used
	state State // as the server left it when it gave this
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
func serving(list []*slice, c *Check) *slice {
	if c.Rule.ChargeRefused || c.tooLarge() {
		return nil
	}
	for _, s := range list {
		switch c.Rule.Kind {
		case Limit, Bytes:
			if s.since == c.span.start && s.n >= c.ask() {
				return s
			}
		case Rate, Concurrent:
			if s.n >= c.ahead(c.ask()) {
				return s
			}
		}
	}
	return nil
}

// ahead returns an amount as a slice counts it.
func (c *Check) ahead(n int64) int64 {
	if c.Rule.Kind == Rate {
		return n * int64(c.terms.every)
	}
	return n
}

// take uses a cost of a slice that serves it.
func (s *slice) take(c *Check, now Tick) {
	n := c.ahead(c.Cost)
	s.n -= n
	if s.kind == Rate && n > 0 {
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
		case a.kind == Rate:
			s.Moment = max(s.Moment, a.tat)
		case c.Rule.calendar == nil || a.since == s.Moment:
			s.Count -= a.n
		}
	}
	c.report(s, server)
}
