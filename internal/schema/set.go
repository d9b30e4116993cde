package schema

import (
	"iter"
	"slices"
	"sync"

	"github.com/soapgate/soapgate/internal/schema/datatype"
)

// A symbol numbers a name that occurs in the Set; 0 is every other name.
type symbol uint32

// A spaceID numbers a namespace that occurs in the Set; 0 is every other one.
type spaceID uint32

// absentSpace is the number of the absent namespace.
const absentSpace spaceID = 1

// A Set is the schema that Compile makes of its documents (Part 1 3.15.1).
type Set struct {
	elements        map[Name]*Element
	attributes      map[Name]*Attribute
	types           map[Name]Type
	groups          map[Name]*GroupDefinition
	attributeGroups map[Name]*AttributeGroup
	constraints     map[Name]*Constraint
	notations       map[Name]*Notation

	anyType       *ComplexType
	anySimpleType *SimpleType
	wellKnown     map[Name]*Attribute // see there

	symbols map[Name]symbol
	names   []namedSymbol // by symbol
	spaces  map[string]spaceID

	pool sync.Pool // of *validator
}

type namedSymbol struct {
	symbolInfo
	name Name
}

// symbolInfo is what the validator asks about a name.
type symbolInfo struct {
	space     spaceID
	element   *Element   // the global declaration
	attribute *Attribute // likewise
	special   special
}

// A special names the attributes that the standard itself defines (2.6).
type special uint8

const (
	notSpecial special = iota
	xsiType
	xsiNil
	xsiHint // schemaLocation, noNamespaceSchemaLocation
)

func newSet() *Set {
	s := &Set{
		elements: make(map[Name]*Element), attributes: make(map[Name]*Attribute), types: make(map[Name]Type),
		groups: make(map[Name]*GroupDefinition), attributeGroups: make(map[Name]*AttributeGroup),
		constraints: make(map[Name]*Constraint), notations: make(map[Name]*Notation),
		wellKnown: make(map[Name]*Attribute),
		symbols:   make(map[Name]symbol), names: make([]namedSymbol, 1), spaces: map[string]spaceID{"": absentSpace},
	}
	s.builtins()
	return s
}

// builtins enters what is in every schema: the built-in types, anyType and the
// attributes of the namespaces xml and xsi.
func (s *Set) builtins() {
	s.anyType = &ComplexType{
		Name: Name{NamespaceXSD, "anyType"}, Method: Restriction, Content: MixedContent, state: built,
		Particle:     &Particle{Min: 1, Max: 1, Group: &Group{Particles: []*Particle{{Max: Unbounded, Any: &Wildcard{Not: true, Process: Lax}}}}},
		AnyAttribute: &Wildcard{Not: true, Process: Lax},
	}
	s.anyType.Base = s.anyType
	s.types[s.anyType.Name] = s.anyType
	byData := make(map[*datatype.Type]*SimpleType)
	for _, data := range datatype.Builtins() {
		t := &SimpleType{Name: Name{NamespaceXSD, data.Name()}, Data: data, state: built, Base: s.anyType}
		if b := byData[data.Base()]; b != nil {
			t.Base = b
		}
		switch data.Variety() {
		case datatype.Atomic:
			t.Variety = Restriction
		case datatype.List:
			t.Variety, t.Item = List, byData[data.Item()]
		case datatype.Absent:
			s.anySimpleType = t
		}
		byData[data] = t
		s.types[t.Name] = t
	}
	s.wellKnownAttributes()
}

func (s *Set) simple(local string) *SimpleType {
	t, _ := s.types[Name{NamespaceXSD, local}].(*SimpleType)
	return t
}

// symbol returns the number of a name, a new one if need be.
func (s *Set) symbol(name Name) symbol {
	if sym, ok := s.symbols[name]; ok {
		return sym
	}
	sym := symbol(len(s.names))
	s.symbols[name] = sym
	s.names = append(s.names, namedSymbol{symbolInfo{space: s.space(name.Space), element: s.elements[name], attribute: s.attributes[name]}, name})
	return sym
}

func (s *Set) space(name string) spaceID {
	id, ok := s.spaces[name]
	if !ok {
		id = spaceID(len(s.spaces) + 1)
		s.spaces[name] = id
	}
	return id
}

// Element returns the global element declaration of that name, nil if none.
func (s *Set) Element(space, local string) *Element { return s.elements[Name{space, local}] }

// Type returns the global or built-in type of that name, nil if none.
func (s *Set) Type(space, local string) Type { return s.types[Name{space, local}] }

// Elements ranges over the global element declarations by name.
func (s *Set) Elements() iter.Seq[*Element] { return byName(s.elements) }

// Types ranges over the global types by name, built-in ones included.
func (s *Set) Types() iter.Seq[Type] { return byName(s.types) }

// Attributes ranges over the global attribute declarations by name.
func (s *Set) Attributes() iter.Seq[*Attribute] { return byName(s.attributes) }

// Groups ranges over the model group definitions by name.
func (s *Set) Groups() iter.Seq[*GroupDefinition] { return byName(s.groups) }

// AttributeGroups ranges over the attribute group definitions by name.
func (s *Set) AttributeGroups() iter.Seq[*AttributeGroup] { return byName(s.attributeGroups) }

func byName[T any](m map[Name]T) iter.Seq[T] {
	names := make([]Name, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	slices.SortFunc(names, compareNames)
	return func(yield func(T) bool) {
		for _, n := range names {
			if !yield(m[n]) {
				return
			}
		}
	}
}
