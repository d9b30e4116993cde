package caddyplugin

import (
	"errors"

	"github.com/caddyserver/caddy/v2"
)

// pools hold what outlives a configuration, by kind and key. None of it knows
// of a configuration, a context or a logger.
var pool = caddy.NewUsagePool()

// leases are the pooled objects that one module instance has taken.
type leases []string

// take returns the object of the given key, made if nobody has it yet, and
// records the lease the moment it is held. The constructor must be quick: the
// pool is locked meanwhile.
func take[T caddy.Destructor](l *leases, key string, construct func() (T, error)) (T, error) {
	v, _, err := pool.LoadOrNew(key, func() (caddy.Destructor, error) { return construct() })
	if err != nil {
		var none T
		return none, err
	}
	*l = append(*l, key)
	return v.(T), nil
}

// release gives back what was taken and nothing else. It may be called twice.
func (l *leases) release() error {
	var errs []error
	for _, key := range *l {
		if _, err := pool.Delete(key); err != nil {
			errs = append(errs, err)
		}
	}
	*l = nil
	return errors.Join(errs...)
}
