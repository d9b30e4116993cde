package streebog

import "golang.org/x/sys/cpu"

// hasGFNI reports whether the processor looks bytes up in 256-byte tables and multiplies
// 8x8 bit matrices in 512-bit registers.
var hasGFNI = cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VBMI && cpu.X86.HasAVX512GFNI

// compress takes whole blocks into h: see compressGeneric.
func compress(h *vector, n uint64, p []byte) {
	if hasGFNI {
		compressGFNI(h, n, p, &gfni)
	} else {
		compressGeneric(h, n, p)
	}
}

// compressGFNI is compressGeneric.
//
//go:noescape
func compressGFNI(h *vector, n uint64, p []byte, k *constants)

// constants are what compressGFNI works with.
type constants struct {
	pi       [256]byte
	matrices [8][8]uint64
	order    [64]byte
	c        [12]vector
}

var gfni = newConstants()

// newConstants cuts the matrix of l into 8x8 blocks: block (j, k) says what byte k of a
// word gives to byte j of the result. Before the transposition P, word k holds byte k of
// all eight words that l will take, so a block is applied to a whole word at once; word j
// of the sum holds byte j of all results, and order transposes them back. Row r of
// matrices has the blocks for the words rotated by r: block (j, j+r) at place j.
func newConstants() (k constants) {
	k.pi, k.c = pi, c
	for r := range 8 {
		for j := range 8 {
			k.matrices[r][j] = block(j, (j+r)%8)
		}
	}
	for i := range 8 {
		for j := range 8 {
			k.order[8*i+j] = byte(8*j + i)
		}
	}
	return k
}

// block returns a block as VGF2P8AFFINEQB takes it: byte 7-o selects the bits of the
// operand that make up bit o of the result.
func block(j, k int) (m uint64) {
	for o := range 8 {
		for b := range 8 {
			m |= a[63-8*k-b] >> (8*j + o) & 1 << (8*(7-o) + b)
		}
	}
	return m
}
