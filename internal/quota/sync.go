package quota

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/redis/go-redis/v9/maintnotifications"
)

// noMaintenance keeps go-redis from asking for push notifications, which only
// a commercial server has.
var noMaintenance = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}

const (
	// beatEvery is how often a node says that it lives, and tries again to
	// reach a server that it has given up.
	beatEvery = time.Second
	// beatAgain is how often it does while it decides alone.
	beatAgain = beatEvery / 5
	// beatTimeout bounds one exchange outside the requests' way.
	beatTimeout = time.Second
	// batch is how many keys one exchange restores.
	batch = 500
)

// Run keeps the node in touch with the server until the context ends.
func (r *Redis) Run(ctx context.Context) {
	t := time.NewTimer(0)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		case <-r.wake:
		}
		_ = r.Beat(ctx) // counted, and told by Changed
		if t.Reset(beatEvery); r.open.Load() {
			t.Reset(beatAgain)
		}
	}
}

// Beat tells the server that the node lives, learns how many do, and after a
// failure makes good what the server has missed.
func (r *Redis) Beat(ctx context.Context) error {
	p, err := r.touch(ctx)
	if err == nil {
		err = r.reconcile(ctx)
	}
	if err == nil && r.open.Load() {
		// Told apart from the first beat, by which others learn that this node
		// has nothing left to tell.
		p, err = r.pulse(ctx, false, false)
	}
	if err != nil {
		r.mu.Lock()
		r.back = 0
		r.mu.Unlock()
		r.failed(err)
		return err
	}
	if r.open.Load() && !r.allBack(p) {
		return nil
	}
	return r.close(ctx, p)
}

// allBack reports whether every node that lived before the failure has told
// what it charged alone, or has had the time to. Until then the server knows
// too little to decide for all.
func (r *Redis) allBack(p *pulse) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.back == 0 {
		r.back = p.now
	}
	if p.now-r.back > nodeMemory {
		return true
	}
	for _, name := range r.peers {
		if heard, ok := p.nodes[name]; !ok || heard <= Tick(r.seen.Load()) || slices.Contains(p.alone, name) {
			return false
		}
	}
	return true
}

// close ends deciding alone.
func (r *Redis) close(ctx context.Context, p *pulse) error {
	wasOpen := r.open.Swap(false)
	r.failures.Store(0)
	// What was charged between the last telling and now.
	err := r.reconcile(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.pending) == 0 && r.local.Len() > 0 {
		r.local = newShadow(r.o)
	}
	r.back, r.restoring, r.told = 0, false, nil
	r.nodes.Store(int64(max(1, len(p.nodes))))
	r.peers = r.peers[:0]
	for name := range p.nodes {
		if name != r.o.Node {
			r.peers = append(r.peers, name)
		}
	}
	if wasOpen && r.o.Changed != nil {
		r.o.Changed(nil)
	}
	return err
}

// touch beats once, and restores the states if the server has lost its data.
func (r *Redis) touch(ctx context.Context) (*pulse, error) {
	epoch := r.epoch.Load()
	// Who has seen states must restore them before a new epoch begins.
	p, err := r.pulse(ctx, r.open.Load(), epoch == nil)
	if err != nil {
		return nil, err
	}
	if p.epoch == name(epoch) {
		return p, nil
	}
	if epoch != nil {
		r.giveUp(errEpoch) // until all have told what they know
		r.tellAgain()
		if err := r.restoreAll(ctx, p.now); err != nil {
			return nil, err
		}
		if err := r.tellMarks(ctx, true); err != nil {
			return nil, err
		}
		if p, err = r.pulse(ctx, true, true); err != nil {
			return nil, err
		}
	}
	r.epoch.Store(&p.epoch)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, places := range r.held {
		places.unknown = true
	}
	return p, nil
}

// tellAgain begins restoring: it remembers to tell what was told to a server
// that was lost before it knew everything. No other node's view may have it.
func (r *Redis) tellAgain() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.told {
		r.charged(c)
	}
	r.restoring, r.told = true, nil
}

// join learns the epoch of the server if nothing is known of it yet: the
// scripts do nothing without.
func (r *Redis) join(ctx context.Context) error {
	if r.epoch.Load() != nil {
		return nil
	}
	p, err := r.pulse(ctx, false, true)
	if err == nil {
		r.epoch.CompareAndSwap(nil, &p.epoch)
	}
	return err
}

// name returns how the scripts are told an epoch.
func name(epoch *string) string {
	if epoch == nil {
		return ""
	}
	return *epoch
}

func (r *Redis) epochKey() string { return r.o.Prefix + "epoch" }

// nodeMemory is how long a node that is not heard of counts as living. The
// scripts have the same number.
const nodeMemory = 5 * perSecond

// A pulse is what a beat learns.
type pulse struct {
	now   Tick            // server's time
	epoch string          // of its data, "" if it is empty
	nodes map[string]Tick // living, with the time they were last heard of
	alone []string        // nodes with charges they have not told
}

// pulse exchanges signs of life. alone says that this node has charges to tell,
// begin that it may begin an epoch.
func (r *Redis) pulse(ctx context.Context, alone, begin bool) (*pulse, error) {
	ctx, cancel := context.WithTimeout(ctx, beatTimeout)
	defer cancel()
	keys := []string{r.o.Prefix + "nodes", r.o.Prefix + "alone", r.epochKey()}
	reply, err := r.beat.Run(ctx, r.client, keys, r.o.Node, alone, begin, rand.Text()).Slice()
	if err != nil {
		return nil, err
	}
	p, ok := readPulse(reply)
	if !ok {
		return nil, errReply
	}
	r.offset.Store(int64(p.now - At(r.o.Now())))
	return p, nil
}

func readPulse(reply []any) (*pulse, bool) {
	if len(reply) != 4 {
		return nil, false
	}
	now, ok1 := reply[0].(string)
	epoch, ok2 := reply[1].(string)
	nodes, ok3 := reply[2].([]any)
	alone, ok4 := reply[3].([]any)
	if !ok1 || !ok2 || !ok3 || !ok4 || len(now) != 8 || len(nodes)%2 != 0 {
		return nil, false
	}
	p := &pulse{now: Tick(double(now)), epoch: epoch, nodes: make(map[string]Tick)}
	for i := 0; i < len(nodes); i += 2 {
		name, ok1 := nodes[i].(string)
		heard, ok2 := nodes[i+1].(string)
		if !ok1 || !ok2 || len(heard) != 8 {
			return nil, false
		}
		p.nodes[name] = Tick(double(heard))
	}
	for _, v := range alone {
		name, _ := v.(string)
		p.alone = append(p.alone, name)
	}
	return p, true
}

// restoreAll gives the server the states that this node has seen.
func (r *Redis) restoreAll(ctx context.Context, now Tick) error {
	var list []known
	for n := range shards {
		var err error
		r.shadow.each(n, now, func(k known) {
			if k.kind == Concurrent || err != nil {
				return
			}
			if list = append(list, k); len(list) == batch {
				err = r.restoreSome(ctx, list)
				list = list[:0]
			}
		})
		if err != nil {
			return fmt.Errorf("restoring states: %w", err)
		}
	}
	return r.restoreSome(ctx, list)
}

func (r *Redis) restoreSome(ctx context.Context, list []known) error {
	if len(list) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, beatTimeout)
	defer cancel()
	keys := []string{r.epochKey()}
	args := make([]any, len(list))
	for i, k := range list {
		keys = append(keys, r.key(k.key))
		args[i] = appendDoubles(nil, float64(k.kind), float64(k.state.Moment), float64(k.state.Count), float64(Tick(k.rest)*perSecond))
	}
	reply, err := r.restore.Run(ctx, r.client, keys, args...).Text()
	if err == nil && len(reply) != 16*len(list) {
		err = errReply
	}
	if err != nil {
		return err
	}
	for i, k := range list {
		r.shadow.raise(k, State{Tick(double(reply[16*i:])), int64(double(reply[16*i+8:]))})
	}
	return nil
}

// reconcile tells the server what was charged without it, and which places
// are held.
func (r *Redis) reconcile(ctx context.Context) error {
	errs := []error{r.tellMarks(ctx, false)}
	if r.settle != nil {
		errs = append(errs, r.settle(ctx))
	}
	r.mu.Lock()
	pending := r.pending
	r.pending = make(map[digest]*Check)
	var unknown []digest
	for d, p := range r.held {
		if p.unknown {
			unknown = append(unknown, d)
		}
	}
	r.mu.Unlock()
	for part := range slices.Chunk(slices.Collect(maps.Values(pending)), batch) {
		if err := r.charge(ctx, part); err != nil {
			errs = append(errs, err)
		}
	}
	for part := range slices.Chunk(unknown, batch) {
		errs = append(errs, r.tellPlaces(ctx, part))
	}
	return errors.Join(errs...)
}

// charge adds charges to the server's states, or keeps them for the next time.
func (r *Redis) charge(ctx context.Context, list []*Check) error {
	ctx, cancel := context.WithTimeout(ctx, beatTimeout)
	defer cancel()
	now := At(r.o.Now())
	server := now + Tick(r.offset.Load())
	checks := make([]Check, 0, len(list))
	var intervals []known
	r.mu.Lock()
	local := r.local
	r.mu.Unlock()
	for _, c := range list {
		switch {
		case c.Rule.Kind == Interval:
			s := local.get(c)
			intervals = append(intervals, known{key: digestOf(c.Key), kind: Interval, state: s, rest: restSecond(c.rest(s))})
		case c.Rule.calendar == nil || c.span == c.Rule.calendar.window(server):
			checks = append(checks, *c)
		} // What was charged in a window that is over concerns nobody any more.
	}
	err := r.restoreSome(ctx, intervals)
	if err == nil && len(checks) > 0 {
		err = r.call(ctx, r.adjust, now, r.adjusting(r.encode(now, checks)), checks)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		for _, c := range list {
			r.charged(c)
		}
		return fmt.Errorf("charging later: %w", err)
	}
	if r.restoring {
		r.told = append(r.told, list...)
	}
	return nil
}

func (r *Redis) tellPlaces(ctx context.Context, list []digest) error {
	ctx, cancel := context.WithTimeout(ctx, beatTimeout)
	defer cancel()
	// Held throughout: places taken or given back meanwhile would be told twice.
	r.mu.Lock()
	defer r.mu.Unlock()
	keys := make([]string, len(list))
	args := []any{r.o.Node}
	for i, d := range list {
		keys[i] = r.key(d)
		args = append(args, r.places(d).n)
	}
	if err := r.hold.Run(ctx, r.client, keys, args...).Err(); err != nil {
		return fmt.Errorf("telling places: %w", err)
	}
	for _, d := range list {
		if p := r.places(d); p.n == 0 {
			delete(r.held, d)
		} else {
			p.unknown = false
		}
	}
	return nil
}

// Status is how a Redis store does.
type Status struct {
	Open    bool  // the server is given up for the moment
	Nodes   int   // living ones
	Errors  int64 // failures of the server so far
	Alone   int64 // decisions without it so far
	Ahead   int64 // decisions on what was given ahead so far
	Pending int   // charges that it has to be told of
	Dropped int64 // charges that it will never be told of
}

// Status returns how the store does.
func (r *Redis) Status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Status{
		Open: r.open.Load(), Nodes: int(r.nodes.Load()), Pending: len(r.pending),
		Errors: r.status.errors.Load(), Alone: r.status.alone.Load(), Dropped: r.status.dropped.Load(), Ahead: r.status.ahead.Load(),
	}
}
