package profile

import "github.com/soapgate/soapgate/internal/reject"

const wsu = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"

// wss is plain WS-Security 1.1: one signature in the Security block over the
// Body and, if there is one, the Timestamp.
var wss = &Profile{
	Name:  "wss",
	Title: reject.Text{RU: "WS-Security 1.1", EN: "WS-Security 1.1"},
	Signatures: []Signature{{
		Place:            InSecurity,
		Covers:           CoverBody | CoverTimestamp,
		ID:               Name{wsu, "Id"},
		Canonicalization: []string{excC14N, c14n10},
		Transforms:       []string{strTransform},
	}},
	Suites: []string{"gost2012", "rsa", "ecdsa"},
}

// Algorithms that profiles name (XMLDSig 6.5, 6.6.4; WS-Security 1.1 8.3).
const (
	c14n10       = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
	excC14N      = "http://www.w3.org/2001/10/xml-exc-c14n#"
	enveloped    = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
	strTransform = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform"
)
