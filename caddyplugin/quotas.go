package caddyplugin

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"time"

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

// counters are a node's own quota counters and replay window. They hold no
// limits, so that any configuration may use them.
type counters struct {
	*quota.Memory
	*quota.Marks
}

// Destruct implements caddy.Destructor: memory is all there is.
func (*counters) Destruct() error { return nil }

func newCounters() (*counters, error) {
	var seed [16]byte
	if _, err := rand.Read(seed[:]); err != nil {
		return nil, err
	}
	return &counters{
		Memory: quota.NewMemory(quota.MemoryOptions{Seed: [2]uint64{
			binary.NativeEndian.Uint64(seed[:]), binary.NativeEndian.Uint64(seed[8:]),
		}}),
		Marks: quota.NewMarks(0, 0),
	}, nil
}

func (a *App) provisionQuotas() error {
	var specs []quota.Spec
	if a.Quotas != nil {
		specs = a.Quotas.Rules
	}
	rules, err := quota.Compile(specs, quota.Options{Timezone: a.zone.String(), LeadTime: a.leadTime()})
	if err != nil {
		return fmt.Errorf("quotas: %w", err)
	}
	c, err := take(&a.leases, "counters", newCounters)
	if err != nil {
		return err
	}
	a.limiter, a.replay = quota.NewLimiter(c.Memory, rules), c.Marks
	return nil
}

// leadTime is how long before they take effect formats and limits must be
// published.
func (a *App) leadTime() time.Duration {
	if a.Formats == nil || a.Formats.LeadTime == 0 {
		return formats.LeadTime
	}
	return time.Duration(a.Formats.LeadTime)
}
