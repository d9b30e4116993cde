package caddyplugin

import (
	"fmt"
	"net/http"
	"slices"

	"go.uber.org/zap"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/soapgate/soapgate/internal/gate"
)

func init() {
	caddy.RegisterModule(QuotaHandler{})
	httpcaddyfile.RegisterHandlerDirective("soapgate_quota", parseQuota)
	httpcaddyfile.RegisterDirectiveOrder("soapgate_quota", httpcaddyfile.Before, "request_header")
}

// QuotaHandler guards what is not SOAP, as the file store's REST service: it
// asks of the connection what the gate asks, finds the client and holds him to
// the limits. The body goes through as it comes, unread. Rules whose key needs
// the message do not run here.
//
// A refusal is a problem document (RFC 9457) with the code, status 403 or 429.
type QuotaHandler struct {
	ConnectionConfig
	// Service is the name by which rules and the registry call the service.
	Service string `json:"service,omitempty"`

	gate   *gate.Gate
	logger *zap.Logger
}

// CaddyModule returns the Caddy module information.
func (QuotaHandler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.soapgate_quota",
		New: func() caddy.Module { return new(QuotaHandler) },
	}
}

// Provision builds the site's gate from its settings and the app's.
func (h *QuotaHandler) Provision(ctx caddy.Context) error {
	h.logger = ctx.Logger()
	app, err := sharedApp(ctx)
	if err != nil {
		return err
	}
	config := gate.Config{Stream: true, Service: h.Service}
	if err := h.apply(&config, app); err != nil {
		return err
	}
	h.gate, err = gate.New(config)
	return err
}

func (h *QuotaHandler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	w, end := h.pace(w, r)
	defer end()
	rep := h.gate.Check(r.Context(), newRequest(w, r))
	rec := caddyhttp.NewResponseRecorder(w, nil, nil)
	body := &countedBody{ReadCloser: r.Body}
	defer func() {
		metrics().observe(rep)
		note(h.logger, r, rep)
		rep.BytesIn = body.n.Load()
		rep.Release(int64(rec.Size()))
	}()
	if h.RateLimitFields {
		rep.SetLimits(rec.Header())
	}
	if rep.Rejection != nil {
		drain(r)
		status, header, document := h.gate.Problem(rep)
		return answer(rec, status, header, document)
	}
	rep.SetHeaders(r.Header)
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = body
	}
	return next.ServeHTTP(rec, r)
}

// sharedApp returns the app of the configuration that ctx belongs to, and
// lets the server tell requests of their connections.
func sharedApp(ctx caddy.Context) (*App, error) {
	mod, err := ctx.App("soapgate")
	if err != nil {
		return nil, fmt.Errorf("getting the soapgate app: %w", err)
	}
	if server, ok := ctx.Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server); ok {
		server.RegisterConnContext(withConn)
	}
	return mod.(*App), nil
}

func parseQuota(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	q := new(QuotaHandler)
	return q, q.UnmarshalCaddyfile(h.Dispenser)
}

// UnmarshalCaddyfile reads the directive:
//
//	soapgate_quota [<matcher>] {
//		service <name>
//		tls_min 1.0|1.1|1.2|1.3
//		allow_plain_http
//		observe <stage...>
//		off <stage...>
//		terminator <address|prefix...>
//		terminator_sources nginx|rfc9440|fingerprint...
//		keep_token
//		rate_limit_fields
//		answer_min_rate <size>|off [<duration>]
//		language ru|en
//	}
func (h *QuotaHandler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	if d.NextArg() {
		return d.ArgErr()
	}
	return parseBlock(d, slices.Concat(h.ConnectionConfig.options(), []option{
		{name: "service", min: 1, max: 1, set: setString(&h.Service)},
	}))
}

// Interface guards
var (
	_ caddy.Provisioner           = (*QuotaHandler)(nil)
	_ caddyhttp.MiddlewareHandler = (*QuotaHandler)(nil)
	_ caddyfile.Unmarshaler       = (*QuotaHandler)(nil)
)
