package caddyplugin

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/soapgate/soapgate/internal/gate"
	"github.com/soapgate/soapgate/internal/profile"
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

// SetLimit sets a limit on reading a message by its configuration name.
func SetLimit(l *xmltree.Limits, name string, n int) error {
	field, ok := limitFields[name]
	if !ok {
		return fmt.Errorf("there is no limit %q", name)
	}
	*field(l) = n
	return nil
}

// config is the site's gate: its own settings over what the app shares.
func (h *Handler) config(app *App) (gate.Config, error) {
	c := gate.Config{
		MaxBody: h.MaxBody, Suites: h.Suites, QuotaStatus: int(h.QuotaStatus),
		Window: time.Duration(h.Window), Skew: time.Duration(h.Skew),
		SignerPolicy: app.policy, SignerPolicies: app.policies,
		SOAP: soap.Settings{
			UnquotedAction: true, NoAction: h.OptionalAction, Gzip: h.Gzip, Attachments: h.Attachments,
			Waived: make(map[string]bool),
		},
		Trust: app.trust, Replay: app.replay, Releases: app.releases,
	}
	var errs []error
	fail := func(field string, err error) { errs = append(errs, fmt.Errorf("%s: %w", field, err)) }
	var err error
	if c.Profile, err = lookupProfile(h.Profile); err != nil {
		fail("profile", err)
	}
	errs = append(errs, h.apply(&c, app))
	if err := checkAddress(h.PublicURL); err != nil {
		fail("public_url", err)
	}
	if err := checkAddress(h.FaultLink); err != nil {
		fail("fault_link", err)
	}
	c.PublicURL, c.Link = h.PublicURL, h.FaultLink
	if !slices.Contains([]string{"", "off", "observe", "enforce"}, h.Responses) {
		fail("responses", fmt.Errorf("%q is not one of off, observe, enforce", h.Responses))
	}
	c.Responses = h.responses()
	if h.QuotaStatus != 0 && (h.QuotaStatus < 400 || h.QuotaStatus > 599) {
		fail("quota_status", fmt.Errorf("%d is no HTTP status of an error", h.QuotaStatus))
	}
	for _, id := range h.Waive {
		if !soap.Waivable(id) {
			fail("waive", fmt.Errorf("%q is no rule that may be waived: see docs/wsi.md", id))
		}
		c.SOAP.Waived[id] = true
	}
	for name, n := range h.Limits {
		if err := SetLimit(&c.Limits, name, n); err != nil {
			fail("limits", err)
		}
	}
	return c, errors.Join(errs...)
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
