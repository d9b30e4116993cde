package sign

import (
	"errors"

	"github.com/soapgate/soapgate/internal/xmlsig"
	"github.com/soapgate/soapgate/internal/xmltree"
)

const (
	nsSOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
	nsSOAP12 = "http://www.w3.org/2003/05/soap-envelope"
	nsWSU    = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
)

var ids = []xmltree.Name{{Local: "Id"}, {Prefix: "wsu", Space: nsWSU, Local: "Id"}}

// hcs is the layout of accepted requests to ГИС ЖКХ: no white space, two
// references, the second without transforms, SignedInfo in inclusive form.
var hcs = parse(`<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="xmldsig-{{.ID}}"><ds:SignedInfo>` +
	`<ds:CanonicalizationMethod Algorithm="{{.Canonicalization}}"/><ds:SignatureMethod Algorithm="{{.Signature}}"/>` +
	`<ds:Reference Id="xmldsig-{{.ID}}-ref0" URI="#{{xml .Target}}"><ds:Transforms>` +
	`<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>` +
	`<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms>` +
	`<ds:DigestMethod Algorithm="{{.Digest}}"/><ds:DigestValue>{{.DigestValue}}</ds:DigestValue></ds:Reference>` +
	`<ds:Reference Type="http://uri.etsi.org/01903#SignedProperties" URI="#xmldsig-{{.ID}}-signedprops">` +
	`<ds:DigestMethod Algorithm="{{.PropertiesDigest}}"/><ds:DigestValue>{{.PropertiesValue}}</ds:DigestValue></ds:Reference>` +
	`</ds:SignedInfo><ds:SignatureValue Id="xmldsig-{{.ID}}-sigvalue">AAAA</ds:SignatureValue>` +
	`<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{{.Certificate}}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>` +
	`<ds:Object><xades:QualifyingProperties xmlns:xades="http://uri.etsi.org/01903/v1.3.2#" xmlns:xades141="http://uri.etsi.org/01903/v1.4.1#" Target="#xmldsig-{{.ID}}">` +
	`<xades:SignedProperties Id="xmldsig-{{.ID}}-signedprops"><xades:SignedSignatureProperties><xades:SigningTime>{{.Time}}</xades:SigningTime>` +
	`<xades:SigningCertificate><xades:Cert><xades:CertDigest><ds:DigestMethod Algorithm="{{.Digest}}"/><ds:DigestValue>{{.CertDigest}}</ds:DigestValue></xades:CertDigest>` +
	`<xades:IssuerSerial><ds:X509IssuerName>{{xml .Issuer}}</ds:X509IssuerName><ds:X509SerialNumber>{{.Serial}}</ds:X509SerialNumber></xades:IssuerSerial>` +
	`</xades:Cert></xades:SigningCertificate></xades:SignedSignatureProperties></xades:SignedProperties></xades:QualifyingProperties></ds:Object></ds:Signature>`)

// HCS signs a SOAP message as ГИС ЖКХ wants it: XAdES-BES, enveloped, the
// ds:Signature as first child of the Body's one child, which must bear an Id.
func (s *Signer) HCS(msg []byte) ([]byte, error) {
	l, err := s.layout(xmlsig.C14N10)
	if err != nil {
		return nil, err
	}
	find := func(t *xmltree.Tree) (xmltree.Node, error) {
		n, err := payload(t)
		if err != nil {
			return n, err
		}
		id, ok := t.Attr(n, "", "Id")
		if !ok {
			return n, errors.New("the payload has no Id")
		}
		l.Target = string(id)
		return n, nil
	}
	// The identifier is known only after the message is read, the markup is
	// needed when it is inserted: read first.
	if _, err := insert(msg, "", find); err != nil {
		return nil, err
	}
	markup, err := render(hcs, l)
	if err != nil {
		return nil, err
	}
	doc, err := insert(msg, markup, find)
	if err != nil {
		return nil, err
	}
	return s.complete(doc, l.Signature, func(t *xmltree.Tree) (xmltree.Node, error) {
		n, err := payload(t)
		if err != nil {
			return n, err
		}
		return xmlsig.InPayload(t, n)
	})
}

// payload returns the first child of the SOAP Body.
func payload(t *xmltree.Tree) (xmltree.Node, error) {
	for _, ns := range []string{nsSOAP11, nsSOAP12} {
		if body := t.Child(t.Root(), ns, "Body"); body != xmltree.None {
			if n := t.FirstElement(body); n != xmltree.None {
				return n, nil
			}
		}
	}
	return xmltree.None, errors.New("the message has no SOAP Body with a child")
}
