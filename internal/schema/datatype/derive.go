package datatype

import (
	"fmt"
	"math"
	"slices"

	"github.com/soapgate/soapgate/internal/schema/regex"
)

// NewList returns the list type of items, which have to be atomic or of a union
// that has only atomic members (cos-list-of-atomic).
func NewList(name string, item *Type) (*Type, error) {
	bad := item.variety == Absent || item.variety == List
	for _, m := range item.members {
		bad = bad || m.variety == List
	}
	if bad {
		return nil, &FacetError{Constraint: "cos-list-of-atomic", Index: -1,
			Text: fmt.Sprintf("type %q cannot be the item type of a list: it is not atomic", item.name)}
	}
	return &Type{
		name: name, base: root(item), variety: List, item: item, uses: item.uses,
		has: whiteSpaceFacet, fixed: whiteSpaceFacet, white: Collapse,
	}, nil
}

// NewUnion returns the union type of the members, one at least. A member that
// is a union is replaced by its members (Part 1 3.14.2).
func NewUnion(name string, members ...*Type) (*Type, error) {
	t := &Type{name: name, variety: Union, white: Collapse}
	for _, m := range members {
		t.base = root(m)
		t.uses |= m.uses
		switch m.variety {
		case Absent:
			return nil, &FacetError{Constraint: "cos-st-restricts.3.1", Index: -1,
				Text: "anySimpleType cannot be a member type of a union"}
		case Union:
			t.members = append(t.members, m.members...)
		default:
			t.members = append(t.members, m)
		}
	}
	t.starts = newStarts(t.members)
	return t, nil
}

func root(t *Type) *Type {
	for t.base != nil {
		t = t.base
	}
	return t
}

// A restriction is a type in the making.
type restriction struct {
	*Type
	base  *Type
	own   facetSet
	at    [facetKinds]int // where each own facet was given
	step  patternStep
	enum  *enumeration
	edges [facetKinds]*bound // own bounds
	errs  []*FacetError
}

// Restrict derives a type from base by facets (Part 2 4.1.2). The type is
// usable only if there are no errors.
func Restrict(name string, base *Type, facets []Facet) (*Type, []*FacetError) {
	t := *base
	t.name, t.base = name, base
	s := &restriction{Type: &t, base: base}
	for i := range facets {
		s.facet(i, &facets[i])
	}
	if len(s.step.any) > 0 {
		t.steps = append(t.steps[:len(t.steps):len(t.steps)], s.step)
		t.has |= patternFacet
	}
	if s.enum != nil {
		slices.SortFunc(s.enum.floats, func(a, b float) int { return orderFloats(&a, &b) })
		t.values = s.enum
		t.has |= enumerationFacet
	}
	s.checkLengths()
	s.checkDigits()
	s.setBounds()
	return &t, s.errs
}

func (s *restriction) fail(i int, constraint, format string, args ...any) {
	s.errs = append(s.errs, &FacetError{Constraint: constraint, Index: i, Text: fmt.Sprintf(format, args...)})
}

// facet takes one facet over.
func (s *restriction) facet(i int, f *Facet) {
	bit := facetSet(1) << f.Kind
	switch {
	case s.applicable()&bit == 0:
		s.fail(i, "cos-applicable-facets", "facet %s does not apply to type %q", f.Kind, s.base.name)
		return
	case s.own&bit != 0 && bit&(patternFacet|enumerationFacet) == 0:
		s.fail(i, "src-single-facet-value", "facet %s is given more than once", f.Kind)
		return
	}
	s.own |= bit
	s.at[f.Kind] = i
	if f.Fixed {
		s.fixed |= bit
	}
	switch f.Kind {
	case PatternFacet:
		s.pattern(i, f)
	case EnumerationFacet:
		s.enumerate(i, f)
	case WhiteSpaceFacet:
		s.whiteSpace(i, f)
	case MaxInclusiveFacet, MaxExclusiveFacet, MinInclusiveFacet, MinExclusiveFacet:
		s.bound(i, f)
	default:
		s.count(i, f)
	}
}

func (s *restriction) pattern(i int, f *Facet) {
	re, err := regex.Compile(f.Value)
	if err != nil {
		s.fail(i, "InvalidFacetValue", "%v", err)
		return
	}
	if len(s.step.any) > 0 {
		s.step.text += "|"
	}
	s.step.text += f.Value
	s.step.any = append(s.step.any, re)
}

// enumerate takes a value that has to be one of the base type.
func (s *restriction) enumerate(i int, f *Facet) {
	v := []byte(f.Value)
	var fault fault
	if !s.base.check(v, f.Resolver, &fault) {
		s.fail(i, "enumeration-valid-restriction", "%v", fault.violation())
		return
	}
	if s.enum == nil {
		s.enum = &enumeration{keys: map[string]struct{}{}, plain: s.primitive == String || s.primitive == AnyURI}
	}
	s.enum.texts = append(s.enum.texts, f.Value)
	var key []byte
	switch {
	case s.primitive == Float, s.primitive == Double:
		b := bound{}
		b.parse(s.Type, trim(v))
		s.enum.floats = append(s.enum.floats, b.float)
		return
	case s.enum.plain:
		key = s.base.Normalize(nil, v, f.Resolver)
	default:
		key = s.base.appendKey(nil, v, f.Resolver)
		s.enum.items = max(s.enum.items, items(v))
	}
	s.enum.keys[string(key)] = struct{}{}
}

func (s *restriction) whiteSpace(i int, f *Facet) {
	for w := Preserve; w <= Collapse; w++ {
		if w.String() != f.Value {
			continue
		}
		if w < s.base.white {
			s.fail(i, "whiteSpace-valid-restriction", "whiteSpace %q is weaker than %q of type %q", f.Value, s.base.white, s.base.name)
		}
		s.checkFixed(i, f, w == s.base.white)
		s.white = w
		s.has |= whiteSpaceFacet
		return
	}
	s.fail(i, "InvalidFacetValue", "whiteSpace %q is none of preserve, replace, collapse", f.Value)
}

// checkFixed refuses another value for a facet that an ancestor fixed.
func (s *restriction) checkFixed(i int, f *Facet, same bool) {
	if s.base.fixed&(1<<f.Kind) != 0 && !same {
		s.fail(i, "FixedFacetValue", "%s is %q, but an ancestor type fixed it to %q", f.Kind, f.Value, s.base.facetText(f.Kind))
	}
}

// count takes a length or a number of digits.
func (s *restriction) count(i int, f *Facet) {
	n, ok := parseCount(f.Value)
	if !ok || n == 0 && f.Kind == TotalDigitsFacet {
		s.fail(i, "InvalidFacetValue", "%s %q is not a number it can be", f.Kind, f.Value)
		return
	}
	into := map[FacetKind]*int{
		LengthFacet: &s.length, MinLengthFacet: &s.min, MaxLengthFacet: &s.max,
		TotalDigitsFacet: &s.total, FractionDigitsFacet: &s.fraction,
	}[f.Kind]
	if inherited := s.has&(1<<f.Kind) != 0; inherited {
		s.checkFixed(i, f, n == *into)
		bad := false
		switch f.Kind {
		case LengthFacet:
			bad = n != *into
		case MinLengthFacet:
			bad = n < *into
		default:
			bad = n > *into
		}
		if bad {
			s.fail(i, f.Kind.String()+"-valid-restriction", "%s %d is no restriction of %d of type %q", f.Kind, n, *into, s.base.name)
		}
	}
	*into = n
	s.has |= 1 << f.Kind
}

// parseCount reads a nonNegativeInteger. Beyond what any value reaches, all
// numbers are one.
func parseCount(text string) (int, bool) {
	var d decimal
	if !d.parse(trim([]byte(text))) || d.point || d.negative {
		return 0, false
	}
	n := 0
	for _, c := range d.whole {
		if n = n*10 + int(c-'0'); n > math.MaxInt32 {
			return math.MaxInt32, true
		}
	}
	return n, true
}

// checkLengths is Part 2 4.3.1.4 and 4.3.2.4.
func (s *restriction) checkLengths() {
	if s.own&lengthFacets == 0 {
		return
	}
	if s.has&minLengthFacet != 0 && s.has&maxLengthFacet != 0 && s.min > s.max {
		s.fail(s.where(lengthFacets), "minLength-less-than-equal-to-maxLength", "minLength %d is greater than maxLength %d", s.min, s.max)
	}
	if s.has&lengthFacet == 0 {
		return
	}
	for _, side := range []struct {
		facet facetSet
		bad   bool
		same  func(b *Type) bool
	}{
		{minLengthFacet, s.min > s.length, func(b *Type) bool { return b.min == s.min }},
		{maxLengthFacet, s.max < s.length, func(b *Type) bool { return b.max == s.max }},
	} {
		if s.has&side.facet == 0 {
			continue
		}
		earlier := false
		for b := s.base; b != nil; b = b.base {
			earlier = earlier || b.has&side.facet != 0 && b.has&lengthFacet == 0 && side.same(b)
		}
		if side.bad || !earlier {
			s.fail(s.where(lengthFacets), "length-minLength-maxLength", "length %d does not go with minLength or maxLength", s.length)
		}
	}
}

// where returns where the first of the own facets in the set was given.
func (s *restriction) where(set facetSet) int {
	first := -1
	for k := range facetKinds {
		if s.own&set&(1<<k) != 0 && (first < 0 || s.at[k] < first) {
			first = s.at[k]
		}
	}
	return first
}

// checkDigits is Part 2 4.3.12.4.
func (s *restriction) checkDigits() {
	const both = totalDigitsFacet | fractionDigitsFacet
	if s.own&both != 0 && s.has&both == both && s.fraction > s.total {
		s.fail(s.where(both), "fractionDigits-totalDigits", "fractionDigits %d is greater than totalDigits %d", s.fraction, s.total)
	}
}
