package caddyplugin

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/soapgate/soapgate/internal/client"
	"github.com/soapgate/soapgate/internal/gost/gost3410"
	"github.com/soapgate/soapgate/internal/gost/streebog"
	"github.com/soapgate/soapgate/internal/pki"
)

// IssuerConfig is an issuer of access tokens (RFC 9068) and the keys pinned
// for it. No key is fetched.
type IssuerConfig struct {
	// Name is the token's iss.
	Name string `json:"name,omitempty"`
	// Audience must be named in the token's aud.
	Audience string `json:"audience,omitempty"`
	// Keys verify the tokens.
	Keys []TokenKeyConfig `json:"keys,omitempty"`
	// Leeway is allowed between the issuer's clock and ours. Default: 0.
	Leeway caddy.Duration `json:"leeway,omitempty"`
}

// TokenKeyConfig is one pinned key. Its kind decides the algorithm: RS256 or
// GOST3410_2012_256.
type TokenKeyConfig struct {
	// File is a certificate or a public key in PEM.
	File string `json:"file,omitempty"`
	// ID is the kid of the tokens it signs. Default: any.
	ID string `json:"id,omitempty"`
}

func (i *IssuerConfig) options() []option {
	return []option{
		{name: "audience", min: 1, max: 1, set: setString(&i.Audience)},
		{name: "key", min: 1, max: 2, repeat: true, set: func(args []string) error {
			k := TokenKeyConfig{File: args[0]}
			if len(args) == 2 {
				k.ID = args[1]
			}
			i.Keys = append(i.Keys, k)
			return nil
		}},
		{name: "leeway", min: 1, max: 1, set: setDuration(&i.Leeway)},
	}
}

// provisionIssuers reads the pinned keys.
func (a *App) provisionIssuers() error {
	var errs []error
	for _, c := range a.Issuers {
		if c.Name == "" || c.Audience == "" || len(c.Keys) == 0 {
			errs = append(errs, fmt.Errorf("token_issuer %q: name, audience and key are needed", c.Name))
		}
		issuer := client.Issuer{Name: c.Name, Audience: c.Audience, Leeway: time.Duration(c.Leeway)}
		for _, kc := range c.Keys {
			key, err := loadTokenKey(kc.File)
			if err != nil {
				errs = append(errs, fmt.Errorf("token_issuer %q: key %s: %w", c.Name, kc.File, err))
			}
			key.ID = kc.ID
			issuer.Keys = append(issuer.Keys, key)
		}
		a.issuers = append(a.issuers, issuer)
	}
	return errors.Join(errs...)
}

func loadTokenKey(file string) (key client.TokenKey, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return key, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return key, errors.New("not PEM")
	}
	public, err := parseTokenKey(block)
	if err != nil {
		return key, err
	}
	switch k := public.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() < 2048 {
			return key, fmt.Errorf("RSA of %d bits: want 2048", k.N.BitLen()) // RFC 7518 3.3
		}
		return client.TokenKey{Algorithm: "RS256", Verify: client.VerifyRS256(k)}, nil
	case *gost3410.PublicKey:
		if k.Algorithm == gost3410.GOST2012_256 {
			return client.TokenKey{Algorithm: "GOST3410_2012_256", Verify: verifyGOST(k.Precompute())}, nil
		}
	}
	return key, errors.New("neither RSA nor GOST R 34.10-2012 of 256 bits")
}

func parseTokenKey(block *pem.Block) (any, error) {
	if block.Type == "CERTIFICATE" {
		c, err := pki.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		return c.PublicKey, c.KeyErr
	}
	if k, err := x509.ParsePKIXPublicKey(block.Bytes); err == nil {
		return k, nil
	}
	return gost3410.ParseSPKI(block.Bytes)
}

func verifyGOST(v *gost3410.Verifier) func(signed, signature []byte) error {
	return func(signed, signature []byte) error {
		sum := streebog.Sum256(signed)
		if !v.Verify(sum[:], signature) {
			return errors.New("signature does not fit")
		}
		return nil
	}
}
