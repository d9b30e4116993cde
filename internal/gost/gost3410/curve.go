package gost3410

import (
	"encoding/asn1"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// Curve is one parameter set: a curve with its base point, under an object identifier.
// Two sets with the same curve are two Curves.
type Curve struct {
	name string
	oid  asn1.ObjectIdentifier
	size int

	// The arithmetic is made when it is first asked for; sets with the same curve share
	// it. One of the two is nil.
	group256 func() *group[[4]uint64]
	group512 func() *group[[8]uint64]
}

// Name returns the name of the parameter set in RFC 4357, RFC 7836 or RFC 9215.
func (c *Curve) Name() string { return c.name }

// OID returns the object identifier of the parameter set.
func (c *Curve) OID() asn1.ObjectIdentifier { return c.oid }

// Size returns the length of a coordinate, of a digest and of half a signature: 32 or
// 64 bytes.
func (c *Curve) Size() int { return c.size }

// CurveByOID returns the curve of a parameter set: CryptoPro-A, B, C, XchA, XchB of
// RFC 4357, tc26-256-A to D and tc26-512-A to C of RFC 7836 and RFC 9215. The sets meant
// for tests are unknown to it.
func CurveByOID(oid asn1.ObjectIdentifier) (*Curve, error) {
	for _, c := range curves {
		if c.oid.Equal(oid) {
			return c, nil
		}
	}
	return nil, fmt.Errorf("unknown GOST R 34.10 parameter set %v", oid)
}

// Curves returns all curves CurveByOID knows.
func Curves() []*Curve { return append([]*Curve(nil), curves...) }

var curves = newCurves()

func newCurves() (all []*Curve) {
	made := map[*params]*Curve{}
	for _, s := range sets {
		c := &Curve{name: s.name, oid: oidOf(s.oid), size: len(s.params.p) / 2}
		if twin := made[s.params]; twin != nil {
			c.group256, c.group512 = twin.group256, twin.group512
		} else if c.size == 32 {
			c.group256 = sync.OnceValue(func() *group[[4]uint64] { return newGroup[[4]uint64](s.params) })
		} else {
			c.group512 = sync.OnceValue(func() *group[[8]uint64] { return newGroup[[8]uint64](s.params) })
		}
		made[s.params] = c
		all = append(all, c)
	}
	return all
}

// oidOf reads an identifier of our own tables.
func oidOf(s string) (oid asn1.ObjectIdentifier) {
	for arc := range strings.SplitSeq(s, ".") {
		n, err := strconv.Atoi(arc)
		if err != nil {
			panic(err)
		}
		oid = append(oid, n)
	}
	return oid
}
