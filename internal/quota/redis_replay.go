package quota

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/redis/go-redis/v9"
)

//go:embed lua/remember.lua
var luaRemember string

//go:embed lua/forget.lua
var luaForget string

// replay is the part of a Redis store that remembers messages. What this node
// has let through it remembers itself too: to decide on while the server fails,
// and to tell the server when it has lost its data.
type replay struct {
	remember, forget *redis.Script

	own     *Marks
	pending []pendingMark // r.mu
}

type pendingMark struct {
	signer string
	mark   mark
}

// Remember implements Replay, over all nodes.
func (r *Redis) Remember(_ context.Context, now Tick, m *Mark) (Seen, error) {
	if r.open.Load() {
		return r.rememberAlone(now, m, nil)
	}
	ctx, cancel := context.WithTimeout(context.Background(), r.o.Timeout)
	defer cancel()
	guid, signature := m.digests()
	seen, err := r.mark(ctx, m.Signer, mark{guid, signature, ticks(m.Keep)}, true)
	if err != nil {
		r.failed(err)
		return r.rememberAlone(now, m, err)
	}
	r.failures.Store(0)
	if seen == New {
		_, err = r.replay.own.Remember(ctx, now, m)
	}
	return seen, err
}

func (r *Redis) rememberAlone(now Tick, m *Mark, err error) (Seen, error) {
	switch r.o.OnError {
	case Reject:
		if err == nil {
			err = errOpen
		}
		return Full, err
	case Allow:
		return New, nil
	}
	seen, err := r.replay.own.Remember(context.Background(), now, m)
	if seen == New && err == nil {
		guid, signature := m.digests()
		r.tellLater(pendingMark{m.Signer, mark{guid, signature, now + ticks(m.Keep)}})
	}
	return seen, err
}

// Forget implements Replay. A server that cannot be reached is told later;
// until then the mark stays there, and the sender is told to send anew.
func (r *Redis) Forget(ctx context.Context, m *Mark) error {
	if err := r.replay.own.Forget(ctx, m); err != nil {
		return err
	}
	guid, signature := m.digests()
	p := pendingMark{m.Signer, mark{guid, signature, forgotten}}
	if r.open.Load() {
		r.tellLater(p)
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), r.o.Timeout)
	defer cancel()
	err := r.unmark(ctx, p)
	if err != nil {
		r.failed(err)
		r.tellLater(p)
	}
	return err
}

func (r *Redis) unmark(ctx context.Context, p pendingMark) error {
	keys := r.markKeys(p.signer, p.mark.guid, p.mark.signature)
	return r.replay.forget.Run(ctx, r.client, keys[:2], string(p.mark.signature[:])).Err()
}

// tellLater remembers what to tell the server of a mark.
func (r *Redis) tellLater(p pendingMark) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.replay.pending) < maxPending {
		r.replay.pending = append(r.replay.pending, p)
	} else {
		r.status.dropped.Add(1)
	}
}

func (r *Redis) markKeys(signer string, guid, signature digest) []string {
	key := func(kind string, d []byte) string {
		return r.key(digestOf(append([]byte(kind+signer+"\x1f"), d...)))
	}
	return []string{key("g", guid[:]), key("s", signature[:]), key("n", nil)}
}

// mark runs the script; until is a duration here. ask is false to insert
// without asking.
func (r *Redis) mark(ctx context.Context, signer string, m mark, ask bool) (Seen, error) {
	withGUID := m.guid != noGUID
	reply, err := r.replay.remember.Run(ctx, r.client, r.markKeys(signer, m.guid, m.signature),
		string(m.signature[:]), int64(m.until), r.replay.own.perSigner, withGUID, ask).Int()
	if err == nil && (reply < 0 || reply > int(Full)) {
		err = errReply
	}
	return Seen(reply), err
}

// tellMarks gives the server the marks that were made without it; all of them
// if it has lost its data.
func (r *Redis) tellMarks(ctx context.Context, all bool) error {
	r.mu.Lock()
	list := r.replay.pending
	r.replay.pending = nil
	r.mu.Unlock()
	now := At(r.o.Now())
	if all {
		list = r.replay.own.living(now)
	}
	for i, p := range list {
		if p.mark.until != forgotten && p.mark.until <= now {
			continue
		}
		err := r.tellMark(ctx, p, now)
		if err != nil {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.replay.pending = append(r.replay.pending, list[i:]...)
			return fmt.Errorf("telling marks: %w", err)
		}
	}
	return nil
}

func (r *Redis) tellMark(ctx context.Context, p pendingMark, now Tick) error {
	ctx, cancel := context.WithTimeout(ctx, beatTimeout)
	defer cancel()
	if p.mark.until == forgotten {
		return r.unmark(ctx, p)
	}
	p.mark.until -= now
	_, err := r.mark(ctx, p.signer, p.mark, false)
	return err
}

// living returns all marks that are still to be remembered.
func (w *Marks) living(now Tick) []pendingMark {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []pendingMark
	for name, s := range w.signers {
		for _, m := range s.queue {
			if until, ok := s.signatures[m.signature]; ok && until == m.until && now < until {
				list = append(list, pendingMark{name, m})
			}
		}
	}
	return list
}
