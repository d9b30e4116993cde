package pki

import (
	"crypto/sha1" //nolint:gosec // a fingerprint that the trust list and clients' registrations use, not a protection
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// MaxCertificate is the size in bytes above which a certificate is not read.
// Real ones have two to four thousand.
const MaxCertificate = 64 << 10

// A Certificate is a parsed X.509 certificate (RFC 5280 4.1). It is read-only.
type Certificate struct {
	Raw         []byte
	Version     int // 1 to 3
	Serial      Serial
	Issuer      Name
	Subject     Name
	NotBefore   time.Time
	NotAfter    time.Time
	Fingerprint [32]byte // SHA-256 of Raw

	// PublicKey is a *rsa.PublicKey, *ecdsa.PublicKey or *gost3410.PublicKey,
	// or nil if the key is of a kind or size that is not accepted; then KeyErr
	// says why.
	PublicKey any
	KeyErr    error
	SPKI      []byte   // the subjectPublicKeyInfo
	KeyID     [32]byte // SHA-256 of SPKI: one key, whatever the certificate

	Extensions
	signed
}

// A Serial is a serial number: the content octets of its INTEGER. It may be
// negative or long.
type Serial string

// String returns the number in upper-case hexadecimal octets.
func (s Serial) String() string { return strings.ToUpper(hex.EncodeToString([]byte(s))) }

const maxSerial = 128

// ParseCertificate reads one certificate in DER. The bytes are kept, not
// copied. Whatever is not DER, breaks the structure of RFC 5280 or repeats an
// extension is an error; a key of an unknown kind and an unknown extension are
// not, since only validation knows whether they matter.
func ParseCertificate(der []byte) (*Certificate, error) {
	if len(der) > MaxCertificate {
		return nil, fmt.Errorf("parsing certificate: %d bytes are too many", len(der))
	}
	c := &Certificate{Raw: der, Fingerprint: sha256.Sum256(der)}
	outer := read(der)
	r := outer.nested(tagSequence)
	body, tbs := r.whole(tagSequence)
	algorithm, algorithmRaw := r.whole(tagSequence)
	signature := r.octets()
	r.check(outer.end())
	if err := r.end(); err != nil {
		return nil, fmt.Errorf("parsing certificate: %w", err)
	}
	inner, err := c.parseTBS(body)
	if err != nil {
		return nil, fmt.Errorf("parsing certificate: %w", err)
	}
	// RFC 5280 4.1.1.2
	if string(inner) != string(algorithmRaw) {
		return nil, errors.New("parsing certificate: the two signature algorithms differ")
	}
	c.signed = newSigned(algorithm, tbs, signature)
	return c, nil
}

func (c *Certificate) parseTBS(body []byte) (algorithm []byte, err error) {
	r := read(body)
	c.Version = 1
	if r.peek(contextConstructed(0)) {
		v := r.nested(contextConstructed(0))
		c.Version = v.small(tagInteger) + 1
		r.check(v.end())
	}
	c.Serial = Serial(r.integer())
	_, algorithm = r.whole(tagSequence)
	_, issuer := r.whole(tagSequence)
	validity := r.nested(tagSequence)
	c.NotBefore, c.NotAfter = validity.time(), validity.time()
	r.check(validity.end())
	_, subject := r.whole(tagSequence)
	_, c.SPKI = r.whole(tagSequence)
	_, uid1 := r.optional(context(1))
	_, uid2 := r.optional(context(2))
	extensions, extended := r.optional(contextConstructed(3))
	if err := r.end(); err != nil {
		return nil, err
	}
	switch {
	case c.Version < 1 || c.Version > 3:
		return nil, fmt.Errorf("unknown version %d", c.Version)
	case extended && c.Version != 3 || (uid1 || uid2) && c.Version == 1:
		return nil, errors.New("fields of a later version")
	case len(c.Serial) > maxSerial:
		return nil, errors.New("serial number is too long")
	}
	if c.Issuer, err = parseName(issuer); err != nil {
		return nil, fmt.Errorf("issuer: %w", err)
	}
	if c.Subject, err = parseName(subject); err != nil {
		return nil, fmt.Errorf("subject: %w", err)
	}
	if c.Issuer.Empty() {
		return nil, errors.New("empty issuer") // RFC 5280 4.1.2.4
	}
	c.KeyID = sha256.Sum256(c.SPKI)
	c.PublicKey, c.KeyErr = parseKey(c.SPKI)
	c.PathLen, c.RequireExplicitPolicy, c.InhibitMapping, c.InhibitAnyPolicy = -1, -1, -1, -1
	if extended {
		if err := c.Extensions.parse(extensions); err != nil {
			return nil, err
		}
	}
	return algorithm, nil
}

// SHA1 returns the SHA-1 fingerprint, by which the trust list names
// certificates and ГИС ЖКХ registers information systems.
func (c *Certificate) SHA1() [20]byte { return sha1.Sum(c.Raw) } //nolint:gosec // see the import

// CRLAddresses returns the addresses in a certificate's distribution points.
func (c *Certificate) CRLAddresses() []string {
	var list []string
	for _, points := range [][]DistributionPoint{c.CRLPoints, c.FreshestCRL} {
		for _, p := range points {
			for _, g := range p.Names {
				if g.Kind == URI {
					list = append(list, g.Value)
				}
			}
		}
	}
	return list
}

// SelfIssued reports whether issuer and subject are the same name, which is
// less than being signed with its own key (RFC 5280 3.2).
func (c *Certificate) SelfIssued() bool { return c.Issuer.Matches(&c.Subject) }

// Class returns the highest class of signing tool that the certificate claims
// in its policies. A Verdict says which of them the path bears out.
func (c *Certificate) Class() Class { return highest(c.Policies) }

// A Class is the class of a signing tool, КС1 to КА1 (order of the FSB 796 of
// 27.12.2011). The zero Class is none.
type Class uint8

// The classes in ascending order.
const (
	KC1 Class = 1 + iota
	KC2
	KC3
	KB1
	KB2
	KA1
)

func (k Class) String() string {
	return [...]string{"-", "КС1", "КС2", "КС3", "КВ1", "КВ2", "КА1"}[k]
}

// ParseClass reads a class as it is written in Russian or in Latin letters.
func ParseClass(s string) (Class, error) {
	latin := strings.NewReplacer("К", "K", "С", "C", "В", "B", "А", "A").Replace(strings.ToUpper(s))
	for i, name := range []string{"KC1", "KC2", "KC3", "KB1", "KB2", "KA1"} {
		if latin == name {
			return KC1 + Class(i), nil
		}
	}
	return 0, fmt.Errorf("unknown class of signing tool %q", s)
}

// class returns the class that a policy stands for, or 0.
func class(policy OID) Class {
	arc, ok := strings.CutPrefix(string(policy), string(oidSigningTool))
	if !ok || len(arc) != 1 || arc[0] < 1 || arc[0] > byte(KA1) {
		return 0
	}
	return Class(arc[0])
}

func highest(policies []OID) Class {
	var k Class
	for _, p := range policies {
		k = max(k, class(p))
	}
	return k
}
