package gate

import (
	"slices"
	"time"

	"github.com/soapgate/soapgate/internal/formats"
	"github.com/soapgate/soapgate/internal/gate/bundle"
	"github.com/soapgate/soapgate/internal/schema"
	"github.com/soapgate/soapgate/internal/wsdl"
)

// A Release is a bundle with its place in the calendar.
type Release struct {
	formats.Release
	*bundle.Bundle
}

// A candidate is a release that has the operation a message calls.
type candidate struct {
	release   *Release
	operation *wsdl.Operation
}

// format chooses the releases that the message is to be judged by: those in
// force today and of the version it claims, if the profile has one.
func (p *passage) format() error {
	list := make([]formats.Candidate, len(p.candidates))
	for i, c := range p.candidates {
		list[i] = formats.Candidate{Release: &c.release.Release, Version: p.c.fixedVersion(c)}
	}
	name := p.tree.Name(p.envelope.Payload)
	chosen, err := formats.Choose(list, name.Local, p.claimed(), p.now)
	if err != nil {
		// Where this only observes, the newest release that knows the
		// operation is what the stages behind judge by.
		p.chosen = p.candidates[:1]
		p.settle(p.chosen[0])
		return err
	}
	p.chosen = make([]candidate, len(chosen))
	for i, c := range chosen {
		p.chosen[i] = p.candidates[c]
	}
	p.settle(p.chosen[0])
	return nil
}

// claimed is the version of its format that the message says it has, "" if it
// says nothing.
func (p *passage) claimed() string {
	v := p.c.Profile.Version
	if v.Local == "" {
		return ""
	}
	version, _ := p.tree.Attr(p.envelope.Payload, v.Space, v.Local)
	return string(version)
}

// settle notes by which release the message is judged.
func (p *passage) settle(c candidate) {
	p.release, p.operation = c.release, c.operation
	p.rep.Message.Release, p.rep.Message.Operation = c.release.Name, c.operation.Name
}

// fixedVersion returns the version that a release fixes for an operation's
// message, "" if none.
func (c *Config) fixedVersion(cand candidate) string {
	v := c.Profile.Version
	e := cand.release.Schemas.Element(cand.operation.Input.Space, cand.operation.Input.Local)
	if e == nil || v.Local == "" {
		return ""
	}
	t, ok := e.Type.(*schema.ComplexType)
	if !ok {
		return ""
	}
	for _, use := range t.Attributes {
		if use.Attribute.Name != (schema.Name{Space: v.Space, Local: v.Local}) {
			continue
		}
		value := use.Value
		if value == nil {
			value = use.Attribute.Value
		}
		if value != nil && value.Fixed {
			return value.Text
		}
	}
	return ""
}

// inForce returns the releases in force at a moment, the newest first.
func (c *Config) inForce(now time.Time) []*Release {
	var list []*Release
	for _, r := range c.Releases {
		if r.State(now) == formats.InForce {
			list = append(list, r)
		}
	}
	slices.SortStableFunc(list, func(a, b *Release) int { return b.Effective.Compare(a.Effective) })
	return list
}
