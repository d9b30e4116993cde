package gost3410

import (
	"bytes"
	"crypto/rand"
	"math/big"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest/data"
)

// references are the curves in the order of Curves.
func references() (all []*reference) {
	for _, s := range sets {
		all = append(all, newReference(s.params))
	}
	return all
}

// octets writes a point as SubjectPublicKeyInfo does.
func (c *reference) octets(x, y *big.Int) []byte {
	return append(reversed(x.FillBytes(make([]byte, c.size))), reversed(y.FillBytes(make([]byte, c.size)))...)
}

// number returns a number of [1, q-1] made from octets.
func (c *reference) number(p []byte) *big.Int {
	limit := new(big.Int).Sub(c.q, big.NewInt(1))
	n := new(big.Int).SetBytes(p)
	return n.Mod(n, limit).Add(n, big.NewInt(1))
}

// FuzzVerify signs with the reference and with our Sign; both signatures verify here,
// with tables and without, and at the reference. Then octets of digest or signature are
// changed, and we say what the reference says.
func FuzzVerify(f *testing.F) {
	for curve := range sets {
		f.Add(uint8(curve), edges[0], edges[0], edges[0], uint16(curve), byte(1))
		f.Add(uint8(curve), edges[3], edges[3], edges[3], uint16(2*curve), byte(0))
		f.Add(uint8(curve), []byte("d"), []byte("k"), []byte("digest"), uint16(3*curve), byte(curve))
	}
	all := references()
	f.Fuzz(func(t *testing.T, curve uint8, d, k, digest []byte, at uint16, flip byte) {
		i := int(curve) % len(all)
		c, ref := Curves()[i], all[i]
		digest = append(bytes.Clone(digest), make([]byte, c.size)...)[:c.size]
		secret := ref.number(d)
		x, y := ref.multiply(secret, ref.gx, ref.gy)
		key, err := ParsePublicKey(c, ref.octets(x, y))
		if err != nil {
			t.Fatal(err)
		}
		known := key.Precompute()
		sig := ref.sign(secret, ref.number(k), digest)
		// RFC 7091, 6.1 would take another k for a zero half.
		valid := ref.verify(x, y, digest, sig)
		if half := make([]byte, c.size); !valid && !bytes.Equal(sig[:c.size], half) && !bytes.Equal(sig[c.size:], half) {
			t.Errorf("%s: the reference does not take its own signature", c.name)
		}
		if key.Verify(digest, sig) != valid || known.Verify(digest, sig) != valid {
			t.Errorf("%s: the reference's signature: got %v, want %v: %x", c.name, !valid, valid, sig)
		}
		private := &PrivateKey{PublicKey: *key, d: secret.FillBytes(make([]byte, c.size))}
		if ours, err := private.Sign(&stream{seed: string(k)}, digest, nil); err != nil || !ref.verify(x, y, digest, ours) {
			t.Errorf("%s: our signature does not verify: %x, %v", c.name, ours, err)
		}
		if n := int(at) % (3 * c.size); n < c.size {
			digest[n] ^= flip
		} else {
			sig[n-c.size] ^= flip
		}
		want := ref.verify(x, y, digest, sig)
		if key.Verify(digest, sig) != want || known.Verify(digest, sig) != want {
			t.Errorf("%s: got %v and %v, want %v", c.name, key.Verify(digest, sig), known.Verify(digest, sig), want)
		}
	})
}

// FuzzParseSPKI: what parses is a point of order q, and survives writing and reading.
func FuzzParseSPKI(f *testing.F) {
	for _, c := range Curves() {
		key, err := GenerateKey(c, &stream{seed: c.name})
		if err != nil {
			f.Fatal(err)
		}
		der, err := key.MarshalSPKI()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(der)
	}
	all := references()
	f.Fuzz(func(t *testing.T, der []byte) {
		key, err := ParseSPKI(der)
		if err != nil {
			return
		}
		for i, c := range Curves() {
			if c != key.curve {
				continue
			}
			x := new(big.Int).SetBytes(reversed(key.raw[:c.size]))
			y := new(big.Int).SetBytes(reversed(key.raw[c.size:]))
			ref := all[i]
			if zero, _ := ref.multiply(ref.q, x, y); !ref.onCurve(x, y) || zero != nil {
				t.Errorf("not a point of order q: %x", key.raw)
			}
		}
		out, err := key.MarshalSPKI()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := ParseSPKI(out); err != nil || !again.Equal(key) {
			t.Errorf("read again: %v, %v", again, err)
		}
	})
}

// TestComplete checks what the Edwards formulas rest on: d is not a square, so they hold
// for all pairs of points.
func TestComplete(t *testing.T) {
	for _, p := range []*params{&tc26256A, &tc26512C} {
		if big.Jacobi(hexInt(p.d), hexInt(p.p)) != -1 {
			t.Errorf("d = %s is a square", p.d)
		}
	}
}

func TestAllocs(t *testing.T) {
	data.CountAllocations(t)
	for _, c := range Curves() {
		key, err := GenerateKey(c, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		known := key.Precompute()
		sig, err := key.Sign(rand.Reader, make([]byte, c.size), nil)
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(5, func() {
			var digest [64]byte // stays on the stack of the caller
			if !key.Verify(digest[:c.size], sig) || !known.Verify(digest[:c.size], sig) {
				t.Error("does not verify")
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", c.name, n)
		}
	}
}

func TestZeroValues(t *testing.T) {
	digest, sig := make([]byte, 32), bytes.Repeat([]byte{1}, 64)
	if new(PublicKey).Verify(digest, sig) {
		t.Error("a zero PublicKey verifies")
	}
	if _, err := CurveByOID(nil); err == nil {
		t.Error("a curve without an object identifier")
	}
}

func BenchmarkVerify(b *testing.B) {
	for _, c := range Curves() {
		key, err := GenerateKey(c, rand.Reader)
		if err != nil {
			b.Fatal(err)
		}
		digest := make([]byte, c.Size())
		sig, err := key.Sign(rand.Reader, digest, nil)
		if err != nil {
			b.Fatal(err)
		}
		known, raw := key.Precompute(), key.Bytes()
		for _, op := range []struct {
			name string
			do   func() bool
		}{
			{"verify", func() bool { return key.Verify(digest, sig) }},
			{"known", func() bool { return known.Verify(digest, sig) }},
			{"precompute", func() bool { return key.Precompute() != nil }},
			{"parse", func() bool { _, err := ParsePublicKey(c, raw); return err == nil }},
		} {
			b.Run(c.Name()+"/"+op.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if !op.do() {
						b.Fatal("does not verify")
					}
				}
			})
		}
	}
}
