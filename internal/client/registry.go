package client

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Registry is an immutable set of clients.
type Registry struct {
	clients []*Client // by id
	byID    map[string]*Client
	// digests leads from "sha1:…", "sha256:…" and "spki:…" to clients.
	digests map[string]*Client
	// patterns are the different sets of attributes that entries ask for; names
	// leads from a pattern's values to clients. There are few patterns, so that
	// looking up a name is constant in the number of clients.
	patterns []pattern
	names    map[string]*Client
	tokens   map[[2]string]*Client // by issuer and client id
}

type pattern struct{ subject, issuer []string } // sorted attribute types

// NewRegistry returns a registry of no clients.
func NewRegistry() *Registry {
	return &Registry{
		byID: make(map[string]*Client), digests: make(map[string]*Client),
		names: make(map[string]*Client), tokens: make(map[[2]string]*Client),
	}
}

// Clients returns all clients by id. They must not be changed.
func (r *Registry) Clients() []*Client { return r.clients }

// ByID returns the client with an id, or nil.
func (r *Registry) ByID(id string) *Client { return r.byID[id] }

// ByFingerprint returns the client registered with a certificate's SHA-1 or
// SHA-256 fingerprint in lower-case hexadecimal, or nil.
func (r *Registry) ByFingerprint(sum string) *Client {
	switch len(sum) {
	case 40:
		return r.digests["sha1:"+sum]
	case 64:
		return r.digests["sha256:"+sum]
	}
	return nil
}

// byCertificate returns the client registered with the certificate of a
// connection, or nil. It is asked at every request: fingerprints need no
// certificate to be read, and names are read only if an entry asks for some.
//
// Entries that name subject and issuer hold only for a certificate whose path
// has been verified: anybody can write a name into one.
func (r *Registry) byCertificate(f *Facts) (*Client, error) {
	s256, s1 := sha256.Sum256(f.CertDER), sha1.Sum(f.CertDER)
	if c := r.byDigest("sha256:", s256[:]); c != nil {
		return c, nil
	}
	if c := r.byDigest("sha1:", s1[:]); c != nil {
		return c, nil
	}
	cert := f.Cert
	if cert == nil {
		var err error
		if cert, err = x509.ParseCertificate(f.CertDER); err != nil {
			return nil, fmt.Errorf("reading certificate: %w", err)
		}
	}
	spki := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	if c := r.byDigest("spki:", spki[:]); c != nil || !f.Verified || len(r.patterns) == 0 {
		return c, nil
	}
	var names Certificate
	if err := names.readNames(cert); err != nil {
		return nil, err
	}
	return r.byNames(&names), nil
}

func (r *Registry) byDigest(kind string, sum []byte) *Client {
	var buf [len("sha256:") + 2*sha256.Size]byte
	return r.digests[string(hex.AppendEncode(append(buf[:0], kind...), sum))]
}

func (r *Registry) byNames(c *Certificate) *Client {
	for _, p := range r.patterns {
		if key, ok := p.key(c); ok {
			if found := r.names[key]; found != nil {
				return found
			}
		}
	}
	return nil
}

// maxPatterns bounds the different sets of attributes in one registry.
const maxPatterns = 16

// add puts a client in, or says with which other one it collides.
func (r *Registry) add(c *Client) error {
	if other := r.byID[c.ID]; other != nil {
		return fmt.Errorf("id: there is another client %q", c.ID)
	}
	token := [2]string{c.Token.Issuer, c.Token.ClientID}
	if other := r.tokens[token]; c.Token.ClientID != "" && other != nil {
		return fmt.Errorf("token: client %q is known by the same", other.ID)
	}
	keys := make(map[string]bool) // into names; digests have false
	for i := range c.Certificates {
		m := &c.Certificates[i]
		key, named := m.key()
		if other := r.digests[key]; other != nil {
			return fmt.Errorf("certificates: client %q has the same %s", other.ID, key)
		}
		if other := r.names[key]; other != nil {
			return fmt.Errorf("certificates: client %q has the same subject and issuer", other.ID)
		}
		keys[key] = named
		if named && !r.addPattern(m.pattern()) {
			return fmt.Errorf("certificates: more than %d different sets of attributes in the registry", maxPatterns)
		}
	}
	for key, named := range keys {
		if named {
			r.names[key] = c
		} else {
			r.digests[key] = c
		}
	}
	if c.Token.ClientID != "" {
		r.tokens[token] = c
	}
	r.byID[c.ID] = c
	i, _ := slices.BinarySearchFunc(r.clients, c, func(a, b *Client) int { return strings.Compare(a.ID, b.ID) })
	r.clients = slices.Insert(r.clients, i, c)
	return nil
}

func (r *Registry) addPattern(p pattern) bool {
	for _, q := range r.patterns {
		if slices.Equal(p.subject, q.subject) && slices.Equal(p.issuer, q.issuer) {
			return true
		}
	}
	if len(r.patterns) == maxPatterns {
		return false
	}
	r.patterns = append(r.patterns, p)
	return true
}

// key returns what a match is found by, and whether that is a name.
func (m *Match) key() (key string, named bool) {
	switch {
	case m.SHA1 != "":
		return "sha1:" + m.SHA1, false
	case m.SHA256 != "":
		return "sha256:" + m.SHA256, false
	case m.SPKI != "":
		return "spki:" + m.SPKI, false
	}
	p := m.pattern()
	key, _ = p.key(&Certificate{Subject: nameOf(m.Subject), Issuer: nameOf(m.Issuer)})
	return key, true
}

func nameOf(attributes map[string]string) Name {
	n := make(Name)
	for name, value := range attributes {
		n[typeOf(name)] = []string{value}
	}
	return n
}

func (m *Match) pattern() pattern {
	return pattern{slices.Sorted(maps.Keys(nameOf(m.Subject))), slices.Sorted(maps.Keys(nameOf(m.Issuer)))}
}

// key writes the pattern's attributes of a certificate; false if one of them
// is missing or there twice.
func (p pattern) key(c *Certificate) (string, bool) {
	var b strings.Builder
	for _, side := range []struct {
		types []string
		name  Name
	}{{p.subject, c.Subject}, {p.issuer, c.Issuer}} {
		for _, t := range side.types {
			v := side.name[t]
			if len(v) != 1 {
				return "", false
			}
			fmt.Fprintf(&b, "%s=%q,", t, v[0])
		}
		b.WriteByte('/')
	}
	return b.String(), true
}
