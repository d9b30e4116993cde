package formats

import (
	"cmp"
	"slices"
	"time"

	"github.com/soapgate/soapgate/internal/reject"
)

// A Candidate is a release that describes the operation a message calls.
type Candidate struct {
	*Release
	// Version is the one the release fixes for the message's element; "" if it
	// fixes none.
	Version string
}

// Choose returns the candidates that a message is to be judged by, the one
// that took effect last first, as indices: all that are in force and of the
// message's version. A message without a version fits every candidate: its
// schema says whether it may do without. There is at least one candidate.
//
// Otherwise the error is a *reject.Rejection that names the release to use and
// the day: of the state of the release that the version belongs to.
func Choose(candidates []Candidate, element, version string, now time.Time) ([]int, error) {
	var fit []int
	for i, c := range candidates {
		if c.fits(version) && c.State(now) == InForce {
			fit = append(fit, i)
		}
	}
	if len(fit) > 0 {
		slices.SortStableFunc(fit, func(a, b int) int { return candidates[b].Effective.Compare(candidates[a].Effective) })
		return fit, nil
	}
	return nil, explain(candidates, element, version, now)
}

func (c *Candidate) fits(version string) bool {
	return version == "" || c.Version == "" || c.Version == version
}

// explain says why no candidate is to be had.
func explain(candidates []Candidate, element, version string, now time.Time) *reject.Rejection {
	latest := func(ok func(c *Candidate) bool) (found *Candidate) {
		for i := range candidates {
			c := &candidates[i]
			if ok(c) && (found == nil || c.Effective.After(found.Effective)) {
				found = c
			}
		}
		return found
	}
	of := func(s State, any bool) *Candidate {
		return latest(func(c *Candidate) bool { return c.State(now) == s && (any || c.fits(version)) })
	}
	current, announced, retired := of(InForce, true), of(Announced, false), of(Retired, false)
	if current == nil {
		// A version of no release is of no interest where no release is in force.
		announced, retired = cmp.Or(announced, of(Announced, true)), cmp.Or(retired, of(Retired, true))
	}
	values := func(c *Candidate, day time.Time) []string {
		v := []string{"element", element, "version", version, "date", day.Format(time.DateOnly)}
		if current == nil {
			return append(v, "release", c.Name)
		}
		return append(v, "found", c.Name, "release", current.Name, "expected", current.Version)
	}
	var r *reject.Rejection
	switch {
	case announced != nil && current != nil:
		r = reject.New(reject.FormatNotYet, values(announced, announced.Effective)...)
	case announced != nil:
		r = reject.New(reject.FormatAnnounced, values(announced, announced.Effective)...)
	case retired != nil && current != nil:
		return reject.New(reject.FormatRetired, values(retired, retired.Retired)...)
	case retired != nil:
		return reject.New(reject.FormatWithdrawn, values(retired, retired.Retired)...)
	default:
		return reject.New(reject.FormatUnknownVersion, values(current, current.Effective)...)
	}
	r.RetryAfter = announced.Effective.Sub(now)
	return r
}
