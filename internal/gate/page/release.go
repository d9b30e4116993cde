package page

import (
	"bytes"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/soapgate/soapgate/internal/formats"
	"github.com/soapgate/soapgate/internal/gate"
	"github.com/soapgate/soapgate/internal/gate/bundle"
	"github.com/soapgate/soapgate/internal/quota"
	"github.com/soapgate/soapgate/internal/wsdl"
)

// A release keeps what is costly to make of one.
type release struct {
	*gate.Release
	before *gate.Release // the one in force before it; nil for the first

	diffOnce sync.Once
	diff     []formats.Change
	zipOnce  sync.Once
	zip      []byte
	zipErr   error
}

// changes returns what is different from the release before.
func (r *release) changes() []formats.Change {
	r.diffOnce.Do(func() {
		if r.before != nil {
			r.diff = formats.Diff(bundle.Describe(r.before.Services, r.before.Schemas), bundle.Describe(r.Services, r.Schemas))
		}
	})
	return r.diff
}

func (r *release) archive() ([]byte, error) {
	r.zipOnce.Do(func() {
		var b bytes.Buffer
		r.zipErr = formats.Archive(&b, r.Files, r.Published)
		r.zip = b.Bytes()
	})
	return r.zip, r.zipErr
}

// sample writes a request of an operation, with the parts it can do without
// or not.
func (r *release) sample(o *wsdl.Operation, full bool) ([]byte, error) {
	s := bundle.Sampler{Schemas: r.Schemas, Time: r.Effective, Full: full}
	return s.Request(o)
}

func (r *release) operation(path, name string) *wsdl.Operation {
	for _, o := range r.Services.Operations(path) {
		if o.Name == name {
			return o
		}
	}
	return nil
}

// A Release is what is shown of one.
type Release struct {
	Name      string        `json:"name"`
	State     formats.State `json:"-"`
	StateName string        `json:"state"`
	Published string        `json:"published"`
	Effective string        `json:"effective"`
	Retired   string        `json:"retired,omitempty"`
	Reason    string        `json:"reason,omitempty"`
	Before    string        `json:"before,omitempty"` // the release it follows
	URL       string        `json:"url"`
	Archive   string        `json:"archive"`
	Changes   string        `json:"changes,omitempty"`
	Services  []Service     `json:"services"`
}

// A Service is a port as clients find it.
type Service struct {
	Name       string      `json:"name"`
	Path       string      `json:"path"`
	Doc        string      `json:"doc,omitempty"`
	Address    string      `json:"address"`
	WSDL       string      `json:"wsdl,omitempty"` // only of releases in force
	XSD        []Link      `json:"xsd,omitempty"`
	Operations []Operation `json:"operations"`
}

// A Link leads to a file.
type Link struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// An Operation is one of a service's.
type Operation struct {
	Name   string `json:"name"`
	Doc    string `json:"doc,omitempty"`
	Action string `json:"action"`
	Input  string `json:"input"`
	Output string `json:"output,omitempty"`
	Sample string `json:"sample"`
	Full   string `json:"full_sample"`
}

// show returns what is shown of a release at a moment.
func (s *Site) show(r *release, now time.Time) Release {
	v := Release{
		Name: r.Name, State: r.Release.State(now), Reason: r.Reason, URL: s.at("releases", r.Name),
		Published: r.Published.Format(time.DateOnly), Effective: r.Effective.Format(time.DateOnly),
		Archive: s.at("releases", r.Name+".zip"),
	}
	v.StateName = v.State.String()
	if !r.Retired.IsZero() {
		v.Retired = r.Retired.Format(time.DateOnly)
	}
	if r.before != nil {
		v.Before, v.Changes = r.before.Name, s.at("releases", r.Name, "changes")
	}
	for _, p := range r.Services.Ports {
		v.Services = append(v.Services, s.service(r, p, v.State == formats.InForce))
	}
	return v
}

func (s *Site) service(r *release, p *wsdl.Port, inForce bool) Service {
	address := s.c.Base + (&url.URL{Path: p.Path}).EscapedPath()
	v := Service{Name: p.Service, Path: p.Path, Doc: p.Doc, Address: address}
	if inForce {
		v.WSDL = address + "?wsdl"
		for _, file := range r.Services.Files(p.File)[1:] {
			v.XSD = append(v.XSD, Link{file, address + "?xsd=" + (&url.URL{Path: file}).EscapedPath()})
		}
	}
	for _, o := range p.Operations {
		query := url.Values{"path": {p.Path}, "operation": {o.Name}}
		sample := s.at("releases", r.Name, "sample") + "?" + query.Encode()
		v.Operations = append(v.Operations, Operation{
			Name: o.Name, Doc: o.Doc, Action: o.Action, Input: o.Input.Local, Output: o.Output.Local,
			Sample: sample, Full: sample + "&full=1",
		})
	}
	return v
}

// A Limit is a rule as it is published.
type Limit struct {
	Rule       string   `json:"rule"`
	Kind       string   `json:"kind"`
	Limit      string   `json:"limit"`
	Key        []string `json:"key"`
	Classes    []string `json:"classes,omitempty"` // empty: all
	Services   []string `json:"services,omitempty"`
	Operations []string `json:"operations,omitempty"`
	Mode       string   `json:"mode"`
	InForce    bool     `json:"in_force"`
	Published  string   `json:"published,omitempty"`
	Effective  string   `json:"effective,omitempty"`
	Reason     string   `json:"reason,omitempty"`
}

// limits returns the rules, those for all classes first. Rules that only
// observe refuse nothing, and are shown all the same: they announce.
func (s *Site) limits(now time.Time) []Limit {
	list := []Limit{}
	rules := s.currentRules()
	if rules == nil {
		return list
	}
	for _, e := range rules.Explain(now) {
		list = append(list, limit(&e))
	}
	slices.SortStableFunc(list, func(a, b Limit) int { return slices.Compare(a.Classes, b.Classes) })
	return list
}

func limit(e *quota.Explanation) Limit {
	return Limit{
		Rule: e.Rule, Kind: e.Kind, Limit: e.Limit, Key: e.Key, Mode: e.Mode, InForce: e.InForce,
		Classes: e.Classes, Services: e.Services, Operations: e.Operations,
		Published: e.Published, Effective: e.Effective, Reason: e.Reason,
	}
}
