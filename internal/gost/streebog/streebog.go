// Package streebog is the hash function of GOST R 34.11-2012 (RFC 6986,
// GOST 34.11-2018), known as Streebog, with 256 and 512 bits of digest.
//
// A digest is written in the byte order that X.509, CMS and XML Signature carry:
// the least significant byte of the standard's number comes first.
package streebog

import (
	"encoding/binary"
	"hash"
	"math/bits"
)

const (
	// Size256 is the length of a 256-bit digest in bytes.
	Size256 = 32
	// Size512 is the length of a 512-bit digest in bytes.
	Size512 = 64
	// BlockSize is the length of a block in bytes.
	BlockSize = 64
)

// vector is a 512-bit number, least significant word first.
type vector [8]uint64

// digest is the state between blocks: h, N and Σ of RFC 6986, 9.
type digest struct {
	h, sigma vector
	n        uint64
	buf      [BlockSize]byte
	len      int // bytes waiting in buf
	size     int
}

// New256 returns a hash with a 32-byte digest.
func New256() hash.Hash { return newDigest(Size256) }

// New512 returns a hash with a 64-byte digest.
func New512() hash.Hash { return newDigest(Size512) }

// Sum256 returns the 256-bit digest of data.
func Sum256(data []byte) (sum [Size256]byte) {
	sumTo(sum[:], data)
	return sum
}

// Sum512 returns the 512-bit digest of data.
func Sum512(data []byte) (sum [Size512]byte) {
	sumTo(sum[:], data)
	return sum
}

func sumTo(sum, data []byte) {
	d := digest{size: len(sum)}
	d.Reset()
	d.Write(data)
	d.finish()
	d.put(sum)
}

func newDigest(size int) *digest {
	d := &digest{size: size}
	d.Reset()
	return d
}

func (d *digest) Size() int      { return d.size }
func (d *digest) BlockSize() int { return BlockSize }

func (d *digest) Reset() {
	*d = digest{size: d.size}
	if d.size == Size256 {
		// RFC 6986, 6.1: IV is 00000001^64 for the 256-bit digest and zero for the other.
		for i := range d.h {
			d.h[i] = 0x0101010101010101
		}
	}
}

func (d *digest) Write(p []byte) (int, error) {
	written := len(p)
	if d.len > 0 {
		n := copy(d.buf[d.len:], p)
		d.len += n
		p = p[n:]
		if d.len < BlockSize {
			return written, nil
		}
		d.blocks(d.buf[:])
		d.len = 0
	}
	if n := len(p) &^ (BlockSize - 1); n > 0 {
		d.blocks(p[:n])
		p = p[n:]
	}
	d.len = copy(d.buf[:], p)
	return written, nil
}

// Sum appends the digest of what was written so far to in; the state stays as it was.
func (d *digest) Sum(in []byte) []byte {
	end := *d
	end.finish()
	var sum [Size512]byte
	end.put(sum[:d.size])
	return append(in, sum[:d.size]...)
}

// blocks is stage 2 of RFC 6986, 9.2 for whole blocks.
func (d *digest) blocks(p []byte) {
	compress(&d.h, d.n, p)
	d.n += 8 * uint64(len(p))
	for ; len(p) > 0; p = p[BlockSize:] {
		d.sigma.add(p)
	}
}

// finish is stage 3 of RFC 6986, 9.3.
func (d *digest) finish() {
	d.buf[d.len] = 1
	clear(d.buf[d.len+1:])
	compress(&d.h, d.n, d.buf[:])
	d.sigma.add(d.buf[:])

	length := vector{d.n + 8*uint64(d.len)}
	length.put(d.buf[:])
	compress(&d.h, 0, d.buf[:])
	d.sigma.put(d.buf[:])
	compress(&d.h, 0, d.buf[:])
}

// put writes h, or its more significant half for the shorter digest.
func (d *digest) put(sum []byte) {
	var all [BlockSize]byte
	d.h.put(all[:])
	copy(sum, all[BlockSize-len(sum):])
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

// add adds a block modulo 2^512.
func (v *vector) add(p []byte) {
	var carry uint64
	for i := range v {
		v[i], carry = bits.Add64(v[i], binary.LittleEndian.Uint64(p[8*i:]), carry)
	}
}
