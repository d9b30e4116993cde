package gate

import (
	"net/netip"
	"slices"

	"github.com/soapgate/soapgate/internal/client"
	"github.com/soapgate/soapgate/internal/reject"
)

// transport judges the connection by what our own server or a trusted
// terminator says of it.
func (p *passage) transport() error {
	r := p.req.HTTP
	facts, err := p.connection()
	if err != nil {
		return reject.New(reject.TransportTerminator).Because(err)
	}
	p.facts = facts
	switch {
	case !r.ProtoAtLeast(1, 1):
		return reject.New(reject.TransportHTTPVersion, "version", r.Proto)
	case facts.Version == 0 && !p.c.AllowPlain:
		return reject.New(reject.TransportPlain)
	case facts.Version != 0 && facts.Version < p.c.TLSMin:
		return reject.New(reject.TransportTLSVersion,
			"version", client.VersionName(facts.Version), "minimum", client.VersionName(p.c.TLSMin))
	case r.TLS != nil && !r.TLS.HandshakeComplete:
		// 0-RTT data can be replayed by whoever recorded it (RFC 8446 8).
		return reject.New(reject.TransportPlain)
	}
	return nil
}

// connection returns the facts of the connection: those that came with it, a
// terminator's, if the other end is one that is trusted, else our own server's.
func (p *passage) connection() (client.Facts, error) {
	if told := p.req.Facts; told != nil {
		// Behind the PROXY protocol the other end is the caller himself, and
		// his header fields are nobody's word.
		return told()
	}
	if p.trustsPeer() {
		f, found, err := client.FromHeaders(p.req.HTTP.Header, p.c.Sources...)
		if err != nil || found {
			return f, err
		}
	}
	return client.FromState(p.req.HTTP.TLS), nil
}

func (p *passage) trustsPeer() bool {
	return slices.ContainsFunc(p.c.Terminators, func(n netip.Prefix) bool { return n.Contains(p.req.Peer) })
}

// identify finds the registered client and whether it may come in.
func (p *passage) identify() error {
	c, r := p.caller()
	if r != nil {
		return r
	}
	p.client = c
	p.rep.Message.Client, p.rep.Message.Class = c.ID, c.Class
	for _, r := range []*reject.Rejection{
		c.Admit(p.now),
		c.AdmitTLS(&p.facts),
		c.AdmitService(p.c.service(p.req.HTTP.URL.Path)),
	} {
		if r != nil {
			return r
		}
	}
	return nil
}

// caller finds the registered client by the access token that is shown, where
// an issuer is believed, else by the certificate. Who shows both must be one.
func (p *passage) caller() (*client.Client, *reject.Rejection) {
	registry := p.c.Clients()
	token, shown := client.BearerToken(p.req.HTTP.Header)
	if !shown || len(p.c.Issuers) == 0 {
		return registry.Identify(&p.facts)
	}
	p.byToken = true
	claims, r := client.ReadToken(token, p.c.Issuers, p.now)
	if r != nil {
		return nil, r
	}
	c, r := registry.ByToken(claims)
	if r != nil {
		return nil, r
	}
	if other, _ := registry.Identify(&p.facts); other != nil && other != c {
		return nil, reject.New(reject.ClientToken, "why", "certificate")
	}
	return c, nil
}
