package client

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/soapgate/soapgate/internal/reject"
)

// An Issuer of access tokens, as ЕСИА: whose tokens are believed, for whom
// they must be, and the keys pinned for it.
type Issuer struct {
	Name     string // iss
	Audience string // aud that must be named
	Keys     []TokenKey
	Leeway   time.Duration // allowed between the issuer's clock and ours
}

// A TokenKey is one pinned key. The algorithm is the key's and not the
// token's to choose (RFC 8725 3.1).
type TokenKey struct {
	ID        string // kid; "" if the issuer names none
	Algorithm string // "RS256" or "GOST3410_2012_256"
	// Verify checks a signature over the signed part. For RS256 it comes from
	// VerifyRS256, for ГОСТ from the caller.
	Verify func(signed, signature []byte) error
}

// VerifyRS256 returns the check of RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 3.3).
func VerifyRS256(key *rsa.PublicKey) func(signed, signature []byte) error {
	return func(signed, signature []byte) error {
		sum := sha256.Sum256(signed)
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature)
	}
}

// Claims are what a token that was believed says.
type Claims struct {
	Issuer   string
	ClientID string // client_id, or sub if there is none
	Scope    []string
	Expiry   time.Time
}

// maxToken bounds a token. Those of ЕСИА are some 2 KB long.
const maxToken = 16 << 10

// BearerToken returns the token in a request's Authorization field (RFC 6750
// 2.1) and whether there is one.
func BearerToken(h http.Header) (token string, ok bool) {
	scheme, token, ok := strings.Cut(h.Get("Authorization"), " ")
	return strings.Trim(token, " "), ok && strings.EqualFold(scheme, "Bearer")
}

// ReadToken verifies a token in compact serialization (RFC 7515 7.1) and
// returns its claims.
func ReadToken(token string, issuers []Issuer, now time.Time) (*Claims, *reject.Rejection) {
	c, err := readTokenClaims(token, issuers, now)
	if err == nil {
		return c, nil
	}
	why := "signature or form"
	var te tokenError
	if errors.As(err, &te) {
		why = string(te)
	}
	return nil, reject.New(reject.ClientToken, "why", why).Because(err)
}

// A tokenError is a reason that the client may know.
type tokenError string

func (e tokenError) Error() string { return string(e) }

// tokenHeader are the parameters that matter (RFC 7515 4.1). sbt is ЕСИА's own:
// an identity token is not an access token.
type tokenHeader struct {
	Algorithm string          `json:"alg"`
	KeyID     string          `json:"kid"`
	Type      string          `json:"typ"`
	Subtype   string          `json:"sbt"`
	Critical  json.RawMessage `json:"crit"`
}

type tokenClaims struct {
	Issuer    string   `json:"iss"`
	Subject   any      `json:"sub"`
	ClientID  string   `json:"client_id"`
	Audience  audience `json:"aud"`
	Scope     string   `json:"scope"`
	Expiry    *float64 `json:"exp"`
	NotBefore float64  `json:"nbf"`
	IssuedAt  float64  `json:"iat"`
}

// audience is one string or a list of them (RFC 7519 4.1.3).
type audience []string

func (a *audience) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		*a = make(audience, 1)
		return json.Unmarshal(data, &(*a)[0])
	}
	return json.Unmarshal(data, (*[]string)(a))
}

func readTokenClaims(token string, issuers []Issuer, now time.Time) (*Claims, error) {
	parts := strings.Split(token, ".")
	if len(token) > maxToken || len(parts) != 3 {
		return nil, errors.New("not a compact serialization of a signature")
	}
	var header tokenHeader
	var claims tokenClaims
	if err := readTokenPart(parts[0], &header); err != nil {
		return nil, fmt.Errorf("reading header: %w", err)
	}
	if err := readTokenPart(parts[1], &claims); err != nil {
		return nil, fmt.Errorf("reading claims: %w", err)
	}
	signature, err := base64.RawURLEncoding.Strict().DecodeString(parts[2])
	if err != nil {
		return nil, fmt.Errorf("reading signature: %w", err)
	}
	i := slices.IndexFunc(issuers, func(i Issuer) bool { return i.Name == claims.Issuer })
	if i < 0 {
		return nil, tokenError("iss")
	}
	// Nothing but the issuer is believed before the signature is verified.
	signed := token[:len(parts[0])+1+len(parts[1])]
	if err := issuers[i].verify(&header, []byte(signed), signature); err != nil {
		return nil, err
	}
	return issuers[i].judge(&claims, now)
}

func readTokenPart(part string, to any) error {
	data, err := base64.RawURLEncoding.Strict().DecodeString(part)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(to); err != nil {
		return err
	}
	if d.More() {
		return errors.New("trailing data")
	}
	return nil
}

func (i *Issuer) verify(h *tokenHeader, signed, signature []byte) error {
	switch {
	case h.Critical != nil:
		return errors.New("critical parameters are not understood") // RFC 7515 4.1.11
	case h.Subtype != "" && h.Subtype != "access":
		return tokenError("sbt")
	case !slices.Contains([]string{"", "jwt", "at+jwt", "application/at+jwt"}, strings.ToLower(h.Type)):
		return tokenError("typ")
	}
	err := errors.New("no key for the token's algorithm and key id")
	for _, k := range i.Keys {
		if k.Algorithm != h.Algorithm || h.KeyID != "" && k.ID != "" && k.ID != h.KeyID {
			continue
		}
		if err = k.Verify(signed, signature); err == nil {
			return nil
		}
	}
	return fmt.Errorf("verifying token: %w", err)
}

func (i *Issuer) judge(c *tokenClaims, now time.Time) (*Claims, error) {
	if c.Expiry == nil {
		return nil, tokenError("exp")
	}
	at := func(seconds float64) time.Time { return time.Unix(int64(min(max(seconds, 0), 1<<40)), 0) }
	expiry := at(*c.Expiry)
	switch {
	case !slices.Contains(c.Audience, i.Audience):
		return nil, tokenError("aud")
	case !now.Before(expiry.Add(i.Leeway)):
		return nil, tokenError("exp")
	case now.Before(at(c.NotBefore).Add(-i.Leeway)):
		return nil, tokenError("nbf")
	case now.Before(at(c.IssuedAt).Add(-i.Leeway)):
		return nil, tokenError("iat")
	}
	id := c.ClientID
	if id == "" {
		id, _ = c.Subject.(string) // ЕСИА writes that of a person as a number
	}
	if id == "" {
		return nil, tokenError("client_id")
	}
	return &Claims{Issuer: c.Issuer, ClientID: id, Scope: strings.Fields(c.Scope), Expiry: expiry}, nil
}

// ByToken returns the client that a token belongs to.
func (r *Registry) ByToken(c *Claims) (*Client, *reject.Rejection) {
	found := r.tokens[[2]string{c.Issuer, c.ClientID}]
	if found == nil {
		return nil, reject.New(reject.ClientUnknown)
	}
	if found.Token.Scope != "" && !slices.Contains(c.Scope, found.Token.Scope) {
		return nil, reject.New(reject.ClientToken, "why", "scope")
	}
	return found, nil
}
