//go:build linux

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest/authority"
	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/pki/fetch"
	"github.com/soapgate/soapgate/internal/trustlist"
)

// The nation: CAs, and lists with three mirrors each; 5800 addresses are 1933
// lists.
const (
	nationCAs    = 3000
	nationLists  = 1933
	largeLists   = 5   // of 30 MB
	mediumLists  = 200 // of 1 MB, the rest of 20 KB
	bytesAnEntry = 42
)

// A country is the nation while it is made.
type country struct {
	scale    int
	url      string
	site     *authority.Site
	root     *ca
	validity authority.Template
	// supply are the entries of all lists: what is in them does not matter here.
	supply []authority.Revoked
	list   authority.TrustList
}

// serveNation makes the nation and serves it until standard input ends.
func serveNation(scale int) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	c := &country{
		scale: scale, url: "http://" + listener.Addr().String(), site: new(authority.Site),
		validity: authority.Template{NotBefore: now.Add(-1000 * day), NotAfter: now.Add(1000 * day)},
		supply:   entries(30 << 20 / bytesAnEntry),
		list:     authority.TrustList{Version: 1, Date: now.Add(-time.Hour)},
	}
	if err := c.make(); err != nil {
		return err
	}
	fmt.Println(c.url)
	go http.Serve(listener, c.site) //nolint:errcheck,gosec // ends with the process
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func (c *country) make() (err error) {
	if c.root, err = newCA(authority.GOST256, "Вымышленный головной УЦ"); err != nil {
		return err
	}
	rootList, err := c.root.list(1, entries(100))
	if err != nil {
		return err
	}
	c.site.Put("/root", authority.Page{Body: c.root.DER})
	c.site.Put("/root.crl", authority.Page{Body: rootList, ETag: `"1"`})
	c.root.CRLPoints = []string{c.url + "/root.crl"}
	for i := range nationCAs / c.scale {
		if err := c.add(i); err != nil {
			return err
		}
	}
	key, err := authority.NewKey(authority.GOST256)
	if err != nil {
		return err
	}
	template := c.validity
	template.Subject = authority.CN("Вымышленное министерство")
	signer, err := c.root.Issue(key, template)
	if err != nil {
		return err
	}
	xml, err := c.list.Sign(key, signer)
	c.site.Put("/signer", authority.Page{Body: signer})
	c.site.Put("/tsl.xml", authority.Page{Body: xml, ETag: `"1"`})
	return err
}

// add makes CA number i, its entry in the trust list and its revocation list.
func (c *country) add(i int) error {
	key, err := authority.NewKey(authority.GOST256)
	if err != nil {
		return err
	}
	template := c.validity
	name := fmt.Sprintf("ООО «Вымышленный удостоверяющий центр № %d»", i)
	ogrn, inn := fmt.Sprintf("1%012d", i), fmt.Sprintf("77%08d", i)
	template.Subject = authority.Name{
		{Type: authority.Country, Value: "RU"}, {Type: authority.Locality, Value: "Вымышленск"}, {Type: authority.OGRN, Value: ogrn},
		{Type: authority.INNLE, Value: inn}, {Type: authority.Organization, Value: name}, {Type: authority.CommonName, Value: name},
	}
	template.Policies = []string{"1.2.643.100.113.1", "1.2.643.100.113.2", "1.2.643.100.113.3", "2.5.29.32.0"}
	template.SignTool = "Вымышленное средство криптографической защиты информации, версия 1.0"
	template.IssuerTool = []string{template.SignTool, "Вымышленное средство удостоверяющего центра", "Заключение № 0", "Заключение № 0"}
	sub, err := c.root.NewCA(key, template)
	if err != nil {
		return err
	}
	listed := authority.ListedKey{ID: fmt.Sprintf("%X", key.ID()), Certificates: [][]byte{sub.DER}}
	if listed.CRLs, err = c.publish(i, sub); err != nil {
		return err
	}
	c.list.CAs = append(c.list.CAs, authority.Accredited{
		Name: name, INN: inn, OGRN: ogrn, RegistryNumber: fmt.Sprint(i), Since: now.Add(-900 * day), Keys: []authority.ListedKey{listed},
	})
	if i > 0 {
		return nil
	}
	leaf, err := newLeaf(&ca{CA: sub})
	c.site.Put("/leaf", authority.Page{Body: leaf})
	return err
}

// publish puts the list of CA number i on three mirrors, if it has one.
func (c *country) publish(i int, sub *authority.CA) (addresses []string, err error) {
	size := 20 << 10
	switch {
	case i >= nationLists/c.scale:
		return nil, nil
	case i < max(largeLists/c.scale, 1):
		size = 30 << 20
	case i < (largeLists+mediumLists)/c.scale:
		size = 1 << 20
	}
	der, err := (&ca{CA: sub}).list(1, c.supply[:size/bytesAnEntry])
	if err != nil {
		return nil, err
	}
	for m := range 3 {
		path := fmt.Sprintf("/mirror%d/%d.crl", m, i)
		addresses = append(addresses, c.url+path)
		page := authority.Page{Body: der, ETag: `"1"`}
		if m == 0 && i%20 == 0 {
			page.Fault = authority.NotFound // one first mirror in twenty is gone
		}
		c.site.Put(path, page)
	}
	return addresses, nil
}

// A gate is what a gate has of trust.
type gate struct {
	store     *pki.Store
	keeper    *trustlist.Keeper
	refresher *fetch.Refresher
	sources   int
}

func newGate(url, dir string) (*gate, error) {
	root, err := get(url + "/root")
	if err != nil {
		return nil, err
	}
	signer, err := get(url + "/signer")
	if err != nil {
		return nil, err
	}
	anchors, err := pki.ParseCertificates(root)
	if err != nil {
		return nil, err
	}
	signers, err := pki.ParseCertificates(signer)
	if err != nil {
		return nil, err
	}
	storage, err := fetch.OpenDir(dir)
	if err != nil {
		return nil, err
	}
	g := &gate{store: pki.NewStore(pki.NewTrust(pki.Rules{}, anchors, nil))}
	g.refresher = fetch.NewRefresher(g.store, fetch.NewClient(fetch.ClientOptions{AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}), storage)
	var source fetch.Source
	g.keeper = trustlist.NewKeeper(g.store, trustlist.Options{Signers: signers}, 0, func(l *trustlist.List) {
		sources, _ := l.CRLSources(g.store, time.Hour, pki.MaxCRL, now)
		g.sources = len(sources)
		g.refresher.SetSources(append(sources, source))
	})
	source, err = g.keeper.Source(time.Hour, url+"/tsl.xml")
	g.refresher.SetSources([]fetch.Source{source})
	return g, err
}

func get(url string) ([]byte, error) {
	res, err := http.Get(url) //nolint:gosec,noctx // our own server
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return io.ReadAll(res.Body)
}

// nation measures a gate that refreshes everything, and one that starts from
// what the first has kept.
func nation(scale int) ([]row, error) {
	server := exec.Command("/proc/self/exe", "-serve", "-scale", fmt.Sprint(scale))
	server.Stderr = os.Stderr
	stdin, err := server.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := server.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := server.Start(); err != nil {
		return nil, err
	}
	defer func() {
		stdin.Close()
		server.Wait() //nolint:errcheck // it ends with its input
	}()
	url, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("starting the server: %w", err)
	}
	url = strings.TrimSpace(url)
	dir, err := os.MkdirTemp("", "nation")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	rows, err := refresh(url, dir)
	if err != nil {
		return nil, err
	}
	cold, err := coldStart(url, dir)
	return append(rows, cold...), err
}

func refresh(url, dir string) ([]row, error) {
	g, err := newGate(url, dir)
	if err != nil {
		return nil, err
	}
	// Requests are measured on a CA of their own, which has its list already.
	c, err := newCA(authority.GOST256, "УЦ")
	if err != nil {
		return nil, err
	}
	own, err := pki.LoadCRL(short(c))
	if err != nil {
		return nil, err
	}
	trust, err := pki.NewTrust(pki.Rules{}, []*pki.Certificate{c.certificate}, nil).WithCRLs(own)
	if err != nil {
		return nil, err
	}
	leaf, err := newLeaf(c)
	if err != nil {
		return nil, err
	}
	quiet := requests(pki.NewStore(trust), leaf, func() error { time.Sleep(5 * time.Second); return nil })
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // peak memory from here
		fmt.Fprintln(os.Stderr, "peak memory includes what came before:", err)
	}
	start := time.Now()
	busy := requests(pki.NewStore(trust), leaf, func() error {
		for range 2 {
			if err := g.refresher.Round(context.Background(), now, false); err != nil {
				return err
			}
		}
		return nil
	})
	took := time.Since(start)
	if quiet.err != nil || busy.err != nil {
		return nil, fmt.Errorf("%v, %v", quiet.err, busy.err)
	}
	lists := len(g.store.Trust().CRLs())
	size := 0.0
	for _, l := range g.store.Trust().CRLs() {
		size += float64(l.Size)
	}
	if lists != g.sources {
		return nil, fmt.Errorf("%d lists held of %d sources", lists, g.sources)
	}
	ratio := float64(percentile(busy.times, 0.99)) / float64(percentile(quiet.times, 0.99))
	title := fmt.Sprintf("%d CAs, %d lists with 3 mirrors, %.0f MB", len(g.keeper.List().Authorities), lists, size/1e6)
	return []row{
		{what: title + ": refresh of everything", value: took.Seconds(), target: 120, unit: "s"},
		{what: title + ": peak memory", value: status("VmHWM") / 1024, target: 400, unit: "MiB"},
		{what: title + ": p99 of requests meanwhile, to p99 otherwise", value: ratio, target: 2, unit: "times"},
		{what: "p99 of these requests otherwise", value: float64(percentile(quiet.times, 0.99).Microseconds()), unit: "µs"},
	}, nil
}

// coldStart measures from an empty store to the first accepted certificate of
// a CA with a large list.
func coldStart(url, dir string) ([]row, error) {
	leafDER, err := get(url + "/leaf")
	if err != nil {
		return nil, err
	}
	leaf, err := pki.ParseCertificate(leafDER)
	if err != nil {
		return nil, err
	}
	g, err := newGate(url, dir)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	for range 2 {
		if err := g.refresher.Load(now); err != nil {
			return nil, err
		}
	}
	if _, err := g.store.Verify(leaf, nil, pki.Params{At: now, Usage: pki.Sign}); err != nil {
		return nil, err
	}
	return []row{{what: "cold start from disk to the first verified request", value: time.Since(start).Seconds(), target: 5, unit: "s"}}, nil
}
