package quota

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// A doubt is what a node does not know after a call that failed: whether what it
// settled is settled, and whether it was given something.
type doubt struct {
	kind     Kind
	settling []*slice
	beats    int // a call that was given up may still be carried out; ask again
}

// doubtBeats is how many beats a doubt lasts.
const doubtBeats = 3

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
