package schema

// match finds what the open element's model takes the name for: a declaration
// or a wildcard, and moves the model on. Nothing found is cvc-complex-type 2.4.
func (v *validator) match(f *frame, sym symbol, space spaceID) (*Element, *Wildcard) {
	m := f.model
	if m.all != nil {
		return v.matchAll(f, sym), nil
	}
	if m.ambiguous {
		return v.states.match(sym, space)
	}
	for i := f.link; i != accept; {
		l := &m.links[i]
		if l.slot < 0 || v.counters[f.counters+l.slot] < l.max {
			if e := l.take(sym, space); e != nil {
				if m.counters > 0 {
					count(v.counters[f.counters:], m, l, e)
				}
				f.link = e.next
				return e.element, e.any
			}
		}
		if !l.pass && (!l.loop || v.counters[f.counters+l.slot] < l.min) {
			break
		}
		i = l.next
	}
	return nil, nil
}

// take returns the entry that takes a name, nil if none does.
func (l *link) take(sym symbol, space spaceID) *entry {
	if sym != 0 {
		if l.sym == sym {
			return &l.entry
		}
		if l.entries != nil {
			if e := l.find(sym); e != nil {
				return e
			}
		}
	}
	for i := range l.wild {
		if l.wild[i].any.admits(space) {
			return &l.wild[i]
		}
	}
	return nil
}

// entryOf returns the link's entry for a name.
func (l *link) entryOf(sym symbol) *entry {
	if l.sym == sym {
		return &l.entry
	}
	return l.find(sym)
}

// count counts a round and begins the counters within.
func count(counters []int32, m *model, l *link, e *entry) {
	if l.loop && l.slot >= 0 {
		if c := &counters[l.slot]; *c < l.bound() {
			*c++
		}
	}
	inner := m.positions[e.pos].counters
	for _, slot := range inner[:e.resets] {
		counters[slot] = 1
	}
}

func (v *validator) matchAll(f *frame, sym symbol) *Element {
	e, ok := f.model.all.index[sym]
	if !ok || sym == 0 {
		return nil
	}
	word, bit := f.counters+e.pos/32, int32(1)<<(e.pos%32)
	if v.counters[word]&bit != 0 {
		return nil
	}
	v.counters[word] |= bit
	f.link = 0 // something was there
	return e.element
}

// complete checks that the content may end here (cvc-complex-type 2.4.b).
func (v *validator) complete(f *frame) {
	m := f.model
	switch {
	case m.all != nil:
		if m.all.empty && f.link == accept {
			return
		}
		for i, required := range m.all.required {
			if required && v.counters[f.counters+int32(i)/32]&(1<<(i%32)) == 0 {
				v.incomplete(f)
				return
			}
		}
	case m.ambiguous:
		if !v.states.complete() {
			v.incomplete(f)
		}
	default:
		for i := f.link; i != accept; {
			l := &m.links[i]
			if !l.pass && (!l.loop || v.counters[f.counters+l.slot] < l.min) {
				v.incomplete(f)
				return
			}
			i = l.next
		}
	}
}

// expected lists the particles that could come next.
func (v *validator) expected(f *frame) (list []*Particle) {
	m := f.model
	if m.all != nil {
		for i, p := range m.all.particle {
			if v.counters[f.counters+int32(i)/32]&(1<<(i%32)) == 0 {
				list = append(list, p)
			}
		}
		return list
	}
	if m.ambiguous {
		return v.states.expected()
	}
	return m.expected(f.link, v.counters[f.counters:], nil)
}

func (m *model) expected(head int32, counters []int32, list []*Particle) []*Particle {
	add := func(e *entry) {
		p := m.positions[e.pos].particle
		for _, q := range list {
			if p == q {
				return
			}
		}
		list = append(list, p)
	}
	for i := head; i != accept; {
		l := &m.links[i]
		if l.slot < 0 || counters[l.slot] < l.max {
			if l.sym != 0 {
				add(&l.entry)
			}
			for k := range l.entries {
				add(&l.entries[k])
			}
			for k := range l.wild {
				add(&l.wild[k])
			}
		}
		if !l.pass && (!l.loop || counters[l.slot] < l.min) {
			break
		}
		i = l.next
	}
	return list
}
