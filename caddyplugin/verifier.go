package caddyplugin

import (
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"time"

	"go.uber.org/zap"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddytls"

	"github.com/soapgate/soapgate/internal/gate"
	"github.com/soapgate/soapgate/internal/pki"
)

func init() {
	caddy.RegisterModule(Verifier{})
}

// Verifier checks the certificates of TLS clients at the handshake: path,
// validity, usage and revocation, with certificates of RSA, ECDSA and GOST
// CAs. It judges by the app's trust unless it has a trust of its own, which it
// needs where clients' certificates come from other CAs than signers'.
type Verifier struct {
	// Trust is whose certificates clients may have. Default: the app's trust.
	Trust *TrustConfig `json:"trust,omitempty"`

	store  *pki.Store
	policy gate.SignerPolicy
	logger *zap.Logger
}

// CaddyModule returns the Caddy module information.
func (Verifier) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "tls.client_auth.verifier.soapgate_crl",
		New: func() caddy.Module { return new(Verifier) },
	}
}

// Provision opens the store.
func (v *Verifier) Provision(ctx caddy.Context) error {
	mod, err := ctx.App("soapgate")
	if err != nil {
		return fmt.Errorf("getting the soapgate app: %w", err)
	}
	app := mod.(*App)
	v.logger = ctx.Logger()
	v.store, v.policy = app.trust, app.policy
	if v.Trust != nil {
		ts, err := app.useTrust(v.Trust, ctx)
		if err != nil {
			return err
		}
		v.store = ts.store
		if v.policy, err = v.Trust.signerPolicy(); err != nil {
			return err
		}
	}
	if anchors, _ := v.store.Trust().Certificates(); len(anchors) == 0 {
		return errors.New("there is no trust anchor to verify clients' certificates by")
	}
	return nil
}

// VerifyClientCertificate implements caddytls.ClientCertificateVerifier.
func (v *Verifier) VerifyClientCertificate(rawCerts [][]byte, _ [][]*x509.Certificate) error {
	if len(rawCerts) == 0 {
		return errors.New("no client certificate")
	}
	c, err := v.store.Parse(rawCerts[0])
	if err != nil {
		return fmt.Errorf("client certificate: %w", err)
	}
	var hints []*pki.Certificate
	for _, der := range rawCerts[1:] {
		if h, err := v.store.Parse(der); err == nil {
			hints = append(hints, h)
		}
	}
	_, err = v.store.Verify(c, hints, pki.Params{
		At: time.Now(), Usage: pki.ClientAuth, Tolerance: v.policy.Tolerance, MinClass: v.policy.MinClass,
	})
	if err != nil {
		// The client sees a TLS alert, which tells nothing.
		v.logger.Info("client certificate refused", zap.String("certificate", hex.EncodeToString(c.Fingerprint[:])), zap.Error(err))
	}
	return err
}

// UnmarshalCaddyfile reads the verifier:
//
//	verifier soapgate_crl {
//		<options of trust>
//	}
func (v *Verifier) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	if d.NextArg() {
		return d.ArgErr()
	}
	t := new(TrustConfig)
	err := parseBlock(d, t.options())
	if !reflect.ValueOf(*t).IsZero() {
		v.Trust = t
	}
	return err
}

// Interface guards
var (
	_ caddy.Provisioner                  = (*Verifier)(nil)
	_ caddyfile.Unmarshaler              = (*Verifier)(nil)
	_ caddytls.ClientCertificateVerifier = (*Verifier)(nil)
)
