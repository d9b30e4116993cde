// Package formats knows which published release of the message formats is in
// force on a day, and by which of them a message is to be judged.
//
// It holds the calendar, not the releases' contents: what they describe is
// handed in as plain values by whoever has read the descriptions and schemas.
// So are the descriptions that Diff compares.
//
// Ground: the operator publishes formats, and the limits on the number of
// requests, at least 30 calendar days before they are used (order 259/pr of
// 28.04.2025; 14 days under order 89/204/pr of 23.03.2015).
package formats

import (
	"errors"
	"fmt"
	"time"
)

// The lead times of the two orders.
const (
	LeadTime     = 30 * day
	LeadTime2015 = 14 * day

	day = 24 * time.Hour
)

// A Release is one published release in the calendar. Its days begin at
// midnight in the operator's time zone.
type Release struct {
	Name      string
	Published time.Time
	Effective time.Time // the first day it is accepted
	Retired   time.Time // the first day it is no longer accepted; zero: none is set
	// Reason is why the lead time was not kept. It is shown publicly.
	Reason string
}

// A State is a release's place in time.
type State uint8

// The states of a release, in their order.
const (
	Announced State = iota
	InForce
	Retired
)

func (s State) String() string { return [...]string{"announced", "in force", "retired"}[s] }

// State returns the release's state at a moment.
func (r *Release) State(now time.Time) State {
	switch {
	case now.Before(r.Effective):
		return Announced
	case !r.Retired.IsZero() && !now.Before(r.Retired):
		return Retired
	}
	return InForce
}

// ParseDay reads a day as configuration writes it, YYYY-MM-DD.
func ParseDay(s string, zone *time.Location) (time.Time, error) {
	t, err := time.ParseInLocation(time.DateOnly, s, zone)
	if err != nil {
		return t, fmt.Errorf("%q is not a day of the form 2026-12-31", s)
	}
	return t, nil
}

// Check finds what is wrong in a calendar: releases without name or days, days
// out of order, lead times not kept without a reason. The error joins all.
func Check(releases []*Release, lead time.Duration) error {
	var errs []error
	names := make(map[string]bool)
	for _, r := range releases {
		fail := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("release %q: "+format, append([]any{r.Name}, args...)...))
		}
		if r.Name == "" || names[r.Name] {
			fail("needs a name of its own")
		}
		names[r.Name] = true
		if r.Published.IsZero() || r.Effective.IsZero() {
			fail("needs the days it is published and effective")
			continue
		}
		if !r.Retired.IsZero() && !r.Retired.After(r.Effective) {
			fail("is retired before it is effective")
		}
		if err := CheckLead(r.Published, r.Effective, lead, r.Reason); err != nil {
			fail("%w", err)
		}
	}
	return errors.Join(errs...)
}

// CheckLead refuses what takes effect sooner than lead after it was published,
// unless there is a reason. It holds for releases and for limits on requests.
func CheckLead(published, effective time.Time, lead time.Duration, reason string) error {
	switch {
	case effective.Before(published):
		return fmt.Errorf("effective on %s, before it is published on %s", effective.Format(time.DateOnly), published.Format(time.DateOnly))
	case days(published, effective) < int(lead/day) && reason == "":
		return fmt.Errorf("effective %d days after publication, %d are required; a reason, which is shown publicly, would override this",
			days(published, effective), int(lead/day))
	}
	return nil
}

// days counts calendar days, whatever the clock was turned in between.
func days(from, to time.Time) int {
	y1, m1, d1 := from.Date()
	y2, m2, d2 := to.Date()
	return int(time.Date(y2, m2, d2, 0, 0, 0, 0, time.UTC).Sub(time.Date(y1, m1, d1, 0, 0, 0, 0, time.UTC)) / day)
}
