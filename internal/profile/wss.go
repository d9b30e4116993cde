package profile

import "github.com/soapgate/soapgate/internal/reject"

const wsu = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"

// wss is plain WS-Security 1.1: one signature in the Security block over the
// Body and, if there is one, the Timestamp.
var wss = &Profile{
	Name:  "wss",
	Title: reject.Text{RU: "WS-Security 1.1", EN: "WS-Security 1.1"},
	Signatures: []Signature{{
		Place:  InSecurity,
		Covers: CoverBody | CoverTimestamp,
		ID:     Name{wsu, "Id"},
	}},
	Suites: []string{"gost2012", "rsa", "ecdsa"},
}
