package caddyplugin

import (
	"context"
	"encoding/json"
	"io/fs"
	"time"

	"github.com/soapgate/soapgate/internal/pki"
)

// signersPeriod is how often the signers known are kept, if there are new ones.
const signersPeriod = 5 * time.Minute

// recallSigners makes those signers known that were so before a restart, so
// that warnings count them. The mutex is held.
func (ts *TrustStore) recallSigners() {
	list, _ := ts.keptSigners() // who cannot be recalled is learned anew
	ts.store.Remember(list)
	ts.learned = ts.store.Learned()
}

func (ts *TrustStore) keptSigners() (list []pki.Signer, err error) {
	storage := ts.files.lent.Load()
	if storage == nil {
		return nil, fs.ErrNotExist
	}
	ctx, cancel := context.WithTimeout(context.Background(), storageTimeout)
	defer cancel()
	b, err := (*storage).Load(ctx, storageKey(ts.signers))
	if err == nil {
		err = json.Unmarshal(b, &list)
	}
	return list, err
}

// keepSigners keeps who is known in Caddy's storage, together with those that
// other nodes know, if there are new ones or a day has passed.
func (ts *TrustStore) keepSigners(now time.Time) {
	ts.mu.Lock()
	learned, kept := ts.learned, ts.signersKept
	ts.mu.Unlock()
	current := ts.store.Learned()
	storage := ts.files.lent.Load()
	if storage == nil || current == learned && (now.Sub(kept) < 24*time.Hour || kept.IsZero()) {
		return
	}
	others, _ := ts.keptSigners()
	ts.store.Remember(others)
	b, err := json.Marshal(ts.store.Signers(now))
	if err != nil {
		panic("soapgate: internal error: signers are no JSON: " + err.Error())
	}
	ctx, cancel := context.WithTimeout(context.Background(), storageTimeout)
	defer cancel()
	if (*storage).Store(ctx, storageKey(ts.signers), b) == nil {
		ts.mu.Lock()
		ts.learned, ts.signersKept = current, now
		ts.mu.Unlock()
	}
}
