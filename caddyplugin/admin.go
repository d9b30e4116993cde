package caddyplugin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/caddyserver/caddy/v2"

	"github.com/soapgate/soapgate/internal/client"
	"github.com/soapgate/soapgate/internal/quota"
)

func init() { caddy.RegisterModule(Admin{}) }

// Admin shows through Caddy's admin endpoint what the running gate has, and
// changes clients and quotas without a reload. Changes need an author and a
// reason, are kept with both, and reach the other nodes of a shared store
// within two seconds.
//
// It asks the app that runs, and not the one it was provisioned with: after a
// load that failed they differ.
type Admin struct{}

// CaddyModule returns the Caddy module information.
func (Admin) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "admin.api.soapgate",
		New: func() caddy.Module { return new(Admin) },
	}
}

// An endpoint returns what it is asked for, or has made the change.
type endpoint func(a *App, r *http.Request) (any, error)

// endpoints are what there is; docs/configuration.md lists them.
var endpoints = map[string]endpoint{
	"GET /soapgate/trust":                   showTrust,
	"POST /soapgate/trust":                  fetchTrust,
	"GET /soapgate/clients":                 listClients,
	"POST /soapgate/clients":                putClient,
	"GET /soapgate/clients/{id}":            showClient,
	"PUT /soapgate/clients/{id}":            putClient,
	"PATCH /soapgate/clients/{id}":          patchClient,
	"DELETE /soapgate/clients/{id}":         removeClient,
	"GET /soapgate/clients/{id}/history":    clientHistory,
	"GET /soapgate/quotas":                  listRules,
	"GET /soapgate/quotas/history":          ruleHistory,
	"GET /soapgate/quotas/counters":         showCounters,
	"PUT /soapgate/quotas/rules/{rule}":     putRule,
	"DELETE /soapgate/quotas/rules/{rule}":  removeRule,
	"GET /soapgate/quotas/rules/{rule}/top": topConsumers,
	"POST /soapgate/quotas/overrides":       putOverride,
	"DELETE /soapgate/quotas/overrides":     removeOverride,
	"POST /soapgate/quotas/reset":           resetCounter,
}

// Routes implements caddy.AdminRouter.
func (Admin) Routes() []caddy.AdminRoute {
	mux := http.NewServeMux()
	for pattern, e := range endpoints {
		mux.Handle(pattern, e)
	}
	h := caddy.AdminHandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		c := &adminCall{ResponseWriter: w}
		r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		mux.ServeHTTP(c, r)
		return c.err
	})
	var routes []caddy.AdminRoute
	for _, pattern := range []string{
		"/soapgate/trust", "/soapgate/clients", "/soapgate/clients/", "/soapgate/quotas", "/soapgate/quotas/",
	} {
		routes = append(routes, caddy.AdminRoute{Pattern: pattern, Handler: h})
	}
	return routes
}

// adminCall carries an endpoint's error through the mux to Caddy.
type adminCall struct {
	http.ResponseWriter
	err error
}

// ServeHTTP implements http.Handler over the app that runs now.
func (e endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := w.(*adminCall)
	app, err := activeApp()
	if err != nil {
		c.err = caddy.APIError{HTTPStatus: http.StatusServiceUnavailable, Err: err}
		return
	}
	v, err := e(app, r)
	if err != nil {
		if _, is := errors.AsType[caddy.APIError](err); !is {
			err = caddy.APIError{HTTPStatus: http.StatusBadRequest, Err: err}
		}
		c.err = err
		return
	}
	if v == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if t, ok := v.(tagged); ok {
		w.Header().Set("ETag", `"`+t.version+`"`)
		v = t.value
	}
	w.Header().Set("Content-Type", "application/json")
	c.err = json.NewEncoder(w).Encode(v)
}

// tagged is an answer with the version of what it shows (RFC 9110 8.8.3).
type tagged struct {
	value   any
	version string
}

func activeApp() (*App, error) {
	ctx := caddy.ActiveContext()
	if ctx.Context == nil {
		return nil, errors.New("nothing runs")
	}
	mod, err := ctx.AppIfConfigured("soapgate")
	if err != nil {
		return nil, errors.New("soapgate is not configured")
	}
	return mod.(*App), nil
}

func notFound(format string, args ...any) error {
	return caddy.APIError{HTTPStatus: http.StatusNotFound, Err: fmt.Errorf(format, args...)}
}

func showTrust(a *App, _ *http.Request) (any, error) { return a.trustReports(), nil }

func fetchTrust(a *App, r *http.Request) (any, error) { return a.fetchTrust(r.Context()), nil }

// An AdminChange is the body of a request that changes something.
type AdminChange struct {
	Author string `json:"author"`
	Reason string `json:"reason"`
	// Entry is a client as the registry file has it, or the fields of one that
	// change: an object, or YAML in a string.
	Entry json.RawMessage `json:"entry,omitempty"`
	// Status is the new status of a client: "suspended" or "active".
	Status client.Status `json:"status,omitempty"`
	// Spec is a quota rule.
	Spec *quota.Spec `json:"spec,omitempty"`
	// Override gives a client, an organization or a class other limits, for
	// good or until a moment.
	Override *quota.Override `json:"override,omitempty"`
	// Rule and Counter say what to reset.
	Rule    string   `json:"rule,omitempty"`
	Counter *Counter `json:"counter,omitempty"`
}

func readChange(r *http.Request) (*AdminChange, error) {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	var c AdminChange
	if err := d.Decode(&c); err != nil {
		return nil, fmt.Errorf("reading the change: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("reading the change: more than one value")
	}
	return &c, nil
}

// Interface guards
var _ caddy.AdminRouter = Admin{}
