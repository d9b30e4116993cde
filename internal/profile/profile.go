// Package profile holds what is particular to one information system as data:
// which header blocks carry a message's fields, where its signatures stand and
// what they must cover, and the system's own error codes. The engines are
// generic; the gate reads a profile and tells each engine what it needs.
//
// A profile is a value. Whatever cannot be said in one is a feature missing
// from an engine, not a branch on a profile's name.
package profile

import (
	"maps"
	"slices"
	"strings"

	"github.com/soapgate/soapgate/internal/reject"
)

// A Name is an expanded XML name.
type Name struct{ Space, Local string }

// A Path leads from an element down through children with these names. Within
// a path an empty Space stands for any namespace.
type Path []Name

// A Profile is what the gate must know of a system.
type Profile struct {
	Name string // as the configuration writes it
	// Title says in a few words what the profile is for.
	Title reject.Text
	// Fields says where a message carries what the later stages ask for.
	Fields Fields
	// Version is the attribute of the payload that names the version of its
	// format; zero if messages have none.
	Version Name
	// Understood are header blocks that a sender may mark mustUnderstand,
	// besides those the operation declares.
	Understood []Name
	// Signatures are the signatures a message must carry, all of them.
	Signatures []Signature
	// Alone refuses signatures anywhere else in the message.
	Alone bool
	// Unsigned are the payload elements of messages that need no signature.
	Unsigned []Name
	// Suites are the algorithm suites accepted unless the site says otherwise.
	Suites []string
	// Ack says how the system acknowledges a message it will answer later; nil
	// if it never does.
	Ack *Ack
	// Fault is the system's own block in a fault's detail; nil if it has none.
	Fault *Fault
	// Codes are the system's own error codes by our code or a dotted prefix of
	// it; the longest prefix decides.
	Codes map[string]string
}

// An Ack is an answer that tells by which id to ask for the result.
type Ack struct {
	// ID leads to the id, the payload of the answer first.
	ID Path
	// Operation is the one by which clients ask, and Field the place of the id
	// in its requests as the keys of quota rules name it.
	Operation, Field string
}

// Fields are the places of a message's own fields, each relative to one of
// the header Blocks.
type Fields struct {
	Blocks            []Name // the header blocks that may hold the fields
	MessageID         Path
	Date              Path
	Organization      []Path // alternatives
	OperatorSignature Path   // "true": the operator of the sending system signed
}

// A Place says where in a message a signature stands.
type Place uint8

// The places of signatures.
const (
	// InPayload: the first child of the Body's one child.
	InPayload Place = iota
	// InSecurity: in the wsse:Security header block for our role.
	InSecurity
	// InWrapper: in an element of a given name below the Body.
	InWrapper
)

// A Signature is one signature, or one kind of them, that a message must carry.
type Signature struct {
	Place   Place
	Wrapper []Name // InWrapper: paths of local names from the payload to its wrapper
	Actor   string // InSecurity: the role the block is for; "" is the ultimate receiver
	// XAdES demands signed SignedProperties with the signer's certificate.
	XAdES bool
	// Covers says what must be signed.
	Covers Coverage
	// IDs are the attributes that references find elements by.
	IDs []Name
	// Canonicalization and Transforms are the algorithms allowed.
	Canonicalization, Transforms []string
}

// Coverage is a set of parts of a message.
type Coverage uint8

// The parts a signature may be required to cover.
const (
	CoverPayload   Coverage = 1 << iota // the Body's one child
	CoverBody                           // the Body element
	CoverTimestamp                      // wsu:Timestamp of the Security block
	CoverSibling                        // the element the wrapper stands beside
)

// A Fault is the system's own fault detail: an element with the code and the
// message as its children.
type Fault struct {
	Element, Code, Message Name
}

// SystemCode returns the system's code for one of ours.
func (p *Profile) SystemCode(c reject.Code) string {
	for s := string(c); ; {
		if code, ok := p.Codes[s]; ok {
			return code
		}
		i := strings.LastIndexByte(s, '.')
		if i < 0 {
			return ""
		}
		s = s[:i]
	}
}

// NeedsSignature reports whether a message with the given payload must be signed.
func (p *Profile) NeedsSignature(payload Name) bool {
	if len(p.Signatures) == 0 {
		return false
	}
	for _, n := range p.Unsigned {
		if n.Local == payload.Local && (n.Space == "" || n.Space == payload.Space) {
			return false
		}
	}
	return true
}

var profiles = map[string]*Profile{
	hcs.Name:   hcs,
	smev2.Name: smev2,
	smev3.Name: smev3,
	wss.Name:   wss,
}

// Names returns the names of all profiles, sorted.
func Names() []string { return slices.Sorted(maps.Keys(profiles)) }

// Lookup returns the profile of the given name.
func Lookup(name string) (*Profile, bool) {
	p, ok := profiles[name]
	return p, ok
}
