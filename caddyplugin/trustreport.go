package caddyplugin

import (
	"context"
	"encoding/hex"
	"slices"
	"time"

	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/pki/fetch"
)

// A TrustReport is the state of a TrustStore at a moment: what its verdicts
// rest on and how long that lasts. It names CAs, never signers.
type TrustReport struct {
	At           time.Time         `json:"at"`
	TrustList    *TrustListReport  `json:"trust_list,omitempty"`
	Stops        []StopReport      `json:"stops"`
	Sources      []SourceReport    `json:"sources,omitempty"`
	Lists        []CRLReport       `json:"lists"`
	Authorities  []AuthorityReport `json:"authorities"`
	KnownSigners int               `json:"known_signers"`
	ClockBehind  string            `json:"clock_behind,omitempty"`
	LastRefused  string            `json:"last_refused,omitempty"` // of the files in folders
}

// A TrustListReport is the trust list in effect.
type TrustListReport struct {
	Version     int64      `json:"version"`
	Date        time.Time  `json:"date"`
	Until       *time.Time `json:"until,omitempty"`
	Authorities int        `json:"authorities"`
	Skipped     int        `json:"skipped"`
}

// A StopReport is a moment from which the messages of some signers are refused
// unless something is renewed.
type StopReport struct {
	At      time.Time `json:"at"`
	Minutes int64     `json:"minutes"`
	Signers int       `json:"signers"`
	Because string    `json:"because"` // "list", "certificate", or the code of a refusal
	Issuer  string    `json:"issuer,omitempty"`
}

// A SourceReport is how a source fares.
type SourceReport struct {
	Name      string     `json:"name"`
	State     string     `json:"state"`
	Addresses []string   `json:"addresses"`
	Fetched   *time.Time `json:"fetched,omitempty"`
	Due       *time.Time `json:"due,omitempty"`
	Failures  int        `json:"failures,omitempty"`
	Error     string     `json:"error,omitempty"`
	Unkept    string     `json:"unkept,omitempty"`
}

// A CRLReport is one revocation list.
type CRLReport struct {
	Issuer     string    `json:"issuer"`
	Key        string    `json:"key"`
	Number     string    `json:"number"`
	Delta      bool      `json:"delta,omitempty"`
	Entries    int       `json:"entries"`
	ThisUpdate time.Time `json:"this_update"`
	NextUpdate time.Time `json:"next_update"`
	AgeMinutes int64     `json:"age_minutes"`
	Minutes    int64     `json:"minutes"` // until nextUpdate
	Signers    int       `json:"signers"`
}

// An AuthorityReport is one certificate of a CA on a known path, or an anchor.
type AuthorityReport struct {
	Subject string    `json:"subject"`
	Key     string    `json:"key"`
	Anchor  bool      `json:"anchor,omitempty"`
	Until   time.Time `json:"until"`
	Signers int       `json:"signers"`
}

// Report returns the state of the store.
func (ts *TrustStore) Report(now time.Time) TrustReport {
	k := ts.look(now)
	r := TrustReport{At: now.UTC(), KnownSigners: k.signers(), Stops: []StopReport{}, Lists: []CRLReport{}, Authorities: []AuthorityReport{}}
	if ts.keeper != nil {
		if l := ts.keeper.List(); l != nil {
			r.TrustList = &TrustListReport{
				Version: l.Version, Date: l.Date, Until: moment(k.fresh.ListUntil), Authorities: len(l.Authorities), Skipped: len(l.Skipped),
			}
		}
	}
	if k.fresh.ClockBehind > 0 {
		r.ClockBehind = k.fresh.ClockBehind.String()
	}
	ts.mu.Lock()
	r.LastRefused = errorText(ts.refused)
	ts.mu.Unlock()
	for _, s := range k.fresh.Stops {
		r.Stops = append(r.Stops, reportStop(&s))
	}
	for _, s := range k.sources {
		r.Sources = append(r.Sources, reportSource(&s))
	}
	for _, l := range k.fresh.Lists {
		r.Lists = append(r.Lists, CRLReport{
			Issuer: authorityName(&l.List.Issuer), Key: hex.EncodeToString(l.List.AuthorityKeyID),
			Number: l.List.Number.String(), Delta: l.List.Delta, Entries: l.List.Entries,
			ThisUpdate: l.List.ThisUpdate, NextUpdate: l.List.NextUpdate,
			AgeMinutes: int64(l.Age.Minutes()), Minutes: int64(l.Left.Minutes()), Signers: l.Signers,
		})
	}
	anchors, _ := ts.store.Trust().Certificates()
	for _, c := range k.fresh.Certificates {
		if c.Certificate.CA {
			r.Authorities = append(r.Authorities, AuthorityReport{
				Subject: authorityName(&c.Certificate.Subject), Key: hex.EncodeToString(c.Certificate.SubjectKeyID),
				Anchor: slices.Contains(anchors, c.Certificate), Until: c.Certificate.NotAfter, Signers: c.Signers,
			})
		}
	}
	return r
}

func reportStop(s *pki.Stop) StopReport {
	r := StopReport{At: s.At.UTC(), Minutes: int64(s.Left.Minutes()), Signers: s.Signers}
	switch {
	case s.Refusal != nil:
		r.Because = string(s.Refusal.Code)
	case s.List != nil:
		r.Because, r.Issuer = "list", authorityName(&s.List.Issuer)
	default:
		r.Because, r.Issuer = "certificate", authorityName(&s.Certificate.Issuer)
	}
	return r
}

func reportSource(s *fetch.SourceStatus) SourceReport {
	return SourceReport{
		Name: s.Name, State: stateOf(s), Addresses: s.Addresses, Fetched: moment(s.Fetched), Due: moment(s.Due),
		Failures: s.Failures, Error: errorText(s.Err), Unkept: errorText(s.Unkept),
	}
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// trustReports are the reports on all stores, the sites' first.
func (a *App) trustReports() any {
	reports := make([]TrustReport, 0, len(a.stores))
	for _, ts := range a.stores {
		reports = append(reports, ts.Report(time.Now()))
	}
	return reports
}

// fetchTrust fetches everything now, whether it is due or not. What went wrong
// is in the reports.
func (a *App) fetchTrust(ctx context.Context) any {
	for _, ts := range a.stores {
		_ = ts.round(ctx, time.Now(), true)
		ts.finish()
	}
	return a.trustReports()
}
