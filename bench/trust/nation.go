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

// serveNation makes the nation and serves it.
func serveNation(scale int) error {
	site := new(authority.Site)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	url := "http://" + listener.Addr().String()
	root, err := newCA(authority.GOST256, "Вымышленный головной УЦ")
	if err != nil {
		return err
	}
	signerKey, err := authority.NewKey(authority.GOST256)
	if err != nil {
		return err
	}
	validity := authority.Template{NotBefore: now.Add(-1000 * day), NotAfter: now.Add(1000 * day)}
	signer := validity
	signer.Subject = authority.CN("Вымышленное министерство")
	signerDER, err := root.Issue(signerKey, signer)
	if err != nil {
		return err
	}
	site.Put("/root", authority.Page{Body: root.DER})
	site.Put("/signer", authority.Page{Body: signerDER})
	rootList, err := root.list(1, entries(100))
	if err != nil {
		return err
	}
	site.Put("/root.crl", authority.Page{Body: rootList, ETag: `"1"`})
	root.CRLPoints = []string{url + "/root.crl"}

	list := authority.TrustList{Version: 1, Date: now.Add(-time.Hour)}
	// All serial numbers are one supply: what is in a list does not matter here.
	supply := entries(30 << 20 / bytesAnEntry)
	for i := range nationCAs / scale {
		k, err := authority.NewKey(authority.GOST256)
		if err != nil {
			return err
		}
		template := validity
		template.Subject = authority.Name{
			{Type: authority.Country, Value: "RU"}, {Type: authority.Locality, Value: "Вымышленск"},
			{Type: authority.OGRN, Value: fmt.Sprintf("1%012d", i)}, {Type: authority.INNLE, Value: fmt.Sprintf("77%08d", i)},
			{Type: authority.Organization, Value: fmt.Sprintf("ООО «Вымышленный удостоверяющий центр № %d»", i)},
			{Type: authority.CommonName, Value: fmt.Sprintf("ООО «Вымышленный удостоверяющий центр № %d»", i)},
		}
		template.Policies = []string{"1.2.643.100.113.1", "1.2.643.100.113.2", "1.2.643.100.113.3", "2.5.29.32.0"}
		template.SignTool = "Вымышленное средство криптографической защиты информации, версия 1.0"
		template.IssuerTool = []string{template.SignTool, "Вымышленное средство удостоверяющего центра", "Заключение № 0", "Заключение № 0"}
		sub, err := root.NewCA(k, template)
		if err != nil {
			return err
		}
		entry := authority.Accredited{
			Name: template.Subject[5].Value, INN: template.Subject[3].Value, OGRN: template.Subject[2].Value,
			RegistryNumber: fmt.Sprint(i), Since: now.Add(-900 * day),
			Keys: []authority.ListedKey{{ID: fmt.Sprintf("%X", k.ID()), Certificates: [][]byte{sub.DER}}},
		}
		if i < nationLists/scale {
			size := 20 << 10
			switch {
			case i < max(largeLists/scale, 1):
				size = 30 << 20
			case i < (largeLists+mediumLists)/scale:
				size = 1 << 20
			}
			der, err := sub.CRL(authority.List{Number: 1, ThisUpdate: now.Add(-time.Hour), NextUpdate: now.Add(7 * day), Revoked: supply[:size/bytesAnEntry]})
			if err != nil {
				return err
			}
			for m := range 3 {
				path := fmt.Sprintf("/mirror%d/%d.crl", m, i)
				entry.Keys[0].CRLs = append(entry.Keys[0].CRLs, url+path)
				page := authority.Page{Body: der, ETag: `"1"`}
				if m == 0 && i%20 == 0 {
					page.Fault = authority.NotFound // one first mirror in twenty is gone
				}
				site.Put(path, page)
			}
		}
		if i == nationCAs/scale-1 || i == 0 {
			leaf, err := newLeaf(&ca{CA: sub})
			if err != nil {
				return err
			}
			site.Put("/leaf", authority.Page{Body: leaf})
			if i == 0 {
				site.Put("/leaf0", authority.Page{Body: leaf})
			}
		}
		list.CAs = append(list.CAs, entry)
	}
	xml, err := list.Sign(signerKey, signerDER)
	if err != nil {
		return err
	}
	site.Put("/tsl.xml", authority.Page{Body: xml, ETag: `"1"`})
	fmt.Println(url)
	go http.Serve(listener, site) //nolint:errcheck,gosec // ends with the process
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
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
	}, nil
}

// coldStart measures from an empty store to the first accepted certificate of
// a CA with a large list.
func coldStart(url, dir string) ([]row, error) {
	leafDER, err := get(url + "/leaf0")
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
