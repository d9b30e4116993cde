//go:build !amd64

package gost3410

// wideMul4 sets z to x·y.
func wideMul4(z *[8]uint64, x, y *[4]uint64) { wideMul4Generic(z, x, y) }

// wideSquare4 sets z to x².
func wideSquare4(z *[8]uint64, x *[4]uint64) { wideSquare4Generic(z, x) }
