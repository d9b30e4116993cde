package soap

import (
	"mime"
	"net/http"
	"strings"

	"github.com/soapgate/soapgate/internal/reject"
)

// HTTPFacts is what the HTTP headers of a request say about its message.
type HTTPFacts struct {
	Version   Version // that the media type implies
	Charset   string  // the charset parameter as written, "" if none
	Action    string  // SOAPAction without quotes, or SOAP 1.2's action parameter
	HasAction bool
	Gzip      bool
	Multipart *Multipart // nil if the body is the envelope itself
}

// Multipart holds the parameters of a multipart/related media type (RFC 2387).
type Multipart struct {
	Boundary string
	Type     string // media type of the root part
	Start    string // Content-ID of the root part with its brackets, "" for the first
	XOP      bool
}

// CheckHTTP judges method and headers of a request by the HTTP bindings of
// SOAP 1.1 (section 6, with BP 1.1 section 3.4) and SOAP 1.2 (part 2, section
// 7). The error is a *reject.Rejection; the facts that were found until then
// are returned with it, so that its fault can be of the client's version.
func CheckHTTP(method string, h http.Header, s *Settings) (HTTPFacts, error) {
	f, r := mediaType(h)
	if method != http.MethodPost {
		return f, rule(reject.New(reject.HTTPMethod, "method", method), "R1132")
	}
	if r != nil {
		return f, r
	}
	for _, check := range []func(http.Header, *HTTPFacts, *Settings) *reject.Rejection{
		checkExtension, checkVersion, checkCharset, checkEncoding, checkAction,
	} {
		if r := check(h, &f, s); r != nil {
			return f, r
		}
	}
	return f, nil
}

// rule notes which rule a rejection enforces.
func rule(r *reject.Rejection, id string) *reject.Rejection {
	r.Findings = append(r.Findings, reject.Finding{
		Rule: id, Line: r.Line, Column: r.Column, Path: r.Path, Text: r.Text(),
	})
	return r
}

// AnswerFacts reads what the header of an answer says of its message. The
// error is a *reject.Rejection.
func AnswerFacts(h http.Header) (HTTPFacts, error) {
	f, r := mediaType(h)
	if r != nil {
		return f, r
	}
	if encoding := h.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return f, reject.New(reject.HTTPEncoding, "encoding", encoding)
	}
	return f, nil
}

func mediaType(h http.Header) (f HTTPFacts, r *reject.Rejection) {
	values := h.Values("Content-Type")
	refused := reject.New(reject.HTTPMediaType, "type", strings.Join(values, ", "))
	if len(values) != 1 {
		return f, rule(refused, "R1115")
	}
	typ, params, err := mime.ParseMediaType(values[0])
	f.Charset = params["charset"]
	f.Action, f.HasAction = params["action"]
	root := typ
	if typ == "multipart/related" {
		f.Multipart, root = related(params)
	}
	switch root {
	case "text/xml":
		f.Version, f.Action, f.HasAction = V11, "", false
	case "application/soap+xml":
		f.Version = V12
	}
	if err != nil || f.Version == 0 {
		return f, rule(refused, "R1115")
	}
	return f, nil
}

// related returns the parameters and the media type of the envelope. The type
// of an XOP package is application/xop+xml, and start-info has the envelope's
// (MTOM 3.2).
func related(params map[string]string) (m *Multipart, root string) {
	m = &Multipart{Boundary: params["boundary"], Type: params["type"], Start: params["start"]}
	root = strings.ToLower(m.Type)
	if root == "application/xop+xml" {
		m.XOP = true
		root, _, _ = strings.Cut(strings.ToLower(params["start-info"]), ";")
		root = strings.TrimSpace(root)
	}
	return m, root
}

// checkExtension refuses the HTTP Extension Framework (RFC 2774), whose
// mandatory declarations nobody here would follow.
func checkExtension(h http.Header, _ *HTTPFacts, _ *Settings) *reject.Rejection {
	for _, field := range []string{"Man", "C-Man"} {
		if len(h.Values(field)) > 0 {
			return rule(reject.New(reject.SOAPR1108, "name", field), "R1108")
		}
	}
	return nil
}

func checkVersion(h http.Header, f *HTTPFacts, s *Settings) *reject.Rejection {
	if s.Version != 0 && f.Version != s.Version || f.Multipart != nil && (!s.Attachments || f.Multipart.Boundary == "") {
		return rule(reject.New(reject.HTTPMediaType, "type", h.Get("Content-Type")), "R1115")
	}
	return nil
}

// checkCharset accepts the encodings every XML processor reads (XML 1.0 4.3.3).
func checkCharset(_ http.Header, f *HTTPFacts, _ *Settings) *reject.Rejection {
	switch strings.ToLower(f.Charset) {
	case "", "utf-8", "utf-16", "utf-16le", "utf-16be":
		return nil
	}
	return rule(reject.New(reject.HTTPCharset, "charset", f.Charset), "R1012")
}

func checkEncoding(h http.Header, f *HTTPFacts, s *Settings) *reject.Rejection {
	switch coding := strings.Join(h.Values("Content-Encoding"), ", "); strings.ToLower(coding) {
	case "", "identity":
		return nil
	case "gzip", "x-gzip": // RFC 9110 8.4.1.3
		f.Gzip = true
		if s.Gzip {
			return nil
		}
		fallthrough
	default:
		return reject.New(reject.HTTPEncoding, "encoding", coding)
	}
}

// checkAction reads SOAPAction (SOAP 1.1 6.1.1). SOAP 1.2 has a parameter of
// the media type instead; the header may then only repeat it.
func checkAction(h http.Header, f *HTTPFacts, s *Settings) *reject.Rejection {
	values := h.Values("SOAPAction")
	if len(values) == 0 {
		if f.Version == V12 || s.NoAction {
			return nil
		}
		return rule(reject.New(reject.HTTPSOAPAction), "R2744")
	}
	action, quoted, ok := unquote(values[0])
	switch {
	case len(values) > 1 || !ok:
		return rule(reject.New(reject.HTTPSOAPAction), "R1109")
	case f.Version == V12 && f.HasAction && action != f.Action:
		return reject.New(reject.HTTPSOAPAction)
	case f.Version == V11 && !quoted && !s.UnquotedAction:
		return rule(reject.New(reject.HTTPSOAPAction), "R1109")
	}
	f.Action, f.HasAction = action, true
	return nil
}

// unquote returns the URI in a SOAPAction. It holds no quotes, backslashes or
// blanks itself (RFC 3986), so that nothing but the outer quotes can be meant.
func unquote(v string) (action string, quoted, ok bool) {
	if len(v) >= 2 && v[0] == '"' && v[len(v)-1] == '"' {
		v, quoted = v[1:len(v)-1], true
	}
	return v, quoted, !strings.ContainsAny(v, "\"\\ \t")
}
