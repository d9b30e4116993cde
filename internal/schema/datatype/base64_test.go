package datatype

import (
	"bytes"
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestBase64Length compares with encoding/base64, which is strict about what
// is left over, on values that are nearly right.
func TestBase64Length(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 4))
	for range 200_000 {
		octets := make([]byte, random.IntN(70))
		for i := range octets {
			octets[i] = byte(random.Uint32())
		}
		v := base64.StdEncoding.AppendEncode(nil, octets)
		for range random.IntN(3) {
			v = bytes.Clone(v)
			at, c := random.IntN(len(v)+1), "A/+=z9 \n\t\r-_.:@[`{\x00\x80\xff"[random.IntN(21)]
			if at < len(v) && random.IntN(2) == 0 {
				v[at] = c
			} else {
				v = append(v[:at], append([]byte{c}, v[at:]...)...)
			}
		}
		plain := strings.NewReplacer(" ", "", "\t", "", "\n", "", "\r", "").Replace(string(v))
		want, err := base64.StdEncoding.Strict().DecodeString(plain)
		if n, ok := base64Length(v); ok != (err == nil) || ok && n != len(want) {
			t.Fatalf("%q: %d, %v; encoding/base64 has %d, %v", v, n, ok, len(want), err)
		}
	}
}
