package gost3410

import (
	"crypto/rand"
	"testing"
)

func BenchmarkVerify(b *testing.B) {
	for _, c := range Curves() {
		key, err := GenerateKey(c, rand.Reader)
		if err != nil {
			b.Fatal(err)
		}
		digest := make([]byte, c.Size())
		rand.Read(digest)
		sig, err := key.Sign(rand.Reader, digest, nil)
		if err != nil {
			b.Fatal(err)
		}
		known := key.Precompute()
		b.Run(c.Name()+"/first", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !key.Verify(digest, sig) {
					b.Fatal("does not verify")
				}
			}
		})
		b.Run(c.Name()+"/known", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !known.Verify(digest, sig) {
					b.Fatal("does not verify")
				}
			}
		})
		b.Run(c.Name()+"/precompute", func(b *testing.B) {
			for b.Loop() {
				key.Precompute()
			}
		})
		b.Run(c.Name()+"/parse", func(b *testing.B) {
			raw := key.Bytes()
			for b.Loop() {
				if _, err := ParsePublicKey(c, raw); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
