package quota

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// A line is a node's connection to the server.
type line struct {
	cut, mute bool // no call arrives; all are carried out, no answer arrives
	publish   func(payload string)
}

var errLine = errors.New("cut")

func (l *line) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (l *line) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if l.cut {
			cmd.SetErr(errLine)
			return errLine
		}
		if cmd.Name() == "publish" {
			l.publish(string(cmd.Args()[2].([]byte)))
			return nil
		}
		err := next(ctx, cmd)
		// Not of a script that the server has to be given first.
		if l.mute && !redis.HasErrorPrefix(err, "NOSCRIPT") {
			cmd.SetErr(errLine)
			return errLine
		}
		return err
	}
}

func (l *line) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// lostNodes are nodes that share one rule on a server, all in one thread and in
// a time of their own, so that a seed is a schedule.
type lostNodes struct {
	*rand.Rand
	t      *testing.T
	server *server
	prefix string
	leases bool
	rules  *Rules
	now    time.Time
	clock  *atomic.Int64
	list   []*lostNode
	born   int

	accepted []Tick
	alone    int64 // of them without the server
	lost     int64 // of them told to nobody by nodes that are dead
	// Answers were lost, or data that were being restored: something may count
	// twice, nothing not at all.
	twice bool
	// A node that comes to a server whose data were lost, and that nobody has
	// given back yet, knows nothing of what was there: if that is lost again,
	// so is what it has charged. So that is not done to it.
	dropped, fresh bool
}

type lostNode struct {
	line
	store    node
	redis    *Redis
	leases   *Leases // nil in the exact mode
	l        *Limiter
	beaten   time.Time
	accepted []Tick
}

func (n *lostNodes) bear() *lostNode {
	n.born++
	o := new(lostNode)
	o.redis = n.server.storeWith(RedisOptions{
		Node: fmt.Sprint(n.born), Prefix: n.prefix, Now: func() time.Time { return Tick(n.clock.Load()).Time() },
	}, virtual)
	o.redis.client.AddHook(&o.line)
	o.publish = func(payload string) {
		for _, p := range n.list {
			if p.leases != nil && !p.cut && !p.mute {
				p.leases.recalled(context.Background(), payload)
			}
		}
	}
	o.store = o.redis
	if n.leases {
		o.leases = newLeases(o.redis, virtual[0])
		o.store = o.leases
	}
	o.l, o.beaten = NewLimiter(o.store, n.rules), n.now
	return o
}

// pass lets time pass, and each node beat every second.
func (n *lostNodes) pass(d time.Duration) {
	for end := n.now.Add(d); ; {
		next := end
		for _, o := range n.list {
			if at := o.beaten.Add(time.Second); at.Before(next) {
				next = at
			}
		}
		n.now = next
		n.clock.Store(int64(At(n.now)))
		if err := (clocked{client: n.server.client}).set(At(n.now)); err != nil {
			n.t.Fatal(err)
		}
		if !next.Before(end) {
			return
		}
		for _, o := range n.list {
			if !o.beaten.Add(time.Second).After(n.now) {
				n.beat(o)
			}
		}
	}
}

func (n *lostNodes) beat(o *lostNode) {
	o.beaten = n.now
	_ = o.store.Beat(n.t.Context())
}

func (n *lostNodes) request(o *lostNode) (accepted bool) {
	before := o.store.Status()
	accepted = decideOnce(n.t.Context(), o.l, &Request{Client: "a"}, n.now)
	after := o.store.Status()
	if !accepted {
		return false
	}
	n.accepted = append(n.accepted, At(n.now))
	if n.alone += after.Alone - before.Alone; n.fresh {
		n.alone++ // perhaps by the one that knows nothing of the others
	}
	o.accepted = append(o.accepted, At(n.now))
	return true
}

// drop takes everything away that the server has.
func (n *lostNodes) drop() {
	keys, err := n.server.client.Keys(n.t.Context(), n.prefix+"*").Result()
	if err == nil && len(keys) > 0 {
		err = n.server.client.Del(n.t.Context(), keys...).Err()
	}
	if err != nil {
		n.t.Fatal(err)
	}
}

// kill ends a node and begins another. What it has told nobody is at most what
// it accepted within one second.
func (n *lostNodes) kill(i int) {
	o := n.list[i]
	if o.redis.open.Load() {
		return // what it decided alone is lost with it: that is not bounded
	}
	var ahead, alone int64
	if o.leases != nil {
		for _, list := range o.leases.ahead {
			for _, s := range list {
				ahead += (s.given - s.n) / s.check.unit()
			}
		}
	}
	for _, c := range o.redis.pending {
		alone += c.Cost
	}
	most := 0
	for i := range o.accepted {
		k := i
		for k < len(o.accepted) && o.accepted[k]-o.accepted[i] <= ticks(useFor) {
			k++
		}
		most = max(most, k-i)
	}
	if max(ahead, alone) > int64(most) {
		n.t.Errorf("a dead node had told nobody of %d and %d, but accepted %d within a second", ahead, alone, most)
	}
	n.lost += ahead + alone
	n.list[i] = n.bear()
	o.redis.client.Close()
}

// step does something at random.
func (n *lostNodes) step(drops bool) {
	i := n.IntN(len(n.list))
	o := n.list[i]
	switch k := n.IntN(100); {
	case k < 70:
		n.request(o)
	case k < 80:
		n.pass(time.Duration(n.IntN(900)) * time.Millisecond)
	case k < 84:
		o.cut = !o.cut
	case k < 86:
		o.mute = !o.mute
		n.twice = true
	case k < 88 && drops && !n.fresh:
		n.drop()
		n.dropped, n.twice = true, n.twice || n.dropped
	case k < 89 && drops && len(n.list) < 5 && !n.fresh:
		n.list = append(n.list, n.bear())
		if n.fresh = n.dropped; !n.fresh {
			n.beat(n.list[len(n.list)-1])
		}
	case k < 89 && !drops:
		n.kill(i)
	default:
		n.beat(o)
	}
}

// quiet heals everything, and waits until no node decides alone any more.
func (n *lostNodes) quiet(seed uint64) {
	for _, o := range n.list {
		o.cut, o.mute = false, false
	}
	n.dropped, n.fresh = false, false
	for range 12 { // nodes that died are waited for
		n.pass(time.Second)
	}
	for i, o := range n.list {
		if st := o.store.Status(); st.Open || st.Pending > 0 {
			n.t.Fatalf("seed %d: node %d is not back: %+v", seed, i, st)
		}
	}
}

// state is what the server knows.
func (n *lostNodes) state() State {
	r := n.list[0].redis
	var v Visit
	v.Request.Client = "a"
	key, _ := n.rules.list[0].appendKey(nil, &v.Request)
	b, err := n.server.client.Get(n.t.Context(), r.key(digestOf(key))).Result()
	if errors.Is(err, redis.Nil) {
		return State{}
	}
	if err != nil || len(b) != 16 {
		n.t.Fatalf("state %q: %v", b, err)
	}
	return State{Tick(double(b)), int64(double(b[8:]))}
}

// TestRedis_lost: whatever is lost on the way - calls, answers, nodes, all of
// the server's data - when all is well again the server knows of everything that
// was accepted, once, but for what a dead node used of its slices within a
// second; and nothing is accepted beyond the limit but what nodes decided alone.
// A seed is the whole schedule.
func TestRedis_lost(t *testing.T) {
	s := startRedis(t)
	for seed := range uint64(48) {
		testLost(t, s, seed)
	}
}

func testLost(t *testing.T, s *server, seed uint64) {
	n := &lostNodes{
		Rand: rand.New(rand.NewPCG(seed, 7)), t: t, server: s, leases: seed%3 > 0, now: start, clock: new(atomic.Int64),
		prefix: fmt.Sprintf("{soapgate}:lost%d:", seed),
	}
	limit := int64(20 + n.IntN(400))
	spec := month(fmt.Sprint(limit))
	rate := seed%5 == 4
	if rate {
		spec.Bounds = Bounds{Rate: fmt.Sprintf("%d/%ds", limit, 1+n.IntN(100)), Burst: limit}
	}
	n.rules = compile(t, Options{}, spec)
	n.clock.Store(int64(At(n.now)))
	n.pass(0)
	for range 3 {
		n.list = append(n.list, n.bear())
	}
	defer func() {
		for _, o := range n.list {
			o.redis.client.Close()
		}
	}()
	n.quiet(seed)
	for range 6 {
		for range 60 {
			n.step(seed%2 == 0)
		}
		n.quiet(seed)
		n.check(seed, rate)
	}
	if rate {
		return
	}
	for range 2 * limit {
		n.request(n.list[n.IntN(len(n.list))])
	}
	sum := int64(len(n.accepted))
	if sum > limit+n.alone+n.lost || !n.twice && sum < limit {
		t.Errorf("seed %d: accepted %d of %d, %d of them alone, %d told to nobody", seed, sum, limit, n.alone, n.lost)
	}
}

// check compares what the server knows with what was accepted.
func (n *lostNodes) check(seed uint64, rate bool) {
	s, sum := n.state(), int64(len(n.accepted))
	if rate {
		every, burst := n.rules.list[0].terms.every, n.rules.list[0].terms.burst
		level, last := Tick(0), Tick(0)
		for _, at := range n.accepted { // a debt is never more than a full burst
			level, last = min(max(0, level-(at-last))+every, burst), at
		}
		now := At(n.now)
		if level = max(0, level-(now-last)); max(s.Moment, now)+Tick(n.lost)*every < now+level {
			n.t.Fatalf("seed %d: the server knows of %v, accepted were %v", seed, s.Moment-now, level)
		}
		return
	}
	if s.Count+n.lost < sum || !n.twice && s.Count+n.lost != sum {
		n.t.Fatalf("seed %d: the server knows of %d, accepted were %d, of which %d told to nobody", seed, s.Count, sum, n.lost)
	}
}
