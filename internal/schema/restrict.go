package schema

import (
	"bytes"
	"fmt"
)

// A ruleError says which rule a derived particle breaks.
type ruleError struct{ rule, text string }

func (e *ruleError) String() string { return e.rule + ": " + e.text }

func broken(rule, format string, args ...any) *ruleError {
	return &ruleError{rule, fmt.Sprintf(format, args...)}
}

// restriction checks Particle Valid (Restriction), 3.9.6. Its cases are named
// rcase-... in the standard. Recursion follows the particles' nesting, which
// Options.Depth bounds; the steps taken count as components.
type restriction struct {
	*compiler
	at source
}

// A side is one of the two particles compared, with pointless groups removed
// and the head of a substitution group turned into a choice.
type side struct {
	p        *Particle
	lo, hi   int
	group    bool
	comp     Compositor
	kids     []*Particle
	expanded bool // it was an element, and kids are the group's members
}

func newSide(p *Particle, expand bool) side {
	kids := p.kids()
	for p.Min == 1 && p.Max == 1 && len(kids) == 1 {
		p = kids[0]
		kids = p.kids()
	}
	s := side{p: p, lo: p.Min, hi: p.Max}
	switch {
	case p.Group != nil:
		s.group, s.comp, s.kids = true, p.Group.Compositor, kids
	case p.Element != nil && expand && len(p.Element.members) > 0:
		s.group, s.comp, s.expanded = true, Choice, true
		for _, m := range p.Element.members {
			s.kids = append(s.kids, &Particle{Min: 1, Max: 1, Element: m, src: p.src})
		}
		s.kids = append(s.kids, &Particle{Min: 1, Max: 1, Element: p.Element, src: p.src})
	}
	return s
}

// kids are the particles of a group, those of pointless inner groups in their
// place; nil for what is no group.
func (p *Particle) kids() (list []*Particle) {
	if p.Group == nil {
		return nil
	}
	for _, q := range p.Group.Particles {
		list = gather(p.Group.Compositor, q, list)
	}
	return list
}

// gather adds p, or what is left of it where it is pointless (3.9.6, 2.2).
func gather(parent Compositor, p *Particle, list []*Particle) []*Particle {
	switch {
	case p.Group == nil:
		return append(list, p)
	case len(p.Group.Particles) == 0 && (p.Group.Compositor != Choice || p.Min == 0):
		return list
	case p.Min != 1 || p.Max != 1:
		return append(list, p)
	case p.Group.Compositor == parent || len(p.Group.Particles) == 1:
		for _, q := range p.Group.Particles {
			list = gather(parent, q, list)
		}
		return list
	}
	return append(list, p)
}

// empty reports whether a particle has no element and no wildcard in it.
func (p *Particle) empty() bool {
	if p.Group == nil {
		return false
	}
	for _, q := range p.Group.Particles {
		if !q.empty() {
			return false
		}
	}
	return true
}

// valid checks that d restricts b. Where a wildcard admits a whole group the
// occurrences of the group's parts are not compared; occurs is false for them.
// expand tells, for d and b, whether substitution groups are still to be
// regarded. It returns whether b was expanded.
func (r restriction) valid(d, b *Particle, expandD, expandB, occurs bool) (expanded bool, err *ruleError) {
	if !r.count(r.at, 1) {
		return false, nil
	}
	switch {
	case d == b:
		return false, nil
	case d.empty() && !b.emptiable():
		return false, broken("cos-particle-restrict.a", "the derived particle is empty, the base is not emptiable")
	case d.empty() && d.omissible():
		return false, nil // mixed content without elements, 3.4.2
	case !d.empty() && b.empty():
		return false, broken("cos-particle-restrict.b", "the base particle is empty, the derived is not")
	}
	ds, bs := newSide(d, expandD), newSide(b, expandB)
	expandD, expandB = expandD && !ds.expanded, expandB && !bs.expanded
	return bs.expanded, r.cases(ds, bs, expandD, expandB, occurs)
}

func (r restriction) cases(d, b side, expandD, expandB, occurs bool) *ruleError {
	switch {
	case !b.group && b.p.Any != nil:
		return r.byWildcard(d, b, expandD, occurs)
	case !d.group && d.p.Any != nil:
		return broken("cos-particle-restrict.2", "a wildcard cannot restrict an element or a group")
	case !d.group && !b.group:
		return r.nameAndTypeOK(d, b)
	case !d.group: // RecurseAsIfGroup
		as := side{lo: 1, hi: 1, group: true, comp: b.comp, kids: []*Particle{d.p}}
		if b.comp == Choice {
			return r.recurseLax(as, b, expandD, expandB)
		}
		return r.recurse(as, b, expandD, expandB)
	case !b.group:
		return broken("cos-particle-restrict.2", "a group cannot restrict an element")
	}
	switch [2]Compositor{d.comp, b.comp} {
	case [2]Compositor{All, All}, [2]Compositor{Sequence, Sequence}:
		return r.recurse(d, b, expandD, expandB)
	case [2]Compositor{Choice, Choice}:
		return r.recurseLax(d, b, expandD, expandB)
	case [2]Compositor{Sequence, All}:
		return r.recurseUnordered(d, b, expandD, expandB)
	case [2]Compositor{Sequence, Choice}:
		return r.mapAndSum(d, b, expandD, expandB)
	}
	return broken("cos-particle-restrict.2", "%s cannot restrict %s", d.comp, b.comp)
}

func rangeOK(dlo, dhi, blo, bhi int) bool { return dlo >= blo && dhi <= bhi }

// byWildcard is NSCompat, NSSubset and NSRecurseCheckCardinality.
func (r restriction) byWildcard(d, b side, expandD, occurs bool) *ruleError {
	w := b.p.Any
	switch {
	case d.group:
		lo, hi := d.lo, d.hi
		if !d.expanded {
			lo, hi = d.p.totalRange()
		}
		if occurs && !rangeOK(lo, hi, b.lo, b.hi) {
			return broken("rcase-NSRecurseCheckCardinality.2", "the group occurs more or less often than the base's wildcard")
		}
		for _, p := range d.kids {
			if _, err := r.valid(p, b.p, expandD, false, false); err != nil {
				return broken("rcase-NSRecurseCheckCardinality.1", "a part of the group is not admitted by the base's wildcard: %v", err)
			}
		}
		return nil
	case d.p.Element != nil:
		if occurs && !rangeOK(d.lo, d.hi, b.lo, b.hi) {
			return broken("rcase-NSCompat.2", "element %q occurs more or less often than the base's wildcard", d.p.Element.Name)
		}
		if !w.allows(d.p.Element.Name.Space) {
			return broken("rcase-NSCompat.1", "element %q is not admitted by the base's wildcard", d.p.Element.Name)
		}
		return nil
	}
	switch {
	case occurs && !rangeOK(d.lo, d.hi, b.lo, b.hi):
		return broken("rcase-NSSubset.2", "the wildcard occurs more or less often than the base's")
	case !d.p.Any.subset(w):
		return broken("rcase-NSSubset.1", "the wildcard admits namespaces that the base's does not")
	case d.p.Any.Process < w.Process:
		return broken("rcase-NSSubset.3", "the wildcard's processContents is weaker than the base's")
	}
	return nil
}

func (r restriction) nameAndTypeOK(ds, bs side) *ruleError {
	d, b := ds.p.Element, bs.p.Element
	const rule = "rcase-NameAndTypeOK"
	switch {
	case d.Name != b.Name:
		return broken(rule+".1", "element %q stands where the base has %q", d.Name, b.Name)
	case d.Nillable && !b.Nillable:
		return broken(rule+".2", "element %q is nillable, the base's is not", d.Name)
	case !rangeOK(ds.lo, ds.hi, bs.lo, bs.hi):
		return broken(rule+".3", "the occurrences of element %q are not within the base's", d.Name)
	case b.Value != nil && b.Value.Fixed && (d.Value == nil || !d.Value.Fixed || !bytes.Equal(d.Value.key, b.Value.key)):
		return broken(rule+".4", "element %q is not fixed to the base's value %q", d.Name, b.Value.Text)
	case !constraintsSubset(d, b):
		return broken(rule+".5", "element %q has identity constraints that the base's has not", d.Name)
	case b.Block&^d.Block != 0:
		return broken(rule+".6", "element %q blocks less than the base's", d.Name)
	}
	if why := r.derivedOK(d.Type, b.Type, Extension|List|Union); why != "" {
		return broken(rule+".7", "the type of element %q is not derived by restriction from that of the base's (%s)", d.Name, why)
	}
	return nil
}

// constraintsSubset: R's identity constraints are a subset of B's, if any.
func constraintsSubset(d, b *Element) bool {
	return d == b || len(d.Constraints) <= len(b.Constraints)
}

// recurse is rcase-Recurse: an order-preserving mapping of d's particles onto
// b's, where those left out are emptiable.
func (r restriction) recurse(d, b side, expandD, expandB bool) *ruleError {
	if !rangeOK(d.lo, d.hi, b.lo, b.hi) {
		return broken("rcase-Recurse.1", "the %s occurs more or less often than the base's", d.comp)
	}
	kids := b.kids
	for _, p := range d.kids {
		matched := false
		for len(kids) > 0 && !matched {
			q := kids[0]
			kids = kids[1:]
			_, err := r.valid(p, q, expandD, expandB, true)
			if matched = err == nil; !matched && !q.emptiable() {
				return broken("rcase-Recurse.2", "no mapping onto the base's %s: %v", b.comp, err)
			}
		}
		if !matched {
			return broken("rcase-Recurse.2", "the base's %s has nothing for one of the particles", b.comp)
		}
	}
	for _, q := range kids {
		if !q.emptiable() {
			return broken("rcase-Recurse.2", "what the base's %s requires is missing", b.comp)
		}
	}
	return nil
}

// recurseUnordered is rcase-RecurseUnordered.
func (r restriction) recurseUnordered(d, b side, expandD, expandB bool) *ruleError {
	if !rangeOK(d.lo, d.hi, b.lo, b.hi) {
		return broken("rcase-RecurseUnordered.1", "the %s occurs more or less often than the base's", d.comp)
	}
	used := make([]bool, len(b.kids))
next:
	for _, p := range d.kids {
		for i, q := range b.kids {
			if used[i] {
				continue
			}
			if _, err := r.valid(p, q, expandD, expandB, true); err == nil {
				used[i] = true
				continue next
			}
		}
		return broken("rcase-RecurseUnordered.2", "the base's all has nothing for one of the particles")
	}
	for i, q := range b.kids {
		if !used[i] && !q.emptiable() {
			return broken("rcase-RecurseUnordered.2", "what the base's all requires is missing")
		}
	}
	return nil
}

// recurseLax is rcase-RecurseLax. Several particles may map onto one element
// of the base that stands for a substitution group.
func (r restriction) recurseLax(d, b side, expandD, expandB bool) *ruleError {
	if !rangeOK(d.lo, d.hi, b.lo, b.hi) {
		return broken("rcase-RecurseLax.1", "the choice occurs more or less often than the base's")
	}
	kids := b.kids
	for _, p := range d.kids {
		if b.expanded {
			kids = b.kids // a substitution group is a set, in no order
		}
		matched := false
		for len(kids) > 0 && !matched {
			expanded, err := r.valid(p, kids[0], expandD, expandB, true)
			if matched = err == nil; !matched || !expanded {
				kids = kids[1:]
			}
		}
		if !matched {
			return broken("rcase-RecurseLax.2", "the base's choice has nothing for one of the particles")
		}
	}
	return nil
}

// mapAndSum is rcase-MapAndSum.
func (r restriction) mapAndSum(d, b side, expandD, expandB bool) *ruleError {
	n := len(d.kids)
	if !rangeOK(mulCount(d.lo, n), mulCount(d.hi, n), b.lo, b.hi) {
		return broken("rcase-MapAndSum.2", "the sequence's particles together occur more or less often than the base's choice")
	}
next:
	for _, p := range d.kids {
		for _, q := range b.kids {
			if _, err := r.valid(p, q, expandD, expandB, true); err == nil {
				continue next
			}
		}
		return broken("rcase-MapAndSum.1", "the base's choice has nothing for one of the particles")
	}
	return nil
}
