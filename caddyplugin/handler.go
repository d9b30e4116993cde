package caddyplugin

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

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
// The answer has `Soapgate-Warning` if the message passed and will not always:
// its release ends, it does not follow one that is announced, or a stage or a
// quota rule only observes.
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
	// Profile is the system behind the gate: "hcs", "smev2", "smev3" or "wss".
	// Default: hcs.
	Profile string `json:"profile,omitempty"`
	ConnectionConfig
	// MaxBody is the largest message in bytes. Default: 10 MiB.
	MaxBody int64 `json:"max_body,omitempty"`
	// Window is how far a message's date and its signing time may lie in the
	// past. Default: 1 hour.
	Window caddy.Duration `json:"window,omitempty"`
	// Skew is how far they may lie in the future. Default: 5 minutes.
	Skew caddy.Duration `json:"skew,omitempty"`
	// QuotaStatus is the HTTP status of refusals by quota. Default: that of the
	// SOAP binding, 500 for SOAP 1.1; 429 tells plain HTTP clients more.
	QuotaStatus int64 `json:"quota_status,omitempty"`
	// Suites are the algorithm suites accepted. Default: the profile's.
	Suites []string `json:"suites,omitempty"`
	// Gzip accepts compressed messages; they go on as they came.
	Gzip bool `json:"gzip,omitempty"`
	// Attachments accepts MTOM and SOAP with Attachments.
	Attachments bool `json:"attachments,omitempty"`
	// OptionalAction accepts SOAP 1.1 requests without SOAPAction.
	OptionalAction bool `json:"optional_action,omitempty"`
	// Waive are rules of WS-I Basic Profile that are not enforced, by number.
	Waive []string `json:"waive,omitempty"`
	// Limits bound what reading a message may cost, by name: depth, nodes,
	// attributes, declarations, namespaces, names, name, attribute_value, text,
	// token, references.
	Limits map[string]int `json:"limits,omitempty"`

	// PublicURL is the address clients reach the services at, such as
	// "https://gis.example.org": descriptions are published with it. Default:
	// the address that was asked.
	PublicURL string `json:"public_url,omitempty"`
	// FaultLink is the address of the pages that explain codes, such as
	// "https://gis.example.org/formats/faults". Default: faults have no link.
	FaultLink string `json:"fault_link,omitempty"`

	// Responses says whether the answers of the system are held to the release
	// that the message follows: "off", "observe" or "enforce". Default: off.
	Responses string `json:"responses,omitempty"`
	// MaxAnswer is how much of an answer is held in memory to be judged; a
	// longer one is not, and passes only where responses are observed.
	// Default: 32 MiB.
	MaxAnswer int64 `json:"max_answer,omitempty"`

	// CountWarnings are operations whose warnings are counted by client in the
	// metric soapgate_warnings_total, so that the operator knows whom to call
	// before they are refused. Default: none.
	CountWarnings []string `json:"count_warnings,omitempty"`

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
	app, err := sharedApp(ctx)
	if err != nil {
		return err
	}
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
	w, end := h.pace(w, r)
	defer end()
	rep := h.gate.Check(r.Context(), newRequest(w, r))
	rec := caddyhttp.NewResponseRecorder(w, nil, nil)
	defer func() {
		metrics().observe(rep)
		note(h.logger, r, rep)
		rep.Release(int64(rec.Size()))
	}()
	if h.RateLimitFields {
		rep.SetLimits(rec.Header())
	}
	switch {
	case rep.Rejection != nil:
		drain(r)
		return h.fault(rec, r, rep)
	case rep.Answer != nil:
		rec.Header().Set("Content-Type", rep.Answer.ContentType)
		_, err := rec.Write(rep.Answer.Body)
		return err
	}
	start := time.Now()
	rep.SetWarnings(rec.Header())
	if slices.Contains(h.CountWarnings, rep.Message.Operation) {
		metrics().warn(rep)
	}
	ack := &ackTee{ResponseRecorder: rec, rep: rep, logger: h.logger}
	out := newAnswerWriter(ack, rep, h.responses(), h.MaxAnswer)
	err := h.forward(out, r, rep, next)
	if err == nil {
		failure, err := out.end()
		ack.end()
		if failure == nil {
			return err
		}
		if rep.Rejection == nil {
			rep.Fail(failure, time.Since(start))
		}
		return h.fault(rec, r, rep)
	}
	if rec.Status() != 0 {
		return err // an answer has begun
	}
	out.restore()
	rep.Fail(backendFailure(err), time.Since(start))
	return h.fault(rec, r, rep)
}

// forward hands the verified bytes to the next handler.
func (h *Handler) forward(w http.ResponseWriter, r *http.Request, rep *gate.Report, next caddyhttp.Handler) (err error) {
	body := &forwardedBody{Reader: bytes.NewReader(rep.Body())}
	r.Body, r.ContentLength = body, int64(len(rep.Body()))
	r.TransferEncoding, r.Trailer = nil, nil // trailers were not looked at
	r.Header.Del("Trailer")
	if h.responses() != gate.Off {
		r.Header.Del("Accept-Encoding") // what is judged is not packed
	}
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

func (h *Handler) responses() gate.Mode {
	switch h.Responses {
	case "observe":
		return gate.Observe
	case "enforce":
		return gate.Enforce
	}
	return gate.Off
}

func (h *Handler) fault(w http.ResponseWriter, r *http.Request, rep *gate.Report) error {
	status, header, body := h.gate.Fault(rep)
	if r.ProtoMajor > 1 {
		// What is unread ends with its stream; the connection has others.
		header.Del("Connection")
	}
	return answer(w, status, header, body)
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*Handler)(nil)
)
