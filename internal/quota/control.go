package quota

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Journal keeps records in the order they were appended, for all nodes that
// share it. It is declared here, where it is used.
type Journal interface {
	// Append adds a record behind all others.
	Append(ctx context.Context, record []byte) error
	// Load returns the records from the n-th on, counted from 0.
	Load(ctx context.Context, n int) ([][]byte, error)
}

// An Action is what a change does.
type Action string

// The actions.
const (
	PutRule        Action = "put_rule"    // by Spec: another version of a rule, or a new rule
	RemoveRule     Action = "remove_rule" // with all its versions
	PutOverride    Action = "put_override"
	RemoveOverride Action = "remove_override"
	ResetCount     Action = "reset" // recorded only; Limiter.Reset does it
)

// A Change is one change of the rules at run time. All changes together, in
// order, over the configuration, are the rules in force.
type Change struct {
	At           time.Time `json:"at"`
	Author       string    `json:"author"`
	Reason       string    `json:"reason"`
	Action       Action    `json:"action"`
	Rule         string    `json:"rule,omitempty"`
	Client       string    `json:"client,omitempty"` // or Organization, or Class: of an override
	Organization string    `json:"organization,omitempty"`
	Class        string    `json:"class,omitempty"`
	Spec         *Spec     `json:"spec,omitempty"`
	Override     *Override `json:"override,omitempty"`
}

// Whom names whom the change concerns, "" if it is everybody.
func (ch *Change) Whom() string {
	o := Override{Client: ch.Client, Organization: ch.Organization, Class: ch.Class}
	if s, err := o.subject(); err == nil {
		return s.String()
	}
	return ""
}

// A Control changes a limiter's rules at run time, on all nodes that share a
// journal.
type Control struct {
	limiter *Limiter
	journal Journal

	mu      sync.Mutex
	specs   []Spec
	options Options
	changes []Change
	fit     []Change // those of them that fit the configuration
	read    int      // records of the journal read
}

// NewControl returns a control over the limiter's rules, which are made of
// specs and options. journal may be nil: then nothing can be changed.
func NewControl(l *Limiter, journal Journal, specs []Spec, o Options) *Control {
	return &Control{limiter: l, journal: journal, specs: specs, options: o}
}

// Refresh reads what has been changed, here or on other nodes, since the last
// time, and puts it in force. The error joins the changes that could not be
// applied.
func (c *Control) Refresh(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	unfit, err := c.refresh(ctx)
	return errors.Join(unfit, err)
}

func (c *Control) refresh(ctx context.Context) (unfit, err error) {
	if c.journal == nil {
		return nil, nil
	}
	records, err := c.journal.Load(ctx, c.read)
	if err != nil {
		return nil, fmt.Errorf("reading changes: %w", err)
	}
	var errs []error
	for _, rec := range records {
		var ch Change
		c.read++
		if err := json.Unmarshal(rec, &ch); err != nil {
			errs = append(errs, fmt.Errorf("change %d: %w", c.read, err))
			continue
		}
		c.changes = append(c.changes, ch)
		rules, err := c.with(ch)
		if err != nil {
			errs = append(errs, fmt.Errorf("change of %s by %s: %w", ch.At.Format(time.RFC3339), ch.Author, err))
			continue
		}
		c.fit = append(c.fit, ch)
		c.limiter.SetRules(rules)
	}
	return errors.Join(errs...), nil
}

// Apply makes a change, on all nodes. It is refused if it has no author and no
// reason, or if the rules would not compile with it - so also if it tightens a
// published limit within the lead time and gives no public reason.
func (c *Control) Apply(ctx context.Context, ch Change) error {
	if c.journal == nil {
		return errors.New("rules cannot be changed: no store")
	}
	if strings.TrimSpace(ch.Author) == "" || strings.TrimSpace(ch.Reason) == "" {
		return errors.New("author, reason: missing")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := c.refresh(ctx); err != nil {
		return err
	}
	if _, err := c.with(ch); err != nil {
		return err
	}
	rec, err := json.Marshal(ch)
	if err != nil {
		return err
	}
	if err := c.journal.Append(ctx, rec); err != nil {
		return fmt.Errorf("storing change: %w", err)
	}
	_, err = c.refresh(ctx)
	return err
}

// History returns all changes, oldest first.
func (c *Control) History() []Change {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.changes)
}

// with compiles the configuration with the changes that fit it and one more.
func (c *Control) with(last Change) (*Rules, error) {
	specs, o := slices.Clone(c.specs), c.options
	o.Overrides = slices.Clone(o.Overrides)
	for _, ch := range append(slices.Clip(c.fit), last) {
		var err error
		if specs, err = ch.apply(specs, &o); err != nil {
			return nil, err
		}
	}
	return Compile(specs, o)
}

func (ch *Change) apply(specs []Spec, o *Options) ([]Spec, error) {
	named := func(s Spec) bool { return s.Name == ch.Rule }
	whom := &Override{Rule: ch.Rule, Client: ch.Client, Organization: ch.Organization, Class: ch.Class}
	mine := func(v Override) bool { return v.same(whom) }
	switch ch.Action {
	case PutRule:
		if ch.Spec == nil {
			return nil, errors.New("spec: missing")
		}
		return ch.putRule(specs)
	case RemoveRule:
		if !slices.ContainsFunc(specs, named) {
			return nil, fmt.Errorf("no rule %q", ch.Rule)
		}
		o.Overrides = slices.DeleteFunc(o.Overrides, func(v Override) bool { return v.Rule == ch.Rule })
		return slices.DeleteFunc(specs, named), nil
	case PutOverride:
		if ch.Override == nil || !ch.Override.same(whom) {
			return nil, errors.New("override: missing, or of another rule or for somebody else")
		}
		o.Overrides = append(slices.DeleteFunc(o.Overrides, mine), *ch.Override)
	case RemoveOverride:
		if !slices.ContainsFunc(o.Overrides, mine) {
			return nil, fmt.Errorf("no override of rule %q for %s", ch.Rule, whom.Who())
		}
		o.Overrides = slices.DeleteFunc(o.Overrides, mine)
	case ResetCount:
	default:
		return nil, fmt.Errorf("unknown action %q", ch.Action)
	}
	return specs, nil
}

// putRule adds a version. One that names no date is effective from the day of
// the change on. Versions from that day on give way to it; earlier ones stay,
// so that Compile can tell whether it tightens them.
func (ch *Change) putRule(specs []Spec) ([]Spec, error) {
	s := *ch.Spec
	if s.Name != ch.Rule {
		return nil, fmt.Errorf("spec: name %q is not %q", s.Name, ch.Rule)
	}
	if s.Effective == "" {
		s.Effective = ch.At.Format(time.DateOnly)
	}
	specs = slices.DeleteFunc(specs, func(v Spec) bool {
		return v.Name == s.Name && v.Effective != "" && v.Effective >= s.Effective
	})
	return append(specs, s), nil
}
