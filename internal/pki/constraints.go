package pki

import (
	"errors"
	"fmt"
	"strings"
)

// nameConstraints reads the extension of RFC 5280 4.2.1.10.
func (x *Extensions) nameConstraints(b []byte) error {
	outer := read(b)
	r := outer.nested(tagSequence)
	x.constrained = true
	for i, list := range []*[]GeneralName{&x.Permitted, &x.Excluded} {
		trees, ok := r.optional(contextConstructed(byte(i)))
		if !ok {
			continue
		}
		var err error
		if *list, err = subtrees(trees); err != nil {
			return err
		}
	}
	if r.err == nil && x.Permitted == nil && x.Excluded == nil {
		return errors.New("no constraint")
	}
	r.check(outer.end())
	return r.end()
}

func subtrees(b []byte) ([]GeneralName, error) {
	r := read(b)
	var list []GeneralName
	for r.more() {
		s := r.nested(tagSequence)
		base := s.generalName()
		// minimum is always 0, maximum absent; an explicit 0 is harmless.
		if b, ok := s.optional(context(0)); ok && string(b) != "\x00" {
			s.fail(errors.New("subtree with a minimum"))
		}
		r.check(s.end())
		if r.err == nil {
			r.check(checkBase(base))
		}
		if len(list) == maxGeneralNames {
			r.fail(errTooMany)
		}
		list = append(list, base)
	}
	if list == nil {
		r.fail(errors.New("no subtrees"))
	}
	return list, r.end()
}

// checkBase refuses bases that different verifiers read differently.
func checkBase(g GeneralName) error {
	switch g.Kind {
	case IPAddress:
		half := len(g.Value) / 2
		if half != 4 && half != 16 || len(g.Value)%2 != 0 {
			return errors.New("address range of a wrong length")
		}
		ones := true
		for _, c := range []byte(g.Value[half:]) {
			for i := 7; i >= 0; i-- {
				bit := c>>i&1 == 1
				if bit && !ones {
					return errors.New("mask of an address range is not contiguous")
				}
				ones = bit
			}
		}
	case DNS:
		if strings.HasPrefix(g.Value, ".") || strings.Contains(g.Value, "*") {
			return fmt.Errorf("%q is no domain name", g.Value)
		}
	case Email, URI:
		if strings.Contains(g.Value, "*") {
			return fmt.Errorf("%q is no host or domain", g.Value)
		}
	}
	return nil
}

// maxComparisons bounds names times constraints on one path (CVE-2018-16875).
const maxComparisons = 1 << 16

// A nameCheck applies the name constraints collected along a path. Subtrees of
// different certificates are not intersected: a name must satisfy each of them
// in turn, which is the same.
type nameCheck struct {
	constraints []*Extensions
	comparisons int
}

func (n *nameCheck) add(x *Extensions) {
	if x.constrained {
		n.constraints = append(n.constraints, x)
	}
}

// certificate checks all names of a certificate (RFC 5280 6.1.3 (b), (c)).
func (n *nameCheck) certificate(c *Certificate) error {
	if len(n.constraints) == 0 {
		return nil
	}
	if !c.Subject.Empty() {
		if err := n.name(GeneralName{Kind: DirectoryName, Name: &c.Subject}); err != nil {
			return err
		}
	}
	mailbox := false
	for _, g := range c.AltNames {
		mailbox = mailbox || g.Kind == Email
		if err := n.name(g); err != nil {
			return err
		}
	}
	if mailbox {
		return nil
	}
	// RFC 5280 4.2.1.10: without alternative names the attribute counts.
	for _, a := range c.Subject.Attributes {
		if a.Type == oidEmail {
			if err := n.name(GeneralName{Kind: Email, Value: a.Value}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (n *nameCheck) name(g GeneralName) error {
	for _, x := range n.constraints {
		restricted, permitted := false, false
		for _, base := range x.Permitted {
			if base.Kind != g.Kind {
				continue
			}
			restricted = true
			ok, err := n.compare(g, base, false)
			if err != nil {
				return err
			}
			if ok {
				permitted = true
				break
			}
		}
		if restricted && !permitted {
			return fmt.Errorf("%s is not in a permitted subtree", g.describe())
		}
		for _, base := range x.Excluded {
			if base.Kind != g.Kind {
				continue
			}
			ok, err := n.compare(g, base, true)
			if err != nil {
				return err
			}
			if ok {
				return fmt.Errorf("%s is in an excluded subtree", g.describe())
			}
		}
	}
	return nil
}

// describe returns the form of a name: the name itself may be a person's, and
// errors end up in logs.
func (g *GeneralName) describe() string {
	forms := [...]string{
		OtherName: "otherName", Email: "rfc822Name", DNS: "dNSName", X400Address: "x400Address", DirectoryName: "directoryName",
		EDIPartyName: "ediPartyName", URI: "uniformResourceIdentifier", IPAddress: "iPAddress", RegisteredID: "registeredID",
	}
	return forms[g.Kind]
}

func (n *nameCheck) compare(g, base GeneralName, excluding bool) (bool, error) {
	if n.comparisons++; n.comparisons > maxComparisons {
		return false, errors.New("too many names and name constraints")
	}
	switch g.Kind {
	case DirectoryName:
		return g.Name.within(base.Name), nil
	case DNS:
		return inDomain(g.Value, base.Value, excluding)
	case Email:
		return inMailboxes(g.Value, base.Value)
	case URI:
		return inHosts(g.Value, base.Value)
	case IPAddress:
		return inRange(g.Value, base.Value)
	}
	// RFC 5280 4.2.1.10: a form that is constrained but cannot be compared.
	return false, fmt.Errorf("%s is constrained and cannot be compared", g.describe())
}

// canonicalHost returns a host name in the form in which names are compared:
// in lower case and without the dot of the root. What is no host name might be
// read by others as one that a constraint excludes.
func canonicalHost(s string) (string, bool) {
	s = lower(strings.TrimSuffix(s, "."))
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return "", false
		}
	}
	return s, len(s) <= 253
}

// inDomain matches a DNS name with a domain and all below it.
func inDomain(name, domain string, excluding bool) (bool, error) {
	plain, wildcard := strings.CutPrefix(name, "*.")
	plain, ok := canonicalHost(plain)
	if !ok {
		return false, errors.New("malformed dNSName")
	}
	domain = lower(strings.TrimSuffix(domain, "."))
	if domain == "" || plain == domain && !wildcard || strings.HasSuffix("."+plain, "."+domain) {
		return true, nil
	}
	// A wildcard also stands for names inside an excluded domain below it.
	return excluding && wildcard && strings.HasSuffix(domain, "."+plain), nil
}

// inMailboxes matches a mailbox with a mailbox, a host, or the hosts below a
// domain that begins with a dot.
func inMailboxes(mailbox, base string) (bool, error) {
	at := strings.LastIndexByte(mailbox, '@')
	if at <= 0 {
		return false, errors.New("malformed rfc822Name")
	}
	user, host := mailbox[:at], mailbox[at+1:]
	host, ok := canonicalHost(host)
	if !ok || strings.ContainsAny(user, "@ ") && user[0] != '"' {
		return false, errors.New("malformed rfc822Name")
	}
	if at := strings.LastIndexByte(base, '@'); at >= 0 {
		return user == base[:at] && strings.EqualFold(host, base[at+1:]), nil
	}
	return onHosts(host, base), nil
}

func onHosts(host, base string) bool {
	if strings.HasPrefix(base, ".") {
		return len(host) > len(base) && strings.HasSuffix(lower(host), lower(base))
	}
	return base == "" || strings.EqualFold(host, base)
}

// inHosts matches the host of an absolute URI with a host or the hosts below a
// domain. A URI without a host name cannot be judged.
func inHosts(uri, base string) (bool, error) {
	_, rest, ok := strings.Cut(uri, "://")
	authority, _, _ := strings.Cut(rest, "/")
	authority, _, _ = strings.Cut(authority, "?")
	authority, _, _ = strings.Cut(authority, "#")
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		authority = authority[at+1:]
	}
	host, _, _ := strings.Cut(authority, ":")
	numeric := strings.Trim(host, "0123456789.") == ""
	host, named := canonicalHost(host)
	if !ok || !named || numeric {
		return false, errors.New("URI without a host name")
	}
	return onHosts(host, base), nil
}

func inRange(address, base string) (bool, error) {
	if len(address) != 4 && len(address) != 16 {
		return false, errors.New("IP address of a wrong length")
	}
	if len(base) != 2*len(address) {
		return false, nil
	}
	for i := range len(address) {
		if mask := base[len(address)+i]; address[i]&mask != base[i]&mask {
			return false, nil
		}
	}
	return true, nil
}

func lower(s string) string { return strings.ToLower(s) }
