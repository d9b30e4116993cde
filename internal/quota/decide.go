package quota

import (
	"time"

	"github.com/soapgate/soapgate/internal/reject"
)

// A State is what a store remembers of a key. Its meaning is the kind's:
//
//	rate         Moment: theoretical arrival time (TAT)
//	limit, bytes Moment: start of the window; Count: used in it
//	concurrent   Count: held
//	interval     Moment: of the last one; Count: steps taken
//
// A state at rest equals no state at all.
type State struct {
	Moment Tick
	Count  int64
}

// none is the state of a key that a store does not know. Only interval tells
// it from a state at rest: there it means that the clock was never started.
var none = State{Moment: noSuchTick}

// A Check is one rule applied to one request. The limiter fills in what to
// decide, the store the result.
type Check struct {
	Rule *Rule
	Key  []byte // text of the key; valid during the call
	Cost int64  // how much is asked for; 0 checks that anything is left
	Peek bool   // never charged by Decide: a budget that only failures spend

	terms  *terms
	span   span // window at the moment of the decision: limit and bytes only
	moved  bool // the decision changes the state
	Result Result

	claim *claim // what a node asks and settles besides, see Leases; may be nil
}

// parts returns the key's text without what tells the rule from others.
func (c *Check) parts() []byte { return c.Key[len(c.Rule.prefix):] }

// A Result is the outcome of one check.
type Result struct {
	Rule       *Rule
	Refused    bool // by the rule, whether or not it is enforced
	TooLarge   bool // the cost alone is beyond the limit: waiting does not help
	Near       bool // the share of the limit to warn at is reached
	Limit      int64
	Used       int64 // this request included if it was charged
	Remaining  int64
	Cost       int64
	Reset      Tick          // when the window ends or the state is at rest
	RetryAfter time.Duration // 0 unless Refused
}

// Enforced reports whether the result refuses the request.
func (r *Result) Enforced() bool { return r.Refused && !r.Rule.Observe }

// Code is that of the refusal, if there is one.
func (r *Result) Code() reject.Code { return r.code(r.Cost) }

func (r *Result) code(cost int64) reject.Code {
	switch {
	case r.TooLarge && cost > 1:
		return reject.QuotaCost
	case len(r.Rule.Failed) > 0:
		return reject.QuotaFailed
	}
	return kindCodes[r.Rule.Kind]
}

// at prepares the check for a decision at moment now, by the store's clock.
func (c *Check) at(now Tick) {
	if c.Rule.calendar != nil {
		c.span = c.Rule.calendar.window(now)
	}
	c.moved = false
	c.Result = Result{Rule: c.Rule, Limit: c.terms.Max, Cost: c.Cost}
}

// ask is what must be left for the check to pass.
func (c *Check) ask() int64 { return max(c.Cost, 1) }

// tooLarge reports whether what is asked for is never left.
func (c *Check) tooLarge() bool {
	switch c.Rule.Kind {
	case Rate:
		return c.ask() > c.terms.Burst
	case Interval:
		return false
	}
	return c.ask() > c.terms.Max
}

// clockSlack is how far behind each other the moments of decisions on one key
// may be without any clock having been set back.
const clockSlack = perSecond

// judge decides whether state s lets the check pass at moment now, and
// returns s as it stands at that moment. Together with charge it is the whole
// decision; both read nothing but their arguments.
func (c *Check) judge(s State, now Tick) State {
	switch c.Rule.Kind {
	case Rate:
		return c.judgeRate(s, now)
	case Interval:
		return c.judgeInterval(s, now)
	case Limit, Bytes:
		s = c.current(s)
		c.judgeCount(s, (c.span.end - now).Duration())
	case Concurrent:
		if s == none {
			s = State{}
		}
		c.judgeCount(s, retryConcurrent)
	}
	return s
}

// judgeRate is GCRA: the virtual scheduling algorithm of ITU-T I.371 A.1.
func (c *Check) judgeRate(s State, now Tick) State {
	t, r := c.terms, &c.Result
	if s.Moment > now+t.burst+clockSlack {
		// Left by a clock that has been set back, or by wider limits: a full
		// burst, not a debt without end.
		s.Moment, c.moved = now+t.burst, true
	}
	tat := max(s.Moment, now)
	if r.TooLarge = c.tooLarge(); r.TooLarge {
		r.Refused = true
	} else if wait := tat + t.every*Tick(c.ask()) - t.burst - now; wait > 0 {
		r.Refused, r.RetryAfter = true, wait.Duration()
	}
	return s
}

// retryConcurrent is when to come back if all places are taken: nobody knows
// when one becomes free, but requests last seconds, not minutes.
const retryConcurrent = time.Second

func (c *Check) judgeCount(s State, retry time.Duration) {
	r := &c.Result
	r.TooLarge = c.tooLarge()
	r.Refused = s.Count > c.terms.Max-c.ask()
	if r.Refused {
		r.RetryAfter = retry
	}
}

// current returns the state of the present window. A window that begins
// behind the present one, but not behind its end, was opened before the clock
// was set back a little: it goes on. Any other is over.
func (c *Check) current(s State) State {
	if s.Moment >= c.span.start && s.Moment <= c.span.end {
		return s
	}
	return State{Moment: c.span.start}
}

func (c *Check) judgeInterval(s State, now Tick) State {
	if s == none || s.Moment+intervalMemory <= now {
		return none
	}
	wait := c.step(s.Count)
	// A last time further ahead than the wait itself was left by a clock that
	// has been set back.
	if left := s.Moment + wait - now; left > 0 && left <= 2*wait {
		c.Result.Refused, c.Result.RetryAfter = true, left.Duration()
	}
	return s
}

func (c *Check) step(n int64) Tick {
	return c.terms.steps[min(n, int64(len(c.terms.steps)-1))]
}

// charge returns the state after the check was charged Cost; s is what judge
// returned.
func (c *Check) charge(s State, now Tick) State {
	switch c.Rule.Kind {
	case Rate:
		s.Moment = max(s.Moment, now) + c.terms.every*Tick(c.Cost)
	case Interval:
		if s != none {
			s = State{now, s.Count + 1}
		}
	default:
		s.Count += c.Cost
	}
	return s
}

// punish returns the state after a refused check was charged all the same:
// at most a full burst or a full window, so that the debt ends.
func (c *Check) punish(s State, now Tick) State {
	switch c.Rule.Kind {
	case Rate:
		tat := max(s.Moment, now) + c.terms.every*Tick(min(c.Cost, c.terms.Max))
		s.Moment = max(s.Moment, min(tat, now+c.terms.burst))
	case Limit, Bytes:
		s.Count = max(s.Count, min(c.terms.Max, s.Count+c.Cost))
	}
	return s
}

// adjust returns the state after Cost was charged without asking: bytes that
// went out, a message that failed, a place given back (negative), an interval
// whose clock starts. A count may pass its limit; a rate goes no further ahead
// than a full burst.
func (c *Check) adjust(s State, now Tick) State {
	switch c.Rule.Kind {
	case Rate:
		return c.punish(s, now)
	case Limit, Bytes:
		s = c.current(s)
		s.Count = max(0, s.Count+c.Cost)
	case Concurrent:
		s = State{Count: max(0, s.Count+c.Cost)}
	case Interval:
		s = State{Moment: now}
	}
	return s
}

// report fills in the result's figures from the state that the decision left.
func (c *Check) report(s State, now Tick) {
	t, r := c.terms, &c.Result
	switch c.Rule.Kind {
	case Rate:
		level := max(s.Moment, now) - now
		r.Used = int64((level + t.every - 1) / t.every)
		r.Remaining = max(0, t.Burst-r.Used)
		r.Reset = max(s.Moment, now)
	case Limit, Bytes:
		r.Used, r.Remaining, r.Reset = s.Count, max(0, r.Limit-s.Count), c.span.end
	case Concurrent:
		r.Used, r.Remaining, r.Reset = s.Count, max(0, r.Limit-s.Count), now
	case Interval:
		r.Limit, r.Remaining, r.Reset = 1, 1, now
		if s != none && s.Moment+c.step(s.Count) > now {
			r.Used, r.Remaining, r.Reset = 1, 0, s.Moment+c.step(s.Count)
		}
		return
	}
	r.Near = r.Used >= t.near
}

// rest returns the moment from which state s equals none.
func (c *Check) rest(s State) Tick {
	switch c.Rule.Kind {
	case Rate:
		return s.Moment
	case Limit, Bytes:
		return max(s.Moment, c.span.end)
	case Interval:
		return s.Moment + intervalMemory
	}
	if s.Count > 0 {
		return forever
	}
	return noSuchTick
}

const (
	forever = Tick(1<<63 - 1)
	// intervalMemory is how long an interval's key is remembered after its last
	// use: outside systems ask for a result for up to a day.
	intervalMemory = 24 * 3600 * perSecond
)
