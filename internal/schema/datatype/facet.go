package datatype

import (
	"fmt"
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

// A bound is a bounding facet with its value.
type bound struct {
	facet    FacetKind
	text     string
	decimal  decimal
	number   float64
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
		b.number = parseFloat(v, p)
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
		return compareFloat(b.number, c.number)
	case Duration:
		return b.duration.compare(&c.duration)
	}
	return b.instant.compare(&c.instant)
}

// An enumeration is the values that an enumeration facet allows.
type enumeration struct {
	texts []string
	keys  map[string]struct{} // characters if plain, else keys
	plain bool                // a value is its characters
}

// A code is what is wrong with a value.
type code uint8

const (
	notAtomic code = iota
	notList
	notUnion
	notFacet // and then the facet tells
)

// A fault is a violation before it is put into words.
type fault struct {
	code   code
	facet  FacetKind
	step   int    // of a pattern
	actual int    // length or digits
	typ    *Type  // the type that refuses
	value  []byte // normalized
}

// A Violation says why a value is not valid.
type Violation struct {
	Code   string    // validation rule: "cvc-datatype-valid.1.2.1", "cvc-maxLength-valid", …
	Value  string    // the value, normalized, cut when it is long
	Type   *Type     // the type that refuses; for a list an item's, where that refuses
	Facet  FacetKind // where a facet refuses: Code is "cvc-<facet>-valid"
	Limit  string    // the facet's value: number, bound, pattern, enumeration in brackets
	Actual int       // the length or number of digits where the facet limits these
}

// maxShown is how many bytes of a value a Violation shows.
const maxShown = 256

func (f *fault) violation() *Violation {
	shown := f.value[:min(len(f.value), maxShown)]
	if f.typ.variety == List {
		shown = appendNormal(nil, shown, Collapse)
	}
	v := &Violation{Type: f.typ, Actual: f.actual, Value: string(shown)}
	if len(f.value) > maxShown {
		v.Value = strings.ToValidUTF8(v.Value, "") + "…"
	}
	switch f.code {
	case notAtomic:
		v.Code, v.Type = "cvc-datatype-valid.1.2.1", f.typ.lexical
	case notList:
		v.Code = "cvc-datatype-valid.1.2.2"
	case notUnion:
		v.Code = "cvc-datatype-valid.1.2.3"
	default:
		v.Code, v.Facet = "cvc-"+f.facet.String()+"-valid", f.facet
		if f.facet == PatternFacet {
			v.Limit = f.typ.steps[f.step].text
		} else {
			v.Limit = f.typ.facetText(f.facet)
		}
	}
	return v
}

// Error returns the violation in the words that Xerces made familiar.
func (v *Violation) Error() string {
	switch v.Code {
	case "cvc-datatype-valid.1.2.1":
		return fmt.Sprintf("%s: '%s' is not a valid value for '%s'.", v.Code, v.Value, v.Type.name)
	case "cvc-datatype-valid.1.2.2":
		return fmt.Sprintf("%s: '%s' is not a valid value of list type '%s'.", v.Code, v.Value, v.Type.name)
	case "cvc-datatype-valid.1.2.3":
		return fmt.Sprintf("%s: '%s' is not a valid value of union type '%s'.", v.Code, v.Value, v.Type.name)
	}
	switch k := v.Facet; k {
	case EnumerationFacet:
		return fmt.Sprintf("%s: Value '%s' is not facet-valid with respect to enumeration '%s'. It must be a value from the enumeration.",
			v.Code, v.Value, v.Limit)
	case LengthFacet, MinLengthFacet, MaxLengthFacet:
		return fmt.Sprintf("%s: Value '%s' with length = '%d' is not facet-valid with respect to %s '%s' for type '%s'.",
			v.Code, v.Value, v.Actual, k, v.Limit, v.Type.name)
	case TotalDigitsFacet:
		return fmt.Sprintf("%s: Value '%s' has %d total digits, but the number of total digits has been limited to %s.",
			v.Code, v.Value, v.Actual, v.Limit)
	case FractionDigitsFacet:
		return fmt.Sprintf("%s: Value '%s' has %d fraction digits, but the number of fraction digits has been limited to %s.",
			v.Code, v.Value, v.Actual, v.Limit)
	default:
		return fmt.Sprintf("%s: Value '%s' is not facet-valid with respect to %s '%s' for type '%s'.",
			v.Code, v.Value, k, v.Limit, v.Type.name)
	}
}
