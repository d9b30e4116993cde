package gost3410

import (
	"bytes"
	"encoding/binary"
	"math/big"
	"testing"

	"github.com/soapgate/soapgate/internal/gost/streebog"
)

// stream makes octets that look random and are the same in each run.
type stream struct {
	seed string
	n    uint64
	rest []byte
}

func (s *stream) Read(p []byte) (int, error) {
	for i := range p {
		if len(s.rest) == 0 {
			s.n++
			sum := streebog.Sum512(binary.BigEndian.AppendUint64([]byte(s.seed), s.n))
			s.rest = sum[:]
		}
		p[i], s.rest = s.rest[0], s.rest[1:]
	}
	return len(p), nil
}

// edges are numbers that make carries run through, by their octets.
var edges = [][]byte{
	{}, {1}, {2}, bytes.Repeat([]byte{0xff}, 64), append(bytes.Repeat([]byte{0xff}, 63), 0xfe),
	append(bytes.Repeat([]byte{0xff}, 62), 0xfd, 0x97), append(bytes.Repeat([]byte{0xff}, 62), 0xfd, 0xc7),
	append(bytes.Repeat([]byte{0xff}, 8), make([]byte, 56)...), append(make([]byte, 56), bytes.Repeat([]byte{0xff}, 8)...),
	append([]byte{0x80}, make([]byte, 31)...), append([]byte{0x80}, make([]byte, 63)...),
}

// FuzzField holds the arithmetic modulo p and q of every curve, as it runs on this
// processor and in its portable form, to math/big.
func FuzzField(f *testing.F) {
	for _, x := range edges {
		for _, y := range edges {
			f.Add(x, y)
		}
	}
	random := stream{seed: "field"}
	for range 20 {
		x, y := make([]byte, 64), make([]byte, 64)
		random.Read(x)
		random.Read(y)
		f.Add(x, y)
	}
	f.Fuzz(func(t *testing.T, x, y []byte) {
		for _, c := range Curves() {
			if c.group256 != nil {
				checkField(t, c.name, c.group256(), x, y)
				checkModulus(t, c.name, &c.group256().q, x, y)
				checkModulus(t, c.name, &c.group256().f.modulus, x, y)
			} else {
				checkField(t, c.name, c.group512(), x, y)
				checkModulus(t, c.name, &c.group512().q, x, y)
				checkModulus(t, c.name, &c.group512().f.modulus, x, y)
			}
		}
		checkGeneric(t, x, y)
	})
}

// fromBytes takes the last octets that fit.
func fromBytes[E element](p []byte) (z E) {
	octets := make([]byte, 8*len(z))
	p = p[max(0, len(p)-len(octets)):]
	copy(octets[len(octets)-len(p):], p)
	setBig(&z, octets)
	return z
}

func toBig[E element](x *E) *big.Int { return new(big.Int).SetBytes(appendBig(nil, x)) }

// checkField does not reduce its operands where any number of the right class will do.
func checkField[E element](t *testing.T, name string, g *group[E], xs, ys []byte) {
	t.Helper()
	f, p := &g.f, toBig(&g.f.m)
	x, y := fromBytes[E](xs), fromBytes[E](ys)
	bx, by := toBig(&x), toBig(&y)
	if f.fold == 0 {
		f.reduce(&x)
		f.reduce(&y)
		f.enter(&x, &x)
		f.enter(&y, &y)
	}
	check := func(op string, z *E, want *big.Int) {
		t.Helper()
		var out E
		f.leave(&out, z)
		if got := toBig(&out); got.Cmp(want.Mod(want, p)) != 0 {
			t.Errorf("%s: %s of %x and %x: got %x, want %x", name, op, bx, by, got, want)
		}
	}
	var z E
	f.mul(&z, &x, &y)
	check("mul", &z, new(big.Int).Mul(bx, by))
	f.sqr(&z, &x)
	check("sqr", &z, new(big.Int).Mul(bx, bx))
	f.add(&z, &x, &y)
	check("add", &z, new(big.Int).Add(bx, by))
	f.sub(&z, &x, &y)
	check("sub", &z, new(big.Int).Sub(bx, by))
	f.neg(&z, &x)
	check("neg", &z, new(big.Int).Neg(bx))
	z = x
	f.mul(&z, &z, &z)
	check("mul in place", &z, new(big.Int).Mul(bx, bx))
	difference := new(big.Int).Sub(bx, by)
	if want := difference.Mod(difference, p).Sign() == 0; f.equal(&x, &y) != want {
		t.Errorf("%s: equal of %x and %x: got %v", name, bx, by, !want)
	}
	inverse := new(big.Int).ModInverse(bx, p)
	if (inverse == nil) != f.isZero(&x) {
		t.Errorf("%s: isZero of %x: got %v", name, bx, f.isZero(&x))
	} else if inverse != nil {
		f.inv(&z, &x)
		check("inv", &z, inverse)
	}
}

func checkModulus[E element](t *testing.T, name string, m *modulus[E], xs, ys []byte) {
	t.Helper()
	p := toBig(&m.m)
	x, y := fromBytes[E](xs), fromBytes[E](ys)
	m.reduce(&y)
	bx, by := toBig(&x), toBig(&y)
	r := new(big.Int).Lsh(big.NewInt(1), uint(64*len(x)))
	var z E
	m.mul(&z, &x, &y)
	want := new(big.Int).Mul(bx, by)
	want.Mul(want, new(big.Int).ModInverse(r, p)).Mod(want, p)
	if toBig(&z).Cmp(want) != 0 {
		t.Errorf("%s: mul of %x and %x: got %x, want %x", name, bx, by, z, want)
	}
	switch x := any(&x).(type) {
	case *[4]uint64:
		var z [4]uint64
		montMul4Generic(&z, x, any(&y).(*[4]uint64), any(&m.m).(*[4]uint64), m.n0)
		if toBig(&z).Cmp(want) != 0 {
			t.Errorf("%s: montMul4Generic of %x and %x: got %x, want %x", name, bx, by, z, want)
		}
	case *[8]uint64:
		var z [8]uint64
		montMul8Generic(&z, x, any(&y).(*[8]uint64), any(&m.m).(*[8]uint64), m.n0)
		if toBig(&z).Cmp(want) != 0 {
			t.Errorf("%s: montMul8Generic of %x and %x: got %x, want %x", name, bx, by, z, want)
		}
	}
	if !isZero(&y) {
		m.inverse(&z, &y)
		want.ModInverse(by, p).Mul(want, r).Mod(want, p)
		if toBig(&z).Cmp(want) != 0 {
			t.Errorf("%s: inverse of %x: got %x, want %x", name, by, z, want)
		}
	}
}

// checkGeneric holds the portable multiplications with folding to what runs here: they
// agree to the bit, and checkField holds that to math/big.
func checkGeneric(t *testing.T, xs, ys []byte) {
	t.Helper()
	x4, y4, x8, y8 := fromBytes[[4]uint64](xs), fromBytes[[4]uint64](ys), fromBytes[[8]uint64](xs), fromBytes[[8]uint64](ys)
	for _, fold := range []uint64{617, 569, 1, 1<<16 - 1} {
		var got4, want4 [4]uint64
		foldMul4(&got4, &x4, &y4, fold)
		foldMul4Generic(&want4, &x4, &y4, fold)
		if got4 != want4 {
			t.Errorf("foldMul4 of %x and %x: got %x, want %x", x4, y4, got4, want4)
		}
		var got8, want8 [8]uint64
		foldMul8(&got8, &x8, &y8, fold)
		foldMul8Generic(&want8, &x8, &y8, fold)
		if got8 != want8 {
			t.Errorf("foldMul8 of %x and %x: got %x, want %x", x8, y8, got8, want8)
		}
	}
}

func BenchmarkField(b *testing.B) {
	g, h := Curves()[0].group256(), Curves()[9].group512()
	x, y := g.base.y, g.base.y
	xx, yy := h.base.y, h.base.y
	for _, c := range []struct {
		name string
		op   func()
	}{
		{"256/mul", func() { g.f.mul(&y, &y, &x) }},
		{"256/add", func() { g.f.add(&y, &y, &x) }},
		{"256/scalar/mul", func() { g.q.mul(&y, &y, &x) }},
		{"256/scalar/inverse", func() { g.q.inverse(&y, &y) }},
		{"512/mul", func() { h.f.mul(&yy, &yy, &xx) }},
		{"512/add", func() { h.f.add(&yy, &yy, &xx) }},
		{"512/scalar/mul", func() { h.q.mul(&yy, &yy, &xx) }},
		{"512/scalar/inverse", func() { h.q.inverse(&yy, &yy) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				c.op()
			}
		})
	}
}
