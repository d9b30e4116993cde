// Package authority is a certification authority for tests and the demo: it
// issues certificates with GOST, RSA and ECDSA keys, cross certificates,
// revocation lists of every kind, and lists of accredited CAs. It issues what
// it is asked to, right or wrong, since much of what it makes is meant to be
// refused.
//
// It writes DER by itself and shares nothing with the parsers it tests. It must
// never issue anything that somebody relies on: keys are not protected, and
// GOST signatures are made in variable time.
package authority

import (
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // a key identifier (RFC 5280 4.2.1.2), not a protection
	"fmt"
	"slices"
	"time"
)

// A CA is an authority: its key, its name and its certificate.
type CA struct {
	Key     *Key
	Subject Name
	DER     []byte // the certificate
	// CRLPoints and CAIssuers, if set, go into whatever the CA issues unless
	// the template says otherwise.
	CRLPoints []string
	CAIssuers []string
}

// A Template describes a certificate. The zero value of a field means what a
// conforming certificate has.
type Template struct {
	Subject   Name
	Issuer    *Name  // other than the CA's own
	Serial    []byte // content octets; default: 16 random ones
	NotBefore time.Time
	NotAfter  time.Time

	CA         bool
	PathLen    int      // with CA: the limit plus one; 0 is none
	KeyUsage   uint16   // bit n of keyUsage; default by CA
	ExtUsages  []string // object identifiers
	Policies   []string // object identifiers
	CRLPoints  []string // addresses; default: the CA's
	SignTool   string   // subjectSignTool
	IssuerTool []string // issuerSignTool: four strings
	KeyFrom    time.Time
	KeyUntil   time.Time // of privateKeyUsagePeriod; zero: no extension
	Identified *int      // identificationKind

	// Extensions are added; one of the same identifier replaces the default.
	Extensions []Extension
	// Without are identifiers of default extensions to leave out.
	Without []string
	// Mangle, if set, changes the bytes to be signed.
	Mangle func(tbs []byte) []byte
}

// An Extension is one extension of a certificate or list.
type Extension struct {
	ID       string // dotted
	Critical bool
	Value    []byte // DER
}

// Bits of Template.KeyUsage.
const (
	DigitalSignature  = 1 << 0
	ContentCommitment = 1 << 1
	KeyEncipherment   = 1 << 2
	KeyCertSign       = 1 << 5
	CRLSign           = 1 << 6
)

// Root makes a self-signed authority.
func Root(key *Key, t Template) (*CA, error) {
	t.CA = true
	ca := &CA{Key: key, Subject: t.Subject}
	der, err := ca.Issue(key, t)
	if err != nil {
		return nil, err
	}
	ca.DER = der
	return ca, nil
}

// NewCA makes an authority below this one. With the key and name of another
// authority it makes a cross certificate.
func (ca *CA) NewCA(key *Key, t Template) (*CA, error) {
	t.CA = true
	der, err := ca.Issue(key, t)
	if err != nil {
		return nil, err
	}
	return &CA{Key: key, Subject: t.Subject, DER: der}, nil
}

// Issue makes a certificate for a key and returns its DER.
func (ca *CA) Issue(key *Key, t Template) ([]byte, error) {
	if t.NotBefore.IsZero() || t.NotAfter.IsZero() {
		return nil, fmt.Errorf("authority: certificate for %v without validity", t.Subject)
	}
	issuer := ca.Subject
	if t.Issuer != nil {
		issuer = *t.Issuer
	}
	serial := t.Serial
	if serial == nil {
		serial = NewSerial()
	}
	tbs := seq(
		tlv(0xa0, tlv(0x02, []byte{2})),
		tlv(0x02, serial),
		ca.Key.algorithm(),
		issuer.der(),
		seq(moment(t.NotBefore), moment(t.NotAfter)),
		t.Subject.der(),
		key.SPKI,
		tlv(0xa3, seq(merge(t.defaults(key, ca), t.Extensions, t.Without)...)),
	)
	if t.Mangle != nil {
		tbs = t.Mangle(tbs)
	}
	return ca.Key.SignDER(tbs)
}

// NewSerial returns the content octets of a random positive serial number.
func NewSerial() []byte {
	b := make([]byte, 16)
	rand.Read(b) //nolint:errcheck // never fails
	b[0] = b[0]&0x3f | 0x40
	return b
}

// merge encodes the default extensions with those of a template: one of the
// same identifier replaces the default.
func merge(defaults, own []Extension, without []string) [][]byte {
	list := defaults
	for _, x := range own {
		if i := slices.IndexFunc(list, func(y Extension) bool { return x.ID == y.ID }); i >= 0 {
			list[i] = x
			continue
		}
		list = append(list, x)
	}
	var out [][]byte
	for _, x := range list {
		if !slices.Contains(without, x.ID) {
			out = append(out, x.der())
		}
	}
	return out
}

// defaults are the extensions that the template's fields stand for.
func (t *Template) defaults(key *Key, ca *CA) []Extension {
	usage, basic := uint16(DigitalSignature|ContentCommitment), seq()
	if t.CA {
		usage, basic = KeyCertSign|CRLSign, seq(tlv(0x01, []byte{0xff}))
		if t.PathLen > 0 {
			basic = seq(tlv(0x01, []byte{0xff}), tlv(0x02, []byte{byte(t.PathLen - 1)}))
		}
	}
	if t.KeyUsage != 0 {
		usage = t.KeyUsage
	}
	list := []Extension{
		{ID: "2.5.29.19", Critical: t.CA, Value: basic},
		{ID: "2.5.29.15", Critical: true, Value: bitFlags(usage)},
		{ID: "2.5.29.14", Value: tlv(0x04, key.ID())},
		{ID: "2.5.29.35", Value: seq(tlv(0x80, ca.Key.ID()))},
	}
	if t.ExtUsages != nil {
		list = append(list, Extension{ID: "2.5.29.37", Value: seq(oids(t.ExtUsages)...)})
	}
	if t.Policies != nil {
		var infos [][]byte
		for _, p := range t.Policies {
			infos = append(infos, seq(oid(p)))
		}
		list = append(list, Extension{ID: "2.5.29.32", Value: seq(infos...)})
	}
	points := ca.CRLPoints
	if t.CRLPoints != nil {
		points = t.CRLPoints
	}
	if len(points) > 0 {
		list = append(list, Extension{ID: "2.5.29.31", Value: PointsExtension(points...)})
	}
	if len(ca.CAIssuers) > 0 {
		var accesses [][]byte
		for _, a := range ca.CAIssuers {
			accesses = append(accesses, seq(oid("1.3.6.1.5.5.7.48.2"), tlv(0x86, []byte(a))))
		}
		list = append(list, Extension{ID: "1.3.6.1.5.5.7.1.1", Value: seq(accesses...)})
	}
	return append(list, t.qualified()...)
}

// qualified are the extensions of Russian qualified certificates.
func (t *Template) qualified() []Extension {
	var list []Extension
	if t.SignTool != "" {
		list = append(list, Extension{ID: "1.2.643.100.111", Value: tlv(0x0c, []byte(t.SignTool))})
	}
	if t.IssuerTool != nil {
		var parts [][]byte
		for _, s := range t.IssuerTool {
			parts = append(parts, tlv(0x0c, []byte(s)))
		}
		list = append(list, Extension{ID: "1.2.643.100.112", Value: seq(parts...)})
	}
	if !t.KeyFrom.IsZero() && !t.KeyUntil.IsZero() {
		list = append(list, Extension{ID: "2.5.29.16", Value: seq(
			tlv(0x80, []byte(t.KeyFrom.UTC().Format("20060102150405Z"))),
			tlv(0x81, []byte(t.KeyUntil.UTC().Format("20060102150405Z"))),
		)})
	}
	if t.Identified != nil {
		list = append(list, Extension{ID: "1.2.643.100.114", Value: tlv(0x02, []byte{byte(*t.Identified)})})
	}
	return list
}

// PointsExtension is a cRLDistributionPoints extension with one distribution
// point for each address.
func PointsExtension(addresses ...string) []byte {
	var points [][]byte
	for _, a := range addresses {
		points = append(points, seq(tlv(0xa0, tlv(0xa0, tlv(0x86, []byte(a))))))
	}
	return seq(points...)
}

func (x *Extension) der() []byte {
	if x.Critical {
		return seq(oid(x.ID), tlv(0x01, []byte{0xff}), tlv(0x04, x.Value))
	}
	return seq(oid(x.ID), tlv(0x04, x.Value))
}

// ID returns the key identifier: the SHA-1 digest of the public key.
func (k *Key) ID() []byte {
	sum := sha1.Sum(k.SPKI) //nolint:gosec // see the import
	return sum[:]
}
