package schema

import "slices"

// match finds what the open element's model takes the name for: a declaration
// or a wildcard, and moves the model on. Nothing found is cvc-complex-type 2.4.
func (v *validator) match(f *frame, sym symbol, space spaceID) (*Element, *Wildcard) {
	m := f.model
	if m.all != nil {
		return v.matchAll(f, sym), nil
	}
	if m.ambiguous {
		v.work -= stateWork * v.states.count()
		return v.states.match(sym, space)
	}
	for i := f.link; i != accept; {
		l := &m.links[i]
		if l.slot < 0 || v.counters[f.counters+l.slot] < l.max {
			e, tried := l.take(sym, space)
			v.work -= wildWork * tried
			if e != nil {
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
		v.work--
		i = l.next
	}
	return nil, nil
}

// take returns the entry that takes a name, nil if none does, and how many
// wildcards it has tried.
func (l *link) take(sym symbol, space spaceID) (e *entry, tried int) {
	if sym != 0 {
		if l.sym == sym {
			return &l.entry, 0
		}
		if l.entries != nil {
			if e := l.find(sym); e != nil {
				return e, 0
			}
		}
	}
	for i := range l.wild {
		if l.wild[i].any.admits(space) {
			return &l.wild[i], i + 1
		}
	}
	return nil, len(l.wild)
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
			if required&^v.counters[f.counters+int32(i)] != 0 {
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
			v.work--
			i = l.next
		}
	}
}

// expected lists the particles that could come next, or maxExpected and one
// more of them.
func (v *validator) expected(f *frame) (list []*Particle) {
	v.follow(f, func(p *Particle) {
		if len(list) <= maxExpected && !slices.Contains(list, p) {
			list = append(list, p)
		}
	})
	return list
}

// follow yields the particles that could come next, some more than once.
func (v *validator) follow(f *frame, yield func(*Particle)) {
	m := f.model
	switch {
	case m.all != nil:
		for i, p := range m.all.particle {
			if v.counters[f.counters+int32(i)/32]&(1<<(i%32)) == 0 {
				yield(p)
			}
		}
	case m.ambiguous:
		v.states.follow(yield)
	default:
		m.follow(f.link, v.counters[f.counters:], yield)
	}
}

func (m *model) follow(head int32, counters []int32, yield func(*Particle)) {
	for i := head; i != accept; {
		l := &m.links[i]
		if l.slot < 0 || counters[l.slot] < l.max {
			if l.sym != 0 {
				yield(m.positions[l.pos].particle)
			}
			for k := range l.entries {
				yield(m.positions[l.entries[k].pos].particle)
			}
			for k := range l.wild {
				yield(m.positions[l.wild[k].pos].particle)
			}
		}
		if !l.pass && (!l.loop || counters[l.slot] < l.min) {
			break
		}
		i = l.next
	}
}
