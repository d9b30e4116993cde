package quota

import (
	"context"
	"errors"
	"slices"
)

// patience is how many failures in a row give the server up until a beat
// reaches it. Each costs a request up to the timeout.
const patience = 3

// maxPending bounds what is remembered to be charged later.
const maxPending = 100_000

var errOpen = errors.New("quota: the shared store has been given up for the moment")

// failed counts a failure of the server.
func (r *Redis) failed(err error) {
	r.status.errors.Add(1)
	if r.failures.Add(1) >= patience {
		r.giveUp(err)
	} else if errors.Is(err, errEpoch) {
		// The sooner it knows again what nodes know, the better.
		r.giveUp(err)
		select {
		case r.wake <- struct{}{}:
		default:
		}
	}
}

// giveUp opens the circuit: from now on nothing is decided on the server.
func (r *Redis) giveUp(err error) {
	if r.open.CompareAndSwap(false, true) && r.o.Changed != nil {
		r.o.Changed(err)
	}
}

// alone decides without the server. err is why; nil if it was given up before.
func (r *Redis) alone(now Tick, checks []Check, err error) error {
	r.status.alone.Add(1)
	switch r.o.OnError {
	case Reject:
		if err == nil {
			err = errOpen
		}
		return err
	case Allow:
		for i := range checks {
			checks[i].at(now)
			checks[i].report(none, now)
		}
		return nil
	}
	r.share(now+Tick(r.offset.Load()), checks)
	return nil
}

// share decides on the states as last seen, as one of so many nodes: what is
// asked counts once for each of them. Places held at once are not seen from
// afar, so of those each node has its share.
func (r *Redis) share(server Tick, checks []Check) {
	nodes := r.nodes.Load()
	scaled := slices.Clone(checks)
	for i := range scaled {
		c := &scaled[i]
		switch c.Rule.Kind {
		case Concurrent:
			t := *c.terms
			t.Max = max(1, t.Max/nodes)
			c.terms = &t
		case Rate:
			c.Cost = scale(c.Cost, nodes, c.terms.Burst)
		case Limit, Bytes:
			c.Cost = scale(c.Cost, nodes, c.terms.Max)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.recall(scaled, server)
	_ = r.local.Decide(context.Background(), server, scaled) // never fails
	refused := refused(scaled)
	for i := range checks {
		c := &checks[i]
		c.Result, c.span = scaled[i].Result, scaled[i].span
		c.Result.Cost = c.Cost
		if refused || c.Result.Refused || c.Peek || c.Cost == 0 {
			continue
		}
		if c.Rule.Kind == Concurrent {
			p := r.places(digestOf(c.Key))
			p.n, p.unknown = p.n+c.Cost, true
		} else {
			r.charged(c)
		}
	}
}

// recall puts the states that the server told last where this node goes on
// counting alone. r.mu is held.
func (r *Redis) recall(checks []Check, server Tick) {
	for i := range checks {
		c := &checks[i]
		if c.Rule.Kind == Concurrent {
			r.local.put(c, State{Count: r.places(digestOf(c.Key)).n}, server)
		} else if r.local.get(c) == none {
			c.at(server)
			r.local.put(c, r.shadow.get(c), server)
		}
	}
}

// scale returns the cost for all nodes, but not more than is ever allowed: a
// limit lower than the number of nodes is not a limit of none.
func scale(cost, nodes, most int64) int64 {
	if cost >= most || cost > maxCount/nodes {
		return cost
	}
	return min(cost*nodes, most)
}

// later remembers adjustments that the server could not be told of.
func (r *Redis) later(now Tick, checks []Check) {
	server := now + Tick(r.offset.Load())
	nodes := r.nodes.Load()
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range checks {
		c := &checks[i]
		if c.Rule.Kind == Concurrent {
			continue // keep has done it
		}
		c.at(server)
		r.charged(c)
		scaled := []Check{*c}
		scaled[0].Cost *= nodes
		r.recall(scaled, server)
		_ = r.local.Adjust(context.Background(), server, scaled) // never fails
	}
}

// charged remembers a charge for when the server is back. r.mu is held.
func (r *Redis) charged(c *Check) {
	d := digestOf(c.Key)
	if p := r.pending[d]; p != nil && p.span == c.span {
		p.Cost += c.Cost
		return
	}
	if len(r.pending) >= maxPending {
		r.status.dropped.Add(1)
		return
	}
	p := *c
	p.Key = slices.Clone(c.Key)
	p.claim = nil // it is the request's, and what it settles is told by itself
	r.pending[d] = &p
}

// keep counts the places that this node holds.
func (r *Redis) keep(d digest, n int64) {
	if n == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.places(d)
	if p.n = max(0, p.n+n); p.n == 0 && !p.unknown {
		delete(r.held, d)
	}
}

func (r *Redis) places(d digest) *places {
	p := r.held[d]
	if p == nil {
		p = new(places)
		r.held[d] = p
	}
	return p
}

// unsure remembers of which places a failed call leaves it open whether the
// server has counted them.
func (r *Redis) unsure(cl *call, checks []Check) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range checks {
		if checks[i].Rule.Kind == Concurrent {
			r.places(cl.digests[i]).unknown = true
		}
	}
}
