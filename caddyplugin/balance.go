package caddyplugin

import (
	"os"
	"runtime/debug"
	runtimemetrics "runtime/metrics"
)

// balanceMemory sets how much garbage may pile up until it is collected. Go lets
// it grow as large as everything in use. Revocation lists are most of that at
// national size, and have nothing to do with how much garbage requests make: an
// eighth of them counts. An operator who sets GOGC knows better.
// It returns the percentage set; last is the one before.
func (a *App) balanceMemory(last int) int {
	if os.Getenv("GOGC") != "" {
		return last
	}
	lists := 0
	for _, ts := range a.stores {
		lists += ts.store.Trust().Retained()
	}
	live := []runtimemetrics.Sample{{Name: "/gc/heap/live:bytes"}}
	runtimemetrics.Read(live)
	percent := garbagePercent(int(live[0].Value.Uint64()), lists)
	if percent != last { // setting it stops the world for a moment
		debug.SetGCPercent(percent)
	}
	return percent
}

// garbagePercent is how much garbage there may be, in percent of what is live.
func garbagePercent(live, lists int) int {
	const least = 32 << 20 // of what is not lists
	rest := max(live-lists, least)
	return 100 * (rest + lists/8) / (rest + lists) / 5 * 5
}
