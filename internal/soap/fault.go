package soap

import (
	"encoding/xml"
	"net/http"
	"strings"
	"time"

	"github.com/beevik/etree"

	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// NamespaceFault is the namespace of the gate's own block in the detail of a
// fault; xsd/fault.xsd describes it.
const NamespaceFault = "urn:soapgate:fault:1"

// Bounds of what one fault repeats of a message.
const (
	maxFindings = 10
	maxField    = 500  // characters of a path or value
	maxMessage  = 2000 // characters of the system's own message
)

// A Fault is the answer to a refused message.
type Fault struct {
	Version   Version // of the answer; 0 means SOAP 1.1
	Rejection *reject.Rejection
	// System is the fault of the system behind the gate as its clients know
	// it; nil if it has none.
	System *SystemFault
	// Lang is the language of the one faultstring of SOAP 1.1: "ru" or "en".
	Lang string
	// RequestID names the request in the gate's log.
	RequestID string
	// MessageGUID is the message's own identifier, if it is known.
	MessageGUID string
	// RelatesTo is the message's WS-Addressing properties, if it has any.
	RelatesTo Addressing
	// RetryAt is when the same message may pass; zero if nothing is known.
	RetryAt time.Time
	// Link is the address of the page that explains the code.
	Link string
	// Brief leaves out where in the message the reason lies and what was
	// found, for callers that have not proved who they are.
	Brief bool
}

// A SystemFault is a fault in the form of the system behind the gate: an
// element in the detail with a code and a message as its children.
type SystemFault struct {
	Element        xml.Name // the detail entry, say {…/base/}Fault
	CodeElement    xml.Name // its children
	MessageElement xml.Name
	Code, Message  string // Message "" is the rejection's text
}

// addressingFaults are the subcodes that WS-Addressing prescribes (1.0 SOAP
// binding 6.4); a fault has the gate's own code below them.
var addressingFaults = map[reject.Code]string{
	reject.SOAPAddressingCardinality: "InvalidAddressingHeader",
	reject.SOAPAddressingRequired:    "MessageAddressingHeaderRequired",
	reject.SOAPAddressingAddress:     "InvalidAddressingHeader",
	reject.SOAPAddressingAction:      "InvalidAddressingHeader",
}

// ContentType returns the media type of the fault's message.
func (f *Fault) ContentType() string { return f.version().MediaType() + "; charset=utf-8" }

// Status returns the HTTP status of the answer: the catalogue's, or that of
// the binding (SOAP 1.1 6.2; SOAP 1.2 part 2 7.5.2.2).
func (f *Fault) Status() int {
	switch e := f.Rejection.Entry(); {
	case e.Status != 0:
		return e.Status
	case f.version() == V12 && e.Side == reject.Sender:
		return http.StatusBadRequest
	}
	return http.StatusInternalServerError
}

func (f *Fault) version() Version {
	if f.Version == 0 {
		return V11
	}
	return f.Version
}

// Bytes returns the fault as a document.
func (f *Fault) Bytes() []byte {
	d := etree.NewDocument()
	d.WriteSettings.CanonicalText = true
	d.CreateProcInst("xml", `version="1.0" encoding="UTF-8"`)
	env := d.CreateElement("soap:Envelope")
	env.CreateAttr("xmlns:soap", f.version().Namespace())
	f.header(env)
	fault := env.CreateElement("soap:Body").CreateElement("soap:Fault")
	if f.version() == V11 {
		f.fault11(fault)
	} else {
		f.fault12(fault)
	}
	b, err := d.WriteToBytes()
	if err != nil {
		panic("soap: internal error: writing a fault to memory: " + err.Error())
	}
	return b
}

// FaultCode returns the local name of the fault code for a side in a version
// (SOAP 1.1 4.4.1, SOAP 1.2 part 1 5.4.6).
func FaultCode(v Version, s reject.Side) string {
	if v == V12 {
		return [...]string{"Sender", "Receiver", "VersionMismatch", "MustUnderstand"}[s]
	}
	return [...]string{"Client", "Server", "VersionMismatch", "MustUnderstand"}[s]
}

// fault11 writes a fault by SOAP 1.1 4.4; its children are unqualified and no
// others than these four (BP 1.1 R1000, R1001).
func (f *Fault) fault11(fault *etree.Element) {
	code := "soap:" + FaultCode(V11, f.side())
	e := fault.CreateElement("faultcode")
	if wsa := addressingFaults[f.Rejection.Code]; wsa != "" {
		e.CreateAttr("xmlns:wsa", NamespaceAddressing)
		code = "wsa:" + wsa // SOAP binding 6.2: the subcode takes the code's place
	}
	e.SetText(code)
	text(fault, "faultstring", f.reason(f.Lang), maxMessage).CreateAttr("xml:lang", f.lang())
	f.detail(fault.CreateElement("detail"))
}

// fault12 writes a fault by SOAP 1.2 part 1 5.4.
func (f *Fault) fault12(fault *etree.Element) {
	code := fault.CreateElement("soap:Code")
	code.CreateElement("soap:Value").SetText("soap:" + FaultCode(V12, f.side()))
	sub := code.CreateElement("soap:Subcode")
	if wsa := addressingFaults[f.Rejection.Code]; wsa != "" {
		v := sub.CreateElement("soap:Value")
		v.CreateAttr("xmlns:wsa", NamespaceAddressing)
		v.SetText("wsa:" + wsa)
		sub = sub.CreateElement("soap:Subcode")
	}
	v := sub.CreateElement("soap:Value")
	v.CreateAttr("xmlns:gate", NamespaceFault)
	v.SetText("gate:" + string(f.Rejection.Code))
	reason := fault.CreateElement("soap:Reason")
	other := map[string]string{"ru": "en", "en": "ru"}[f.lang()]
	for _, lang := range []string{f.lang(), other} {
		text(reason, "soap:Text", f.reason(lang), maxMessage).CreateAttr("xml:lang", lang)
	}
	f.detail(fault.CreateElement("soap:Detail"))
}

func (f *Fault) side() reject.Side { return f.Rejection.Entry().Side }

func (f *Fault) lang() string {
	if f.Lang == "ru" {
		return "ru"
	}
	return "en"
}

// reason returns the sentence a person reads first. With a system's own code
// it is "CODE: text", which clients of such systems take apart.
func (f *Fault) reason(lang string) string {
	s := f.Rejection.Text().In(lang)
	switch {
	case f.System == nil:
		return s
	case f.System.Message != "" && lang == f.lang():
		s = f.System.Message
	}
	return f.System.Code + ": " + s
}

// header writes what the standards want to see beside a fault: what the fault
// answers (WS-Addressing 1.0 core 3.4), the versions that are supported
// (SOAP 1.2 part 1 5.4.7) and the block not understood (5.4.8).
func (f *Fault) header(env *etree.Element) {
	relates := f.RelatesTo.Namespace != "" && f.RelatesTo.MessageID != ""
	upgrade := f.side() == reject.VersionMismatch
	not := f.notUnderstood()
	if !relates && !upgrade && not.Local == "" {
		return
	}
	h := env.CreateElement("soap:Header")
	if relates {
		wsa := f.RelatesTo.Namespace
		text(h, "wsa:Action", f.action(), maxField).CreateAttr("xmlns:wsa", wsa)
		text(h, "wsa:RelatesTo", f.RelatesTo.MessageID, maxField).CreateAttr("xmlns:wsa", wsa)
	}
	if upgrade {
		u := h.CreateElement("env:Upgrade")
		u.CreateAttr("xmlns:env", Namespace12)
		for _, v := range []Version{V12, V11} {
			e := u.CreateElement("env:SupportedEnvelope")
			e.CreateAttr("xmlns:s", v.Namespace())
			e.CreateAttr("qname", "s:Envelope")
		}
	}
	if not.Local != "" {
		e := h.CreateElement("soap:NotUnderstood")
		e.CreateAttr("xmlns:b", not.Space)
		e.CreateAttr("qname", "b:"+not.Local)
	}
}

// action returns the action of a fault (WS-Addressing 1.0 SOAP binding 6.2).
func (f *Fault) action() string {
	wsa := f.RelatesTo.Namespace
	if wsa == NamespaceAddressing && addressingFaults[f.Rejection.Code] == "" {
		return wsa + "/soap/fault"
	}
	return wsa + "/fault"
}

// notUnderstood returns the block that a MustUnderstand fault of SOAP 1.2 is
// about, if its name can be written as a QName of our own making.
func (f *Fault) notUnderstood() xml.Name {
	if f.side() != reject.MustUnderstand || f.version() != V12 {
		return xml.Name{}
	}
	for _, v := range f.Rejection.Values {
		space, local, ok := strings.Cut(strings.TrimPrefix(v.Text, "{"), "}")
		reserved := space == xmltree.NamespaceXML || space == xmltree.NamespaceXMLNS
		if v.Name == "block" && ok && !reserved && isURI(space) && isNCName(local) {
			return xml.Name{Space: space, Local: local}
		}
	}
	return xml.Name{}
}

// isURI reports whether s is short and of the characters of RFC 3986.
func isURI(s string) bool {
	other := func(c rune) bool { return c <= ' ' || c >= 0x7f || strings.ContainsRune("\"<>\\^`{|}", c) }
	return s != "" && len(s) <= maxField && !strings.ContainsFunc(s, other)
}

// isNCName reports whether s is a short ASCII name.
func isNCName(s string) bool {
	for i, c := range s {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
		if !letter && (i == 0 || !strings.ContainsRune("-.0123456789", c)) {
			return false
		}
	}
	return s != "" && len(s) <= maxField
}

// text adds an element with the text cleaned of what XML cannot hold.
func text(parent *etree.Element, tag, s string, limit int) *etree.Element {
	e := parent.CreateElement(tag)
	e.SetText(clean(s, limit))
	return e
}

// clean makes any string fit for XML 1.0 (section 2.2) and cuts it.
func clean(s string, limit int) string {
	s = reject.Shorten(strings.ToValidUTF8(s, "\uFFFD"), limit)
	return strings.Map(func(c rune) rune {
		if c == 0xFFFE || c == 0xFFFF {
			return 0xFFFD
		}
		return c
	}, s)
}
