package gost3410

// verificationScalars checks the form of a signature and returns r and the factors z1
// of the base point and z2 of the key (RFC 7091, 6.2 steps 1 to 5).
func (g *group[E]) verificationScalars(digest, sig []byte) (r, z1, z2 E, ok bool) {
	size := 8 * len(r)
	if len(digest) != size || len(sig) != 2*size {
		return r, z1, z2, false
	}
	var s, e, v E
	setBig(&s, sig[:size])
	setBig(&r, sig[size:])
	if isZero(&s) || isZero(&r) || !less(&s, &g.q.m) || !less(&r, &g.q.m) {
		return r, z1, z2, false
	}
	e = digestScalar(&g.q, digest)
	g.q.inverse(&v, &e)
	g.q.mul(&z1, &s, &v)
	g.q.mul(&z2, &r, &v)
	var zero E
	g.q.sub(&z2, &zero, &z2)
	return r, z1, z2, true
}

// digestScalar is e of RFC 7091, 6.1 step 2: the digest modulo q, and one for zero.
func digestScalar[E element](q *modulus[E], digest []byte) (e E) {
	setLittle(&e, digest)
	q.reduce(&e)
	if isZero(&e) {
		e[0] = 1
	}
	return e
}

// isX reports whether the standard's x of p is r modulo q (RFC 7091, 6.2 steps 6 and 7).
// It needs no inversion: x is one of r, r+q, … below p.
func (g *group[E]) isX(p *point[E], r *E) bool {
	num, den := g.fraction(p)
	if g.f.isZero(&den) {
		return false
	}
	for x := *r; less(&x, &g.f.m); {
		var t E
		g.f.enter(&t, &x)
		g.f.mul(&t, &t, &den)
		if g.f.equal(&t, &num) {
			return true
		}
		if addTo(&x, &g.q.m) != 0 {
			break
		}
	}
	return false
}

// verify checks a signature under the key a.
func (g *group[E]) verify(a *affine[E], digest, sig []byte) bool {
	r, z1, z2, ok := g.verificationScalars(digest, sig)
	if !ok {
		return false
	}
	sum := g.multiplyBase(&z1)
	p := g.multiply(a, &z2)
	g.prepare(&p)
	g.add(&sum, &p)
	return g.isX(&sum, &r)
}

// verifyKnown checks a signature under the key of a comb.
func (g *group[E]) verifyKnown(c *comb[E], digest, sig []byte) bool {
	r, z1, z2, ok := g.verificationScalars(digest, sig)
	if !ok {
		return false
	}
	g.signedBits(&z1, &z1)
	g.signedBits(&z2, &z2)
	base := g.comb()
	sum := g.neutral()
	for i := spacing[E]() - 1; i >= 0; i-- {
		g.double(&sum, 1)
		g.addColumn(&sum, base, &z1, i)
		g.addColumn(&sum, c, &z2, i)
	}
	return g.isX(&sum, &r)
}

// multiplyBase returns k times the base point.
func (g *group[E]) multiplyBase(k *E) point[E] {
	var columns E
	g.signedBits(&columns, k)
	base := g.comb()
	sum := g.neutral()
	for i := spacing[E]() - 1; i >= 0; i-- {
		g.double(&sum, 1)
		g.addColumn(&sum, base, &columns, i)
	}
	return sum
}
