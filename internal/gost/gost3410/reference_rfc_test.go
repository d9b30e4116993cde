package gost3410

import (
	"bytes"
	"math/big"
	"testing"
)

// TestReference holds the reference to the two examples of GOST R 34.10-2012, Appendix A
// (RFC 7091, 7; the first is also that of RFC 5832, 7). Both use test curves that
// CurveByOID does not know.
func TestReference(t *testing.T) {
	for _, v := range []struct {
		name                  string
		params                params
		d, qx, qy, e, k, r, s string
	}{
		{
			name: "256 bits",
			params: params{
				p: "8000000000000000000000000000000000000000000000000000000000000431",
				a: "7",
				b: "5fbff498aa938ce739b8e022fbafef40563f6e6a3472fc2a514c0ce9dae23b7e",
				q: "8000000000000000000000000000000150fe8a1892976154c59cfc193accf5b3",
				x: "2",
				y: "8e2a8a0e65147d4bd6316030e16d19c85c97f0a9ca267122b96abbcea7e8fc8",
			},
			d:  "7a929ade789bb9be10ed359dd39a72c11b60961f49397eee1d19ce9891ec3b28",
			qx: "7f2b49e270db6d90d8595bec458b50c58585ba1d4e9b788f6689dbd8e56fd80b",
			qy: "26f1b489d6701dd185c8413a977b3cbbaf64d1c593d26627dffb101a87ff77da",
			e:  "2dfbc1b372d89a1188c09c52e0eec61fce52032ab1022e8e67ece6672b043ee5",
			k:  "77105c9b20bcd3122823c8cf6fcc7b956de33814e95b7fe64fed924594dceab3",
			r:  "41aa28d2f1ab148280cd9ed56feda41974053554a42767b83ad043fd39dc0493",
			s:  "01456c64ba4642a1653c235a98a60249bcd6d3f746b631df928014f6c5bf9c40",
		},
		{
			name: "512 bits",
			params: params{
				p: "4531acd1fe0023c7550d267b6b2fee80922b14b2ffb90f04d4eb7c09b5d2d15d" +
					"f1d852741af4704a0458047e80e4546d35b8336fac224dd81664bbf528be6373",
				a: "7",
				b: "1cff0806a31116da29d8cfa54e57eb748bc5f377e49400fdd788b649eca1ac43" +
					"61834013b2ad7322480a89ca58e0cf74bc9e540c2add6897fad0a3084f302adc",
				q: "4531acd1fe0023c7550d267b6b2fee80922b14b2ffb90f04d4eb7c09b5d2d15d" +
					"a82f2d7ecb1dbac719905c5eecc423f1d86e25edbe23c595d644aaf187e6e6df",
				x: "24d19cc64572ee30f396bf6ebbfd7a6c5213b3b3d7057cc825f91093a68cd762" +
					"fd60611262cd838dc6b60aa7eee804e28bc849977fac33b4b530f1b120248a9a",
				y: "2bb312a43bd2ce6e0d020613c857acddcfbf061e91e5f2c3f32447c259f39b2c" +
					"83ab156d77f1496bf7eb3351e1ee4e43dc1a18b91b24640b6dbb92cb1add371e",
			},
			d: "ba6048aadae241ba40936d47756d7c93091a0e8514669700ee7508e508b10207" +
				"2e8123b2200a0563322dad2827e2714a2636b7bfd18aadfc62967821fa18dd4",
			qx: "115dc5bc96760c7b48598d8ab9e740d4c4a85a65be33c1815b5c320c854621dd" +
				"5a515856d13314af69bc5b924c8b4ddff75c45415c1d9dd9dd33612cd530efe1",
			qy: "37c7c90cd40b0f5621dc3ac1b751cfa0e2634fa0503b3d52639f5d7fb72afd61" +
				"ea199441d943ffe7f0c70a2759a3cdb84c114e1f9339fdf27f35eca93677beec",
			e: "3754f3cfacc9e0615c4f4a7c4d8dab531b09b6f9c170c533a71d147035b0c591" +
				"7184ee536593f4414339976c647c5d5a407adedb1d560c4fc6777d2972075b8c",
			k: "359e7f4b1410feacc570456c6801496946312120b39d019d455986e364f36588" +
				"6748ed7a44b3e794434006011842286212273a6d14cf70ea3af71bb1ae679f1",
			r: "2f86fa60a081091a23dd795e1e3c689ee512a3c82ee0dcc2643c78eea8fcacd3" +
				"5492558486b20f1c9ec197c90699850260c93bcbcd9c5c3317e19344e173ae36",
			s: "1081b394696ffe8e6585e7a9362d26b6325f56778aadbc081c0bfbe933d52ff5" +
				"823ce288e8c4f362526080df7f70ce406a6eeb1f56919cb92a9853bde73e5b4a",
		},
	} {
		t.Run(v.name, func(t *testing.T) {
			c := newReference(&v.params)
			d, k := hexInt(v.d), hexInt(v.k)
			x, y := c.multiply(d, c.gx, c.gy)
			if x.Cmp(hexInt(v.qx)) != 0 || y.Cmp(hexInt(v.qy)) != 0 {
				t.Errorf("public key: got %x, %x", x, y)
			}
			digest := reversed(hexInt(v.e).FillBytes(make([]byte, c.size)))
			want := append(hexInt(v.s).FillBytes(make([]byte, c.size)), hexInt(v.r).FillBytes(make([]byte, c.size))...)
			if got := c.sign(d, k, digest); !bytes.Equal(got, want) {
				t.Errorf("signature: got %x, want %x", got, want)
			}
			if !c.verify(x, y, digest, want) {
				t.Error("the signature does not verify")
			}
			want[0] ^= 1
			if c.verify(x, y, digest, want) {
				t.Error("a changed signature verifies")
			}
		})
	}
}

// TestParams checks what the tables claim: primes, points on curves, orders, and that
// the Edwards form is the same curve (RFC 7836, 5.2).
func TestParams(t *testing.T) {
	for _, s := range sets {
		t.Run(s.name, func(t *testing.T) {
			c := newReference(s.params)
			if !c.p.ProbablyPrime(20) || !c.q.ProbablyPrime(20) {
				t.Error("p or q is not prime")
			}
			if !c.onCurve(c.gx, c.gy) {
				t.Error("the base point is not on the curve")
			}
			if x, _ := c.multiply(c.q, c.gx, c.gy); x != nil {
				t.Error("the base point is not of order q")
			}
			// Hasse: the number of points lies within 2 sqrt(p) of p + 1.
			points := new(big.Int).Mul(c.q, big.NewInt(int64(s.params.cofactor)))
			off := new(big.Int).Sub(points, c.p)
			if off.Abs(off).BitLen() > c.p.BitLen()/2+2 {
				t.Error("cofactor does not fit")
			}
		})
	}
}
