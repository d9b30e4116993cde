package formats

import "strings"

// A Description is what a release says about messages, in a form that two
// releases can be compared by. Whoever has read the release makes it.
type Description struct {
	Operations []Operation
	Components []Component
}

// An Operation is one operation at one path.
type Operation struct {
	Path, Name    string
	Service, Doc  string
	Action        string
	Headers       []string // names of the request's header blocks
	Input, Output string   // names of the elements; Output "" if one-way
}

// A Component is a global element or a named type, with everything in it that
// has no name of its own.
type Component struct {
	Name string // "element {namespace}local" or "type {namespace}local"
	// In and Out say whether requests and answers can contain it.
	In, Out bool
	Nodes   []Node
}

// A Node is one place in a component: the component itself, an element below
// it, or an attribute.
type Node struct {
	Path     string // "" is the component; then "/a/b", "/a/@c"; "*" is a wildcard
	Min, Max int    // occurrence below the parent, all groups considered; Max < 0 is unbounded
	// Type is the name of its type, or what it refers to; "" if it has no name.
	Type string
	// Ancestors are the built-in types its values are of, nearest first; empty
	// for elements with children.
	Ancestors []string
	Facets    []Facet
	Value     string   // "fixed …" or "default …"
	Flags     []string // Nillable, Abstract, Mixed, "extends …", in order
	Keys      []string
	// Model is how its child elements combine; nil if it has none of its own.
	Model *Model
}

// Flags of a Node that make a type or element accept more or less.
const (
	Nillable = "nillable"
	Abstract = "abstract"
	Mixed    = "mixed"
)

// A Facet is one facet of a simple type in force.
type Facet struct{ Kind, Value string }

// A Model is a content model: an element by its path, or a group of models.
type Model struct {
	Path  string // of an element
	Group string // "sequence", "choice", "all"
	Parts []*Model
}

// skeleton writes the order and choices of the elements that are in common.
// Occurrences are compared by themselves, so that groups of one and sequences
// within sequences vanish.
func (m *Model) skeleton(common map[string]bool) string {
	if m == nil {
		return ""
	}
	if m.Group == "" {
		if !common[m.Path] {
			return ""
		}
		return m.Path[strings.LastIndexByte(m.Path, '/')+1:]
	}
	var parts []string
	for _, p := range m.Parts {
		s := p.skeleton(common)
		if s == "" {
			continue
		}
		if m.Group == "sequence" && p.Group == "sequence" {
			s = strings.TrimSuffix(strings.TrimPrefix(s, "("), ")")
		}
		parts = append(parts, s)
	}
	switch {
	case len(parts) == 0:
		return ""
	case len(parts) == 1:
		return parts[0]
	case m.Group == "choice":
		return "(" + strings.Join(parts, " | ") + ")"
	case m.Group == "all":
		return "(" + strings.Join(parts, " & ") + ")"
	}
	return "(" + strings.Join(parts, ", ") + ")"
}
