package sign

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // the thumbprint that WS-Security names a certificate by
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/soapgate/soapgate/internal/xmlsig"
	"github.com/soapgate/soapgate/internal/xmltree"
)

const (
	nsWSSE    = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
	x509Token = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#"
	base64Bin = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
	thumbType = "http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#ThumbprintSHA1"
)

// A Token is a way to name the signer's certificate in WS-Security.
type Token uint8

// The ways of the X.509 token profile 1.1.
const (
	Direct       Token = iota // BinarySecurityToken X509v3, by Reference
	Path                      // BinarySecurityToken X509PKIPathv1, by Reference
	KeyID                     // KeyIdentifier with the subject key identifier
	Thumbprint                // KeyIdentifier with the SHA-1 of the certificate
	IssuerSerial              // X509IssuerSerial
	Embedded                  // KeyIdentifier with the certificate itself
)

// Security says how a message is signed with WS-Security.
type Security struct {
	Token Token
	Chain [][]byte // Path: the certificates above the signer's, nearest first
	// Actor is whom the Security block is for; "" is the ultimate receiver.
	Actor string
	// Lifetime, if not 0, adds a signed wsu:Timestamp.
	Lifetime time.Duration
	// SignToken adds a reference to the token through the STR-Transform.
	SignToken bool
	// Headers are local names of header blocks to sign besides the Body.
	Headers []string
}

// WSS signs a SOAP message with WS-Security 1.1: a Security block as first
// child of the Header, which must be there, over the Body.
func (s *Signer) WSS(msg []byte, o Security) ([]byte, error) {
	l, err := s.layout(xmlsig.ExcC14N)
	if err != nil {
		return nil, err
	}
	parts := append([]string{"Body"}, o.Headers...)
	for _, part := range parts {
		if msg, err = label(msg, part); err != nil {
			return nil, err
		}
		l.References = append(l.References, reference{"#id-" + part, []string{xmlsig.ExcC14N}})
	}
	token, reference, err := s.token(l, o)
	if err != nil {
		return nil, err
	}
	l.KeyInfo = `<wsse:SecurityTokenReference wsu:Id="str">` + reference + `</wsse:SecurityTokenReference>`
	block, err := s.block(&l, o, token)
	if err != nil {
		return nil, err
	}
	if msg, err = insert(msg, block, header); err != nil {
		return nil, err
	}
	return s.plain(msg, l, func(t *xmltree.Tree) (xmltree.Node, error) {
		n, err := header(t)
		return t.Child(n, nsWSSE, "Security"), err
	})
}

// block is the Security block without its signature, which goes first in it:
// what the references point to may follow.
func (s *Signer) block(l *layout, o Security, token string) (string, error) {
	var b bytes.Buffer
	b.WriteString(`<wsse:Security xmlns:wsse="` + nsWSSE + `" xmlns:wsu="` + nsWSU + `"`)
	if o.Actor != "" {
		fmt.Fprintf(&b, ` xmlns:S11="%s" S11:actor="%s"`, nsSOAP11, o.Actor)
	}
	b.WriteString(">" + token)
	if o.Lifetime != 0 {
		l.References = append(l.References, reference{"#timestamp", []string{xmlsig.ExcC14N}})
		fmt.Fprintf(&b, `<wsu:Timestamp wsu:Id="timestamp"><wsu:Created>%s</wsu:Created><wsu:Expires>%s</wsu:Expires></wsu:Timestamp>`,
			s.Time.UTC().Format(time.RFC3339), s.Time.Add(o.Lifetime).UTC().Format(time.RFC3339))
	}
	if o.SignToken {
		l.References = append(l.References, reference{"#str", []string{xmlsig.STRTransform}})
	}
	b.WriteString("</wsse:Security>")
	return b.String(), nil
}

// token returns the markup of the token, if there is one, and of what refers
// to it.
func (s *Signer) token(l layout, o Security) (token, reference string, err error) {
	binary := func(kind, value string) {
		token = `<wsse:BinarySecurityToken wsu:Id="token" EncodingType="` + base64Bin + `" ValueType="` + x509Token + kind + `">` + value + `</wsse:BinarySecurityToken>`
		reference = `<wsse:Reference URI="#token" ValueType="` + x509Token + kind + `"/>`
	}
	identifier := func(kind, value string) {
		reference = `<wsse:KeyIdentifier EncodingType="` + base64Bin + `" ValueType="` + kind + `">` + value + `</wsse:KeyIdentifier>`
	}
	switch o.Token {
	case Direct:
		binary("X509v3", l.Certificate)
	case Path:
		chain := slices.Concat([][]byte{s.Certificate}, o.Chain)
		slices.Reverse(chain)
		path, err := asn1.Marshal(asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: bytes.Join(chain, nil)})
		if err != nil {
			return "", "", fmt.Errorf("writing the path: %w", err)
		}
		binary("X509PKIPathv1", base64.StdEncoding.EncodeToString(path))
	case KeyID:
		c, err := x509.ParseCertificate(s.Certificate)
		if err != nil {
			return "", "", fmt.Errorf("reading the signer's certificate: %w", err)
		}
		identifier(x509Token+"X509SubjectKeyIdentifier", base64.StdEncoding.EncodeToString(c.SubjectKeyId))
	case Thumbprint:
		sum := sha1.Sum(s.Certificate) //nolint:gosec // as above
		identifier(thumbType, base64.StdEncoding.EncodeToString(sum[:]))
	case Embedded:
		identifier(x509Token+"X509v3", l.Certificate)
	case IssuerSerial:
		reference, err = render(parse(`<ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>{{xml .Issuer}}</ds:X509IssuerName>`+
			`<ds:X509SerialNumber>{{.Serial}}</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>`), l)
	}
	return token, reference, err
}

func header(t *xmltree.Tree) (xmltree.Node, error) {
	for _, ns := range []string{nsSOAP11, nsSOAP12} {
		if n := t.Child(t.Root(), ns, "Header"); n != xmltree.None {
			return n, nil
		}
	}
	return xmltree.None, errors.New("the message has no SOAP Header")
}

// label gives the Body, or a header block of the given local name, a wsu:Id.
func label(msg []byte, local string) ([]byte, error) {
	t, err := xmltree.Parse(msg, xmltree.Options{})
	if err != nil {
		return nil, fmt.Errorf("reading the message: %w", err)
	}
	defer t.Release()
	within := t.Root()
	if local != "Body" {
		if within, err = header(t); err != nil {
			return nil, err
		}
	}
	for n := range t.Elements(within) {
		if name := t.Name(n); name.Local == local {
			at := t.Offset(n) + 1 + len(name.String())
			return slices.Concat(t.Source()[:at], []byte(` xmlns:wsu="`+nsWSU+`" wsu:Id="id-`+local+`"`), t.Source()[at:]), nil
		}
	}
	return nil, fmt.Errorf("the message has no %s to sign", local)
}
