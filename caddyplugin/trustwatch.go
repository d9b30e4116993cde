package caddyplugin

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/pki/fetch"
)

// The events that the app emits through Caddy's events app. Their data are the
// fields of the log entries of the same moment.
const (
	EventCRLUpdated       = "soapgate_crl_updated"        // a source served a newer list
	EventCRLFailed        = "soapgate_crl_failed"         // a source that was good has failed
	EventCRLRecovered     = "soapgate_crl_recovered"      // a source that failed is good again
	EventTrustListUpdated = "soapgate_trust_list_updated" // a newer trust list came into effect
	EventTrustNeared      = "soapgate_trust_neared"       // the end of some traffic has come near
	EventTrustStopped     = "soapgate_trust_stopped"      // signers accepted before are refused now
	EventClockDoubted     = "soapgate_clock_doubted"      // a proved list comes from the future
)

// A news is one thing that happened to a store since it was last looked at.
type news struct {
	event  string
	level  zapcore.Level
	text   string
	fields []zap.Field
}

// told is what has been told of a store, so that nothing is told twice. It
// lives in the store and not in a configuration: a reload is no news.
type told struct {
	from     map[string]time.Time     // date of each source's document
	failing  map[string]bool          // sources
	neared   map[string]time.Duration // by what runs out: the nearest distance told
	list     int64                    // version of the trust list
	refusals int
	doubted  bool
}

// A look is a store's state at a moment.
type look struct {
	at      time.Time
	fresh   pki.Freshness
	sources []fetch.SourceStatus
}

func (ts *TrustStore) look(now time.Time) look {
	return look{at: now, fresh: ts.store.Freshness(now), sources: ts.refresher.Status()}
}

// news returns what happened since it was asked for before. Warnings come at
// the given distances.
func (ts *TrustStore) news(k look, distances []time.Duration) []news {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t := &ts.told
	list := t.ofSources(k.sources)
	if ts.keeper != nil {
		if l := ts.keeper.List(); l != nil && l.Version != t.list {
			t.list = l.Version
			list = append(list, news{EventTrustListUpdated, zap.InfoLevel, "trust list updated", []zap.Field{
				zap.Int64("version", l.Version), zap.Time("date", l.Date), zap.Int("authorities", len(l.Authorities)), zap.Int("skipped", len(l.Skipped)),
			}})
		}
	}
	if ts.refusals != t.refusals {
		t.refusals = ts.refusals
		list = append(list, news{EventCRLFailed, zap.ErrorLevel, "lists refused", []zap.Field{zap.Error(ts.refused)}})
	}
	if doubted := k.fresh.ClockBehind > 0; doubted != t.doubted {
		if t.doubted = doubted; doubted {
			list = append(list, news{EventClockDoubted, zap.ErrorLevel, "a list comes from the future: the clock, or its CA's, is wrong",
				[]zap.Field{zap.Duration("ahead", k.fresh.ClockBehind)}})
		}
	}
	return append(list, t.ofStops(&k, distances)...)
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func (t *told) ofSources(sources []fetch.SourceStatus) (list []news) {
	from, failing := make(map[string]time.Time, len(sources)), make(map[string]bool)
	for _, s := range sources {
		fields := []zap.Field{zap.String("source", s.Name), zap.Strings("addresses", s.Addresses)}
		err := s.Err
		if err == nil {
			err = s.Unkept
		}
		switch failed := t.failing[s.Name]; {
		case err != nil && !failed:
			list = append(list, news{EventCRLFailed, zap.WarnLevel, "list not fetched", append(fields, zap.String("error", err.Error()), zap.Time("until", s.Until))})
		case err == nil && failed:
			list = append(list, news{EventCRLRecovered, zap.InfoLevel, "list fetched again", fields})
		case s.From.After(t.from[s.Name]):
			list = append(list, news{EventCRLUpdated, zap.DebugLevel, "list fetched", append(fields, zap.Time("from", s.From), zap.Time("until", s.Until))})
		}
		from[s.Name] = s.From
		if err != nil {
			failing[s.Name] = true
		}
	}
	t.from, t.failing = from, failing
	return list
}

// ofStops warns of each stop once at each distance. What is renewed runs out
// at another moment, and so is another stop.
func (t *told) ofStops(k *look, distances []time.Duration) (list []news) {
	nearest := slices.Sorted(slices.Values(distances))
	neared := make(map[string]time.Duration)
	for _, e := range k.ends() {
		before, ok := t.neared[e.name]
		if ok {
			neared[e.name] = before
		}
		if e.stopped {
			neared[e.name] = -1
			if !ok || before != -1 {
				list = append(list, news{EventTrustStopped, zap.ErrorLevel, "signed traffic is refused", e.fields})
			}
			continue
		}
		// A list that lives for twelve hours is no news at twenty-four.
		i := slices.IndexFunc(nearest, func(d time.Duration) bool { return e.left <= d && (e.life == 0 || d <= e.life/2) })
		if i < 0 || ok && before <= nearest[i] {
			continue
		}
		neared[e.name] = nearest[i]
		level := zap.WarnLevel
		if i == 0 {
			level = zap.ErrorLevel
		}
		list = append(list, news{EventTrustNeared, level, "signed traffic will stop", append(e.fields, zap.Duration("distance", nearest[i]))})
	}
	t.neared = neared
	return list
}

// An end is something that runs out.
type end struct {
	name    string // with the moment: what is renewed has another
	left    time.Duration
	life    time.Duration // of a list; 0 where it does not matter
	stopped bool
	fields  []zap.Field
}

// ends are the stops that the signers known meet, the trust list's end, and
// those of the anchors.
func (k *look) ends() (list []end) {
	add := func(e end, what string, signers int, more ...zap.Field) {
		e.fields = append([]zap.Field{zap.String("what", what), zap.Int64("minutes", int64(e.left.Minutes())), zap.Int("signers", signers)}, more...)
		list = append(list, e)
	}
	for _, s := range k.fresh.Stops {
		e := end{name: fmt.Sprint("stop ", s.At.Unix()), left: s.Left}
		switch {
		case s.Refusal != nil:
			e.name, e.stopped = "refused "+string(s.Refusal.Code), true
			add(e, "refused already", s.Signers, zap.String("code", string(s.Refusal.Code)))
		case s.List != nil:
			e.name += hex.EncodeToString(s.List.AuthorityKeyID)
			e.life = s.List.NextUpdate.Sub(s.List.ThisUpdate)
			add(e, "revocation list", s.Signers, zap.String("issuer", authorityName(&s.List.Issuer)), zap.Time("next_update", s.List.NextUpdate))
		case s.Certificate.CA:
			e.name += hex.EncodeToString(s.Certificate.Fingerprint[:])
			add(e, "certificate of a CA", s.Signers, zap.String("subject", authorityName(&s.Certificate.Subject)))
		}
		// That a signer's own certificate ends is his affair.
	}
	if u := k.fresh.ListUntil; !u.IsZero() {
		e := end{name: fmt.Sprint("trust list ", u.Unix()), left: u.Sub(k.at), stopped: !k.at.Before(u)}
		add(e, "trust list", k.signers(), zap.Time("until", u))
	}
	return list
}

// signers is how many signers are known.
func (k *look) signers() (n int) {
	for _, s := range k.fresh.Stops {
		n += s.Signers
	}
	return n
}

// authorityName names a CA for people.
func authorityName(n *pki.Name) string {
	if cn := n.CommonName(); cn != "" {
		return cn
	}
	return n.String()
}

// lookPeriod is how often the stores are looked at when nothing happens.
const lookPeriod = time.Minute

// watchTrust reports on the stores until the app stops.
func (a *App) watchTrust() {
	look, second := time.NewTicker(lookPeriod), time.NewTicker(time.Second)
	defer look.Stop()
	defer second.Stop()
	var first chan struct{}
	if len(a.stores) > 0 {
		first = a.stores[0].finished // the others are looked at with it, or by the clock
	}
	seen := make(map[*TrustStore]glance)
	var garbage balance
	a.report(seen)
	for a.ctx.Err() == nil {
		select {
		case <-a.ctx.Done():
		case <-second.C:
			garbage.update(a.stores)
		case <-look.C:
			a.report(seen)
		case <-first:
			a.report(seen)
		}
	}
}

// A glance is as much of a look as tells whether another is worth taking. It
// keeps no list in memory.
type glance struct {
	at      time.Time
	changes uint64
	sources []fetch.SourceStatus
}

// report looks at the stores, sets the metrics and tells the news. A look at
// thousands of lists takes its time: they are taken when something has changed.
func (a *App) report(seen map[*TrustStore]glance) {
	now := time.Now()
	changed := false
	for _, ts := range a.stores {
		old, g := seen[ts.TrustStore], glance{now, ts.store.Changes(), ts.refresher.Status()}
		if now.Sub(old.at) >= lookPeriod/2 || old.changes != g.changes || newer(g.sources, old.sources) || ts.hasRefused() {
			seen[ts.TrustStore] = g
			changed = true
		}
	}
	if !changed {
		return
	}
	var looks []look
	for _, ts := range a.stores {
		k := ts.look(now)
		a.tell(ts.news(k, ts.warn))
		looks = append(looks, k)
	}
	metrics().trustMetrics.set(looks)
}

// hasRefused reports whether files of folders were refused and nobody was told.
func (ts *TrustStore) hasRefused() bool {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	return ts.refusals != ts.told.refusals
}

// newer reports whether sources serve other documents than before.
func newer(now, before []fetch.SourceStatus) bool {
	return !slices.EqualFunc(now, before, func(a, b fetch.SourceStatus) bool {
		return a.Name == b.Name && a.From.Equal(b.From) && (a.Err == nil) == (b.Err == nil) && (a.Unkept == nil) == (b.Unkept == nil)
	})
}

// maxLines is how many sources that failed at once the log names one by one:
// when the network fails, thousands do.
const maxLines = 10

// tell writes news to the log and emits their events.
func (a *App) tell(list []news) {
	failed := 0
	for _, n := range list {
		level := n.level
		if n.event == EventCRLFailed && level == zap.WarnLevel {
			if failed++; failed > maxLines {
				level = zap.DebugLevel
			}
		}
		if e := a.logger.Check(level, n.text); e != nil {
			e.Write(n.fields...)
		}
		data := zapcore.NewMapObjectEncoder()
		for _, f := range n.fields {
			f.AddTo(data)
		}
		a.events.Emit(a.module, n.event, data.Fields)
	}
	if failed > maxLines {
		a.logger.Warn("many lists not fetched", zap.Int("sources", failed))
	}
}

// distances are those at which to warn.
func (t *TrustConfig) distances() (list []time.Duration) {
	for _, d := range t.Warn {
		list = append(list, time.Duration(d))
	}
	return list
}

// signal leaves a value in a channel with room for one.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// every calls f at once and then again and again until the context ends, and
// earlier where wake says so.
func every(ctx context.Context, period time.Duration, wake <-chan struct{}, f func()) {
	t := time.NewTicker(period)
	defer t.Stop()
	for ctx.Err() == nil {
		f()
		select {
		case <-ctx.Done():
		case <-t.C:
		case <-wake:
		}
	}
}
