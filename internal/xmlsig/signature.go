package xmlsig

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/soapgate/soapgate/internal/c14n"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// maxValue is the most bytes of a signature value: RSA of 8192 bits.
const maxValue = 1024

// A signature is a ds:Signature that was read.
type signature struct {
	want       Expected
	node       xmltree.Node
	id         string // "" if it has none
	signedInfo xmltree.Node
	form       c14n.Method // of SignedInfo
	methodNode xmltree.Node
	method     SignatureMethod // before the key is known only its URI
	references []*reference
	value      []byte
	keyInfo    xmltree.Node
	properties properties

	key         any
	certificate *Certificate
	path        [][]byte
	signingTime time.Time
}

// signature reads the ds:Signature that is expected (XML Signature 4.1).
func (v *verifier) signature(want Expected) *signature {
	s := &signature{want: want, node: want.Signature}
	if !v.t.Is(s.node, nsDS, "Signature") {
		panic("xmlsig: internal error: the expected signature is not a ds:Signature")
	}
	s.id, _ = v.attr(s.node, "Id")
	c := v.children(s.node)
	s.signedInfo = c.must(nsDS, "SignedInfo")
	v.readSignedInfo(s)
	s.value = v.base64(c.must(nsDS, "SignatureValue"), maxValue)
	s.keyInfo = c.may(nsDS, "KeyInfo")
	for n := c.may(nsDS, "Object"); n != xmltree.None; n = c.may(nsDS, "Object") {
		v.object(s, n)
	}
	c.end()
	return s
}

func (v *verifier) readSignedInfo(s *signature) {
	c := v.children(s.signedInfo)
	s.form = v.canonicalization(c.must(nsDS, "CanonicalizationMethod"))
	s.methodNode = c.must(nsDS, "SignatureMethod")
	s.method.URI = v.signatureMethod(s.methodNode)
	for n := c.must(nsDS, "Reference"); n != xmltree.None && v.err == nil; n = c.may(nsDS, "Reference") {
		if limit := or(v.req.MaxReferences, 8); len(s.references) == limit {
			v.fail(n, reject.SignatureLimit, "what", "ds:Reference", "limit", strconv.Itoa(limit))
			return
		}
		s.references = append(s.references, v.reference(n))
	}
	c.end()
}

func or(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}

// suites returns the accepted suites that are in force.
func (v *verifier) suites() []Suite {
	return slices.DeleteFunc(slices.Clone(v.req.Suites), func(s Suite) bool {
		return !s.Until.IsZero() && !v.o.Now.Before(s.Until)
	})
}

// signatureMethod reads a SignatureMethod. Only RSA-PSS has parameters that
// are read; HMAC's, the length to cut to (CVE-2009-0217), are refused like
// anything else that stands there.
func (v *verifier) signatureMethod(n xmltree.Node) string {
	uri := v.algorithm(n)
	c := v.children(n)
	if p := c.next; uri == rsaPSS && v.t.Is(p, nsMore07, "RSAPSSParams") {
		uri = v.pssParameters(p)
		c.next = v.t.NextElement(p)
	}
	c.end()
	var accepted []string
	for _, s := range v.suites() {
		for _, m := range s.Signatures {
			if m.URI == uri {
				return uri
			}
			accepted = appendNew(accepted, m.URI)
		}
	}
	v.refuseAlgorithm(n, uri, accepted)
	return uri
}

// pssParameters reads RSAPSSParams (RFC 6931 2.3.9) and returns the identifier
// that means the same without parameters. What has none, a salt of another
// length or two different digests, is refused.
func (v *verifier) pssParameters(n xmltree.Node) string {
	digest, mask, size := xmlenc+"sha256", "", 0
	c := v.children(n)
	if d := c.may(nsDS, "DigestMethod"); d != xmltree.None {
		digest = v.algorithm(d)
		v.empty(d)
	}
	if m := c.may(nsMore07, "MaskGenerationFunction"); m != xmltree.None {
		inner := v.children(m)
		mask = digest
		if d := inner.may(nsDS, "DigestMethod"); d != xmltree.None {
			mask = v.algorithm(d)
			v.empty(d)
		}
		inner.end()
		if a := v.algorithm(m); a != more07+"MGF1" {
			mask = a
		}
	}
	salt, trailer := c.may(nsMore07, "SaltLength"), c.may(nsMore07, "TrailerField")
	c.end()
	uri := ""
	for _, m := range pssMethods {
		if m.digest == digest {
			uri, size = m.uri, m.size
		}
	}
	switch {
	case uri == "":
		v.refuseAlgorithm(n, digest, []string{xmlenc + "sha256", more + "sha384", xmlenc + "sha512"})
	case mask != "" && mask != digest:
		v.refuseAlgorithm(n, mask, []string{digest})
	case salt != xmltree.None && v.word(salt) != strconv.Itoa(size):
		v.malformed(salt, strconv.Itoa(size), v.word(salt))
	case trailer != xmltree.None && v.word(trailer) != "1":
		v.malformed(trailer, "1", v.word(trailer))
	}
	return uri
}

func (v *verifier) digestMethod(n xmltree.Node) DigestMethod {
	uri := v.algorithm(n)
	c := v.children(n)
	c.end()
	var accepted []string
	for _, s := range v.suites() {
		for _, d := range s.Digests {
			if d.URI == uri {
				return d
			}
			accepted = appendNew(accepted, d.URI)
		}
	}
	v.refuseAlgorithm(n, uri, accepted)
	return DigestMethod{}
}

func (v *verifier) refuseAlgorithm(n xmltree.Node, uri string, accepted []string) {
	if n != xmltree.None {
		v.fail(n, reject.SignatureAlgorithm, "algorithm", uri, "element", v.t.Name(n).Local, "accepted", strings.Join(accepted, ", "))
	}
}

// alone looks for signatures that nobody expects.
func (v *verifier) alone() {
	if !v.req.Alone {
		return
	}
	for n := v.t.Root(); n < v.t.End(0); n++ {
		if v.t.Is(n, nsDS, "Signature") && !slices.ContainsFunc(v.signatures, func(s *signature) bool { return s.node == n }) {
			v.fail(n, reject.SignatureUnexpected)
		}
	}
}

// values verifies the signature values over SignedInfo.
func (v *verifier) values() {
	for _, s := range v.signatures {
		h := s.method.Hash()
		if !v.canonical(h, s.signedInfo, form{Method: s.form}, xmltree.None) {
			return
		}
		if !s.method.Verify(s.key, h.Sum(nil), s.value) {
			v.fail(s.node, reject.SignatureValue, "algorithm", s.method.URI)
			return
		}
	}
}
