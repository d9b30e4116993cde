package gostr341194

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/gatetest/openssl"
)

// testNodes is id-GostR3411-94-TestParamSet of RFC 4357, 11.2.
var testNodes = [8][16]byte{
	{0x4, 0xa, 0x9, 0x2, 0xd, 0x8, 0x0, 0xe, 0x6, 0xb, 0x1, 0xc, 0x7, 0xf, 0x5, 0x3},
	{0xe, 0xb, 0x4, 0xc, 0x6, 0xd, 0xf, 0xa, 0x2, 0x3, 0x8, 0x1, 0x0, 0x7, 0x5, 0x9},
	{0x5, 0x8, 0x1, 0xd, 0xa, 0x3, 0x4, 0x2, 0xe, 0xf, 0xc, 0x7, 0x6, 0x0, 0x9, 0xb},
	{0x7, 0xd, 0xa, 0x1, 0x0, 0x8, 0x9, 0xf, 0xe, 0x4, 0x6, 0xc, 0xb, 0x2, 0x5, 0x3},
	{0x6, 0xc, 0x7, 0x1, 0x5, 0xf, 0xd, 0x8, 0x4, 0xa, 0x9, 0xe, 0x0, 0x3, 0xb, 0x2},
	{0x4, 0xb, 0xa, 0x0, 0x7, 0x2, 0x1, 0xd, 0x3, 0x6, 0x8, 0x5, 0x9, 0xc, 0xf, 0xe},
	{0xd, 0xb, 0x4, 0x1, 0x3, 0xf, 0x5, 0x9, 0x0, 0xa, 0xe, 0x7, 0x6, 0x8, 0x2, 0xc},
	{0x1, 0xf, 0xd, 0x0, 0x5, 0x7, 0xa, 0x4, 0x9, 0x2, 0x3, 0xe, 0x6, 0xb, 0x8, 0xc},
}

const (
	message32 = "This is message, length=32 bytes"
	message50 = "Suppose the original message has length = 50 bytes"
)

// TestReference holds the reference to the examples of RFC 5831, 7.3.
func TestReference(t *testing.T) {
	for _, v := range []struct{ message, sum string }{
		{message32, "b1c466d37519b82e8319819ff32595e047a28cb6f83eff1c6916a815a637fffa"},
		{message50, "471aba57a60a770d3a76130635c1fbea4ef14de51f78b4ae57dd893b62f55208"},
	} {
		if got := hex.EncodeToString(reference(&testNodes, []byte(v.message))); got != v.sum {
			t.Errorf("%q: got %s, want %s", v.message, got, v.sum)
		}
	}
}

// TestVectors are widely published digests with the CryptoPro parameter set.
func TestVectors(t *testing.T) {
	for _, v := range []struct{ message, sum string }{
		{"", "981e5f3ca30c841487830f84fb433e13ac1101569b9c13584ac483234cd656c0"},
		{"a", "e74c52dd282183bf37af0079c9f78055715a103f17e3133ceff1aacf2f403011"},
		{"abc", "b285056dbf18d7392d7677369524dd14747459ed8143997e163b2986f92fd42c"},
		{"message digest", "bc6041dd2aa401ebfa6e9886734174febdb4729aa972d60f549ac39b29721ba0"},
		{message32, "2cefc2f7b7bdc514e18ea57fa74ff357e7fa17d652c75f69cb1be7893ede48eb"},
		{message50, "c3730c5cbccacf915ac292676f21e8bd4ef75331d9405e5f1a61dc3130a65011"},
		{strings.Repeat("a", 1000000), "8693287aa62f9478f7cb312ec0866b6c4e4a0f11160441e8f4ffcd2715dd554f"},
	} {
		if sum := Sum([]byte(v.message)); hex.EncodeToString(sum[:]) != v.sum {
			t.Errorf("%.50q: got %x, want %s", v.message, sum, v.sum)
		}
	}
}

func TestEngine(t *testing.T) {
	tool := openssl.New(t)
	message := bytes.Repeat([]byte("\xff\xfeGOST R 34.11-94"), 30)
	for _, n := range []int{1, 31, 32, 33, 64, 65, 500} {
		sum := Sum(message[:n])
		if want := tool.Digest("md_gost94", message[:n]); !bytes.Equal(sum[:], want) {
			t.Errorf("%d bytes: got %x, want %x", n, sum, want)
		}
	}
}

// TestHash checks what hash.Hash promises: parts, Sum without a change of state, Reset.
func TestHash(t *testing.T) {
	message := bytes.Repeat([]byte("0123456789"), 30)
	h := New()
	for part := 1; part < 100; part += 3 {
		h.Reset()
		for i := 0; i < len(message); i += part {
			h.Write(message[i:min(i+part, len(message))])
			want := Sum(message[:min(i+part, len(message))])
			if got := h.Sum([]byte("prefix")); !bytes.Equal(got, append([]byte("prefix"), want[:]...)) {
				t.Fatalf("in parts of %d, %d bytes: got %x, want %x", part, i+part, got, want)
			}
		}
	}
	if h.Size() != 32 || h.BlockSize() != 32 {
		t.Errorf("Size %d, BlockSize %d", h.Size(), h.BlockSize())
	}
}

func TestAllocs(t *testing.T) {
	data.CountAllocations(t)
	message, h, sum := make([]byte, 100), New(), make([]byte, 0, Size)
	if n := testing.AllocsPerRun(10, func() {
		h.Reset()
		h.Write(message)
		h.Sum(sum)
		Sum(message)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzSum(f *testing.F) {
	f.Add([]byte(nil))
	f.Add([]byte(message32))
	f.Add([]byte(message50))
	f.Add(bytes.Repeat([]byte{0xff}, 100))
	f.Fuzz(func(t *testing.T, message []byte) {
		if got, want := Sum(message), reference(&nodes, message); !bytes.Equal(got[:], want) {
			t.Errorf("got %x, want %x", got, want)
		}
	})
}

func BenchmarkSum(b *testing.B) {
	message := make([]byte, 32<<10)
	b.SetBytes(int64(len(message)))
	b.ReportAllocs()
	for b.Loop() {
		Sum(message)
	}
}
