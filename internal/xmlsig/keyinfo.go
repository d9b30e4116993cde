package xmlsig

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // a thumbprint finds a certificate, it vouches for nothing
	"slices"
	"strconv"

	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// A message may bring this many certificates for a signature, each of at most
// this many bytes.
const (
	maxCertificates     = 4
	maxCertificate      = 1 << 16
	maxCertificatesText = "4"
)

// A keyInfo is what ds:KeyInfo says about the signer's certificate.
type keyInfo struct {
	certificates [][]byte
	names        []CertificateID
}

// keys finds the signer's certificate of each signature and checks that its
// key fits the algorithm.
func (v *verifier) keys() {
	for _, s := range v.signatures {
		if s.key = v.o.Key; s.key == nil {
			v.certificate(s)
		}
		if v.err != nil {
			return
		}
		if v.fit(s); v.err == nil {
			v.checkProperties(s)
		}
	}
}

func (v *verifier) fit(s *signature) {
	for _, suite := range v.suites() {
		for _, m := range suite.Signatures {
			if m.URI == s.method.URI && m.Fits(s.key) {
				s.method = m
				return
			}
		}
	}
	v.fail(s.methodNode, reject.SignatureKeyMismatch, "algorithm", s.method.URI, "key", keyName(s.key))
}

func (v *verifier) certificate(s *signature) {
	if s.keyInfo == xmltree.None {
		v.noKey(s.node, "ds:KeyInfo", nil)
		return
	}
	info := v.readKeyInfo(s)
	if len(info.certificates) == 0 && v.err == nil {
		v.lookup(s, &info)
	}
	var list []*Certificate
	for _, der := range info.certificates {
		c, err := v.o.Certificate(der)
		if err != nil {
			v.noKey(s.keyInfo, "ds:X509Certificate", err)
			return
		}
		list = append(list, c)
	}
	if v.err != nil {
		return
	}
	i := signer(list, info.names)
	if i < 0 {
		v.fail(s.keyInfo, reject.SignatureCertMismatch, "what", "ds:X509Data", "claimed", info.names[0].String(), "actual", list[0].Serial.String())
		return
	}
	s.certificate, s.key = list[i], list[i].PublicKey
	s.path = slices.Delete(info.certificates, i, i+1)
}

func (v *verifier) noKey(n xmltree.Node, element string, err error) {
	v.fail(n, reject.SignatureKey, "element", element).Because(err)
}

// lookup finds the certificate that is named only.
func (v *verifier) lookup(s *signature, info *keyInfo) {
	if v.req.KeyInfo&(KeyNamed|KeyToken) != 0 && v.o.Lookup != nil {
		for _, id := range info.names {
			if der, ok := v.o.Lookup(id); ok {
				info.certificates = [][]byte{der}
				return
			}
		}
	}
	v.noKey(s.keyInfo, "ds:KeyInfo", nil)
}

// signer returns which of the certificates is the signer's: the first that a
// name fits; without names, the only one that issued none of the others, or
// the first.
func signer(list []*Certificate, names []CertificateID) int {
	if len(names) > 0 {
		return slices.IndexFunc(list, func(c *Certificate) bool {
			return slices.ContainsFunc(names, func(id CertificateID) bool { return id.fits(c) })
		})
	}
	leaf, leaves := 0, 0
	for i, c := range list {
		if !slices.ContainsFunc(list, func(other *Certificate) bool { return other != c && other.Issuer == c.Subject }) {
			leaf, leaves = i, leaves+1
		}
	}
	if leaves == 1 {
		return leaf
	}
	return 0
}

// fits reports whether c may be the certificate that id names. The issuer's
// name does not count, see checkProperties.
func (id CertificateID) fits(c *Certificate) bool {
	switch {
	case id.Serial != nil:
		return sameSerial(id.Serial, c.Serial)
	case id.SubjectKeyID != nil:
		return bytes.Equal(c.SubjectKeyID, id.SubjectKeyID)
	default:
		sum := sha1.Sum(c.Raw) //nolint:gosec // as above
		return bytes.Equal(sum[:], id.ThumbprintSHA1)
	}
}

// String returns the name in a form for people.
func (id CertificateID) String() string {
	switch {
	case id.Serial != nil:
		return id.Serial.String()
	case id.SubjectKeyID != nil:
		return "SKI " + hexString(id.SubjectKeyID)
	default:
		return "SHA-1 " + hexString(id.ThumbprintSHA1)
	}
}

// readKeyInfo reads ds:KeyInfo (XML Signature 4.5), of which little is
// accepted: above all nothing that makes us fetch or trust a bare key.
func (v *verifier) readKeyInfo(s *signature) (info keyInfo) {
	c := v.children(s.keyInfo)
	for c.next != xmltree.None && v.err == nil {
		n := c.next
		name := v.t.Name(n)
		switch {
		case v.req.KeyInfo&(KeyCertificate|KeyNamed) != 0 && v.t.Is(n, nsDS, "X509Data"):
			v.x509Data(&info, n)
		case v.req.KeyInfo&KeyToken != 0 && v.t.Is(n, nsWSSE, "SecurityTokenReference"):
			v.tokenReference(s, &info, n)
		case v.req.KeyInfo&KeyHint != 0 && (v.t.Is(n, nsDS, "KeyName") || v.t.Is(n, nsDS, "KeyValue")):
		default:
			v.noKey(n, name.String(), nil)
		}
		c.next = v.t.NextElement(n)
	}
	return info
}

// x509Data reads ds:X509Data, all of which is about one certificate and those
// that lead to it (XML Signature 4.5.4).
func (v *verifier) x509Data(info *keyInfo, n xmltree.Node) {
	c := v.children(n)
	for c.next != xmltree.None && v.err == nil {
		n := c.next
		switch {
		case v.req.KeyInfo&KeyCertificate != 0 && v.t.Is(n, nsDS, "X509Certificate"):
			v.addCertificate(info, n, v.base64(n, maxCertificate))
		case v.t.Is(n, nsDS, "X509IssuerSerial"):
			is := v.issuerSerial(n)
			serial, _ := parseSerial(is.serial)
			info.names = append(info.names, CertificateID{Issuer: is.issuer, Serial: serial})
		case v.t.Is(n, nsDS, "X509SKI"):
			info.names = append(info.names, CertificateID{SubjectKeyID: v.base64(n, 64)})
		case v.req.KeyInfo&KeyHint != 0 && (v.t.Is(n, nsDS, "X509SubjectName") || v.t.Is(n, nsDS, "X509CRL")):
		default:
			v.noKey(n, v.t.Name(n).String(), nil)
		}
		c.next = v.t.NextElement(n)
	}
	if len(info.names) > maxCertificates {
		v.fail(n, reject.SignatureLimit, "what", "ds:X509Data", "limit", maxCertificatesText)
	}
}

func (v *verifier) addCertificate(info *keyInfo, n xmltree.Node, der []byte) {
	if len(info.certificates) == maxCertificates {
		v.fail(n, reject.SignatureLimit, "what", "ds:X509Certificate", "limit", strconv.Itoa(maxCertificates))
		return
	}
	info.certificates = append(info.certificates, der)
}
