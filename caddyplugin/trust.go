package caddyplugin

import (
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/caddyserver/caddy/v2"

	"github.com/soapgate/soapgate/internal/pki"
)

const defaultRefresh = caddy.Duration(time.Minute)

// provisionTrust reads anchors, authorities and revocation lists.
func (a *App) provisionTrust() error {
	if a.Trust == nil {
		a.trust = pki.NewStore(pki.NewTrust(pki.Rules{}, nil, nil))
		return nil
	}
	if a.Trust.Refresh <= 0 {
		a.Trust.Refresh = defaultRefresh
	}
	anchors, err := loadCertificates("anchor", a.Trust.Anchors)
	authorities, err2 := loadCertificates("authority", a.Trust.Authorities)
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	a.trust = pki.NewStore(pki.NewTrust(pki.Rules{}, anchors, authorities))
	a.loadCRLs()
	return nil
}

func loadCertificates(option string, paths []string) (list []*pki.Certificate, err error) {
	for _, path := range paths {
		found, e := pki.LoadCertificates(path)
		if e != nil {
			err = errors.Join(err, fmt.Errorf("trust: %s %s: %w", option, path, e))
		}
		list = append(list, found...)
	}
	return list, err
}

// loadCRLs reads the folders of revocation lists. A list that cannot be read
// or is older than the one in force never replaces it, and is no reason to stop:
// what it would have told is missing, and on_missing and stale_grace say what
// that means.
func (a *App) loadCRLs() {
	var lists []*pki.CRL
	for _, dir := range a.Trust.CRLDirs {
		found, err := pki.LoadCRLs(dir, pki.MaxCRL)
		if err != nil {
			a.logger.Error("revocation lists refused", zap.String("folder", dir), zap.Error(err))
		}
		lists = append(lists, found...)
	}
	a.trust.Update(func(t *pki.Trust) *pki.Trust {
		fresh, err := t.WithCRLs(lists...)
		if err != nil {
			a.logger.Error("revocation lists refused", zap.Error(err))
		}
		return fresh
	})
	a.reportCRLs()
}

func (a *App) reportCRLs() {
	ages := make(map[string]time.Time)
	for _, l := range a.trust.Trust().CRLs() {
		ages[hex.EncodeToString(l.AuthorityKeyID)] = l.ThisUpdate
	}
	metrics().setCRLAges(time.Now(), ages)
}

// refresh reads the folders again and again until the app stops.
func (a *App) refresh(every time.Duration) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-a.ctx.Done():
			return
		case <-t.C:
			a.loadCRLs()
		}
	}
}

// tolerance is what the configuration lets pass.
func (t *TrustConfig) tolerance() pki.Tolerance {
	if t == nil {
		return pki.Tolerance{}
	}
	return pki.Tolerance{Grace: time.Duration(t.StaleGrace), Missing: t.OnMissing == "allow_and_mark"}
}
