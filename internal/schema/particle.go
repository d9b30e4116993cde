package schema

// modelNames are the children of a complex type or derivation that give its
// particle.
var modelNames = []string{"group", "all", "choice", "sequence"}

// occurs reads minOccurs and maxOccurs (p-props-correct 2).
func (c *compiler) occurs(at source) (lo, hi int) {
	lo, hi = 1, 1
	if v, ok := at.attrOK("minOccurs"); ok {
		lo, _ = parseCount(v)
	}
	if v, ok := at.attrOK("maxOccurs"); ok {
		if hi, ok = parseCount(v); !ok {
			hi = Unbounded
		}
	}
	if lo > hi {
		c.errorf(at, "p-props-correct.2.1", "minOccurs is greater than maxOccurs")
		lo = hi
	}
	return lo, hi
}

// particle reads a particle; nil if it cannot occur or is in error. top tells
// that it is the whole content of a complex type, where alone an all group may
// stand (cos-all-limited 1.2).
func (c *compiler) particle(at source, top bool) *Particle {
	lo, hi := c.occurs(at)
	if at.local() == "element" && !c.elementForm(at) {
		return nil
	}
	if hi == 0 {
		return nil // 3.9.2: it corresponds to no component at all
	}
	if !c.count(at, 1) || !c.enter(at) {
		return nil
	}
	defer c.leave()
	p := &Particle{Min: lo, Max: hi, src: at}
	switch at.local() {
	case "element":
		if p.Element = c.localElement(at); p.Element == nil {
			return nil
		}
	case "any":
		p.Any = c.wildcard(at)
	case "group":
		if p.Group = c.groupRef(at, p, top); p.Group == nil {
			return nil
		}
	default:
		p.Group = c.group(at)
	}
	return p
}

var compositors = map[string]Compositor{"sequence": Sequence, "choice": Choice, "all": All}

// group reads sequence, choice or all (3.8.2).
func (c *compiler) group(at source) *Group {
	g := &Group{Compositor: compositors[at.local()]}
	for _, child := range at.children() {
		if p := c.particle(child, false); p != nil {
			g.Particles = append(g.Particles, p)
		}
	}
	return g
}

// groupRef resolves a reference to a model group definition.
func (c *compiler) groupRef(at source, p *Particle, top bool) *Group {
	name, ok := c.qname(at, "ref")
	if !ok {
		return nil
	}
	g, ok := lookup(c, at, c.set.groups, "group", name)
	if !ok {
		return nil
	}
	if outer, inside := c.redefinition(at, groupDef, name); inside {
		for g.src != outer {
			g = g.original
		}
		g = g.original
	}
	c.buildGroup(g)
	if g.Group.Compositor == All && (!top || p.Max != 1) {
		c.errorf(at, "cos-all-limited.1.2", "group %q is an all group, which must be the whole content of a complex type", name)
		return nil
	}
	return g.Group
}

// buildGroup works out a model group definition (3.7.2).
func (c *compiler) buildGroup(g *GroupDefinition) {
	switch {
	case g.state == built:
		return
	case g.state == building:
		c.errorf(g.src, "mg-props-correct.2", "group %q is circular", g.Name)
		return
	case !c.enter(g.src):
		return
	}
	defer c.leave()
	g.state = building
	if g.original != nil {
		c.buildGroup(g.original)
	}
	if model := g.src.child("all", "choice", "sequence"); model.exists() {
		*g.Group = *c.group(model)
	}
	g.state = built
}

// emptiable is cos-group-emptiable: the particle can match nothing at all.
func (p *Particle) emptiable() bool {
	lo, _ := p.totalRange()
	return lo == 0
}

// totalRange is the effective total range (3.8.6, cos-seq-range and
// cos-choice-range).
func (p *Particle) totalRange() (lo, hi int) {
	if p.Group == nil {
		return p.Min, p.Max
	}
	for i, q := range p.Group.Particles {
		l, h := q.totalRange()
		switch {
		case p.Group.Compositor != Choice:
			lo, hi = addCount(lo, l), addCount(hi, h)
		case i == 0:
			lo, hi = l, h
		default:
			lo, hi = min(lo, l), max(hi, h)
		}
	}
	return mulCount(p.Min, lo), mulCount(p.Max, hi)
}

func addCount(a, b int) int {
	if a == Unbounded || b == Unbounded {
		return Unbounded
	}
	return min(a+b, Unbounded-1)
}

func mulCount(a, b int) int {
	switch {
	case a == 0 || b == 0:
		return 0
	case a == Unbounded || b == Unbounded:
		return Unbounded
	}
	return min(a*b, Unbounded-1)
}
