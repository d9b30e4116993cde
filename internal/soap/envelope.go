package soap

import (
	"bytes"
	"encoding/xml"
	"slices"
	"strings"

	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// An Envelope says where the parts of a message are in its tree.
type Envelope struct {
	Version    Version
	Header     xmltree.Node // None if there is none
	Blocks     []Block      // the header blocks in order
	Body       xmltree.Node
	Payload    xmltree.Node // the one child element of Body
	Addressing Addressing
}

// A Block is one header block.
type Block struct {
	Node           xmltree.Node
	Name           xml.Name
	MustUnderstand bool
	Role           string // as written: actor in SOAP 1.1; "" is the ultimate receiver
	// Ours reports whether the gate, which stands for the ultimate receiver,
	// is the one the block is addressed to.
	Ours bool
}

// A message is an envelope while it is being judged.
type message struct {
	*Envelope
	t    *xmltree.Tree
	root xmltree.Node
	s    *Settings
	h    *HTTPFacts
	// status is the HTTP status of an answer.
	status int
}

// Read judges the envelope of a request and says where its parts are. The
// error is a *reject.Rejection of stage soap. Whatever was found until then is
// in the Envelope all the same, so that a fault can be addressed.
func Read(t *xmltree.Tree, h HTTPFacts, s *Settings) (*Envelope, error) {
	m := &message{Envelope: new(Envelope), t: t, root: t.Root(), s: s, h: &h}
	if r := m.version(); r != nil {
		return m.Envelope, r
	}
	m.parts()
	misaddressed := readAddressing(m)
	for i := range rules {
		if r := m.apply(&rules[i]); r != nil {
			return m.Envelope, r
		}
	}
	m.Payload = t.FirstElement(m.Body)
	for _, check := range []func(*message) *reject.Rejection{
		checkMandatory, checkSecurity,
		func(*message) *reject.Rejection { return misaddressed },
		checkAddressing, checkPayload,
	} {
		if r := check(m); r != nil {
			return m.Envelope, r
		}
	}
	return m.Envelope, nil
}

func checkPayload(m *message) *reject.Rejection {
	if m.Payload == xmltree.None {
		return refuse(m.t, m.Body, reject.SOAPPayload)
	}
	return nil
}

// parts finds header, header blocks and body.
func (m *message) parts() {
	for n := range m.t.Elements(m.root) {
		switch {
		case m.Header == xmltree.None && m.is(n, "Header"):
			m.Header = n
		case m.Body == xmltree.None && m.is(n, "Body"):
			m.Body = n
		}
	}
	m.blocks()
}

// is reports whether n is an element of the envelope's own vocabulary.
func (m *message) is(n xmltree.Node, local string) bool {
	return m.t.Is(n, m.Version.Namespace(), local)
}

// version finds the version of SOAP (SOAP 1.1 4.1.2, SOAP 1.2 part 1 2.8).
func (m *message) version() *reject.Rejection {
	root := name(m.t, m.root)
	switch {
	case root.Local != "Envelope":
		return rule(refuse(m.t, m.root, reject.SOAPEnvelope, "found", clark(root)), "R1015")
	case root.Space == Namespace11:
		m.Version = V11
	case root.Space == Namespace12:
		m.Version = V12
	}
	expected := m.h.Version
	if expected == 0 {
		expected = m.s.Version
	}
	if m.Version == 0 || expected != 0 && m.Version != expected {
		want := expected.Namespace()
		if expected == 0 {
			want = Namespace11 + ", " + Namespace12
		}
		return refuse(m.t, m.root, reject.SOAPVersionMismatch, "found", root.Space, "expected", want)
	}
	return nil
}

func (m *message) apply(r *Rule) *reject.Rejection {
	if r.check == nil || r.Version != 0 && r.Version != m.Version || m.s.Waived[r.ID] && r.Lenient {
		return nil
	}
	n, values := r.check(m)
	if n == xmltree.None {
		return nil
	}
	return rule(refuse(m.t, n, r.Code, values...), r.ID)
}

// roles of the standards (SOAP 1.1 4.2.2, SOAP 1.2 part 1 2.2).
var ourRoles = []string{
	"",
	"http://schemas.xmlsoap.org/soap/actor/next",
	Namespace12 + "/role/next",
	Namespace12 + "/role/ultimateReceiver",
}

func (m *message) blocks() {
	if m.Header == xmltree.None {
		return
	}
	role := map[Version]string{V11: "actor", V12: "role"}[m.Version]
	for n := range m.t.Elements(m.Header) {
		b := Block{Node: n, Name: name(m.t, n)}
		v, _ := m.t.Attr(n, m.Version.Namespace(), "mustUnderstand")
		b.MustUnderstand = isTrue(v)
		v, _ = m.t.Attr(n, m.Version.Namespace(), role)
		b.Role = strings.TrimSpace(string(v))
		b.Ours = slices.Contains(ourRoles, b.Role) || slices.Contains(m.s.Roles, b.Role)
		m.Blocks = append(m.Blocks, b)
	}
}

// isTrue reports whether v is a true xs:boolean.
func isTrue(v []byte) bool {
	v = bytes.Trim(v, " \t\r\n")
	return string(v) == "1" || string(v) == "true"
}

// checkMandatory looks at all mandatory blocks before anything is done with
// the message (BP 1.1 R1025, R1027; SOAP 1.2 part 1 2.6).
func checkMandatory(m *message) *reject.Rejection {
	for _, b := range m.Blocks {
		if b.MustUnderstand && b.Ours && !m.s.Understood[b.Name] && !isAddressing(b.Name) {
			return rule(refuse(m.t, b.Node, reject.SOAPMustUnderstand, "block", clark(b.Name)), "R1027")
		}
	}
	return nil
}

// checkSecurity allows one Security block a receiver (WSS SOAP Message
// Security 1.1, section 5).
func checkSecurity(m *message) *reject.Rejection {
	seen := make(map[string]bool)
	for _, b := range m.Blocks {
		if b.Name != (xml.Name{Space: NamespaceWSSE, Local: "Security"}) {
			continue
		}
		role := b.Role
		if b.Ours && !slices.Contains(m.s.Roles, role) {
			role = "" // all of ourRoles are the same receiver
		}
		if seen[role] {
			return refuse(m.t, b.Node, reject.SOAPSecurityDuplicate)
		}
		seen[role] = true
	}
	return nil
}

// Require refuses an envelope that lacks one of the header blocks its
// operation prescribes, or has it twice (BP 1.1 R2738).
func (e *Envelope) Require(t *xmltree.Tree, blocks []xml.Name) error {
	for _, want := range blocks {
		found := 0
		for _, b := range e.Blocks {
			if b.Name != want || !b.Ours {
				continue
			}
			if found++; found > 1 {
				return refuse(t, b.Node, reject.SOAPHeaderDuplicate, "block", clark(want))
			}
		}
		if found == 0 {
			place := e.Header
			if place == xmltree.None {
				place = e.Body
			}
			return rule(refuse(t, place, reject.SOAPHeaderMissing, "block", clark(want)), "R2738")
		}
	}
	return nil
}

// Block returns the first block of the given name that is addressed to the
// gate, None if there is none.
func (e *Envelope) Block(space, local string) xmltree.Node {
	for _, b := range e.Blocks {
		if b.Ours && b.Name.Space == space && b.Name.Local == local {
			return b.Node
		}
	}
	return xmltree.None
}
