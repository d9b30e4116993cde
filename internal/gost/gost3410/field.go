package gost3410

// field is GF(p). Where p is 2^256 - fold or 2^512 - fold with a small fold, an element
// is any number below that power of two of the right class modulo p, and reduction folds
// the upper half of a product onto the lower. For other p, fold is zero and elements are
// in Montgomery form.
type field[E element] struct {
	modulus[E]
	fold uint64
	one  E
}

func newField[E element](p E) field[E] {
	f := field[E]{modulus: newModulus(p)}
	special := true
	for i := 1; i < len(p); i++ {
		special = special && p[i] == ^uint64(0)
	}
	// A fold below 2^16 keeps every intermediate carry of fold4 and fold8 in one limb.
	if special && -p[0] < 1<<16 {
		f.fold = -p[0]
	}
	f.one[0] = 1
	f.enter(&f.one, &f.one)
	return f
}

// enter sets z to the element that stands for the number x < p.
func (f *field[E]) enter(z, x *E) {
	if f.fold != 0 {
		*z = *x
		return
	}
	f.modulus.mul(z, x, &f.rr)
}

// leave sets z to the number below p that the element x stands for.
func (f *field[E]) leave(z, x *E) {
	if f.fold == 0 {
		var one E
		one[0] = 1
		f.modulus.mul(z, &one, x)
		return
	}
	*z = *x
	f.reduce(z)
}

func (f *field[E]) mul(z, x, y *E) {
	if f.fold == 0 {
		f.modulus.mul(z, x, y)
		return
	}
	switch z := any(z).(type) {
	case *[4]uint64:
		foldMul4(z, any(x).(*[4]uint64), any(y).(*[4]uint64), f.fold)
	case *[8]uint64:
		foldMul8(z, any(x).(*[8]uint64), any(y).(*[8]uint64), f.fold)
	}
}

func (f *field[E]) sqr(z, x *E) { f.mul(z, x, x) }

func (f *field[E]) add(z, x, y *E) {
	if f.fold == 0 {
		f.modulus.add(z, x, y)
		return
	}
	switch z := any(z).(type) {
	case *[4]uint64:
		foldAdd4(z, any(x).(*[4]uint64), any(y).(*[4]uint64), f.fold)
	case *[8]uint64:
		foldAdd8(z, any(x).(*[8]uint64), any(y).(*[8]uint64), f.fold)
	}
}

func (f *field[E]) sub(z, x, y *E) {
	if f.fold == 0 {
		f.modulus.sub(z, x, y)
		return
	}
	switch z := any(z).(type) {
	case *[4]uint64:
		foldSub4(z, any(x).(*[4]uint64), any(y).(*[4]uint64), f.fold)
	case *[8]uint64:
		foldSub8(z, any(x).(*[8]uint64), any(y).(*[8]uint64), f.fold)
	}
}

// neg sets z to -x.
func (f *field[E]) neg(z, x *E) {
	var zero E
	f.sub(z, &zero, x)
}

// isZero reports whether x stands for zero: it is zero, or p where elements fold.
func (f *field[E]) isZero(x *E) bool {
	return isZero(x) || *x == f.m
}

func (f *field[E]) equal(x, y *E) bool {
	var d E
	f.sub(&d, x, y)
	return f.isZero(&d)
}

// inv sets z to 1/x for an x that is not zero.
func (f *field[E]) inv(z, x *E) {
	t := *x
	f.reduce(&t)
	f.inverse(&t, &t)
	if f.fold != 0 {
		var one E
		one[0] = 1
		f.modulus.mul(z, &one, &t) // out of Montgomery form
		return
	}
	// x was in the form already, so t is 1/x and not R/x.
	f.modulus.mul(z, &t, &f.rr)
}
