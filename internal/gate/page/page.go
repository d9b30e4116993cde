// Package page makes what the gate shows the makers of clients: the published
// releases with their services, days and differences, the limits in force, the
// catalogue of faults, and samples. All of it is there as HTML in two
// languages, which needs no script, and as JSON.
//
// It reads what is configured and decides nothing. What is costly to make, the
// differences of releases and their archives, is made when it is first asked
// for and then kept.
package page

import (
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/soapgate/soapgate/internal/gate"
	"github.com/soapgate/soapgate/internal/profile"
	"github.com/soapgate/soapgate/internal/quota"
)

// A Config is what a site shows.
type Config struct {
	// Base is the public address of the services, without a slash at its end;
	// "" makes links relative to the page's own host.
	Base string
	// Mount is the path the pages are below of, say "/formats".
	Mount string
	// Check is the path of the checker's page; "" if there is none.
	Check    string
	Profile  *profile.Profile
	Releases []*gate.Release
	// Rules returns the limits at the moment; nil means there are none.
	Rules func() *quota.Rules
	Now   func() time.Time
}

// A Site serves the pages. It is safe for concurrent use.
type Site struct {
	c        Config
	releases []*release // the newest first
	faults   []Fault

	mu    sync.Mutex
	day   string       // that pages were made on: states change at midnight
	rules *quota.Rules // that pages were made with
	pages map[string]*document
}

// New returns the site of a configuration.
func New(c Config) *Site {
	c.Base, c.Mount = strings.TrimRight(c.Base, "/"), strings.TrimRight(c.Mount, "/")
	s := &Site{c: c, faults: Faults(c.Profile)}
	sorted := slices.Clone(c.Releases)
	slices.SortStableFunc(sorted, func(a, b *gate.Release) int { return b.Effective.Compare(a.Effective) })
	for i, r := range sorted {
		one := &release{Release: r}
		if i+1 < len(sorted) {
			one.before = sorted[i+1]
		}
		s.releases = append(s.releases, one)
	}
	return s
}

func (s *Site) release(name string) *release {
	for _, r := range s.releases {
		if r.Name == name {
			return r
		}
	}
	return nil
}

func (s *Site) fault(code string) *Fault {
	for i := range s.faults {
		if string(s.faults[i].Code) == code {
			return &s.faults[i]
		}
	}
	return nil
}

// A document is a page as it is sent.
type document struct {
	contentType string
	lang        string // "" if it has none
	download    string // file name to save it under; "" shows it
	body        []byte
	tag         string
}

// cached returns what make makes, made once as long as nothing has changed.
// Only what is known to exist is asked for here, so that the keys are bounded.
func (s *Site) cached(key string, make_ func() (*document, error)) (*document, error) {
	now := s.c.Now()
	day, rules := now.Format(time.DateOnly), s.currentRules()
	s.mu.Lock()
	if s.day != day || s.rules != rules || s.pages == nil {
		s.day, s.rules, s.pages = day, rules, make(map[string]*document)
	}
	pages := s.pages
	d := pages[key]
	s.mu.Unlock()
	if d != nil {
		return d, nil
	}
	d, err := make_()
	if err != nil {
		return nil, err
	}
	d.tag = tag(d.body)
	s.mu.Lock()
	pages[key] = d
	s.mu.Unlock()
	return d, nil
}

func (s *Site) currentRules() *quota.Rules {
	if s.c.Rules == nil {
		return nil
	}
	return s.c.Rules()
}

// at returns the address of a page below the mount.
func (s *Site) at(elem ...string) string {
	var b strings.Builder
	b.WriteString(s.c.Mount)
	for _, e := range elem {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(e))
	}
	return b.String()
}
