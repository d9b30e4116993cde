package caddyplugin

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/soapgate/soapgate/internal/gate"
	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/trustlist"
)

// TrustConfig says which certification authorities are believed and where
// their revocation lists come from.
type TrustConfig struct {
	// Anchors are PEM files of head CA certificates. At least one is needed
	// where a site enforces the certificate stage.
	Anchors []string `json:"anchors,omitempty"`
	// Authorities are PEM files or folders of CA certificates that paths may
	// go through. They are not trusted by themselves.
	Authorities []string `json:"authorities,omitempty"`
	// TrustList is the head CA's list of accredited CAs. With it no
	// certificate of another CA is accepted.
	TrustList *TrustListConfig `json:"trust_list,omitempty"`
	// CRLDirs are folders of revocation lists (*.crl, DER or PEM), read at
	// start and again every Refresh.
	CRLDirs []string `json:"crl_dirs,omitempty"`
	// CRLFetch says which revocation lists are fetched. Default: none.
	CRLFetch *CRLFetchConfig `json:"crl_fetch,omitempty"`
	// Refresh is how often the folders are read again. Default: 1 minute.
	Refresh caddy.Duration `json:"refresh,omitempty"`
	// Keep is where fetched lists are kept: "folder" (the default), in
	// state_dir, or "shared", in Caddy's storage, where several gates share
	// them and one fetches for all.
	Keep string `json:"keep,omitempty"`
	// Warn are the distances to the end of signed traffic at which to warn.
	// Default: 24, 4 and 1 hours.
	Warn []caddy.Duration `json:"warn,omitempty"`

	RevocationPolicy

	// Policies are for classes of operations, in place of the policy above.
	Policies []OperationPolicy `json:"policies,omitempty"`
}

// RevocationPolicy says which certificates pass. On…: "reject" (the default)
// or "allow_and_mark".
type RevocationPolicy struct {
	// StaleGrace is how long a list may be used after its nextUpdate.
	// Default: 0, not at all.
	StaleGrace caddy.Duration `json:"stale_grace,omitempty"`
	// OnMissing is for certificates that there is no list for.
	OnMissing string `json:"on_missing,omitempty"`
	// OnStale is for those whose list is older than its nextUpdate and
	// StaleGrace allow.
	OnStale string `json:"on_stale,omitempty"`
	// OnUnreachable is for those whose list was never fetched, because its
	// sources fail.
	OnUnreachable string `json:"on_unreachable,omitempty"`
	// OnUnknown is for those that the lists held say nothing about.
	OnUnknown string `json:"on_unknown,omitempty"`
	// MinClass is the lowest class of signing tool accepted, KC1 to KA1.
	// Default: any.
	MinClass string `json:"min_class,omitempty"`
}

// OperationPolicy is the policy of some operations. It inherits nothing.
type OperationPolicy struct {
	// Name is for people.
	Name string `json:"name,omitempty"`
	// Operations are the names of the operations it is for.
	Operations []string `json:"operations,omitempty"`
	RevocationPolicy
}

// TrustListConfig is where the list of accredited CAs comes from.
type TrustListConfig struct {
	// Addresses serve the same list: http or https URLs, a file, or folders of
	// lists (*.xml).
	Addresses []string `json:"addresses,omitempty"`
	// Signers are PEM files of the certificates of which one must have signed
	// the list.
	Signers []string `json:"signers,omitempty"`
	// Refresh is the longest time between two fetches. Default: 1 hour.
	Refresh caddy.Duration `json:"refresh,omitempty"`
	// MaxAge is how long after its date a list counts. Default: 30 days.
	MaxAge caddy.Duration `json:"max_age,omitempty"`
	// MaxSize bounds the list in bytes. Default: 64 MiB.
	MaxSize int64 `json:"max_size,omitempty"`
}

// CRLFetchConfig says which revocation lists are fetched, and at what cost.
type CRLFetchConfig struct {
	// Listed fetches the lists that the trust list names.
	Listed bool `json:"listed,omitempty"`
	// Addresses are further lists. Addresses with the same file name are
	// mirrors of one list.
	Addresses []string `json:"addresses,omitempty"`
	// Refresh is the longest time between two fetches of a list, which is
	// fetched earlier when half of its time has passed. Default: 30 minutes.
	Refresh caddy.Duration `json:"refresh,omitempty"`
	// MaxSize bounds a list in bytes. Default: 64 MiB.
	MaxSize int64 `json:"max_size,omitempty"`
	// Timeout bounds one attempt. Default: 2 minutes.
	Timeout caddy.Duration `json:"timeout,omitempty"`
	// Hosts are those from which lists are fetched that certificates name for
	// themselves, when there is no other. Default: none.
	Hosts []string `json:"hosts,omitempty"`
	// AllowPrivate are networks that may be contacted although they are not
	// public, for the trust list too. Default: none.
	AllowPrivate []string `json:"allow_private,omitempty"`
}

const allowAndMark = "allow_and_mark"

// defaults fills in what is not said and finds all that is wrong.
func (t *TrustConfig) defaults() error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf("trust: "+format, args...)) }
	orDefault(&t.Refresh, time.Minute)
	if t.Keep == "" {
		t.Keep = "folder"
	}
	if t.Keep != "folder" && t.Keep != "shared" {
		fail("keep: %q is not one of folder, shared", t.Keep)
	}
	if t.Warn == nil {
		t.Warn = []caddy.Duration{caddy.Duration(24 * time.Hour), caddy.Duration(4 * time.Hour), caddy.Duration(time.Hour)}
	}
	if l := t.TrustList; l != nil {
		orDefault(&l.Refresh, time.Hour)
		orDefault(&l.MaxAge, 30*24*time.Hour)
		orDefault(&l.MaxSize, trustlist.MaxSize)
		if len(l.Addresses) == 0 {
			fail("trust_list: no address")
		}
		if len(l.Signers) == 0 {
			fail("trust_list: no signer: a list that anybody may have signed is none")
		}
	}
	if f := t.CRLFetch; f != nil {
		orDefault(&f.Refresh, 30*time.Minute)
		orDefault(&f.MaxSize, pki.MaxCRL)
		orDefault(&f.Timeout, 2*time.Minute)
		if f.Listed && t.TrustList == nil {
			fail("crl fetch listed: there is no trust_list")
		}
		if !f.Listed && len(f.Addresses) == 0 && len(f.Hosts) == 0 {
			fail("crl fetch: neither listed, nor an address, nor hosts")
		}
		for _, h := range f.Hosts {
			if u, err := url.Parse("http://" + h); err != nil || u.Host != h {
				fail("crl fetch: hosts: %q is no host", h)
			}
		}
		if _, err := f.networks(); err != nil {
			fail("crl fetch: %w", err)
		}
	}
	if _, err := t.signerPolicy(); err != nil {
		fail("%w", err)
	}
	if _, err := t.operationPolicies(); err != nil {
		fail("%w", err)
	}
	return errors.Join(errs...)
}

func orDefault[T caddy.Duration | int64, D time.Duration | int](field *T, value D) {
	if *field <= 0 {
		*field = T(value)
	}
}

// networks are the private networks that may be contacted.
func (f *CRLFetchConfig) networks() ([]netip.Prefix, error) {
	if f == nil {
		return nil, nil
	}
	var list []netip.Prefix
	for _, s := range f.AllowPrivate {
		p, err := parsePrefix(s)
		if err != nil {
			return nil, fmt.Errorf("allow_private: %w", err)
		}
		list = append(list, p)
	}
	return list, nil
}

// signerPolicy is what the gate demands of signers' certificates.
func (p *RevocationPolicy) signerPolicy() (s gate.SignerPolicy, err error) {
	s.Tolerance.Grace = time.Duration(p.StaleGrace)
	for _, on := range []struct {
		name, value string
		field       *bool
	}{
		{"on_missing", p.OnMissing, &s.Tolerance.Missing},
		{"on_stale", p.OnStale, &s.Tolerance.Stale},
		{"on_unreachable", p.OnUnreachable, &s.Tolerance.Unreachable},
		{"on_unknown", p.OnUnknown, &s.Tolerance.Unknown},
	} {
		*on.field = on.value == allowAndMark
		if on.value != "" && on.value != "reject" && on.value != allowAndMark {
			return s, fmt.Errorf("%s: %q is not one of reject, %s", on.name, on.value, allowAndMark)
		}
	}
	if p.MinClass != "" {
		if s.MinClass, err = pki.ParseClass(p.MinClass); err != nil {
			return s, fmt.Errorf("min_class: %w", err)
		}
	}
	return s, nil
}

// operationPolicies are the policies by operation.
func (t *TrustConfig) operationPolicies() (map[string]gate.SignerPolicy, error) {
	m := make(map[string]gate.SignerPolicy)
	for i := range t.Policies {
		p := &t.Policies[i]
		s, err := p.signerPolicy()
		if err == nil && len(p.Operations) == 0 {
			err = errors.New("no operations")
		}
		if err != nil {
			return nil, fmt.Errorf("policy %s: %w", p.Name, err)
		}
		for _, op := range p.Operations {
			if _, twice := m[op]; twice {
				return nil, fmt.Errorf("policy %s: operation %q has one already", p.Name, op)
			}
			m[op] = s
		}
	}
	return m, nil
}

func (t *TrustConfig) options() []option {
	var source string // of the line "crl" that is being read
	return slices.Concat([]option{
		{name: "anchor", min: 1, max: -1, repeat: true, set: setStrings(&t.Anchors)},
		{name: "authority", min: 1, max: -1, repeat: true, set: setStrings(&t.Authorities)},
		{name: "trust_list", min: 1, max: -1,
			set: func(args []string) error {
				t.TrustList = &TrustListConfig{Addresses: args}
				return nil
			},
			block: func() []option {
				if t.TrustList == nil {
					t.TrustList = new(TrustListConfig)
				}
				return t.TrustList.options()
			},
		},
		{name: "crl", min: 1, max: -1, repeat: true,
			set: func(args []string) error {
				source = args[0]
				return t.setCRL(args)
			},
			block: func() []option {
				if source != "fetch" || t.CRLFetch == nil {
					return nil // a folder takes none
				}
				return t.CRLFetch.options()
			},
		},
		{name: "refresh", min: 1, max: 1, set: setDuration(&t.Refresh)},
		{name: "keep", min: 1, max: 1, set: setOneOf(&t.Keep, "folder", "shared")},
		{name: "warn", min: 1, max: -1, set: setDurations(&t.Warn)},
	}, t.RevocationPolicy.options(), []option{
		{name: "policy", min: 1, max: 1, repeat: true,
			set: func(args []string) error {
				t.Policies = append(t.Policies, OperationPolicy{Name: args[0]})
				return nil
			},
			block: func() []option {
				if len(t.Policies) == 0 {
					return new(OperationPolicy).options()
				}
				return t.Policies[len(t.Policies)-1].options()
			},
		},
	})
}

func (p *OperationPolicy) options() []option {
	return append([]option{
		{name: "operations", min: 1, max: -1, repeat: true, set: setStrings(&p.Operations)},
	}, p.RevocationPolicy.options()...)
}

func (p *RevocationPolicy) options() []option {
	return []option{
		{name: "stale_grace", min: 1, max: 1, set: setDuration(&p.StaleGrace)},
		{name: "on_missing", min: 1, max: 1, set: setOneOf(&p.OnMissing, "reject", allowAndMark)},
		{name: "on_stale", min: 1, max: 1, set: setOneOf(&p.OnStale, "reject", allowAndMark)},
		{name: "on_unreachable", min: 1, max: 1, set: setOneOf(&p.OnUnreachable, "reject", allowAndMark)},
		{name: "on_unknown", min: 1, max: 1, set: setOneOf(&p.OnUnknown, "reject", allowAndMark)},
		{name: "min_class", min: 1, max: 1, set: setClass(&p.MinClass)},
	}
}

func setClass(p *string) func([]string) error {
	return func(args []string) error {
		*p = args[0]
		_, err := pki.ParseClass(args[0])
		return err
	}
}

func (l *TrustListConfig) options() []option {
	return []option{
		{name: "signer", min: 1, max: -1, repeat: true, set: setStrings(&l.Signers)},
		{name: "refresh", min: 1, max: 1, set: setDuration(&l.Refresh)},
		{name: "max_age", min: 1, max: 1, set: setDuration(&l.MaxAge)},
		{name: "max_size", min: 1, max: 1, set: setSize(&l.MaxSize)},
	}
}

// setCRL reads "crl dir <folder>..." and "crl fetch [listed|<url>...]".
func (t *TrustConfig) setCRL(args []string) error {
	switch args[0] {
	case "dir":
		if len(args) == 1 {
			return errors.New("dir: which?")
		}
		t.CRLDirs = append(t.CRLDirs, args[1:]...)
		return nil
	case "fetch":
	default:
		return fmt.Errorf("unknown source %q (there are: dir, fetch)", args[0])
	}
	if t.CRLFetch == nil {
		t.CRLFetch = new(CRLFetchConfig)
	}
	for _, from := range args[1:] {
		switch {
		case from == "listed":
			t.CRLFetch.Listed = true
		case strings.HasPrefix(from, "http://"), strings.HasPrefix(from, "https://"):
			t.CRLFetch.Addresses = append(t.CRLFetch.Addresses, from)
		default:
			return fmt.Errorf("%q is neither listed nor an http or https URL", from)
		}
	}
	return nil
}

// options is the grammar of the block that all lines of "crl fetch" share.
func (f *CRLFetchConfig) options() []option {
	return []option{
		{name: "refresh", min: 1, max: 1, set: setDuration(&f.Refresh)},
		{name: "max_size", min: 1, max: 1, set: setSize(&f.MaxSize)},
		{name: "timeout", min: 1, max: 1, set: setDuration(&f.Timeout)},
		{name: "hosts", min: 1, max: -1, repeat: true, set: setStrings(&f.Hosts)},
		{name: "allow_private", min: 1, max: -1, repeat: true, set: setStrings(&f.AllowPrivate)},
	}
}
