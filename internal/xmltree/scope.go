package xmltree

// A Scope is the namespaces in force at a place in a tree. It goes from place
// to place at the cost of the declarations that come and go, while
// LookupNamespace walks over all that are in force, a thousand perhaps. The zero
// Scope is for any tree; Leave makes it so again.
type Scope struct {
	decl   uint32
	spaces []string // by the number of the prefix
	path   []uint32 // while it moves inward
}

// Lookup is t.LookupNamespace. Until Leave, the tree has to be the same.
func (s *Scope) Lookup(t *Tree, n Node, prefix []byte) (space string, ok bool) {
	if string(prefix) == "xml" {
		return NamespaceXML, true
	}
	s.move(t, t.nodes[n].decl)
	if number, known := t.names.prefixOf[string(prefix)]; known && int(number) < len(s.spaces) {
		space = s.spaces[number]
	}
	return space, space != "" || len(prefix) == 0
}

// Leave goes back to where nothing is declared.
func (s *Scope) Leave(t *Tree) { s.move(t, 0) }

func (s *Scope) move(t *Tree, to uint32) {
	if s.decl == to {
		return
	}
	if n := len(t.names.prefixes) - len(s.spaces); n > 0 {
		s.spaces = append(s.spaces, make([]string, n)...)
	}
	// What is declared further out has the smaller number.
	from, in := s.decl, to
	for s.path = s.path[:0]; from != in; {
		if from > in {
			d := &t.decls[from]
			s.spaces[d.number] = t.names.spaces[d.hides]
			from = d.outer
		} else {
			s.path = append(s.path, in)
			in = t.decls[in].outer
		}
	}
	for i := len(s.path) - 1; i >= 0; i-- {
		d := &t.decls[s.path[i]]
		s.spaces[d.number] = d.space
	}
	s.decl = to
}
