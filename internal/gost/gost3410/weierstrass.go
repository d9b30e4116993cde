package gost3410

// The formulas are those of the Explicit-Formulas Database for short Weierstrass curves
// with a = -3 in Jacobian coordinates: dbl-2001-b and add-1998-cmo-2.

// onWeierstrass reports whether y² = x³ - 3x + b.
func (g *group[E]) onWeierstrass(p *affine[E]) bool {
	f := &g.f
	var left, right E
	f.sqr(&left, &p.y)
	f.sqr(&right, &p.x)
	for range 3 {
		f.sub(&right, &right, &f.one)
	}
	f.mul(&right, &right, &p.x)
	f.add(&right, &right, &g.b)
	return f.equal(&left, &right)
}

func (g *group[E]) doubleWeierstrass(p *point[E]) {
	f := &g.f
	var alpha, beta, gamma, delta, t E
	f.sqr(&delta, &p.z)
	f.sqr(&gamma, &p.y)
	f.mul(&beta, &p.x, &gamma)
	// alpha = 3(x - delta)(x + delta)
	f.sub(&t, &p.x, &delta)
	f.add(&alpha, &p.x, &delta)
	f.mul(&t, &t, &alpha)
	f.add(&alpha, &t, &t)
	f.add(&alpha, &alpha, &t)
	// z = (y + z)² - gamma - delta
	f.add(&t, &p.y, &p.z)
	f.sqr(&t, &t)
	f.sub(&t, &t, &gamma)
	f.sub(&p.z, &t, &delta)
	// x = alpha² - 8beta
	f.add(&beta, &beta, &beta)
	f.add(&beta, &beta, &beta)
	f.sqr(&t, &alpha)
	f.sub(&t, &t, &beta)
	f.sub(&p.x, &t, &beta)
	// y = alpha(4beta - x) - 8gamma²
	f.sub(&t, &beta, &p.x)
	f.mul(&t, &t, &alpha)
	f.add(&gamma, &gamma, &gamma)
	f.sqr(&gamma, &gamma)
	f.add(&gamma, &gamma, &gamma)
	f.sub(&p.y, &t, &gamma)
}

func (g *group[E]) addWeierstrass(p, q *point[E]) {
	f := &g.f
	if g.isNeutral(q) {
		return
	}
	if g.isNeutral(p) {
		*p = *q
		return
	}
	var u1, u2, s1, s2, zz E
	f.sqr(&zz, &q.z)
	f.mul(&u1, &p.x, &zz)
	f.mul(&zz, &zz, &q.z)
	f.mul(&s1, &p.y, &zz)
	f.sqr(&zz, &p.z)
	f.mul(&u2, &q.x, &zz)
	f.mul(&zz, &zz, &p.z)
	f.mul(&s2, &q.y, &zz)
	f.mul(&p.z, &p.z, &q.z)
	g.finishAdd(p, &u1, &u2, &s1, &s2)
}

func (g *group[E]) addAffineWeierstrass(p *point[E], q *affine[E]) {
	f := &g.f
	if g.isNeutral(p) {
		*p = g.lift(q)
		return
	}
	var u2, s2, zz E
	f.sqr(&zz, &p.z)
	f.mul(&u2, &q.x, &zz)
	f.mul(&zz, &zz, &p.z)
	f.mul(&s2, &q.y, &zz)
	g.finishAdd(p, &p.x, &u2, &p.y, &s2)
}

// finishAdd takes the operands over a common denominator, (u1, s1) and (u2, s2), and
// that denominator in p.z.
func (g *group[E]) finishAdd(p *point[E], u1, u2, s1, s2 *E) {
	f := &g.f
	var h, hh, hhh, r, v, t E
	f.sub(&h, u2, u1)
	f.sub(&r, s2, s1)
	if f.isZero(&h) {
		if !f.isZero(&r) {
			*p = g.neutral()
			return
		}
		// The operands are equal: (u1, s1) over z is that point.
		p.x, p.y = *u1, *s1
		g.doubleWeierstrass(p)
		return
	}
	f.sqr(&hh, &h)
	f.mul(&hhh, &hh, &h)
	f.mul(&v, u1, &hh)
	f.mul(&p.z, &p.z, &h)
	f.mul(&t, s1, &hhh)
	// x = r² - hhh - 2v
	f.sqr(&p.x, &r)
	f.sub(&p.x, &p.x, &hhh)
	f.sub(&p.x, &p.x, &v)
	f.sub(&p.x, &p.x, &v)
	// y = r(v - x) - s1·hhh
	f.sub(&v, &v, &p.x)
	f.mul(&v, &v, &r)
	f.sub(&p.y, &v, &t)
}
