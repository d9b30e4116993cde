package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// A Client fetches lists over HTTP within bounds. It knows nothing of what it
// fetches: signatures protect the content, and the bounds protect us.
type Client struct {
	http  *http.Client
	total time.Duration
	stall time.Duration
}

// ClientOptions bound a Client. A zero field means its default.
type ClientOptions struct {
	Timeout   time.Duration // of one attempt as a whole; default 2 minutes
	Stall     time.Duration // without a byte; default 10 seconds
	Redirects int           // default 3, negative for none
	// AllowPrivate are networks that may be contacted although they are not
	// public. Default: none.
	AllowPrivate []netip.Prefix
	// Transport replaces the network, for tests. It must refuse by itself what
	// is not to be contacted.
	Transport http.RoundTripper
}

// NewClient returns a Client.
func NewClient(o ClientOptions) *Client {
	c := &Client{total: o.Timeout, stall: o.Stall}
	if c.total == 0 {
		c.total = 2 * time.Minute
	}
	if c.stall == 0 {
		c.stall = 10 * time.Second
	}
	redirects := max(o.Redirects, 0)
	if o.Redirects == 0 {
		redirects = 3
	}
	transport := o.Transport
	if transport == nil {
		transport = guarded(o.AllowPrivate, c.stall)
	}
	c.http = &http.Client{Transport: transport, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		switch {
		case len(via) > redirects:
			return fmt.Errorf("more than %d redirects", redirects)
		case r.URL.Scheme != "http" && r.URL.Scheme != "https":
			return fmt.Errorf("redirect to scheme %q", r.URL.Scheme)
		case via[len(via)-1].URL.Scheme == "https" && r.URL.Scheme == "http":
			return errors.New("redirect from https to http")
		}
		return nil
	}}
	return c
}

// guarded returns a transport that connects to public addresses only. It
// judges the address that is about to be connected to, behind name resolution
// and redirects, so that no name can smuggle in another.
func guarded(allowed []netip.Prefix, stall time.Duration) http.RoundTripper {
	dialer := &net.Dialer{Timeout: stall, ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		return checkAddress(at.Addr(), allowed)
	}}
	return &http.Transport{
		DialContext: dialer.DialContext, TLSHandshakeTimeout: stall, ResponseHeaderTimeout: stall,
		DisableCompression: true, MaxResponseHeaderBytes: 64 << 10, MaxConnsPerHost: 8, MaxIdleConnsPerHost: 2, IdleConnTimeout: 30 * time.Second,
	}
}

// private are the networks that are not public (IANA special-purpose address
// registries); those with methods of their own in netip are left out.
var private = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"),
}

func checkAddress(a netip.Addr, allowed []netip.Prefix) error {
	a = a.Unmap().WithZone("")
	for _, p := range allowed {
		if p.Contains(a) {
			return nil
		}
	}
	public := a.IsGlobalUnicast() && !a.IsPrivate()
	for _, p := range private {
		public = public && !p.Contains(a)
	}
	if !public {
		return fmt.Errorf("address %s is not public", a)
	}
	return nil
}

// Validators identify a version of what an address serves (RFC 9110 8.8).
type Validators struct {
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
}

// A Response is what an address served.
type Response struct {
	Validators
	// NotModified tells that it is still what the validators named.
	NotModified bool
	Length      int64 // of the body in bytes; -1 if it is not said
	// Body is to be read to its end and closed; nil if not modified.
	Body io.ReadCloser
}

// ErrTooLarge says that a body is larger than allowed.
var ErrTooLarge = errors.New("larger than allowed")

// Get fetches an address, unless it still serves what the validators name. The
// body ends in ErrTooLarge after limit bytes.
func (c *Client) Get(ctx context.Context, address string, v Validators, limit int64) (*Response, error) {
	ctx, cancel := context.WithTimeout(ctx, c.total)
	r, err := c.get(ctx, cancel, address, v, limit)
	if err != nil || r.NotModified {
		cancel()
	}
	if err != nil {
		return nil, fmt.Errorf("fetching %s: %w", address, err)
	}
	return r, nil
}

func (c *Client) get(ctx context.Context, cancel func(), address string, v Validators, limit int64) (*Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept-Encoding", "identity")
	if v.ETag != "" {
		req.Header.Set("If-None-Match", v.ETag)
	}
	if v.LastModified != "" {
		req.Header.Set("If-Modified-Since", v.LastModified)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	err = nil
	switch encoding := res.Header.Get("Content-Encoding"); {
	case res.StatusCode == http.StatusNotModified && v != (Validators{}):
		res.Body.Close()
		return &Response{NotModified: true, Validators: v}, nil
	case res.StatusCode != http.StatusOK:
		err = fmt.Errorf("status %s", res.Status)
	case encoding != "" && encoding != "identity":
		err = fmt.Errorf("content coding %q", encoding)
	case res.ContentLength > limit:
		err = fmt.Errorf("%d bytes: %w", res.ContentLength, ErrTooLarge)
	}
	if err != nil {
		res.Body.Close()
		return nil, err
	}
	return &Response{
		Validators: Validators{ETag: res.Header.Get("ETag"), LastModified: res.Header.Get("Last-Modified")},
		Length:     res.ContentLength,
		Body:       &body{ReadCloser: res.Body, left: limit, stall: c.stall, cancel: cancel},
	}, nil
}

// A body is a response's body that ends when it grows too large or stalls.
type body struct {
	io.ReadCloser
	left   int64
	stall  time.Duration
	cancel func()
}

func (b *body) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, ErrTooLarge
	}
	// One byte more than is left tells too large from just right.
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	timer := time.AfterFunc(b.stall, b.cancel)
	n, err := b.ReadCloser.Read(p)
	timer.Stop()
	b.left -= int64(n)
	if b.left < 0 {
		return n - 1, ErrTooLarge
	}
	return n, err
}

func (b *body) Close() error {
	b.cancel()
	return b.ReadCloser.Close()
}
