package xmlsig

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // in the suite of that name only
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"
	"math/big"
	"slices"
	"time"

	"github.com/soapgate/soapgate/internal/gost/gost3410"
	"github.com/soapgate/soapgate/internal/gost/gostr341194"
	"github.com/soapgate/soapgate/internal/gost/streebog"
)

// A Suite is a set of algorithms that is accepted as a whole.
type Suite struct {
	Name       string
	Until      time.Time // when it stops being accepted; zero for never
	Signatures []SignatureMethod
	Digests    []DigestMethod
}

// A SignatureMethod is a signature algorithm under one identifier.
type SignatureMethod struct {
	URI  string
	Hash func() hash.Hash
	// Fits reports whether a public key is of the algorithm's kind and strength.
	Fits func(key any) bool
	// Verify judges a value over a digest made with Hash, by a key that fits.
	Verify func(key any, digest, value []byte) bool
}

// A DigestMethod is a digest algorithm under one identifier.
type DigestMethod struct {
	URI  string
	Hash func() hash.Hash
}

// Prefixes of algorithm identifiers.
const (
	dsig    = "http://www.w3.org/2000/09/xmldsig#"
	more    = "http://www.w3.org/2001/04/xmldsig-more#"
	more07  = "http://www.w3.org/2007/05/xmldsig-more#"
	xmlenc  = "http://www.w3.org/2001/04/xmlenc#"
	cpxml   = "urn:ietf:params:xml:ns:cpxmlsec:algorithms:"
	gost256 = cpxml + "gostr34102012-gostr34112012-256"
	gost512 = cpxml + "gostr34102012-gostr34112012-512"
)

// rsaPSS is RSA-PSS with its parameters in the message.
const rsaPSS = more07 + "rsa-pss"

// pssMethods are the identifiers of RSA-PSS that imply all parameters (RFC
// 6931 2.3.10), with their digest and its size, which is that of the salt.
var pssMethods = []struct {
	digest, uri string
	size        int
}{
	{xmlenc + "sha256", more07 + "sha256-rsa-MGF1", 32},
	{more + "sha384", more07 + "sha384-rsa-MGF1", 48},
	{xmlenc + "sha512", more07 + "sha512-rsa-MGF1", 64},
}

// LookupSuite returns the suite that a configuration names, without an end:
//
//	gost2012  GOST R 34.10-2012 with 34.11-2012; digests of 34.11-94 too,
//	          which accepted messages of ГИС ЖКХ mix in
//	gost2001  GOST R 34.10-2001 with 34.11-94
//	rsa       RSA of 2048 to 8192 bits, PKCS #1 v1.5 and PSS, with SHA-2
//	ecdsa     ECDSA on P-256, P-384 and P-521 with SHA-2
//	sha1      RSA of 2048 bits and more, and ECDSA, with SHA-1
//	rsa1024   RSA of 1024 to 2047 bits with SHA-2
func LookupSuite(name string) (Suite, bool) {
	for _, s := range suites {
		if s.Name == name {
			return s, true
		}
	}
	return Suite{}, false
}

var sha2 = []DigestMethod{
	{xmlenc + "sha256", sha256.New},
	{more + "sha384", sha512.New384},
	{xmlenc + "sha512", sha512.New},
}

var digest94 = []DigestMethod{
	{more + "gostr3411", gostr341194.New},
	{cpxml + "gostr3411", gostr341194.New},
}

var suites = []Suite{
	{
		Name: "gost2012",
		Signatures: []SignatureMethod{
			gost(gost256, streebog.New256, gost3410.GOST2012_256),
			gost(gost512, streebog.New512, gost3410.GOST2012_512),
		},
		Digests: append([]DigestMethod{
			{cpxml + "gostr34112012-256", streebog.New256},
			{cpxml + "gostr34112012-512", streebog.New512},
		}, digest94...),
	},
	{
		Name: "gost2001",
		Signatures: []SignatureMethod{
			gost(more+"gostr34102001-gostr3411", gostr341194.New, gost3410.GOST2001),
			gost(cpxml+"gostr34102001-gostr3411", gostr341194.New, gost3410.GOST2001),
		},
		Digests: digest94,
	},
	{
		Name: "rsa",
		Signatures: []SignatureMethod{
			pkcs1(more+"rsa-sha256", crypto.SHA256, 2048, 8192),
			pkcs1(more+"rsa-sha384", crypto.SHA384, 2048, 8192),
			pkcs1(more+"rsa-sha512", crypto.SHA512, 2048, 8192),
			pss(more07+"sha256-rsa-MGF1", crypto.SHA256, 2048, 8192),
			pss(more07+"sha384-rsa-MGF1", crypto.SHA384, 2048, 8192),
			pss(more07+"sha512-rsa-MGF1", crypto.SHA512, 2048, 8192),
			// Without parameters it means SHA-256 throughout (RFC 6931 2.3.9).
			pss(rsaPSS, crypto.SHA256, 2048, 8192),
		},
		Digests: sha2,
	},
	{
		Name: "ecdsa",
		Signatures: []SignatureMethod{
			ecdsaWith(more+"ecdsa-sha256", crypto.SHA256),
			ecdsaWith(more+"ecdsa-sha384", crypto.SHA384),
			ecdsaWith(more+"ecdsa-sha512", crypto.SHA512),
		},
		Digests: sha2,
	},
	{
		Name: "sha1",
		Signatures: []SignatureMethod{
			pkcs1(dsig+"rsa-sha1", crypto.SHA1, 2048, 8192),
			ecdsaWith(more+"ecdsa-sha1", crypto.SHA1),
		},
		Digests: []DigestMethod{{dsig + "sha1", sha1.New}},
	},
	{
		Name: "rsa1024",
		Signatures: []SignatureMethod{
			pkcs1(more+"rsa-sha256", crypto.SHA256, 1024, 2047),
			pkcs1(more+"rsa-sha384", crypto.SHA384, 1024, 2047),
			pkcs1(more+"rsa-sha512", crypto.SHA512, 1024, 2047),
		},
		Digests: sha2,
	},
}

// gost is GOST R 34.10 with keys published under one algorithm identifier. A
// *gost3410.Verifier is a key whose tables are at hand.
func gost(uri string, hash func() hash.Hash, algorithm gost3410.Algorithm) SignatureMethod {
	return SignatureMethod{
		URI: uri, Hash: hash,
		Fits: func(key any) bool {
			if v, ok := key.(*gost3410.Verifier); ok {
				key = v.PublicKey()
			}
			k, ok := key.(*gost3410.PublicKey)
			return ok && k.Algorithm == algorithm
		},
		Verify: func(key any, digest, value []byte) bool {
			return key.(interface{ Verify(digest, sig []byte) bool }).Verify(digest, value)
		},
	}
}

func fitsRSA(minBits, maxBits int) func(any) bool {
	return func(key any) bool {
		k, ok := key.(*rsa.PublicKey)
		return ok && k.N.BitLen() >= minBits && k.N.BitLen() <= maxBits
	}
}

func pkcs1(uri string, h crypto.Hash, minBits, maxBits int) SignatureMethod {
	return SignatureMethod{
		URI: uri, Hash: h.New, Fits: fitsRSA(minBits, maxBits),
		Verify: func(key any, digest, value []byte) bool {
			return rsa.VerifyPKCS1v15(key.(*rsa.PublicKey), h, digest, value) == nil
		},
	}
}

// pss is RSASSA-PSS with MGF1 and a salt as long as the hash (RFC 6931 2.3.10).
func pss(uri string, h crypto.Hash, minBits, maxBits int) SignatureMethod {
	return SignatureMethod{
		URI: uri, Hash: h.New, Fits: fitsRSA(minBits, maxBits),
		Verify: func(key any, digest, value []byte) bool {
			return rsa.VerifyPSS(key.(*rsa.PublicKey), h, digest, value, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
		},
	}
}

// ecdsaWith is ECDSA with the value r || s, each as long as the order (XML
// Signature 1.1 6.4.3); DER, as elsewhere, is not accepted.
func ecdsaWith(uri string, h crypto.Hash) SignatureMethod {
	return SignatureMethod{
		URI: uri, Hash: h.New,
		Fits: func(key any) bool {
			k, ok := key.(*ecdsa.PublicKey)
			return ok && slices.Contains([]string{"P-256", "P-384", "P-521"}, k.Params().Name)
		},
		Verify: func(key any, digest, value []byte) bool {
			k := key.(*ecdsa.PublicKey)
			n := (k.Params().N.BitLen() + 7) / 8
			if len(value) != 2*n {
				return false
			}
			return ecdsa.Verify(k, digest, new(big.Int).SetBytes(value[:n]), new(big.Int).SetBytes(value[n:]))
		},
	}
}

// keyName names a key's algorithm and strength.
func keyName(key any) string {
	switch k := key.(type) {
	case *gost3410.Verifier:
		return k.PublicKey().Algorithm.String()
	case *gost3410.PublicKey:
		return k.Algorithm.String()
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", k.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA " + k.Params().Name
	}
	return fmt.Sprintf("%T", key)
}
