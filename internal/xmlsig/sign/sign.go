// Package sign makes signed messages for the demo, the sandbox and tests: in
// the layouts that ГИС ЖКХ, WS-Security and СМЭВ 3 ask for, with any algorithm
// of the suites.
//
// It works on bytes and returns bytes: what was signed is what is sent. Keys
// are used in variable time. Nothing here is or must become reachable from the
// configuration of a gate.
package sign

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/soapgate/soapgate/internal/gost/gost3410"
	"github.com/soapgate/soapgate/internal/xmlsig"
)

// A Signer signs messages with one key.
type Signer struct {
	// Key is of RSA, ECDSA or GOST: its Public is an *rsa.PublicKey,
	// *ecdsa.PublicKey or *gost3410.PublicKey.
	Key crypto.Signer
	// Certificate is the key's, DER.
	Certificate []byte
	// Time is the signing time that is claimed.
	Time time.Time

	// ID is the stem of the identifiers in the signature; random by default.
	ID string

	// The following are for layouts that differ from the usual; "" is usual.

	Signature        string // signature algorithm; the key's own by default
	Digest           string // digest algorithm; that of the signature by default
	PropertiesDigest string // digest algorithm of the signed properties' reference
	Canonicalization string // of SignedInfo

	// Edit, if set, changes the message when its signature has all but its
	// digests and value.
	Edit func([]byte) ([]byte, error)
}

// Algorithms that a key is used with if nothing else is asked for: of the
// signature and of the digests.
func (s *Signer) defaults() (signature, digest string, err error) {
	const (
		more = "http://www.w3.org/2001/04/xmldsig-more#"
		enc  = "http://www.w3.org/2001/04/xmlenc#"
		gost = "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr3410"
		hash = "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr3411"
	)
	switch k := s.Key.Public().(type) {
	case *rsa.PublicKey:
		return more + "rsa-sha256", enc + "sha256", nil
	case *ecdsa.PublicKey:
		switch k.Params().BitSize {
		case 384:
			return more + "ecdsa-sha384", more + "sha384", nil
		case 521:
			return more + "ecdsa-sha512", enc + "sha512", nil
		}
		return more + "ecdsa-sha256", enc + "sha256", nil
	case *gost3410.PublicKey:
		switch k.Algorithm {
		case gost3410.GOST2001:
			return more + "gostr34102001-gostr3411", more + "gostr3411", nil
		case gost3410.GOST2012_512:
			return gost + "2012-gostr34112012-512", hash + "2012-512", nil
		}
		return gost + "2012-gostr34112012-256", hash + "2012-256", nil
	}
	return "", "", fmt.Errorf("no algorithm for a key of type %T", s.Key)
}

// A method is a signature algorithm as a signer needs it.
type method struct {
	xmlsig.SignatureMethod
	options crypto.SignerOpts
}

func (s *Signer) method(uri string) (method, error) {
	for _, name := range suiteNames {
		suite, _ := xmlsig.LookupSuite(name)
		for _, m := range suite.Signatures {
			if m.URI == uri && m.Fits(s.Key.Public()) {
				return method{m, options[uri]}, nil
			}
		}
	}
	return method{}, fmt.Errorf("algorithm %s does not fit a key of type %T", uri, s.Key)
}

var suiteNames = []string{"gost2012", "gost2001", "rsa", "ecdsa", "sha1", "rsa1024"}

// suites returns all algorithms there are.
func suites() (all []xmlsig.Suite) {
	for _, name := range suiteNames {
		s, _ := xmlsig.LookupSuite(name)
		all = append(all, s)
	}
	return all
}

// options are what crypto.Signer wants to know; others need nothing.
var options = map[string]crypto.SignerOpts{
	"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256":      crypto.SHA256,
	"http://www.w3.org/2001/04/xmldsig-more#rsa-sha384":      crypto.SHA384,
	"http://www.w3.org/2001/04/xmldsig-more#rsa-sha512":      crypto.SHA512,
	"http://www.w3.org/2000/09/xmldsig#rsa-sha1":             crypto.SHA1,
	"http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1": pss(crypto.SHA256),
	"http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1": pss(crypto.SHA384),
	"http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1": pss(crypto.SHA512),
	"http://www.w3.org/2007/05/xmldsig-more#rsa-pss":         pss(crypto.SHA256),
}

func pss(h crypto.Hash) crypto.SignerOpts {
	return &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: h}
}

// value signs a digest and returns the octets of ds:SignatureValue.
func (s *Signer) value(m method, digest []byte) ([]byte, error) {
	opts := m.options
	if opts == nil {
		opts = crypto.Hash(0)
	}
	value, err := s.Key.Sign(rand.Reader, digest, opts)
	k, ok := s.Key.Public().(*ecdsa.PublicKey)
	if err != nil || !ok {
		return value, err
	}
	// crypto.Signer gives DER, XML Signature takes r || s.
	var sig struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(value, &sig); err != nil || len(rest) > 0 {
		return nil, errors.New("the key's signature is not of ECDSA")
	}
	n := (k.Params().N.BitLen() + 7) / 8
	return append(sig.R.FillBytes(make([]byte, n)), sig.S.FillBytes(make([]byte, n))...), nil
}

// placeholder returns base64 as long as that of a digest.
func placeholder(digest string) (string, error) {
	for _, s := range suites() {
		for _, d := range s.Digests {
			if d.URI == digest {
				return base64.StdEncoding.EncodeToString(make([]byte, d.Hash().Size())), nil
			}
		}
	}
	return "", fmt.Errorf("unknown digest algorithm %s", digest)
}

// sum digests data with the algorithm of that identifier, in base64.
func sum(digest string, data []byte) (string, error) {
	for _, s := range suites() {
		for _, d := range s.Digests {
			if d.URI == digest {
				h := d.Hash()
				h.Write(data)
				return base64.StdEncoding.EncodeToString(h.Sum(nil)), nil
			}
		}
	}
	return "", fmt.Errorf("unknown digest algorithm %s", digest)
}

// named returns issuer and serial number of the certificate.
func (s *Signer) named() (issuer string, serial *big.Int, err error) {
	c, err := x509.ParseCertificate(s.Certificate)
	if err != nil {
		return "", nil, fmt.Errorf("reading the signer's certificate: %w", err)
	}
	return c.Issuer.String(), c.SerialNumber, nil
}
