package schema

import (
	"hash/maphash"
	"slices"

	"github.com/soapgate/soapgate/internal/xmltree"
)

// identity evaluates identity constraints (3.11.4) along with the walk. Each
// declaration with constraints opens scopes; each element that a selector
// finds opens a tuple; what the fields find is appended to keys, and at the
// end of the element the tuple goes into the scope's table by hash.
type identity struct {
	v    *validator
	seed maphash.Seed
	open bool // there is a scope
	// stack is the names of the open elements from the outermost scope's on.
	stack  []elementName
	scopes []keyScope
	active []activeSelector
	tuples []tuple
	fields []fieldValue // of all tuples since the outermost scope opened
	keys   []byte       // that fields refer to
	hits   []hit        // fields that have found the leaf in hand
	tables []keyTable
	free   []int32    // tables that no scope uses
	reach  int        // how many levels below a tuple its fields look at most
	last   fieldValue // the attribute read last, as nested scopes ask for the same one
}

// A keyScope is one identity constraint on one element of the message.
type keyScope struct {
	constraint *Constraint
	depth      int // of the element in stack
	node       xmltree.Node
	table      int32
	merged     int32 // of a keyref: the keys it may refer to
}

// An activeSelector is a selector's alternative, with its last step to say no
// quickly.
type activeSelector struct {
	path  *locationPath
	last  nameTest
	depth int
	scope int32
}

type tuple struct {
	scope int32
	first int32 // of its fields
	node  xmltree.Node
	depth int
}

// A fieldValue is where a field's key lies and what it was read from.
type fieldValue struct {
	start, end uint32
	node       xmltree.Node // None: nothing found yet
	attr       int32        // index of the attribute, or one of these
}

const (
	ofElement int32 = -1 - iota // the element's value, or a default of its attributes
	ofNil                       // the element is nil and has no value
)

// A hit is a field of a tuple that has found the element in hand.
type hit struct{ tuple, field int }

func (c *identity) init(v *validator) {
	c.v, c.seed = v, maphash.MakeSeed()
}

func (c *identity) reset() {
	c.open, c.reach = false, 0
	c.stack, c.scopes, c.active, c.tuples = c.stack[:0], c.scopes[:0], c.active[:0], c.tuples[:0]
	c.hits, c.fields, c.keys, c.last = c.hits[:0], c.fields[:0], c.keys[:0], fieldValue{}
	c.free = c.free[:0]
	for i := range c.tables {
		c.tables[i].clear()
		c.free = append(c.free, int32(i))
	}
	if cap(c.keys) > maxKept || cap(c.fields) > maxKept/16 {
		c.keys, c.fields, c.tables, c.free = nil, nil, nil, nil
	}
}

// start enters an element: its own constraints open scopes, then selectors and
// fields look at it.
func (c *identity) start(n xmltree.Node, info *nameInfo, e *Element, ct *ComplexType) {
	c.stack = append(c.stack, elementName{info.sym, info.space})
	depth := len(c.stack) - 1
	if e != nil {
		for _, k := range e.Constraints {
			c.openScope(n, k, depth)
		}
	}
	c.v.work -= len(c.active)
	for i := range c.active {
		a := &c.active[i]
		if a.last.matches(info.sym, info.space) && a.path.selects(c.stack, a.depth) {
			c.openTuple(n, a.scope, depth)
		}
	}
	i := len(c.tuples) - 1
	for ; i >= 0 && c.tuples[i].depth >= depth-c.reach; i-- {
		c.matchFields(i, n, e, ct)
	}
	c.v.work -= lookWork * (len(c.tuples) - 1 - i)
}

func (c *identity) openScope(n xmltree.Node, k *Constraint, depth int) {
	c.v.work -= scopeWork
	c.open = true
	s := keyScope{constraint: k, depth: depth, node: n, table: c.newTable(), merged: -1}
	if k.Kind == KeyRef {
		s.merged = c.newTable()
	}
	for i := range k.selector {
		p := &k.selector[i]
		a := activeSelector{path: p, depth: depth, scope: int32(len(c.scopes))}
		if len(p.steps) > 0 {
			a.last = p.steps[len(p.steps)-1]
		}
		c.active = append(c.active, a)
	}
	c.scopes = append(c.scopes, s)
	c.reach = max(c.reach, k.reach)
}

func (c *identity) newTable() int32 {
	if n := len(c.free); n > 0 {
		i := c.free[n-1]
		c.free = c.free[:n-1]
		return i
	}
	c.tables = append(c.tables, keyTable{})
	return int32(len(c.tables) - 1)
}

func (c *identity) openTuple(at xmltree.Node, scope int32, depth int) {
	// The alternatives of one selector are next to each other in active.
	if last := len(c.tuples) - 1; last >= 0 && c.tuples[last].scope == scope && c.tuples[last].depth == depth {
		return
	}
	c.v.work -= tupleWork
	c.tuples = append(c.tuples, tuple{scope, int32(len(c.fields)), at, depth})
	n := len(c.scopes[scope].constraint.fields)
	if len(c.fields)+n > cap(c.fields) {
		c.fields = slices.Grow(c.fields, len(c.fields)+n) // twice, where append gives large slices a quarter more
	}
	c.fields = append(c.fields, make([]fieldValue, n)...)
}

func (c *identity) matchFields(i int, n xmltree.Node, e *Element, ct *ComplexType) {
	t := &c.tuples[i]
	k := c.scopes[t.scope].constraint
	for f := range k.fields {
		element := false // found by one alternative: the others find it again
		for j := range k.fields[f] {
			p := &k.fields[f][j]
			if element && !p.attribute || !p.selects(c.stack, t.depth) {
				continue
			}
			element = element || !p.attribute
			switch {
			case p.attribute:
				c.attributeField(int(t.first)+f, p, n, ct, k)
			case ct != nil && ct.Content != SimpleContent:
				c.v.report("cvc-identity-constraint.3", n, atEnd, k.Fields[f], k.Name.Local, c.v.tree.Name(n).String())
			case k.Kind == Key && e != nil && e.Nillable:
				c.v.report("cvc-identity-constraint.4.2.3", n, atEnd, c.v.tree.Name(n).String(), k.Name.Local)
			default:
				c.hits = append(c.hits, hit{i, f})
			}
		}
	}
}

// attributeField takes what a field finds among the attributes, defaults
// included.
func (c *identity) attributeField(field int, p *locationPath, n xmltree.Node, ct *ComplexType, k *Constraint) {
	t := c.v.tree
	for i := range t.NumAttrs(n) {
		a := t.AttrAt(n, i)
		info := c.v.name(a.NameID)
		if !p.attr.matches(info.sym, info.space) {
			continue
		}
		st := c.attributeType(ct, info)
		if st == nil {
			if ct != nil && ct.AnyAttribute != nil && ct.AnyAttribute.admits(info.space) {
				c.v.report("cvc-identity-constraint.3.attribute", n, atTag, k.Name.Local, t.NameOf(a.NameID).String())
			}
			continue
		}
		if c.last.node == n && c.last.attr == int32(i) {
			c.set(field, c.last)
			continue
		}
		c.v.scope = n
		start := len(c.keys)
		var ok bool
		if c.keys, ok = st.Data.AppendKey(c.keys, a.Value, c.v); ok {
			c.last = fieldValue{uint32(start), uint32(len(c.keys)), n, int32(i)}
			c.set(field, c.last)
		}
	}
	if ct == nil || c.fields[field].node != xmltree.None && p.attr.sym != 0 {
		return
	}
	for i := range ct.attrs.uses {
		u := &ct.attrs.uses[i]
		if u.value == nil || !p.attr.matches(u.sym, c.v.set.names[u.sym].space) {
			continue
		}
		if _, given := t.Attr(n, u.use.Attribute.Name.Space, u.use.Attribute.Name.Local); !given {
			start := len(c.keys)
			c.keys = append(c.keys, u.value.key...)
			c.set(field, fieldValue{uint32(start), uint32(len(c.keys)), n, ofElement})
		}
	}
}

// attributeType is the type that an attribute was assessed with, nil if it was
// not.
func (c *identity) attributeType(ct *ComplexType, info *nameInfo) *SimpleType {
	if info.special != notSpecial {
		return info.attribute.Type // 3.2.7
	}
	if ct == nil {
		return nil
	}
	if i := ct.attrs.find(info.sym); i >= 0 {
		return ct.attrs.uses[i].use.Attribute.Type
	}
	if any := ct.AnyAttribute; any != nil && max(any.Process, c.v.wildcards) != Skip && info.attribute != nil {
		return info.attribute.Type
	}
	return nil
}

func (c *identity) set(field int, found fieldValue) {
	f := &c.fields[field]
	if f.node == found.node && f.attr == found.attr && f.attr >= 0 {
		return // found by two alternatives
	}
	if f.node != xmltree.None {
		for i := range c.tuples {
			t := &c.tuples[i]
			if k := c.scopes[t.scope].constraint; int(t.first) <= field && field < int(t.first)+len(k.Fields) {
				c.v.report("cvc-identity-constraint.3.many", found.node, atEnd, k.Fields[field-int(t.first)], k.Name.Local)
			}
		}
		return
	}
	*f = found
}

// value gives the fields that found the leaf in hand its value. It reports
// whether there are such and the value is valid.
func (c *identity) value(st *SimpleType, text []byte) bool {
	if len(c.hits) == 0 {
		return false
	}
	start := len(c.keys)
	var ok bool
	if c.keys, ok = st.Data.AppendKey(c.keys, text, c.v); !ok {
		return false
	}
	found := fieldValue{uint32(start), uint32(len(c.keys)), c.v.scope, ofElement}
	for _, h := range c.hits {
		c.set(int(c.tuples[h.tuple].first)+h.field, found)
	}
	return true
}

// nilled gives the fields that found the leaf in hand a node without a value.
func (c *identity) nilled(n xmltree.Node) {
	for _, h := range c.hits {
		c.set(int(c.tuples[h.tuple].first)+h.field, fieldValue{node: n, attr: ofNil})
	}
}

// finish leaves an element: its tuples are complete, its scopes end, keys
// before the keyrefs that may refer to them.
func (c *identity) finish() {
	depth := len(c.stack) - 1
	c.hits = c.hits[:0]
	first := len(c.tuples)
	for first > 0 && c.tuples[first-1].depth == depth {
		first--
	}
	for _, t := range c.tuples[first:] {
		c.insert(t)
	}
	c.tuples = c.tuples[:first]
	c.stack = c.stack[:depth]
	first = len(c.scopes)
	for first > 0 && c.scopes[first-1].depth == depth {
		first--
	}
	if first == len(c.scopes) {
		return
	}
	c.closeScopes(first)
}

func (c *identity) closeScopes(first int) {
	depth := c.scopes[first].depth
	for i := first; i < len(c.scopes); i++ {
		if s := &c.scopes[i]; s.constraint.referred {
			c.merge(s)
		}
	}
	for i := first; i < len(c.scopes); i++ {
		s := &c.scopes[i]
		if s.constraint.Kind == KeyRef {
			c.checkRefs(s)
			c.release(s.merged)
		}
		c.release(s.table)
	}
	c.scopes = c.scopes[:first]
	for len(c.active) > 0 && c.active[len(c.active)-1].depth == depth {
		c.active = c.active[:len(c.active)-1]
	}
	if first == 0 {
		c.open, c.reach = false, 0
		c.fields, c.keys, c.last = c.fields[:0], c.keys[:0], fieldValue{}
	}
}

func (c *identity) release(table int32) {
	c.tables[table].clear()
	c.free = append(c.free, table)
}

// insert enters a complete tuple into its scope's table
// (cvc-identity-constraint 4).
func (c *identity) insert(t tuple) {
	s := &c.scopes[t.scope]
	k := s.constraint
	hash := uint64(14695981039346656037)
	for i := range k.Fields {
		f := &c.fields[int(t.first)+i]
		if f.node == xmltree.None || f.attr == ofNil {
			if k.Kind == Key {
				c.v.report("cvc-identity-constraint.4.2.1", t.node, atEnd, c.v.tree.Name(t.node).String(), k.Name.Local)
			}
			return
		}
		hash = (hash ^ maphash.Bytes(c.seed, c.keys[f.start:f.end])) * 1099511628211
	}
	_, found := c.tables[s.table].put(c, keyEntry{hash: hash, first: t.first, fields: int32(len(k.Fields)), node: t.node})
	if found && k.Kind != KeyRef {
		rule := "cvc-identity-constraint.4.1"
		if k.Kind == Key {
			rule = "cvc-identity-constraint.4.2.2"
		}
		c.v.report(rule, t.node, atEnd, c.show(t.first, int32(len(k.Fields))), c.v.tree.Name(s.node).String(), k.Name.Local)
	}
}

// merge hands a key's tuples to the keyrefs around it. Those of the keyref's
// own element count before those of its descendants, where two descendants
// with the same key cancel each other (3.11.4, node tables).
func (c *identity) merge(key *keyScope) {
	c.v.work -= len(c.scopes)
	for i := range c.scopes {
		ref := &c.scopes[i]
		if ref.constraint.Refer != key.constraint || ref.merged < 0 {
			continue
		}
		own := ref.depth == key.depth
		into := &c.tables[ref.merged]
		c.v.work -= tupleWork * len(c.tables[key.table].entries)
		for _, e := range c.tables[key.table].entries {
			e.own = own
			old, found := into.put(c, e)
			switch {
			case !found:
			case own:
				old.own, old.void = true, false
			case !old.own && old.node != e.node:
				old.void = true
			}
		}
	}
}

func (c *identity) checkRefs(s *keyScope) {
	keys := &c.tables[s.merged]
	for i := range c.tables[s.table].entries {
		e := &c.tables[s.table].entries[i]
		if k := keys.get(c, e); k == nil || k.void {
			c.v.report("cvc-identity-constraint.4.3", s.node, atEnd, s.constraint.Name.Local, c.show(e.first, e.fields), c.v.tree.Name(s.node).String())
		}
	}
}

// show lists the values of a tuple for a message.
func (c *identity) show(first, fields int32) string {
	text := ""
	for i := range fields {
		if i > 0 {
			text += ","
		}
		f := c.fields[first+i]
		switch {
		case f.attr >= 0:
			text += string(c.v.tree.AttrAt(f.node, int(f.attr)).Value)
		default:
			value, _ := c.v.text(f.node)
			text += collapse(value)
		}
	}
	return text
}
