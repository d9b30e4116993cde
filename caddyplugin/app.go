package caddyplugin

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"go.uber.org/zap"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyevents"

	"github.com/soapgate/soapgate/internal/client"
	"github.com/soapgate/soapgate/internal/gate"
	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/quota"
)

func init() {
	caddy.RegisterModule(App{})
	httpcaddyfile.RegisterGlobalOption("soapgate", parseApp)
}

// App holds what all sites share: the registered clients, whom certificates
// are trusted from, the published formats and the quotas.
type App struct {
	// StateDir is the folder for what must survive a restart. Default:
	// "soapgate" in Caddy's data folder.
	StateDir string `json:"state_dir,omitempty"`
	// Clients is the YAML file of registered information systems.
	Clients string `json:"clients,omitempty"`
	// Poll is how often the clients' file, and what was changed on other nodes,
	// is looked for. Default: 1 second.
	Poll caddy.Duration `json:"poll,omitempty"`
	// Issuers are those whose access tokens clients may show instead of a
	// certificate, as ЕСИА. Default: none.
	Issuers []IssuerConfig `json:"issuers,omitempty"`
	// Trust says whose certificates signers may have.
	Trust *TrustConfig `json:"trust,omitempty"`
	// Formats are the published releases.
	Formats *FormatsConfig `json:"formats,omitempty"`
	// Quotas are the limits on the number of requests.
	Quotas *QuotasConfig `json:"quotas,omitempty"`

	logger   *zap.Logger
	storage  quota.Storage
	store    *store
	book     *client.Book
	file     watched // the clients'
	issuers  []client.Issuer
	trust    *pki.Store
	policy   gate.SignerPolicy
	policies map[string]gate.SignerPolicy // by operation
	stores   []trustInUse
	events   *caddyevents.App
	module   caddy.Context
	limiter  *quota.Limiter
	control  *quota.Control
	replay   quota.Replay
	releases []*gate.Release
	zone     *time.Location
	leases   leases
	ctx      context.Context // ends with Stop or Cleanup
	stop     context.CancelFunc
}

// CaddyModule returns the Caddy module information.
func (App) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "soapgate",
		New: func() caddy.Module { return new(App) },
	}
}

// Provision reads every file the configuration names and reports all that is
// wrong with them at once. It changes nothing that a running configuration
// uses.
func (a *App) Provision(ctx caddy.Context) error {
	a.logger, a.module = ctx.Logger(), ctx
	events, err := ctx.App("events")
	if err != nil {
		return fmt.Errorf("getting the events app: %w", err)
	}
	a.events = events.(*caddyevents.App)
	a.ctx, a.stop = context.WithCancel(context.Background())
	if a.StateDir == "" {
		a.StateDir = filepath.Join(caddy.AppDataDir(), "soapgate")
	}
	if err := a.provisionZone(); err != nil {
		return err
	}
	if err := a.provisionStore(ctx.Storage()); err != nil {
		return err
	}
	return errors.Join(
		a.provisionClients(),
		a.provisionIssuers(),
		a.provisionTrust(ctx),
		a.provisionQuotas(),
		a.provisionFormats(),
		metrics().register(ctx.GetMetricsRegistry()),
	)
}

// Start begins to keep the counters, and to keep fresh what is read from files
// and from others.
func (a *App) Start() error {
	a.store.run(a.storage)
	go a.watch()
	return a.startTrust()
}

// Stop ends the refreshing. Requests under way keep what they use.
func (a *App) Stop() error {
	a.stop()
	return nil
}

// Cleanup gives back the pooled objects that Provision took.
func (a *App) Cleanup() error {
	if a.stop != nil {
		a.stop()
	}
	return a.leases.release()
}

// Interface guards
var (
	_ caddy.App          = (*App)(nil)
	_ caddy.Provisioner  = (*App)(nil)
	_ caddy.CleanerUpper = (*App)(nil)
)
