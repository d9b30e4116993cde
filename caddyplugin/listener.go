package caddyplugin

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/soapgate/soapgate/internal/quota"
	"github.com/soapgate/soapgate/internal/reject"
)

func init() { caddy.RegisterModule(Connections{}) }

// Connections wraps a listener and bounds what its callers may hold open:
// connections of one address, TLS handshakes of one address in a time, and
// connections of one registered client, whatever addresses he comes from. It
// stands before tls, so that who is refused costs no handshake: his connection
// is closed without a word. A client with too many gets a fault quota.concurrent,
// and his connection is closed behind it.
//
// All listeners of this node count together; a reload forgets nothing. IPv6
// addresses are counted by their /64.
type Connections struct {
	// PerAddress is how many connections an address may have open. Default:
	// 256; negative: any number.
	PerAddress int64 `json:"per_address,omitempty"`
	// PerClient is how many a registered client may have open, if he speaks TLS
	// to us. Default: 256; negative: any number.
	PerClient int64 `json:"per_client,omitempty"`
	// Handshakes is how many connections an address may open in a time, as in a
	// rule. Default: 600/1m, 100 of them at once; "off": any number.
	Handshakes string `json:"handshakes,omitempty"`
	// Burst is how many of them it may open at once. Default: what the rate
	// allows in a second.
	Burst int64 `json:"burst,omitempty"`
	// Except are addresses or prefixes that are not counted, as terminators.
	Except []string `json:"except,omitempty"`

	except  []netip.Prefix
	limiter *quota.Limiter
	leases  leases
}

// CaddyModule returns the Caddy module information.
func (Connections) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "caddy.listeners.soapgate_connections",
		New: func() caddy.Module { return new(Connections) },
	}
}

// Provision makes quota rules of the limits.
func (c *Connections) Provision(ctx caddy.Context) error {
	var errs []error
	for _, s := range c.Except {
		p, err := parsePrefix(s)
		if err != nil {
			errs = append(errs, fmt.Errorf("except: %w", err))
		}
		c.except = append(c.except, p)
	}
	rules, err := quota.Compile(c.specs(), quota.Options{})
	if err := errors.Join(append(errs, err)...); err != nil {
		return fmt.Errorf("soapgate_connections: %w", err)
	}
	counts, err := take(&c.leases, "connections", newConnectionCounts)
	if err != nil {
		return err
	}
	c.limiter = quota.NewLimiter(counts, rules)
	return metrics().register(ctx.GetMetricsRegistry())
}

func (c *Connections) specs() (list []quota.Spec) {
	for _, n := range []*int64{&c.PerAddress, &c.PerClient} {
		if *n == 0 {
			*n = 256
		}
	}
	if c.Handshakes == "" {
		c.Handshakes, c.Burst = "600/1m", cmp.Or(c.Burst, 100)
	}
	add := func(name, key string, b quota.Bounds) {
		list = append(list, quota.Spec{Name: name, Key: []string{key}, Bounds: b})
	}
	if c.PerAddress > 0 {
		add("connections", "address", quota.Bounds{Concurrent: c.PerAddress})
	}
	if c.Handshakes != "off" {
		add("handshakes", "address", quota.Bounds{Rate: c.Handshakes, Burst: c.Burst})
	}
	if c.PerClient > 0 {
		add("client-connections", "client", quota.Bounds{Concurrent: c.PerClient})
	}
	return list
}

// Cleanup gives back the counts. Connections that are open keep them.
func (c *Connections) Cleanup() error { return c.leases.release() }

// connectionCounts is what all listeners count in.
type connectionCounts struct{ *quota.Memory }

func newConnectionCounts() (connectionCounts, error) {
	var seed [16]byte
	if _, err := rand.Read(seed[:]); err != nil {
		return connectionCounts{}, err
	}
	return connectionCounts{quota.NewMemory(quota.MemoryOptions{
		Keys: 200_000, Seed: [2]uint64{binary.NativeEndian.Uint64(seed[:]), binary.NativeEndian.Uint64(seed[8:])},
	})}, nil
}

// Destruct implements caddy.Destructor: memory is all it holds.
func (connectionCounts) Destruct() error { return nil }

// WrapListener implements caddy.ListenerWrapper.
func (c *Connections) WrapListener(l net.Listener) net.Listener { return &countedListener{l, c} }

type countedListener struct {
	net.Listener
	limits *Connections
}

// Accept implements net.Listener: it returns the next connection that is
// within the limits.
func (l *countedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		counted := &countedConn{Conn: conn, limits: l.limits}
		rej := counted.enter()
		if rej == nil {
			return counted, nil
		}
		if t, ok := conn.(*net.TCPConn); ok {
			_ = t.SetLinger(0) // nothing is to be sent, and nothing kept for it
		}
		_ = conn.Close()
	}
}

// countedConn gives back its places when it is closed.
type countedConn struct {
	net.Conn
	limits *Connections

	mu     sync.Mutex
	places []*quota.Visit
	held   bool // a place of the client's
	closed bool
}

// enter takes a place of the address.
func (c *countedConn) enter() *reject.Rejection {
	if _, ok := c.Conn.(interface{ Raw() net.Conn }); ok {
		// Behind the PROXY protocol: the address is known when the header has
		// come, and accepting others must not wait for that.
		return nil
	}
	peer, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return nil // a Unix socket has no strangers
	}
	addr := peer.Addr().Unmap()
	if slices.ContainsFunc(c.limits.except, func(p netip.Prefix) bool { return p.Contains(addr) }) {
		return nil
	}
	return c.take(quota.Request{Address: addr})
}

// hold takes a place of the client whose connection this turns out to be, once.
func (c *countedConn) hold(client string) *reject.Rejection {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held || c.closed {
		return nil
	}
	rej := c.take(quota.Request{Client: client})
	c.held = rej == nil
	return rej
}

func (c *countedConn) take(q quota.Request) *reject.Rejection {
	v := c.limits.limiter.Begin()
	v.Request = q
	rej := v.Pass(context.Background(), quota.PassClient, time.Now())
	metrics().connection(v)
	if rej != nil {
		_ = v.End(context.Background(), quota.Outcome{}, time.Now())
		return rej
	}
	c.places = append(c.places, v)
	return nil
}

// Close implements net.Conn.
func (c *countedConn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, v := range c.places {
		// Memory: it does not fail.
		_ = v.End(context.Background(), quota.Outcome{}, time.Now())
	}
	c.places, c.closed = nil, true
	return c.Conn.Close()
}

// NetConn returns the connection beneath, as tls.Conn does.
func (c *countedConn) NetConn() net.Conn { return c.Conn }

// UnmarshalCaddyfile reads the listener wrapper:
//
//	soapgate_connections {
//		per_address <n>
//		per_client <n>
//		handshakes <n>/<duration>|off [<burst>]
//		except <address|prefix...>
//	}
func (c *Connections) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	if d.NextArg() {
		return d.ArgErr()
	}
	return parseBlock(d, []option{
		{name: "per_address", min: 1, max: 1, set: setInt(&c.PerAddress)},
		{name: "per_client", min: 1, max: 1, set: setInt(&c.PerClient)},
		{name: "handshakes", min: 1, max: 2, set: func(args []string) error {
			c.Handshakes = args[0]
			if len(args) == 1 {
				return nil
			}
			return setInt(&c.Burst)(args[1:])
		}},
		{name: "except", min: 1, max: -1, repeat: true, set: setStrings(&c.Except)},
	})
}

// Interface guards
var (
	_ caddy.Provisioner     = (*Connections)(nil)
	_ caddy.CleanerUpper    = (*Connections)(nil)
	_ caddy.ListenerWrapper = (*Connections)(nil)
	_ caddyfile.Unmarshaler = (*Connections)(nil)
)
