package quota

import (
	"errors"
	"fmt"
	"time"
)

// leadTime refuses a rule that tightens the one before it (nil: no limit at
// all) without the time in which providers can adapt. Limits are part of the
// published format, and a rule without a publication date is not published:
// it is the operator's own protection.
func (r *Rule) leadTime(before *Rule, lead time.Duration) error {
	switch {
	case r.Published.IsZero() && (before == nil || before.Published.IsZero()):
		return nil
	case before != nil && !r.tighterThan(before):
		return nil
	case r.Reason != "":
		return nil
	case r.Published.IsZero():
		return errors.New("published: missing from the version that tightens a published limit")
	}
	if notice := r.Effective.Sub(r.Published); notice < lead {
		return fmt.Errorf("effective %s: tightened %s after publication, less than the lead time %s; give a reason or a later date",
			r.Effective.Format(time.DateOnly), shortDuration(notice), shortDuration(lead))
	}
	return nil
}

// tighterThan reports whether some sequence of requests that b lets pass is
// refused by r. What cannot be compared counts as tighter.
func (r *Rule) tighterThan(b *Rule) bool {
	if r.Observe {
		return false
	}
	if b.Observe || r.Kind != b.Kind {
		return true
	}
	l, m := r.Limits, b.Limits
	switch r.Kind {
	case Rate:
		return l.Burst < m.Burst || r.terms.every > b.terms.every
	case Limit, Bytes:
		return l.Max < m.Max || l.Unit > m.Unit
	case Concurrent:
		return l.Max < m.Max
	}
	for i, step := range l.Steps {
		if step > m.Steps[min(i, len(m.Steps)-1)] {
			return true
		}
	}
	return false
}
