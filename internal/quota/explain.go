package quota

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An Explanation says of one rule what it does, when it runs and why then.
type Explanation struct {
	Rule      string            `json:"rule"`
	Kind      string            `json:"kind"`
	Limit     string            `json:"limit"`
	Key       []string          `json:"key"`
	Pass      string            `json:"pass"`
	Because   string            `json:"because"` // what the pass waits for
	Proved    map[string]string `json:"proved"`  // the pass at which each part of the key is proved
	Mode      string            `json:"mode"`
	InForce   bool              `json:"in_force"`
	Published string            `json:"published,omitempty"`
	Effective string            `json:"effective,omitempty"`
	Reason    string            `json:"reason,omitempty"`
	// Overrides are the other limits that some have, for good or for a time.
	Overrides []Override `json:"overrides,omitempty"`
	// What the rule concerns; empty means all.
	Services   []string `json:"services,omitempty"`
	Operations []string `json:"operations,omitempty"`
	Classes    []string `json:"classes,omitempty"`
}

// LimitText returns the limits as configuration writes them.
func (b *Bounds) LimitText() string {
	k, l, _ := b.parse() // it was compiled
	return l.text(k)
}

// Explain returns what each rule does, in the order they were written.
func (rs *Rules) Explain(now time.Time) []Explanation {
	list := make([]Explanation, len(rs.list))
	for i, r := range rs.list {
		list[i] = r.explain(At(now))
	}
	return list
}

func (r *Rule) explain(now Tick) Explanation {
	e := Explanation{
		Rule: r.Name, Kind: r.Kind.String(), Limit: r.LimitText(), Pass: r.Pass.String(),
		Because: r.because(), Proved: make(map[string]string), Mode: "enforce",
		InForce: r.from <= now && now < r.until, Reason: r.Reason,
		Services: r.services, Operations: r.operations, Classes: r.classes,
	}
	for _, o := range r.overrides {
		if now < o.until {
			e.Overrides = append(e.Overrides, *o.written)
		}
	}
	slices.SortFunc(e.Overrides, byWho)
	for _, p := range r.Key {
		e.Key = append(e.Key, p.String())
		e.Proved[p.String()] = parts[p.Kind].pass.String()
	}
	if r.Observe {
		e.Mode = "observe"
	}
	if !r.Published.IsZero() {
		e.Published = r.Published.Format(time.DateOnly)
	}
	if !r.Effective.IsZero() {
		e.Effective = r.Effective.Format(time.DateOnly)
	}
	return e
}

func (r *Rule) because() string {
	for _, p := range r.Key {
		if parts[p.Kind].pass == r.Pass && r.Pass > PassClient {
			return fmt.Sprintf("%s is proved at this pass and not before", p)
		}
	}
	switch {
	case r.Pass == PassClient:
		return "everything in its key is proved before the body is read"
	case r.Cost != "":
		return "its cost is a part of the message"
	}
	return "which operation it is is known at this pass"
}

// LimitText returns the rule's limits as configuration writes them.
func (r *Rule) LimitText() string { return r.Limits.text(r.Kind) }

// Fields returns the values of the fields RateLimit-Policy and RateLimit
// (draft-ietf-httpapi-ratelimit-headers) for results of a request; empty if
// there is nothing to say. Rules that only observe, count failures or space
// messages out promise nothing and are left out.
func Fields(results func(yield func(*Result) bool), now time.Time) (policy, limit string) {
	var p, l strings.Builder
	for r := range results {
		window := r.Rule.Window()
		if r.Rule.Observe || len(r.Rule.Failed) > 0 || window == 0 {
			continue
		}
		if p.Len() > 0 {
			p.WriteString(", ")
			l.WriteString(", ")
		}
		unit := ""
		if r.Rule.Kind == Bytes {
			unit = `;qu="content-bytes"`
		}
		fmt.Fprintf(&p, "%q;q=%d;w=%d%s", r.Rule.Name, r.Limit, Seconds(window), unit)
		fmt.Fprintf(&l, "%q;r=%d;t=%d", r.Rule.Name, r.Remaining, Seconds(max(0, r.Reset-At(now)).Duration()))
	}
	return p.String(), l.String()
}

// RetryAfter returns the value of the field Retry-After (RFC 9110 10.2.3) for
// a wait: whole seconds, rounded up, and up to a quarter more, so that those
// who were refused together do not come back together. random is within [0,1).
func RetryAfter(wait time.Duration, random float64) string {
	const most = 10 * time.Minute
	jitter := time.Duration(random * float64(min(wait/4, most)))
	return strconv.FormatInt(Seconds(wait+jitter), 10)
}
