package trustlist

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/pki/fetch"
)

// A Keeper holds the trust list in effect and puts it into a pki.Store.
type Keeper struct {
	store   *pki.Store
	options Options
	maxAge  time.Duration
	changed func(*List)

	mu   sync.Mutex
	list *List
}

// NewKeeper returns a Keeper without a list. A list counts until maxAge after
// its date; 0 means for ever. Changed, if not nil, is called with each list
// that comes into effect.
func NewKeeper(store *pki.Store, o Options, maxAge time.Duration, changed func(*List)) *Keeper {
	return &Keeper{store: store, options: o, maxAge: maxAge, changed: changed}
}

// List returns the list in effect, or nil.
func (k *Keeper) List() *List {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.list
}

// Take reads a list and puts it into effect if it supersedes the one held.
func (k *Keeper) Take(r io.Reader, now time.Time) (fetch.Span, error) {
	limit := k.options.MaxSize
	if limit == 0 {
		limit = MaxSize
	}
	b, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err != nil {
		return fetch.Span{}, err
	}
	o := k.options
	o.Now = now
	l, err := Parse(b, o)
	if err != nil {
		return fetch.Span{}, err
	}
	return k.put(l)
}

func (k *Keeper) put(l *List) (fetch.Span, error) {
	took, err := k.replace(l)
	if err != nil {
		return fetch.Span{}, err
	}
	if took && k.changed != nil {
		k.changed(l)
	}
	until := l.Date.Add(100 * 365 * 24 * time.Hour)
	if k.maxAge > 0 {
		until = l.Date.Add(k.maxAge)
	}
	return fetch.Span{From: l.Date, Until: until}, nil
}

func (k *Keeper) replace(l *List) (took bool, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := l.Supersedes(k.list); err != nil {
		return false, err
	}
	if k.list != nil && l.Fingerprint == k.list.Fingerprint {
		return false, nil
	}
	accreditations, certificates := l.Accreditations(k.maxAge)
	k.store.Update(func(t *pki.Trust) *pki.Trust { return t.WithAccreditations(accreditations, certificates) })
	k.list = l
	return true, nil
}

// Source returns the source of the list at the given addresses: http, https or
// file.
func (k *Keeper) Source(refresh time.Duration, addresses ...string) (fetch.Source, error) {
	if len(addresses) == 0 {
		return fetch.Source{}, fmt.Errorf("a trust list without addresses")
	}
	limit := int64(k.options.MaxSize)
	if limit == 0 {
		limit = MaxSize
	}
	return fetch.Source{Name: "trust-list.xml", Addresses: addresses, MaxSize: limit, Refresh: refresh, Take: k.Take}, nil
}

// Folder returns a folder of trust lists (*.xml) that somebody else puts there.
func (k *Keeper) Folder(path string) *fetch.Folder {
	return fetch.NewFolder(path, func(r io.Reader, now time.Time) error {
		_, err := k.Take(r, now)
		return err
	}, ".xml")
}

// CRLSources returns the sources of the lists that the trust list names for
// keys whose certificates have not all expired, and of those that these
// certificates name for themselves, the head CA's own. Addresses that make no
// source are reported as Problems.
func (l *List) CRLSources(store *pki.Store, refresh time.Duration, maxSize int64, now time.Time) ([]fetch.Source, error) {
	var sources []fetch.Source
	var problems []error
	seen := make(map[string]bool)
	add := func(ca *Authority, addresses []string) {
		for _, mirrors := range fetch.Mirrors(addresses) {
			s, err := fetch.CRLSource(store, refresh, maxSize, mirrors...)
			switch {
			case err != nil:
				problems = append(problems, fmt.Errorf("%s: %w", ca.Name, err))
			case !seen[s.Name]:
				seen[s.Name] = true
				sources = append(sources, s)
			}
		}
	}
	for ca, key := range l.Keys {
		if !key.usable(now) {
			continue
		}
		add(ca, key.CRLs)
		for _, c := range key.Certificates {
			add(ca, c.CRLAddresses())
		}
	}
	return sources, pki.Join(problems)
}

func (k *Key) usable(now time.Time) bool {
	for _, c := range k.Certificates {
		if !now.After(c.NotAfter) {
			return true
		}
	}
	return false
}
