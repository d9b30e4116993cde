package quota

import "context"

// A Store remembers states and decides on them. Memory and Redis are the two
// there are; a test runs one table over both.
type Store interface {
	// Decide judges all checks and fills in their results. If no enforced check
	// refuses, all are charged, else none (but those that charge refusals), in
	// one atomic step. The error says that the store could not decide.
	Decide(ctx context.Context, now Tick, checks []Check) error
	// Adjust charges all checks without asking.
	Adjust(ctx context.Context, now Tick, checks []Check) error
	// Reset forgets the states of all checks.
	Reset(ctx context.Context, now Tick, checks []Check) error
	// top returns the n keys of a rule that have used most of it.
	top(r *Rule, n int, now Tick) []Consumer
}

// refused reports whether an enforced check refuses.
func refused(checks []Check) bool {
	for i := range checks {
		if checks[i].Result.Enforced() {
			return true
		}
	}
	return false
}

// settle returns the state that check c leaves when its pass was accepted or
// refused; s is what judge returned.
func (c *Check) settle(s State, now Tick, refused bool) State {
	switch {
	case c.Peek || c.Cost == 0:
	case refused && c.Rule.ChargeRefused:
		s, c.moved = c.punish(s, now), true
	case !refused && !c.Result.Refused:
		s, c.moved = c.charge(s, now), true
	}
	c.report(s, now)
	return s
}
