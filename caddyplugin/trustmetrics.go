package caddyplugin

import (
	"encoding/hex"
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/pki/fetch"
)

// trustMetrics are set anew whenever the app has looked at its stores.
type trustMetrics struct {
	crlAge, crlNextUpdate, authorityExpiry      *prometheus.GaugeVec
	stop, stopSigners, refusedSigners, listTime prometheus.Gauge
	sources                                     *prometheus.GaugeVec
}

func newTrustMetrics() trustMetrics {
	gauge := func(name, help string) prometheus.GaugeOpts {
		return prometheus.GaugeOpts{Namespace: "soapgate", Name: name, Help: help + " Set anew at each refresh."}
	}
	byIssuer := []string{"issuer"}
	return trustMetrics{
		crlAge: prometheus.NewGaugeVec(gauge("crl_age_seconds",
			"Age of each revocation list since its thisUpdate, by the issuer's key identifier; of several, the oldest."), byIssuer),
		crlNextUpdate: prometheus.NewGaugeVec(gauge("crl_next_update_timestamp_seconds",
			"nextUpdate of each revocation list, by the issuer's key identifier; of several, the first."), byIssuer),
		authorityExpiry: prometheus.NewGaugeVec(gauge("authority_expiry_timestamp_seconds",
			"End of validity of the anchors and of the CAs on the paths of known signers, by key identifier."), []string{"key"}),
		stop: prometheus.NewGauge(gauge("trust_stop_seconds",
			"Time until the messages of some known signers begin to be refused unless something is renewed; +Inf if nothing runs out.")),
		stopSigners: prometheus.NewGauge(gauge("trust_stop_signers",
			"How many known signers will be refused then.")),
		refusedSigners: prometheus.NewGauge(gauge("trust_refused_signers",
			"How many signers that were accepted before are refused now.")),
		listTime: prometheus.NewGauge(gauge("trust_list_until_timestamp_seconds",
			"When the trust list becomes too old to rest on; 0 if it does not.")),
		sources: prometheus.NewGaugeVec(gauge("trust_sources",
			"How many sources of lists there are, by state: good, failing, waiting."), []string{"state"}),
	}
}

func (m *trustMetrics) all() []prometheus.Collector {
	return []prometheus.Collector{
		m.crlAge, m.crlNextUpdate, m.authorityExpiry, m.stop, m.stopSigners, m.refusedSigners, m.listTime, m.sources,
	}
}

// reset forgets what the stores of another configuration had.
func (m *trustMetrics) reset() {
	m.crlAge.Reset()
	m.crlNextUpdate.Reset()
	m.authorityExpiry.Reset()
	m.sources.Reset()
	m.stop.Set(math.Inf(1))
	m.stopSigners.Set(0)
	m.refusedSigners.Set(0)
	m.listTime.Set(0)
}

// set replaces all values by those of the given looks at the stores.
func (m *trustMetrics) set(looks []look) {
	m.reset()
	ages, next, expiry := make(map[string]float64), make(map[string]float64), make(map[string]float64)
	stop, refused := pki.Stop{Left: math.MaxInt64}, 0
	for _, k := range looks {
		for _, l := range k.fresh.Lists {
			issuer := hex.EncodeToString(l.List.AuthorityKeyID)
			ages[issuer] = max(ages[issuer], l.Age.Seconds())
			least(next, issuer, unix(l.List.NextUpdate))
		}
		for _, c := range k.fresh.Certificates {
			if c.Certificate.CA {
				least(expiry, hex.EncodeToString(c.Certificate.SubjectKeyID), unix(c.Certificate.NotAfter))
			}
		}
		for _, s := range k.fresh.Stops {
			switch {
			case s.Refusal != nil:
				refused += s.Signers
			case s.Left < stop.Left:
				stop = s
			}
		}
		if !k.fresh.ListUntil.IsZero() {
			m.listTime.Set(unix(k.fresh.ListUntil))
		}
		for _, s := range k.sources {
			m.sources.WithLabelValues(stateOf(&s)).Inc()
		}
	}
	m.refusedSigners.Set(float64(refused))
	if stop.Signers > 0 {
		m.stop.Set(stop.Left.Seconds())
		m.stopSigners.Set(float64(stop.Signers))
	}
	for vec, values := range map[*prometheus.GaugeVec]map[string]float64{m.crlAge: ages, m.crlNextUpdate: next, m.authorityExpiry: expiry} {
		for label, v := range values {
			vec.WithLabelValues(label).Set(v)
		}
	}
}

// stateOf says in a word how a source fares.
func stateOf(s *fetch.SourceStatus) string {
	switch {
	case s.Err != nil:
		return "failing"
	case s.Fetched.IsZero():
		return "waiting"
	}
	return "good"
}

func least(m map[string]float64, key string, v float64) {
	if old, ok := m[key]; !ok || v < old {
		m[key] = v
	}
}

func unix(t time.Time) float64 { return float64(t.Unix()) }
