package caddyplugin

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/soapgate/soapgate/internal/gate"
	"github.com/soapgate/soapgate/internal/reject"
)

func init() {
	caddy.RegisterModule(Handler{})
	httpcaddyfile.RegisterHandlerDirective("soapgate", parseHandler)
	// After authentication, before everything that answers: a site-level gate
	// also guards a sibling handle, and intercept does not see its faults.
	httpcaddyfile.RegisterDirectiveOrder("soapgate", httpcaddyfile.Before, "request_header")
}

// Handler checks SOAP requests and passes on, byte for byte, those that hold.
// Every refusal is answered with a SOAP fault in the caller's version.
//
// Requests that passed carry these header fields to the backend; the same
// fields from outside are removed, so that the backend may rely on them:
//
// Field | Meaning
// ------|--------
// `Soapgate-Request-Id` | the request in the gate's log
// `Soapgate-Client` | id of the registered client
// `Soapgate-Organization` | organization the message is sent for
// `Soapgate-Operation` | operation of the service
// `Soapgate-Release` | release of the format that the message follows
// `Soapgate-Signer` | SHA-256 fingerprint of the signer's certificate
// `Soapgate-Observed` | code of a refusal that was only recorded
//
// Placeholders for log_append, header and handle_errors:
//
// Placeholder | Description
// ------------|------------
// `{http.soapgate.client}` | id of the registered client
// `{http.soapgate.operation}` | operation of the service
// `{http.soapgate.stage}` | stage of the refusal
// `{http.soapgate.code}` | code of the refusal
// `{http.soapgate.verdict}` | passed, observed, refused or answered
// `{http.soapgate.signer}` | SHA-256 fingerprint of the signer's certificate
type Handler struct {
	// Profile is the system behind the gate: "hcs", "smev3" or "wss".
	// Default: hcs.
	Profile string `json:"profile,omitempty"`
	// TLSMin is the lowest TLS version a caller may use, whether it spoke to
	// us or to a trusted terminator: "1.0" to "1.3". Default: 1.2.
	TLSMin string `json:"tls_min,omitempty"`
	// AllowPlainHTTP lets requests come without TLS.
	AllowPlainHTTP bool `json:"allow_plain_http,omitempty"`
	// MaxBody is the largest message in bytes. Default: 10 MiB.
	MaxBody int64 `json:"max_body,omitempty"`
	// Observe are stages that record what they would refuse and let it pass.
	Observe []string `json:"observe,omitempty"`
	// Off are stages that do not run. xml and soap always do; certificate and
	// authority only where signature does.
	Off []string `json:"off,omitempty"`
	// Terminators are addresses or prefixes whose word on the caller's TLS
	// connection is believed. Default: none.
	Terminators []string `json:"terminators,omitempty"`
	// Window is how far a message's date and its signing time may lie in the
	// past. Default: 1 hour.
	Window caddy.Duration `json:"window,omitempty"`
	// Skew is how far they may lie in the future. Default: 5 minutes.
	Skew caddy.Duration `json:"skew,omitempty"`
	// Language is that of the one text a SOAP 1.1 fault has: "ru" or "en".
	// Default: ru.
	Language string `json:"language,omitempty"`
	// Suites are the algorithm suites accepted. Default: the profile's.
	Suites []string `json:"suites,omitempty"`
	// Limits bound what reading a message may cost, by name: depth, nodes,
	// attributes, declarations, namespaces, names, name, attribute_value, text,
	// token, references.
	Limits map[string]int `json:"limits,omitempty"`

	gate   *gate.Gate
	logger *zap.Logger
}

// CaddyModule returns the Caddy module information.
func (Handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.soapgate",
		New: func() caddy.Module { return new(Handler) },
	}
}

// Provision builds the site's gate from its settings and the app's.
func (h *Handler) Provision(ctx caddy.Context) error {
	h.logger = ctx.Logger()
	mod, err := ctx.App("soapgate")
	if err != nil {
		return fmt.Errorf("getting the soapgate app: %w", err)
	}
	app := mod.(*App)
	config, err := h.config(app)
	if err != nil {
		return err
	}
	if h.gate, err = gate.New(config); err != nil {
		return err
	}
	return metrics().register(ctx.GetMetricsRegistry())
}

// setLimit sets one limit on reading a message.
func (h *Handler) setLimit(args []string) error {
	if _, ok := limitFields[args[0]]; !ok {
		return fmt.Errorf("unknown limit %q", args[0])
	}
	n, err := strconv.Atoi(args[1])
	if err != nil || n <= 0 {
		return fmt.Errorf("%q is not a positive number", args[1])
	}
	if h.Limits == nil {
		h.Limits = make(map[string]int)
	}
	h.Limits[args[0]] = n
	return nil
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	req := newRequest(r)
	rep := h.gate.Check(r.Context(), req)
	rec := caddyhttp.NewResponseRecorder(w, nil, nil)
	defer func() {
		metrics().observe(rep)
		h.note(r, rep)
		rep.Release(int64(rec.Size()))
	}()
	switch {
	case rep.Rejection != nil:
		return h.fault(rec, rep)
	case rep.Answer != nil:
		rec.Header().Set("Content-Type", rep.Answer.ContentType)
		_, err := rec.Write(rep.Answer.Body)
		return err
	}
	start := time.Now()
	err := h.forward(rec, r, rep, next)
	if err == nil || rec.Status() != 0 {
		return err // answered, or an answer has begun
	}
	rep.Fail(backendFailure(err), time.Since(start))
	return h.fault(rec, rep)
}

// forward hands the verified bytes to the next handler.
func (h *Handler) forward(w http.ResponseWriter, r *http.Request, rep *gate.Report, next caddyhttp.Handler) (err error) {
	body := &forwardedBody{Reader: bytes.NewReader(rep.Body())}
	r.Body, r.ContentLength = body, int64(len(rep.Body()))
	r.TransferEncoding = nil
	rep.SetHeaders(r.Header)
	defer func() {
		// The transport may still be reading when it has answered early.
		if !body.closed.Load() {
			rep.KeepBody()
		}
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p) // the connection is to be cut; net/http expects it
			}
			h.logger.Error("handler behind the gate panicked", zap.Any("panic", p), zap.ByteString("stack", debug.Stack()))
			err = reject.New(reject.ForwardInternal)
		}
	}()
	return next.ServeHTTP(w, r)
}

// forwardedBody is the message on its way to the backend. Whether it was
// closed decides whether its memory may be used again.
type forwardedBody struct {
	io.Reader
	closed atomic.Bool
}

func (b *forwardedBody) Close() error {
	b.closed.Store(true)
	return nil
}

// backendFailure turns an error of the next handler into a rejection.
func backendFailure(err error) *reject.Rejection {
	if r, ok := errors.AsType[*reject.Rejection](err); ok {
		return r
	}
	he, ok := errors.AsType[caddyhttp.HandlerError](err)
	if !ok {
		return reject.New(reject.ForwardInternal).Because(err)
	}
	switch he.StatusCode {
	case http.StatusBadGateway, http.StatusServiceUnavailable:
		return reject.New(reject.ForwardUnreachable).Because(err)
	case http.StatusGatewayTimeout:
		return reject.New(reject.ForwardTimeout).Because(err)
	default:
		return reject.New(reject.ForwardFailed, "status", strconv.Itoa(he.StatusCode)).Because(err)
	}
}

func (h *Handler) fault(w http.ResponseWriter, rep *gate.Report) error {
	status, header, body := h.gate.Fault(rep)
	for name, values := range header {
		w.Header()[name] = values
	}
	w.WriteHeader(status)
	_, err := w.Write(body)
	return err
}

// note leaves what was found in placeholders, the access log and the log.
// None of them holds anything of the message's content.
func (h *Handler) note(r *http.Request, rep *gate.Report) {
	m, refusal := &rep.Message, rep.Rejection
	verdict, stage, code := rep.Summary()
	fields := [...]struct{ name, value string }{
		{"verdict", verdict}, {"stage", stage}, {"code", code},
		{"client", m.Client}, {"operation", m.Operation}, {"signer", m.Signer},
	}
	repl, _ := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
	extra, _ := r.Context().Value(caddyhttp.ExtraLogFieldsCtxKey).(*caddyhttp.ExtraLogFields)
	for _, f := range fields {
		if repl != nil {
			repl.Set("http.soapgate."+f.name, f.value)
		}
		if extra != nil && f.value != "" {
			extra.Set(zap.String("soapgate_"+f.name, f.value))
		}
	}
	if refusal == nil {
		return
	}
	if c := h.logger.Check(zapcore.WarnLevel, "request refused"); c != nil {
		c.Write(zap.String("code", code), zap.String("stage", stage), zap.String("client", m.Client),
			zap.String("operation", m.Operation), zap.String("request_id", m.RequestID),
			zap.Int("line", refusal.Line), zap.Int("column", refusal.Column))
	}
}

// newRequest tells the gate what Caddy knows of a request.
func newRequest(r *http.Request) *gate.Request {
	req := &gate.Request{HTTP: r, Received: time.Now()}
	if repl, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		req.ID, _ = repl.GetString("http.request.uuid")
		req.Placeholder = repl.GetString
	}
	// The address Caddy settled on, which minds trusted_proxies.
	if ip, ok := caddyhttp.GetVar(r.Context(), caddyhttp.ClientIPVarKey).(string); ok {
		req.Address, _ = netip.ParseAddr(ip)
	}
	if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		req.Peer = peer.Addr().Unmap()
	}
	return req
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*Handler)(nil)
)
