package gatetest

import (
	"fmt"
	"os"
	"time"

	"github.com/soapgate/soapgate/internal/client"
	"github.com/soapgate/soapgate/internal/formats"
	"github.com/soapgate/soapgate/internal/gate"
	"github.com/soapgate/soapgate/internal/gate/bundle"
	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/quota"
)

// Config is a gate's configuration over the world, without Caddy: what
// Caddyfile.example says of its main site, with no quotas.
func (w *World) Config() (gate.Config, error) {
	c := gate.Config{Now: w.now, Suites: []string{"gost2012", "gost2001", "rsa", "ecdsa"}, MaxBody: 16 << 20}
	data, err := os.ReadFile(w.Path("clients.yaml"))
	if err != nil {
		return c, err
	}
	registry, err := client.Parse(data, "clients.yaml")
	if err != nil {
		return c, err
	}
	c.Clients = func() *client.Registry { return registry }
	if c.Trust, err = w.trust(); err != nil {
		return c, err
	}
	rules, err := quota.Compile(nil, quota.Options{})
	if err != nil {
		return c, err
	}
	c.Quota = quota.NewLimiter(quota.NewMemory(quota.MemoryOptions{Keys: 1000}), rules)
	c.Replay = quota.NewMarks(0, 0)
	day := func(s string) time.Time {
		t, _ := time.Parse(time.DateOnly, s)
		return t
	}
	for _, r := range []formats.Release{
		{Name: "2.0", Published: day("2025-01-15"), Effective: day("2025-03-01")},
		{Name: "1.0", Published: day("2024-01-15"), Effective: day("2024-03-01"), Retired: day("2025-06-01")},
	} {
		b, err := bundle.Compile(os.DirFS(w.Path("formats", r.Name)))
		if err != nil {
			return c, fmt.Errorf("release %s: %w", r.Name, err)
		}
		c.Releases = append(c.Releases, &gate.Release{Release: r, Bundle: b})
	}
	return c, nil
}

func (w *World) trust() (*pki.Store, error) {
	anchors, err := pki.LoadCertificates(w.Path("head-ca.pem"))
	if err != nil {
		return nil, err
	}
	authorities, err := pki.LoadCertificates(w.Path("authorities"))
	if err != nil {
		return nil, err
	}
	lists, err := pki.LoadCRLs(w.Path("crl"), pki.MaxCRL)
	if err != nil {
		return nil, err
	}
	trust, err := pki.NewTrust(pki.Rules{}, anchors, authorities).WithCRLs(lists...)
	return pki.NewStore(trust), err
}
