package profile

import "github.com/soapgate/soapgate/internal/reject"

const wsu = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"

// inSecurity is one signature in the Security block, as WS-Security 1.1 and
// its X.509 token profile lay it out.
func inSecurity(actor string, covers Coverage) Signature {
	return Signature{
		Place: InSecurity, Actor: actor, Covers: covers,
		// wsu:Id is for what a signature covers; ds:KeyInfo and tokens of others
		// go by a plain Id.
		IDs:              []Name{{wsu, "Id"}, {"", "Id"}},
		Canonicalization: []string{excC14N, c14n10},
		Transforms:       []string{strTransform, enveloped},
	}
}

// wss is plain WS-Security 1.1: one signature over the Body and a Timestamp.
var wss = &Profile{
	Name:       "wss",
	Title:      reject.Text{RU: "WS-Security 1.1", EN: "WS-Security 1.1"},
	Signatures: []Signature{inSecurity("", CoverBody|CoverTimestamp)},
	Suites:     []string{"gost2012", "rsa", "ecdsa"},
}

// smev2 is СМЭВ 2: WS-Security for the hub's own actor, over the Body; its
// messages carry no Timestamp.
var smev2 = &Profile{
	Name:       "smev2",
	Title:      reject.Text{RU: "СМЭВ 2", EN: "СМЭВ 2 (interagency exchange)"},
	Signatures: []Signature{inSecurity("http://smev.gosuslugi.ru/actors/smev", CoverBody)},
	Suites:     []string{"gost2012", "gost2001"},
}

// Algorithms that profiles name (XMLDSig 6.5, 6.6.4; WS-Security 1.1 8.3).
const (
	c14n10       = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
	excC14N      = "http://www.w3.org/2001/10/xml-exc-c14n#"
	enveloped    = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
	strTransform = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform"
)
