package gost3410

import (
	"testing"
)

func BenchmarkField(b *testing.B) {
	g := Curves()[0].group256()
	h := Curves()[9].group512()
	x, y := g.base.y, g.f.one
	X, Y := h.base.y, h.f.one
	b.Run("mul4", func(b *testing.B) {
		for b.Loop() {
			for range 100 {
				g.f.mul(&y, &y, &x)
			}
		}
	})
	b.Run("sqr4", func(b *testing.B) {
		for b.Loop() {
			for range 100 {
				g.f.sqr(&x, &x)
			}
		}
	})
	b.Run("add4", func(b *testing.B) {
		for b.Loop() {
			for range 100 {
				g.f.add(&y, &y, &x)
			}
		}
	})
	b.Run("sub4", func(b *testing.B) {
		for b.Loop() {
			for range 100 {
				g.f.sub(&y, &y, &x)
			}
		}
	})
	b.Run("mont4", func(b *testing.B) {
		for b.Loop() {
			for range 100 {
				g.q.mul(&y, &y, &x)
			}
		}
	})
	b.Run("inv4", func(b *testing.B) {
		for b.Loop() {
			for range 100 {
				g.q.inverse(&y, &y)
			}
		}
	})
	b.Run("mul8", func(b *testing.B) {
		for b.Loop() {
			for range 100 {
				h.f.mul(&Y, &Y, &X)
			}
		}
	})
	b.Run("sqr8", func(b *testing.B) {
		for b.Loop() {
			for range 100 {
				h.f.sqr(&X, &X)
			}
		}
	})
	b.Run("add8", func(b *testing.B) {
		for b.Loop() {
			for range 100 {
				h.f.add(&Y, &Y, &X)
			}
		}
	})
	b.Run("mont8", func(b *testing.B) {
		for b.Loop() {
			for range 100 {
				h.q.mul(&Y, &Y, &X)
			}
		}
	})
	b.Run("inv8", func(b *testing.B) {
		for b.Loop() {
			for range 100 {
				h.q.inverse(&Y, &Y)
			}
		}
	})
}
