// Package soap reads and writes SOAP envelopes.
//
// CheckHTTP judges the HTTP headers of a request by the SOAP bindings, Read
// judges the envelope: its grammar and version, mandatory header blocks,
// WS-Addressing, and those requirements of WS-I Basic Profile 1.1 that one
// message shows. Fault writes the answer to a refused message. Which operation
// a message calls, whether its payload is valid and who signed it is for the
// engines beside this one.
//
// Standards: SOAP 1.1 (W3C Note, 8 May 2000), SOAP 1.2 parts 1 and 2 (second
// edition), WS-I Basic Profile 1.1, Web Services Addressing 1.0.
package soap

import (
	"encoding/xml"

	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// Namespaces of the standards that every envelope is judged by.
const (
	Namespace11       = "http://schemas.xmlsoap.org/soap/envelope/"
	Namespace12       = "http://www.w3.org/2003/05/soap-envelope"
	NamespaceEncoding = "http://schemas.xmlsoap.org/soap/encoding/"
	NamespaceWSSE     = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
)

// A Version is a version of SOAP; the zero value means that it is not known.
type Version uint8

// The versions of SOAP.
const (
	V11 Version = iota + 1
	V12
)

func (v Version) String() string { return [...]string{"unknown", "SOAP 1.1", "SOAP 1.2"}[v] }

// Namespace returns the namespace of the version's envelope.
func (v Version) Namespace() string { return [...]string{"", Namespace11, Namespace12}[v] }

// MediaType returns the media type of the version's messages (SOAP 1.1 6,
// SOAP 1.2 part 2 7.1.4).
func (v Version) MediaType() string {
	return [...]string{"text/xml", "text/xml", "application/soap+xml"}[v]
}

// Settings say what is accepted beyond or short of the standards. The zero
// value accepts both versions as strictly as the standards read.
type Settings struct {
	// Version is the only one accepted; 0 accepts both.
	Version Version
	// UnquotedAction accepts a SOAPAction that is not quoted (BP 1.1 R1109,
	// where R1119 leaves the receiver the choice).
	UnquotedAction bool
	// NoAction accepts a SOAP 1.1 request without the SOAPAction header.
	NoAction bool
	// Gzip accepts a Content-Encoding of gzip.
	Gzip bool
	// Attachments accepts multipart/related messages: MTOM and SOAP with
	// Attachments.
	Attachments bool
	// Understood are the header blocks that somebody behind the gate
	// processes, so that they may be mandatory. WS-Addressing always is.
	Understood map[xml.Name]bool
	// Roles are those the gate acts in, besides next and ultimate receiver.
	Roles []string
	// ReplyAddresses are accepted in ReplyTo and FaultTo besides the
	// anonymous address and none.
	ReplyAddresses []string
	// RequireAddressing refuses messages without WS-Addressing.
	RequireAddressing bool
	// Waived are rules that are not enforced, by ID ("R1013"). Only rules
	// whose Lenient is set may be waived.
	Waived map[string]bool
}

// refuse makes the rejection for a reason that lies at node n.
func refuse(t *xmltree.Tree, n xmltree.Node, code reject.Code, values ...string) *reject.Rejection {
	line, column := t.Position(t.Offset(n))
	return reject.New(code, values...).At(line, column, t.Path(n))
}

// name returns an element's expanded name.
func name(t *xmltree.Tree, n xmltree.Node) xml.Name {
	q := t.Name(n)
	return xml.Name{Space: q.Space, Local: q.Local}
}

// clark writes a name as messages for people show it: {namespace}local.
func clark(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return "{" + n.Space + "}" + n.Local
}
