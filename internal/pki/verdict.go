package pki

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/soapgate/soapgate/internal/reject"
)

// A Usage is what the end entity's key is to be used for.
type Usage uint8

// The usages that certificates are judged for.
const (
	AnyUsage   Usage = iota // whatever the certificate says
	Sign                    // signing messages
	ClientAuth              // authenticating a TLS client
	signCRL                 // signing lists: of the issuer of a list, found on the way
)

// Params are the inputs of one verification.
type Params struct {
	// At is the moment to judge at: the gate's own clock.
	At    time.Time
	Usage Usage
	// MinClass is the lowest class of signing tool that is accepted; 0: any.
	MinClass  Class
	Tolerance Tolerance
	// Historical judges an archived message as of At with the lists of today:
	// a revocation after At does not count, a list issued after At does.
	Historical bool
}

// A Tolerance says which undetermined revocation statuses let a certificate
// pass, marked. The zero value refuses them all.
type Tolerance struct {
	// Grace is how long after its nextUpdate a list is used as if it were
	// fresh, marked.
	Grace time.Duration
	// Missing, Stale, Unreachable and Unknown let pass what would be refused
	// as certificate.crl_missing, .crl_stale, .crl_unreachable and
	// .status_unknown.
	Missing, Stale, Unreachable, Unknown bool
}

// passes reports whether the outcome is let pass.
func (t *Tolerance) passes(code reject.Code) bool {
	switch code {
	case reject.CertificateCRLMissing:
		return t.Missing
	case reject.CertificateCRLStale:
		return t.Stale
	case reject.CertificateCRLUnreachable:
		return t.Unreachable
	case reject.CertificateStatusUnknown:
		return t.Unknown
	}
	return false
}

// A Verdict is why a certificate is trusted.
type Verdict struct {
	// Path leads from the certificate to the anchor, both included.
	Path []*Certificate
	// From and Until bound the time the verdict holds, Until excluded, if
	// nothing that it rests on is replaced before.
	From, Until time.Time
	// Policies are those of the certificate that the path bears out, Class
	// the highest class of signing tool among them.
	Policies []OID
	Class    Class
	// Marks are the refusals that the Tolerance let pass.
	Marks []*reject.Rejection
	// Lists are the revocation lists that were consulted.
	Lists []ListInfo

	// A verdict may be kept for long; it names what it rests on without
	// keeping lists and certificates alive that have been replaced since.
	base  *edition
	rests []rest
	lists []*CRL // until the verdict is given

	seen atomic.Int64 // when it was last asked for, to the hour, in seconds since 1970
}

// A ListInfo says which list it was.
type ListInfo struct {
	Issuer     string
	Number     Serial
	Delta      bool
	ThisUpdate time.Time
	NextUpdate time.Time
}

// Info returns what a list is called.
func (l *CRL) Info() ListInfo {
	return ListInfo{issuerName(&l.Issuer), l.Number, l.Delta, l.ThisUpdate, l.NextUpdate}
}

// An edition stands for one state of something that is replaced as a whole:
// equal pointers, equal state.
type edition struct{ _ byte }

// A rest is a set of lists that a verdict rests on; nil if there were none.
type rest struct {
	issuer string
	lists  *edition
}

// Anchor returns the anchor the path ends at.
func (v *Verdict) Anchor() *Certificate { return v.Path[len(v.Path)-1] }

func (v *Verdict) since(t time.Time) {
	if t.After(v.From) {
		v.From = t
	}
}

func (v *Verdict) until(t time.Time) {
	if v.Until.IsZero() || t.Before(v.Until) {
		v.Until = t
	}
}

// label names a certificate in texts: by serial number and issuer, not by its
// subject, which may be a person.
func label(c *Certificate) string {
	issuer := c.Issuer.CommonName()
	if issuer == "" {
		issuer = c.Issuer.String()
	}
	return fmt.Sprintf("%s, %s", c.Serial, issuer)
}

// issuerName names an issuer in texts.
func issuerName(n *Name) string {
	if cn := n.CommonName(); cn != "" {
		return cn
	}
	return n.String()
}

// refuse returns a rejection for a reason that lies in certificate c.
func refuse(code reject.Code, c *Certificate, values ...string) *reject.Rejection {
	return reject.New(code, append(values, "certificate", label(c))...)
}

// stamp writes a moment in texts.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// rank orders refusals: the highest is the most telling one when several paths
// fail for different reasons.
var rank = func() map[reject.Code]int {
	m := make(map[reject.Code]int)
	for i, c := range []reject.Code{
		reject.CertificateUnknownIssuer, reject.CertificateSignature, reject.CertificateAlgorithm,
		reject.CertificateTooComplex, reject.CertificateNotYetValid, reject.CertificateExpired,
		reject.CertificateUsage, reject.CertificateExtension,
		reject.CertificateConstraints, reject.CertificatePolicy, reject.CertificateClass,
		reject.CertificateCRLMissing, reject.CertificateCRLUnreachable, reject.CertificateStatusUnknown,
		reject.CertificateCRLStale, reject.CertificateListStale, reject.CertificateNotAccredited,
		reject.CertificateRevoked,
	} {
		m[c] = i + 1
	}
	return m
}()

// worse returns the more telling of two refusals, the first of two alike.
func worse(a, b *reject.Rejection) *reject.Rejection {
	if a == nil || b != nil && rank[b.Code] > rank[a.Code] {
		return b
	}
	return a
}
