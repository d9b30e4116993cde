package quota

import (
	"context"
	_ "embed"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

//go:embed lua/return.lua
var luaReturn string

//go:embed lua/audit.lua
var luaAudit string

// Leases is a Redis store that has the server give it a little ahead, so that
// most decisions need no round trip. What is ahead is charged on the server at
// once: all nodes together never admit more than the limit.
//
// The server gives a node at most its share of half of what is left, so that
// less is ahead the nearer the limit is. What was not used is given back every
// second. Before a request is refused for want of what is ahead elsewhere, that
// is called back, and the server decides exactly.
//
// A rate drains with time, and what is ahead could be used after as much has
// drained. So what nodes were given of a rate and have not settled is no part of
// its state but is added to it whenever the server decides, and only what was
// used comes into the state, when the node settles. With P the level of all that
// was admitted, U what is ahead and not used yet, M the server's state and O
// what is not settled, P + U <= M + O always holds: admitting and giving add the
// same to both sides; using moves from U to P; time takes from P at least when
// it takes from M, and U is never more than O; and settling adds to M at least
// what brings P up to date, see lib.lua. The server keeps M + O within the
// burst, hence P.
type Leases struct {
	*Redis
	giveBack, audit *redis.Script

	mu      sync.Mutex
	last    int64 // number of a slice
	ahead   map[digest][]*slice
	closed  map[digest]time.Time // called back: ask for nothing ahead until then
	asking  map[int64]bool       // numbers of slices that the server is being asked for
	doubted map[digest]*doubt
}

const (
	// wantCount and wantBytes are how much a node would like to have ahead: so
	// many requests, and bytes for some.
	wantCount = 512
	wantBytes = 16
	// recallTries and recallPause bound how long a request that would be refused
	// waits for what other nodes have ahead.
	recallTries = 10
	recallPause = time.Millisecond
	// recallRest is how long a node asks for nothing ahead of a key that was
	// called back.
	recallRest = time.Second
)

// NewLeases returns a store over r, which must not be used otherwise.
func NewLeases(r *Redis) *Leases { return newLeases(r, luaLib) }

func newLeases(r *Redis, lib string) *Leases {
	r.leases = true
	return &Leases{
		Redis: r, giveBack: redis.NewScript(lib + luaReturn), audit: redis.NewScript(lib + luaAudit),
		ahead: make(map[digest][]*slice), closed: make(map[digest]time.Time),
		asking: make(map[int64]bool), doubted: make(map[digest]*doubt),
	}
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
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range checks {
		checks[i].at(server)
		s := serving(l.ahead[digests[i]], &checks[i])
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
	for try := 0; ; try++ {
		l.fold(checks, digests, try == 0)
		err := l.Redis.Decide(ctx, now, checks)
		l.keepAhead(checks, digests)
		called := missing(checks, digests)
		if err != nil || len(called) == 0 || try == recallTries {
			l.figures(checks, digests, now+Tick(l.offset.Load()))
			return err
		}
		if try == 0 {
			l.callBack(ctx, called)
		}
		time.Sleep(recallPause)
	}
}

// fold takes what is ahead of the checks' keys into the checks, to be settled,
// and says how much more is wanted.
func (l *Leases) fold(checks []Check, digests []digest, wants bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range checks {
		c, d := &checks[i], digests[i]
		c.claim = &claim{settling: l.ahead[d], state: none}
		delete(l.ahead, d)
		l.last++
		c.claim.id = l.last
		l.asking[c.claim.id] = true
		if !wants || l.failures.Load() > 0 || c.Rule.Kind == Interval || c.Rule.ChargeRefused || l.o.Now().Before(l.closed[d]) {
			continue
		}
		if c.claim.want = wantCount * c.ask(); c.Rule.Kind == Bytes {
			c.claim.want = wantBytes*c.ask() + 1<<20
		}
	}
}

// keepAhead stores what the server gave.
func (l *Leases) keepAhead(checks []Check, digests []digest) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range checks {
		c, d := &checks[i], digests[i]
		delete(l.asking, c.claim.id)
		if c.claim.state == none && (c.claim.want > 0 || len(c.claim.settling) > 0) {
			l.doubt(c.Rule.Kind, d, c.claim.settling)
		}
		if c.claim.given <= 0 {
			continue
		}
		s := &slice{id: c.claim.id, kind: c.Rule.Kind, n: c.ahead(c.claim.given), state: c.claim.state}
		s.given = s.n
		switch {
		case s.kind == Rate:
			s.tat, s.total = c.claim.state.Moment, c.claim.state.Count
		case c.Rule.calendar != nil:
			s.since = c.claim.state.Moment
		}
		l.ahead[d] = append(l.ahead[d], s)
		c.claim.given = 0
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
		if c.Rule.Kind == Concurrent && c.Cost < 0 && len(list) > 0 {
			list[0].n -= c.Cost // a place given back is ahead for the next
			continue
		}
		if s := serving(list, c); s != nil && c.Cost > 0 {
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
	for i := range checks {
		delete(l.ahead, digestOf(checks[i].Key))
	}
	l.mu.Unlock()
	return l.Redis.Reset(ctx, now, checks)
}

// Run keeps the node in touch with the server until the context ends.
func (l *Leases) Run(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { l.listen(ctx, func() {}) })
	t := time.NewTicker(beatEvery)
	defer t.Stop()
	for {
		_ = l.Beat(ctx) // counted, and told by Changed
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// Beat is Redis.Beat, and gives back what is ahead.
func (l *Leases) Beat(ctx context.Context) error {
	before := l.currentEpoch()
	if err := l.Redis.Beat(ctx); err != nil || l.open.Load() {
		return err
	}
	if now := l.currentEpoch(); before != "" && now != before {
		// Not given back yet: other nodes may still restore what they have seen.
		return l.register(ctx)
	}
	if err := l.clear(ctx); err != nil {
		return err
	}
	l.mu.Lock()
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

func (l *Leases) currentEpoch() string {
	l.Redis.mu.Lock()
	defer l.Redis.mu.Unlock()
	return l.epoch
}

// Close gives back everything and frees the connections.
func (l *Leases) Close() error {
	_ = l.Beat(context.Background())
	return l.Redis.Close()
}
