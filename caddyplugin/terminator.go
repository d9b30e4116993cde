package caddyplugin

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/pires/go-proxyproto"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/soapgate/soapgate/internal/client"
)

func init() { caddy.RegisterModule(Terminator{}) }

// Terminator wraps a listener behind TLS terminators that speak PROXY protocol
// version 2: the caller's address, TLS version, cipher and certificate are
// taken from the header that each connection begins with. Go speaks no GOST
// TLS; haproxy, stunnel or nginx in front does.
//
// Connections from anybody else, and those that begin with no header, are
// refused: a port has one kind of caller. A header without a TLS vector says
// that the caller spoke no TLS, and soapgate judges it so.
type Terminator struct {
	// Allow are the addresses or prefixes of the terminators.
	Allow []string `json:"allow,omitempty"`
	// Timeout is how long to wait for the header. Default: 5 seconds.
	Timeout caddy.Duration `json:"timeout,omitempty"`

	allow []netip.Prefix
}

// CaddyModule returns the Caddy module information.
func (Terminator) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "caddy.listeners.soapgate_terminator",
		New: func() caddy.Module { return new(Terminator) },
	}
}

// Provision reads the addresses.
func (t *Terminator) Provision(caddy.Context) error {
	if len(t.Allow) == 0 {
		return errors.New("soapgate_terminator: allow: nobody is")
	}
	if t.Timeout <= 0 {
		t.Timeout = caddy.Duration(5 * time.Second)
	}
	for _, s := range t.Allow {
		p, err := parsePrefix(s)
		if err != nil {
			return err
		}
		t.allow = append(t.allow, p)
	}
	return nil
}

// WrapListener implements caddy.ListenerWrapper.
func (t *Terminator) WrapListener(l net.Listener) net.Listener {
	return &terminatorListener{proxyproto.Listener{
		Listener: l, ReadHeaderTimeout: time.Duration(t.Timeout), ConnPolicy: t.policy,
	}}
}

// policy demands a header of terminators and has nothing to do with others.
func (t *Terminator) policy(o proxyproto.ConnPolicyOptions) (proxyproto.Policy, error) {
	peer, err := netip.ParseAddrPort(o.Upstream.String())
	if err != nil || !slices.ContainsFunc(t.allow, func(p netip.Prefix) bool { return p.Contains(peer.Addr().Unmap()) }) {
		return proxyproto.REJECT, proxyproto.ErrInvalidUpstream
	}
	return proxyproto.REQUIRE, nil
}

// terminatorListener marks the connections whose headers are believed: Caddy's
// own proxy_protocol wrapper makes others of the same type.
type terminatorListener struct{ proxyproto.Listener }

type terminatorConn struct{ *proxyproto.Conn }

// Accept implements net.Listener.
func (l *terminatorListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if p, ok := c.(*proxyproto.Conn); ok && err == nil {
		return terminatorConn{p}, nil
	}
	return c, err
}

type connKey struct{}

// countedKey leads to the countedConn beneath a connection.
type countedKey struct{}

// withConn remembers in a connection's context who tells of it, and where its
// client's place is held. Nothing is read here: it would hold up the server's
// accepting.
func withConn(ctx context.Context, c net.Conn) context.Context {
	for c != nil {
		switch known := c.(type) {
		case terminatorConn:
			// Several clients may come by it, and what is beneath is the
			// terminator's.
			return context.WithValue(ctx, connKey{}, known)
		case *countedConn:
			return context.WithValue(ctx, countedKey{}, known)
		}
		inner, ok := c.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		c = inner.NetConn()
	}
	return ctx
}

// terminatorFacts returns what tells of the caller's connection to a
// terminator, nil if there is none.
func terminatorFacts(ctx context.Context) func() (client.Facts, error) {
	c, ok := ctx.Value(connKey{}).(terminatorConn)
	if !ok {
		return nil
	}
	return c.facts
}

func (c terminatorConn) facts() (client.Facts, error) {
	none := client.Facts{Source: client.FromProxy}
	h := c.ProxyHeader()
	if h == nil {
		return none, nil
	}
	list, err := h.TLVs()
	if err != nil {
		return none, err
	}
	for _, v := range list {
		if v.Type == proxyproto.PP2_TYPE_SSL {
			return client.FromProxyTLV(v.Value)
		}
	}
	return none, nil
}

// UnmarshalCaddyfile reads the listener wrapper:
//
//	soapgate_terminator {
//		allow <address|prefix...>
//		timeout <duration>
//	}
func (t *Terminator) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	if d.NextArg() {
		return d.ArgErr()
	}
	return parseBlock(d, []option{
		{name: "allow", min: 1, max: -1, repeat: true, set: setStrings(&t.Allow)},
		{name: "timeout", min: 1, max: 1, set: setDuration(&t.Timeout)},
	})
}

// Interface guards
var (
	_ caddy.Provisioner     = (*Terminator)(nil)
	_ caddy.ListenerWrapper = (*Terminator)(nil)
	_ caddyfile.Unmarshaler = (*Terminator)(nil)
)
