package caddyplugin

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/soapgate/soapgate/internal/client"
	"github.com/soapgate/soapgate/internal/gate"
	"github.com/soapgate/soapgate/internal/profile"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/soap"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// limitFields are the limits on reading a message by their configuration name.
var limitFields = map[string]func(*xmltree.Limits) *int{
	"depth":           func(l *xmltree.Limits) *int { return &l.Depth },
	"nodes":           func(l *xmltree.Limits) *int { return &l.Nodes },
	"attributes":      func(l *xmltree.Limits) *int { return &l.Attributes },
	"declarations":    func(l *xmltree.Limits) *int { return &l.Declarations },
	"namespaces":      func(l *xmltree.Limits) *int { return &l.Namespaces },
	"names":           func(l *xmltree.Limits) *int { return &l.Names },
	"name":            func(l *xmltree.Limits) *int { return &l.Name },
	"attribute_value": func(l *xmltree.Limits) *int { return &l.AttributeValue },
	"text":            func(l *xmltree.Limits) *int { return &l.Text },
	"token":           func(l *xmltree.Limits) *int { return &l.Token },
	"references":      func(l *xmltree.Limits) *int { return &l.References },
}

// config is the site's gate: its own settings over what the app shares.
func (h *Handler) config(app *App) (gate.Config, error) {
	c := gate.Config{
		AllowPlain: h.AllowPlainHTTP, MaxBody: h.MaxBody, Suites: h.Suites,
		Window: time.Duration(h.Window), Skew: time.Duration(h.Skew),
		Tolerance: app.Trust.tolerance(), FaultStyle: gate.FaultStyle{Language: h.Language},
		SOAP:    soap.Settings{UnquotedAction: true},
		Clients: app.clients.Load, Trust: app.trust, Quota: app.limiter, Replay: app.replay,
		Releases: app.releases, Now: time.Now, Zone: app.zone,
	}
	var errs []error
	fail := func(field string, err error) { errs = append(errs, fmt.Errorf("%s: %w", field, err)) }
	var err error
	if c.Profile, err = lookupProfile(h.Profile); err != nil {
		fail("profile", err)
	}
	if h.TLSMin != "" {
		v, err := client.ParseVersion(h.TLSMin)
		if err != nil {
			fail("tls_min", err)
		}
		c.TLSMin = v
	}
	for _, t := range h.Terminators {
		p, err := parsePrefix(t)
		if err != nil {
			fail("terminator", err)
		}
		c.Terminators = append(c.Terminators, p)
	}
	for name, n := range h.Limits {
		field, ok := limitFields[name]
		if !ok {
			fail("limits", fmt.Errorf("there is no limit %q", name))
			continue
		}
		*field(&c.Limits) = n
	}
	for _, m := range []struct {
		field  string
		stages []string
		mode   gate.Mode
	}{{"observe", h.Observe, gate.Observe}, {"off", h.Off, gate.Off}} {
		for _, name := range m.stages {
			i := slices.Index(reject.Stages(), name)
			if i < 0 {
				fail(m.field, fmt.Errorf("there is no stage %q (there are: %s)", name, strings.Join(reject.Stages(), ", ")))
				continue
			}
			c.Modes[i] = m.mode
		}
	}
	return c, errors.Join(errs...)
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

const defaultProfile = "hcs"

func lookupProfile(name string) (*profile.Profile, error) {
	if name == "" {
		name = defaultProfile
	}
	p, ok := profile.Lookup(name)
	if !ok {
		return nil, fmt.Errorf("there is no profile %q (there are: %s)", name, strings.Join(profile.Names(), ", "))
	}
	return p, nil
}
