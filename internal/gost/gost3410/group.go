package gost3410

import (
	"encoding/hex"
	"errors"
	"strings"
	"sync"
)

// group is the arithmetic of one curve. A curve with an Edwards form is computed in it:
// its addition law has no exceptions and its doublings are cheaper. The others are
// computed in the form of the standard, where a = -3.
type group[E element] struct {
	f        field[E]   // coordinates
	q        modulus[E] // scalars: modulo the order of the base point
	cofactor int
	b        E // of y² = x³ - 3x + b

	edwards bool
	d       E // of u² + v² = 1 + du²v²
	s, t    E // (e-d)/4 and (e+d)/6 of RFC 7836, 5.2

	base affine[E]
	half E // see signedBits
	comb func() *comb[E]
}

// point is (x/z², y/z³) on a curve of the standard's form, and (x/z, y/z) with
// t = xy/z on an Edwards curve. As an operand of add, an Edwards point has d·t for t.
type point[E element] struct{ x, y, z, t E }

// affine is a point with z = 1, ready to be added: t is dxy on an Edwards curve.
type affine[E element] struct{ x, y, t E }

func newGroup[E element](p *params) *group[E] {
	g := &group[E]{f: newField(number[E](p.p)), q: newModulus(number[E](p.q)), cofactor: p.cofactor}
	b := number[E](p.b)
	g.f.enter(&g.b, &b)
	if p.d != "" {
		g.edwards = true
		d := number[E](p.d)
		g.setEdwards(&d)
	}
	x, y := number[E](p.x), number[E](p.y)
	base, err := g.newAffine(&x, &y)
	if err != nil {
		panic("base point: " + err.Error())
	}
	g.base = base
	g.half = halfOnes(&g.q)
	g.comb = sync.OnceValue(func() *comb[E] { return g.newComb(&g.base) })
	return g
}

// number reads a hexadecimal number of our own tables.
func number[E element](s string) (z E) {
	octets, err := hex.DecodeString(strings.Repeat("0", 16*len(z)-len(s)) + s)
	if err != nil {
		panic(err)
	}
	setBig(&z, octets)
	return z
}

var (
	errField = errors.New("coordinate outside of the field")
	errCurve = errors.New("point is not on the curve")
	errOrder = errors.New("point is not of prime order")
)

// newAffine checks that the numbers x and y are a point of order q and returns it.
func (g *group[E]) newAffine(x, y *E) (affine[E], error) {
	var a affine[E]
	if !less(x, &g.f.m) || !less(y, &g.f.m) {
		return a, errField
	}
	g.f.enter(&a.x, x)
	g.f.enter(&a.y, y)
	if !g.edwards {
		if !g.onWeierstrass(&a) {
			return a, errCurve
		}
	} else if ok := g.toEdwards(&a); !ok || !g.onEdwards(&a) {
		// Points of order 2 and 4 have no image; none of them is welcome.
		return a, errCurve
	}
	if g.cofactor != 1 {
		if p := g.multiply(&a, &g.q.m); !g.isNeutral(&p) {
			return a, errOrder
		}
	}
	return a, nil
}

// neutral returns the neutral element.
func (g *group[E]) neutral() (p point[E]) {
	// It is (0, 1) on an Edwards curve; on the other, z = 0 is the point at infinity.
	p.y = g.f.one
	if g.edwards {
		p.z = g.f.one
	}
	return p
}

func (g *group[E]) isNeutral(p *point[E]) bool {
	if g.edwards {
		return g.f.isZero(&p.x) && g.f.equal(&p.y, &p.z)
	}
	return g.f.isZero(&p.z)
}

// double doubles p n times.
func (g *group[E]) double(p *point[E], n int) {
	for ; n > 0; n-- {
		if g.edwards {
			g.doubleEdwards(p, n == 1)
		} else {
			g.doubleWeierstrass(p)
		}
	}
}

// add adds q to p.
func (g *group[E]) add(p, q *point[E]) {
	if g.edwards {
		g.addEdwards(p, &q.x, &q.y, &q.z, &q.t)
	} else {
		g.addWeierstrass(p, q)
	}
}

// prepare makes a result an operand of add.
func (g *group[E]) prepare(q *point[E]) {
	if g.edwards {
		g.f.mul(&q.t, &q.t, &g.d)
	}
}

// addAffine adds q to p.
func (g *group[E]) addAffine(p *point[E], q *affine[E]) {
	if g.edwards {
		g.addEdwards(p, &q.x, &q.y, nil, &q.t)
	} else {
		g.addAffineWeierstrass(p, q)
	}
}

// negate negates the point with these coordinates.
func (g *group[E]) negate(x, y, t *E) {
	if g.edwards {
		g.f.neg(x, x)
		g.f.neg(t, t)
	} else {
		g.f.neg(y, y)
	}
}

// lift returns q as a result.
func (g *group[E]) lift(q *affine[E]) point[E] {
	p := point[E]{x: q.x, y: q.y, z: g.f.one}
	if g.edwards {
		g.f.mul(&p.t, &q.x, &q.y)
	}
	return p
}

// normalize brings points to z = 1 with one inversion for all (Montgomery's trick).
// None of them is neutral.
func (g *group[E]) normalize(points []point[E]) []affine[E] {
	f := &g.f
	products := make([]E, len(points)) // of the z before
	product := f.one
	for i := range points {
		products[i] = product
		f.mul(&product, &product, &points[i].z)
	}
	var inverse, zi, zz E
	f.inv(&inverse, &product)
	out := make([]affine[E], len(points))
	for i := len(points) - 1; i >= 0; i-- {
		p, a := &points[i], &out[i]
		f.mul(&zi, &inverse, &products[i])
		f.mul(&inverse, &inverse, &p.z)
		if g.edwards {
			f.mul(&a.x, &p.x, &zi)
			f.mul(&a.y, &p.y, &zi)
			f.mul(&a.t, &a.x, &a.y)
			f.mul(&a.t, &a.t, &g.d)
			continue
		}
		f.sqr(&zz, &zi)
		f.mul(&a.x, &p.x, &zz)
		f.mul(&zz, &zz, &zi)
		f.mul(&a.y, &p.y, &zz)
	}
	return out
}

// fraction returns the standard's x of p as a fraction; den is zero for the neutral element.
func (g *group[E]) fraction(p *point[E]) (num, den E) {
	f := &g.f
	if !g.edwards {
		f.sqr(&den, &p.z)
		return p.x, den
	}
	// x = s(1+v)/(1-v) + t
	var sum E
	f.sub(&den, &p.z, &p.y)
	f.add(&sum, &p.z, &p.y)
	f.mul(&num, &g.s, &sum)
	f.mul(&sum, &g.t, &den)
	f.add(&num, &num, &sum)
	return num, den
}
