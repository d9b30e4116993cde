package quota

import (
	"cmp"
	"errors"
	"fmt"
	"time"
)

// An Override gives others limits than a rule has to whom it names: a client,
// all clients of a class, or all messages of an organization. It holds for
// good, or, as a grant, until a moment. Where several concern a request, that
// of the client goes before that of the organization, and that before the
// class's.
type Override struct {
	Rule         string `json:"rule"`
	Client       string `json:"client,omitempty"`
	Organization string `json:"organization,omitempty"`
	Class        string `json:"class,omitempty"`
	Bounds
	Until  time.Time `json:"until,omitzero"` // zero: for good
	Reason string    `json:"reason,omitempty"`
}

// A subject is whom an override names.
type subject struct {
	kind PartKind
	name string
}

// subjects returns those whom a request is of, the first to go before the others.
func (q *Request) subjects() [3]subject {
	return [...]subject{{Client, q.Client}, {Organization, q.Organization}, {Class, q.Class}}
}

// Who names whom the override is for, as in "client example".
func (o *Override) Who() string {
	s, _ := o.subject()
	return s.String()
}

func (s subject) String() string { return parts[s.kind].name + " " + s.name }

func (o *Override) subject() (s subject, err error) {
	n := 0
	for _, named := range (&Request{Client: o.Client, Organization: o.Organization, Class: o.Class}).subjects() {
		if named.name != "" {
			s, n = named, n+1
		}
	}
	if n != 1 {
		err = errors.New("want exactly one of client, organization and class")
	}
	return s, err
}

// same reports whether two overrides are of the same rule for the same.
func (o *Override) same(p *Override) bool {
	return o.Rule == p.Rule && o.Client == p.Client && o.Organization == p.Organization && o.Class == p.Class
}

type override struct {
	terms   terms
	until   Tick
	written *Override
}

// override puts an override in force in all versions of its rule.
func (rs *Rules) override(o *Override) error {
	s, err := o.subject()
	if err != nil {
		return err
	}
	k, l, err := o.parse()
	if err != nil {
		return err
	}
	found := false
	for _, r := range rs.list {
		if r.Name != o.Rule || r.Kind != k || r.Limits.Unit != l.Unit {
			continue
		}
		if proved := parts[s.kind].pass; proved > r.Pass {
			return fmt.Errorf("%s: is proved at pass %s, and the rule runs at pass %s", parts[s.kind].name, proved, r.Pass)
		}
		if found = true; r.overrides == nil {
			r.overrides = make(map[subject]*override)
		}
		ov := &override{terms: l.terms(k, r.Near), until: forever, written: o}
		if !o.Until.IsZero() {
			ov.until = At(o.Until)
		}
		r.overrides[s] = ov
	}
	if !found {
		return errors.New("no such rule of that kind and window")
	}
	return nil
}

// termsFor returns the limits in force for a request at a moment.
func (r *Rule) termsFor(q *Request, now Tick) *terms {
	if len(r.overrides) > 0 {
		for _, s := range q.subjects() {
			if o := r.overrides[s]; o != nil && now < o.until {
				return &o.terms
			}
		}
	}
	return &r.terms
}

// byWho orders overrides for those who read them.
func byWho(a, b Override) int {
	return cmp.Or(cmp.Compare(a.Client, b.Client), cmp.Compare(a.Organization, b.Organization), cmp.Compare(a.Class, b.Class))
}
