package gate

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/soapgate/soapgate/internal/profile"
	"github.com/soapgate/soapgate/internal/quota"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/soap"
)

// A FaultStyle is how a site words its faults.
type FaultStyle struct {
	Profile  *profile.Profile
	Language string // of SOAP 1.1's one fault text: "ru" or "en"
	// Link is the address of the pages that explain codes; "" for none.
	Link string
}

// Fault returns the answer to a refused request: a SOAP fault of the caller's
// version, with the system's own code and text where its clients look for them.
func (g *Gate) Fault(rep *Report) (status int, header http.Header, body []byte) {
	p := rep.passage
	f := soap.Fault{
		Version: p.version(), Rejection: rep.Rejection,
		RequestID: p.req.ID, MessageGUID: p.fields.messageID,
		// What was found in the message is told to nobody who has not shown
		// who he is (attack row 54).
		Brief: p.c.BriefFaults && p.client == nil,
	}
	if p.envelope != nil {
		f.RelatesTo = p.envelope.Addressing
	}
	status, header, body = p.c.FaultStyle.Write(f, p.now)
	return p.c.status(rep.Rejection, status), header, body
}

// status is the HTTP status of a refusal whose SOAP binding says otherwise.
func (c *Config) status(r *reject.Rejection, otherwise int) int {
	if c.QuotaStatus != 0 && r.Code.Stage() == reject.Quota {
		return c.QuotaStatus
	}
	return otherwise
}

// Write returns a fault in the site's style: HTTP status, header and document.
func (s *FaultStyle) Write(f soap.Fault, now time.Time) (status int, header http.Header, body []byte) {
	r := f.Rejection
	f.Lang = s.Language
	if s.Link != "" {
		f.Link = strings.TrimSuffix(s.Link, "/") + "/" + string(r.Code)
	}
	if sys := s.Profile.Fault; sys != nil {
		f.System = &soap.SystemFault{
			Element: expanded(sys.Element), CodeElement: expanded(sys.Code), MessageElement: expanded(sys.Message),
			Code: s.Profile.SystemCode(r.Code), Message: systemText(r, s.Language),
		}
	}
	header = http.Header{"Content-Type": {f.ContentType()}, "Cache-Control": {"no-store"}}
	if r.RetryAfter > 0 {
		f.RetryAt = now.Add(r.RetryAfter)
		header.Set("Retry-After", retryAfter(r))
	}
	switch r.Code {
	case reject.HTTPMethod:
		header.Set("Allow", http.MethodPost) // RFC 9110 15.5.6
	case reject.HTTPTooLarge, reject.HTTPLength:
		header.Set("Connection", "close") // the rest of the body is not read
	}
	return f.Status(), header, f.Bytes()
}

// retryAfter keeps those who were refused together from coming back together.
func retryAfter(r *reject.Rejection) string { return quota.RetryAfter(r.RetryAfter, rand.Float64()) }

// systemText is the message as the system's own clients parse it: violations
// of the schema in the words of Xerces, with line and column.
func systemText(r *reject.Rejection, lang string) string {
	if len(r.Findings) > 0 && r.Findings[0].Xerces != "" {
		f := r.Findings[0]
		return fmt.Sprintf("Line: %d. Column: %d. Message: %s", f.Line, f.Column, f.Xerces)
	}
	return r.Text().In(lang)
}

// version is the caller's SOAP version, as far as it is known: that of the
// envelope, else of the media type.
func (p *passage) version() soap.Version {
	if p.envelope != nil && p.envelope.Version != 0 {
		return p.envelope.Version
	}
	return p.binding.Version
}
