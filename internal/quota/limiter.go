package quota

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/soapgate/soapgate/internal/reject"
)

// A Limiter applies the rules in force to requests.
type Limiter struct {
	store  Store
	rules  atomic.Pointer[Rules]
	visits sync.Pool
}

// NewLimiter returns a limiter over a store.
func NewLimiter(store Store, rules *Rules) *Limiter {
	l := &Limiter{store: store}
	l.rules.Store(rules)
	l.visits.New = func() any { return new(Visit) }
	return l
}

// Rules returns the rules in force.
func (l *Limiter) Rules() *Rules { return l.rules.Load() }

// SetRules puts other rules in force for the visits that begin from now on.
func (l *Limiter) SetRules(rules *Rules) { l.rules.Store(rules) }

// A Visit is one request's way through the rules, from Begin to End. The
// caller fills in the Request as facts become proved.
type Visit struct {
	Request Request

	limiter *Limiter
	rules   *Rules
	text    []byte  // the texts of all keys
	checks  []Check // of all passes so far
	late    []Check // what End charges
}

// Begin returns a visit under the rules in force. It must be ended.
func (l *Limiter) Begin() *Visit {
	v := l.visits.Get().(*Visit)
	v.limiter, v.rules = l, l.rules.Load()
	return v
}

// Pass runs the rules of one pass. It returns nil or the rejection of the
// enforced rule that refuses; of several the one that refuses longest.
func (v *Visit) Pass(ctx context.Context, p Pass, now time.Time) *reject.Rejection {
	at := At(now)
	first := len(v.checks)
	for _, r := range v.rules.passes[p] {
		v.add(r, at)
	}
	checks := v.checks[first:]
	if len(checks) == 0 {
		return nil
	}
	if err := v.limiter.store.Decide(ctx, at, checks); err != nil {
		v.checks = v.checks[:first]
		rej := reject.New(reject.QuotaStore, "retry", "1").Because(err)
		rej.RetryAfter = time.Second
		return rej
	}
	var worst *Check
	for i := range checks {
		c := &checks[i]
		if c.Result.Enforced() && (worst == nil || c.Result.worse(&worst.Result)) {
			worst = c
		}
	}
	if worst == nil {
		return nil
	}
	// What a refused pass holds is nothing: no place to give back at the end.
	for i := range checks {
		checks[i].Peek = true
	}
	return worst.rejection(at)
}

func (r *Result) worse(than *Result) bool {
	if r.TooLarge != than.TooLarge {
		return r.TooLarge
	}
	return r.RetryAfter > than.RetryAfter
}

// add appends the check of a rule unless the rule does not concern the request.
func (v *Visit) add(r *Rule, now Tick) {
	if !r.concerns(&v.Request, now) {
		return
	}
	start := len(v.text)
	text, ok := r.appendKey(v.text, &v.Request)
	if !ok {
		return
	}
	v.text = text
	n := len(v.checks)
	v.checks = slices.Grow(v.checks, 1)[:n+1]
	c := &v.checks[n]
	// Not all at once: the store clears the result.
	c.Rule, c.Key, c.Cost, c.Peek = r, text[start:len(text):len(text)], 1, false
	c.terms, c.claim = r.termsFor(&v.Request, now), nil
	switch {
	case len(r.Failed) > 0:
		c.Peek = true
	case r.Kind == Bytes:
		if c.Cost = 0; r.In {
			c.Cost = max(0, v.Request.BytesIn)
		}
	case r.Cost != "":
		if v.Request.Source == nil {
			break
		}
		if n, ok := v.Request.Source.Count(r.Cost); ok {
			c.Cost = max(1, n)
		}
	}
}

// Results returns the results of all passes so far, in the order of the
// rules. They are valid until End.
func (v *Visit) Results(yield func(*Result) bool) {
	for i := range v.checks {
		if !yield(&v.checks[i].Result) {
			return
		}
	}
}

// An Outcome is how a request ended.
type Outcome struct {
	Refused  reject.Code // "" if it was forwarded
	BytesIn  int64       // read from the client
	BytesOut int64       // written to the client
}

// End charges what is known only now - bytes, failures -, gives back the
// places of concurrency rules, and ends the visit. The visit and its results
// must not be used any more. The context should outlive a caller who has gone.
func (v *Visit) End(ctx context.Context, o Outcome, now time.Time) error {
	for i := range v.checks {
		c := &v.checks[i]
		if n := c.late(&o); n != 0 {
			v.late = append(v.late, *c)
			v.late[len(v.late)-1].Cost = n
		}
	}
	var err error
	if len(v.late) > 0 {
		err = v.limiter.store.Adjust(ctx, At(now), v.late)
	}
	v.reset()
	return err
}

// late returns what is to be charged at the end of a request.
func (c *Check) late(o *Outcome) int64 {
	charged := !c.Peek && !c.Result.Refused
	switch {
	case c.Rule.Kind == Concurrent && charged:
		return -c.Cost
	case len(c.Rule.Failed) > 0 && o.Refused != "" && slices.Contains(c.Rule.Failed, o.Refused.Stage()):
		return 1
	case c.Rule.Kind == Bytes:
		var n int64
		if c.Rule.In && charged {
			n += o.BytesIn - c.Cost
		}
		if c.Rule.Out {
			n += o.BytesOut
		}
		return n
	}
	return 0
}

// maxIdle bounds what an ended visit keeps for the next one.
const maxIdle = 64 << 10

func (v *Visit) reset() {
	l := v.limiter
	if cap(v.text) > maxIdle {
		v.text = nil
	}
	v.Request = Request{}
	v.text, v.checks, v.late = v.text[:0], v.checks[:0], v.late[:0]
	l.visits.Put(v)
}

// Start starts the clock of the interval rules that a later request with the
// same facts would meet: called with the facts of that request when the
// system has acknowledged one.
func (l *Limiter) Start(ctx context.Context, q *Request, now time.Time) error {
	v := l.Begin()
	v.Request = *q
	for _, list := range v.rules.passes {
		for _, r := range list {
			if r.Kind == Interval {
				v.add(r, At(now))
			}
		}
	}
	var err error
	if len(v.checks) > 0 {
		err = l.store.Adjust(ctx, At(now), v.checks)
	}
	v.reset()
	return err
}

// rejection returns the fault's content for a refused check.
func (c *Check) rejection(now Tick) *reject.Rejection {
	r := &c.Result
	wait := r.RetryAfter
	if r.TooLarge {
		wait = 0
	}
	rej := reject.New(r.code(c.Cost),
		"rule", c.Rule.Name,
		"limit", c.terms.text(c.Rule.Kind),
		"used", strconv.FormatInt(r.Used, 10),
		"cost", strconv.FormatInt(c.Cost, 10),
		"reset", r.Reset.Time().Format(time.RFC3339),
		"retry", strconv.FormatInt(Seconds(wait), 10),
	)
	rej.RetryAfter = wait
	return rej
}

// Seconds returns d in whole seconds, rounded up: who waits that long is not
// early (RFC 9110 10.2.3).
func Seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }
