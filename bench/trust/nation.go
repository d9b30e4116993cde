//go:build linux

package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/soapgate/soapgate/internal/gatetest/authority"
	"github.com/soapgate/soapgate/internal/pki"
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
	scale int
	url   string
	site  *authority.Site
	root  *ca
	key   *authority.Key // that signs the trust list
	cert  []byte
	// supply are the entries of all lists: what is in them does not matter here.
	supply []authority.Revoked
	list   authority.TrustList
	lists  []publication
}

// A publication is a revocation list and where it is found.
type publication struct {
	issuer *authority.CA
	paths  []string
	size   int
}

// serveNation makes the nation and serves it: an edition of everything at
// once, another for each line of standard input, until that ends. The CA in
// the file also is accredited.
func serveNation(also string, scale int) error {
	// Beside the load generator on one processor, it must not be noticed.
	if err := unix.Setpriority(unix.PRIO_PROCESS, 0, 19); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	c := &country{
		scale: scale, url: "http://" + listener.Addr().String(), site: new(authority.Site),
		supply: entries(30 << 20 / bytesAnEntry),
	}
	if err := c.make(also); err != nil {
		return err
	}
	go http.Serve(listener, c.site) //nolint:errcheck,gosec // ends with the process
	lines := bufio.NewScanner(os.Stdin)
	for edition := 1; ; edition++ {
		if err := c.publish(edition); err != nil {
			return err
		}
		fmt.Println(c.url)
		if !lines.Scan() {
			return lines.Err()
		}
	}
}

// make makes the CAs, one of which is in a file already.
func (c *country) make(also string) (err error) {
	if c.root, err = newCA(authority.GOST256, "Вымышленный всенародный УЦ"); err != nil {
		return err
	}
	c.site.Put("/root", authority.Page{Body: c.root.DER})
	c.root.CRLPoints = []string{c.url + "/root.crl"}
	c.lists = append(c.lists, publication{c.root.CA, []string{"/root.crl"}, 100 * bytesAnEntry})
	for i := range nationCAs / c.scale {
		if err := c.add(i); err != nil {
			return err
		}
	}
	found, err := pki.LoadCertificates(also)
	if err != nil {
		return err
	}
	for _, f := range found {
		c.list.CAs = append(c.list.CAs, authority.Accredited{
			Name: f.Subject.CommonName(), INN: "7700000000", OGRN: "1000000000000", RegistryNumber: "also", Since: now.Add(-900 * day),
			Keys: []authority.ListedKey{{ID: "also", Certificates: [][]byte{f.Raw}}},
		})
	}
	if c.key, err = authority.NewKey(authority.GOST256); err != nil {
		return err
	}
	c.cert, err = c.root.Issue(c.key, authority.Template{
		Subject: authority.CN("Вымышленное министерство"), NotBefore: now.Add(-1000 * day), NotAfter: now.Add(1000 * day),
	})
	c.site.Put("/signer", authority.Page{Body: c.cert})
	return err
}

// add makes CA number i and its entry in the trust list.
func (c *country) add(i int) error {
	key, err := authority.NewKey(authority.GOST256)
	if err != nil {
		return err
	}
	template := authority.Template{NotBefore: now.Add(-1000 * day), NotAfter: now.Add(1000 * day)}
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
	if p := c.publication(i, sub); p.issuer != nil {
		c.lists = append(c.lists, p)
		for _, path := range p.paths {
			listed.CRLs = append(listed.CRLs, c.url+path)
		}
	}
	c.list.CAs = append(c.list.CAs, authority.Accredited{
		Name: name, INN: inn, OGRN: ogrn, RegistryNumber: fmt.Sprint(i), Since: now.Add(-900 * day), Keys: []authority.ListedKey{listed},
	})
	return nil
}

// publication is the list of CA number i on three mirrors, if it has one.
func (c *country) publication(i int, sub *authority.CA) publication {
	p := publication{issuer: sub, size: 20 << 10}
	switch {
	case i >= nationLists/c.scale:
		return publication{}
	case i < max(largeLists/c.scale, 1):
		p.size = 30 << 20
	case i < (largeLists+mediumLists)/c.scale:
		p.size = 1 << 20
	}
	for m := range 3 {
		p.paths = append(p.paths, fmt.Sprintf("/mirror%d/%d.crl", m, i))
	}
	return p
}

// publish puts an edition of everything on the site.
func (c *country) publish(edition int) error {
	etag := fmt.Sprintf(`"%d"`, edition)
	for i, p := range c.lists {
		der, err := (&ca{CA: p.issuer}).list(int64(edition), c.supply[:p.size/bytesAnEntry])
		if err != nil {
			return err
		}
		for m, path := range p.paths {
			page := authority.Page{Body: der, ETag: etag}
			if m == 0 && i%20 == 1 {
				page.Fault = authority.NotFound // one first mirror in twenty is gone
			}
			c.site.Put(path, page)
		}
	}
	c.list.Version, c.list.Date = edition, now.Add(time.Duration(edition)*time.Minute-day)
	xml, err := c.list.Sign(c.key, c.cert)
	c.site.Put("/tsl.xml", authority.Page{Body: xml, ETag: etag})
	return err
}
