package streebog

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/gatetest/openssl"
)

// vectors are M1 and M2 of RFC 6986, 10, and the empty message, in octets
// (the RFC prints numbers, most significant byte first).
var vectors = []struct{ name, message, sum512, sum256 string }{
	{
		name:    "RFC 6986 10.1, M1",
		message: hex.EncodeToString([]byte("012345678901234567890123456789012345678901234567890123456789012")),
		sum512: "1b54d01a4af5b9d5cc3d86d68d285462b19abc2475222f35c085122be4ba1ffa" +
			"00ad30f8767b3a82384c6574f024c311e2a481332b08ef7f41797891c1646f48",
		sum256: "9d151eefd8590b89daa6ba6cb74af9275dd051026bb149a452fd84e5e57b5500",
	},
	{
		name: "RFC 6986 10.2, M2",
		message: "d1e520e2e5f2f0e82c20d1f2f0e8e1eee6e820e2edf3f6e82c20e2e5fef2fa20f120eceef0ff" +
			"20f1f2f0e5ebe0ece820ede020f5f0e0e1f0fbff20efebfaeafb20c8e3eef0e5e2fb",
		sum512: "1e88e62226bfca6f9994f1f2d51569e0daf8475a3b0fe61a5300eee46d961376" +
			"035fe83549ada2b8620fcd7c496ce5b33f0cb9dddc2b6460143b03dabac9fb28",
		sum256: "9dd2fe4e90409e5da87f53976d7405b0c0cac628fc669a741d50063c557e8f50",
	},
	{
		name:   "empty",
		sum512: "8e945da209aa869f0455928529bcae4679e9873ab707b55315f56ceb98bef0a7362f715528356ee83cda5f2aac4c6ad2ba3a715c1bcd81cb8e9f90bf4c1c1a8a",
		sum256: "3f539a213e97c802cc229d474c6aa32a825a360b2a933a949fd925208d9ce1bb",
	},
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		message, err := hex.DecodeString(v.message)
		if err != nil {
			t.Fatal(err)
		}
		sum512, sum256 := Sum512(message), Sum256(message)
		if got := hex.EncodeToString(sum512[:]); got != v.sum512 {
			t.Errorf("%s: 512 bits: got %s, want %s", v.name, got, v.sum512)
		}
		if got := hex.EncodeToString(sum256[:]); got != v.sum256 {
			t.Errorf("%s: 256 bits: got %s, want %s", v.name, got, v.sum256)
		}
	}
}

// TestCarry hashes bytes that make Σ carry through all its words.
func TestCarry(t *testing.T) {
	tool := openssl.New(t)
	message := bytes.Repeat([]byte{0xff}, 3*BlockSize)
	message = append(message, 1)
	sum := Sum512(message)
	if want := tool.Digest("md_gost12_512", message); !bytes.Equal(sum[:], want) {
		t.Errorf("got %x, want %x", sum, want)
	}
}

// TestEngine compares all lengths around the block borders with OpenSSL's engine.
func TestEngine(t *testing.T) {
	tool := openssl.New(t)
	message := stream(5000)
	for _, n := range []int{1, 31, 32, 33, 63, 64, 65, 127, 128, 129, 191, 192, 4096, 5000} {
		sum256, sum512 := Sum256(message[:n]), Sum512(message[:n])
		if want := tool.Digest("md_gost12_256", message[:n]); !bytes.Equal(sum256[:], want) {
			t.Errorf("256 bits of %d bytes: got %x, want %x", n, sum256, want)
		}
		if want := tool.Digest("md_gost12_512", message[:n]); !bytes.Equal(sum512[:], want) {
			t.Errorf("512 bits of %d bytes: got %x, want %x", n, sum512, want)
		}
	}
}

// TestHash checks what hash.Hash promises: parts, Sum without a change of state, Reset.
func TestHash(t *testing.T) {
	message := stream(1000)
	for _, test := range []struct {
		name string
		h    hash.Hash
		sum  func([]byte) []byte
	}{
		{"256", New256(), func(p []byte) []byte { s := Sum256(p); return s[:] }},
		{"512", New512(), func(p []byte) []byte { s := Sum512(p); return s[:] }},
	} {
		t.Run(test.name, func(t *testing.T) {
			for part := 1; part < 200; part += 7 {
				test.h.Reset()
				for i := 0; i < len(message); i += part {
					n, err := test.h.Write(message[i:min(i+part, len(message))])
					if n != min(part, len(message)-i) || err != nil {
						t.Fatalf("Write: %d, %v", n, err)
					}
					if i < 300 {
						want := test.sum(message[:i+n])
						if got := test.h.Sum([]byte("prefix")); !bytes.Equal(got, append([]byte("prefix"), want...)) {
							t.Fatalf("in parts of %d, %d bytes: got %x, want %x", part, i+n, got, want)
						}
					}
				}
				if got, want := test.h.Sum(nil), test.sum(message); !bytes.Equal(got, want) {
					t.Fatalf("in parts of %d: got %x, want %x", part, got, want)
				}
			}
			if test.h.Size() != len(test.sum(nil)) || test.h.BlockSize() != 64 {
				t.Errorf("Size %d, BlockSize %d", test.h.Size(), test.h.BlockSize())
			}
		})
	}
}

func TestAllocs(t *testing.T) {
	data.CountAllocations(t)
	message, h, sum := stream(1000), New256(), make([]byte, 0, Size512)
	if n := testing.AllocsPerRun(10, func() {
		h.Reset()
		h.Write(message)
		h.Sum(sum)
		Sum512(message)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// stream returns n bytes that look random and are the same in each run.
func stream(n int) []byte {
	var out []byte
	for i := 0; len(out) < n; i++ {
		block := sha256.Sum256(fmt.Appendf(nil, "streebog %d", i))
		out = append(out, block[:]...)
	}
	return out[:n]
}

func BenchmarkSum256(b *testing.B) {
	for _, n := range []int{64, 1 << 10, 32 << 10, 1 << 20} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			message := stream(n)
			b.SetBytes(int64(n))
			b.ReportAllocs()
			for b.Loop() {
				Sum256(message)
			}
		})
	}
}

// TestTables checks what the look-ups in tables are made from: L of RFC 6986, 6.4 done
// bit by bit.
func TestTables(t *testing.T) {
	var x, y, z vector
	for i := range x {
		x[i], y[i] = 0x0123456789abcdef*uint64(i+1), 0xfedcba9876543210>>i
	}
	lps(&z, &x, &y, &tables)
	for i := range z {
		var want uint64
		for k := range 8 {
			b := pi[byte((x[k]^y[k])>>(8*i))]
			for bit := range 8 {
				if b>>bit&1 != 0 {
					want ^= a[63-(8*k+bit)]
				}
			}
		}
		if z[i] != want {
			t.Errorf("word %d: got %x, want %x", i, z[i], want)
		}
	}
}

// FuzzCompress holds what runs on this processor to the tables.
func FuzzCompress(f *testing.F) {
	f.Add(make([]byte, 64), uint64(0), make([]byte, 64))
	f.Add(stream(64), uint64(512), stream(256))
	f.Add(bytes.Repeat([]byte{0xff}, 64), ^uint64(0), bytes.Repeat([]byte{0xff}, 128))
	f.Fuzz(func(t *testing.T, start []byte, n uint64, blocks []byte) {
		if len(start) < BlockSize {
			return
		}
		blocks = blocks[:len(blocks)&^(BlockSize-1)]
		var got, want vector
		got.load(start)
		want.load(start)
		compress(&got, n, blocks)
		compressGeneric(&want, n, blocks)
		if got != want {
			t.Errorf("got %x, want %x", got, want)
		}
	})
}
