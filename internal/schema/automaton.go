package schema

import (
	"cmp"
	"slices"
	"sort"
)

// A model is the automaton of a content model. Unique Particle Attribution
// makes it deterministic: what an element is, its name and what came before
// decide alone.
//
// Its states are not sets of positions but places in a chain of links. Behind
// each position (an element or wildcard particle) hangs the chain of what may
// follow: the next round of a repeated particle, the following particles of
// the sequence as far as those before can be left out, and so on outward.
// Chains share their tails, so that a model is linear in its particles.
// Occurrence bounds beyond 0, 1 and unbounded are counters.
type model struct {
	links     []link
	positions []position
	start     int32 // the chain before the first element
	counters  int32
	all       *allModel // an all group instead
	// ambiguous: two rounds of nested repetition can take the same element,
	// so that one count is not enough. See ambiguity.go.
	ambiguous bool
	bounds    []int32 // of the counters of an ambiguous model
	states    int     // that it may be in behind a position
	free      []bool  // whether a counter has only an upper bound
}

// accept is the end of a chain: the content may end here.
const accept int32 = -1

// A link is one possibility of what follows.
type link struct {
	entry           // when a single name can follow; sym is 0 otherwise
	entries []entry // else by symbol, in order
	wild    []entry // of wildcards, tried after names
	next    int32   // the link after it
	loop    bool    // another round of a particle
	pass    bool    // the next link may be tried whatever the counter says
	slot    int32   // the counter of a loop's rounds, -1 if they need not be counted
	min     int32
	max     int32
}

// An entry is a name that can follow and the position it leads to.
type entry struct {
	sym     symbol
	pos     int32
	next    int32     // the chain behind the position
	resets  int32     // how many of the position's counters, inner ones first, begin anew
	element *Element  // the declaration: the particle's or a member's of its substitution group
	any     *Wildcard // instead
}

// A position is an element or wildcard particle of the model.
type position struct {
	next     int32   // the chain behind it
	counters []int32 // around it, innermost first
	free     int32   // of an ambiguous model: see freeCounter
	particle *Particle
}

// An allModel matches the elements of an all group in any order.
type allModel struct {
	index    map[symbol]entry // pos is the particle's number
	required []int32          // the set of particles that must be there
	particle []*Particle
	empty    bool // the whole group may be left out
}

// modelBuilder makes a model.
type modelBuilder struct {
	*compiler
	at source
	m  *model
	// stack of the counters around the particle being built, outermost first.
	counters []int32
}

// build makes the automaton of a particle, nil for content without elements.
func (b *modelBuilder) build(p *Particle) *model {
	switch {
	case p == nil || p.empty():
		b.m.start = accept
		if p != nil && !p.omissible() {
			b.m.links, b.m.start = []link{{slot: -1, next: accept}}, 0
		}
	case allGroup(p):
		b.all(p)
	default:
		b.m.start = b.head(b.particle(p, accept, false), accept)
		b.m.ambiguous = b.ambiguous()
	}
	return b.m
}

// all makes the model of an all group.
func (b *modelBuilder) all(p *Particle) {
	a := &allModel{index: make(map[symbol]entry), empty: p.Min == 0}
	for _, q := range p.Group.Particles {
		if q.Element == nil {
			continue
		}
		i := len(a.particle)
		a.particle = append(a.particle, q)
		if i%32 == 0 {
			a.required = append(a.required, 0)
		}
		if q.Min > 0 {
			a.required[i/32] |= 1 << (i % 32)
		}
		for _, e := range append([]*Element{q.Element}, q.Element.members...) {
			sym := b.set.symbol(e.Name)
			if _, twice := a.index[sym]; twice {
				b.errorf(b.at, "cos-nonambig", "two particles of the all group can take element %q", e.Name)
				continue
			}
			a.index[sym] = entry{sym: sym, pos: int32(i), element: e}
		}
	}
	b.m.all, b.m.start = a, accept
	b.m.counters = int32(len(a.particle)+31) / 32 // a set of particles seen
}

// A fragment is a built particle: what it can begin with, and whether it can
// be left out.
type fragment struct {
	entries, wild []entry
	null          bool
}

// particle builds p before the chain next. In a choice that is repeated
// without bound, a part's own rounds need no counting: (a{1,3}|b)* is (a|b)*.
func (b *modelBuilder) particle(p *Particle, next int32, inLoop bool) fragment {
	p = flatten(p, inLoop)
	if !b.count(b.at, 1) || !b.enter(b.at) {
		return fragment{null: true}
	}
	defer b.leave()
	null := p.omissible()
	slot, loop := int32(-1), int32(-1)
	if p.Max > 1 {
		if p.Max != Unbounded || p.Min > 1 && !null {
			slot = b.m.counters
			b.m.counters++
			b.counters = append(b.counters, slot)
		}
		loop = b.link(link{loop: true, next: next, slot: slot, pass: null || p.Min <= 1, min: int32(p.Min), max: int32(p.Max)})
		next = loop
	}
	f := b.term(p, next)
	f.null = null
	if loop >= 0 {
		b.fill(loop, f)
	}
	if slot >= 0 {
		// Who enters the particle from outside begins its counter, too.
		b.counters = b.counters[:len(b.counters)-1]
		f.entries, f.wild = slices.Clone(f.entries), slices.Clone(f.wild)
		for i := range f.entries {
			f.entries[i].resets++
		}
		for i := range f.wild {
			f.wild[i].resets++
		}
	}
	return f
}

// head makes the link that enters a fragment or, if it can be left out, goes on.
func (b *modelBuilder) head(f fragment, next int32) int32 {
	i := b.link(link{next: next, slot: -1, pass: f.null})
	b.fill(i, f)
	return i
}

// flatten merges groups of one particle with that particle.
func flatten(p *Particle, inLoop bool) *Particle {
	for {
		if inLoop && p.Min <= 1 && p.Max > 1 {
			q := *p
			q.Max, p = 1, &q
		}
		if p.Group == nil || len(p.Group.Particles) != 1 {
			return p
		}
		inner := p.Group.Particles[0]
		lo, hi, ok := collapseOccurs(p.Min, p.Max, inner.Min, inner.Max)
		if !ok {
			return p
		}
		p = &Particle{Min: lo, Max: hi, Element: inner.Element, Group: inner.Group, Any: inner.Any, src: inner.src}
	}
}

// collapseOccurs merges a group of one particle with that particle, where the
// rounds of the two together leave no gap: (a{m,n}){p,q} is a{pm,qn}.
func collapseOccurs(p, q, m, n int) (lo, hi int, ok bool) {
	switch {
	case p == 1 && q == 1:
		return m, n, true
	case m == 1 && n == 1:
		return p, q, true
	case p == 0 && m > 1:
		return 0, 0, false // between none and m there is a gap
	}
	// Rounds k and k+1 give [km,kn] and [(k+1)m,(k+1)n]; the first gap is the widest.
	if q > max(p, 1) && n != Unbounded && max(p, 1)*n+1 < (max(p, 1)+1)*m {
		return 0, 0, false
	}
	return mulCount(p, m), mulCount(q, n), true
}

// omissible reports whether no element at all is valid by p. That is what its
// emptiable says but for a choice of nothing, which has a range from 0 and
// matches nothing, not even nothing (3.8.4).
func (p *Particle) omissible() bool {
	if p.Min == 0 || p.Group == nil {
		return p.Min == 0
	}
	omissible := p.Group.Compositor != Choice
	for _, q := range p.Group.Particles {
		if q.omissible() != omissible {
			return !omissible
		}
	}
	return omissible
}

// term builds one round of p.
func (b *modelBuilder) term(p *Particle, next int32) (f fragment) {
	switch {
	case p.Group == nil:
		return b.leaf(p, next)
	case p.Group.Compositor == Choice:
		inLoop := p.Max == Unbounded && p.Min <= 1
		for _, q := range p.Group.Particles {
			f.add(b.particle(q, next, inLoop))
		}
		return f
	}
	// From the last particle to the first, each before what follows it.
	kids := make([]fragment, len(p.Group.Particles))
	for i := len(kids) - 1; i >= 0; i-- {
		kids[i] = b.particle(p.Group.Particles[i], next, false)
		if i > 0 {
			next = b.head(kids[i], next)
		}
	}
	for _, k := range kids {
		f.add(k)
		if !k.null {
			break
		}
	}
	return f
}

func (b *modelBuilder) leaf(p *Particle, next int32) (f fragment) {
	pos := int32(len(b.m.positions))
	counters := slices.Clone(b.counters)
	slices.Reverse(counters)
	b.m.positions = append(b.m.positions, position{next: next, counters: counters, particle: p})
	if p.Any != nil {
		f.wild = []entry{{pos: pos, next: next, any: p.Any}}
		return f
	}
	f.entries = append(f.entries, entry{sym: b.set.symbol(p.Element.Name), pos: pos, next: next, element: p.Element})
	for _, m := range p.Element.members {
		f.entries = append(f.entries, entry{sym: b.set.symbol(m.Name), pos: pos, next: next, element: m})
	}
	b.count(b.at, len(p.Element.members))
	return f
}

func (f *fragment) add(o fragment) {
	f.entries = append(f.entries[:len(f.entries):len(f.entries)], o.entries...)
	f.wild = append(f.wild[:len(f.wild):len(f.wild)], o.wild...)
}

func (b *modelBuilder) link(l link) int32 {
	b.m.links = append(b.m.links, l)
	return int32(len(b.m.links) - 1)
}

// fill gives a link what it can take.
func (b *modelBuilder) fill(i int32, f fragment) {
	l := &b.m.links[i]
	l.wild = f.wild
	if len(f.entries) == 1 {
		l.entry = f.entries[0]
		return
	}
	b.count(b.at, len(f.entries)/8)
	l.entries = slices.Clone(f.entries)
	slices.SortStableFunc(l.entries, func(a, b entry) int { return cmp.Compare(a.sym, b.sym) })
}

// find looks a name up among several.
func (l *link) find(sym symbol) *entry {
	if len(l.entries) <= 8 {
		for i := range l.entries {
			if l.entries[i].sym == sym {
				return &l.entries[i]
			}
		}
		return nil
	}
	i := sort.Search(len(l.entries), func(i int) bool { return l.entries[i].sym >= sym })
	if i < len(l.entries) && l.entries[i].sym == sym {
		return &l.entries[i]
	}
	return nil
}
