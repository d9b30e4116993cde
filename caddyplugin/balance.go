package caddyplugin

import (
	"os"
	"runtime/debug"
	runtimemetrics "runtime/metrics"
)

// A balance sets how much garbage may pile up until it is collected. Go lets it
// grow as large as everything in use. Revocation lists are most of that at
// national size, and have nothing to do with how much garbage requests make: a
// sixteenth of them counts. An operator who sets GOGC knows better.
type balance struct {
	rest    int // bytes in use that are not lists
	percent int // as set; 0 if it was not
}

// update looks at what the stores have, once a second.
func (b *balance) update(stores []trustInUse) {
	if os.Getenv("GOGC") != "" {
		return
	}
	lists := 0
	for _, ts := range stores {
		lists += ts.store.Trust().Retained()
	}
	live := []runtimemetrics.Sample{{Name: "/gc/heap/live:bytes"}}
	runtimemetrics.Read(live)
	// Setting it stops the world for a moment.
	if percent := b.next(int(live[0].Value.Uint64()), lists); percent != b.percent {
		debug.SetGCPercent(percent)
		b.percent = percent
	}
}

// next returns how much garbage there may be, in percent of what is live.
func (b *balance) next(live, lists int) int {
	const least = 32 << 20
	// What a refresh has in hand is gone in a minute, and no reason to have more.
	slowly := b.rest + b.rest/200
	if b.rest = max(live-lists, least); slowly > 0 {
		b.rest = min(b.rest, slowly)
	}
	return 100 * (b.rest + lists/16) / (b.rest + lists) / 5 * 5
}
