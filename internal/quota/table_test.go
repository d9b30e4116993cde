package quota

import (
	"maps"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// TestTable plays insertions, removals and look-ups on a table and on a map.
func TestTable(t *testing.T) {
	for seed := range uint64(8) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		const most = 600
		p := newPool(2, most)
		p.keyed = seed%2 == 0
		tables := [2]*table{}
		want := [2]map[uint64]entry{}
		for i := range tables {
			tables[i] = &table{pool: p, shard: i, most: most}
			tables[i].level, want[i] = p.level, make(map[uint64]entry)
		}
		for range 20_000 {
			i := rnd.IntN(2)
			tb, m := tables[i], want[i]
			// Keys of few blocks, and of few tags, so that they get in each other's way.
			hash := uint64(1+rnd.IntN(4))<<50 | rnd.Uint64N(8)<<(blockBits-3) | rnd.Uint64N(40)<<blockBits
			n := tb.find(hash)
			if e, ok := m[hash]; ok != (n != 0) || ok && tb.entry(n) != e {
				t.Fatalf("seed %d: %x found at %d, known: %v", seed, hash, n, ok)
			}
			tb.hint(hash)
			switch {
			case n != 0 && rnd.IntN(2) == 0:
				tb.remove(n)
				delete(m, hash)
			case n == 0 && len(m) < most:
				e := entry{hash: hash, moment: Tick(rnd.Int64()), count: rnd.Int64(), rest: 1<<32 - 1, rule: 7, info: protected | 3, label: label{1, 2, 3}}
				if p.keyed {
					e.key[0] = byte(hash)
				}
				tb.insert(&e, 0)
				m[hash] = e
			}
			if tb.n != len(m) || tb.kept != len(m) {
				t.Fatalf("seed %d: %d entries, %d of them kept, want %d", seed, tb.n, tb.kept, len(m))
			}
		}
		for i, tb := range tables {
			got := make(map[uint64]entry)
			for k := uint32(1); k <= tb.slots(); k++ {
				if e := tb.entry(k); e.hash != 0 {
					got[e.hash] = e
				}
			}
			if !maps.Equal(got, want[i]) {
				t.Errorf("seed %d: table %d holds %d entries, want %d", seed, i, len(got), len(want[i]))
			}
		}
	}
}

// TestPool: no share overlaps another, and a full memory takes no more than is
// promised for a key.
func TestPool(t *testing.T) {
	if n := unsafe.Sizeof(group{}); n != 4*64 {
		t.Errorf("a group takes %d bytes, not four cache lines", n)
	}
	for _, keys := range []int{1, 1000, 15_625} {
		p := newPool(3, keys)
		levels := [3]int{p.level, p.level, p.level}
		for p.level > 0 {
			for i := range levels {
				h := p.next(i, levels[i])
				for k := range h.groups {
					if h.groups[k].tags != 0 {
						t.Fatalf("%d keys: a group of shard %d at level %d is used by another", keys, i, h.level)
					}
					h.groups[k].tags = 1
				}
				levels[i] = h.level
			}
		}
		h := p.next(0, 1)
		if slots := int(h.slots()); 8*slots < 10*keys {
			t.Errorf("%d slots for %d keys", slots, keys)
		} else if size := slots * (int(unsafe.Sizeof(group{}))/width + len(label{})); keys > 1000 && size > 90*keys {
			t.Errorf("%d keys take %d bytes", keys, size)
		}
	}
}
