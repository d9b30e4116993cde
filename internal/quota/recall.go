package quota

import (
	"context"
	"strings"
)

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
	name, rest, ok := strings.Cut(payload, "\x00")
	if !ok || name == l.o.Node || len(rest)%len(digest{}) != 0 || len(rest) > 4096 {
		return
	}
	var digests []digest
	for ; rest != ""; rest = rest[len(digest{}):] {
		digests = append(digests, digest([]byte(rest[:len(digest{})])))
	}
	_ = l.surrender(ctx, digests, true) // what fails is tried again by the beat
}

// surrender gives back what is ahead of the keys, and that none is. closed
// keeps this node from asking for more at once.
func (l *Leases) surrender(ctx context.Context, digests []digest, closed bool) error {
	ctx, cancel := context.WithTimeout(ctx, beatTimeout)
	defer cancel()
	epoch := l.epoch.Load()
	var taken []settled
	keys, args := make([]string, 0, len(digests)), []any{l.o.Node}
	l.mu.Lock()
	for _, d := range digests {
		if closed {
			l.closed[d] = l.o.Now().Add(recallRest)
		}
		list := l.takeOut(d, epoch)
		if len(list) == 0 {
			continue
		}
		taken = append(taken, settled{d, list[0].check, list})
		keys = append(keys, l.key(d))
		args = append(args, encodeSettling(list[0].check.Rule.Kind, list))
	}
	l.mu.Unlock()
	if len(keys) == 0 {
		return nil
	}
	keys, args = append(keys, l.epochKey()), append(args, name(epoch))
	reply, err := l.giveBack.Run(ctx, l.client, keys, args...).Text()
	if err == nil {
		err = l.told(reply, taken)
	}
	if err != nil {
		l.failed(err)
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, t := range taken {
			l.unsettled(t.key, t.slices)
		}
		return err
	}
	return nil
}

// settled is what was settled of a key.
type settled struct {
	key    digest
	check  Check
	slices []*slice
}

// told keeps the states, and counts the places, that settling left.
func (l *Leases) told(reply string, list []settled) error {
	switch len(reply) {
	case 0:
		return errEpoch
	case 16 * len(list):
	default:
		return errReply
	}
	server := At(l.o.Now()) + Tick(l.offset.Load())
	for i := range list {
		if c := &list[i].check; c.Rule.Kind == Concurrent {
			l.keep(list[i].key, -left(list[i].slices))
		} else {
			l.shadow.keep(c, State{Tick(double(reply[16*i:])), int64(double(reply[16*i+8:]))}, server)
		}
	}
	return nil
}
