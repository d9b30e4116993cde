package fetch

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"golang.org/x/time/rate"

	"github.com/soapgate/soapgate/internal/pki"
)

// Named has lists fetched that certificates themselves name, from hosts that
// the operator allows. The names come with messages, though in certificates
// that a trusted CA has signed: they are taken off the way of requests, each once,
// so many in a time and so many in all.
type Named struct {
	refresher *Refresher
	source    func(mirrors ...string) (Source, error)
	hosts     []string
	queue     chan *pki.Certificate
	pace      *rate.Limiter
}

// NewNamed returns a Named that adds sources to a refresher.
func NewNamed(r *Refresher, hosts []string, refresh time.Duration, maxSize int64) *Named {
	return &Named{
		refresher: r, hosts: hosts, queue: make(chan *pki.Certificate, 64), pace: rate.NewLimiter(1, 30),
		source: func(mirrors ...string) (Source, error) { return CRLSource(r.store, refresh, maxSize, mirrors...) },
	}
}

// Missed notes a certificate for which there is no list. It never waits: what
// is too much is passed over, and comes again with the next message.
func (n *Named) Missed(c *pki.Certificate) {
	select {
	case n.queue <- c:
	default:
	}
}

// Run adds the sources of what was noted until the context ends, and calls
// added when there are new ones.
func (n *Named) Run(ctx context.Context, added func()) {
	for {
		select {
		case <-ctx.Done():
			return
		case c := <-n.queue:
			if n.take(OnHosts(c.CRLAddresses(), n.hosts)) {
				added()
			}
		}
	}
}

// take adds the sources at the given addresses and reports whether there was a
// new one.
func (n *Named) take(addresses []string) (added bool) {
	for _, mirrors := range Mirrors(addresses) {
		s, err := n.source(mirrors...)
		if err != nil || n.refresher.has(s.Name) || !n.pace.Allow() {
			continue
		}
		added = n.refresher.Add(s) || added
	}
	if added {
		// A start without this record finds the lists out again.
		if b, err := json.Marshal(n.refresher.addedAddresses()); err == nil {
			_ = write(n.refresher.storage, namedRecord, b)
		}
	}
	return added
}

// namedRecord has the addresses of the sources added, so that a gate that
// starts has their lists at once.
const namedRecord = "named" + recordSuffix

// Load adds the sources that were added before the gate was stopped, as far as
// their hosts are still allowed.
func (n *Named) Load() {
	f, err := n.refresher.storage.Open(namedRecord)
	if err != nil {
		return
	}
	defer f.Close()
	var groups [][]string
	if json.NewDecoder(io.LimitReader(f, 4<<20)).Decode(&groups) != nil {
		return
	}
	for _, g := range groups {
		if s, err := n.source(OnHosts(g, n.hosts)...); err == nil {
			n.refresher.Add(s)
		}
	}
}

func (r *Refresher) has(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sources[name] != nil
}

func (r *Refresher) addedAddresses() (groups [][]string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.sources {
		if s.added {
			groups = append(groups, s.Addresses)
		}
	}
	return groups
}

// maxAdded bounds the sources that Add adds: they come from certificates.
const maxAdded = 1000

// Add adds a source that turned up and reports whether it did: not if it is
// there already, or if there are too many and all of them good.
func (r *Refresher) Add(s Source) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sources[s.Name] != nil || r.added >= maxAdded && !r.dropFailing() {
		return false
	}
	r.sources[s.Name] = newSource(s, true)
	r.added++
	return true
}

// dropFailing drops an added source that has never served anything, so that
// names that lead nowhere do not keep others out. The mutex is held.
func (r *Refresher) dropFailing() bool {
	for name, s := range r.sources {
		if seen := s.seen.Load(); s.added && seen.Fetched.IsZero() && seen.Failures > 0 {
			delete(r.sources, name)
			r.added--
			return true
		}
	}
	return false
}
