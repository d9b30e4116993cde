// Package client knows the registered information systems and decides which
// one a connection or a token belongs to, whether it may come in, and whether
// the parties of a message belong together.
//
// A Registry is an immutable snapshot read from YAML; a bad entry is refused
// with its line and field and the rest stays in force. Facts are what a
// connection says of itself: the TLS state of Go's own server, or what a
// trusted terminator in front reports by PROXY protocol version 2, by RFC 9440
// fields, or by the headers of nginx. An access token of ЕСИА (RFC 7519, RFC
// 9068) is another way to be known.
//
// The package verifies no certificate path and no signature of a message, and
// counts nothing; those are packages pki, xmlsig and quota. It does not decide
// who is a trusted terminator: the caller hands over only what came from one.
package client

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/soapgate/soapgate/internal/reject"
)

// A Client is one registered information system.
type Client struct {
	ID           string         `json:"id"`
	Organization Organization   `json:"organization"` // that operates the system
	Represents   []Organization `json:"represents,omitempty"`
	// AnyOrganization lets the client send for organizations that are not listed.
	AnyOrganization bool      `json:"any_organization,omitempty"`
	Certificates    []Match   `json:"certificates,omitempty"` // of TLS
	Signers         []Match   `json:"signers,omitempty"`      // of messages; empty: any of the organization
	Token           Token     `json:"token,omitzero"`
	Class           string    `json:"class,omitempty"`
	Status          Status    `json:"status"`
	Reason          string    `json:"reason,omitempty"` // of a suspension; the client sees it
	Since           time.Time `json:"since,omitzero"`   // of a suspension
	MinTLS          Version   `json:"min_tls,omitempty"`
	Services        []string  `json:"services,omitempty"`   // empty: all
	Operations      []string  `json:"operations,omitempty"` // empty: all
	ValidFrom       time.Time `json:"valid_from,omitzero"`
	ValidUntil      time.Time `json:"valid_until,omitzero"` // from this moment on no more
	Contacts        []string  `json:"contacts,omitempty"`
}

// Version names the client as it is: another version differs in some field.
func (c *Client) Version() string {
	data, _ := json.Marshal(c) // of strings, numbers and times
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}

// An Organization is a legal person or entrepreneur.
type Organization struct {
	Name     string   `json:"name,omitempty"`
	OGRN     string   `json:"ogrn,omitempty"` // ОГРН or ОГРНИП
	INN      string   `json:"inn,omitempty"`
	PPAGUIDs []string `json:"ppaguids,omitempty"` // orgPPAGUID values, in lower case
}

// Token says by which access token a client is known.
type Token struct {
	Issuer   string `json:"issuer,omitempty"`
	ClientID string `json:"client_id,omitempty"` // the token's client_id, or its sub
	Scope    string `json:"scope,omitempty"`     // that the token must contain
}

// A Status says whether a client may come in.
type Status string

// The statuses of a client.
const (
	Active    Status = "active"
	Suspended Status = "suspended"
	Test      Status = "test" // like active, but told apart in logs and figures
)

// Admit decides whether the client may come in at all.
func (c *Client) Admit(now time.Time) *reject.Rejection {
	switch {
	case c.Status == Suspended && !now.Before(c.Since):
		return reject.New(reject.ClientSuspended, "reason", c.Reason)
	case now.Before(c.ValidFrom):
		return reject.New(reject.ClientNotYet, "from", c.ValidFrom.Format(time.DateOnly))
	case !c.ValidUntil.IsZero() && !now.Before(c.ValidUntil):
		return reject.New(reject.ClientExpired, "until", c.ValidUntil.Format(time.DateOnly))
	}
	return nil
}

// AdmitTLS decides whether the connection is good enough for the client. The
// site's own minimum is not the client's business.
func (c *Client) AdmitTLS(f *Facts) *reject.Rejection {
	if f.Version >= uint16(c.MinTLS) {
		return nil
	}
	return reject.New(reject.TransportTLSVersion,
		"version", VersionName(f.Version), "minimum", VersionName(uint16(c.MinTLS)))
}

// AdmitService decides whether the client may use a service.
func (c *Client) AdmitService(service string) *reject.Rejection {
	if len(c.Services) == 0 || slices.Contains(c.Services, service) {
		return nil
	}
	return reject.New(reject.ClientService, "service", service)
}

// AdmitOperation decides whether the client may use an operation.
func (c *Client) AdmitOperation(operation string) *reject.Rejection {
	if len(c.Operations) == 0 || slices.Contains(c.Operations, operation) {
		return nil
	}
	return reject.New(reject.ClientOperation, "operation", operation)
}
