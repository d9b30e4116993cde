package quota

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/soapgate/soapgate/internal/reject"
)

// Bounds are the limits of a rule as they are written: exactly one of Rate,
// Limit, Bytes, Concurrent and Interval is set.
type Bounds struct {
	Rate       string   `json:"rate,omitempty"`       // "600/1m"
	Burst      int64    `json:"burst,omitempty"`      // of a rate; default: what it allows in a second
	Limit      string   `json:"limit,omitempty"`      // "50000/day"
	Bytes      string   `json:"bytes,omitempty"`      // "2GiB/day"
	Concurrent int64    `json:"concurrent,omitempty"` // 8
	Interval   []string `json:"interval,omitempty"`   // "10s", "60s", ...
}

// A Spec is a rule as it is written. Specs may share a name if they are
// versions of one rule with different effective dates.
type Spec struct {
	Name string   `json:"name"`
	Key  []string `json:"key,omitempty"` // empty: one count for all
	Bounds

	Direction     string   `json:"direction,omitempty"`      // of bytes: in, out; default both
	Cost          string   `json:"cost,omitempty"`           // path of the elements a message costs
	Services      []string `json:"services,omitempty"`       // default: all
	Operations    []string `json:"operations,omitempty"`     // default: all
	Classes       []string `json:"classes,omitempty"`        // default: all
	Mode          string   `json:"mode,omitempty"`           // enforce (default) or observe
	Near          float64  `json:"near,omitempty"`           // share to warn at; default 0.8, negative: never
	ChargeRefused bool     `json:"charge_refused,omitempty"` // charged even if its pass refuses
	Failed        []string `json:"failed,omitempty"`         // stages: charged by messages refused there
	Timezone      string   `json:"timezone,omitempty"`       // default: that of the options
	Reset         string   `json:"reset,omitempty"`          // time of day, default 00:00
	Published     string   `json:"published,omitempty"`      // date, "2026-01-10"
	Effective     string   `json:"effective,omitempty"`      // date
	Reason        string   `json:"reason,omitempty"`         // why the lead time is not kept; public
}

// Options are what rules share.
type Options struct {
	Timezone  string        // of calendar windows and dates; default UTC
	LeadTime  time.Duration // between publication and effect of a tighter limit
	Overrides []Override
}

// Rules is a compiled, immutable set of rules.
type Rules struct {
	list   []*Rule // as written
	passes [numPasses][]*Rule
}

// All returns the rules in the order they were written; not to be changed.
func (rs *Rules) All() []*Rule { return rs.list }

// DefaultNear is the share of a limit from which results are marked as near it.
const DefaultNear = 0.8

var ruleName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

// Compile makes rules of specs. The error joins everything that is wrong.
func Compile(specs []Spec, o Options) (*Rules, error) {
	zone, err := loadZone(o.Timezone)
	if err != nil {
		return nil, err
	}
	rs := new(Rules)
	var errs []error
	for i := range specs {
		r, err := specs[i].compile(zone)
		if err != nil {
			errs = append(errs, fmt.Errorf("rule %q: %w", specs[i].Name, err))
			continue
		}
		rs.list = append(rs.list, r)
		rs.passes[r.Pass] = append(rs.passes[r.Pass], r)
	}
	errs = append(errs, rs.versions(o.LeadTime)...)
	for i := range o.Overrides {
		v := &o.Overrides[i]
		if err := rs.override(v); err != nil {
			errs = append(errs, fmt.Errorf("override of rule %q for %s: %w", v.Rule, v.Who(), err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return rs, nil
}

func loadZone(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name) // "" is UTC
	if err != nil {
		return nil, fmt.Errorf("time zone %q: %w", name, err)
	}
	return zone, nil
}

// Check returns all that is wrong with the rule by itself. How it goes with its
// other versions Compile sees.
func (s *Spec) Check() error {
	_, err := s.compile(time.UTC)
	return err
}

func (s *Spec) compile(zone *time.Location) (*Rule, error) {
	r := &Rule{
		Name: s.Name, ChargeRefused: s.ChargeRefused, Cost: s.Cost, Reason: s.Reason,
		Near:     cmp.Or(s.Near, DefaultNear),
		services: s.Services, operations: s.Operations, classes: s.Classes,
		from: noSuchTick, until: forever,
	}
	var errs []error
	if !ruleName.MatchString(s.Name) {
		errs = append(errs, errors.New("name: want 1 to 64 letters, digits, dots, hyphens and underscores"))
	}
	var err error
	r.Key, err = parseKey(s.Key)
	errs = append(errs, err)
	r.Kind, r.Limits, err = s.parse()
	errs = append(errs, err, s.compileMode(r), s.compileWindow(r, zone), s.compileDates(r, zone))
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	r.terms = r.Limits.terms(r.Kind, r.Near)
	r.place()
	return r, r.consistent()
}

// parse reads the bounds of whatever kind is set.
func (b *Bounds) parse() (k Kind, l Limits, err error) {
	set := 0
	for kind, is := range []bool{
		Rate: b.Rate != "", Limit: b.Limit != "", Bytes: b.Bytes != "",
		Concurrent: b.Concurrent != 0, Interval: len(b.Interval) > 0,
	} {
		if is {
			k, set = Kind(kind), set+1
		}
	}
	if set != 1 {
		return 0, l, errors.New("want exactly one of rate, limit, bytes, concurrent and interval")
	}
	if b.Burst != 0 && k != Rate {
		return 0, l, errors.New("burst: only a rate has one")
	}
	switch k {
	case Rate:
		l, err = parseRate(b.Rate, b.Burst)
	case Limit:
		l.Max, l.Unit, err = parseWindowed(b.Limit, parseCount)
	case Bytes:
		l.Max, l.Unit, err = parseWindowed(b.Bytes, parseSize)
	case Concurrent:
		if l.Max = b.Concurrent; l.Max < 1 || l.Max > maxCount {
			err = fmt.Errorf("concurrent %d: want at least 1", b.Concurrent)
		}
	case Interval:
		l, err = parseSteps(b.Interval)
	}
	return k, l, err
}

func (s *Spec) compileMode(r *Rule) error {
	switch s.Mode {
	case "", "enforce":
	case "observe":
		r.Observe = true
	default:
		return fmt.Errorf("mode %q: want enforce or observe", s.Mode)
	}
	if s.Near > 1 {
		return fmt.Errorf("near %v: want a share of at most 1", s.Near)
	}
	for _, name := range s.Failed {
		i := slices.Index(reject.Stages(), name)
		if i < int(reject.HTTP) {
			return fmt.Errorf("failed %q: want a stage behind quota", name)
		}
		r.Failed = append(r.Failed, reject.Stage(i))
	}
	r.In, r.Out = s.Direction != "out", s.Direction != "in"
	if !slices.Contains([]string{"", "in", "out", "both"}, s.Direction) || s.Direction != "" && r.Kind != Bytes {
		return fmt.Errorf("direction %q: want in, out or both, of bytes", s.Direction)
	}
	return nil
}

func (s *Spec) compileWindow(r *Rule, zone *time.Location) error {
	if r.Kind != Limit && r.Kind != Bytes {
		if s.Reset != "" || s.Timezone != "" {
			return errors.New("reset, timezone: only calendar windows have them")
		}
		return nil
	}
	if s.Timezone != "" {
		var err error
		if zone, err = loadZone(s.Timezone); err != nil {
			return err
		}
	}
	reset, err := parseReset(s.Reset)
	if err == nil && reset != 0 && r.Limits.Unit <= Hour {
		err = errors.New("reset: a minute and an hour have none")
	}
	r.calendar = &calendar{unit: r.Limits.Unit, zone: zone, reset: reset}
	return err
}

func (s *Spec) compileDates(r *Rule, zone *time.Location) error {
	for _, d := range []struct {
		name, text string
		to         *time.Time
	}{{"published", s.Published, &r.Published}, {"effective", s.Effective, &r.Effective}} {
		if d.text == "" {
			continue
		}
		t, err := time.ParseInLocation(time.DateOnly, d.text, zone)
		if err != nil {
			return fmt.Errorf("%s %q: want a date, as in 2026-01-10", d.name, d.text)
		}
		*d.to = t
	}
	if !r.Effective.IsZero() {
		r.from = At(r.Effective)
	}
	if r.Effective.Before(r.Published) {
		return errors.New("effective: before published, or missing")
	}
	return nil
}

// place sets what follows from the key: the pass, what tells the rule's keys
// from those of others, and whether the keys are bounded by configuration and registry.
func (r *Rule) place() {
	r.prefix = append([]byte{kindNames[r.Kind][0]}, r.Name...)
	r.mark = sipHash(0, 0, r.prefix) & markBits
	r.protected = true
	for _, p := range r.Key {
		r.Pass = max(r.Pass, parts[p.Kind].pass)
		r.protected = r.protected && !parts[p.Kind].endless
	}
	if len(r.operations) > 0 || r.Cost != "" {
		r.Pass = max(r.Pass, PassMessage)
	}
}

// consistent refuses settings that contradict each other.
func (r *Rule) consistent() error {
	switch {
	case r.Cost != "" && r.Kind != Rate && r.Kind != Limit:
		return fmt.Errorf("cost: a %s rule counts no messages", r.Kind)
	case r.ChargeRefused && (r.Kind == Concurrent || r.Kind == Interval):
		return fmt.Errorf("charge_refused: a refused request holds no %s", r.Kind)
	case len(r.Failed) > 0 && r.Kind != Rate && r.Kind != Limit:
		return fmt.Errorf("failed: a %s rule cannot count failures", r.Kind)
	case len(r.Failed) > 0 && r.Cost != "":
		return errors.New("failed, cost: a faulty message costs 1")
	case r.Pass == PassAuthority && len(r.Failed) > 0:
		// Behind the signature there is no failure left to save others from.
		return errors.New("failed: the key is proved only behind the stages that can fail")
	}
	return nil
}

// versions sorts out rules that share a name: each is in force until the next
// becomes effective, and a tighter one needs the lead time or a reason.
func (rs *Rules) versions(lead time.Duration) []error {
	byName := make(map[string][]*Rule)
	for _, r := range rs.list {
		byName[r.Name] = append(byName[r.Name], r)
	}
	var errs []error
	for name, list := range byName {
		slices.SortStableFunc(list, func(a, b *Rule) int { return cmp.Compare(a.from, b.from) })
		for i, r := range list {
			var before *Rule
			if i > 0 {
				before = list[i-1]
				before.until = r.from
				if before.from == r.from {
					errs = append(errs, fmt.Errorf("rule %q: two versions with the same effective date", name))
				}
			}
			if err := r.leadTime(before, lead); err != nil {
				errs = append(errs, fmt.Errorf("rule %q: %w", name, err))
			}
		}
	}
	return errs
}
