package caddyplugin

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/soapgate/soapgate/internal/gate"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/soap"
)

func init() {
	caddy.RegisterModule(FaultHandler{})
	httpcaddyfile.RegisterHandlerDirective("soapgate_fault", parseFault)
	httpcaddyfile.RegisterDirectiveOrder("soapgate_fault", httpcaddyfile.Before, "respond")
}

// FaultHandler answers with a SOAP fault for errors that other handlers
// return. It belongs into handle_errors, so that a client sees nothing else
// than faults: not for a path nobody serves, nor for what request_body refuses.
type FaultHandler struct {
	// Profile is the system whose own code the fault bears. Default: hcs.
	Profile string `json:"profile,omitempty"`
	// Language is that of the one text a SOAP 1.1 fault has: "ru" or "en".
	// Default: ru.
	Language string `json:"language,omitempty"`

	// FaultLink is the address of the pages that explain codes. Default: none.
	FaultLink string `json:"fault_link,omitempty"`

	style gate.FaultStyle
}

// CaddyModule returns the Caddy module information.
func (FaultHandler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.soapgate_fault",
		New: func() caddy.Module { return new(FaultHandler) },
	}
}

// Provision looks the profile up.
func (h *FaultHandler) Provision(caddy.Context) (err error) {
	if h.Language == "" {
		h.Language = "ru"
	}
	if err := checkAddress(h.FaultLink); err != nil {
		return fmt.Errorf("fault_link: %w", err)
	}
	h.style.Language, h.style.Link = h.Language, h.FaultLink
	h.style.Profile, err = lookupProfile(h.Profile)
	return err
}

// statusCodes are the refusals that HTTP statuses of other handlers stand for.
var statusCodes = map[int]reject.Code{
	http.StatusNotFound:              reject.SOAPServiceUnknown,
	http.StatusMethodNotAllowed:      reject.HTTPMethod,
	http.StatusRequestEntityTooLarge: reject.HTTPTooLarge,
	http.StatusUnsupportedMediaType:  reject.HTTPMediaType,
	http.StatusBadGateway:            reject.ForwardUnreachable,
	http.StatusServiceUnavailable:    reject.ForwardUnreachable,
	http.StatusGatewayTimeout:        reject.ForwardTimeout,
	http.StatusInternalServerError:   reject.ForwardInternal,
}

func (h *FaultHandler) ServeHTTP(w http.ResponseWriter, r *http.Request, _ caddyhttp.Handler) error {
	err, _ := r.Context().Value(caddyhttp.ErrorCtxKey).(error)
	status := http.StatusInternalServerError
	if he, ok := errors.AsType[caddyhttp.HandlerError](err); ok && he.StatusCode != 0 {
		status = he.StatusCode
	}
	code, ok := statusCodes[status]
	if !ok {
		code = reject.ForwardFailed
	}
	rej := reject.New(code, "status", strconv.Itoa(status), "path", r.URL.Path,
		"method", r.Method, "type", r.Header.Get("Content-Type"), "limit", "-")
	f := soap.Fault{Rejection: rej}
	if facts, _ := soap.CheckHTTP(r.Method, r.Header, new(soap.Settings)); facts.Version != 0 {
		f.Version = facts.Version
	}
	if repl, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		f.RequestID, _ = repl.GetString("http.request.uuid")
	}
	_, header, body := h.style.Write(f, time.Now())
	for name, values := range header {
		w.Header()[name] = values
	}
	// The status is the one the error already has in Caddy's log.
	w.WriteHeader(status)
	_, werr := w.Write(body)
	return werr
}

func parseFault(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	f := new(FaultHandler)
	return f, f.UnmarshalCaddyfile(h.Dispenser)
}

// UnmarshalCaddyfile reads the directive:
//
//	soapgate_fault {
//		profile hcs|smev2|smev3|wss
//		language ru|en
//		fault_link <address>
//	}
func (h *FaultHandler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	if d.NextArg() {
		return d.ArgErr()
	}
	return parseBlock(d, []option{
		{name: "profile", min: 1, max: 1, set: setString(&h.Profile)},
		{name: "language", min: 1, max: 1, set: setOneOf(&h.Language, "ru", "en")},
		{name: "fault_link", min: 1, max: 1, set: setString(&h.FaultLink)},
	})
}

// Interface guards
var (
	_ caddy.Provisioner           = (*FaultHandler)(nil)
	_ caddyhttp.MiddlewareHandler = (*FaultHandler)(nil)
	_ caddyfile.Unmarshaler       = (*FaultHandler)(nil)
)
