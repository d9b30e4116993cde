package xmlsig

import (
	"slices"
	"strconv"
	"strings"

	"github.com/soapgate/soapgate/internal/c14n"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// maxPrefixes is the longest PrefixList of InclusiveNamespaces.
const maxPrefixes = 32

var methods = map[string]c14n.Method{
	C14N10:              {},
	C14N10WithComments:  {Comments: true},
	C14N11:              {Version11: true},
	C14N11WithComments:  {Version11: true, Comments: true},
	ExcC14N:             {Exclusive: true},
	ExcC14NWithComments: {Exclusive: true, Comments: true},
}

// canonicalization reads an element that names a canonicalization algorithm.
func (v *verifier) canonicalization(n xmltree.Node) c14n.Method {
	uri := v.algorithm(n)
	m, known := methods[uri]
	if !known || !slices.Contains(v.req.Canonicalization, uri) {
		v.refuseAlgorithm(n, uri, v.req.Canonicalization)
		return m
	}
	c := v.children(n)
	if m.Exclusive {
		if list := c.may(nsEC, "InclusiveNamespaces"); list != xmltree.None {
			m.Inclusive = v.prefixes(list)
		}
	}
	c.end()
	return m
}

// prefixes reads a PrefixList (Exclusive XML Canonicalization 1.0 4).
func (v *verifier) prefixes(n xmltree.Node) []string {
	list, _ := v.attr(n, "PrefixList")
	prefixes := strings.Fields(list)
	if len(prefixes) > maxPrefixes {
		v.fail(n, reject.SignatureLimit, "what", "PrefixList", "limit", strconv.Itoa(maxPrefixes))
		return nil
	}
	for i, p := range prefixes {
		if p == "#default" {
			prefixes[i] = ""
		}
	}
	return prefixes
}

// transforms reads the Transforms of a reference, which may be none. They may
// leave out the signature or put a token in place of a reference to it, then
// canonicalize, then do as СМЭВ 3 does; nothing else, and nothing twice. What
// is not canonicalized by then is by Canonical XML 1.0 (XML Signature
// 4.4.3.2). Comments are none of it: a reference without XPointer leaves them
// out (4.4.3.3).
//
// Two liberties of real signers are taken because they change no octet: to
// leave out the signature behind canonicalization where it stands elsewhere
// anyway, and to canonicalize inclusively before the transform of СМЭВ 3,
// which drops the declarations that makes more.
func (v *verifier) transforms(r *reference, n xmltree.Node) (f form) {
	var octets bool
	var count int
	c := v.children(n)
	for t := c.may(nsDS, "Transform"); t != xmltree.None && v.err == nil; t = c.may(nsDS, "Transform") {
		limit := or(v.req.MaxTransforms, 4)
		if count++; count > limit {
			v.fail(t, reject.SignatureLimit, "what", "ds:Transform", "limit", strconv.Itoa(limit))
			return f
		}
		uri := v.algorithm(t)
		_, canonical := methods[uri]
		accepted := v.req.Transforms
		if canonical {
			accepted = v.req.Canonicalization
		}
		if !slices.Contains(accepted, uri) {
			v.refuseTransform(t, r, uri)
			return f
		}
		switch {
		case uri == EnvelopedSignature && count == 1:
			f.enveloped = true
			v.empty(t)
		case uri == EnvelopedSignature && octets && !f.enveloped && !f.apart && !f.smev && !f.str:
			f.apart = true
			v.empty(t)
		case uri == STRTransform && count == 1:
			f.str, octets = true, true
			f.Method = v.tokenParameters(t)
		case uri == SMEVTransform && octets && !f.str && !f.smev:
			f.smev = true
			v.empty(t)
		case canonical && !octets:
			octets = true
			f.Method = v.canonicalization(t)
		default:
			v.refuseTransform(t, r, uri)
		}
	}
	c.end()
	f.Comments = false
	return f
}

func (v *verifier) empty(n xmltree.Node) {
	c := v.children(n)
	c.end()
}

func (v *verifier) refuseTransform(n xmltree.Node, r *reference, uri string) {
	v.fail(n, reject.SignatureTransform, "algorithm", uri, "reference", strconv.Quote(r.uri))
}

// tokenParameters reads what the STR-Transform canonicalizes with (WSS 1.1
// 8.3).
func (v *verifier) tokenParameters(n xmltree.Node) c14n.Method {
	c := v.children(n)
	parameters := v.children(c.must(nsWSSE, "TransformationParameters"))
	c.end()
	m := v.canonicalization(parameters.must(nsDS, "CanonicalizationMethod"))
	parameters.end()
	m.Default = true
	return m
}
