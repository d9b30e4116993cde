package caddyplugin

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/soapgate/soapgate/internal/gate/page"
)

func init() {
	caddy.RegisterModule(FormatsHandler{})
	httpcaddyfile.RegisterHandlerDirective("soapgate_formats", parseFormats)
	httpcaddyfile.RegisterDirectiveOrder("soapgate_formats", httpcaddyfile.Before, "respond")
}

// FormatsHandler shows the makers of clients what is published: releases of
// the formats with their days, differences and archives, the limits in force,
// the catalogue of faults, samples; as HTML in Russian and English and as JSON.
// It asks for no certificate and is meant for everybody.
type FormatsHandler struct {
	// PublicURL is the address clients reach the services at, such as
	// "https://gis.example.org". Default: links are relative to the page's host.
	PublicURL string `json:"public_url,omitempty"`
	// Path is where the pages are. Default: /formats.
	Path string `json:"path,omitempty"`
	// Check is the path of the checker's page (soapgate_check), to link to.
	// Default: no link.
	Check string `json:"check,omitempty"`
	// Profile is the system whose own codes the catalogue shows. Default: hcs.
	Profile string `json:"profile,omitempty"`

	site *page.Site
}

// CaddyModule returns the Caddy module information.
func (FormatsHandler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.soapgate_formats",
		New: func() caddy.Module { return new(FormatsHandler) },
	}
}

// Provision takes what is to be shown from the app.
func (h *FormatsHandler) Provision(ctx caddy.Context) error {
	mod, err := ctx.App("soapgate")
	if err != nil {
		return fmt.Errorf("getting the soapgate app: %w", err)
	}
	app := mod.(*App)
	if h.Path == "" {
		h.Path = "/formats"
	}
	if err := checkAddress(h.PublicURL); err != nil {
		return fmt.Errorf("public_url: %w", err)
	}
	p, err := lookupProfile(h.Profile)
	if err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	h.site = page.New(page.Config{
		Base: h.PublicURL, Mount: h.Path, Check: h.Check, Profile: p, Releases: app.releases,
		Rules: app.limiter.Rules, Now: func() time.Time { return time.Now().In(app.zone) },
	})
	return nil
}

// checkAddress wants an absolute address with nothing behind the path; "" is
// none.
func checkAddress(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("%q is not an address of the form https://gis.example.org", s)
	}
	return nil
}

func (h *FormatsHandler) ServeHTTP(w http.ResponseWriter, r *http.Request, _ caddyhttp.Handler) error {
	h.site.ServeHTTP(w, r)
	return nil
}

func parseFormats(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	f := new(FormatsHandler)
	return f, f.UnmarshalCaddyfile(h.Dispenser)
}

// UnmarshalCaddyfile reads the directive:
//
//	soapgate_formats [<matcher>] {
//		public_url <address>
//		path <path>
//		check <path>
//		profile hcs|smev2|smev3|wss
//	}
func (h *FormatsHandler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	if d.NextArg() {
		return d.ArgErr()
	}
	return parseBlock(d, []option{
		{name: "public_url", min: 1, max: 1, set: setString(&h.PublicURL)},
		{name: "path", min: 1, max: 1, set: setString(&h.Path)},
		{name: "check", min: 1, max: 1, set: setString(&h.Check)},
		{name: "profile", min: 1, max: 1, set: setString(&h.Profile)},
	})
}

// Interface guards
var (
	_ caddy.Provisioner           = (*FormatsHandler)(nil)
	_ caddyhttp.MiddlewareHandler = (*FormatsHandler)(nil)
	_ caddyfile.Unmarshaler       = (*FormatsHandler)(nil)
)
