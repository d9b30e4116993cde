package gate

import (
	"crypto/tls"
	"encoding/xml"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/soapgate/soapgate/internal/client"
	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/profile"
	"github.com/soapgate/soapgate/internal/quota"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/soap"
	"github.com/soapgate/soapgate/internal/xmlsig"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// A Config is what one site's gate is made of. New fills in the defaults.
type Config struct {
	FaultStyle // Profile defaults to hcs, Language to "ru"

	// Stream is for requests that are no messages: only the stages that need
	// nothing but the connection run, and the body goes through unread.
	Stream bool
	// Service is what rules and the registry call a site that streams.
	Service string

	// AtRest is for messages that are looked at, not let through: all stages
	// that can find something run, also behind one that refused. There is no
	// connection: stages transport, client and quota are to be off. Without a
	// release stages format and schema find nothing.
	AtRest bool

	// Signers are certificates that messages may name without carrying them,
	// from the start; those of messages that passed are known besides.
	Signers []*pki.Certificate

	// Modes of the stages, by stage.
	Modes [len(stageNames)]Mode

	TLSMin      uint16          // default TLS 1.2
	AllowPlain  bool            // requests without TLS may come
	Terminators []netip.Prefix  // whose word on the connection is believed
	Sources     []client.Source // by which fields terminators report a certificate
	Issuers     []client.Issuer // whose access tokens are
	KeepToken   bool            // the backend gets the access token too

	// PublicURL is the address that clients reach the services at; "" takes
	// that of each request.
	PublicURL string

	SOAP        soap.Settings
	Limits      xmltree.Limits
	MaxBody     int64    // bytes; default 10 MiB
	MaxFindings int      // violations of the schema reported; default 10
	Suites      []string // default the profile's
	// Window is how old a message may be, Skew how far ahead of our clock.
	Window, Skew time.Duration // defaults 1 hour and 5 minutes
	// SignerPolicy is what is demanded of signers' certificates, SignerPolicies
	// what is demanded of them instead for some operations, by name.
	SignerPolicy   SignerPolicy
	SignerPolicies map[string]SignerPolicy
	// Responses says what becomes of answers that do not follow the release.
	Responses Mode
	// QuotaStatus is the HTTP status of a refusal by quota; 0 leaves it to the
	// SOAP binding.
	QuotaStatus int
	// BriefFaults leaves out of faults what was found in a message whose
	// sender is not known.
	BriefFaults bool

	// What outlives a request. The functions return the snapshot in force.
	Clients  func() *client.Registry
	Trust    *pki.Store
	Quota    *quota.Limiter
	Replay   quota.Replay
	Releases []*Release // newest first

	Now  func() time.Time
	Zone *time.Location // of message dates without a zone; default Europe/Moscow

	suites []xmlsig.Suite
}

// A SignerPolicy is what is demanded of signers' certificates beyond a path.
type SignerPolicy struct {
	Tolerance pki.Tolerance
	MinClass  pki.Class // of the signing tool; 0: any
}

// signerPolicy returns the policy of an operation.
func (c *Config) signerPolicy(operation string) SignerPolicy {
	if p, ok := c.SignerPolicies[operation]; ok {
		return p
	}
	return c.SignerPolicy
}

var stageNames = [...]reject.Stage{
	reject.Transport, reject.Client, reject.Quota, reject.HTTP, reject.XML, reject.SOAP, reject.Format,
	reject.Schema, reject.Signature, reject.Certificate, reject.Authority, reject.Forward,
}

// prepare fills in defaults and finds everything that contradicts itself.
func (c *Config) prepare() error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if c.Profile == nil {
		c.Profile, _ = profile.Lookup("hcs")
	}
	for _, s := range []reject.Stage{reject.XML, reject.SOAP} {
		if c.Modes[s] != Enforce {
			fail("stage %s always enforces", s)
		}
	}
	for _, s := range []reject.Stage{reject.Certificate, reject.Authority} {
		if c.Modes[s] == Enforce && c.Modes[reject.Signature] != Enforce {
			fail("stage %s can enforce only where signature does: without it nothing is proved", s)
		}
	}
	if len(c.Terminators) > 0 && len(c.Sources) == 0 {
		// What a terminator does not set itself it hands on as its client sent
		// it: fields of every kind would let him name his certificate himself.
		fail("terminator: terminator_sources is missing: say by which fields it reports a certificate (nginx, rfc9440, fingerprint)")
	}
	if c.TLSMin == 0 {
		c.TLSMin = tls.VersionTLS12
	}
	if c.MaxBody == 0 {
		c.MaxBody = 10 << 20
	}
	if c.MaxFindings == 0 {
		c.MaxFindings = 10
	}
	if c.Window == 0 {
		c.Window = time.Hour
	}
	if c.Skew == 0 {
		c.Skew = 5 * time.Minute
	}
	if c.Language == "" {
		c.Language = "ru"
	}
	if c.Now == nil {
		c.Now = time.Now //nolint:forbidigo // the default of an injected clock
	}
	if c.Zone == nil {
		c.Zone = time.FixedZone("MSK", 3*60*60)
	}
	if c.Stream {
		return errors.Join(errs...)
	}
	names := c.Suites
	if len(names) == 0 {
		names = c.Profile.Suites
	}
	for _, name := range names {
		s, ok := xmlsig.LookupSuite(name)
		if !ok {
			fail("unknown algorithm suite %q", name)
		}
		c.suites = append(c.suites, s)
	}
	if len(c.Releases) == 0 && !c.AtRest {
		fail("there is no format release: without one no message can be valid")
	}
	if c.Modes[reject.Certificate] == Enforce {
		if anchors, _ := c.Trust.Trust().Certificates(); len(anchors) == 0 {
			fail("stage certificate enforces, but there is no trust anchor")
		}
	}
	c.understand()
	return errors.Join(errs...)
}

// understand tells the envelope's reader which mandatory header blocks
// somebody behind it processes.
func (c *Config) understand() {
	c.SOAP.Understood = make(map[xml.Name]bool)
	for _, n := range c.Profile.Understood {
		c.SOAP.Understood[expanded(n)] = true
	}
	for _, n := range c.Profile.Fields.Blocks {
		c.SOAP.Understood[expanded(n)] = true
	}
	for _, s := range c.Profile.Signatures {
		if s.Place == profile.InSecurity {
			c.SOAP.Understood[xml.Name{Space: soap.NamespaceWSSE, Local: "Security"}] = true
		}
	}
}

// service names the service at a path, "" if there is none.
func (c *Config) service(path string) string {
	if c.Stream {
		return c.Service
	}
	for _, r := range c.Releases {
		if ops := r.Services.Operations(path); len(ops) > 0 {
			return ops[0].Port.Service
		}
	}
	return ""
}
