package schema

import (
	"slices"
	"sort"

	"github.com/soapgate/soapgate/internal/schema/datatype"
)

// An attrTable is what the validator asks about a type's attributes.
type attrTable struct {
	uses     []attrUse // by symbol
	required int
	defaults []*AttributeUse // that bring in IDs or IDREFs
	any      *Wildcard
}

type attrUse struct {
	sym   symbol
	use   *AttributeUse
	value *ValueConstraint
}

// sortedLookup is how many entries a table has before it is searched by halves.
const sortedLookup = 12

func (s *Set) attrTable(t *ComplexType) *attrTable {
	a := &attrTable{any: t.AnyAttribute}
	for _, u := range t.Attributes {
		a.uses = append(a.uses, attrUse{
			sym: s.symbol(u.Attribute.Name), use: u, value: u.value(),
		})
		if u.Required {
			a.required++
		}
		if u.value() != nil && !u.Required && u.Attribute.Type.Data.Uses()&(datatype.UsesID|datatype.UsesIDREF) != 0 {
			a.defaults = append(a.defaults, u)
		}
	}
	slices.SortFunc(a.uses, func(x, y attrUse) int { return int(x.sym) - int(y.sym) })
	return a
}

// find returns the index of an attribute use, -1 if there is none.
func (a *attrTable) find(sym symbol) int {
	if sym == 0 {
		return -1
	}
	if len(a.uses) <= sortedLookup {
		for i := range a.uses {
			if a.uses[i].sym == sym {
				return i
			}
		}
		return -1
	}
	i := sort.Search(len(a.uses), func(i int) bool { return a.uses[i].sym >= sym })
	if i < len(a.uses) && a.uses[i].sym == sym {
		return i
	}
	return -1
}

// admits is allows by numbers.
func (w *Wildcard) admits(space spaceID) bool {
	if !w.Not {
		_, found := slices.BinarySearch(w.spaces, space)
		return found
	}
	return len(w.spaces) == 0 || space != absentSpace && space != w.spaces[0]
}

func (w *Wildcard) number(s *Set) {
	w.spaces = w.spaces[:0]
	for _, name := range w.Spaces {
		w.spaces = append(w.spaces, s.space(name))
	}
	slices.Sort(w.spaces)
}

// numberSpaces numbers the namespaces of a type's wildcards.
func (t *ComplexType) numberSpaces(s *Set) {
	if t.AnyAttribute != nil {
		t.AnyAttribute.number(s)
	}
	if t.model == nil {
		return
	}
	for i := range t.model.positions {
		if w := t.model.positions[i].particle.Any; w != nil {
			w.number(s)
		}
	}
}
