package caddyplugin

import (
	"errors"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/soapgate/soapgate/internal/gate"
	"github.com/soapgate/soapgate/internal/quota"
)

// collectors are made once and registered again into the registry of each
// configuration: a reload keeps their values.
type collectors struct {
	requests      *prometheus.CounterVec
	stageDuration *prometheus.HistogramVec
	trustMetrics
	quotas   *prometheus.CounterVec
	storeUp  prometheus.Gauge
	opened   *prometheus.CounterVec
	warnings *prometheus.CounterVec
}

var metrics = sync.OnceValue(func() *collectors {
	return &collectors{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "soapgate", Name: "requests_total",
			Help: "Requests by verdict (passed, refused, observed, answered) and by the stage and code of the refusal. Kept across reloads.",
		}, []string{"verdict", "stage", "code"}),
		stageDuration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "soapgate", Name: "stage_duration_seconds",
			Help:    "Time a stage took, by stage; each pass of quota is an observation of its own. Kept across reloads.",
			Buckets: []float64{1e-6, 1e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 5e-2, .25, 1},
		}, []string{"stage"}),
		trustMetrics: newTrustMetrics(),
		quotas: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "soapgate", Name: "quota_decisions_total",
			Help: "Decisions of quota rules, by rule and by outcome: passed, near (little is left), observed (would have refused) or refused. Kept across reloads.",
		}, []string{"rule", "outcome"}),
		warnings: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "soapgate", Name: "warnings_total",
			Help: "Messages that passed and will not always, by client, operation and code, for the operations that count_warnings lists. Kept across reloads.",
		}, []string{"client", "operation", "code"}),
		opened: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "soapgate", Name: "connection_decisions_total",
			Help: "Decisions of soapgate_connections on connections, by limit (connections, handshakes, client-connections) and by outcome: passed, near (little is left) or refused. Kept across reloads.",
		}, []string{"limit", "outcome"}),
		storeUp: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: "soapgate", Name: "quota_store_up",
			Help: "0 while the quota store shared by several nodes is out of reach and each decides alone, else 1. Kept across reloads.",
		}),
	}
})

// register adds the collectors to the registry of a configuration. Several
// modules of one configuration share a registry, so that it may have them.
func (c *collectors) register(reg *prometheus.Registry) error {
	if reg == nil {
		return nil
	}
	var errs []error
	for _, m := range append(c.trustMetrics.all(), c.requests, c.stageDuration, c.quotas, c.storeUp, c.opened, c.warnings) {
		if err := reg.Register(m); err != nil {
			if _, already := errors.AsType[prometheus.AlreadyRegisteredError](err); !already {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// observe counts a request. All label values come from the catalogue.
func (c *collectors) observe(rep *gate.Report) {
	for _, v := range rep.Verdicts {
		c.stageDuration.WithLabelValues(v.Stage.String()).Observe(v.Duration.Seconds())
	}
	verdict, stage, code := rep.Summary()
	c.requests.WithLabelValues(verdict, stage, code).Inc()
	for r := range rep.Limits {
		c.quotas.WithLabelValues(r.Rule.Name, quotaOutcome(r)).Inc()
	}
}

// warn counts a message's warnings. Clients are those of the registry and
// operations those of the configuration, so that series are bounded.
func (c *collectors) warn(rep *gate.Report) {
	for _, w := range rep.Warnings() {
		c.warnings.WithLabelValues(rep.Message.Client, rep.Message.Operation, string(w.Code)).Inc()
	}
}

// connection counts what became of a connection.
func (c *collectors) connection(v *quota.Visit) {
	for r := range v.Results {
		c.opened.WithLabelValues(r.Rule.Name, quotaOutcome(r)).Inc()
	}
}

func quotaOutcome(r *quota.Result) string {
	switch {
	case r.Enforced():
		return "refused"
	case r.Refused:
		return "observed"
	case r.Near:
		return "near"
	}
	return "passed"
}

// setStore says whether the shared store can be reached.
func (c *collectors) setStore(up bool) {
	value := 0.0
	if up {
		value = 1
	}
	c.storeUp.Set(value)
}
