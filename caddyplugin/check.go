package caddyplugin

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"golang.org/x/time/rate"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/soapgate/soapgate/internal/gate"
	"github.com/soapgate/soapgate/internal/gate/checker"
	"github.com/soapgate/soapgate/internal/gate/page"
	"github.com/soapgate/soapgate/internal/soap"
)

func init() {
	caddy.RegisterModule(CheckHandler{})
	httpcaddyfile.RegisterHandlerDirective("soapgate_check", parseCheck)
	httpcaddyfile.RegisterDirectiveOrder("soapgate_check", httpcaddyfile.Before, "respond")
}

// CheckHandler judges a message that is posted to it as the gate would, all
// stages that need no connection, and tells everything it found: as JSON to
// those who accept that, as a page to browsers, else as text. GET shows the form
// for browsers, which works without scripts. Nothing is stored, forwarded or
// logged. The query may name the language ("lang") and the service's path
// ("path").
type CheckHandler struct {
	// Profile is the system the messages are for. Default: hcs.
	Profile string `json:"profile,omitempty"`
	// Suites are the algorithm suites accepted. Default: the profile's.
	Suites []string `json:"suites,omitempty"`
	// Language is that of the text, unless the query says otherwise: "ru" or
	// "en". Default: ru.
	Language string `json:"language,omitempty"`
	// MaxBody is the largest message in bytes. Default: 1 MiB.
	MaxBody int64 `json:"max_body,omitempty"`
	// PerSecond is how many messages are judged in a second, of all callers
	// together. Default: 2.
	PerSecond int64 `json:"per_second,omitempty"`

	// Formats is the path of the pages of soapgate_formats, whose look the form
	// has and to which it links. Default: /formats.
	Formats string `json:"formats,omitempty"`

	checker *checker.Checker
	pace    *rate.Limiter
	pages   *page.Site
}

// CaddyModule returns the Caddy module information.
func (CheckHandler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.soapgate_check",
		New: func() caddy.Module { return new(CheckHandler) },
	}
}

// Provision builds the checker from the app's releases and trust.
func (h *CheckHandler) Provision(ctx caddy.Context) error {
	mod, err := ctx.App("soapgate")
	if err != nil {
		return fmt.Errorf("getting the soapgate app: %w", err)
	}
	app := mod.(*App)
	if h.Language == "" {
		h.Language = "ru"
	}
	if h.MaxBody <= 0 {
		h.MaxBody = 1 << 20
	}
	if h.PerSecond <= 0 {
		h.PerSecond = 2
	}
	h.pace = rate.NewLimiter(rate.Limit(h.PerSecond), int(h.PerSecond))
	c := gate.Config{
		MaxBody: h.MaxBody, Suites: h.Suites, SOAP: soap.Settings{UnquotedAction: true},
		SignerPolicy: app.policy, SignerPolicies: app.policies, Trust: app.trust, Releases: app.releases,
	}
	if c.Profile, err = lookupProfile(h.Profile); err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	if h.Formats == "" {
		h.Formats = "/formats"
	}
	h.pages = page.New(page.Config{Mount: h.Formats, Profile: c.Profile})
	h.checker, err = checker.New(c)
	return err
}

func (h *CheckHandler) ServeHTTP(w http.ResponseWriter, r *http.Request, _ caddyhttp.Handler) error {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	a := &checkAnswer{h: h, w: w, r: r, browser: strings.Contains(r.Header.Get("Accept"), "text/html")}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		a.browser = true
		a.page(http.StatusOK, "", nil)
		return nil
	case http.MethodPost:
	default:
		header.Set("Allow", "GET, HEAD, POST") // RFC 9110 15.5.6
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return nil
	}
	if !h.pace.Allow() {
		header.Set("Retry-After", "1")
		a.fail(http.StatusTooManyRequests, "check busy")
		return nil
	}
	m, err := a.read()
	switch {
	case err == nil:
		return a.result(h.checker.Check(r.Context(), m))
	case errors.As(err, new(*http.MaxBytesError)):
		a.fail(http.StatusRequestEntityTooLarge, "check large")
	case errors.Is(err, errNoMessage):
		a.fail(http.StatusBadRequest, "check empty")
	default:
		a.fail(http.StatusBadRequest, "check broken")
	}
	return nil
}

func parseCheck(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	c := new(CheckHandler)
	return c, c.UnmarshalCaddyfile(h.Dispenser)
}

// UnmarshalCaddyfile reads the directive:
//
//	soapgate_check [<matcher>] {
//		profile hcs|smev2|smev3|wss
//		suite <name...>
//		language ru|en
//		max_body <size>
//		per_second <number>
//		formats <path>
//	}
func (h *CheckHandler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	if d.NextArg() {
		return d.ArgErr()
	}
	return parseBlock(d, []option{
		{name: "profile", min: 1, max: 1, set: setString(&h.Profile)},
		{name: "suite", min: 1, max: 8, set: setStrings(&h.Suites)},
		{name: "language", min: 1, max: 1, set: setOneOf(&h.Language, "ru", "en")},
		{name: "max_body", min: 1, max: 1, set: setSize(&h.MaxBody)},
		{name: "per_second", min: 1, max: 1, set: setInt(&h.PerSecond)},
		{name: "formats", min: 1, max: 1, set: setString(&h.Formats)},
	})
}

// Interface guards
var (
	_ caddy.Provisioner           = (*CheckHandler)(nil)
	_ caddyhttp.MiddlewareHandler = (*CheckHandler)(nil)
	_ caddyfile.Unmarshaler       = (*CheckHandler)(nil)
)
