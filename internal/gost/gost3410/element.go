package gost3410

import (
	"encoding/binary"
	"math/bits"
)

// element is a number of 256 or 512 bits, least significant limb first. The arithmetic
// that signatures spend their time in is written out for either length in limbs4.go and
// limbs8.go; all that is built on it is written once.
type element interface {
	[4]uint64 | [8]uint64
}

// setLittle sets z to a little-endian number of exactly its length.
func setLittle[E element](z *E, p []byte) {
	for i := range len(*z) {
		(*z)[i] = binary.LittleEndian.Uint64(p[8*i:])
	}
}

// setBig sets z to a big-endian number of exactly its length.
func setBig[E element](z *E, p []byte) {
	n := len(*z)
	for i := range n {
		(*z)[i] = binary.BigEndian.Uint64(p[8*(n-1-i):])
	}
}

func isZero[E element](x *E) bool {
	var or uint64
	for i := range len(*x) {
		or |= (*x)[i]
	}
	return or == 0
}

// less reports whether x < y.
func less[E element](x, y *E) bool {
	for i := len(*x) - 1; i >= 0; i-- {
		if (*x)[i] != (*y)[i] {
			return (*x)[i] < (*y)[i]
		}
	}
	return false
}

// addTo adds y to x and returns the carry.
func addTo[E element](x, y *E) (carry uint64) {
	for i := range len(*x) {
		(*x)[i], carry = bits.Add64((*x)[i], (*y)[i], carry)
	}
	return carry
}

// subFrom subtracts y from x and returns the borrow.
func subFrom[E element](x, y *E) (borrow uint64) {
	for i := range len(*x) {
		(*x)[i], borrow = bits.Sub64((*x)[i], (*y)[i], borrow)
	}
	return borrow
}

// trailingZeros counts the zero bits below the lowest set bit; x is not zero.
func trailingZeros[E element](x *E) int {
	i := 0
	for (*x)[i] == 0 {
		i++
	}
	return 64*i + bits.TrailingZeros64((*x)[i])
}

// shiftRight divides x by 2^n, 0 < n < 64, and brings in the low bits of high.
func shiftRight[E element](x *E, n int, high uint64) {
	for i := range len(*x) - 1 {
		(*x)[i] = (*x)[i]>>n | (*x)[i+1]<<(64-n)
	}
	last := len(*x) - 1
	(*x)[last] = (*x)[last]>>n | high<<(64-n)
}

// shiftLeft multiplies x by 2^n, 0 < n < 64; the result must fit.
func shiftLeft[E element](x *E, n int) {
	for i := len(*x) - 1; i > 0; i-- {
		(*x)[i] = (*x)[i]<<n | (*x)[i-1]>>(64-n)
	}
	(*x)[0] <<= n
}

// bit returns bit i of x, zero beyond its end.
func bit[E element](x *E, i int) int {
	if i >= 64*len(*x) {
		return 0
	}
	return int((*x)[i/64] >> (i % 64) & 1)
}
