package schema

import (
	"slices"

	"github.com/soapgate/soapgate/internal/xmltree"
)

// A keyTable is a hash table of tuples, cleared in the time of its entries.
type keyTable struct {
	slots   []int32 // index in entries, plus one
	entries []keyEntry
}

type keyEntry struct {
	hash   uint64
	first  int32 // of the fields
	fields int32
	node   xmltree.Node
	own    bool
	void   bool
}

func (t *keyTable) clear() {
	for i := range t.entries {
		mask := uint64(len(t.slots) - 1)
		for s := t.entries[i].hash & mask; t.slots[s] != 0; s = (s + 1) & mask {
			t.slots[s] = 0
		}
	}
	t.entries = t.entries[:0]
}

func (t *keyTable) get(c *identity, e *keyEntry) *keyEntry {
	if len(t.slots) == 0 {
		return nil
	}
	mask := uint64(len(t.slots) - 1)
	for s := e.hash & mask; t.slots[s] != 0; s = (s + 1) & mask {
		if old := &t.entries[t.slots[s]-1]; old.hash == e.hash && c.same(old, e) {
			return old
		}
	}
	return nil
}

// put enters e unless an equal tuple is there, which it then returns.
func (t *keyTable) put(c *identity, e keyEntry) (old *keyEntry, found bool) {
	if old = t.get(c, &e); old != nil {
		return old, true
	}
	t.entries = append(t.entries, e)
	if len(t.entries)*2 > len(t.slots) {
		t.grow()
	} else {
		t.place(len(t.entries) - 1)
	}
	return &t.entries[len(t.entries)-1], false
}

func (t *keyTable) grow() {
	t.slots = make([]int32, max(16, 2*len(t.slots)))
	t.entries = slices.Grow(t.entries, len(t.slots)/2+1-len(t.entries))
	for i := range t.entries {
		t.place(i)
	}
}

func (t *keyTable) place(i int) {
	mask := uint64(len(t.slots) - 1)
	s := t.entries[i].hash & mask
	for t.slots[s] != 0 {
		s = (s + 1) & mask
	}
	t.slots[s] = int32(i + 1)
}

// same compares two tuples by their values.
func (c *identity) same(a, b *keyEntry) bool {
	for i := range a.fields {
		f, g := &c.fields[a.first+i], &c.fields[b.first+i]
		if string(c.keys[f.start:f.end]) != string(c.keys[g.start:g.end]) {
			return false
		}
	}
	return true
}
