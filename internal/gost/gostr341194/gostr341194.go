// Package gostr341194 is the hash function of GOST R 34.11-94 (RFC 5831) with the
// CryptoPro parameter set of RFC 4357, 11.2 (id-GostR3411-94-CryptoProParamSet),
// the only one seen in certificates and signatures.
//
// The standard was withdrawn in 2013; the function is here because messages signed
// under GOST R 34.10-2001 carry it. Whether they are accepted is not decided here.
package gostr341194

import (
	"encoding/binary"
	"hash"
	"math/bits"
)

const (
	// Size is the length of a digest in bytes.
	Size = 32
	// BlockSize is the length of a block in bytes.
	BlockSize = 32
)

// vector is a 256-bit number, least significant word first.
type vector [4]uint64

// digest is the state between blocks: H, Σ and L of RFC 5831, 6.
type digest struct {
	h, sigma vector
	bits     uint64
	buf      [BlockSize]byte
	len      int // bytes waiting in buf
}

// New returns a hash with a 32-byte digest. The starting vector is zero.
func New() hash.Hash { return new(digest) }

// Sum returns the digest of data.
func Sum(data []byte) (sum [Size]byte) {
	var d digest
	d.Write(data)
	d.finish()
	d.h.put(sum[:])
	return sum
}

func (d *digest) Size() int      { return Size }
func (d *digest) BlockSize() int { return BlockSize }
func (d *digest) Reset()         { *d = digest{} }

func (d *digest) Write(p []byte) (int, error) {
	written := len(p)
	d.bits += 8 * uint64(written)
	if d.len > 0 {
		n := copy(d.buf[d.len:], p)
		d.len += n
		p = p[n:]
		if d.len < BlockSize {
			return written, nil
		}
		d.block(d.buf[:])
		d.len = 0
	}
	for ; len(p) >= BlockSize; p = p[BlockSize:] {
		d.block(p)
	}
	d.len = copy(d.buf[:], p)
	return written, nil
}

// Sum appends the digest of what was written so far to in; the state stays as it was.
func (d *digest) Sum(in []byte) []byte {
	end := *d
	end.finish()
	var sum [Size]byte
	end.h.put(sum[:])
	return append(in, sum[:]...)
}

func (d *digest) block(p []byte) {
	var m vector
	m.load(p)
	step(&d.h, &m)
	d.sigma.add(&m)
}

// finish takes the last block, the length and the sum of the blocks (RFC 5831, 6).
func (d *digest) finish() {
	if d.len > 0 {
		clear(d.buf[d.len:])
		d.block(d.buf[:])
	}
	step(&d.h, &vector{d.bits})
	step(&d.h, &d.sigma)
}

func (v *vector) load(p []byte) {
	for i := range v {
		v[i] = binary.LittleEndian.Uint64(p[8*i:])
	}
}

func (v *vector) put(p []byte) {
	for i, w := range v {
		binary.LittleEndian.PutUint64(p[8*i:], w)
	}
}

// add is addition modulo 2^256.
func (v *vector) add(w *vector) {
	var carry uint64
	for i := range v {
		v[i], carry = bits.Add64(v[i], w[i], carry)
	}
}
