package gost3410

// The formulas are those of the Explicit-Formulas Database for twisted Edwards curves
// with a = 1 (e in RFC 7836) in extended coordinates: dbl-2008-hwcd and add-2008-hwcd.
// As d is not a square, they hold for all pairs of points.

// setEdwards computes the constants of the curve and of the map to it (RFC 7836, 5.2).
func (g *group[E]) setEdwards(d *E) {
	f := &g.f
	f.enter(&g.d, d)
	var two, four, six E
	f.add(&two, &f.one, &f.one)
	f.add(&four, &two, &two)
	f.add(&six, &four, &two)
	f.inv(&four, &four)
	f.inv(&six, &six)
	f.sub(&g.s, &f.one, &g.d)
	f.mul(&g.s, &g.s, &four)
	f.add(&g.t, &f.one, &g.d)
	f.mul(&g.t, &g.t, &six)
}

// toEdwards maps (x, y) to u = (x-t)/y, v = (x-t-s)/(x-t+s) and reports whether it can.
func (g *group[E]) toEdwards(a *affine[E]) bool {
	f := &g.f
	var num, den, both, u, v E
	f.sub(&u, &a.x, &g.t)
	f.sub(&num, &u, &g.s)
	f.add(&den, &u, &g.s)
	f.mul(&both, &a.y, &den)
	if f.isZero(&both) {
		return false
	}
	f.inv(&both, &both)
	f.mul(&v, &both, &a.y)
	f.mul(&v, &v, &num)
	f.mul(&both, &both, &den)
	f.mul(&u, &u, &both)
	a.x, a.y = u, v
	f.mul(&a.t, &u, &v)
	f.mul(&a.t, &a.t, &g.d)
	return true
}

// onEdwards reports whether u² + v² = 1 + du²v².
func (g *group[E]) onEdwards(a *affine[E]) bool {
	f := &g.f
	var uu, vv, right E
	f.sqr(&uu, &a.x)
	f.sqr(&vv, &a.y)
	f.mul(&right, &uu, &vv)
	f.mul(&right, &right, &g.d)
	f.add(&right, &right, &f.one)
	f.add(&uu, &uu, &vv)
	return f.equal(&uu, &right)
}

// doubleEdwards leaves p without t where it is not asked for: a doubling does not read it.
func (g *group[E]) doubleEdwards(p *point[E], t bool) {
	f := &g.f
	var a, b, c, e, h, sum E
	f.sqr(&a, &p.x)
	f.sqr(&b, &p.y)
	f.sqr(&c, &p.z)
	f.add(&c, &c, &c)
	f.add(&e, &p.x, &p.y)
	f.sqr(&e, &e)
	f.add(&sum, &a, &b)
	f.sub(&e, &e, &sum)
	f.sub(&c, &sum, &c)
	f.sub(&h, &a, &b)
	f.mul(&p.x, &e, &c)
	f.mul(&p.y, &sum, &h)
	f.mul(&p.z, &c, &sum)
	if t {
		f.mul(&p.t, &e, &h)
	}
}

// addEdwards adds (x/z, y/z) to p, where t is dxy/z; a z of nil is one.
func (g *group[E]) addEdwards(p *point[E], x, y, z, t *E) {
	f := &g.f
	var a, b, c, e, h E
	f.mul(&a, &p.x, x)
	f.mul(&b, &p.y, y)
	f.mul(&c, &p.t, t)
	if z != nil {
		f.mul(&p.z, &p.z, z)
	}
	// e = (x1 + y1)(x2 + y2) - a - b
	f.add(&e, &p.x, &p.y)
	f.add(&h, x, y)
	f.mul(&e, &e, &h)
	f.sub(&e, &e, &a)
	f.sub(&e, &e, &b)
	f.sub(&h, &b, &a)
	f.sub(&a, &p.z, &c)
	f.add(&b, &p.z, &c)
	f.mul(&p.x, &e, &a)
	f.mul(&p.y, &b, &h)
	f.mul(&p.t, &e, &h)
	f.mul(&p.z, &a, &b)
}
