package gost3410

import (
	"encoding/asn1"
	"fmt"
	"strconv"
	"strings"
)

// Curve is one parameter set: a curve with its base point, under an object identifier.
// Two sets with the same curve are two Curves.
type Curve struct {
	name      string
	oid       asn1.ObjectIdentifier
	size      int
	reference *reference
}

// Name returns the name of the parameter set in RFC 4357 or RFC 7836.
func (c *Curve) Name() string { return c.name }

// OID returns the object identifier of the parameter set.
func (c *Curve) OID() asn1.ObjectIdentifier { return c.oid }

// Size returns the length of a coordinate, of a digest and of half a signature: 32 or 64 bytes.
func (c *Curve) Size() int { return c.size }

// CurveByOID returns the curve of a parameter set: CryptoPro-A, B, C, XchA, XchB of
// RFC 4357, tc26-256-A to D and tc26-512-A to C of RFC 7836. The sets meant for tests
// are unknown to it.
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

var curves = func() []*Curve {
	var all []*Curve
	for _, s := range sets {
		ref := newReference(s.params)
		all = append(all, &Curve{name: s.name, oid: mustOID(s.oid), size: ref.size, reference: ref})
	}
	return all
}()

// mustOID reads an identifier of our own tables.
func mustOID(s string) asn1.ObjectIdentifier {
	var oid asn1.ObjectIdentifier
	for arc := range strings.SplitSeq(s, ".") {
		n, err := strconv.Atoi(arc)
		if err != nil {
			panic("object identifier " + s)
		}
		oid = append(oid, n)
	}
	return oid
}
