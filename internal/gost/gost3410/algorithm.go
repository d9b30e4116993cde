package gost3410

import "encoding/asn1"

// Algorithm is the algorithm a public key was published under.
type Algorithm uint8

// The algorithms of RFC 4491, 2.3.2 and RFC 9215, 4.1.
const (
	GOST2001     Algorithm = iota + 1 // GOST R 34.10-2001, digests of GOST R 34.11-94
	GOST2012_256                      // GOST R 34.10-2012 with 256 bits, digests of GOST R 34.11-2012
	GOST2012_512                      // GOST R 34.10-2012 with 512 bits, digests of GOST R 34.11-2012
)

// algorithms lists for each algorithm its name, its identifier, the digest parameter
// set its keys may name, and the size of its curves.
var algorithms = [...]struct {
	name        string
	oid, digest asn1.ObjectIdentifier
	size        int
}{
	GOST2001:     {"GOST R 34.10-2001", oidOf("1.2.643.2.2.19"), oidOf("1.2.643.2.2.30.1"), 32},
	GOST2012_256: {"GOST R 34.10-2012 (256 bits)", oidOf("1.2.643.7.1.1.1.1"), oidOf("1.2.643.7.1.1.2.2"), 32},
	GOST2012_512: {"GOST R 34.10-2012 (512 bits)", oidOf("1.2.643.7.1.1.1.2"), oidOf("1.2.643.7.1.1.2.3"), 64},
}

// AlgorithmByOID returns the algorithm of a public key algorithm identifier.
func AlgorithmByOID(oid asn1.ObjectIdentifier) (Algorithm, bool) {
	for a := GOST2001; a <= GOST2012_512; a++ {
		if algorithms[a].oid.Equal(oid) {
			return a, true
		}
	}
	return 0, false
}

// OID returns the object identifier of the public key algorithm.
func (a Algorithm) OID() asn1.ObjectIdentifier { return algorithms[a].oid }

// String returns the name of the standard with the key size.
func (a Algorithm) String() string { return algorithms[a].name }

// takes reports whether keys of the algorithm may be on the curve. The sets of TC 26
// came with GOST R 34.10-2012.
func (a Algorithm) takes(c *Curve) bool {
	return algorithms[a].size == c.size && (a != GOST2001 || c.cryptoPro())
}

// cryptoPro reports whether the set is one of RFC 4357.
func (c *Curve) cryptoPro() bool { return c.oid[3] == 2 }
