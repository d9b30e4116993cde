package quota

import (
	"context"
	"crypto/sha256"
	"strings"
	"sync"
	"time"

	"github.com/soapgate/soapgate/internal/reject"
)

// A Mark is what a signed message is remembered by.
type Mark struct {
	Signer    string        // who signed, as the registry or the certificate names him
	GUID      string        // of the message; compared without regard to case
	Signature []byte        // the decoded signature value: its encodings do not matter
	Keep      time.Duration // how long to remember
}

// Seen is what a replay window knows of a mark.
type Seen uint8

// The answers of a replay window.
const (
	New      Seen = iota // not seen; from now on it is
	Repeated             // this signature was seen, under whatever GUID
	Reused               // the GUID was seen with another signature
	Full                 // the signer has no room left; nothing was remembered
)

func (s Seen) String() string { return [...]string{"new", "repeated", "reused", "full"}[s] }

// Rejection returns the refusal of a mark that is not new, nil if it is.
func (m *Mark) Rejection(s Seen) *reject.Rejection {
	switch s {
	case Repeated:
		return reject.New(reject.AuthorityReplay, "guid", m.GUID)
	case Reused:
		return reject.New(reject.AuthorityGUIDReused, "guid", m.GUID)
	case Full:
		r := reject.New(reject.AuthorityReplayFull, "signer", m.Signer, "retry", "60")
		r.RetryAfter = time.Minute
		return r
	}
	return nil
}

// noGUID is the digest of no GUID.
var noGUID, _ = (&Mark{}).digests()

// A Replay is a window in which marks are remembered.
type Replay interface {
	// Remember inserts a mark if it is new, in one atomic step.
	Remember(ctx context.Context, now Tick, m *Mark) (Seen, error)
	// Forget takes back a mark that was New: the message was not delivered.
	Forget(ctx context.Context, m *Mark) error
}

// A digest of 16 bytes stands for a GUID or a signature value. Signature
// values are chosen by signers, so the hash must withstand collisions between
// two of the same signer only: those harm nobody else.
type digest [16]byte

func (m *Mark) digests() (guid, signature digest) {
	g := sha256.Sum256([]byte(strings.ToLower(m.GUID)))
	s := sha256.Sum256(m.Signature)
	return digest(g[:16]), digest(s[:16])
}

// Marks is the replay window of one node. Each signer has a part of his own,
// so that nobody pushes out what another would be caught by.
type Marks struct {
	mu        sync.Mutex
	signers   map[string]*signer
	total     int
	most      int // of all signers
	perSigner int
	swept     Tick
	saved     bool          // remembers what is to be saved
	fresh     []pendingMark // since the last Save
}

type signer struct {
	guids      map[digest]seen
	signatures map[digest]Tick // to the moment until which it is remembered
	queue      []mark          // in the order of arrival
}

type seen struct {
	signature digest
	until     Tick
}

type mark struct {
	guid, signature digest
	until           Tick
}

// The default bounds of Marks: some 120 bytes a mark.
const (
	defaultMarks     = 1_000_000
	defaultPerSigner = 100_000
)

// NewMarks returns an empty window that holds at most so many marks, in all
// and of one signer; 0 means 1 000 000 and 100 000.
func NewMarks(most, perSigner int) *Marks {
	if most <= 0 {
		most = defaultMarks
	}
	if perSigner <= 0 {
		perSigner = defaultPerSigner
	}
	return &Marks{signers: make(map[string]*signer), most: most, perSigner: perSigner}
}

// Remember implements Replay. It never fails.
func (w *Marks) Remember(_ context.Context, now Tick, m *Mark) (Seen, error) {
	guid, signature := m.digests()
	w.mu.Lock()
	defer w.mu.Unlock()
	if s := w.signers[m.Signer]; s != nil {
		w.expire(s, now)
		if until, ok := s.signatures[signature]; ok && now < until {
			return Repeated, nil
		}
		if g, ok := s.guids[guid]; ok && now < g.until {
			return Reused, nil
		}
		if len(s.queue) >= w.perSigner {
			return Full, nil
		}
	}
	if w.total >= w.most && !w.sweep(now) {
		return Full, nil
	}
	w.insert(m.Signer, mark{guid, signature, now + ticks(m.Keep)})
	return New, nil
}

// insert remembers a mark. w.mu is held.
func (w *Marks) insert(name string, m mark) {
	s := w.signers[name]
	if s == nil {
		s = &signer{guids: make(map[digest]seen), signatures: make(map[digest]Tick)}
		w.signers[name] = s
	}
	s.signatures[m.signature] = m.until
	if m.guid != noGUID {
		s.guids[m.guid] = seen{m.signature, m.until}
	}
	s.queue = append(s.queue, m)
	w.total++
	if w.saved {
		w.fresh = append(w.fresh, pendingMark{name, m})
	}
}

// Forget implements Replay. It never fails.
func (w *Marks) Forget(_ context.Context, m *Mark) error {
	guid, signature := m.digests()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.forget(m.Signer, mark{guid, signature, forgotten})
	return nil
}

// forgotten is until when a mark is to be remembered that is not any more.
const forgotten = noSuchTick

// forget takes back a mark. w.mu is held.
func (w *Marks) forget(name string, m mark) {
	s := w.signers[name]
	if s == nil {
		return
	}
	delete(s.signatures, m.signature)
	if s.guids[m.guid].signature == m.signature {
		delete(s.guids, m.guid)
	}
	if w.saved {
		w.fresh = append(w.fresh, pendingMark{name, mark{m.guid, m.signature, forgotten}})
	}
}

// expire drops what a signer need not be remembered by any more. A mark that
// was forgotten and came again is in the queue twice; only the later goes for it.
func (w *Marks) expire(s *signer, now Tick) {
	n := 0
	for n < len(s.queue) && s.queue[n].until <= now {
		m := s.queue[n]
		if s.signatures[m.signature] == m.until {
			delete(s.signatures, m.signature)
		}
		if g, ok := s.guids[m.guid]; ok && g.until == m.until {
			delete(s.guids, m.guid)
		}
		n++
	}
	w.total -= n
	if s.queue = s.queue[n:]; len(s.queue) == 0 {
		s.queue = nil
	}
}

// sweep drops what all signers need not be remembered by, and the signers of
// whom nothing is left, once a second at most. It reports whether there is room.
func (w *Marks) sweep(now Tick) bool {
	if now < w.swept+perSecond && now >= w.swept {
		return false
	}
	w.swept = now
	for name, s := range w.signers {
		if w.expire(s, now); len(s.queue) == 0 {
			delete(w.signers, name)
		}
	}
	return w.total < w.most
}
