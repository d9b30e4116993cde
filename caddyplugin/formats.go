package caddyplugin

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/soapgate/soapgate/internal/formats"
	"github.com/soapgate/soapgate/internal/gate"
	"github.com/soapgate/soapgate/internal/gate/bundle"
)

// sharedBundle is a compiled bundle in the pool, keyed by the digest of its
// files. It is compiled by the first who needs it, outside of the pool's lock.
type sharedBundle struct {
	once   sync.Once
	bundle *bundle.Bundle
	err    error
}

// Destruct implements caddy.Destructor: memory is all it holds.
func (*sharedBundle) Destruct() error { return nil }

// bundle returns the compiled bundle of a folder, compiled anew only if a
// byte of it has changed since another configuration compiled it.
func (l *leases) bundle(fsys fs.FS) (*bundle.Bundle, error) {
	sum, err := bundle.Digest(fsys)
	if err != nil {
		return nil, err
	}
	s, err := take(l, "bundle:"+hex.EncodeToString(sum[:]), func() (*sharedBundle, error) { return new(sharedBundle), nil })
	if err != nil {
		return nil, err
	}
	s.once.Do(func() { s.bundle, s.err = bundle.Compile(fsys) })
	return s.bundle, s.err
}

// provisionFormats compiles the releases and checks their calendar.
func (a *App) provisionFormats() error {
	if a.Formats == nil {
		return nil
	}
	var errs []error
	var calendar []*formats.Release
	for i := range a.Formats.Releases {
		rc := &a.Formats.Releases[i]
		r, err := a.provisionRelease(rc)
		if err != nil {
			errs = append(errs, fmt.Errorf("formats: release %s: %w", rc.Name, err))
			continue
		}
		a.releases = append(a.releases, r)
		calendar = append(calendar, &r.Release)
	}
	if err := formats.Check(calendar, a.leadTime()); err != nil {
		errs = append(errs, fmt.Errorf("formats: %w", err))
	}
	// The newest first: its answer counts where none has what is asked for.
	slices.SortStableFunc(a.releases, func(x, y *gate.Release) int { return y.Effective.Compare(x.Effective) })
	return errors.Join(errs...)
}

func (a *App) provisionRelease(rc *ReleaseConfig) (*gate.Release, error) {
	r := &gate.Release{Release: formats.Release{Name: rc.Name, Reason: rc.Reason}}
	var errs []error
	for _, day := range []struct {
		field, text string
		to          *time.Time
	}{
		{"published", rc.Published, &r.Published},
		{"effective", rc.Effective, &r.Effective},
		{"retired", rc.Retired, &r.Retired},
	} {
		if day.text == "" {
			continue
		}
		t, err := formats.ParseDay(day.text, a.zone)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", day.field, err))
		}
		*day.to = t
	}
	info, err := os.Stat(rc.Path)
	switch {
	case err != nil:
		errs = append(errs, fmt.Errorf("path: %w", err))
	case !info.IsDir():
		errs = append(errs, fmt.Errorf("path: %s is not a folder", rc.Path))
	default:
		if r.Bundle, err = a.leases.bundle(os.DirFS(rc.Path)); err != nil {
			errs = append(errs, err)
		}
	}
	return r, errors.Join(errs...)
}
