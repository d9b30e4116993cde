package fetch

import "time"

// announcement is the name of the record in which whoever fetches beside a gate
// says when he did.
const announcement = "fetched"

// Announce says in storage that its documents were fetched at a moment: gates
// that share it take them in their next round, due or not.
func (r *Refresher) Announce(now time.Time) error {
	return r.writeRecord(announcement, record{Fetched: now})
}

// announced reports whether anybody has announced since it was asked before.
func (r *Refresher) announced() bool {
	at := r.readRecord(announcement).Fetched
	r.mu.Lock()
	defer r.mu.Unlock()
	if at.Equal(r.heard) {
		return false
	}
	r.heard = at
	return true
}
