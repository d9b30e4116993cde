package quota

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

//go:embed lua/return.lua
var luaReturn string

// Leases is a Redis store that has the server give it a little ahead, so that
// most decisions need no round trip.
//
// The server gives a node at most its share of half of what is left, so that
// less is ahead the nearer the limit is; and little at first, more as it is used
// up. A node uses what is ahead for a second and then settles: it tells what it
// has used. Before a request is refused for want of what is ahead elsewhere,
// that is called back, and the server decides exactly.
//
// What nodes were given and have not settled is no part of the server's state
// but is added to it whenever the server decides, and only what was used comes
// into the state, when the node settles. With P what was admitted (of a rate its
// level), U what is ahead and not used yet, M the server's state and O what is
// not settled, P + U <= M + O always holds: admitting and giving add the same to
// both sides; using moves from U to P; settling adds to M at least what brings P
// up to date, see lib.lua; and of a rate, time takes from P at least when it
// takes from M, and U is never more than O. The server keeps M + O within the
// limit, hence P.
//
// What is not settled two seconds after it was given counts no more: its node
// is dead, or late and has stopped using it. Until a late one settles, or for
// good if it is dead, P is beyond M by what it used within one second: at most
// that is admitted beyond the limit. Places of a concurrency rule are part of
// the state and count as long as the node that holds them is heard of.
type Leases struct {
	*Redis
	giveBack *redis.Script

	mu     sync.Mutex
	last   int64                // number of a slice
	ahead  map[digest][]*slice  // and what is to be settled
	closed map[digest]time.Time // called back: ask for nothing ahead until then
}

const (
	// A node asks for a few requests ahead, and for four times as many when they
	// are used up; of bytes for so many.
	wantFirst, wantMost           = 8, 512
	wantFirstBytes, wantMostBytes = 1 << 16, 1 << 20
	// useFor is how long a node uses what it was given. The scripts count on its
	// being settled when it is twice as old.
	useFor = time.Second
	// recallTries and recallPause bound how long a request that would be refused
	// waits for what other nodes have ahead: every other time twice as long, so
	// that a busy machine has time to answer.
	recallTries = 10
	recallPause = time.Millisecond
	// recallRest is how long a node asks for nothing ahead of a key that was
	// called back.
	recallRest = time.Second
)

// NewLeases returns a store over r, which must not be used otherwise.
func NewLeases(r *Redis) *Leases { return newLeases(r, luaLib) }

func newLeases(r *Redis, lib string) *Leases {
	l := &Leases{
		Redis: r, giveBack: redis.NewScript(lib + luaReturn),
		ahead: make(map[digest][]*slice), closed: make(map[digest]time.Time),
	}
	r.settle = l.settleAll
	return l
}

// Decide implements Store.
func (l *Leases) Decide(ctx context.Context, now Tick, checks []Check) error {
	server := now + Tick(l.offset.Load())
	var buf [maxChecks]digest
	digests := digestsOf(buf[:0], checks)
	if l.takeAll(server, checks, digests) {
		l.status.ahead.Add(1)
		return nil
	}
	return l.ask(ctx, now, checks, digests)
}

func digestsOf(list []digest, checks []Check) []digest {
	for i := range checks {
		list = append(list, digestOf(checks[i].Key))
	}
	return list
}

// takeAll serves all checks from what is ahead, or none of them.
func (l *Leases) takeAll(server Tick, checks []Check, digests []digest) bool {
	if l.open.Load() {
		return false // the server may take this node for dead, and what it has ahead for lost
	}
	var buf [maxChecks]*slice
	from := buf[:0]
	epoch, now := l.epoch.Load(), l.o.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range checks {
		checks[i].at(server)
		s := serving(l.ahead[digests[i]], &checks[i], epoch, now)
		if s == nil {
			return false
		}
		from = append(from, s)
	}
	for i, s := range from {
		c := &checks[i]
		if !c.Peek {
			s.take(c, server)
		}
		list := l.ahead[digests[i]]
		c.reportAhead(list, list[len(list)-1].state, server)
	}
	return true
}

// ask has the server decide. What is left of what was ahead goes back with it.
func (l *Leases) ask(ctx context.Context, now Tick, checks []Check, digests []digest) error {
	if l.epoch.Load() == nil && !l.open.Load() {
		// Before anything is asked for: what it gives is of an epoch.
		joining, cancel := context.WithTimeout(ctx, l.o.Timeout)
		_ = l.join(joining) // tried again by Redis.Decide
		cancel()
	}
	for try := 0; ; try++ {
		until := l.o.Now().Add(useFor)
		epoch := l.fold(checks, digests, try == 0)
		err := l.Redis.Decide(ctx, now, checks)
		l.keepAhead(checks, digests, epoch, until)
		called := missing(checks, digests)
		if err != nil || len(called) == 0 || try == recallTries {
			l.figures(checks, digests, now+Tick(l.offset.Load()))
			return err
		}
		if try == 0 {
			l.callBack(ctx, called)
		}
		time.Sleep(recallPause << (try / 2))
	}
}

// fold takes what is ahead of the checks' keys into the checks, to be settled,
// and says how much more is wanted. It returns the epoch that they are of.
func (l *Leases) fold(checks []Check, digests []digest, wants bool) *string {
	epoch := l.epoch.Load()
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range checks {
		c, d := &checks[i], digests[i]
		c.claim = &claim{settling: l.takeOut(d, epoch), state: none}
		l.last++
		c.claim.id = l.last
		if !wants || l.failures.Load() > 0 || c.Rule.Kind == Interval || c.Rule.ChargeRefused || l.o.Now().Before(l.closed[d]) {
			continue
		}
		c.claim.want = c.wants(c.claim.settling)
	}
	return epoch
}

// takeOut takes out what is to be settled of a key in an epoch. l.mu is held.
func (l *Leases) takeOut(d digest, epoch *string) (list []*slice) {
	var other []*slice
	for _, s := range l.ahead[d] {
		if s.epoch == epoch {
			list = append(list, s)
		} else {
			other = append(other, s)
		}
	}
	if l.ahead[d] = other; other == nil {
		delete(l.ahead, d)
	}
	return list
}

// wants is how much a node would like to have ahead, by what became of the last.
func (c *Check) wants(last []*slice) int64 {
	first, most := wantFirst*c.ask(), wantMost*c.ask()
	if c.Rule.Kind == Bytes {
		first, most = max(first, wantFirstBytes), max(first, wantMostBytes)
	}
	var given, left int64
	for _, s := range last {
		given, left = given+s.given/c.unit(), left+s.n/c.unit()
	}
	if left < c.ask() {
		return min(max(first, 4*given), most)
	}
	return min(max(first, given-left), most)
}

// keepAhead stores what the server gave.
func (l *Leases) keepAhead(checks []Check, digests []digest, epoch *string, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lost := l.epoch.Load() != epoch
	for i := range checks {
		c, d := &checks[i], digests[i]
		if c.claim.state == none || lost {
			l.unsettled(d, c.claim.settling)
		}
		if c.claim.given <= 0 || lost {
			continue
		}
		s := &slice{
			id: c.claim.id, check: c.nothing(), epoch: epoch, until: until,
			n: c.claim.given * c.unit(), state: c.claim.state,
		}
		s.given = s.n
		switch {
		case c.Rule.Kind == Rate:
			s.tat, s.total = c.claim.state.Moment, c.claim.state.Count
		case c.Rule.calendar != nil:
			s.since, s.tat = c.claim.state.Moment, c.span.end
		}
		l.ahead[d] = append(l.ahead[d], s)
		c.claim.given = 0
	}
}

// unsettled keeps slices after a call that failed: they may be settled or not.
// To settle one a second time changes nothing; but it must not be used any
// more. What the call may have given is used by nobody. l.mu is held.
func (l *Leases) unsettled(d digest, list []*slice) {
	for _, s := range list {
		s.until = time.Time{}
		l.ahead[d] = append(l.ahead[d], s)
	}
}

// stranded counts what was used of slices that the server has forgotten as
// charged without it. l.mu is held.
func (l *Leases) stranded() {
	epoch := l.epoch.Load()
	for d, list := range l.ahead {
		l.ahead[d] = l.takeOut(d, epoch)
		for _, s := range list {
			if s.epoch == epoch {
				continue
			}
			c := s.check
			if c.Rule.Kind == Concurrent {
				l.keep(d, -s.n)
			} else if c.Cost = (s.given - s.n) / c.unit(); c.Cost > 0 {
				l.Redis.mu.Lock()
				l.charged(&c)
				l.Redis.mu.Unlock()
			}
		}
		if len(l.ahead[d]) == 0 {
			delete(l.ahead, d)
		}
	}
}

// figures corrects the figures of what the server decided by what is ahead.
func (l *Leases) figures(checks []Check, digests []digest, server Tick) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range checks {
		if c := &checks[i]; c.Rule.Kind != Interval && c.claim.state != none {
			c.reportAhead(l.ahead[digests[i]], c.claim.state, server)
		}
	}
}

// missing returns the keys of which an enforced rule refuses while some is
// ahead.
func missing(checks []Check, digests []digest) (called []digest) {
	for i := range checks {
		if checks[i].claim.recall {
			called = append(called, digests[i])
		}
	}
	return called
}

// Adjust implements Store.
func (l *Leases) Adjust(ctx context.Context, now Tick, checks []Check) error {
	server := now + Tick(l.offset.Load())
	var buf [maxChecks]digest
	digests := digestsOf(buf[:0], checks)
	rest := make([]Check, 0, len(checks))
	l.mu.Lock()
	for i := range checks {
		c := &checks[i]
		c.at(server)
		list := l.ahead[digests[i]]
		if c.Rule.Kind == Concurrent && c.Cost < 0 && len(list) > 0 && !list[0].until.IsZero() {
			list[0].n -= c.Cost // a place given back is ahead for the next
			continue
		}
		if s := serving(list, c, l.epoch.Load(), l.o.Now()); s != nil && c.Cost > 0 {
			s.take(c, server)
			continue
		}
		rest = append(rest, *c)
		// What is charged beyond all that is ahead leaves nothing ahead.
		for _, s := range list {
			if n := &rest[len(rest)-1].Cost; c.Rule.calendar != nil && s.since == c.span.start {
				used := max(0, min(*n, s.n))
				*n, s.n = *n-used, s.n-used
			}
		}
	}
	l.mu.Unlock()
	if len(rest) == 0 {
		return nil
	}
	return l.Redis.Adjust(ctx, now, rest)
}

// Reset implements Store.
func (l *Leases) Reset(ctx context.Context, now Tick, checks []Check) error {
	l.mu.Lock()
	keys := make([]string, len(checks))
	for i := range checks {
		d := digestOf(checks[i].Key)
		delete(l.ahead, d)
		keys[i] = l.key(d) + ":ahead"
	}
	l.mu.Unlock()
	if err := l.client.Del(ctx, keys...).Err(); err != nil {
		return fmt.Errorf("resetting: %w", err)
	}
	return l.Redis.Reset(ctx, now, checks)
}

// Run keeps the node in touch with the server until the context ends.
func (l *Leases) Run(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { l.listen(ctx, func() {}) })
	l.Redis.Run(ctx)
}

// settleAll settles everything that is ahead: a part of each beat.
func (l *Leases) settleAll(ctx context.Context) error {
	l.mu.Lock()
	l.stranded()
	digests := make([]digest, 0, len(l.ahead))
	for d := range l.ahead {
		digests = append(digests, d)
	}
	for d, until := range l.closed {
		if !l.o.Now().Before(until) {
			delete(l.closed, d)
		}
	}
	l.mu.Unlock()
	for part := range slices.Chunk(digests, batch) {
		if err := l.surrender(ctx, part, false); err != nil {
			return err
		}
	}
	return nil
}

// Close gives back everything and frees the connections.
func (l *Leases) Close() error {
	_ = l.Beat(context.Background())
	return l.Redis.Close()
}
