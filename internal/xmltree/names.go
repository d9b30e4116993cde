package xmltree

import "encoding/binary"

// A nameTable holds the names of a tree. It outlives the document in the pool,
// so that the names of the next message, nearly always the same, cost nothing.
type nameTable struct {
	list      []Name
	meaning   *Vocabulary
	qualified bool // names are read as Namespaces in XML says

	expanded []expanded // by NameID
	raws     []raw      // raws[0] is no name
	prefixes []prefix   // prefixes[0] is the default namespace's
	spaces   []string   // spaces[0] is no namespace

	rawOf    map[string]uint32 // what the document writes, to its number in raws
	prefixOf map[string]uint32
	spaceOf  map[string]uint32
	nameOf   map[pair]NameID // raw and space, where raws no longer tells
	sameAs   map[Name]NameID // expanded names of attributes, to the first number
	bindings map[pair]uint64 // prefix and space, to the document that last used it
	recent   [512]uint32     // raws, by a hash of no strength; rawOf decides
	size     int             // bytes of all strings
	doc      uint64          // number of the document
	tag      uint64          // number of the tag
	names    int             // distinct names in this document
	bound    int             // distinct bindings in this document
}

const recentShift = 64 - 9

// A raw is a name as a document writes it, before namespaces are resolved.
type raw struct {
	text    string
	prefix  uint32
	declare uint32 // namespace declarations: one more than the number of the prefix
	local   NameID // in no namespace; 0 if it never was
	name    NameID // in the namespace it last was in; 0 if it never was in one
	space   uint32 // that namespace
	next    uint32 // the name of the start tag that last came behind this one's
	doc     uint64 // the last document that used it
	tag     uint64 // the last tag that used it for an attribute
}

// A prefix knows what it is bound to at the place being read.
type prefix struct {
	text  string
	space uint32 // noSpace if unbound
}

type expanded struct {
	first NameID // the first number with the same expanded name, 0 if not asked for yet
	tag   uint64 // the last tag that used it for an attribute
}

type pair struct{ a, b uint32 }

// The numbers of what every table begins with.
const (
	noPrefix  = 0
	xmlPrefix = 1
	noSpace   = 0
	xmlSpace  = 1
)

func newNames(qualified bool) nameTable {
	t := nameTable{
		qualified: qualified,
		rawOf:     map[string]uint32{},
		prefixOf:  map[string]uint32{},
		spaceOf:   map[string]uint32{},
		nameOf:    map[pair]NameID{},
		sameAs:    map[Name]NameID{},
		bindings:  map[pair]uint64{},
	}
	t.forget()
	return t
}

// forget empties the table but keeps its memory.
func (t *nameTable) forget() {
	t.meaning = new(Vocabulary)
	clear(t.list)
	clear(t.raws)
	clear(t.prefixes)
	clear(t.spaces)
	t.list = append(t.list[:0], Name{})
	t.expanded = append(t.expanded[:0], expanded{})
	t.raws = append(t.raws[:0], raw{})
	t.prefixes = append(t.prefixes[:0], prefix{}, prefix{text: "xml", space: xmlSpace})
	t.spaces = append(t.spaces[:0], "", NamespaceXML)
	clear(t.rawOf)
	clear(t.prefixOf)
	clear(t.spaceOf)
	clear(t.nameOf)
	clear(t.sameAs)
	clear(t.bindings)
	t.prefixOf[""], t.prefixOf["xml"] = noPrefix, xmlPrefix
	t.spaceOf[""], t.spaceOf[NamespaceXML] = noSpace, xmlSpace
	t.recent = [len(t.recent)]uint32{}
	t.size = 0
}

// What a table may hold when it goes back to the pool. Beyond the first its
// names are forgotten, beyond the second its memory too.
const (
	keepNames     = 4096
	keepNameBytes = 256 << 10
	keepTable     = 1 << 15
)

// holds returns how many entries the largest part of the table has.
func (t *nameTable) holds() int {
	return max(len(t.list), len(t.raws), len(t.prefixes), len(t.spaces), len(t.bindings))
}

// release prepares the table for the pool.
func (t *nameTable) release() {
	switch n := t.holds(); {
	case n > keepTable:
		*t = newNames(t.qualified)
	case n > keepNames || t.size > keepNameBytes:
		t.forget()
	}
}

// begin prepares the table for a document. A refused document may have left
// prefixes bound.
func (t *nameTable) begin() {
	t.doc++
	t.names, t.bound = 0, 0
	for i := range t.prefixes {
		if i != xmlPrefix {
			t.prefixes[i].space = noSpace
		}
	}
}

// find returns the number of a raw name, 0 if the table does not have it.
func (t *nameTable) find(b []byte) uint32 {
	slot := &t.recent[hash(b)>>recentShift]
	if n := *slot; t.raws[n].text == string(b) {
		return n
	}
	n := t.rawOf[string(b)]
	*slot = n
	return n
}

// hash mixes a name's length, beginning and end. Names that collide cost a look
// at the map behind, which is seeded.
func hash(b []byte) uint64 {
	var lo, hi uint64
	switch n := len(b); {
	case n >= 8:
		lo, hi = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[n-8:])
	case n >= 4:
		lo, hi = uint64(binary.LittleEndian.Uint32(b)), uint64(binary.LittleEndian.Uint32(b[n-4:]))
	default:
		lo, hi = uint64(b[0]), uint64(b[n-1])
	}
	const odd = 0x9E3779B97F4A7C15
	return ((lo*odd ^ hi) * odd) + uint64(len(b))*odd
}

// add enters a raw name that has been found well-formed.
func (t *nameTable) add(text, before, local string) uint32 {
	n := uint32(len(t.raws))
	r := raw{text: text}
	if t.qualified {
		r.prefix = t.prefix(before)
		switch {
		case before == "xmlns":
			r.declare = t.prefix(local) + 1
		case text == "xmlns":
			r.declare = noPrefix + 1
		}
	}
	t.raws = append(t.raws, r)
	t.rawOf[text] = n
	t.size += len(text)
	return n
}

func (t *nameTable) prefix(s string) uint32 {
	n, ok := t.prefixOf[s]
	if !ok {
		n = uint32(len(t.prefixes))
		t.prefixes = append(t.prefixes, prefix{text: s})
		t.prefixOf[s] = n
	}
	return n
}

func (t *nameTable) space(b []byte) uint32 {
	n, ok := t.spaceOf[string(b)]
	if !ok {
		s := string(b)
		n = uint32(len(t.spaces))
		t.spaces = append(t.spaces, s)
		t.spaceOf[s] = n
		t.size += len(s)
	}
	return n
}

// element returns the number of a raw name in a namespace.
func (t *nameTable) element(n, space uint32) NameID {
	r := &t.raws[n]
	switch {
	case space == noSpace:
		return t.local(n)
	case r.space == space:
		return r.name
	case r.name != 0:
		t.nameOf[pair{n, r.space}] = r.name
	}
	id, ok := t.nameOf[pair{n, space}]
	if !ok {
		id = t.enter(r, space)
	}
	r.name, r.space = id, space
	return id
}

// local returns the number of a raw name in no namespace.
func (t *nameTable) local(n uint32) NameID {
	r := &t.raws[n]
	if r.local == 0 {
		r.local = t.enter(r, noSpace)
	}
	return r.local
}

func (t *nameTable) enter(r *raw, space uint32) NameID {
	name := Name{Local: r.text, Space: t.spaces[space]}
	if r.prefix != noPrefix {
		name.Prefix = t.prefixes[r.prefix].text
		name.Local = r.text[len(name.Prefix)+1:]
	}
	t.list = append(t.list, name)
	t.expanded = append(t.expanded, expanded{})
	return NameID(len(t.list) - 1)
}

// sameTag reports whether this is the second time that the tag being read asks
// for a name, whatever its prefix, and remembers that it did.
func (t *nameTable) sameTag(id NameID) bool {
	first := t.expanded[id].first
	if first == 0 {
		name := Name{Local: t.list[id].Local, Space: t.list[id].Space}
		if first = t.sameAs[name]; first == 0 {
			first = id
			t.sameAs[name] = id
		}
		t.expanded[id].first = first
	}
	e := &t.expanded[first]
	same := e.tag == t.tag
	e.tag = t.tag
	return same
}
