// Package xmlsig verifies signatures of messages: XML Signature 1.0 and 1.1,
// XAdES-BES, the X.509 token profile of WS-Security 1.1 and the signatures of
// СМЭВ 3.
//
// It decides whether the signatures that a message must carry are there, are
// made as the caller allows, cover what they must, and hold under the key of
// the certificate they name. Whether that certificate is to be trusted is the
// business of whoever called; nothing here depends on it. What is not
// understood is refused: an element, a transform, an algorithm, a form of key.
//
// The order of work bounds the cost of a refusal: grammar, algorithms, places
// and the fit of key and algorithm first, then the signature value over
// SignedInfo, then the digests. Verification handles public data only and
// takes variable time.
package xmlsig

import (
	"math/big"
	"time"

	"github.com/soapgate/soapgate/internal/xmltree"
)

// A Requirement says what a message's signatures must be.
type Requirement struct {
	// Signatures are those to verify, each of which must hold; at least one.
	Signatures []Expected
	// Alone refuses a ds:Signature anywhere else in the message.
	Alone bool
	// IDs are the attributes by which references find elements.
	IDs []xmltree.Name
	// Suites are the accepted algorithms.
	Suites []Suite
	// Canonicalization lists the accepted canonicalization algorithms,
	// Transforms those of the other transforms.
	Canonicalization, Transforms []string
	// KeyInfo are the accepted ways to name the signer's certificate.
	KeyInfo KeyForm
	// Objects accepts any content in ds:Object, for enveloping signatures;
	// without it only XAdES properties may stand there.
	Objects bool
	// Document accepts URI="", a reference to the whole document.
	Document bool
	// References is how many references one signature may have, Transforms
	// per reference are at most MaxTransforms; defaults 8 and 4.
	MaxReferences, MaxTransforms int
}

// An Expected is one signature with what it is expected to be.
type Expected struct {
	// Signature is the ds:Signature element, None if Key errors are wanted.
	Signature xmltree.Node
	// Covers are elements that it must cover; at least one.
	Covers []xmltree.Node
	// Only refuses references to anything besides Covers and the signed
	// properties.
	Only bool
	// XAdES makes signed properties mandatory. Where they stand unasked they
	// must be signed and fit the certificate all the same.
	XAdES bool
}

// A KeyForm is a set of ways to name the signer's certificate.
type KeyForm uint8

// The ways to name a certificate. KeyValue and KeyName alone are never enough.
const (
	// KeyCertificate is ds:X509Certificate.
	KeyCertificate KeyForm = 1 << iota
	// KeyName is ds:X509IssuerSerial or ds:X509SKI with Options.Lookup.
	KeyNamed
	// KeyToken is wsse:SecurityTokenReference.
	KeyToken
	// KeyHint lets ds:KeyName, ds:KeyValue, ds:X509SubjectName and ds:X509CRL
	// stand beside; they are read past.
	KeyHint
)

// Options are what verification needs from the outside.
type Options struct {
	// Now is when the message is judged; it decides which suites are in force.
	Now time.Time
	// Certificate reads a certificate. The result may come from a cache and
	// hold a key with its tables computed.
	Certificate func(der []byte) (*Certificate, error)
	// Lookup finds a certificate that the message names but does not carry;
	// nil finds none.
	Lookup func(CertificateID) (der []byte, ok bool)
	// Key, if set, is the one key that signatures must hold under, and KeyInfo
	// is not looked at.
	Key any
}

// A Certificate is what verification needs of one.
type Certificate struct {
	Raw []byte // DER
	// PublicKey is an *rsa.PublicKey, *ecdsa.PublicKey, *gost3410.PublicKey
	// or, for a known signer, *gost3410.Verifier.
	PublicKey       any
	Serial          *big.Int // never nil
	Issuer, Subject string   // for comparison with each other only
	SubjectKeyID    []byte
}

// A CertificateID names a certificate in one of three ways; the other fields
// are zero.
type CertificateID struct {
	Issuer         string // as the message writes it (RFC 4514 or nearly)
	Serial         *big.Int
	SubjectKeyID   []byte
	ThumbprintSHA1 []byte // of the DER form
}

// A Result is what verification found, one entry for each expected signature
// in the same order.
type Result struct {
	Signatures []Signature
}

// A Signature is a verified signature.
type Signature struct {
	Node xmltree.Node
	// Certificate is the signer's; nil with Options.Key.
	Certificate *Certificate
	// Path are further certificates the message carries for it, DER.
	Path [][]byte
	// Covered are the elements that its references point to; 0 is the
	// whole document. The signature itself is not covered.
	Covered []xmltree.Node
	// SigningTime is what the signed properties claim; zero if nothing.
	SigningTime time.Time
	Algorithm   string   // of the signature
	Digests     []string // algorithms of the references, each once
	Value       []byte   // the signature value, decoded
}

// Verify verifies the signatures of a message. The error is a
// *reject.Rejection of stage signature.
func Verify(t *xmltree.Tree, req Requirement, o Options) (*Result, error) {
	v := verifier{reader: reader{t: t}, req: &req, o: &o}
	if len(req.Signatures) == 0 {
		panic("xmlsig: internal error: a requirement without signatures")
	}
	for _, want := range req.Signatures {
		if len(want.Covers) == 0 {
			panic("xmlsig: internal error: a signature that must cover nothing")
		}
		v.signatures = append(v.signatures, v.signature(want))
	}
	for _, step := range []func(){v.alone, v.resolve, v.cover, v.keys, v.values, v.digests} {
		if v.err != nil {
			return nil, v.err
		}
		step()
	}
	if v.err != nil {
		return nil, v.err
	}
	return v.result(), nil
}

// A verifier is one run of Verify.
type verifier struct {
	reader
	req        *Requirement
	o          *Options
	signatures []*signature
	ids        []identifier
}

func (v *verifier) result() *Result {
	res := &Result{Signatures: make([]Signature, len(v.signatures))}
	for i, s := range v.signatures {
		out := &res.Signatures[i]
		*out = Signature{
			Node: s.node, Certificate: s.certificate, Path: s.path,
			SigningTime: s.signingTime, Algorithm: s.method.URI, Value: s.value,
		}
		for _, ref := range s.references {
			out.Covered = append(out.Covered, ref.target)
			out.Digests = appendNew(out.Digests, ref.digest.URI)
		}
	}
	return res
}

func appendNew(list []string, s string) []string {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}
