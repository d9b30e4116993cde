package soap

import (
	"encoding/xml"
	"slices"
	"strings"

	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// Namespaces of WS-Addressing: version 1.0, the submission before it, and the
// one .NET puts the action in when a binding has no WS-Addressing.
const (
	NamespaceAddressing     = "http://www.w3.org/2005/08/addressing"
	NamespaceAddressing2004 = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
	NamespaceAddressingNone = "http://schemas.microsoft.com/ws/2005/05/addressing/none"
)

// Addressing is what a message says by WS-Addressing.
type Addressing struct {
	Namespace string // of the version used; "" if none is
	MessageID string
	Action    string
	To        string
	ReplyTo   string // the address of the endpoint reference
	FaultTo   string
	RelatesTo []string
}

// unaddressed are the reply addresses that mean the connection at hand, or no
// answer at all (WS-Addressing 1.0 core 2.1, SOAP binding 5.1).
var unaddressed = []string{
	"",
	NamespaceAddressing + "/anonymous",
	NamespaceAddressing + "/none",
	NamespaceAddressing2004 + "/role/anonymous",
}

func isAddressing(n xml.Name) bool {
	return n.Space == NamespaceAddressing || n.Space == NamespaceAddressing2004
}

// readAddressing reads the message addressing properties. To, From, ReplyTo,
// FaultTo, Action and MessageID may occur once (WS-Addressing 1.0 SOAP binding
// 3.2), all in one version.
func readAddressing(m *message) *reject.Rejection {
	a := &m.Addressing
	seen := make(map[string]bool)
	for _, b := range m.Blocks {
		if !isAddressing(b.Name) || !b.Ours {
			continue
		}
		bad := a.Namespace != "" && a.Namespace != b.Name.Space
		a.Namespace = b.Name.Space
		field := map[string]*string{
			"MessageID": &a.MessageID, "Action": &a.Action, "To": &a.To,
			"ReplyTo": &a.ReplyTo, "FaultTo": &a.FaultTo, "From": new(string),
		}[b.Name.Local]
		value, simple := m.property(b)
		switch {
		case field != nil:
			bad = bad || seen[b.Name.Local] || !simple
			seen[b.Name.Local] = true
			*field = value
		case b.Name.Local == "RelatesTo":
			bad = bad || !simple
			a.RelatesTo = append(a.RelatesTo, value)
		}
		if bad {
			return refuse(m.t, b.Node, reject.SOAPAddressingCardinality, "block", b.Name.Local)
		}
	}
	return nil
}

// property returns the URI of a block: its text, or the one Address of an
// endpoint reference.
func (m *message) property(b Block) (value string, ok bool) {
	n := b.Node
	switch b.Name.Local {
	case "ReplyTo", "FaultTo", "From":
		n = m.t.Child(n, b.Name.Space, "Address")
		if n == xmltree.None {
			return "", false
		}
		for c := m.t.NextElement(n); c != xmltree.None; c = m.t.NextElement(c) {
			if m.t.Is(c, b.Name.Space, "Address") {
				return "", false
			}
		}
	}
	text, simple := m.t.Text(n)
	return strings.TrimSpace(string(text)), simple
}

// checkAddressing applies the rules of the SOAP binding that keep an answer
// from being sent to a stranger and an operation from being called under
// another's name.
func checkAddressing(m *message) *reject.Rejection {
	a := &m.Addressing
	header := m.Header
	if header == xmltree.None {
		header = m.root
	}
	if a.Namespace == "" {
		if m.s.RequireAddressing {
			return refuse(m.t, header, reject.SOAPAddressingRequired, "block", "Action")
		}
		return m.checkNoneAction()
	}
	// SOAP binding 3.2: Action is required; a reply needs MessageID (core 3.4).
	if a.Action == "" {
		return refuse(m.t, header, reject.SOAPAddressingRequired, "block", "Action")
	}
	for _, to := range []struct{ block, address string }{{"ReplyTo", a.ReplyTo}, {"FaultTo", a.FaultTo}} {
		if !slices.Contains(unaddressed, to.address) && !slices.Contains(m.s.ReplyAddresses, to.address) {
			return refuse(m.t, m.Block(a.Namespace, to.block), reject.SOAPAddressingAddress, "block", to.block)
		}
	}
	return m.sameAction(m.Block(a.Namespace, "Action"), a.Action)
}

// checkNoneAction holds the block that .NET adds without WS-Addressing to the
// same rule, as the services of that platform dispatch on it.
func (m *message) checkNoneAction() *reject.Rejection {
	n := m.Block(NamespaceAddressingNone, "Action")
	if n == xmltree.None {
		return nil
	}
	text, _ := m.t.Text(n)
	return m.sameAction(n, strings.TrimSpace(string(text)))
}

// sameAction refuses an action that is not the one of the HTTP header, if that
// has any (WS-Addressing 1.0 SOAP binding 4.1, 5.2).
func (m *message) sameAction(n xmltree.Node, action string) *reject.Rejection {
	if m.h.Action == "" || m.h.Action == action {
		return nil
	}
	return refuse(m.t, n, reject.SOAPAddressingAction, "found", action, "expected", m.h.Action)
}
