package caddyplugin

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
	_ "time/tzdata" // the calendar of quotas must not depend on what the machine has

	"go.uber.org/zap"

	"github.com/caddyserver/caddy/v2"

	"github.com/soapgate/soapgate/internal/formats"
	"github.com/soapgate/soapgate/internal/quota"
)

// defaultZone is where the system's calendar days begin.
const defaultZone = "Europe/Moscow"

func (a *App) provisionZone() (err error) {
	name := defaultZone
	if a.Quotas != nil && a.Quotas.Timezone != "" {
		name = a.Quotas.Timezone
	}
	if a.zone, err = time.LoadLocation(name); err != nil {
		return fmt.Errorf("quotas: timezone: %w", err)
	}
	return nil
}

// provisionStore takes the store that counters and changes live in.
func (a *App) provisionStore(storage quota.Storage) (err error) {
	a.storage = storage
	if a.store, err = a.takeStore(); err != nil {
		return fmt.Errorf("quotas: %w", err)
	}
	if err := a.store.restore(storage); err != nil {
		a.logger.Error("counters of the last run are lost in part", zap.Error(err))
	}
	return nil
}

// provisionQuotas puts the rules in force, with what was changed at run time.
func (a *App) provisionQuotas() error {
	specs, o := a.specs()
	rules, err := quota.Compile(specs, o)
	if err != nil {
		return fmt.Errorf("quotas: %w", err)
	}
	var counters quota.Store
	counters, a.replay = a.store.counters()
	a.limiter = quota.NewLimiter(counters, rules)
	a.control = quota.NewControl(a.limiter, a.store.rules, specs, o)
	if err := a.control.Refresh(context.Background()); err != nil {
		a.logger.Error("changes of quota rules refused", zap.Error(err))
	}
	return nil
}

// specs returns the configured rules and what they share.
func (a *App) specs() ([]quota.Spec, quota.Options) {
	o := quota.Options{Timezone: a.zone.String(), LeadTime: a.leadTime()}
	if a.Quotas == nil {
		return nil, o
	}
	o.Overrides = a.Quotas.Overrides
	return a.Quotas.Rules, o
}

// Rules returns the quota rules of a configuration in Caddy's JSON, without
// running it.
func Rules(config []byte) (*quota.Rules, error) {
	var c caddy.Config
	if err := json.Unmarshal(config, &c); err != nil {
		return nil, err
	}
	a := new(App)
	if raw := c.AppsRaw["soapgate"]; raw != nil {
		if err := json.Unmarshal(raw, a); err != nil {
			return nil, err
		}
	}
	if err := a.provisionZone(); err != nil {
		return nil, err
	}
	specs, o := a.specs()
	return quota.Compile(specs, o)
}

// leadTime is how long before they take effect formats and limits must be
// published.
func (a *App) leadTime() time.Duration {
	if a.Formats == nil || a.Formats.LeadTime == 0 {
		return formats.LeadTime
	}
	return time.Duration(a.Formats.LeadTime)
}
