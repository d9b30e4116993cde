package trustlist_test

import (
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest/authority"
	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/pki/fetch"
	"github.com/soapgate/soapgate/internal/trustlist"
)

// TestKeeper follows a gate from an empty folder to a verdict: it fetches the
// trust list, learns from it where the revocation lists are, fetches them, and
// after a restart has all of it without the network. A list that goes back, or
// is another's, changes nothing.
func TestKeeper(t *testing.T) {
	f := newFixture(t, authority.GOST256)
	site := new(authority.Site)
	server := httptest.NewServer(site)
	defer server.Close()

	f.root.CRLPoints = []string{server.URL + "/root.crl"}
	ca, err := f.root.NewCA(f.caKey, template("Вымышленный УЦ"))
	if err != nil {
		t.Fatal(err)
	}
	f.ca = ca
	leafDER, err := ca.Issue(key(t, authority.GOST256), template("Заявитель"))
	if err != nil {
		t.Fatal(err)
	}
	leaf := certificate(t, leafDER)
	for path, issuer := range map[string]*authority.CA{"/root.crl": f.root, "/ca.crl": ca} {
		der, err := issuer.CRL(authority.List{Number: 1, ThisUpdate: now.Add(-time.Hour), NextUpdate: now.Add(30 * day)})
		if err != nil {
			t.Fatal(err)
		}
		site.Put(path, authority.Page{Body: der})
	}
	publish := func(version int, edit func(*authority.TrustList)) {
		t.Helper()
		list := f.list(version)
		list.CAs[0].Status, list.CAs[0].Since, list.CAs[0].History = "Действует", now.Add(-100*day), nil
		list.CAs[0].Keys[0].CRLs = []string{server.URL + "/gone/ca.crl", server.URL + "/ca.crl"}
		if edit != nil {
			edit(&list)
		}
		site.Put("/tsl.xml", authority.Page{Body: f.sign(t, list)})
	}
	publish(7, nil)

	dir, err := fetch.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var store *pki.Store
	var keeper *trustlist.Keeper
	var refresher *fetch.Refresher
	start := func() {
		t.Helper()
		store = pki.NewStore(pki.NewTrust(pki.Rules{}, []*pki.Certificate{certificate(t, f.root.DER)}, nil))
		refresher = fetch.NewRefresher(store, fetch.NewClient(fetch.ClientOptions{
			Stall: time.Second, AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		}), dir)
		var source fetch.Source
		keeper = trustlist.NewKeeper(store, f.options, 20*day, func(l *trustlist.List) {
			sources, err := l.CRLSources(store, time.Hour, 1<<20, now)
			if err != nil || len(sources) != 2 {
				t.Errorf("%d sources of lists, %v", len(sources), err)
			}
			refresher.SetSources(append(sources, source))
		})
		if source, err = keeper.Source(time.Hour, server.URL+"/tsl.xml"); err != nil {
			t.Fatal(err)
		}
		refresher.SetSources([]fetch.Source{source})
	}
	verify := func() string {
		if _, err := store.Verify(leaf, nil, pki.Params{At: now, Usage: pki.Sign}); err != nil {
			code, _, _ := strings.Cut(err.Error(), ":")
			return code
		}
		return ""
	}

	start()
	if got := verify(); got != "certificate.unknown_issuer" {
		t.Errorf("before anything: %q", got)
	}
	for range 2 { // the trust list, then what it names
		if err := refresher.Round(t.Context(), now, false); err != nil {
			t.Fatal(err)
		}
	}
	if got := verify(); got != "" {
		t.Errorf("after two rounds: %q", got)
	}

	server.Close()
	start()
	for range 2 {
		if err := refresher.Load(now); err != nil {
			t.Fatal(err)
		}
	}
	if got := verify(); got != "" {
		t.Errorf("after a restart without network: %q", got)
	}

	server = httptest.NewUnstartedServer(site)
	server.Start()
	source, err := keeper.Source(time.Hour, server.URL+"/tsl.xml")
	if err != nil {
		t.Fatal(err)
	}
	refresher.SetSources(nil)
	refresher.SetSources([]fetch.Source{source})
	round := func() error { return refresher.Round(t.Context(), now, true) }

	publish(6, func(l *authority.TrustList) { l.CAs[0].Status = "Аннулирована" })
	if err := round(); err == nil || keeper.List().Version != 7 || verify() != "" {
		t.Errorf("rolled back: %v, version %d", err, keeper.List().Version)
	}
	good := f.signer
	f.signer = newFixture(t, authority.GOST256).signer
	publish(8, nil)
	if err := round(); err == nil || keeper.List().Version != 7 {
		t.Errorf("another signer: %v, version %d", err, keeper.List().Version)
	}
	f.signer = good
	publish(8, func(l *authority.TrustList) {
		l.CAs[0].Status, l.CAs[0].Since = "Аннулирована", now.Add(-day)
	})
	if err := round(); err != nil || keeper.List().Version != 8 {
		t.Errorf("next version: %v, version %d", err, keeper.List().Version)
	}
	if got := verify(); got != "certificate.not_accredited" {
		t.Errorf("after the accreditation ended: %q", got)
	}
	publish(9, func(l *authority.TrustList) { l.CAs = l.CAs[:0] })
	if err := round(); err == nil || keeper.List().Version != 8 {
		t.Errorf("empty list: %v, version %d", err, keeper.List().Version)
	}
}
