package caddyplugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/soapgate/soapgate/internal/gate"
	"github.com/soapgate/soapgate/internal/pki"
)

// An OfflineTrust is the trust of a configuration that does not run: with what
// folders and kept files have, for the commands.
type OfflineTrust struct {
	*TrustStore
	// Refused are the files that could not be used, nil if all could.
	Refused error

	config *TrustConfig
}

// readOffline returns the app of a configuration in JSON, and the storage.
func readOffline(config []byte) (a *App, storage json.RawMessage, err error) {
	var c struct {
		Storage json.RawMessage `json:"storage"`
		Apps    struct {
			Soapgate App `json:"soapgate"`
		} `json:"apps"`
	}
	err = json.Unmarshal(config, &c)
	return &c.Apps.Soapgate, c.Storage, err
}

// OpenFormats compiles the releases of a configuration in JSON, the newest
// first, with their days.
func OpenFormats(config []byte) ([]*gate.Release, error) {
	a, _, err := readOffline(config)
	if err != nil {
		return nil, err
	}
	if a.Formats == nil {
		return nil, errors.New("the configuration has no soapgate with formats")
	}
	err = errors.Join(a.provisionZone(), a.provisionFormats())
	return a.releases, errors.Join(err, a.leases.release()) // bundles are held by whoever uses them
}

// Policies returns what the configuration demands of signers' certificates, of
// all and instead of some operations.
func (o *OfflineTrust) Policies() (all gate.SignerPolicy, operations map[string]gate.SignerPolicy, err error) {
	if all, err = o.config.signerPolicy(); err != nil {
		return all, nil, err
	}
	operations, err = o.config.operationPolicies()
	return all, operations, err
}

// Store returns what is trusted.
func (o *OfflineTrust) Store() *pki.Store { return o.store }

// HasTrust reports whether a configuration in JSON says whom to trust.
func HasTrust(config []byte) bool {
	a, _, err := readOffline(config)
	return err == nil && a.Trust != nil
}

// OpenTrust opens the trust of a configuration in JSON. It asks nobody and
// writes nothing.
func OpenTrust(config []byte, now time.Time) (*OfflineTrust, error) {
	a, storage, err := readOffline(config)
	if err != nil {
		return nil, err
	}
	if a.Trust == nil {
		return nil, errors.New("the configuration has no soapgate with trust")
	}
	if a.StateDir == "" {
		a.StateDir = filepath.Join(caddy.AppDataDir(), "soapgate")
	}
	s, err := newTrustSources(a.Trust, a.StateDir)
	if err != nil {
		return nil, err
	}
	ts, err := s.open()
	if err != nil {
		return nil, err
	}
	if err := ts.files.borrow(storage); err != nil {
		return nil, fmt.Errorf("storage: %w", err)
	}
	return &OfflineTrust{TrustStore: ts, Refused: ts.load(now), config: a.Trust}, nil
}

// borrow opens Caddy's storage for whoever is not part of a configuration.
func (k *keptFiles) borrow(config json.RawMessage) error {
	if len(config) == 0 {
		k.lend(caddy.DefaultStorage, true)
		return nil
	}
	var c struct {
		Module string `json:"module"`
	}
	if err := json.Unmarshal(config, &c); err != nil {
		return err
	}
	var fields map[string]any
	if err := json.Unmarshal(config, &fields); err != nil {
		return err
	}
	delete(fields, "module")
	raw, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	// The context ends with the process: the storage is used until then.
	ctx, _ := caddy.NewContext(caddy.Context{Context: context.Background()}) //nolint:govet // as above
	mod, err := ctx.LoadModuleByID("caddy.storage."+c.Module, raw)
	if err != nil {
		return err
	}
	converter, ok := mod.(caddy.StorageConverter)
	if !ok {
		return fmt.Errorf("module %q is no storage", c.Module)
	}
	storage, err := converter.CertMagicStorage()
	if err == nil {
		k.lend(storage, true)
	}
	return err
}

// Fetch fetches everything that the configuration names, due or not, and keeps
// it. What went wrong is in the Report too.
func (o *OfflineTrust) Fetch(ctx context.Context, now time.Time) error {
	if err := o.files.makeFolder(); err != nil {
		return err
	}
	err := o.round(ctx, now, true)
	return errors.Join(err, o.refresher.Announce(now))
}

// Explain judges a certificate as a message's signer for an operation, or for
// any if that is "", with every step on the way. With historical it judges as
// of now, a moment in the past, what is archived.
func (o *OfflineTrust) Explain(chain []*pki.Certificate, operation string, now time.Time, historical bool) ([]pki.Step, *pki.Verdict, error) {
	policy, err := o.policy(operation)
	if err != nil {
		return nil, nil, err
	}
	return o.store.Trust().Explain(chain[0], chain[1:], pki.Params{
		At: now, Usage: pki.Sign, Tolerance: policy.Tolerance, MinClass: policy.MinClass, Historical: historical,
	})
}

func (o *OfflineTrust) policy(operation string) (gate.SignerPolicy, error) {
	policies, err := o.config.operationPolicies()
	if p, ok := policies[operation]; ok || err != nil {
		return p, err
	}
	return o.config.signerPolicy()
}
