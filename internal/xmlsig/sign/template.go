package sign

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"slices"
	"text/template"
	"time"

	"github.com/soapgate/soapgate/internal/xmlsig"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// layout is what the templates of signatures are filled with.
type layout struct {
	ID               string // of the signature, the stem of the other identifiers
	Target           string // identifier of the signed element
	Canonicalization string
	Signature        string
	Digest           string
	PropertiesDigest string
	DigestValue      string // placeholders
	PropertiesValue  string
	Certificate      string
	CertDigest       string
	Time             string
	Issuer, Serial   string
	References       []reference
	KeyInfo          string // markup
}

// A reference is one ds:Reference of a template.
type reference struct {
	URI        string
	Transforms []string // algorithms; the STR-Transform has its parameters
}

// plain is a signature without XAdES properties.
var plain = parse(`<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>` +
	`<ds:CanonicalizationMethod Algorithm="{{.Canonicalization}}"/><ds:SignatureMethod Algorithm="{{.Signature}}"/>` +
	`{{range .References}}<ds:Reference URI="{{xml .URI}}"><ds:Transforms>` +
	`{{range .Transforms}}<ds:Transform Algorithm="{{.}}">{{if eq . "` + xmlsig.STRTransform + `"}}` +
	`<wsse:TransformationParameters><ds:CanonicalizationMethod Algorithm="` + xmlsig.ExcC14N + `"/></wsse:TransformationParameters>{{end}}` +
	`</ds:Transform>{{end}}</ds:Transforms>` +
	`<ds:DigestMethod Algorithm="{{$.Digest}}"/><ds:DigestValue>{{$.DigestValue}}</ds:DigestValue></ds:Reference>{{end}}` +
	`</ds:SignedInfo><ds:SignatureValue>AAAA</ds:SignatureValue><ds:KeyInfo>{{.KeyInfo}}</ds:KeyInfo></ds:Signature>`)

func x509Data(certificate string) string {
	return "<ds:X509Data><ds:X509Certificate>" + certificate + "</ds:X509Certificate></ds:X509Data>"
}

func (s *Signer) layout(canonicalization string) (l layout, err error) {
	l = layout{Certificate: base64.StdEncoding.EncodeToString(s.Certificate), Canonicalization: s.Canonicalization}
	if l.Canonicalization == "" {
		l.Canonicalization = canonicalization
	}
	if l.Signature, l.Digest, err = s.defaults(); err != nil {
		return l, err
	}
	for _, set := range []struct {
		to *string
		v  string
	}{{&l.Signature, s.Signature}, {&l.Digest, s.Digest}} {
		if set.v != "" {
			*set.to = set.v
		}
	}
	if l.PropertiesDigest = s.PropertiesDigest; l.PropertiesDigest == "" {
		l.PropertiesDigest = l.Digest
	}
	if l.DigestValue, err = placeholder(l.Digest); err != nil {
		return l, err
	}
	if l.PropertiesValue, err = placeholder(l.PropertiesDigest); err != nil {
		return l, err
	}
	if l.CertDigest, err = sum(l.Digest, s.Certificate); err != nil {
		return l, err
	}
	issuer, serial, err := s.named()
	if err != nil {
		return l, err
	}
	l.Issuer, l.Serial = issuer, serial.String()
	l.Time = s.Time.Format(time.RFC3339)
	if l.ID = s.ID; l.ID == "" {
		l.ID = newID()
	}
	return l, nil
}

// newID makes an identifier in the form of RFC 9562 version 4.
func newID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func render(t *template.Template, l layout) (string, error) {
	var b bytes.Buffer
	if err := t.Execute(&b, l); err != nil {
		return "", fmt.Errorf("writing the signature: %w", err)
	}
	return b.String(), nil
}

func parse(text string) *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{"xml": func(s string) (string, error) {
		var b bytes.Buffer
		err := xml.EscapeText(&b, []byte(s))
		return b.String(), err
	}}).Parse(text))
}

// insert puts markup right behind the start tag of the element that find
// returns, where an empty-element tag becomes two.
func insert(msg []byte, markup string, find func(*xmltree.Tree) (xmltree.Node, error)) ([]byte, error) {
	t, err := xmltree.Parse(msg, xmltree.Options{})
	if err != nil {
		return nil, fmt.Errorf("reading the message: %w", err)
	}
	defer t.Release()
	n, err := find(t)
	if err != nil {
		return nil, err
	}
	src, at := t.Source(), t.TagEnd(n)
	if at == t.EndOffset(n) {
		slash := bytes.LastIndexByte(src[:at], '/')
		return slices.Concat(src[:slash], []byte(">"+markup+"</"+t.Name(n).String()+">"), src[at:]), nil
	}
	return slices.Concat(src[:at], []byte(markup), src[at:]), nil
}

// complete fills in the template's digests and value.
func (s *Signer) complete(doc []byte, uri string, find func(*xmltree.Tree) (xmltree.Node, error)) ([]byte, error) {
	m, err := s.method(uri)
	if err != nil {
		return nil, err
	}
	if s.Edit != nil {
		if doc, err = s.Edit(doc); err != nil {
			return nil, err
		}
	}
	return xmlsig.Complete(doc, func(t *xmltree.Tree) (xmlsig.Requirement, error) {
		n, err := find(t)
		return xmlsig.Requirement{
			Signatures: []xmlsig.Expected{{Signature: n}},
			IDs:        ids,
			Suites:     suites(),
			Canonicalization: []string{
				xmlsig.C14N10, xmlsig.C14N10WithComments, xmlsig.C14N11, xmlsig.C14N11WithComments,
				xmlsig.ExcC14N, xmlsig.ExcC14NWithComments,
			},
			Transforms: []string{xmlsig.EnvelopedSignature, xmlsig.SMEVTransform, xmlsig.STRTransform},
			Document:   true,
			Objects:    true,
		}, err
	}, func(digest []byte) ([]byte, error) { return s.value(m, digest) })
}
