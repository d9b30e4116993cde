package gate

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/soapgate/soapgate/internal/formats"
	"github.com/soapgate/soapgate/internal/reject"
)

// A Fit says how a message stands to one release that describes what it calls.
type Fit struct {
	Release *Release
	State   formats.State
	// Refused is why the release's format is not followed, "" if it is. It says
	// nothing of the calendar.
	Refused reject.Code
}

// Fits returns how the message stands to every release that describes its
// operation, as configured. It is called before Release.
func (r *Report) Fits() (list []Fit) {
	p := r.passage
	for _, c := range p.candidates {
		list = append(list, Fit{c.release, c.release.State(p.now), p.follows(c)})
	}
	return list
}

// follows says why a message does not follow a release, "" if it does.
func (p *passage) follows(c candidate) reject.Code {
	if fixed, claimed := p.c.fixedVersion(c), p.claimed(); fixed != "" && claimed != "" && claimed != fixed {
		return reject.FormatUnknownVersion
	}
	if r := p.validate(c.release); r != nil {
		return r.Code
	}
	return ""
}

// A Warning is why a message that passed today will not always.
type Warning struct {
	Code reject.Code
	// Release is the one that is to be retired or, if the code says that the
	// message does not follow it, one that is announced; Date is the day. Both
	// are empty if a refusal was only recorded.
	Release, Date string
	// Rule is the quota rule that only observes.
	Rule string
}

// Warnings returns what let the message pass and will not always: a release
// with a day of retirement, if no other takes the message from then on;
// announced releases that it does not follow; refusals of stages and quota
// rules that only observe. It is called before Release.
func (r *Report) Warnings() []Warning {
	if r.warned {
		return r.warnings
	}
	r.warned = true
	r.warnings = r.passage.foresee()
	for _, o := range r.Observed() {
		r.warnings = append(r.warnings, Warning{Code: o.Code})
	}
	for q := range r.Limits {
		if q.Refused && !q.Enforced() {
			r.warnings = append(r.warnings, Warning{Code: q.Code(), Rule: q.Rule.Name})
		}
	}
	return r.warnings
}

// foresee looks through the calendar for days on which the message would be
// refused, or would break a format that is new then.
func (p *passage) foresee() (list []Warning) {
	if p.release == nil || p.c.Modes[reject.Format] == Off || p.c.Modes[reject.Schema] == Off {
		return nil
	}
	day := func(t time.Time) string { return t.Format(time.DateOnly) }
	if end := p.release.Retired; !end.IsZero() && !p.takenAt(end) {
		list = append(list, Warning{Code: reject.FormatRetired, Release: p.release.Name, Date: day(end)})
	}
	for _, rel := range p.c.Releases {
		if rel.State(p.now) != formats.Announced {
			continue
		}
		code := reject.SOAPOperationUnknown
		if c, ok := p.candidate(rel); ok {
			code = p.follows(c)
		} else if len(rel.Services.Operations(p.req.HTTP.URL.Path)) == 0 {
			continue // it is about other services
		}
		if code != "" {
			list = append(list, Warning{Code: code, Release: rel.Name, Date: day(rel.Effective)})
		}
	}
	return list
}

// takenAt reports whether another release than the message's own takes it at a
// moment.
func (p *passage) takenAt(t time.Time) bool {
	for _, c := range p.candidates {
		if c.release != p.release && c.release.State(t) == formats.InForce && p.follows(c) == "" {
			return true
		}
	}
	return false
}

func (p *passage) candidate(r *Release) (candidate, bool) {
	for _, c := range p.candidates {
		if c.release == r {
			return c, true
		}
	}
	return candidate{}, false
}

// SetWarnings announces them in the header of an answer, as a list of RFC 9651.
func (r *Report) SetWarnings(h http.Header) {
	var list []string
	for _, w := range r.Warnings() {
		s := string(w.Code)
		if w.Release != "" {
			s += ";release=" + strconv.QuoteToASCII(w.Release) + ";date=\"" + w.Date + "\""
		} else {
			s += ";mode=observe"
		}
		if w.Rule != "" {
			s += ";rule=" + strconv.QuoteToASCII(w.Rule)
		}
		list = append(list, s)
	}
	if len(list) > 0 {
		h.Set(identityPrefix+"Warning", strings.Join(list, ", "))
	}
}
