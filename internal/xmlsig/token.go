package xmlsig

import (
	"encoding/hex"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// Value types of the X.509 token profile 1.1 and the one encoding.
const (
	x509Profile   = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#"
	typeX509v3    = x509Profile + "X509v3"
	typePKIPath   = x509Profile + "X509PKIPathv1"
	typeSKI       = x509Profile + "X509SubjectKeyIdentifier"
	typeThumb     = "http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#ThumbprintSHA1"
	typeBase64Bin = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
)

func hexString(b []byte) string { return hex.EncodeToString(b) }

// tokenReference reads a wsse:SecurityTokenReference in ds:KeyInfo (WSS X.509
// Token Profile 1.1 3.2).
func (v *verifier) tokenReference(s *signature, info *keyInfo, n xmltree.Node) {
	c := v.children(n)
	target := c.next
	switch {
	case v.t.Is(target, nsWSSE, "Reference"):
		if token := v.binaryToken(target); token != xmltree.None {
			if v.t.Parent(token) != v.t.Parent(s.node) {
				v.noKey(token, v.t.Path(token), nil) // a token of another role, or smuggled in
			}
			v.readToken(info, token)
		}
	case v.t.Is(target, nsWSSE, "KeyIdentifier"):
		v.keyIdentifier(info, target)
	case v.t.Is(target, nsDS, "X509Data"):
		v.x509Data(info, target)
	default:
		v.noKey(n, "wsse:SecurityTokenReference", nil)
		return
	}
	c.next = v.t.NextElement(target)
	c.end()
	if len(info.certificates) == 0 && v.err == nil {
		v.heldTokens(s, info)
	}
}

// binaryToken returns the wsse:BinarySecurityToken that a wsse:Reference
// points to.
func (v *verifier) binaryToken(reference xmltree.Node) xmltree.Node {
	v.empty(reference)
	uri, _ := v.attr(reference, "URI")
	if len(uri) < 2 || uri[0] != '#' {
		v.noKey(reference, "wsse:Reference", nil)
		return xmltree.None
	}
	token := v.byID(reference, uri)
	if token == xmltree.None {
		return token
	}
	if !v.t.Is(token, nsWSSE, "BinarySecurityToken") {
		v.noKey(token, v.t.Path(token), nil)
		return xmltree.None
	}
	if want, ok := v.attr(reference, "ValueType"); ok {
		if got, _ := v.attr(token, "ValueType"); got != want {
			v.malformed(reference, "@ValueType="+got, want)
		}
	}
	return token
}

// readToken adds the certificates that a BinarySecurityToken carries, the
// signer's first.
func (v *verifier) readToken(info *keyInfo, token xmltree.Node) {
	if encoding, ok := v.attr(token, "EncodingType"); ok && encoding != typeBase64Bin {
		v.malformed(token, "@EncodingType="+typeBase64Bin, encoding)
		return
	}
	der := v.base64(token, maxCertificate)
	switch kind, _ := v.attr(token, "ValueType"); {
	case v.err != nil:
	case kind == typeX509v3:
		v.addCertificate(info, token, der)
	case kind == typePKIPath:
		path, ok := pkiPath(der)
		if !ok {
			v.malformed(token, "PkiPath", "…")
		}
		for i := len(path) - 1; i >= 0; i-- {
			v.addCertificate(info, token, path[i])
		}
	default:
		v.malformed(token, "@ValueType="+typeX509v3, kind)
	}
}

// pkiPath splits a PkiPath, a sequence of certificates from the anchor's side
// to the end entity (X.509 10.2).
func pkiPath(der []byte) (path [][]byte, ok bool) {
	input := cryptobyte.String(der)
	var list cryptobyte.String
	if !input.ReadASN1(&list, asn1.SEQUENCE) || !input.Empty() || list.Empty() {
		return nil, false
	}
	for !list.Empty() {
		var c cryptobyte.String
		if !list.ReadASN1Element(&c, asn1.SEQUENCE) {
			return nil, false
		}
		path = append(path, c)
	}
	return path, true
}

func (v *verifier) keyIdentifier(info *keyInfo, n xmltree.Node) {
	if encoding, ok := v.attr(n, "EncodingType"); ok && encoding != typeBase64Bin {
		v.malformed(n, "@EncodingType="+typeBase64Bin, encoding)
		return
	}
	value := v.base64(n, maxCertificate)
	switch kind, _ := v.attr(n, "ValueType"); kind {
	case typeSKI:
		info.names = append(info.names, CertificateID{SubjectKeyID: value})
	case typeThumb:
		info.names = append(info.names, CertificateID{ThumbprintSHA1: value})
	case typeX509v3:
		v.addCertificate(info, n, value)
	default:
		v.malformed(n, "@ValueType="+typeSKI, kind)
	}
}

// heldTokens looks for the named certificate in the tokens that stand beside
// the signature.
func (v *verifier) heldTokens(s *signature, info *keyInfo) {
	for n := range v.t.Elements(v.t.Parent(s.node)) {
		if !v.t.Is(n, nsWSSE, "BinarySecurityToken") {
			continue
		}
		var held keyInfo
		v.readToken(&held, n)
		for _, der := range held.certificates {
			c, err := v.o.Certificate(der)
			if err == nil && signer([]*Certificate{c}, info.names) == 0 {
				info.certificates = held.certificates
				return
			}
		}
	}
}

// dereference returns the token that stands for str, the target of a
// reference with the STR-Transform.
func (v *verifier) dereference(str xmltree.Node) xmltree.Node {
	if v.err != nil {
		return xmltree.None
	}
	if reference := v.t.Child(str, nsWSSE, "Reference"); v.t.Is(str, nsWSSE, "SecurityTokenReference") && reference != xmltree.None {
		return v.binaryToken(reference)
	}
	v.fail(str, reject.SignatureTransform, "algorithm", STRTransform, "reference", v.t.Path(str))
	return xmltree.None
}
