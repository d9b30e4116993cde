package datatype

import (
	"math"
	"strconv"
	"strings"
)

// A FacetKind is a constraining facet (Part 2 4.3).
type FacetKind uint8

// The constraining facets.
const (
	LengthFacet FacetKind = iota
	MinLengthFacet
	MaxLengthFacet
	PatternFacet
	EnumerationFacet
	WhiteSpaceFacet
	MaxInclusiveFacet
	MaxExclusiveFacet
	MinInclusiveFacet
	MinExclusiveFacet
	TotalDigitsFacet
	FractionDigitsFacet
	facetKinds
)

var facetNames = [facetKinds]string{
	"length", "minLength", "maxLength", "pattern", "enumeration", "whiteSpace",
	"maxInclusive", "maxExclusive", "minInclusive", "minExclusive", "totalDigits", "fractionDigits",
}

// String returns the name of the facet's element.
func (k FacetKind) String() string { return facetNames[k] }

// FacetNamed returns the facet whose element has the local name.
func FacetNamed(name string) (FacetKind, bool) {
	for k, n := range facetNames {
		if n == name {
			return FacetKind(k), true
		}
	}
	return 0, false
}

// A facetSet has bit 1<<kind for each facet in it.
type facetSet uint16

const (
	lengthFacet         = facetSet(1) << LengthFacet
	minLengthFacet      = facetSet(1) << MinLengthFacet
	maxLengthFacet      = facetSet(1) << MaxLengthFacet
	patternFacet        = facetSet(1) << PatternFacet
	enumerationFacet    = facetSet(1) << EnumerationFacet
	whiteSpaceFacet     = facetSet(1) << WhiteSpaceFacet
	maxInclusiveFacet   = facetSet(1) << MaxInclusiveFacet
	maxExclusiveFacet   = facetSet(1) << MaxExclusiveFacet
	minInclusiveFacet   = facetSet(1) << MinInclusiveFacet
	minExclusiveFacet   = facetSet(1) << MinExclusiveFacet
	totalDigitsFacet    = facetSet(1) << TotalDigitsFacet
	fractionDigitsFacet = facetSet(1) << FractionDigitsFacet

	lengthFacets = lengthFacet | minLengthFacet | maxLengthFacet
	boundFacets  = maxInclusiveFacet | maxExclusiveFacet | minInclusiveFacet | minExclusiveFacet
	commonFacets = patternFacet | enumerationFacet | whiteSpaceFacet
)

// applicable are the facets that a primitive type admits (Part 2 4.1.5).
var applicable = [...]facetSet{
	String:       commonFacets | lengthFacets,
	Boolean:      patternFacet | whiteSpaceFacet,
	Decimal:      commonFacets | boundFacets | totalDigitsFacet | fractionDigitsFacet,
	Float:        commonFacets | boundFacets,
	Double:       commonFacets | boundFacets,
	Duration:     commonFacets | boundFacets,
	DateTime:     commonFacets | boundFacets,
	Time:         commonFacets | boundFacets,
	Date:         commonFacets | boundFacets,
	GYearMonth:   commonFacets | boundFacets,
	GYear:        commonFacets | boundFacets,
	GMonthDay:    commonFacets | boundFacets,
	GDay:         commonFacets | boundFacets,
	GMonth:       commonFacets | boundFacets,
	HexBinary:    commonFacets | lengthFacets,
	Base64Binary: commonFacets | lengthFacets,
	AnyURI:       commonFacets | lengthFacets,
	QName:        commonFacets | lengthFacets,
	NOTATION:     commonFacets | lengthFacets,
}

func (t *Type) applicable() facetSet {
	switch t.variety {
	case List:
		return commonFacets | lengthFacets
	case Union:
		return patternFacet | enumerationFacet
	}
	return applicable[t.primitive]
}

// A Facet is a facet as a schema writes it.
type Facet struct {
	Kind  FacetKind
	Value string
	Fixed bool
	// Resolver knows the namespaces in scope at the facet; only an enumeration
	// of QName or NOTATION asks it.
	Resolver Resolver
}

// A FacetError says which constraint on schema components a facet breaks.
type FacetError struct {
	// Constraint is the standard's name: "cos-applicable-facets",
	// "minLength-valid-restriction", …; and, where the standard has no name, Xerces':
	// "InvalidFacetValue" for what is no value of the facet, "FixedFacetValue"
	// for a change of a fixed one.
	Constraint string
	Index      int    // of the facet in what Restrict was given, -1 if no facet is meant
	Text       string // what is wrong, in English
}

func (e *FacetError) Error() string { return e.Constraint + ": " + e.Text }

// WhiteSpace returns how white space is normalized. For a union, its members
// decide.
func (t *Type) WhiteSpace() WhiteSpace { return t.white }

// Enumeration returns the values an enumeration in force allows, as the schema
// writes them, nil without one.
func (t *Type) Enumeration() []string {
	if t.values == nil {
		return nil
	}
	return t.values.texts
}

// Facets returns the facets in force, inherited ones included, in the order of
// the FacetKinds: for a pattern one facet a derivation, its alternatives joined
// by "|"; for an enumeration one a value.
func (t *Type) Facets() []Facet {
	var fs []Facet
	add := func(k FacetKind, value string) {
		fs = append(fs, Facet{Kind: k, Value: value, Fixed: t.fixed&(1<<k) != 0})
	}
	for k := range facetKinds {
		if t.has&(1<<k) == 0 {
			continue
		}
		switch k {
		case PatternFacet:
			for _, s := range t.steps {
				add(k, s.text)
			}
		case EnumerationFacet:
			for _, v := range t.values.texts {
				add(k, v)
			}
		default:
			add(k, t.facetText(k))
		}
	}
	return fs
}

// facetText returns the value in force of a facet that has one value, or the
// values of an enumeration as a list in brackets.
func (t *Type) facetText(k FacetKind) string {
	switch k {
	case LengthFacet:
		return strconv.Itoa(t.length)
	case MinLengthFacet:
		return strconv.Itoa(t.min)
	case MaxLengthFacet:
		return strconv.Itoa(t.max)
	case TotalDigitsFacet:
		return strconv.Itoa(t.total)
	case FractionDigitsFacet:
		return strconv.Itoa(t.fraction)
	case WhiteSpaceFacet:
		return t.white.String()
	case EnumerationFacet:
		return "[" + strings.Join(t.values.texts, ", ") + "]"
	}
	for i := range t.bounds {
		if t.bounds[i].facet == k {
			return t.bounds[i].text
		}
	}
	return ""
}

// An enumeration is the values that an enumeration facet allows.
type enumeration struct {
	texts  []string
	keys   map[string]struct{} // characters if plain, else keys
	plain  bool                // a value is its characters
	floats []float             // instead of keys, in their order
	items  int                 // of the longest value, where these are lists
}

func (e *enumeration) hasFloat(x *float) bool {
	for list := e.floats; len(list) > 0; { // slices.BinarySearchFunc would have x allocated
		middle := len(list) / 2
		switch o := orderFloats(x, &list[middle]); {
		case o == 0:
			return true
		case o < 0:
			list = list[:middle]
		default:
			list = list[middle+1:]
		}
	}
	return false
}

// orderFloats is their order with NaN behind all others.
func orderFloats(a, b *float) int {
	switch a.compare(b) {
	case less:
		return -1
	case equal:
		return 0
	case incomparable:
		if !math.IsNaN(a.value()) {
			return -1
		}
	}
	return 1
}
