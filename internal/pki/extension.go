package pki

import (
	"bytes"
	"errors"
	"fmt"
	"time"
)

// A KeyUsage is the set of purposes in the extension keyUsage: bit n is bit n
// of RFC 5280 4.2.1.3.
type KeyUsage uint16

// The purposes that decisions rest on.
const (
	DigitalSignature  KeyUsage = 1 << 0
	ContentCommitment KeyUsage = 1 << 1
	KeyEncipherment   KeyUsage = 1 << 2
	KeyAgreement      KeyUsage = 1 << 4
	CertSign          KeyUsage = 1 << 5
	CRLSign           KeyUsage = 1 << 6
)

// Extensions are the extensions of a certificate, as far as they are known.
type Extensions struct {
	KeyUsage    KeyUsage
	HasKeyUsage bool
	ExtKeyUsage []OID // nil if the extension is absent

	CA      bool
	PathLen int // -1 if not limited

	SubjectKeyID   []byte // nil if absent
	AuthorityKeyID []byte // nil if absent
	AltNames       []GeneralName
	CRLPoints      []DistributionPoint
	FreshestCRL    []DistributionPoint
	CAIssuers      []string // addresses of the issuer's certificate

	HasPolicies           bool
	Policies              []OID
	PolicyMappings        []PolicyMapping
	RequireExplicitPolicy int // -1 if absent, and so below
	InhibitMapping        int
	InhibitAnyPolicy      int
	Permitted, Excluded   []GeneralName // subtrees; see constraints.go
	constrained           bool

	// PrivateKeyNotBefore and PrivateKeyNotAfter bound the use of the private
	// key; zero if not bounded.
	PrivateKeyNotBefore, PrivateKeyNotAfter time.Time

	// Of qualified certificates; empty if absent or not readable.
	SubjectSignTool    string
	IssuerSignTool     []string // sign tool, CA tool, and the conclusions on both
	IdentificationKind int      // -1 if absent: 0 in person, 1 remote, 2 passport, 3 biometric

	// UnknownCritical are the critical extensions that are not known.
	UnknownCritical []OID
	altCritical     bool
	// misuse says why a known extension must not look as it does although it
	// can be read; validation refuses the certificate for it.
	misuse error
}

// A PolicyMapping says that the issuer's policy is the subject's policy.
type PolicyMapping struct{ Issuer, Subject OID }

// extensionTable tells how each known extension is read.
var extensionTable = map[OID]func(*Extensions, []byte) error{
	oidSubjectKeyID:       (*Extensions).subjectKeyID,
	oidKeyUsage:           (*Extensions).keyUsage,
	oidPrivateKeyPeriod:   (*Extensions).privateKeyPeriod,
	oidSubjectAltName:     (*Extensions).subjectAltName,
	oidIssuerAltName:      func(*Extensions, []byte) error { return nil },
	oidBasicConstraints:   (*Extensions).basicConstraints,
	oidNameConstraints:    (*Extensions).nameConstraints,
	oidCRLPoints:          (*Extensions).crlPoints,
	oidPolicies:           (*Extensions).policies,
	oidPolicyMappings:     (*Extensions).policyMappings,
	oidAuthorityKeyID:     (*Extensions).authorityKeyID,
	oidPolicyConstraints:  (*Extensions).policyConstraints,
	oidExtKeyUsage:        (*Extensions).extKeyUsage,
	oidFreshestCRL:        (*Extensions).freshestCRL,
	oidInhibitAnyPolicy:   (*Extensions).inhibitAnyPolicy,
	oidAuthorityInfo:      (*Extensions).authorityInfo,
	oidSubjectSignTool:    (*Extensions).subjectSignTool,
	oidIssuerSignTool:     (*Extensions).issuerSignTool,
	oidIdentificationKind: (*Extensions).identificationKind,
}

// notCritical are extensions that no conforming certificate marks critical
// (RFC 5280 4.2.1.1, 4.2.1.2, 4.2.1.15, 4.2.2.1).
var notCritical = map[OID]bool{
	oidAuthorityKeyID: true, oidSubjectKeyID: true, oidAuthorityInfo: true, oidFreshestCRL: true,
}

const maxExtensions = 64

// An extension as it stands in a certificate, a list or an entry of one.
type extension struct {
	id       OID
	critical bool
	value    []byte
}

// extension reads one Extension.
func (r *reader) extension() extension {
	s := r.nested(tagSequence)
	e := extension{id: s.oid(), critical: s.boolean(tagBoolean), value: s.value(tagOctetString)}
	r.check(s.end())
	return e
}

// extensions reads a SEQUENCE OF Extension, none of them twice (RFC 5280 4.2).
func extensions(b []byte) ([]extension, error) {
	outer := read(b)
	r := outer.nested(tagSequence)
	var list []extension
	for r.more() {
		e := r.extension()
		for _, f := range list {
			if e.id == f.id && r.err == nil {
				return nil, fmt.Errorf("extension %s occurs twice", e.id)
			}
		}
		if len(list) == maxExtensions {
			return nil, errors.New("too many extensions")
		}
		list = append(list, e)
	}
	r.check(outer.end())
	return list, r.end()
}

func (x *Extensions) parse(b []byte) error {
	list, err := extensions(b)
	if err != nil {
		return err
	}
	x.IdentificationKind = -1
	for _, e := range list {
		f, known := extensionTable[e.id]
		switch {
		case !known && e.critical:
			x.UnknownCritical = append(x.UnknownCritical, e.id)
		case notCritical[e.id] && e.critical && x.misuse == nil:
			x.misuse = fmt.Errorf("%s (critical)", e.id)
		}
		if !known {
			continue
		}
		x.altCritical = x.altCritical || e.id == oidSubjectAltName && e.critical
		if err := f(x, e.value); err != nil {
			return fmt.Errorf("extension %s: %w", e.id, err)
		}
	}
	return nil
}

func (x *Extensions) subjectKeyID(b []byte) error {
	r := read(b)
	x.SubjectKeyID = r.value(tagOctetString)
	return r.end()
}

func (x *Extensions) keyUsage(b []byte) error {
	r := read(b)
	f, err := flags(r.value(tagBitString))
	if r.err == nil {
		r.check(err)
	}
	if f == 0 {
		r.fail(errors.New("no usage")) // RFC 5280 4.2.1.3
	}
	x.KeyUsage, x.HasKeyUsage = KeyUsage(f), true
	return r.end()
}

func (x *Extensions) privateKeyPeriod(b []byte) error {
	outer := read(b)
	r := outer.nested(tagSequence)
	for i, t := range []*time.Time{&x.PrivateKeyNotBefore, &x.PrivateKeyNotAfter} {
		if b, ok := r.optional(context(byte(i))); ok {
			// A head CA's own root has fractions of a second here.
			if dot := bytes.IndexByte(b, '.'); dot > 0 && bytes.HasSuffix(b, []byte("Z")) {
				b = append(bytes.Clone(b[:dot]), 'Z')
			}
			s, err := seconds(tagGeneralizedTime, b)
			r.check(err)
			*t = time.Unix(s, 0).UTC()
		}
	}
	r.check(outer.end())
	return r.end()
}

func (x *Extensions) subjectAltName(b []byte) error {
	outer := read(b)
	r := outer.nested(tagSequence)
	x.AltNames = r.generalNames()
	if len(x.AltNames) == 0 {
		r.fail(errors.New("no names"))
	}
	r.check(outer.end())
	return r.end()
}

func (x *Extensions) basicConstraints(b []byte) error {
	outer := read(b)
	r := outer.nested(tagSequence)
	x.CA = r.boolean(tagBoolean)
	if r.peek(tagInteger) {
		x.PathLen = r.small(tagInteger)
		if !x.CA {
			x.misuse = errors.New("basicConstraints (pathLenConstraint, cA FALSE)") // RFC 5280 4.2.1.9
		}
	}
	r.check(outer.end())
	return r.end()
}

func (x *Extensions) crlPoints(b []byte) (err error) {
	x.CRLPoints, err = distributionPoints(b)
	return err
}

func (x *Extensions) freshestCRL(b []byte) (err error) {
	x.FreshestCRL, err = distributionPoints(b)
	return err
}

func (x *Extensions) authorityKeyID(b []byte) error {
	id, err := authorityKeyID(b)
	x.AuthorityKeyID = id
	return err
}

// authorityKeyID reads the extension of certificates and lists; issuer and
// serial number in it are not used, as key identifiers serve better.
func authorityKeyID(b []byte) ([]byte, error) {
	outer := read(b)
	r := outer.nested(tagSequence)
	id, _ := r.optional(context(0))
	r.optional(contextConstructed(1))
	r.optional(context(2))
	r.check(outer.end())
	return id, r.end()
}

func (x *Extensions) extKeyUsage(b []byte) error {
	outer := read(b)
	r := outer.nested(tagSequence)
	for r.more() {
		if len(x.ExtKeyUsage) == maxGeneralNames {
			return errTooMany
		}
		x.ExtKeyUsage = append(x.ExtKeyUsage, r.oid())
	}
	if len(x.ExtKeyUsage) == 0 {
		r.fail(errors.New("no usage"))
	}
	r.check(outer.end())
	return r.end()
}

func (x *Extensions) authorityInfo(b []byte) error {
	outer := read(b)
	r := outer.nested(tagSequence)
	for r.more() {
		a := r.nested(tagSequence)
		method := a.oid()
		place := a.generalName()
		r.check(a.end())
		if method == oidCAIssuers && place.Kind == URI && len(x.CAIssuers) < maxPoints {
			x.CAIssuers = append(x.CAIssuers, place.Value)
		}
	}
	r.check(outer.end())
	return r.end()
}

// The three extensions of qualified certificates inform; what cannot be read
// in them is left empty.

func (x *Extensions) subjectSignTool(b []byte) error {
	r := read(b)
	tag, body, _ := r.any()
	x.SubjectSignTool, _, _ = text(tag, body)
	return nil
}

func (x *Extensions) issuerSignTool(b []byte) error {
	outer := read(b)
	r := outer.nested(tagSequence)
	for r.more() && len(x.IssuerSignTool) < 4 {
		tag, body, _ := r.any()
		s, _, _ := text(tag, body)
		x.IssuerSignTool = append(x.IssuerSignTool, s)
	}
	return nil
}

func (x *Extensions) identificationKind(b []byte) error {
	r := read(b)
	if n := r.small(tagInteger); r.err == nil {
		x.IdentificationKind = n
	}
	return nil
}
