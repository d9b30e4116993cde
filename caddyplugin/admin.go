package caddyplugin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/caddyserver/caddy/v2"
)

func init() {
	caddy.RegisterModule(Admin{})
}

// Admin shows through Caddy's admin endpoint what the running gate has. It
// asks the app that runs, and not the one it was provisioned with: after a
// load that failed they differ.
type Admin struct{}

// CaddyModule returns the Caddy module information.
func (Admin) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "admin.api.soapgate",
		New: func() caddy.Module { return new(Admin) },
	}
}

// An adminView is shown at /soapgate/<path> as JSON.
type adminView struct {
	path string
	get  func(*App) any
	post func(*App, context.Context) any // does something first; nil if there is nothing to do
}

var adminViews = []adminView{
	{path: "trust", get: (*App).trustReports, post: (*App).fetchTrust},
}

// Routes implements caddy.AdminRouter.
func (Admin) Routes() []caddy.AdminRoute {
	var routes []caddy.AdminRoute
	for _, v := range adminViews {
		routes = append(routes, caddy.AdminRoute{Pattern: "/soapgate/" + v.path, Handler: caddy.AdminHandlerFunc(v.serve)})
	}
	return routes
}

func (v adminView) serve(w http.ResponseWriter, r *http.Request) error {
	post := r.Method == http.MethodPost && v.post != nil
	if !post && r.Method != http.MethodGet && r.Method != http.MethodHead {
		return caddy.APIError{HTTPStatus: http.StatusMethodNotAllowed, Err: fmt.Errorf("method %s is not allowed", r.Method)}
	}
	mod, err := caddy.ActiveContext().AppIfConfigured("soapgate")
	if err != nil {
		return caddy.APIError{HTTPStatus: http.StatusNotFound, Err: fmt.Errorf("getting the soapgate app: %w", err)}
	}
	var shown any
	if app := mod.(*App); post {
		shown = v.post(app, r.Context())
	} else {
		shown = v.get(app)
	}
	w.Header().Set("Content-Type", "application/json")
	enc := json.NewEncoder(w)
	enc.SetIndent("", "\t")
	return enc.Encode(shown)
}

// Interface guards
var _ caddy.AdminRouter = Admin{}
