package schema

import (
	"bytes"
	"hash/maphash"

	"github.com/soapgate/soapgate/internal/schema/datatype"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// An idTable is the IDs of a message and the IDREFs that want one (cvc-id).
type idTable struct {
	v     *validator
	node  xmltree.Node
	atom  func(*datatype.Type, []byte) bool // take, made once
	text  []byte                            // of ids and refs
	ids   []idEntry
	slots []int32 // hash table: index in ids, plus one
	refs  []idEntry
}

// An idEntry is an ID or IDREF and the element it stands in. An ID given twice
// is one too many even where both would name the same element (cvc-id 2).
type idEntry struct {
	start, end uint32
	hash       uint32
	node       xmltree.Node
}

func (t *idTable) init(v *validator) {
	t.v, t.atom = v, t.take
}

func (t *idTable) reset() {
	if cap(t.text) > maxKept || cap(t.refs) > maxKept/16 || cap(t.slots) > maxKept/4 {
		t.text, t.ids, t.slots, t.refs = nil, nil, nil, nil
	}
	for _, e := range t.ids {
		mask := uint32(len(t.slots) - 1)
		for s := e.hash & mask; t.slots[s] != 0; s = (s + 1) & mask {
			t.slots[s] = 0
		}
	}
	t.text, t.ids, t.refs = t.text[:0], t.ids[:0], t.refs[:0]
}

// note notes the IDs, IDREFs and ENTITYs in a valid value.
func (t *idTable) note(n xmltree.Node, typ *datatype.Type, value []byte) {
	if typ.Uses()&(datatype.UsesID|datatype.UsesIDREF|datatype.UsesENTITY) != 0 {
		t.node = n
		if item := typ.Item(); item != nil && item.Variety() == datatype.Atomic {
			for word := range bytes.FieldsSeq(value) {
				t.take(item, word)
			}
			return
		}
		typ.Atoms(value, t.v, t.atom)
	}
}

func (t *idTable) take(typ *datatype.Type, atom []byte) bool {
	uses := typ.Uses()
	if uses&datatype.UsesENTITY != 0 && !t.v.full() && !t.v.entityDeclared(string(atom)) {
		t.v.report("cvc-entity", t.node, atTag, string(atom))
	}
	if uses&(datatype.UsesID|datatype.UsesIDREF) == 0 {
		return true
	}
	start := len(t.text)
	t.text = append(t.text, atom...)
	e := idEntry{uint32(start), uint32(len(t.text)), uint32(maphash.Bytes(t.v.identity.seed, atom)), t.node}
	if uses&datatype.UsesIDREF != 0 {
		t.refs = append(t.refs, e)
		return true
	}
	if t.find(e) != nil {
		t.v.report("cvc-id.2", t.node, atTag, string(atom))
		return true
	}
	t.ids = append(t.ids, e)
	if 2*len(t.ids) > len(t.slots) {
		t.slots = make([]int32, max(16, 2*len(t.slots)))
		for i := range t.ids {
			t.place(i)
		}
	} else {
		t.place(len(t.ids) - 1)
	}
	return true
}

func (t *idTable) place(i int) {
	mask := uint32(len(t.slots) - 1)
	s := t.ids[i].hash & mask
	for t.slots[s] != 0 {
		s = (s + 1) & mask
	}
	t.slots[s] = int32(i + 1)
}

// find returns the ID with the characters of e.
func (t *idTable) find(e idEntry) *idEntry {
	if len(t.slots) == 0 {
		return nil
	}
	mask := uint32(len(t.slots) - 1)
	for s := e.hash & mask; t.slots[s] != 0; s = (s + 1) & mask {
		old := &t.ids[t.slots[s]-1]
		if old.hash == e.hash && string(t.text[old.start:old.end]) == string(t.text[e.start:e.end]) {
			return old
		}
	}
	return nil
}

// resolve checks at the end that every IDREF has its ID (cvc-id 1).
func (t *idTable) resolve() {
	for _, r := range t.refs {
		if t.find(r) == nil {
			t.v.report("cvc-id.1", r.node, atTag, string(t.text[r.start:r.end]))
			if t.v.full() {
				return
			}
		}
	}
}
