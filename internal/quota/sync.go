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
	// beatTimeout bounds one exchange outside the requests' way.
	beatTimeout = time.Second
	// batch is how many keys one exchange restores.
	batch = 500
)

// Run keeps the node in touch with the server until the context ends.
func (r *Redis) Run(ctx context.Context) {
	t := time.NewTicker(beatEvery)
	defer t.Stop()
	for {
		_ = r.Beat(ctx) // counted, and told by Changed
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// Beat tells the server that the node lives, learns how many do, and after a
// failure makes good what the server has missed.
func (r *Redis) Beat(ctx context.Context) error {
	err := r.touch(ctx)
	if err == nil {
		err = r.reconcile(ctx)
	}
	if err != nil {
		r.failed(err)
		return err
	}
	r.failures.Store(0)
	if r.open.CompareAndSwap(true, false) && r.o.Changed != nil {
		r.o.Changed(nil)
	}
	return nil
}

func (r *Redis) touch(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, beatTimeout)
	defer cancel()
	r.mu.Lock()
	epoch := r.epoch
	r.mu.Unlock()
	// Whoever has seen states must restore them before a new epoch begins.
	begin := "0"
	if epoch == "" {
		begin = "1"
	}
	keys := []string{r.o.Prefix + "nodes", r.o.Prefix + "epoch"}
	now, nodes, found, err := r.beats(ctx, keys, begin)
	if err != nil {
		return err
	}
	r.offset.Store(int64(now - At(r.o.Now())))
	r.nodes.Store(max(1, nodes))
	if found == epoch {
		return nil
	}
	if epoch != "" {
		// The server has lost its data.
		if err := r.restoreAll(ctx, now); err != nil {
			return err
		}
		if _, _, found, err = r.beats(ctx, keys, "1"); err != nil {
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.epoch = found
	for _, p := range r.held {
		p.unknown = true
	}
	return nil
}

func (r *Redis) beats(ctx context.Context, keys []string, begin string) (now Tick, nodes int64, epoch string, err error) {
	reply, err := r.beat.Run(ctx, r.client, keys, r.o.Node, rand.Text(), begin).Slice()
	if err != nil {
		return 0, 0, "", err
	}
	if len(reply) != 3 {
		return 0, 0, "", errReply
	}
	at, ok1 := reply[0].(string)
	nodes, ok2 := reply[1].(int64)
	epoch, ok3 := reply[2].(string)
	if !ok1 || !ok2 || !ok3 || len(at) != 8 {
		return 0, 0, "", errReply
	}
	return Tick(double(at)), nodes, epoch, nil
}

// restoreAll gives the server the states that this node has seen.
func (r *Redis) restoreAll(ctx context.Context, now Tick) error {
	var list []known
	for n := range shards {
		var err error
		r.shadow.each(n, now, func(k known) {
			if k.kind == kindNames[Concurrent][0] || err != nil {
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
	keys := make([]string, len(list))
	args := make([]any, len(list))
	for i, k := range list {
		keys[i] = r.key(k.key)
		args[i] = appendDoubles(nil, float64(k.state.Moment), float64(k.state.Count), float64(Tick(k.rest)*perSecond))
	}
	return r.restore.Run(ctx, r.client, keys, args...).Err()
}

// reconcile tells the server what was charged without it, and which places
// are held.
func (r *Redis) reconcile(ctx context.Context) error {
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
	var errs []error
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
	for _, c := range list {
		switch {
		case c.Rule.Kind == Interval:
			s := r.shadow.get(c.Key)
			intervals = append(intervals, known{digestOf(c.Key), 'i', s, restSecond(c.rest(s))})
		case c.Rule.calendar == nil || c.span == c.Rule.calendar.window(server):
			checks = append(checks, *c)
		} // What was charged in a window that is over concerns nobody any more.
	}
	err := r.restoreSome(ctx, intervals)
	if err == nil && len(checks) > 0 {
		cl := r.encode(now, checks)
		err = r.adjust.Run(ctx, r.client, cl.keys, cl.args...).Err()
	}
	if err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, c := range list {
			r.charged(c)
		}
		return fmt.Errorf("charging later: %w", err)
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
	Nodes   int64 // living ones
	Errors  int64 // failures of the server so far
	Alone   int64 // decisions without it so far
	Pending int   // charges that it has to be told of
	Dropped int64 // charges that it will never be told of
}

// Status returns how the store does.
func (r *Redis) Status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Status{
		Open: r.open.Load(), Nodes: r.nodes.Load(), Pending: len(r.pending),
		Errors: r.status.errors.Load(), Alone: r.status.alone.Load(), Dropped: r.status.dropped.Load(),
	}
}
