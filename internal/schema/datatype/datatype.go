// Package datatype decides which characters are a value of a simple type, which
// values are the same, and in which order they are: XML Schema 1.0 (second
// edition), Part 2.
//
// It has the built-in types, derivation by restriction, list and union with
// the constraints on facets, and validation of a value without building one.
// What takes a whole document to decide is the caller's: that an ID is unique
// and an IDREF has its ID, that an ENTITY or a NOTATION is declared.
//
// Time and memory are linear in the value. Numbers have any length and are
// compared as digits. Years, and each number of a duration, may have fifteen
// digits; the standard asks for four.
package datatype

import (
	"slices"

	"github.com/soapgate/soapgate/internal/schema/regex"
)

// A Variety is how a type is made (Part 2 2.5.1).
type Variety uint8

// The varieties. Absent is that of anySimpleType.
const (
	Absent Variety = iota
	Atomic
	List
	Union
)

// A Primitive is a primitive type, which the value space of an atomic type is
// part of (Part 2 3.2).
type Primitive uint8

// The primitive types. None is that of types that are not atomic.
const (
	None Primitive = iota
	String
	Boolean
	Decimal
	Float
	Double
	Duration
	DateTime
	Time
	Date
	GYearMonth
	GYear
	GMonthDay
	GDay
	GMonth
	HexBinary
	Base64Binary
	AnyURI
	QName
	NOTATION
)

// A Use is what a value of a type has to be checked for besides its type, or
// needs besides its characters.
type Use uint8

// The uses. A list or a union has those of its items and members, so that only
// some of its values may be put to such a use; Atoms tells which.
const (
	UsesID     Use = 1 << iota // ID or derived from it
	UsesIDREF                  // IDREF
	UsesENTITY                 // ENTITY
	UsesQName                  // QName or NOTATION: wants a Resolver
)

// A Resolver knows the namespaces in scope where a value stands.
type Resolver interface {
	// ResolvePrefix returns the namespace name a prefix is bound to. For the
	// empty prefix that is the default namespace, "" and true without one.
	ResolvePrefix(prefix []byte) (space string, ok bool)
}

// A Type is a simple type. It is immutable and may be used by many goroutines.
type Type struct {
	name      string
	base      *Type
	variety   Variety
	primitive Primitive
	form      form
	lexical   *Type // the built-in type that gives the lexical form, perhaps itself
	item      *Type
	members   []*Type
	starts    *starts // of members
	uses      Use

	white    WhiteSpace
	has      facetSet // facets in force, inherited ones included
	fixed    facetSet
	length   int
	min, max int // of length
	total    int
	fraction int
	steps    []patternStep // every step has to match
	values   *enumeration
	bounds   []bound // in the order in which they are checked
}

// A patternStep is the patterns of one derivation; one of them has to match.
type patternStep struct {
	any  []*regex.Regexp
	text string
}

// Name returns the name the type was made with.
func (t *Type) Name() string { return t.name }

// Base returns the type it is derived from, nil for anySimpleType.
func (t *Type) Base() *Type { return t.base }

// Variety returns how the type is made.
func (t *Type) Variety() Variety { return t.variety }

// Primitive returns the primitive type of an atomic type, else None.
func (t *Type) Primitive() Primitive { return t.primitive }

// Item returns the type of a list's items, nil for other types.
func (t *Type) Item() *Type { return t.item }

// Members returns the member types of a union in order, nil for other types.
func (t *Type) Members() []*Type { return slices.Clone(t.members) }

// Uses returns what values of the type may have to be checked for.
func (t *Type) Uses() Use { return t.uses }

// DerivedFrom reports whether t is b or derived from it by restriction steps,
// list and union leading to anySimpleType.
func (t *Type) DerivedFrom(b *Type) bool {
	for ; t != nil; t = t.base {
		if t == b {
			return true
		}
	}
	return false
}

// Validate checks value against the type (cvc-datatype-valid, cvc-facet-valid).
// White space is normalized as the type says. The resolver may be nil where the
// type does not use QName. It returns nil for a valid value, and then allocates
// nothing, but for a float of more than 32 characters that has to be compared.
func (t *Type) Validate(value []byte, r Resolver) *Violation {
	var f fault
	if t.check(value, r, &f) {
		return nil
	}
	return f.violation()
}

// Atoms calls yield for each atomic value in a valid value with the type that
// made it so: itself, the items of a list, the member type of a union. The
// characters are normalized and hold only during the call. It stops when yield
// returns false.
func (t *Type) Atoms(value []byte, r Resolver, yield func(t *Type, atom []byte) bool) {
	switch t.variety {
	case Union:
		if m := t.member(value, r); m != nil {
			m.Atoms(value, r, yield)
		}
	case List:
		for rest := value; ; {
			var item []byte
			if item, rest = nextItem(rest); item == nil {
				return
			}
			stop := false
			t.item.Atoms(item, r, func(t *Type, atom []byte) bool {
				stop = !yield(t, atom)
				return !stop
			})
			if stop {
				return
			}
		}
	default:
		t.normal(value, func(v []byte) { yield(t, v) })
	}
}

// AppendKey appends the value to dst in a form that is the same for the same
// value: two valid values, of any types, are equal exactly when their keys are.
// Values of different primitive types are never equal. It is not ok, and dst
// unchanged, when the value is not valid.
func (t *Type) AppendKey(dst, value []byte, r Resolver) (key []byte, ok bool) {
	var f fault
	if !t.check(value, r, &f) {
		return dst, false
	}
	return t.appendKey(dst, value, r), true
}

// AppendValidKey is AppendKey for a value that Validate has found valid; of
// another the key means nothing.
func (t *Type) AppendValidKey(dst, value []byte, r Resolver) []byte {
	return t.appendKey(dst, value, r)
}

// Normalize appends value to dst with its white space normalized as the type
// says (Part 1 3.1.4), for a union as its first member type that takes it says.
func (t *Type) Normalize(dst, value []byte, r Resolver) []byte {
	if t.variety == Union {
		m := t.member(value, r)
		if m == nil {
			return appendNormal(dst, value, Collapse)
		}
		return m.Normalize(dst, value, r)
	}
	return appendNormal(dst, value, t.white)
}
