package fetch

import (
	"context"
	"time"
)

// Run does rounds until the context ends; the clock is read through now.
// Problems go to report, nil to none.
func (r *Refresher) Run(ctx context.Context, now func() time.Time, report func(error)) {
	const tick = 15 * time.Second
	timer := time.NewTicker(tick)
	defer timer.Stop()
	for {
		if err := r.Round(ctx, now(), false); err != nil && report != nil && ctx.Err() == nil {
			report(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
	}
}

// A SourceStatus tells how a source fares.
type SourceStatus struct {
	Name      string
	Addresses []string
	Fetched   time.Time // last success; zero if never
	From      time.Time // of the document in effect
	Until     time.Time
	Due       time.Time
	Failures  int   // in a row
	Err       error // of the last attempt
	Unkept    error // why the document could not be stored
}

// Status returns the state of all sources, those first whose document ends
// first.
func (r *Refresher) Status() []SourceStatus {
	var list []SourceStatus
	for _, s := range r.all() {
		list = append(list, *s.seen.Load())
	}
	return list
}
