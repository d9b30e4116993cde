package schema

import (
	"github.com/soapgate/soapgate/internal/schema/datatype"
)

// A Name is an expanded name. The zero Name is that of anonymous components.
type Name struct{ Space, Local string }

// String returns the name as {namespace}local, or local without a namespace.
func (n Name) String() string {
	if n.Space == "" {
		return n.Local
	}
	return "{" + n.Space + "}" + n.Local
}

// Unbounded is the Max of a particle that may occur any number of times.
const Unbounded = int(^uint32(0) >> 1)

// A Derivation is a set of ways to derive a type or to stand for an element.
type Derivation uint8

// The members of a Derivation.
const (
	Restriction Derivation = 1 << iota
	Extension
	Substitution
	List
	Union
)

// A Type is a *SimpleType or a *ComplexType.
type Type interface {
	// TypeName is the name, zero for an anonymous type.
	TypeName() Name
	// BaseType is the type it is derived from; that of anyType is anyType.
	BaseType() Type
	final() Derivation
}

// A SimpleType is a simple type definition (Part 1 3.14).
type SimpleType struct {
	Name    Name
	Base    Type // a *SimpleType, but for anySimpleType
	Final   Derivation
	Variety Derivation     // List, Union, or Restriction for an atomic type; 0 for anySimpleType
	Item    *SimpleType    // of a list
	Members []*SimpleType  // of a union
	Data    *datatype.Type // the values: facets, lexical forms, comparison

	src      source
	state    buildState
	original *SimpleType // what it redefines
}

// TypeName returns the name, zero for an anonymous type.
func (t *SimpleType) TypeName() Name { return t.Name }

// BaseType returns the type it is derived from.
func (t *SimpleType) BaseType() Type    { return t.Base }
func (t *SimpleType) final() Derivation { return t.Final }

// A ContentKind is the content type's variety of a complex type (Part 1 3.4.1).
type ContentKind uint8

// The kinds of content.
const (
	EmptyContent ContentKind = iota
	SimpleContent
	ElementContent
	MixedContent
)

// A ComplexType is a complex type definition (Part 1 3.4).
type ComplexType struct {
	Name         Name
	Base         Type
	Method       Derivation // Restriction or Extension
	Final, Block Derivation
	Abstract     bool
	Content      ContentKind
	Simple       *SimpleType     // with SimpleContent
	Particle     *Particle       // with ElementContent and MixedContent; nil: no element may occur
	Attributes   []*AttributeUse // inherited ones included
	AnyAttribute *Wildcard

	src      source
	state    buildState
	original *ComplexType
	own      *Particle // the particle the type itself gives, without an extended base's
	model    *model
	attrs    *attrTable
	derived  derivedTree
}

// TypeName returns the name, zero for an anonymous type.
func (t *ComplexType) TypeName() Name { return t.Name }

// BaseType returns the type it is derived from.
func (t *ComplexType) BaseType() Type    { return t.Base }
func (t *ComplexType) final() Derivation { return t.Final }

// A ValueConstraint is a default or fixed value, as the schema writes it.
type ValueConstraint struct {
	Fixed bool
	Text  string

	key []byte // of a fixed value in its type's value space
}

// An Element is an element declaration (Part 1 3.3).
type Element struct {
	Name         Name
	Type         Type
	Global       bool
	Nillable     bool
	Abstract     bool
	Final, Block Derivation
	Value        *ValueConstraint
	Head         *Element // of the substitution group it joins
	Constraints  []*Constraint

	src     source
	state   buildState
	members []*Element // that may stand for it, itself excluded, blocks applied
}

// An Attribute is an attribute declaration (Part 1 3.2).
type Attribute struct {
	Name   Name
	Type   *SimpleType
	Global bool
	Value  *ValueConstraint

	src   source
	state buildState
}

// An AttributeUse is an attribute as a type uses it (Part 1 3.5).
type AttributeUse struct {
	Attribute *Attribute
	Required  bool
	Value     *ValueConstraint // its own, else the declaration's applies

	src source
}

// value returns the value constraint in force.
func (u *AttributeUse) value() *ValueConstraint {
	if u.Value != nil {
		return u.Value
	}
	return u.Attribute.Value
}

// An AttributeGroup is an attribute group definition (Part 1 3.6).
type AttributeGroup struct {
	Name       Name
	Attributes []*AttributeUse
	Any        *Wildcard

	src      source
	state    buildState
	original *AttributeGroup
}

// A GroupDefinition is a named model group (Part 1 3.7).
type GroupDefinition struct {
	Name  Name
	Group *Group

	src      source
	state    buildState
	original *GroupDefinition
}

// A Compositor says how a group's particles combine.
type Compositor uint8

// The compositors.
const (
	Sequence Compositor = iota
	Choice
	All
)

func (c Compositor) String() string { return [...]string{"sequence", "choice", "all"}[c] }

// A Group is a model group (Part 1 3.8).
type Group struct {
	Compositor Compositor
	Particles  []*Particle
}

// A Particle is a term and how often it may occur (Part 1 3.9). One of
// Element, Group and Any is set.
type Particle struct {
	Min, Max int
	Element  *Element
	Group    *Group
	Any      *Wildcard

	src source
}

// A Process says how strictly what a wildcard admits is validated.
type Process uint8

// The kinds of processing, from weak to strong.
const (
	Skip Process = iota
	Lax
	Strict
)

// A Wildcard admits elements or attributes by namespace (Part 1 3.10).
type Wildcard struct {
	Process Process
	// Not: every namespace but that in Spaces[0] and the absent one; with
	// empty Spaces simply every namespace (##any).
	Not bool
	// Spaces are the namespaces admitted, "" for the absent one.
	Spaces []string

	src    source
	spaces []spaceID // Spaces as numbers of the Set
}

// A ConstraintKind tells identity constraints apart.
type ConstraintKind uint8

// The kinds of identity constraint.
const (
	Unique ConstraintKind = iota
	Key
	KeyRef
)

func (k ConstraintKind) String() string { return [...]string{"unique", "key", "keyref"}[k] }

// A Constraint is an identity-constraint definition (Part 1 3.11).
type Constraint struct {
	Name     Name
	Kind     ConstraintKind
	Selector string   // as the schema writes it
	Fields   []string // likewise
	Refer    *Constraint

	src      source
	selector []locationPath
	fields   [][]locationPath
	reach    int  // how many levels below the selected element the fields look
	referred bool // by a keyref
}

// A Notation is a notation declaration (Part 1 3.12).
type Notation struct {
	Name           Name
	Public, System string

	src source
}
