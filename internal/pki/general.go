package pki

import (
	"errors"
	"strings"
)

// A NameKind is the form of a general name: the number of its tag.
type NameKind uint8

// The forms of general names that are looked into (RFC 5280 4.2.1.6).
const (
	OtherName     NameKind = 0
	Email         NameKind = 1
	DNS           NameKind = 2
	X400Address   NameKind = 3
	DirectoryName NameKind = 4
	EDIPartyName  NameKind = 5
	URI           NameKind = 6
	IPAddress     NameKind = 7
	RegisteredID  NameKind = 8
)

// A GeneralName is one GeneralName. Value is text for Email, DNS and URI, and
// the content octets for other forms.
type GeneralName struct {
	Kind  NameKind
	Value string
	Name  *Name // of a DirectoryName
}

const maxGeneralNames = 1024

var errTooMany = errors.New("too many values in an extension")

func (r *reader) generalName() GeneralName {
	tag, body, _ := r.any()
	if r.err != nil {
		return GeneralName{}
	}
	g := GeneralName{Kind: NameKind(tag & 0x1f), Value: string(body)}
	if tag&0xc0 != 0x80 || g.Kind > RegisteredID {
		r.fail(errors.New("unknown form of general name"))
		return g
	}
	structured := tag&constructed != 0
	switch g.Kind {
	case OtherName, X400Address, EDIPartyName, DirectoryName:
		if !structured {
			r.fail(errTag)
			return g
		}
	default:
		if structured {
			r.fail(errTag)
			return g
		}
	}
	switch g.Kind {
	case Email, DNS, URI:
		for _, c := range body {
			if c >= 0x80 {
				r.fail(errors.New("general name with characters outside IA5String"))
				return g
			}
		}
	case DirectoryName:
		n, err := parseName(body)
		r.check(err)
		g.Name = &n
	}
	return g
}

// generalNames reads the rest of r as general names.
func (r *reader) generalNames() []GeneralName {
	var names []GeneralName
	for r.more() {
		if len(names) == maxGeneralNames {
			r.fail(errTooMany)
			return nil
		}
		names = append(names, r.generalName())
	}
	return names
}

// sameName compares two general names as names of a distribution point.
func sameName(a, b GeneralName) bool {
	if a.Kind != b.Kind {
		return false
	}
	switch a.Kind {
	case DirectoryName:
		return a.Name.Matches(b.Name)
	case DNS, Email:
		return strings.EqualFold(a.Value, b.Value)
	}
	return a.Value == b.Value
}

// haveCommon reports whether the two lists have a name in common.
func haveCommon(a, b []GeneralName) bool {
	for _, x := range a {
		for _, y := range b {
			if sameName(x, y) {
				return true
			}
		}
	}
	return false
}

// Reasons is a set of revocation reasons: bit n is bit n of ReasonFlags (RFC
// 5280 4.2.1.13).
type Reasons uint16

// allReasons is the set of all reasons: keyCompromise to aACompromise.
const allReasons Reasons = 1<<9 - 2

// A DistributionPoint says where a certificate's list is found.
type DistributionPoint struct {
	Names    []GeneralName // full names; empty if not given
	Relative []byte        // or the DER of a name relative to the list's issuer; nil if not given
	Reasons  Reasons       // allReasons unless narrowed
	Issuer   []GeneralName // of the list, if it is not the certificate's issuer
}

const maxPoints = 64

// distributionPoints reads the extension cRLDistributionPoints or freshestCRL.
func distributionPoints(b []byte) ([]DistributionPoint, error) {
	outer := read(b)
	r := outer.nested(tagSequence)
	var points []DistributionPoint
	for r.more() {
		if len(points) == maxPoints {
			return nil, errTooMany
		}
		d := r.nested(tagSequence)
		p := DistributionPoint{Reasons: allReasons}
		if d.peek(contextConstructed(0)) {
			n := d.nested(contextConstructed(0))
			p.Names, p.Relative = n.pointName()
			d.check(n.end())
		}
		if b, ok := d.optional(context(1)); ok {
			f, err := flags(b)
			d.check(err)
			p.Reasons = Reasons(f) & allReasons
		}
		if b, ok := d.optional(contextConstructed(2)); ok {
			n := read(b)
			p.Issuer = n.generalNames()
			d.check(n.end())
		}
		if err := d.end(); err != nil {
			return nil, err
		}
		if p.Names == nil && p.Relative == nil && p.Issuer == nil {
			return nil, errors.New("empty distribution point")
		}
		points = append(points, p)
	}
	r.check(outer.end())
	return points, r.end()
}

// pointName reads a DistributionPointName.
func (r *reader) pointName() (full []GeneralName, relative []byte) {
	if b, ok := r.optional(contextConstructed(0)); ok {
		n := read(b)
		full = n.generalNames()
		if len(full) == 0 {
			n.fail(errors.New("distribution point without names"))
		}
		r.check(n.end())
		return full, nil
	}
	return nil, r.value(contextConstructed(1))
}

// resolve returns the names of a distribution point, a relative one completed
// with the issuer's name (RFC 5280 4.2.1.13).
func resolve(full []GeneralName, relative []byte, issuer *Name) []GeneralName {
	if relative == nil {
		return full
	}
	outer := read(issuer.Raw)
	rdns := outer.value(tagSequence)
	name := wrap(tagSequence, append(append([]byte(nil), rdns...), wrap(tagSet, relative)...))
	n, err := parseName(name)
	if err != nil {
		return nil
	}
	return []GeneralName{{Kind: DirectoryName, Name: &n}}
}

// wrap returns the DER value with the given tag and content.
func wrap(tag byte, body []byte) []byte {
	b := []byte{tag}
	switch n := len(body); {
	case n < 0x80:
		b = append(b, byte(n))
	case n < 0x100:
		b = append(b, 0x81, byte(n))
	default:
		b = append(b, 0x82, byte(n>>8), byte(n))
	}
	return append(b, body...)
}
