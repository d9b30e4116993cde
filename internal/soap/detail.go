package soap

import (
	"encoding/xml"
	"strconv"
	"time"

	"github.com/beevik/etree"

	"github.com/soapgate/soapgate/internal/reject"
)

// detail writes the system's own entry first, as its clients look no further,
// then the gate's. SOAP 1.1 4.4 keeps details of header blocks out of here; the
// gate's entry is about the message as a whole, whatever part was at fault.
func (f *Fault) detail(detail *etree.Element) {
	if s := f.System; s != nil {
		e := named(detail, s.Element, "")
		named(e, s.CodeElement, s.Code)
		message := s.Message
		if message == "" {
			message = f.Rejection.Text().In(f.lang())
		}
		named(e, s.MessageElement, message)
	}
	r := f.Rejection
	e := detail.CreateElement("gate:Rejection")
	e.CreateAttr("xmlns:gate", NamespaceFault)
	text(e, "gate:Code", string(r.Code), maxField)
	text(e, "gate:Stage", r.Code.Stage().String(), maxField)
	optional(e, "gate:RequestId", f.RequestID)
	optional(e, "gate:MessageGUID", f.MessageGUID)
	both(e, "gate:Text", r.Text())
	both(e, "gate:Advice", r.Advice())
	retry := text(e, "gate:Retry", r.Entry().Retry.String(), maxField)
	if !f.RetryAt.IsZero() {
		retry.CreateAttr("at", f.RetryAt.UTC().Format(time.RFC3339))
	}
	optional(e, "gate:Link", f.Link)
	if f.Brief {
		return
	}
	place(e, r.Line, r.Column, r.Path)
	for i := range r.Findings[:min(len(r.Findings), maxFindings)] {
		finding(e, &r.Findings[i])
	}
	if more := len(r.Findings) - maxFindings; more > 0 {
		e.CreateElement("gate:Omitted").SetText(strconv.Itoa(more))
	}
}

// named adds an element of the system's vocabulary, each with its own
// declaration, as their namespaces are not ours to relate.
func named(parent *etree.Element, n xml.Name, s string) *etree.Element {
	e := text(parent, "sys:"+n.Local, s, maxMessage)
	if n.Space == "" {
		e.Space = ""
	} else {
		e.CreateAttr("xmlns:sys", n.Space)
	}
	return e
}

func finding(parent *etree.Element, f *reject.Finding) {
	e := parent.CreateElement("gate:Finding")
	optional(e, "gate:Rule", f.Rule)
	place(e, f.Line, f.Column, f.Path)
	optional(e, "gate:Found", f.Found)
	optional(e, "gate:Expected", f.Expected)
	both(e, "gate:Text", f.Text)
}

// place writes where in the message something lies.
func place(e *etree.Element, line, column int, path string) {
	if line > 0 {
		e.CreateElement("gate:Line").SetText(strconv.Itoa(line))
		e.CreateElement("gate:Column").SetText(strconv.Itoa(max(column, 1)))
	}
	optional(e, "gate:Path", path)
}

func optional(e *etree.Element, tag, s string) {
	if s != "" {
		text(e, tag, s, maxField)
	}
}

func both(e *etree.Element, tag string, t reject.Text) {
	text(e, tag, t.RU, maxMessage).CreateAttr("xml:lang", "ru")
	text(e, tag, t.EN, maxMessage).CreateAttr("xml:lang", "en")
}
