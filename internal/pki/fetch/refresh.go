package fetch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/soapgate/soapgate/internal/pki"
)

// A Refresher keeps the documents of its sources fresh: from storage when it
// starts, then from the network ahead of their time. It works beside the
// requests; nothing waits for it.
type Refresher struct {
	client  *Client
	storage Storage
	store   *pki.Store
	jitter  func() float64 // in [0, 1)
	// work has a slot for each fetch that may compute at a time: half of the
	// processors are left to the requests. Waiting for the network takes none.
	work chan struct{}
	// large has one slot, for a document that takes much memory to read.
	large chan struct{}

	mu      sync.Mutex
	sources map[string]*source
	added   int       // of the sources, by Add
	heard   time.Time // the last announcement
}

// A source is the state of one Source.
type source struct {
	Source
	added bool       // by Add
	mu    sync.Mutex // held while it is fetched

	record
	due      time.Time
	failures int
	err      error // of the last attempt
	unkept   error // why the document in effect could not be stored

	// seen is what Status tells, so that nobody waits for a fetch to end.
	seen atomic.Pointer[SourceStatus]
}

func newSource(s Source, added bool) *source {
	n := &source{Source: s, added: added}
	n.show()
	return n
}

// show makes the state of a source what Status tells.
func (s *source) show() {
	s.seen.Store(&SourceStatus{
		Name: s.Name, Addresses: s.Addresses, Fetched: s.Fetched, From: s.From, Until: s.Until, Due: s.due,
		Failures: s.failures, Err: s.err, Unkept: s.unkept,
	})
}

// A record is what is kept of a fetch beside the document.
type record struct {
	Validators
	Address string    `json:"address,omitempty"` // that the validators belong to
	Fetched time.Time `json:"fetched"`
	From    time.Time `json:"from"`
	Until   time.Time `json:"until"`
}

// recordSuffix ends the names of records.
const recordSuffix = ".json"

// parallel is how many documents are fetched at a time. Most of the time is
// spent waiting, for servers that are gone above all.
const parallel = 16

// NewRefresher returns a Refresher without sources. The store learns which
// addresses fail.
func NewRefresher(store *pki.Store, client *Client, storage Storage) *Refresher {
	return &Refresher{
		client: client, storage: storage, store: store, jitter: rand.Float64,
		work: make(chan struct{}, max(runtime.GOMAXPROCS(0)/2, 1)), large: make(chan struct{}, 1), sources: make(map[string]*source),
	}
}

// SetSources replaces the sources, but for those that Add added. Those that
// stay, by name, keep their state.
func (r *Refresher) SetSources(list []Source) {
	r.mu.Lock()
	defer r.mu.Unlock()
	next := make(map[string]*source, len(list))
	for _, s := range list {
		if old := r.sources[s.Name]; old != nil {
			old.added = false
			next[s.Name] = old
			continue
		}
		next[s.Name] = newSource(s, false)
	}
	r.added = 0
	for name, s := range r.sources {
		if s.added && next[name] == nil {
			next[name] = s
			r.added++
		}
	}
	r.sources = next
}

// all returns the sources, those first whose document ends first.
func (r *Refresher) all() []*source {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.SortedFunc(maps.Values(r.sources), func(a, b *source) int {
		return a.seen.Load().Until.Compare(b.seen.Load().Until)
	})
}

// each calls f for all sources, a few at a time.
func each(list []*source, limit int, f func(*source)) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, limit)
	for _, s := range list {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			s.mu.Lock()
			defer s.mu.Unlock()
			f(s)
			s.show()
		})
	}
	wg.Wait()
}

// Load puts into effect what storage has of sources that have nothing yet. A
// document that is not there is no problem.
func (r *Refresher) Load(now time.Time) error {
	r.announced() // what was announced is loaded now
	var mu sync.Mutex
	var problems []error
	each(r.all(), runtime.GOMAXPROCS(0), func(s *source) {
		if !s.Fetched.IsZero() {
			return
		}
		if err := r.load(s, now, false); err != nil && !errors.Is(err, fs.ErrNotExist) {
			mu.Lock()
			defer mu.Unlock()
			problems = append(problems, fmt.Errorf("%s: %w", s.Name, err))
		}
	})
	return pki.Join(problems)
}

// load takes what storage has of a source, at the pace of a refresh or at once.
func (r *Refresher) load(s *source, now time.Time, slowly bool) error {
	f, err := r.storage.Open(s.Name)
	if err != nil {
		return err
	}
	defer f.Close()
	var src io.Reader = f
	if slowly {
		p := &paced{Reader: f, pace: pace{slot: r.work}}
		p.begin()
		defer p.end()
		src = p
	}
	span, err := s.Take(src, now)
	if err != nil && !errors.Is(err, pki.ErrOlder) {
		return err
	}
	rec := r.readRecord(s.Name)
	rec.From, rec.Until = span.From, span.Until
	s.record = rec
	s.due = r.after(s, now)
	return nil
}

// readRecord returns the record beside a document. Without one the document
// is fetched anew.
func (r *Refresher) readRecord(name string) (rec record) {
	f, err := r.storage.Open(name + recordSuffix)
	if err != nil {
		return record{}
	}
	defer f.Close()
	if json.NewDecoder(io.LimitReader(f, 64<<10)).Decode(&rec) != nil {
		return record{}
	}
	return rec
}

// after returns when a source is due after a success: in half the time that
// its document has left, within its Refresh.
func (r *Refresher) after(s *source, now time.Time) time.Time {
	since := s.Fetched
	if since.IsZero() || since.After(now) {
		return now
	}
	wait := min(max(s.Until.Sub(since)/2, time.Minute), s.Refresh)
	return since.Add(time.Duration(float64(wait) * (0.9 + 0.2*r.jitter())))
}

// again returns when a source is due after a failure: after a minute, then
// twice as long each time, within its Refresh, and a random part earlier so
// that gates do not come all at once.
func (r *Refresher) again(s *source, now time.Time) time.Time {
	wait := min(time.Minute<<min(s.failures-1, 10), s.Refresh)
	return now.Add(time.Duration(float64(wait) * (0.5 + 0.5*r.jitter())))
}

// isDue reports whether a source is due. A date further ahead than any that is
// ever set was set by a clock that has been put right since.
func (s *source) isDue(now time.Time) bool {
	return !now.Before(s.due) || s.due.Sub(now) > 2*s.Refresh
}

// Round fetches every source that is due, and all if forced. The error has
// the Problems of this round.
func (r *Refresher) Round(ctx context.Context, now time.Time, force bool) error {
	var mu sync.Mutex
	var problems []error
	announced := r.announced()
	each(r.all(), parallel, func(s *source) {
		due := force || s.isDue(now)
		if ctx.Err() != nil || !due && !announced {
			return
		}
		if force || !r.shared(s, now) && due {
			r.fetch(ctx, s, now)
		}
		mu.Lock()
		defer mu.Unlock()
		for _, err := range []error{s.err, s.unkept} {
			if err != nil {
				problems = append(problems, err)
			}
		}
	})
	r.report()
	return pki.Join(problems)
}

// report tells the store which addresses fail.
func (r *Refresher) report() {
	failing := make(map[string]error)
	for _, s := range r.Status() {
		if s.Err != nil {
			for _, a := range s.Addresses {
				failing[a] = s.Err
			}
		}
	}
	r.store.Update(func(t *pki.Trust) *pki.Trust { return t.WithFailing(failing) })
}

// shared takes from storage what another gate has fetched meanwhile, and
// reports whether that will do.
func (r *Refresher) shared(s *source, now time.Time) bool {
	rec := r.readRecord(s.Name)
	if !rec.Fetched.After(s.Fetched) || rec.Fetched.After(now) || r.load(s, now, true) != nil || !now.Before(s.due) {
		return false
	}
	s.err, s.failures = nil, 0
	return true
}

// fetch brings a source up to date from the first of its addresses that serves
// a document in force.
func (r *Refresher) fetch(ctx context.Context, s *source, now time.Time) {
	var errs []error
	for i := range s.Addresses {
		address := s.Addresses[(i+s.failures)%len(s.Addresses)]
		err := r.fetchFrom(ctx, s, address, now)
		if err == nil {
			s.err, s.failures = nil, 0
			s.due = r.after(s, now)
			return
		}
		errs = append(errs, err)
	}
	s.failures++
	s.err = errors.Join(errs...)
	s.due = r.again(s, now)
}

var errNotInForce = errors.New("the document served is not in force any more")

func (r *Refresher) fetchFrom(ctx context.Context, s *source, address string, now time.Time) error {
	var v Validators
	if s.Address == address && s.unkept == nil {
		v = s.Validators
	}
	get := r.client.Get
	if isFile(address) {
		get = openFile
	}
	res, err := get(ctx, address, v, s.MaxSize)
	if err != nil {
		return err
	}
	if res.NotModified {
		return r.settle(s, address, res.Validators, Span{s.From, s.Until}, now)
	}
	defer res.Body.Close()
	span, unkept, err := r.take(s, res, now)
	if err != nil {
		return fmt.Errorf("fetching %s: %w", address, err)
	}
	s.unkept = unkept
	return r.settle(s, address, res.Validators, span, now)
}

// settle records what an address served.
func (r *Refresher) settle(s *source, address string, v Validators, span Span, now time.Time) error {
	s.record = record{Validators: v, Address: address, Fetched: now, From: span.From, Until: span.Until}
	if s.unkept == nil {
		s.unkept = r.writeRecord(s.Name, s.record)
	}
	if !now.Before(span.Until) {
		return fmt.Errorf("fetching %s: %w", address, errNotInForce)
	}
	return nil
}

// take puts a document into effect while it is read, and keeps a copy. That
// the copy cannot be kept, as on a full disk, is no reason to do without.
func (r *Refresher) take(s *source, res *Response, now time.Time) (span Span, unkept, err error) {
	draft, unkept := r.storage.Create(s.Name)
	copied := &copier{src: res.Body, dst: draft, err: unkept, pace: pace{slot: r.work}, large: r.large}
	copied.begin()
	copied.Expect(res.Length)
	if span, err = s.Take(copied, now); err == nil {
		_, err = io.Copy(io.Discard, copied)
	}
	copied.close()
	switch {
	case draft == nil:
	case err != nil || copied.err != nil:
		draft.Discard()
	default:
		copied.err = draft.Commit()
	}
	if copied.err != nil {
		unkept = fmt.Errorf("keeping %s: %w", s.Name, copied.err)
	}
	return span, unkept, err
}

func (r *Refresher) writeRecord(name string, rec record) error {
	b, err := json.Marshal(rec)
	if err != nil {
		return err
	}
	return write(r.storage, name+recordSuffix, b)
}
