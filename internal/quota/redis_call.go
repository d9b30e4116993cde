package quota

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"

	"github.com/redis/go-redis/v9"
)

// A call is the arguments of a script.
type call struct {
	keys    []string
	args    []any
	digests []digest
	epoch   *string
}

// argument is the layout that lib.lua reads.
const argument = 11 * 8

// prepare chooses the script for a decision and makes its arguments.
func (r *Redis) prepare(now Tick, checks []Check) (*redis.Script, *call) {
	for i := range checks {
		if k := checks[i].Rule; r.settle != nil || k.Kind == Concurrent || k.Kind == Interval || k.ChargeRefused {
			cl := r.encode(now, checks)
			cl.keys = append(cl.keys, r.epochKey(), r.o.Prefix+"nodes")
			cl.args = append(cl.args, r.nodes.Load(), r.settle != nil, name(cl.epoch))
			return r.decide, cl
		}
	}
	cl := &call{keys: make([]string, 0, len(checks)+1), epoch: r.epoch.Load()}
	cl.args = []any{r.encodeCounts(now, checks), name(cl.epoch)}
	for i := range checks {
		cl.keys = append(cl.keys, r.key(digestOf(checks[i].Key)))
	}
	cl.keys = append(cl.keys, r.epochKey())
	return r.count, cl
}

// adjusting completes the arguments for the script that adjusts.
func (r *Redis) adjusting(cl *call) *call {
	cl.keys, cl.args = append(cl.keys, r.epochKey()), append(cl.args, name(cl.epoch))
	return cl
}

// encodeCounts writes what count.lua reads: the first numbers of each check.
func (r *Redis) encodeCounts(now Tick, checks []Check) []byte {
	b := make([]byte, 0, 64*len(checks))
	for i := range checks {
		b = checks[i].encodeHead(b, now+Tick(r.offset.Load()))
	}
	return b
}

func (r *Redis) encode(now Tick, checks []Check) *call {
	server := now + Tick(r.offset.Load())
	n := len(checks)
	cl := &call{make([]string, 0, n+2), make([]any, 1, n+4), make([]digest, 0, n), r.epoch.Load()}
	cl.args[0] = r.o.Node
	for i := range checks {
		c := &checks[i]
		d := digestOf(c.Key)
		cl.digests = append(cl.digests, d)
		cl.keys = append(cl.keys, r.key(d))
		cl.args = append(cl.args, c.encode(server))
	}
	return cl
}

func (r *Redis) key(d digest) string {
	b := make([]byte, 0, 64)
	return string(hex.AppendEncode(append(b, r.o.Prefix...), d[:]))
}

func (c *Check) encode(now Tick) []byte {
	b := c.encodeHead(make([]byte, 0, argument+8*len(c.terms.steps)), now)
	b = c.claim.encode(b)
	for _, s := range c.terms.steps {
		b = appendDoubles(b, float64(s))
	}
	return b
}

func (c *Check) encodeHead(b []byte, now Tick) []byte {
	t := c.terms
	flags := 0
	for i, is := range [...]bool{c.Rule.Observe, c.Peek, c.Rule.ChargeRefused} {
		if is {
			flags |= 1 << i
		}
	}
	b = appendDoubles(b, float64(c.Rule.Kind), float64(flags), float64(c.Cost), float64(t.Max))
	switch c.Rule.Kind {
	case Rate:
		return appendDoubles(b, float64(t.every), float64(t.burst), 0, 0)
	case Limit, Bytes:
		w := c.Rule.calendar.around(now)
		return appendDoubles(b, float64(w[0]), float64(w[1]), float64(w[2]), float64(w[3]))
	case Interval:
		return appendDoubles(b, float64(len(t.steps)), 0, 0, 0)
	}
	return appendDoubles(b, 0, 0, 0, 0)
}

func appendDoubles(b []byte, values ...float64) []byte {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}

func double(s string) float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64([]byte(s[:8])))
}

// replyPart is how many bytes of a script's reply are about one check.
const replyPart = 5 * 8

var (
	errReply = errors.New("quota: unexpected reply of the store's script")
	// errEpoch is that the server's data are not those that this node knows.
	errEpoch = errors.New("quota: the shared store has lost its data")
)

// call runs a script over the checks and fills in their results.
func (r *Redis) call(ctx context.Context, s *redis.Script, now Tick, cl *call, checks []Check) error {
	reply, err := s.Run(ctx, r.client, cl.keys, cl.args...).Text()
	if err != nil {
		return err
	}
	switch {
	case reply == "":
		return errEpoch
	case len(reply) < 8:
		return errReply
	}
	server := Tick(double(reply))
	r.offset.Store(int64(server - now))
	if len(reply) == 8 {
		// Our clock is more than a window off; now that we know by how much,
		// a second attempt knows the right windows.
		if s == r.count {
			cl.args[0] = r.encodeCounts(now, checks)
		} else {
			copy(cl.args, r.encode(now, checks).args)
		}
		if reply, err = s.Run(ctx, r.client, cl.keys, cl.args...).Text(); err != nil {
			return err
		}
	}
	if len(reply) != 8+replyPart*len(checks) {
		return errReply
	}
	server = Tick(double(reply))
	for i := range checks {
		r.read(&checks[i], server, reply[8+replyPart*i:])
	}
	return nil
}

// read fills in a result from the script's reply and keeps the state.
func (r *Redis) read(c *Check, server Tick, reply string) {
	c.at(server)
	res := &c.Result
	res.Refused = double(reply) != 0
	res.RetryAfter = Tick(math.Ceil(double(reply[8:]))).Duration()
	res.TooLarge = res.Refused && c.tooLarge()
	s := State{Tick(double(reply[16:])), int64(double(reply[24:]))}
	if c.claim != nil {
		c.claim.recall, c.claim.given, c.claim.state = double(reply) == 2, int64(double(reply[32:])), s
	}
	c.report(s, server)
	if c.Rule.Kind != Concurrent {
		r.shadow.keep(c, s, server)
	}
}
