package xmlsig

import (
	"bytes"
	"encoding/base64"
	"math/big"
	"time"

	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// properties are the signed properties of XAdES-BES (ETSI TS 101 903 1.3.2).
type properties struct {
	node         xmltree.Node // xades:SignedProperties, None if there are none
	signingTime  time.Time
	certificates []certificateDigest // the signer's is among them
}

// A certificateDigest is an xades:Cert.
type certificateDigest struct {
	node   xmltree.Node
	method DigestMethod
	value  []byte
	serial string // "" if not named
}

// object reads a ds:Object, which is for XAdES properties unless any content
// is accepted.
func (v *verifier) object(s *signature, n xmltree.Node) {
	if q := v.t.FirstElement(n); v.req.Objects && (q == xmltree.None || !v.t.Is(q, nsXAdES, "QualifyingProperties")) {
		return
	}
	c := v.children(n)
	q := c.must(nsXAdES, "QualifyingProperties")
	c.end()
	if s.properties.node != xmltree.None {
		v.malformed(s.node, "</Signature>", "<QualifyingProperties>")
		return
	}
	if target, _ := v.attr(q, "Target"); q != xmltree.None && (s.id == "" || target != "#"+s.id) {
		v.malformed(q, "@Target=#"+s.id, target)
		return
	}
	c = v.children(q)
	s.properties.node = c.must(nsXAdES, "SignedProperties")
	c.end() // unsigned properties: anybody could have put them there
	c = v.children(s.properties.node)
	v.signatureProperties(&s.properties, c.must(nsXAdES, "SignedSignatureProperties"))
	c.may(nsXAdES, "SignedDataObjectProperties")
	c.end()
}

// signatureProperties reads SignedSignatureProperties. A signature policy is
// refused: it asks for rules we do not know.
func (v *verifier) signatureProperties(p *properties, n xmltree.Node) {
	c := v.children(n)
	if t := c.may(nsXAdES, "SigningTime"); t != xmltree.None {
		p.signingTime = v.time(t)
	}
	if list := c.may(nsXAdES, "SigningCertificateV2"); list != xmltree.None {
		v.signingCertificates(p, list, "IssuerSerialV2")
	} else {
		v.signingCertificates(p, c.must(nsXAdES, "SigningCertificate"), "IssuerSerial")
	}
	for _, name := range []string{"SignatureProductionPlace", "SignatureProductionPlaceV2", "SignerRole", "SignerRoleV2"} {
		c.may(nsXAdES, name)
	}
	c.end()
}

func (v *verifier) signingCertificates(p *properties, list xmltree.Node, serial string) {
	c := v.children(list)
	for n := c.must(nsXAdES, "Cert"); n != xmltree.None && v.err == nil; n = c.may(nsXAdES, "Cert") {
		if len(p.certificates) == maxCertificates {
			v.fail(n, reject.SignatureLimit, "what", "xades:Cert", "limit", maxCertificatesText)
			return
		}
		cert := v.children(n)
		d := cert.must(nsXAdES, "CertDigest")
		digest := v.children(d)
		got := certificateDigest{node: n, method: v.digestMethod(digest.must(nsDS, "DigestMethod"))}
		got.value = v.base64(digest.must(nsDS, "DigestValue"), 64)
		digest.end()
		if is := cert.may(nsXAdES, serial); is != xmltree.None && serial == "IssuerSerial" {
			got.serial = v.issuerSerial(is).serial
		}
		cert.end()
		p.certificates = append(p.certificates, got)
	}
	c.end()
}

// issuerSerial is what ds:X509IssuerSerialType holds, as it is written.
type issuerSerial struct{ issuer, serial string }

func (v *verifier) issuerSerial(n xmltree.Node) (is issuerSerial) {
	c := v.children(n)
	is.issuer = v.word(c.must(nsDS, "X509IssuerName"))
	number := c.must(nsDS, "X509SerialNumber")
	is.serial = v.word(number)
	c.end()
	if _, ok := parseSerial(is.serial); !ok && v.err == nil {
		v.malformed(number, "xs:integer", is.serial)
	}
	return is
}

// parseSerial reads a serial number of at most 20 octets (RFC 5280 4.1.2.2),
// with room for those who take one more.
func parseSerial(s string) (*big.Int, bool) {
	if len(s) > 64 {
		return nil, false
	}
	return new(big.Int).SetString(s, 10)
}

// sameSerial compares a serial number that a message names with that of a
// certificate. One whose first bit is set is negative to some readers of DER
// and not to others; both write down the same octets.
func sameSerial(named, actual *big.Int) bool {
	if named.Sign() < 0 && actual.Sign() >= 0 {
		named = new(big.Int).Add(named, new(big.Int).Lsh(big.NewInt(1), uint(actual.BitLen()+7)/8*8))
	}
	return named.Cmp(actual) == 0
}

// parseTime reads an xs:dateTime. Without a zone it is taken for UTC.
func parseTime(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t, err = time.Parse("2006-01-02T15:04:05", s)
	}
	return t, err
}

// coverProperties checks that signed properties are there if they must be and
// signed wherever they are, by a reference of their type (XAdES 6.3.1).
func (v *verifier) coverProperties(s *signature) {
	p := s.properties.node
	if p == xmltree.None && s.want.XAdES {
		v.fail(s.node, reject.SignatureProperties, "element", "xades:SignedProperties")
		return
	}
	covered := p == xmltree.None
	for _, r := range s.references {
		if r.typ != typeSignedProperties && (p == xmltree.None || r.target != p) {
			continue
		}
		if r.typ != typeSignedProperties || r.target != p || r.form.enveloped || r.form.smev || r.form.str {
			v.fail(r.node, reject.SignatureProperties, "element", "ds:Reference")
			return
		}
		covered = true
	}
	if !covered {
		v.fail(p, reject.SignatureProperties, "element", v.t.Path(p))
	}
}

// checkProperties compares the signer's certificate with the one that the
// signed properties name by digest and serial number. The issuer's name is not
// compared: real ones are written in ways nobody can read back.
func (v *verifier) checkProperties(s *signature) {
	p := &s.properties
	s.signingTime = p.signingTime
	if p.node == xmltree.None || s.certificate == nil {
		return
	}
	for i, cert := range p.certificates {
		h := cert.method.Hash()
		h.Write(s.certificate.Raw)
		sum := h.Sum(nil)
		if !bytes.Equal(sum, cert.value) {
			if i == len(p.certificates)-1 {
				v.fail(p.certificates[0].node, reject.SignatureCertMismatch, "what", "xades:CertDigest",
					"claimed", base64.StdEncoding.EncodeToString(p.certificates[0].value), "actual", base64.StdEncoding.EncodeToString(sum))
			}
			continue
		}
		if serial, ok := parseSerial(cert.serial); ok && !sameSerial(serial, s.certificate.Serial) {
			v.fail(cert.node, reject.SignatureCertMismatch, "what", "ds:X509SerialNumber", "claimed", cert.serial, "actual", s.certificate.Serial.String())
		}
		return
	}
}
