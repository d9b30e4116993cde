package caddyplugin

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/soapgate/soapgate/internal/client"
	"github.com/soapgate/soapgate/internal/gate"
	"github.com/soapgate/soapgate/internal/reject"
)

// ConnectionConfig is what a site asks of the callers' connections, whatever
// they carry.
type ConnectionConfig struct {
	// TLSMin is the lowest TLS version a caller may use, whether it spoke to
	// us or to a trusted terminator: "1.0" to "1.3". Default: 1.2.
	TLSMin string `json:"tls_min,omitempty"`
	// AllowPlainHTTP lets requests come without TLS.
	AllowPlainHTTP bool `json:"allow_plain_http,omitempty"`
	// Terminators are addresses or prefixes whose word on the caller's TLS
	// connection is believed. Default: none.
	Terminators []string `json:"terminators,omitempty"`
	// TerminatorSources are the kinds of header fields by which the terminators
	// report a certificate: "nginx", "rfc9440" or "fingerprint". Others are
	// refused: a terminator may hand them on as its client sent them. Needed
	// where there are terminators.
	TerminatorSources []client.Source `json:"terminator_sources,omitempty"`
	// KeepToken lets the backend see the access token by which the client was
	// known. Default: the field Authorization is taken out.
	KeepToken bool `json:"keep_token,omitempty"`
	// Observe are stages that record what they would refuse and let it pass.
	Observe []string `json:"observe,omitempty"`
	// Off are stages that do not run. xml and soap always do; certificate and
	// authority only where signature does.
	Off []string `json:"off,omitempty"`
	// RateLimitFields puts the fields RateLimit and RateLimit-Policy
	// (draft-ietf-httpapi-ratelimit-headers) into every answer, and
	// Soapgate-Near-Limit into those to callers who are near one.
	RateLimitFields bool `json:"rate_limit_fields,omitempty"`
	// AnswerMinRate is how many bytes a second the caller must take of an answer,
	// counted from its first byte. Default: 1024; negative: any pace.
	AnswerMinRate int64 `json:"answer_min_rate,omitempty"`
	// AnswerGrace is how far behind that he may be. Default: 30 seconds.
	AnswerGrace caddy.Duration `json:"answer_grace,omitempty"`
	// Language is that of the one text a SOAP 1.1 fault has: "ru" or "en".
	// Default: ru.
	Language string `json:"language,omitempty"`
}

func (c *ConnectionConfig) options() []option {
	return []option{
		{name: "tls_min", min: 1, max: 1, set: setString(&c.TLSMin)},
		{name: "allow_plain_http", set: setBool(&c.AllowPlainHTTP)},
		{name: "observe", min: 1, max: -1, repeat: true, set: setStrings(&c.Observe)},
		{name: "off", min: 1, max: -1, repeat: true, set: setStrings(&c.Off)},
		{name: "terminator", min: 1, max: -1, repeat: true, set: setStrings(&c.Terminators)},
		{name: "terminator_sources", min: 1, max: 3, set: func(args []string) error {
			for _, a := range args {
				c.TerminatorSources = append(c.TerminatorSources, client.Source(a))
			}
			return nil
		}},
		{name: "keep_token", set: setBool(&c.KeepToken)},
		{name: "rate_limit_fields", set: setBool(&c.RateLimitFields)},
		{name: "answer_min_rate", min: 1, max: 2, set: c.setAnswerRate},
		{name: "language", min: 1, max: 1, set: setOneOf(&c.Language, "ru", "en")},
	}
}

// apply puts the settings, and what the app shares, into a gate's.
func (c *ConnectionConfig) apply(g *gate.Config, app *App) error {
	g.AllowPlain, g.Language = c.AllowPlainHTTP, c.Language
	g.Issuers, g.KeepToken = app.issuers, c.KeepToken
	g.Clients, g.Quota, g.Now, g.Zone = app.book.Registry, app.limiter, time.Now, app.zone
	var errs []error
	fail := func(field string, err error) { errs = append(errs, fmt.Errorf("%s: %w", field, err)) }
	if c.TLSMin != "" {
		v, err := client.ParseVersion(c.TLSMin)
		if err != nil {
			fail("tls_min", err)
		}
		g.TLSMin = v
	}
	for _, t := range c.Terminators {
		p, err := parsePrefix(t)
		if err != nil {
			fail("terminator", err)
		}
		g.Terminators = append(g.Terminators, p)
	}
	for _, s := range c.TerminatorSources {
		if s != client.FromNginx && s != client.FromRFC9440 && s != client.FromFingerprint {
			fail("terminator_sources", fmt.Errorf("%q is none of nginx, rfc9440, fingerprint", s))
		}
	}
	g.Sources = c.TerminatorSources
	for _, m := range []struct {
		field  string
		stages []string
		mode   gate.Mode
	}{{"observe", c.Observe, gate.Observe}, {"off", c.Off, gate.Off}} {
		for _, name := range m.stages {
			i := slices.Index(reject.Stages(), name)
			if i < 0 {
				fail(m.field, fmt.Errorf("there is no stage %q (there are: %s)", name, strings.Join(reject.Stages(), ", ")))
				continue
			}
			g.Modes[i] = m.mode
		}
	}
	return errors.Join(errs...)
}

// parsePrefix reads an address or a prefix.
func parsePrefix(s string) (netip.Prefix, error) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked(), nil
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is neither an address nor a prefix", s)
	}
	return netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), nil
}

// newRequest tells the gate what Caddy knows of a request.
func newRequest(w http.ResponseWriter, r *http.Request) *gate.Request {
	req := &gate.Request{HTTP: r, Received: time.Now(), Facts: terminatorFacts(r.Context())}
	if repl, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		req.ID, _ = repl.GetString("http.request.uuid")
		req.Placeholder = repl.GetString
	}
	if c, ok := r.Context().Value(countedKey{}).(*countedConn); ok {
		req.Hold = func(id string) *reject.Rejection {
			rej := c.hold(id)
			if rej != nil {
				w.Header().Set("Connection", "close") // over HTTP/2 too: it says GOAWAY
			}
			return rej
		}
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

// note leaves what was found in placeholders, the access log and the log.
// None of them holds anything of the message's content.
func note(logger *zap.Logger, r *http.Request, rep *gate.Report) {
	m, refusal := &rep.Message, rep.Rejection
	verdict, stage, code := rep.Summary()
	fields := [...]struct{ name, value string }{
		{"verdict", verdict}, {"stage", stage}, {"code", code},
		{"client", m.Client}, {"operation", m.Operation}, {"signer", m.Signer},
	}
	repl, _ := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
	extra, _ := r.Context().Value(caddyhttp.ExtraLogFieldsCtxKey).(*caddyhttp.ExtraLogFields)
	if extra != nil {
		// What a recorded request needs to be played against other limits.
		for _, f := range [...]struct{ name, value string }{
			{"class", m.Class}, {"service", m.Service}, {"organization", m.Organization},
		} {
			if f.value != "" {
				extra.Set(zap.String("soapgate_"+f.name, f.value))
			}
		}
	}
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
	if refusal.Code == reject.ForwardInternal {
		// A bug of ours: its cause names code, not the message.
		logger.Error("request failed within the gate", zap.String("request_id", m.RequestID), zap.Error(refusal.Err))
	}
	if c := logger.Check(zapcore.WarnLevel, "request refused"); c != nil {
		c.Write(zap.String("code", code), zap.String("stage", stage), zap.String("client", m.Client),
			zap.String("operation", m.Operation), zap.String("request_id", m.RequestID),
			zap.Int("line", refusal.Line), zap.Int("column", refusal.Column))
	}
}

// answer writes an answer of the gate's own.
func answer(w http.ResponseWriter, status int, header http.Header, body []byte) error {
	for name, values := range header {
		w.Header()[name] = values
	}
	w.WriteHeader(status)
	_, err := w.Write(body)
	return err
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

// drain reads what little is left of the body of a refused request: a sender
// hears the refusal only if he can finish sending. net/http does the same, but
// not where the connection is to be closed.
func drain(r *http.Request) {
	const most = 256 << 10
	if r.Body != nil && r.ContentLength <= most && r.Header.Get("Expect") == "" {
		_, _ = io.CopyN(io.Discard, r.Body, most)
	}
}

// countedBody counts what is read of a body that streams.
type countedBody struct {
	io.ReadCloser
	n atomic.Int64 // the transport may still be reading when it has answered
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.n.Add(int64(n))
	return n, err
}
