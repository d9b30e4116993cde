package datatype

// A bound is a bounding facet with its value.
type bound struct {
	facet    FacetKind
	text     string
	decimal  decimal
	float    float
	instant  instant
	duration duration
}

// An order is how two values compare.
type order int8

const (
	less         order = -1
	equal        order = 0
	greater      order = 1
	incomparable order = 2
)

// admits reports whether a value that compares so with the bound is within it.
func (b *bound) admits(o order) bool {
	switch b.facet {
	case MaxInclusiveFacet:
		return o == less || o == equal
	case MaxExclusiveFacet:
		return o == less
	case MinInclusiveFacet:
		return o == greater || o == equal
	}
	return o == greater
}

// parse reads a valid value of the type into the bound.
func (b *bound) parse(t *Type, v []byte) {
	switch p := t.primitive; p {
	case Decimal:
		b.decimal.parse(v)
	case Float, Double:
		b.float.parse(v, p)
		b.float.value() // the bound is shared: nothing may convert it later
	case Duration:
		b.duration.parse(v)
	default:
		b.instant.parse(v, p)
	}
}

// compare returns how b's value compares with c's.
func (b *bound) compare(t *Type, c *bound) order {
	switch t.primitive {
	case Decimal:
		return b.decimal.compare(&c.decimal)
	case Float, Double:
		return b.float.compare(&c.float)
	case Duration:
		return b.duration.compare(&c.duration)
	}
	return b.instant.compare(&c.instant)
}

// bound takes a bounding facet, whose value has to be one of the base type. The
// base type's own bounds are left to setBounds. An exclusive bound may repeat
// the base type's, which is no value of it (Part 2 4.3.8.4 and 4.3.9.4).
func (s *restriction) bound(i int, f *Facet) {
	v := trim([]byte(f.Value))
	var fault fault
	if !s.base.lexical.check(v, nil, &fault) {
		s.fail(i, "InvalidFacetValue", "%s: %v", f.Kind, fault.violation())
		return
	}
	b := &bound{facet: f.Kind, text: string(v)}
	b.parse(s.Type, v)
	s.edges[f.Kind] = b
	for j := range s.base.bounds {
		c := &s.base.bounds[j]
		exclusive := c.facet == MaxExclusiveFacet || c.facet == MinExclusiveFacet
		if exclusive && c.facet == f.Kind && c.compare(s.Type, b) == equal {
			return
		}
	}
	if !s.base.check(v, nil, &fault) && boundFacets&(1<<fault.facet) == 0 {
		s.fail(i, "InvalidFacetValue", "%s is not a value of the base type: %v", f.Kind, fault.violation())
	}
}

// A relation is the orders that one bound may have to another.
type relation uint8

const (
	isLess relation = 1 << iota
	isEqual
	isGreater
	atMost  = isLess | isEqual
	atLeast = isGreater | isEqual
)

func (r relation) holds(o order) bool {
	switch o {
	case less:
		return r&isLess != 0
	case equal:
		return r&isEqual != 0
	case greater:
		return r&isGreater != 0
	}
	return false
}

// withinBase says how a bound has to compare with those of the base type (the
// valid-restriction constraints of Part 2 4.3.7.4 to 4.3.10.4).
var withinBase = map[FacetKind]map[FacetKind]relation{
	MaxInclusiveFacet: {MaxInclusiveFacet: atMost, MaxExclusiveFacet: isLess, MinInclusiveFacet: atLeast, MinExclusiveFacet: isGreater},
	MaxExclusiveFacet: {MaxInclusiveFacet: atMost, MaxExclusiveFacet: atMost, MinInclusiveFacet: isGreater, MinExclusiveFacet: isGreater},
	MinInclusiveFacet: {MaxInclusiveFacet: atMost, MaxExclusiveFacet: isLess, MinInclusiveFacet: atLeast, MinExclusiveFacet: isGreater},
	MinExclusiveFacet: {MaxInclusiveFacet: atMost, MaxExclusiveFacet: isLess, MinInclusiveFacet: atLeast, MinExclusiveFacet: atLeast},
}

// amongOwn says how bounds of one derivation have to compare.
var amongOwn = []struct {
	low, high  FacetKind
	rel        relation
	constraint string
}{
	{MaxInclusiveFacet, MaxExclusiveFacet, 0, "maxInclusive-maxExclusive"},
	{MinInclusiveFacet, MinExclusiveFacet, 0, "minInclusive-minExclusive"},
	{MinInclusiveFacet, MaxInclusiveFacet, atMost, "minInclusive-less-than-equal-to-maxInclusive"},
	{MinExclusiveFacet, MaxExclusiveFacet, atMost, "minExclusive-less-than-equal-to-maxExclusive"},
	{MinExclusiveFacet, MaxInclusiveFacet, isLess, "minExclusive-less-than-maxInclusive"},
	{MinInclusiveFacet, MaxExclusiveFacet, isLess, "minInclusive-less-than-maxExclusive"},
}

// setBounds checks the own bounds and puts them in the place of the base's: a
// bound that holds is at least as tight as that of the base on its side.
func (s *restriction) setBounds() {
	for k, b := range s.edges {
		if b == nil {
			continue
		}
		kind := FacetKind(k)
		for i := range s.base.bounds {
			c := &s.base.bounds[i]
			o := b.compare(s.Type, c)
			if c.facet == kind {
				s.checkFixed(s.at[k], &Facet{Kind: kind, Value: b.text}, o == equal)
			}
			if !withinBase[kind][c.facet].holds(o) {
				s.fail(s.at[k], kind.String()+"-valid-restriction", "%s %s is beyond %s %s of type %q", kind, b.text, c.facet, c.text, s.base.name)
			}
		}
	}
	for _, rule := range amongOwn {
		low, high := s.edges[rule.low], s.edges[rule.high]
		if low != nil && high != nil && !rule.rel.holds(low.compare(s.Type, high)) {
			s.fail(s.at[rule.high], rule.constraint, "%s %s does not go with %s %s", rule.low, low.text, rule.high, high.text)
		}
	}
	s.replaceBounds()
}

func (s *restriction) replaceBounds() {
	const highs = maxInclusiveFacet | maxExclusiveFacet
	dropped := facetSet(0)
	for _, side := range []facetSet{highs, boundFacets &^ highs} {
		if s.own&side != 0 {
			dropped |= side
		}
	}
	var bounds []bound
	for k, b := range s.edges {
		if b != nil {
			bounds = append(bounds, *b)
			s.has |= 1 << k
			continue
		}
		for _, c := range s.base.bounds {
			if int(c.facet) == k && dropped&(1<<k) == 0 {
				bounds = append(bounds, c)
			} else if int(c.facet) == k {
				s.has &^= 1 << k
			}
		}
	}
	s.bounds = bounds
}
