package pki

import (
	"hash/maphash"
	"math"
	"math/bits"
	"slices"
	"time"
)

// A Reason says why a certificate was revoked (RFC 5280 5.3.1).
type Reason uint8

// The reasons that decisions rest on.
const (
	Unspecified     Reason = 0
	KeyCompromise   Reason = 1
	CACompromise    Reason = 2
	CertificateHold Reason = 6
	RemoveFromCRL   Reason = 8
)

func (r Reason) String() string {
	names := [...]string{
		"unspecified", "keyCompromise", "cACompromise", "affiliationChanged", "superseded",
		"cessationOfOperation", "certificateHold", "7", "removeFromCRL", "privilegeWithdrawn", "aACompromise",
	}
	if int(r) < len(names) {
		return names[r]
	}
	return "?"
}

// An Entry is one entry of a list.
type Entry struct {
	Reason Reason
	Date   time.Time
}

// A revokedSet is the entries of one list in 16 bytes each. Of a serial number
// it keeps a digest of 92 bits under a random key: two different numbers fall
// together with a probability nobody can raise, since the key is unknown, and
// then a good certificate would be refused, not a revoked one accepted.
type revokedSet struct {
	seeds [2]maphash.Seed
	// records are grouped by the highest bits of their first digest; group g
	// begins at starts[g].
	records []record
	starts  []uint32
	shift   uint
}

// A record holds in mark 28 bits of the second digest and the reason.
type record struct {
	digest uint64
	mark   uint32
	date   uint32 // seconds since 1970
}

const recordSize = 16

// newRevokedSet returns a set that collects its records in scratch until they
// are grouped.
func newRevokedSet(scratch []record) *revokedSet {
	return &revokedSet{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, records: scratch[:0]}
}

// key digests a serial number; issuer is "" for certificates of the list's own
// issuer and the key of its name for others in an indirect list.
func (s *revokedSet) key(issuer string, serial []byte) (uint64, uint32) {
	if issuer == "" {
		return maphash.Bytes(s.seeds[0], serial), uint32(maphash.Bytes(s.seeds[1], serial)) &^ 0xf
	}
	var d [2]uint64
	for i, seed := range s.seeds {
		var h maphash.Hash
		h.SetSeed(seed)
		h.WriteString(issuer)
		h.WriteByte(0)
		h.Write(serial)
		d[i] = h.Sum64()
	}
	return d[0], uint32(d[1]) &^ 0xf
}

func (s *revokedSet) add(issuer string, serial []byte, reason Reason, date int64) {
	digest, mark := s.key(issuer, serial)
	s.records = append(s.records, record{digest, mark | uint32(reason&0xf), uint32(min(max(date, 0), math.MaxUint32))})
}

// group arranges the records for find and gives the scratch back. It is a
// counting sort by the highest bits, in groups of about sixteen, which are four
// lines of the processor's cache. With smaller ones the starts would be too many
// to stay in it. Rest is called after each part of it.
func (s *revokedSet) group(rest func()) (scratch []record) {
	scratch = s.records
	n := len(scratch)
	width := bits.Len(uint(n / 16))
	s.shift = 64 - uint(width)
	s.starts = make([]uint32, 1<<width+1)
	for part := range slices.Chunk(scratch, groupPart) {
		for i := range part {
			s.starts[part[i].digest>>s.shift+1]++
		}
		rest()
	}
	for g := 1; g < len(s.starts); g++ {
		s.starts[g] += s.starts[g-1]
	}
	next := slices.Clone(s.starts)
	s.records = make([]record, n)
	for part := range slices.Chunk(scratch, groupPart) {
		for _, r := range part {
			g := r.digest >> s.shift
			s.records[next[g]] = r
			next[g]++
		}
		rest()
	}
	return scratch
}

// groupPart is how many records are arranged before a rest, in about 0.2 ms.
const groupPart = 1 << 13

func (s *revokedSet) find(issuer string, serial []byte) (Entry, bool) {
	digest, mark := s.key(issuer, serial)
	g := digest >> s.shift
	for _, r := range s.records[s.starts[g]:s.starts[g+1]] {
		if r.digest == digest && r.mark&^0xf == mark {
			return Entry{Reason: Reason(r.mark & 0xf), Date: time.Unix(int64(r.date), 0).UTC()}, true
		}
	}
	return Entry{}, false
}
