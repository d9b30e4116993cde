package schema

// upa checks Unique Particle Attribution (3.8.6 cos-nonambig): wherever in the
// model an element or wildcard particle ends, what may follow can be told
// apart by name alone.
func (b *modelBuilder) upa() {
	m := b.m
	if m.all != nil || b.distinct() {
		return
	}
	seen := make(map[int32]bool)
	b.chain(m.start, seen)
	for i := range m.positions {
		b.chain(m.positions[i].next, seen)
	}
}

// distinct reports whether no name occurs twice in the model and there is no
// wildcard, as in nearly all of them; then nothing can be ambiguous.
func (b *modelBuilder) distinct() bool {
	names := make(map[symbol]bool)
	for i := range b.m.positions {
		p := b.m.positions[i].particle
		if p.Any != nil {
			return false
		}
		for _, e := range append([]*Element{p.Element}, p.Element.members...) {
			sym := b.set.symbol(e.Name)
			if names[sym] {
				return false
			}
			names[sym] = true
		}
	}
	return true
}

// chain checks what may follow along one chain.
func (b *modelBuilder) chain(head int32, seen map[int32]bool) {
	if head == accept || seen[head] {
		return
	}
	seen[head] = true
	follow := followSet{b: b, elements: make(map[symbol]int32)}
	for i := head; i != accept; {
		l := &b.m.links[i]
		if !b.count(b.at, 1+len(l.entries)+len(l.wild)) {
			return
		}
		// A loop of exactly n rounds either goes on or ends, never both.
		exact := l.loop && !l.pass && l.min == l.max
		if !follow.add(l, !exact) {
			return
		}
		if !l.pass && !l.loop {
			return
		}
		i = l.next
	}
}

// A followSet is what may follow one position.
type followSet struct {
	b        *modelBuilder
	elements map[symbol]int32
	wild     []int32
}

// add checks a link against the set and, if keep, adds it. It is false after
// an error.
func (f *followSet) add(l *link, keep bool) bool {
	entries := l.entries
	if l.sym != 0 {
		entries = []entry{l.entry}
	}
	// Within one link names may meet as well: in a choice.
	mine := followSet{b: f.b, elements: make(map[symbol]int32)}
	for _, e := range entries {
		if pos, ok := f.elements[e.sym]; ok && pos != e.pos {
			return f.ambiguous(pos, e.pos)
		}
		if pos, ok := mine.elements[e.sym]; ok && pos != e.pos {
			return f.ambiguous(pos, e.pos)
		}
		if w, ok := f.wildFor(e.element.Name.Space); ok {
			return f.ambiguous(w, e.pos)
		}
		mine.elements[e.sym] = e.pos
	}
	for _, w := range l.wild {
		any := w.any
		for _, set := range []*followSet{f, &mine} {
			if pos, ok := set.elementFor(any); ok {
				return f.ambiguous(pos, w.pos)
			}
			for _, o := range set.wild {
				if o != w.pos && any.overlaps(f.b.m.positions[o].particle.Any) {
					return f.ambiguous(o, w.pos)
				}
			}
		}
		mine.wild = append(mine.wild, w.pos)
	}
	if keep {
		for sym, pos := range mine.elements {
			f.elements[sym] = pos
		}
		f.wild = append(f.wild, mine.wild...)
	}
	return true
}

func (f *followSet) wildFor(space string) (pos int32, ok bool) {
	for _, w := range f.wild {
		if f.b.m.positions[w].particle.Any.allows(space) {
			return w, true
		}
	}
	return 0, false
}

func (f *followSet) elementFor(any *Wildcard) (pos int32, ok bool) {
	for sym, pos := range f.elements {
		if any.allows(f.b.set.names[sym].name.Space) {
			return pos, true
		}
	}
	return 0, false
}

// overlaps reports whether there is a namespace that both admit.
func (w *Wildcard) overlaps(o *Wildcard) bool {
	i, ok := w.intersect(o)
	return !ok || i.Not || len(i.Spaces) > 0
}

func (f *followSet) ambiguous(a, b int32) bool {
	p, q := f.b.m.positions[a].particle, f.b.m.positions[b].particle
	f.b.errorf(f.b.at, "cos-nonambig", "%s and %s (or members of their substitution groups) can both take the same element here",
		p.term(), q.term())
	return false
}

// term names a particle's term for messages.
func (p *Particle) term() string {
	switch {
	case p.Element != nil:
		return "element " + p.Element.Name.String()
	case p.Any != nil:
		return "wildcard " + p.Any.String()
	}
	return p.Group.Compositor.String()
}

// ambiguous reports whether, after some position, two rounds of different
// loops can take the same particle, and which of them is taken matters to a
// lower bound. With upper bounds only, staying in the inner loop is never
// worse; a loop of exactly n rounds leaves no choice.
func (b *modelBuilder) ambiguous() bool {
	if b.m.counters == 0 {
		return false
	}
	found := false
	for i := range b.m.positions {
		found = found || b.chainAmbiguous(b.m.positions[i].next)
	}
	if !found {
		return false
	}
	b.m.bounds, b.m.free = make([]int32, b.m.counters), make([]bool, b.m.counters)
	for i := range b.m.links {
		if l := &b.m.links[i]; l.slot >= 0 {
			b.m.bounds[l.slot], b.m.free[l.slot] = l.bound(), l.pass
		}
	}
	for i := range b.m.positions {
		states, around := 1, b.m.positions[i].counters
		free := b.m.freeCounter(around)
		b.m.positions[i].free = free
		for _, slot := range around {
			if slot != free {
				states = mulCount(states, int(b.m.bounds[slot])+1)
			}
		}
		b.m.states = max(b.m.states, states)
		if states > maxStates {
			b.limit(b.at, "nested repetitions of the content model are ambiguous and need more than %d states", maxStates)
		}
	}
	return true
}

// maxStates bounds the counter states that an ambiguous model may be in at once.
const maxStates = 256

// bound is where counting may stop because nothing depends on more.
func (l *link) bound() int32 {
	if l.max == int32(Unbounded) {
		return l.min
	}
	return l.max
}

func (b *modelBuilder) chainAmbiguous(head int32) bool {
	first := make(map[int32]int) // by position: lower bounds before the link that takes it first
	bounds := 0
	for i := head; i != accept; i = b.m.links[i].next {
		l := &b.m.links[i]
		if !b.count(b.at, 1) {
			return false
		}
		before := bounds
		lower := l.loop && !l.pass
		if lower {
			bounds++
		}
		entries := l.entries
		if l.sym != 0 {
			entries = []entry{l.entry}
		}
		for _, list := range [2][]entry{entries, l.wild} {
			for _, e := range list {
				since, ok := first[e.pos]
				if ok && bounds > since {
					return true
				}
				if !ok && !(lower && l.min == l.max) {
					first[e.pos] = before
				}
			}
		}
		if !l.pass && !l.loop {
			break
		}
	}
	return false
}
