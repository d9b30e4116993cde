package quota

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// A Pass is one of the three moments at which rules run.
type Pass uint8

// The passes in the order of a request's way.
const (
	PassClient    Pass = iota // after stage client, before the body is read
	PassMessage               // after stage format: operation and message are known
	PassAuthority             // after stage authority: organization and signer are proved
	numPasses     = 3
)

func (p Pass) String() string { return [...]string{"client", "message", "authority"}[p] }

// A PartKind says what part of a request a key takes.
type PartKind uint8

// The parts of a request that may make a key.
const (
	Address      PartKind = iota // the caller's address, cut to a prefix
	Client                       // the registered client's id
	Class                        // the registered client's class
	Service                      // the service of the site
	Header                       // a header field: what the caller claims
	Placeholder                  // a placeholder of the server
	Operation                    // the operation of the message
	Message                      // a field of the message by path: what the caller claims
	Organization                 // the organization the message is sent for
	Signer                       // the signer of the message
)

// parts is the table of key parts: how they are written, at which pass the
// part is proved (or, for a mere claim, known), whether it is a claim, and
// whether it may take any number of values.
var parts = [...]struct {
	name    string
	pass    Pass
	claim   bool
	endless bool
}{
	Address:      {"address", PassClient, false, true},
	Client:       {"client", PassClient, false, false},
	Class:        {"class", PassClient, false, false},
	Service:      {"service", PassClient, false, false},
	Header:       {"header:", PassClient, true, true},
	Placeholder:  {"{", PassClient, true, true},
	Operation:    {"operation", PassMessage, false, false},
	Message:      {"message:", PassMessage, true, true},
	Organization: {"organization", PassAuthority, false, false},
	Signer:       {"signer", PassAuthority, false, false},
}

// A Part is one part of a rule's key.
type Part struct {
	Kind   PartKind
	Arg    string // header name, message path, placeholder without braces
	V4, V6 uint8  // prefix lengths of an address
}

// The default prefix lengths of an address. A host chooses freely among the
// addresses of its /64 (RFC 4291 2.5.1), so a longer prefix would limit nobody.
const (
	defaultV4 = 32
	defaultV6 = 64
)

// ParsePart reads a key part: a name of the table, "address/24/56",
// "header:X-Name", "message:getStateRequest/MessageGUID" or "{placeholder}".
func ParsePart(s string) (Part, error) {
	switch {
	case s == "address":
		return Part{Kind: Address, V4: defaultV4, V6: defaultV6}, nil
	case strings.HasPrefix(s, "address/"):
		return parseAddressPart(s)
	case strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}") && len(s) > 2:
		return Part{Kind: Placeholder, Arg: s[1 : len(s)-1]}, nil
	}
	for _, kind := range []PartKind{Header, Message} {
		if arg, ok := strings.CutPrefix(s, parts[kind].name); ok && arg != "" {
			return Part{Kind: kind, Arg: arg}, nil
		}
	}
	for kind, p := range parts {
		if s == p.name && !p.claim {
			return Part{Kind: PartKind(kind)}, nil
		}
	}
	return Part{}, fmt.Errorf("unknown key part %q", s)
}

func parseAddressPart(s string) (Part, error) {
	lengths := strings.Split(s, "/")[1:]
	p := Part{Kind: Address, V4: defaultV4, V6: defaultV6}
	for i, most := range []uint64{32, 128}[:min(2, len(lengths))] {
		n, err := strconv.ParseUint(lengths[i], 10, 8)
		if err != nil || n > most || n == 0 {
			return Part{}, fmt.Errorf("key part %q: prefix length %q is not within 1 and %d", s, lengths[i], most)
		}
		if i == 0 {
			p.V4 = uint8(n)
		} else {
			p.V6 = uint8(n)
		}
	}
	if len(lengths) > 2 {
		return Part{}, fmt.Errorf("key part %q: want address/v4/v6", s)
	}
	return p, nil
}

// String returns the part as it is written in a rule.
func (p Part) String() string {
	switch p.Kind {
	case Address:
		if p.V4 == defaultV4 && p.V6 == defaultV6 {
			return "address"
		}
		return fmt.Sprintf("address/%d/%d", p.V4, p.V6)
	case Placeholder:
		return "{" + p.Arg + "}"
	}
	return parts[p.Kind].name + p.Arg
}

// parseKey reads the parts of a key. A part that is only claimed must stand
// beside one that is proved: else a caller could spend another's limit by
// naming it.
func parseKey(words []string) ([]Part, error) {
	var key []Part
	var errs []error
	claims, proofs := 0, 0
	for _, w := range words {
		p, err := ParsePart(w)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		key = append(key, p)
		if parts[p.Kind].claim {
			claims++
		} else {
			proofs++
		}
	}
	if claims > 0 && proofs == 0 {
		errs = append(errs, errors.New("key holds only what the caller claims: add address, client, organization or signer"))
	}
	return key, errors.Join(errs...)
}

// A Request is what rules may read of a request. The gate fills in fields as
// they become proved.
type Request struct {
	Address      netip.Addr
	Client       string
	Class        string
	Service      string
	Operation    string
	Organization string
	Signer       string
	BytesIn      int64  // declared or read; 0 if unknown yet
	Source       Source // nil if there is none
}

// A Source looks up what keys and costs name freely.
type Source interface {
	// Value returns the header field, message field or placeholder of a part.
	Value(p Part) (value string, ok bool)
	// Count returns how many elements of the message a path leads to.
	Count(path string) (n int64, ok bool)
}

// separator stands between the parts of a key's text. No part contains it.
const separator = 0x1f

// appendPart adds a part's value to a key's text; false if the request has
// no such part, and then the rule does not concern it.
func (r *Request) appendPart(dst []byte, p Part) ([]byte, bool) {
	var v string
	switch p.Kind {
	case Address:
		return appendAddress(dst, r.Address, p)
	case Client:
		v = r.Client
	case Class:
		v = r.Class
	case Service:
		v = r.Service
	case Operation:
		v = r.Operation
	case Organization:
		v = r.Organization
	case Signer:
		v = r.Signer
	default:
		if r.Source == nil {
			return dst, false
		}
		v, ok := r.Source.Value(p)
		if !ok {
			return dst, false
		}
		return appendFolded(dst, v), true
	}
	return append(dst, v...), v != ""
}

// appendAddress adds the prefix of an address: how many bytes follow, and
// those. Text would take longer to write than the rest of a decision's keys.
func appendAddress(dst []byte, a netip.Addr, p Part) ([]byte, bool) {
	switch {
	case a.Is4() || a.Is4In6():
		b := a.As4()
		clearBits(b[:], int(p.V4))
		return append(append(dst, 4), b[:]...), true
	case a.Is6():
		b := a.As16()
		clearBits(b[:], int(p.V6))
		return append(append(dst, 16), b[:]...), true
	}
	return dst, false
}

// clearBits clears all bits behind the first n.
func clearBits(b []byte, n int) {
	for i := n / 8; i < len(b); i++ {
		if i == n/8 {
			b[i] &^= 0xff >> (n % 8)
		} else {
			b[i] = 0
		}
	}
}

// keyText returns the text of a key's parts, of which b is what follows the
// rule's prefix and may be cut off.
func (r *Rule) keyText(b []byte) string {
	var words []string
	for _, p := range r.Key {
		if len(b) == 0 {
			break
		}
		n := len(b)
		if p.Kind == Address {
			words = append(words, addressText(b, p))
			n = min(n, 1+int(b[0]))
		} else {
			if i := bytes.IndexByte(b, separator); i >= 0 {
				n = i
			}
			words = append(words, strings.ToValidUTF8(string(b[:n]), "…"))
		}
		b = bytes.TrimPrefix(b[n:], []byte{separator})
	}
	return strings.Join(words, " ")
}

func addressText(b []byte, p Part) string {
	a, ok := netip.AddrFromSlice(b[1:min(len(b), 1+int(b[0]))])
	if !ok {
		return "…"
	}
	length := int(p.V6)
	if a.Is4() {
		length = int(p.V4)
	}
	if length == a.BitLen() {
		return a.String()
	}
	return netip.PrefixFrom(a, length).String()
}

// appendFolded adds what a caller claims in a form that leaves him no two
// spellings of one value: without outer white space, in lower case. Control
// characters, the separator among them, become spaces.
func appendFolded(dst []byte, v string) []byte {
	v = strings.TrimSpace(v)
	for i := range len(v) {
		c := v[i]
		switch {
		case c < ' ':
			c = ' '
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}
