package pki_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest/authority"
	"github.com/soapgate/soapgate/internal/pki"
)

// bigList returns a list of n entries with serial numbers of 16 octets, as
// CryptoPro's CAs issue them, and one of the numbers.
func bigList(tb testing.TB, kind authority.Kind, n int) ([]byte, []pki.Serial) {
	tb.Helper()
	ca := &authority.CA{Key: key(tb, kind, "big"), Subject: authority.CN("Большой УЦ")}
	r := rand.New(rand.NewPCG(1, 2))
	revoked := make([]authority.Revoked, n)
	serials := make([]pki.Serial, n)
	for i := range revoked {
		s := binary.BigEndian.AppendUint64(nil, r.Uint64()>>2|1<<61)
		s = binary.BigEndian.AppendUint64(s, r.Uint64())
		serials[i] = pki.Serial(s)
		revoked[i] = authority.Revoked{Serial: s, Date: now.Add(-time.Duration(i) * time.Minute), Reason: 5 * (i % 2)}
	}
	return listDER(tb, ca, authority.List{Revoked: revoked}), serials
}

// BenchmarkParseCRL loads a list of a million entries; hash is the digest of
// its bytes alone, for comparison.
func BenchmarkParseCRL(b *testing.B) {
	const n = 1_000_000
	for _, kind := range []authority.Kind{authority.RSA, authority.GOST256} {
		der, _ := bigList(b, kind, n)
		b.Run(fmt.Sprint(kind, "/parse"), func(b *testing.B) {
			b.SetBytes(int64(len(der)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := pki.ParseCRL(bytes.NewReader(der), pki.MaxCRL); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/entry")
		})
		b.Run(fmt.Sprint(kind, "/hash"), func(b *testing.B) {
			b.SetBytes(int64(len(der)))
			h := authority.NewHash(kind)
			for b.Loop() {
				h.Reset()
				h.Write(der)
				h.Sum(nil)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/entry")
		})
	}
}

// BenchmarkLookup looks serial numbers up in a list of a million, in random
// order, every second one not revoked.
func BenchmarkLookup(b *testing.B) {
	der, serials := bigList(b, authority.ECDSA, 1_000_000)
	l, err := pki.LoadCRL(der)
	if err != nil {
		b.Fatal(err)
	}
	der = nil
	// One after the other in memory, so that fetching them costs nothing.
	probes := make([]pki.Serial, 1<<16)
	r := rand.New(rand.NewPCG(3, 4))
	for i := range probes {
		s := []byte(serials[r.IntN(len(serials))])
		if i%2 == 1 {
			s[15] ^= 1
		}
		probes[i] = pki.Serial(s)
	}
	b.ReportAllocs()
	i, found := 0, 0
	for b.Loop() {
		if _, ok := l.Lookup(probes[i&(1<<16-1)]); ok {
			found++
		}
		i++
	}
	if found < i/2 || found > i/2+1 {
		b.Errorf("%d of %d found", found, i)
	}
}

// BenchmarkVerify_cached is the verification of a known certificate,
// BenchmarkVerify_new that of one never seen.
func BenchmarkVerify_cached(b *testing.B) {
	c := newChain(b, authority.GOST256, authority.GOST256)
	leaf := issue(b, c.ca, key(b, authority.GOST256, "leaf"), authority.Template{Subject: authority.CN("Заявитель")})
	store := pki.NewStore(c.trust(b))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := store.Verify(leaf, nil, pki.Params{At: now, Usage: pki.Sign}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify_new(b *testing.B) {
	for _, kind := range kinds {
		c := newChain(b, kind, kind)
		leaf := issue(b, c.ca, key(b, kind, "leaf"), authority.Template{Subject: authority.CN("Заявитель")})
		trust := c.trust(b)
		b.Run(kind.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				leaf := parse(b, leaf.Raw)
				if _, err := trust.Verify(leaf, nil, pki.Params{At: now, Usage: pki.Sign}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParseCertificate(b *testing.B) {
	for _, kind := range kinds {
		c := newChain(b, authority.ECDSA, authority.ECDSA)
		leaf := issue(b, c.ca, key(b, kind, "leaf"), authority.Template{Subject: authority.CN("Заявитель")})
		b.Run(kind.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				parse(b, leaf.Raw)
			}
		})
	}
}

// TestRetained: a list of a million entries keeps at most 24 bytes an entry.
func TestRetained(t *testing.T) {
	const n = 1_000_000
	der, serials := bigList(t, authority.ECDSA, n)
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	l, err := pki.LoadCRL(der)
	if err != nil {
		t.Fatal(err)
	}
	kept := heap() - before
	t.Logf("%d bytes for %d entries: %.1f an entry", kept, n, float64(kept)/n)
	if kept > 24*n {
		t.Errorf("%d bytes are kept for %d entries", kept, n)
	}
	if _, ok := l.Lookup(serials[n/2]); !ok {
		t.Error("an entry is lost")
	}
	runtime.KeepAlive(der)
}
