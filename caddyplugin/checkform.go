package caddyplugin

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/soapgate/soapgate/internal/gate/checker"
	"github.com/soapgate/soapgate/internal/gate/page"
)

// A checkAnswer is one request to the checker's page, being answered.
type checkAnswer struct {
	h            *CheckHandler
	w            http.ResponseWriter
	r            *http.Request
	browser      bool   // the answer is for people to look at
	path, action string // as given
}

// errNoMessage is returned if a form holds no message.
var errNoMessage = errors.New("no message was sent")

// read takes the message out of the request: the body, or what a form has. A
// body that says it is url-encoded is taken as it is: curl says so of any.
func (a *checkAnswer) read() (m checker.Message, err error) {
	a.path = a.r.URL.Query().Get("path")
	const overhead = 64 << 10 // of a form
	typ, _, _ := mime.ParseMediaType(a.r.Header.Get("Content-Type"))
	limit := a.h.MaxBody
	if typ == "multipart/form-data" {
		limit += overhead
	}
	a.r.Body = http.MaxBytesReader(a.w, a.r.Body, limit)
	var body []byte
	if typ == "multipart/form-data" {
		body, err = a.form()
	} else {
		body, err = io.ReadAll(a.r.Body)
	}
	if err != nil {
		return m, err
	}
	if m, err = checker.ReadMessage("message", body); err != nil {
		return m, err
	}
	if a.path != "" {
		m.Path = a.path
	}
	if given := a.r.Header.Values("SOAPAction"); given != nil && a.action == "" {
		setAction(&m, given)
	} else if a.action != "" {
		setAction(&m, []string{`"` + strings.Trim(a.action, `"`) + `"`})
	}
	return m, nil
}

func setAction(m *checker.Message, values []string) {
	if m.Header == nil {
		m.Header = make(http.Header)
	}
	m.Header["Soapaction"] = values
}

// form reads a form as browsers send it; a file counts before the text. It is
// read part by part: what Go's own reader does not want to hold it writes to
// disk, and nothing is to be stored.
func (a *checkAnswer) form() (message []byte, err error) {
	parts, err := a.r.MultipartReader()
	if err != nil {
		return nil, err
	}
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		switch name := part.FormName(); {
		case name == "file" && len(content) > 0, name == "message" && message == nil && len(content) > 0:
			message = content
		case name == "path":
			a.path = strings.TrimSpace(string(content))
		case name == "action":
			a.action = strings.TrimSpace(string(content))
		}
	}
	if message == nil {
		return nil, errNoMessage
	}
	return message, nil
}

func (a *checkAnswer) fail(status int, phrase string) {
	if a.browser {
		a.page(status, phrase, nil)
		return
	}
	http.Error(a.w, http.StatusText(status), status)
}

func (a *checkAnswer) page(status int, problem string, result *checker.Result) {
	here := a.r.URL.Path
	if original, ok := a.r.Context().Value(caddyhttp.OriginalRequestCtxKey).(http.Request); ok {
		here = original.URL.Path // before handle_path and the like
	}
	address := url.URL{Scheme: "http", Host: a.r.Host, Path: here}
	if a.r.TLS != nil {
		address.Scheme = "https"
	}
	a.h.pages.ServeCheck(a.w, a.r, status, page.Checked{
		Result: result, Problem: problem, MaxBody: a.h.MaxBody, Path: a.path, Action: a.action, Here: here, Address: address.String(),
	})
}

// result tells what was found: to programs as JSON, to people as a page or text.
func (a *checkAnswer) result(r *checker.Result) error {
	if a.browser {
		a.page(http.StatusOK, "", r)
		return nil
	}
	if strings.Contains(a.r.Header.Get("Accept"), "json") {
		a.w.Header().Set("Content-Type", "application/json")
		return json.NewEncoder(a.w).Encode(r) // escapes what a browser could take for HTML
	}
	lang := a.h.Language
	if l := a.r.URL.Query().Get("lang"); l == "ru" || l == "en" {
		lang = l
	}
	a.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	return r.WriteText(a.w, lang)
}
