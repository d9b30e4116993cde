package quota

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Counters returns how all rules stand whose keys can be built of the facts
// given: for one client, that he is Client. Nothing is charged.
func (l *Limiter) Counters(ctx context.Context, q *Request, now time.Time) ([]Result, error) {
	v := l.Begin()
	defer v.reset()
	v.Request = *q
	for _, r := range v.rules.list {
		v.add(r, At(now))
	}
	for i := range v.checks {
		v.checks[i].Peek = true
	}
	if len(v.checks) == 0 {
		return nil, nil
	}
	if err := l.store.Decide(ctx, At(now), v.checks); err != nil {
		return nil, err
	}
	list := make([]Result, len(v.checks))
	for i := range v.checks {
		list[i] = v.checks[i].Result
	}
	return list, nil
}

// Reset forgets what a rule has counted for the facts given.
func (l *Limiter) Reset(ctx context.Context, rule string, q *Request, now time.Time) error {
	v := l.Begin()
	defer v.reset()
	v.Request = *q
	for _, r := range v.rules.list {
		if r.Name == rule {
			v.add(r, At(now))
		}
	}
	if len(v.checks) == 0 {
		return fmt.Errorf("rule %q: none in force, or its key has other parts than those given", rule)
	}
	return l.store.Reset(ctx, At(now), v.checks)
}

// A Consumer is a key and how far it has used its limit.
type Consumer struct {
	Key       string    `json:"key"` // its parts, shortened to what the store keeps
	Used      int64     `json:"used"`
	Limit     int64     `json:"limit"`
	Remaining int64     `json:"remaining"`
	Reset     time.Time `json:"reset"`
}

// Top returns the n keys of a rule that have used most of it, as far as this
// node has seen them.
func (l *Limiter) Top(rule string, n int, now time.Time) []Consumer {
	at := At(now)
	for _, r := range l.Rules().list {
		if r.Name == rule && r.from <= at && at < r.until {
			return l.store.top(r, n, at)
		}
	}
	return nil
}

func (m *Memory) top(r *Rule, n int, now Tick) []Consumer {
	number := m.names.number(r.prefix)
	var list []Consumer
	for i := range m.shards {
		s := &m.shards[i]
		s.mu.Lock()
		for k := uint32(1); k <= s.table.slots(); k++ {
			e := s.table.entry(k)
			if e.hash == 0 || e.rule != number || e.rest <= second(now) {
				continue
			}
			key := r.keyText(e.label[:e.info&shown])
			c := Check{Rule: r, terms: &r.terms}
			if len(r.Key) == 1 && len(r.overrides) > 0 {
				if o := r.overrides[subject{r.Key[0].Kind, key}]; o != nil && now < o.until {
					c.terms = &o.terms
				}
			}
			c.at(now)
			c.report(c.judge(State{e.moment, e.count}, now), now)
			if u := &c.Result; u.Used > 0 {
				list = append(list, Consumer{key, u.Used, u.Limit, u.Remaining, u.Reset.Time()})
			}
		}
		s.mu.Unlock()
		// Sorted and cut now and then, so that a million keys take no more
		// memory here than some thousands.
		if len(list) > 4096+2*n {
			list = most(list, n)
		}
	}
	return most(list, n)
}

func most(list []Consumer, n int) []Consumer {
	slices.SortFunc(list, func(a, b Consumer) int {
		return cmp.Or(cmp.Compare(b.Used, a.Used), strings.Compare(a.Key, b.Key))
	})
	return list[:min(n, len(list))]
}

// Reset implements Store. It never fails.
func (m *Memory) Reset(_ context.Context, now Tick, checks []Check) error {
	for i := range checks {
		var buf [1]place
		places := m.seek(buf[:0], checks[i:i+1])
		taken := m.lock(places)
		m.load(&places[0])
		if p := &places[0]; p.num != 0 {
			// At rest from now on, and not removed: a saved part must say so.
			g, k := m.table(p.hash).at(p.num)
			g.moment[k], g.count[k], g.rest[k] = noSuchTick, 0, 0
			if m.saved {
				m.table(p.hash).mark(p.num)
			}
		}
		m.unlock(taken)
	}
	return nil
}

// Reset implements Store.
func (r *Redis) Reset(ctx context.Context, now Tick, checks []Check) error {
	ctx, cancel := context.WithTimeout(ctx, beatTimeout)
	defer cancel()
	cl := r.encode(now, checks)
	if err := r.client.Del(ctx, cl.keys...).Err(); err != nil {
		return fmt.Errorf("resetting: %w", err)
	}
	return r.shadow.Reset(ctx, now, checks)
}

func (r *Redis) top(rule *Rule, n int, now Tick) []Consumer {
	return r.shadow.top(rule, n, now+Tick(r.offset.Load()))
}
