package fetch_test

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest/authority"
	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/pki/fetch"
)

// leaf issues a signer's certificate that names its list at the given places.
func (w *world) leaf(points ...string) *pki.Certificate {
	w.tb.Helper()
	der, err := w.ca.Issue(newKey(w.tb), authority.Template{Subject: authority.CN("Заявитель"), NotBefore: now.Add(-day), NotAfter: now.Add(day), CRLPoints: points})
	if err != nil {
		w.tb.Fatal(err)
	}
	c, err := pki.ParseCertificate(der)
	if err != nil {
		w.tb.Fatal(err)
	}
	return c
}

// naming has a refresher without sources of its own learn from certificates.
// What is noted is added before the function it returns does.
func (w *world) naming(hosts ...string) (n *fetch.Named, await func()) {
	w.refresher = fetch.NewRefresher(w.store, client(loopback), w.storage)
	n = fetch.NewNamed(w.refresher, hosts, 30*time.Minute, 1<<20)
	w.store.Missed = n.Missed
	ctx, cancel := context.WithCancel(context.Background())
	added, done := make(chan struct{}, 1000), make(chan struct{})
	go func() {
		defer close(done)
		n.Run(ctx, func() { added <- struct{}{} })
	}()
	w.tb.Cleanup(func() { cancel(); <-done })
	return n, func() {
		w.tb.Helper()
		select {
		case <-added:
		case <-time.After(30 * time.Second):
			w.tb.Fatal("no source is added")
		}
	}
}

func (w *world) verify(c *pki.Certificate) error {
	_, err := w.store.Verify(c, nil, pki.Params{At: now, Usage: pki.Sign})
	return err
}

func (w *world) host() string { return strings.TrimPrefix(w.server.URL, "http://") }

// TestNamed: the first message of a signer whose list nobody knows is refused;
// the list is fetched from where his certificate says, if the host is allowed,
// and a gate that starts anew has it.
func TestNamed(t *testing.T) {
	w := newWorld(t)
	w.site.Put("/own.crl", authority.Page{Body: w.list(authority.List{Number: 5})})
	_, await := w.naming(w.host())
	c := w.leaf("ldap://"+w.host()+"/own.crl", "http://other.example/own.crl", w.server.URL+"/own.crl")
	if err := w.verify(c); err == nil || !strings.Contains(err.Error(), "crl_missing") {
		t.Fatalf("without a list: %v", err)
	}
	await()
	if list := w.refresher.Status(); len(list) != 1 || !slices.Equal(list[0].Addresses, []string{w.server.URL + "/own.crl"}) {
		t.Fatalf("sources %+v", list)
	}
	if err := w.refresher.Round(t.Context(), now, false); err != nil {
		t.Fatal(err)
	}
	if err := w.verify(c); err != nil {
		t.Errorf("with the list: %v", err)
	}

	for host, want := range map[string]int{w.host(): 5, "other.example": 0} {
		w.store = pki.NewStore(pki.NewTrust(pki.Rules{}, []*pki.Certificate{w.caC}, nil))
		n, _ := w.naming(host)
		n.Load()
		if err := w.refresher.Load(now); err != nil || w.number() != want {
			t.Errorf("after a restart with host %s: %v, number %d, want %d", host, err, w.number(), want)
		}
	}
}

// TestNamed_refused: a certificate makes the gate ask nobody but the hosts
// allowed, and these only where they are public.
func TestNamed_refused(t *testing.T) {
	w := newWorld(t)
	w.site.Put("/own.crl", authority.Page{Body: w.list(authority.List{Number: 5})})
	_, await := w.naming("127.0.0.1", w.host())
	for _, points := range [][]string{
		{"http://evil.example/own.crl"}, {"http://127.0.0.1:1/own.crl"}, {"http://" + w.host() + "@evil.example/own.crl"},
		{"http://user@" + w.host() + "/own.crl"}, {"file:///etc/passwd"}, {"ftp://" + w.host() + "/own.crl"}, {"http://" + w.host() + ".evil.example/"},
	} {
		if err := w.verify(w.leaf(points...)); err == nil {
			t.Fatalf("%q: accepted without a list", points)
		}
	}
	// They are taken in turn: when this one has been, all have.
	if err := w.verify(w.leaf(w.server.URL + "/own.crl")); err == nil {
		t.Fatal("accepted without a list")
	}
	await()
	if list := w.refresher.Status(); len(list) != 1 {
		t.Errorf("sources %+v", list)
	}

	// An allowed name that leads inside is not followed.
	closed := fetch.NewRefresher(w.store, client(netip.MustParsePrefix("192.0.2.0/24")), w.storage)
	closed.SetSources([]fetch.Source{w.source("/own.crl")})
	if err := closed.Round(t.Context(), now, true); err == nil || w.site.Hits("/own.crl") != 0 {
		t.Errorf("private address: %v, %d requests", err, w.site.Hits("/own.crl"))
	}
}

// TestNamed_flood: any number of names makes few sources in a time, and those
// that lead nowhere do not keep out one that does.
func TestNamed_flood(t *testing.T) {
	w := newWorld(t)
	n, await := w.naming(w.host())
	c := w.leaf()
	for i := range 5000 {
		d := *c
		d.CRLPoints = []pki.DistributionPoint{{Names: []pki.GeneralName{{Kind: pki.URI, Value: fmt.Sprintf("%s/%d.crl", w.server.URL, i)}}}}
		n.Missed(&d)
		n.Missed(&d)
	}
	await()
	if got := len(w.refresher.Status()); got > 500 {
		t.Errorf("%d sources, want few", got)
	}

	w = newWorld(t)
	w.refresher = fetch.NewRefresher(w.store, client(loopback), w.storage)
	for i := range 1000 {
		w.refresher.Add(w.source(fmt.Sprintf("/%d.crl", i)))
	}
	if w.refresher.Add(w.source("/own.crl")) {
		t.Error("a source more than allowed is added")
	}
	w.refresher.Round(t.Context(), now, false) //nolint:errcheck // all fail
	w.site.Put("/own.crl", authority.Page{Body: w.list(authority.List{Number: 5})})
	if !w.refresher.Add(w.source("/own.crl")) || len(w.refresher.Status()) != 1000 {
		t.Errorf("no source makes room, %d sources", len(w.refresher.Status()))
	}
	w.refresher.Round(t.Context(), now, false) //nolint:errcheck // all others fail
	if w.number() != 5 {
		t.Errorf("number %d is in effect, want 5", w.number())
	}
}

// TestRefresher_announce: what was fetched beside a gate is taken at its next
// round, although nothing is due, and asked for by nobody.
func TestRefresher_announce(t *testing.T) {
	w := newWorld(t)
	w.site.Put("/a/ca.crl", authority.Page{Body: w.list(authority.List{Number: 5})})
	if err := w.refresher.Round(t.Context(), now, true); err != nil {
		t.Fatal(err)
	}
	gate, gateStore := w.refresher, w.store
	w.start()
	w.site.Put("/a/ca.crl", authority.Page{Body: w.list(authority.List{Number: 6})})
	if err := w.refresher.Round(t.Context(), now.Add(time.Minute), true); err != nil || w.number() != 6 {
		t.Fatalf("%v, number %d", err, w.number())
	}
	w.store = gateStore
	if err := gate.Round(t.Context(), now.Add(2*time.Minute), false); err != nil || w.number() != 5 {
		t.Errorf("before it is announced: %v, number %d", err, w.number())
	}
	if err := w.refresher.Announce(now.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if err := gate.Round(t.Context(), now.Add(2*time.Minute), false); err != nil || w.number() != 6 {
		t.Errorf("when it is announced: %v, number %d", err, w.number())
	}
	if n := w.site.Hits("/a/ca.crl"); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}
