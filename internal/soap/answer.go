package soap

import (
	"encoding/xml"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// ReadAnswer judges the envelope that a system behind the gate answers with,
// and its HTTP status. What the header blocks ask for is between that system
// and its client. The error is a *reject.Rejection of stage soap.
func ReadAnswer(t *xmltree.Tree, h HTTPFacts, status int, s *Settings) (*Envelope, error) {
	m := &message{Envelope: new(Envelope), t: t, root: t.Root(), s: s, h: &h, status: status}
	if r := m.version(); r != nil {
		return m.Envelope, r
	}
	m.parts()
	for _, table := range [][]Rule{rules, answerRules} {
		for i := range table {
			if r := m.apply(&table[i]); r != nil {
				return m.Envelope, r
			}
		}
		m.Payload = t.FirstElement(m.Body)
	}
	return m.Envelope, nil
}

// IsFault reports whether the envelope carries a fault (BP 1.1 R1107).
func (e *Envelope) IsFault(t *xmltree.Tree) bool {
	return e.Payload != xmltree.None && t.Is(e.Payload, e.Version.Namespace(), "Fault")
}

// answerRules are those that only an answer can break.
var answerRules = []Rule{
	{ID: "R1001", Version: V11, Code: reject.SOAPR1001, check: qualifiedFaultChild},
	{ID: "R1000", Version: V11, Code: reject.SOAPR1000, check: foreignFaultChild},
	{ID: "R1004", Version: V11, Code: reject.SOAPR1004, Lenient: true, check: foreignFaultcode},
	{ID: "R1031", Version: V11, Code: reject.SOAPR1031, Lenient: true, check: dottedFaultcode},
	{ID: "SOAP12-5.4", Version: V12, Code: reject.SOAPFault, check: faultParts12},
	{ID: "SOAP12-5.4.6", Version: V12, Code: reject.SOAPFault, check: faultCode12},
	{ID: "R1126", Version: V11, Code: reject.SOAPR1126, Lenient: true, check: faultStatus},
	{ID: "R1111", Code: reject.SOAPR1111, Lenient: true, check: resultStatus},
}

var faultParts = []string{"faultcode", "faultstring", "faultactor", "detail"}

func qualifiedFaultChild(m *message) (xmltree.Node, []string) {
	return m.faultChild(func(n xml.Name) bool { return n.Space != "" })
}

func foreignFaultChild(m *message) (xmltree.Node, []string) {
	return m.faultChild(func(n xml.Name) bool { return !slices.Contains(faultParts, n.Local) })
}

func (m *message) faultChild(bad func(xml.Name) bool) (xmltree.Node, []string) {
	if !m.IsFault(m.t) {
		return xmltree.None, nil
	}
	for n := range m.t.Elements(m.Payload) {
		if q := name(m.t, n); bad(q) {
			return n, []string{"found", clark(q)}
		}
	}
	return xmltree.None, nil
}

// faultcode returns the element and its content, with the namespace its prefix
// stands for.
func (m *message) faultcode() (n xmltree.Node, space, local string) {
	if !m.IsFault(m.t) {
		return xmltree.None, "", ""
	}
	n = m.t.Child(m.Payload, "", "faultcode")
	if n == xmltree.None {
		return xmltree.None, "", ""
	}
	space, local = m.qname(n)
	return n, space, local
}

// qname resolves the QName that an element contains.
func (m *message) qname(n xmltree.Node) (space, local string) {
	text, _ := m.t.Text(n)
	prefix, local, colon := strings.Cut(strings.TrimSpace(string(text)), ":")
	if !colon {
		prefix, local = "", prefix
	}
	space, _ = m.t.LookupNamespace(n, prefix)
	return space, local
}

// foreignFaultcode finds a code of the SOAP namespace that SOAP 1.1 does not
// have, or of no namespace at all.
func foreignFaultcode(m *message) (xmltree.Node, []string) {
	n, space, local := m.faultcode()
	local, _, _ = strings.Cut(local, ".")
	known := slices.Contains([]string{"VersionMismatch", "MustUnderstand", "Client", "Server"}, local)
	if n == xmltree.None || space != "" && space != Namespace11 || space == Namespace11 && known {
		return xmltree.None, nil
	}
	return n, []string{"found", clark(xml.Name{Space: space, Local: local})}
}

func dottedFaultcode(m *message) (xmltree.Node, []string) {
	n, space, local := m.faultcode()
	if space != Namespace11 || !strings.Contains(local, ".") {
		return xmltree.None, nil
	}
	return n, []string{"found", local}
}

// faultParts12 wants Code, Reason, and at most Node, Role, Detail behind them,
// in this order (SOAP 1.2 part 1 5.4).
func faultParts12(m *message) (xmltree.Node, []string) {
	if !m.IsFault(m.t) {
		return xmltree.None, nil
	}
	rest := []string{"Code", "Reason", "Node", "Role", "Detail"}
	required := 2
	for n := range m.t.Elements(m.Payload) {
		i := slices.IndexFunc(rest, func(local string) bool { return m.is(n, local) })
		if i < 0 || i > 0 && len(rest) > 3 {
			return n, []string{"found", clark(name(m.t, n))}
		}
		rest = rest[i+1:]
		required--
	}
	if required > 0 {
		return m.Payload, []string{"found", "Fault"}
	}
	return xmltree.None, nil
}

func faultCode12(m *message) (xmltree.Node, []string) {
	if !m.IsFault(m.t) {
		return xmltree.None, nil
	}
	code := m.t.FirstElement(m.Payload)
	value := m.t.FirstElement(code)
	if value == xmltree.None || !m.is(value, "Value") {
		return code, []string{"found", "Code"}
	}
	space, local := m.qname(value)
	if space != Namespace12 || !slices.Contains([]string{"VersionMismatch", "MustUnderstand", "DataEncodingUnknown", "Sender", "Receiver"}, local) {
		return value, []string{"found", clark(xml.Name{Space: space, Local: local})}
	}
	return xmltree.None, nil
}

func faultStatus(m *message) (xmltree.Node, []string) {
	if !m.IsFault(m.t) || m.status == http.StatusInternalServerError {
		return xmltree.None, nil
	}
	return m.Payload, []string{"status", strconv.Itoa(m.status)}
}

// resultStatus wants a success for what is no fault; 202 is that of an
// acknowledged one-way message.
func resultStatus(m *message) (xmltree.Node, []string) {
	if m.IsFault(m.t) || m.status == http.StatusOK || m.status == http.StatusAccepted {
		return xmltree.None, nil
	}
	return m.root, []string{"status", strconv.Itoa(m.status)}
}
