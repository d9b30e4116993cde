package quota

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
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

// A slice is what a node was given of one key; of a rate in ticks.
type slice struct {
	id    int64
	kind  Kind
	n     int64 // what is left
	given int64 // what it was
	since Tick  // limit, bytes: the window
	tat   Tick  // rate: arrival time, as far as this node knows it
	total int64 // rate: the server's total of charges when it told the arrival time
	last  Tick  // rate: when it was last used
}

// A doubt is what a node does not know after a call that failed: whether what it
// settled is settled, and whether it was given something.
type doubt struct {
	kind     Kind
	settling []*slice
	beats    int // a call that was given up may still be carried out; ask again
}

// doubtBeats is how many beats a doubt lasts.
const doubtBeats = 3

// left returns what is left of slices.
func left(list []*slice) (n int64) {
	for _, s := range list {
		n += s.n
	}
	return n
}

// encode writes what settling a slice tells the server.
func (s *slice) encode(b []byte) []byte {
	return appendDoubles(b, float64(s.id), float64(s.n), float64(s.given), float64(s.since),
		float64(s.tat), float64(s.total), float64(s.last))
}

// encodeSettling writes a check of which nothing matters but what is settled.
func encodeSettling(k Kind, list []*slice) []byte {
	b := appendDoubles(make([]byte, 0, argument+56*len(list)), float64(k), 0, 0, 0, 0, 0, 0, 0, 0, 0, float64(len(list)))
	for _, s := range list {
		b = s.encode(b)
	}
	return b
}

// serving returns the slice on which a check passes, nil if there is none.
func serving(list []*slice, c *Check) *slice {
	if c.Rule.ChargeRefused || c.tooLarge() {
		return nil
	}
	for _, s := range list {
		switch c.Rule.Kind {
		case Limit, Bytes:
			if s.since == c.span.start && s.n >= c.ask() {
				return s
			}
		case Rate, Concurrent:
			if s.n >= c.ahead(c.ask()) {
				return s
			}
		}
	}
	return nil
}

// ahead returns an amount as a slice counts it.
func (c *Check) ahead(n int64) int64 {
	if c.Rule.Kind == Rate {
		return n * int64(c.terms.every)
	}
	return n
}

// take uses a cost of a slice that serves it.
func (s *slice) take(c *Check, now Tick) {
	n := c.ahead(c.Cost)
	s.n -= n
	if s.kind == Rate && n > 0 {
		s.tat, s.last = max(s.tat, now)+Tick(n), max(s.last, now)
	}
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
		for i := range checks {
			c := &checks[i]
			l.reportAhead(c, digests[i], c.judge(l.shadow.get(c.Key), server), server)
			c.Result.Refused, c.Result.RetryAfter = false, 0
		}
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
		if c := &checks[i]; !c.Peek {
			s.take(c, server)
		}
	}
	return true
}

// reportAhead fills in a result's figures from what the server told last and
// what is still ahead of that.
func (l *Leases) reportAhead(c *Check, d digest, s State, server Tick) {
	l.mu.Lock()
	for _, a := range l.ahead[d] {
		switch {
		case a.kind == Rate:
			s.Moment = max(s.Moment, a.tat)
		case c.Rule.calendar == nil || a.since == s.Moment:
			s.Count -= a.n
		}
	}
	l.mu.Unlock()
	c.report(s, server)
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
		c.want, c.given, c.recall, c.state = 0, 0, false, none
		c.settling = l.ahead[d]
		delete(l.ahead, d)
		l.last++
		c.id = l.last
		l.asking[c.id] = true
		if !wants || l.failures.Load() > 0 || c.Rule.Kind == Interval || c.Rule.ChargeRefused || l.o.Now().Before(l.closed[d]) {
			continue
		}
		if c.want = wantCount * c.ask(); c.Rule.Kind == Bytes {
			c.want = wantBytes*c.ask() + 1<<20
		}
	}
}

// keepAhead stores what the server gave.
func (l *Leases) keepAhead(checks []Check, digests []digest) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range checks {
		c, d := &checks[i], digests[i]
		delete(l.asking, c.id)
		if c.state == none && (c.want > 0 || len(c.settling) > 0) {
			l.doubt(c.Rule.Kind, d, c.settling)
		}
		if c.given <= 0 {
			continue
		}
		s := &slice{id: c.id, kind: c.Rule.Kind, n: c.ahead(c.given)}
		s.given = s.n
		switch {
		case s.kind == Rate:
			s.tat, s.total = c.state.Moment, c.state.Count
		case c.Rule.calendar != nil:
			s.since = c.state.Moment
		}
		l.ahead[d] = append(l.ahead[d], s)
		c.given = 0
	}
}

// doubt remembers that a call failed which may have settled slices, and in
// which the node may have been given one. l.mu is held.
func (l *Leases) doubt(k Kind, d digest, settling []*slice) {
	o := l.doubted[d]
	if o == nil {
		if len(l.doubted) >= maxPending {
			l.status.dropped.Add(1)
			return
		}
		o = &doubt{kind: k}
		l.doubted[d] = o
	}
	o.settling, o.beats = append(o.settling, settling...), 0
}

// clear settles what is in doubt, and has the server take back what the node
// does not know of.
func (l *Leases) clear(ctx context.Context) error {
	l.mu.Lock()
	doubted := slices.Collect(maps.Keys(l.doubted))
	l.mu.Unlock()
	for part := range slices.Chunk(doubted, batch) {
		if err := l.clearSome(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

func (l *Leases) clearSome(ctx context.Context, digests []digest) error {
	ctx, cancel := context.WithTimeout(ctx, beatTimeout)
	defer cancel()
	// Held throughout: what is given meanwhile would be taken for lost.
	l.mu.Lock()
	defer l.mu.Unlock()
	asking := make([]byte, 0, 8*len(l.asking))
	for id := range l.asking {
		asking = appendDoubles(asking, float64(id))
	}
	keys, args := make([]string, 0, len(digests)), []any{l.o.Node}
	for _, d := range digests {
		o := l.doubted[d]
		known := slices.Clip(asking)
		for _, s := range l.ahead[d] {
			known = appendDoubles(known, float64(s.id))
		}
		keys = append(keys, l.key(d))
		args = append(args, encodeSettling(o.kind, o.settling), known)
	}
	if err := l.audit.Run(ctx, l.client, keys, args...).Err(); err != nil {
		return fmt.Errorf("settling what is in doubt: %w", err)
	}
	for _, d := range digests {
		o := l.doubted[d]
		o.settling = nil
		if o.beats++; o.beats >= doubtBeats {
			delete(l.doubted, d)
		}
	}
	return nil
}

// figures corrects the figures of what the server decided by what is ahead.
func (l *Leases) figures(checks []Check, digests []digest, server Tick) {
	for i := range checks {
		if c := &checks[i]; c.Rule.Kind != Interval && c.state != none {
			l.reportAhead(c, digests[i], c.state, server)
		}
	}
}

// missing returns the keys of which an enforced rule refuses while some is
// ahead.
func missing(checks []Check, digests []digest) (called []digest) {
	for i := range checks {
		if checks[i].recall {
			called = append(called, digests[i])
		}
	}
	return called
}

// callBack asks all other nodes to give back what they have ahead.
func (l *Leases) callBack(ctx context.Context, digests []digest) {
	b := []byte(l.o.Node)
	b = append(b, 0)
	for _, d := range digests {
		b = append(b, d[:]...)
	}
	ctx, cancel := context.WithTimeout(ctx, l.o.Timeout)
	defer cancel()
	_ = l.client.Publish(ctx, l.channel(), b).Err() // the server then decides without
}

func (l *Leases) channel() string { return l.o.Prefix + "recall" }

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

// register tells a server that has lost its data what this node was given.
func (l *Leases) register(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, beatTimeout)
	defer cancel()
	pipe := l.client.Pipeline()
	l.mu.Lock()
	for d, list := range l.ahead {
		for _, s := range list {
			field := fmt.Sprintf("%d|%s|%d", s.since, l.o.Node, s.id)
			pipe.HSet(ctx, l.key(d)+":ahead", field, s.given)
		}
		pipe.Expire(ctx, l.key(d)+":ahead", time.Minute)
	}
	l.mu.Unlock()
	_, err := pipe.Exec(ctx)
	return err
}

// Close gives back everything and frees the connections.
func (l *Leases) Close() error {
	_ = l.Beat(context.Background())
	return l.Redis.Close()
}

// listen gives back what other nodes call back. It calls ready when the server
// knows that it listens.
func (l *Leases) listen(ctx context.Context, ready func()) {
	sub := l.client.Subscribe(ctx, l.channel())
	defer sub.Close()
	if _, err := sub.Receive(ctx); err == nil {
		ready()
	}
	messages := sub.Channel()
	for {
		select {
		case <-ctx.Done():
			return
		case m, ok := <-messages:
			if !ok {
				return
			}
			l.recalled(ctx, m.Payload)
		}
	}
}

func (l *Leases) recalled(ctx context.Context, payload string) {
	name, rest, ok := cutZero(payload)
	if !ok || name == l.o.Node || len(rest)%len(digest{}) != 0 || len(rest) > 4096 {
		return
	}
	var digests []digest
	for ; rest != ""; rest = rest[len(digest{}):] {
		digests = append(digests, digest([]byte(rest[:len(digest{})])))
	}
	_ = l.surrender(ctx, digests, true) // what fails is tried again by the beat
}

func cutZero(s string) (before, after string, ok bool) {
	for i := range len(s) {
		if s[i] == 0 {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// surrender gives back what is ahead of the keys, and that none is. closed
// keeps this node from asking for more at once.
func (l *Leases) surrender(ctx context.Context, digests []digest, closed bool) error {
	ctx, cancel := context.WithTimeout(ctx, beatTimeout)
	defer cancel()
	taken := make(map[digest][]*slice)
	keys, args := make([]string, 0, len(digests)), []any{l.o.Node}
	l.mu.Lock()
	for _, d := range digests {
		if closed {
			l.closed[d] = l.o.Now().Add(recallRest)
		}
		list := l.ahead[d]
		if len(list) == 0 {
			continue
		}
		delete(l.ahead, d)
		taken[d] = list
		keys = append(keys, l.key(d))
		args = append(args, encodeSettling(list[0].kind, list))
	}
	l.mu.Unlock()
	if len(keys) == 0 {
		return nil
	}
	if err := l.giveBack.Run(ctx, l.client, keys, args...).Err(); err != nil {
		l.failed(err)
		l.mu.Lock()
		defer l.mu.Unlock()
		for d, list := range taken {
			l.doubt(list[0].kind, d, list)
		}
		return err
	}
	for d, list := range taken {
		if list[0].kind == Concurrent {
			l.keep(d, -left(list))
		}
	}
	return nil
}
