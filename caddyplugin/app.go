package caddyplugin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"

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
	// Trust says whose certificates signers may have.
	Trust *TrustConfig `json:"trust,omitempty"`
	// Formats are the published releases.
	Formats *FormatsConfig `json:"formats,omitempty"`
	// Quotas are the limits on the number of requests.
	Quotas *QuotasConfig `json:"quotas,omitempty"`

	logger   *zap.Logger
	clients  *atomic.Pointer[client.Registry]
	trust    *pki.Store
	limiter  *quota.Limiter
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
	a.logger = ctx.Logger()
	a.clients = new(atomic.Pointer[client.Registry])
	a.ctx, a.stop = context.WithCancel(context.Background())
	if a.StateDir == "" {
		a.StateDir = filepath.Join(caddy.AppDataDir(), "soapgate")
	}
	if err := a.provisionZone(); err != nil {
		return err
	}
	return errors.Join(
		a.provisionClients(),
		a.provisionTrust(),
		a.provisionQuotas(),
		a.provisionFormats(),
		metrics().register(ctx.GetMetricsRegistry()),
	)
}

func (a *App) provisionClients() error {
	if a.Clients == "" {
		a.clients.Store(client.NewRegistry())
		return nil
	}
	data, err := os.ReadFile(a.Clients)
	if err != nil {
		return fmt.Errorf("clients: %w", err)
	}
	reg, err := client.Parse(data, a.Clients)
	if reg == nil {
		return fmt.Errorf("clients: %w", err)
	}
	if err != nil {
		// Bad entries are refused one by one; the good rest is in force.
		a.logger.Error("clients refused", zap.String("file", a.Clients), zap.Error(err))
	}
	a.clients.Store(reg)
	return nil
}

// Start begins to refresh what is read from files.
func (a *App) Start() error {
	if a.Trust != nil {
		go a.refresh(time.Duration(a.Trust.Refresh))
	}
	return nil
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
