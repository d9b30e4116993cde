package regex

import (
	"slices"
	"unicode/utf8"
)

// Bounds of a wide automaton. Its words and jumps are what a character costs.
const (
	maxWords  = 32 // of 64 places
	maxSteps  = 60 // words and jumps
	maxFollow = 1 << 16
)

// A wide automaton is a nondeterministic one whose live places, the characters
// that an expression may take next, are bits, so that a character costs the same
// however many are live. Places follow each other as in the expression; a jump is
// what leads elsewhere. It is for values for which the deterministic automaton
// has no more room.
type wide struct {
	words int
	start []uint64
	takes []uint64 // by class: the places that take it, words each
	shift []uint64 // the places that the next one follows
	jumps []jump   // by the word they lead to
	ends  []int    // by word: where the jumps to it end
}

// A jump leads from each of some places of a word to all of some others, of one
// word too. Place 0 is having matched.
type jump struct {
	sources, targets uint64
	from, to         int // words
}

// newWide returns the automaton of an unrolled prog, nil if that is too large.
func newWide(p *prog, classes int) *wide {
	words := (p.chars + 1 + 63) / 64
	if words > maxWords {
		return nil
	}
	w := &wide{
		words: words, start: make([]uint64, words), shift: make([]uint64, words),
		takes: make([]uint64, words*(classes+1)), ends: make([]int, words),
	}
	place := p.place()
	follow := w.follow(p, place, classes)
	if follow == nil || !w.leap(follow) {
		return nil
	}
	slices.SortStableFunc(w.jumps, func(a, b jump) int { return a.to - b.to })
	for i, j := range w.jumps {
		w.ends[j.to] = i + 1
	}
	for k := 1; k < words; k++ {
		w.ends[k] = max(w.ends[k], w.ends[k-1])
	}
	return w
}

// place numbers the instructions that are codeChar from 1 in the order of the
// expression: they are laid out last one first.
func (p *prog) place() []int {
	place := make([]int, len(p.insts))
	n := 0
	for pc := len(p.insts) - 1; pc > 0; pc-- {
		if p.insts[pc].code == codeChar {
			n++
			place[pc] = n
		}
	}
	return place
}

// follow sets what each class is taken by and where the automaton begins, and
// returns the places that may follow each place, ascending, as runes so that a
// string can be made of them; nil if these are too many.
func (w *wide) follow(p *prog, place []int, classes int) [][]rune {
	c, follow, total := newCloser(p), make([][]rune, p.chars+1), 0
	for _, pc := range c.from(p.start) {
		mark(w.start, place[pc])
	}
	for pc := range p.insts {
		in, at := &p.insts[pc], place[pc]
		if in.code != codeChar {
			continue
		}
		for class := range classes + 1 {
			if p.sets[in.set].has(uint32(class)) {
				mark(w.takes[class*w.words:], at)
			}
		}
		for _, to := range c.from(in.next) {
			follow[at] = append(follow[at], rune(place[to]))
		}
		slices.Sort(follow[at])
		if total += len(follow[at]); total > maxFollow {
			return nil
		}
	}
	return follow
}

// leap sets shift and jumps and reports whether there are not too many.
func (w *wide) leap(follow [][]rune) bool {
	shared := map[string]int{} // how many places lead to the same
	for at, to := range follow {
		shared[string(to)]++
		shared[string(without(to, at+1))]++
	}
	leaps := map[string][]int{} // by places that are led to, those that lead there
	var keys []string
	for at, to := range follow {
		// The next place is led to by the shift, unless others lead to the same.
		if rest := without(to, at+1); len(rest) < len(to) && shared[string(rest)] >= shared[string(to)] {
			mark(w.shift, at)
			to = rest
		}
		key := string(to)
		if key != "" && leaps[key] == nil {
			keys = append(keys, key)
		}
		if leaps[key] = append(leaps[key], at); len(keys) > 2*maxSteps {
			return false
		}
	}
	for _, key := range keys {
		w.add(leaps[key], []rune(key))
	}
	return w.words+len(w.jumps) <= maxSteps
}

func mark(words []uint64, bit int) { words[bit/64] |= 1 << (bit % 64) }

// without returns the places but one.
func without(places []rune, place int) []rune {
	return slices.DeleteFunc(slices.Clone(places), func(p rune) bool { return int(p) == place })
}

// add adds the jumps from all sources to all targets.
func (w *wide) add(sources []int, targets []rune) {
	from, to := make([]uint64, w.words), make([]uint64, w.words)
	for _, s := range sources {
		mark(from, s)
	}
	for _, t := range targets {
		mark(to, int(t))
	}
	for i, s := range from {
		for j, t := range to {
			if s != 0 && t != 0 {
				w.jump(jump{from: i, to: j, sources: s, targets: t})
			}
		}
	}
}

// jump adds a jump, or its sources to one with the same targets.
func (w *wide) jump(j jump) {
	for i := range w.jumps {
		if k := &w.jumps[i]; k.from == j.from && k.to == j.to && k.targets == j.targets {
			k.sources |= j.sources
			return
		}
	}
	w.jumps = append(w.jumps, j)
}

// match reports whether the automaton takes the whole value.
func (w *wide) match(a *alphabet, value []byte) bool {
	var one, other [maxWords]uint64
	live, next := one[:w.words], other[:w.words]
	copy(live, w.start)
	for i := 0; i < len(value); {
		class, n := uint32(0), 1
		if b := value[i]; b < utf8.RuneSelf {
			class = uint32(a.ascii[b])
		} else if class, n = a.class(value[i:]); class == 0 {
			return false
		}
		i += n
		if !w.step(live, next, w.takes[int(class)*w.words:]) {
			return false
		}
		live, next = next, live
	}
	return live[0]&1 != 0
}

// step finds the places that are live next and reports whether there are any. It
// has no branches that depend on the value.
func (w *wide) step(live, next, takes []uint64) bool {
	carry := uint64(0)
	for k, l := range live {
		l &= takes[k]
		live[k] = l
		l &= w.shift[k]
		next[k] = l<<1 | carry
		carry = l >> 63
	}
	i, any := 0, uint64(0)
	for k, l := range next {
		for end := w.ends[k]; i < end; i++ {
			j := &w.jumps[i]
			s := live[j.from] & j.sources
			l |= j.targets & uint64(int64(s|-s)>>63)
		}
		next[k] = l
		any |= l
	}
	return any != 0
}
