package quota

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// Redis is the store that several nodes share, on a Redis or Valkey server:
// one round trip a pass, decided by one script at the server's time, exact
// over all nodes. Personal data does not reach the server: keys are hashed.
//
// The node keeps what it has seen of the shared states in a Memory: its view.
// When the server cannot be reached within Timeout, it decides on that, each
// request counting for all living nodes, so that together they stay within the
// limit. When the server is back, what was charged meanwhile is added to it.
//
// A server that has lost its data is known by its epoch, a name that the first
// node gives to its data and that the scripts compare: no node decides on data
// other than those it knows. A node that meets another epoch, or none, decides
// alone and tells the server its views, then what it has charged that is in
// nobody's view: alone, and of slices; and it decides on the server again when
// all nodes that lived have told, or are not heard of for some seconds. It is
// restored that
//
//	state = the view furthest ahead + all that was charged in no view
//
// in whatever order nodes tell, because the server keeps the furthest view apart
// (lua/restore.lua), and a node tells its charges again if the server is lost
// once more before all have told. So nothing that a living node knows of is
// forgotten; and it counts once, but for charges whose answer was lost.
type Redis struct {
	o      RedisOptions
	client *redis.Client
	shadow *Memory // states as the server told them last, in its time

	decide, count, adjust, beat, restore, hold *redis.Script

	offset   atomic.Int64 // server's clock minus ours, in ticks
	nodes    atomic.Int64 // living ones, this included
	seen     atomic.Int64 // server's time of the last answer
	failures atomic.Int64 // in a row
	open     atomic.Bool  // whether the server is given up for the moment
	status   counters

	replay replay
	// settle tells the server what was used of what it gave ahead; nil if nothing
	// is given.
	settle func(context.Context) error
	epoch  atomic.Pointer[string] // of the server's data; nil until it is known
	wake   chan struct{}          // to beat at once

	mu      sync.Mutex
	peers   []string          // the other living nodes, as of the last beat before a failure
	back    Tick              // server's time when it answered again, 0 if it does not
	local   *Memory           // states as they go on without the server
	pending map[digest]*Check // charged here alone, with the sum of their costs
	// What was told to a server that does not know all nodes' views yet.
	restoring bool
	told      []*Check
	held      map[digest]*places // of concurrency rules
}

type counters struct{ errors, alone, dropped, ahead atomic.Int64 }

// places are those a node holds of a concurrency key.
type places struct {
	n       int64
	unknown bool // the server may believe something else
}

// RedisOptions are the settings of a Redis store.
type RedisOptions struct {
	URL     string        // "redis://user:password@host:6379/0", "rediss://…", "unix://…"
	Node    string        // name of this node, different from all others'
	Prefix  string        // of all keys; default "{soapgate}:". The braces keep a cluster's keys together
	Timeout time.Duration // of a decision; default 5 ms
	OnError OnError
	Keys    int       // how many seen states are kept; default 1 000 000
	Marks   *Marks    // this node's own memory of messages; default NewMarks(0, 0)
	Seed    [2]uint64 // random
	Now     func() time.Time
	// Changed is told when the server is given up (with the error) and when it
	// is back (nil). May be nil.
	Changed func(err error)
}

// OnError says how to decide while the shared store fails.
type OnError uint8

// What to do while the shared store fails.
const (
	Local  OnError = iota // decide on what was seen, as one of so many nodes
	Reject                // refuse
	Allow                 // let pass uncounted
)

// ParseOnError reads "local", "reject" or "allow".
func ParseOnError(s string) (OnError, error) {
	for i, name := range [...]string{"local", "reject", "allow"} {
		if s == name {
			return OnError(i), nil
		}
	}
	return 0, fmt.Errorf("unknown setting %q: local, reject or allow", s)
}

//go:embed lua/lib.lua
var luaLib string

//go:embed lua/decide.lua
var luaDecide string

//go:embed lua/count.lua
var luaCount string

//go:embed lua/adjust.lua
var luaAdjust string

//go:embed lua/beat.lua
var luaBeat string

//go:embed lua/restore.lua
var luaRestore string

//go:embed lua/hold.lua
var luaHold string

// NewRedis returns a store that has not connected yet. Run keeps it in touch
// with the server; Close frees its connections.
func NewRedis(o RedisOptions) (*Redis, error) { return newRedis(o, luaLib, luaCount) }

func newRedis(o RedisOptions, lib, count string) (*Redis, error) {
	opt, err := redis.ParseURL(o.URL)
	if err != nil {
		// The URL may hold a password: the error must not repeat it.
		return nil, errors.New("redis URL: want redis://, rediss:// or unix://")
	}
	if o.Prefix == "" {
		o.Prefix = "{soapgate}:"
	}
	if o.Timeout <= 0 {
		o.Timeout = 5 * time.Millisecond
	}
	// One deadline of a context bounds waiting for a connection, dialing,
	// writing and reading together; go-redis' own timeouts would add up, and
	// are counted from a clock that is up to 50 ms late.
	opt.ContextTimeoutEnabled = true
	opt.MaxRetries = -1
	opt.DialerRetries = 1
	opt.DialTimeout, opt.ReadTimeout, opt.WriteTimeout = beatTimeout, beatTimeout, beatTimeout
	opt.PoolTimeout = beatTimeout
	opt.MinIdleConns = 2
	opt.DisableIdentity = true
	opt.MaintNotificationsConfig = noMaintenance
	r := &Redis{
		o: o, client: redis.NewClient(opt),
		shadow:  newShadow(o),
		decide:  redis.NewScript(lib + luaDecide),
		count:   redis.NewScript(count),
		adjust:  redis.NewScript(lib + luaAdjust),
		beat:    redis.NewScript(lib + luaBeat),
		restore: redis.NewScript(lib + luaRestore),
		hold:    redis.NewScript(lib + luaHold),
		pending: make(map[digest]*Check),
		held:    make(map[digest]*places),
		wake:    make(chan struct{}, 1),
	}
	r.local = newShadow(o)
	r.replay.remember, r.replay.forget = redis.NewScript(lib+luaRemember), redis.NewScript(lib+luaForget)
	if r.replay.own = o.Marks; o.Marks == nil {
		r.replay.own = NewMarks(0, 0)
	}
	r.nodes.Store(1)
	return r, nil
}

// Close frees the connections. The node's places are given up at once.
func (r *Redis) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), beatTimeout)
	defer cancel()
	_ = r.client.ZRem(ctx, r.o.Prefix+"nodes", r.o.Node).Err() // it is forgotten soon in any case
	return r.client.Close()
}

// Decide implements Store.
func (r *Redis) Decide(_ context.Context, now Tick, checks []Check) error {
	if r.open.Load() {
		return r.alone(now, checks, nil)
	}
	// Not the caller's context: whether he is still there says nothing about
	// the server, and a decision that was begun should be known.
	ctx, cancel := context.WithTimeout(context.Background(), r.o.Timeout)
	defer cancel()
	err := r.join(ctx)
	script, call := r.prepare(now, checks)
	if err == nil {
		err = r.call(ctx, script, now, call, checks)
	}
	if err != nil {
		r.failed(err)
		r.unsure(call, checks)
		return r.alone(now, checks, err)
	}
	r.failures.Store(0)
	r.seen.Store(int64(now) + r.offset.Load())
	refused := refused(checks)
	for i := range checks {
		c := &checks[i]
		if c.Rule.Kind != Concurrent {
			continue
		}
		n := c.claim.kept()
		if !c.Peek && !refused && !c.Result.Refused {
			n += c.Cost
		}
		r.keep(call.digests[i], n)
	}
	return nil
}

// Adjust implements Store. What cannot be charged now is charged later.
func (r *Redis) Adjust(_ context.Context, now Tick, checks []Check) error {
	ctx, cancel := context.WithTimeout(context.Background(), r.o.Timeout)
	defer cancel()
	var err error
	if !r.open.Load() {
		err = r.join(ctx)
	}
	call := r.encode(now, checks)
	for i := range checks {
		if checks[i].Rule.Kind == Concurrent {
			r.keep(call.digests[i], checks[i].Cost)
		}
	}
	if !r.open.Load() {
		if err == nil {
			err = r.call(ctx, r.adjust, now, r.adjusting(call), checks)
		}
		if err == nil {
			r.failures.Store(0)
			return nil
		}
		r.failed(err)
	}
	r.unsure(call, checks)
	r.later(now, checks)
	return nil
}
