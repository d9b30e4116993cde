package pki

import "errors"

const maxPolicies = 128

func (x *Extensions) policies(b []byte) error {
	outer := read(b)
	r := outer.nested(tagSequence)
	x.HasPolicies = true
	seen := make(map[OID]bool)
	for r.more() {
		p := r.nested(tagSequence)
		id := p.oid()
		p.optional(tagSequence) // qualifiers inform relying persons, not decisions
		r.check(p.end())
		switch {
		case seen[id]:
			r.fail(errors.New("a policy occurs twice")) // RFC 5280 4.2.1.4
		case len(x.Policies) == maxPolicies:
			r.fail(errTooMany)
		}
		seen[id] = true
		x.Policies = append(x.Policies, id)
	}
	if len(x.Policies) == 0 {
		r.fail(errors.New("no policies"))
	}
	r.check(outer.end())
	return r.end()
}

func (x *Extensions) policyMappings(b []byte) error {
	outer := read(b)
	r := outer.nested(tagSequence)
	for r.more() {
		m := r.nested(tagSequence)
		x.PolicyMappings = append(x.PolicyMappings, PolicyMapping{m.oid(), m.oid()})
		r.check(m.end())
		if len(x.PolicyMappings) > maxPolicies {
			r.fail(errTooMany)
		}
	}
	if len(x.PolicyMappings) == 0 {
		r.fail(errors.New("no mappings"))
	}
	r.check(outer.end())
	return r.end()
}

func (x *Extensions) policyConstraints(b []byte) error {
	outer := read(b)
	r := outer.nested(tagSequence)
	for i, n := range []*int{&x.RequireExplicitPolicy, &x.InhibitMapping} {
		if b, ok := r.optional(context(byte(i))); ok {
			v, err := smallInteger(b)
			r.check(err)
			*n = v
		}
	}
	if x.RequireExplicitPolicy < 0 && x.InhibitMapping < 0 {
		r.fail(errors.New("no constraint")) // RFC 5280 4.2.1.11
	}
	r.check(outer.end())
	return r.end()
}

func (x *Extensions) inhibitAnyPolicy(b []byte) error {
	r := read(b)
	x.InhibitAnyPolicy = r.small(tagInteger)
	return r.end()
}
