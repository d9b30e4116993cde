package pki

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
)

// A Store holds the Trust in force and the verdicts reached with it. It is
// safe for concurrent use; a verification sees one Trust throughout.
type Store struct {
	// Missed, if not nil, is called by Verify with each certificate for which
	// there is no list. It must not wait. It is set before the first use.
	Missed func(*Certificate)

	trust   atomic.Pointer[Trust]
	changes atomic.Uint64
	write   sync.Mutex // held while a Trust is derived from the one in force

	mu       sync.RWMutex
	verdicts map[question]*Verdict // one that does not hold any more still tells of a signer
	learned  atomic.Uint64

	parsed parsed
}

// A question is what a verdict answers, but for the time.
type question struct {
	fingerprint [32]byte
	usage       Usage
	class       Class
	tolerance   Tolerance
}

// maxVerdicts bounds the cache. Only accepted certificates are in it, so that
// nobody fills it with certificates of his own making.
const maxVerdicts = 1 << 14

// NewStore returns a store with a first Trust.
func NewStore(t *Trust) *Store {
	s := &Store{
		verdicts: make(map[question]*Verdict),
		parsed:   parsed{seed: maphash.MakeSeed(), young: make(map[uint64]*Certificate)},
	}
	s.trust.Store(t)
	return s
}

// Trust returns the Trust in force.
func (s *Store) Trust() *Trust { return s.trust.Load() }

// Update puts the Trust that f derives from the one in force in its place.
func (s *Store) Update(f func(*Trust) *Trust) {
	s.write.Lock()
	defer s.write.Unlock()
	old := s.trust.Load()
	if t := f(old); t != old {
		s.trust.Store(t)
		s.changes.Add(1)
	}
}

// Changes returns how often another Trust has come into force.
func (s *Store) Changes() uint64 { return s.changes.Load() }

// Put puts a list from outside into effect. Its signature must hold under a
// key that is known, and it must not be older than the one in effect.
func (s *Store) Put(l *CRL) error {
	var err error
	s.Update(func(t *Trust) *Trust {
		if err = t.Prove(l); err != nil {
			return t
		}
		var u *Trust
		if u, err = t.WithCRLs(l); err != nil {
			return t
		}
		return u
	})
	return err
}

// Verify is Trust.Verify with the Trust in force. A verdict is kept and given
// again until a certificate or list that it rests on expires or is replaced.
func (s *Store) Verify(c *Certificate, hints []*Certificate, p Params) (*Verdict, error) {
	t := s.trust.Load()
	if p.Historical {
		return t.Verify(c, hints, p)
	}
	q := question{c.Fingerprint, p.Usage, p.MinClass, p.Tolerance}
	s.mu.RLock()
	v := s.verdicts[q]
	s.mu.RUnlock()
	if v != nil && v.holds(t, p) {
		v.see(p.At)
		return v, nil
	}
	v, _, err := t.judge(c, hints, p, observer{missed: s.Missed})
	if err != nil {
		return nil, err
	}
	v.see(p.At)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.verdicts) >= maxVerdicts {
		s.shrink(t, p)
	}
	if s.verdicts[q] == nil {
		s.learned.Add(1)
	}
	s.verdicts[q] = v
	return v, nil
}

// shrink drops the verdicts that no longer hold and, if those are few, as many
// others as make the cache half empty.
func (s *Store) shrink(t *Trust, p Params) {
	for q, v := range s.verdicts {
		if !v.holds(t, p) {
			delete(s.verdicts, q)
		}
	}
	for q := range s.verdicts {
		if len(s.verdicts) <= maxVerdicts/2 {
			return
		}
		delete(s.verdicts, q)
	}
}

// holds reports whether a verdict is what t would answer at p.At.
func (v *Verdict) holds(t *Trust, p Params) bool {
	if v.base != t.edition || p.At.Before(v.From) || !p.At.Before(v.Until) {
		return false
	}
	for _, r := range v.rests {
		if t.lists.get(r.issuer).state() != r.lists {
			return false
		}
	}
	return true
}
