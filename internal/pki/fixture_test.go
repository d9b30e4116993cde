package pki_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest/authority"
	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/reject"
)

// now is the moment most tests judge at.
var now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

const (
	day  = 24 * time.Hour
	year = 365 * day
)

var kinds = []authority.Kind{authority.GOST256, authority.GOST512, authority.GOST2001, authority.RSA, authority.ECDSA}

// keys are made once a test run: RSA ones are slow to make.
var keys struct {
	sync.Mutex
	byName map[string]*authority.Key
}

// key returns a key of a kind; the same name gives the same key.
func key(tb testing.TB, kind authority.Kind, name string) *authority.Key {
	tb.Helper()
	keys.Lock()
	defer keys.Unlock()
	id := fmt.Sprint(kind, "/", name)
	if k := keys.byName[id]; k != nil {
		return k
	}
	k, err := authority.NewKey(kind)
	if err != nil {
		tb.Fatal(err)
	}
	if keys.byName == nil {
		keys.byName = make(map[string]*authority.Key)
	}
	keys.byName[id] = k
	return k
}

// valid fills in a validity around now.
func valid(t authority.Template) authority.Template {
	if t.NotBefore.IsZero() {
		t.NotBefore = now.Add(-year)
	}
	if t.NotAfter.IsZero() {
		t.NotAfter = now.Add(year)
	}
	return t
}

func root(tb testing.TB, k *authority.Key, t authority.Template) *authority.CA {
	tb.Helper()
	ca, err := authority.Root(k, valid(t))
	if err != nil {
		tb.Fatal(err)
	}
	return ca
}

func sub(tb testing.TB, ca *authority.CA, k *authority.Key, t authority.Template) *authority.CA {
	tb.Helper()
	below, err := ca.NewCA(k, valid(t))
	if err != nil {
		tb.Fatal(err)
	}
	return below
}

func issue(tb testing.TB, ca *authority.CA, k *authority.Key, t authority.Template) *pki.Certificate {
	tb.Helper()
	der, err := ca.Issue(k, valid(t))
	if err != nil {
		tb.Fatal(err)
	}
	return parse(tb, der)
}

func parse(tb testing.TB, der []byte) *pki.Certificate {
	tb.Helper()
	c, err := pki.ParseCertificate(der)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// list issues a list around now and parses it.
func list(tb testing.TB, ca *authority.CA, l authority.List) *pki.CRL {
	tb.Helper()
	return parseList(tb, listDER(tb, ca, l))
}

func listDER(tb testing.TB, ca *authority.CA, l authority.List) []byte {
	tb.Helper()
	if l.ThisUpdate.IsZero() {
		l.ThisUpdate = now.Add(-time.Hour)
	}
	if l.NextUpdate.IsZero() {
		l.NextUpdate = now.Add(day)
	}
	if l.Number == 0 {
		l.Number = 1
	}
	der, err := ca.CRL(l)
	if err != nil {
		tb.Fatal(err)
	}
	return der
}

func parseList(tb testing.TB, der []byte) *pki.CRL {
	tb.Helper()
	l, err := pki.ParseCRL(bytes.NewReader(der), pki.MaxCRL)
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

func trust(tb testing.TB, anchors, certificates []*pki.Certificate, lists ...*pki.CRL) *pki.Trust {
	tb.Helper()
	t, err := pki.NewTrust(pki.Rules{}, anchors, certificates).WithCRLs(lists...)
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

// code returns the code of a refusal, "" for nil.
func code(tb testing.TB, err error) reject.Code {
	tb.Helper()
	if err == nil {
		return ""
	}
	var r *reject.Rejection
	if !errors.As(err, &r) {
		tb.Fatalf("%v is no rejection", err)
	}
	return r.Code
}

// a chain is a root, a CA below it, and their lists.
type chain struct {
	root, ca       *authority.CA
	rootC, caC     *pki.Certificate
	rootKey, caKey *authority.Key
}

func newChain(tb testing.TB, rootKind, caKind authority.Kind) *chain {
	tb.Helper()
	c := &chain{rootKey: key(tb, rootKind, "root"), caKey: key(tb, caKind, "ca")}
	c.root = root(tb, c.rootKey, authority.Template{Subject: authority.CN("Вымышленный головной УЦ")})
	c.ca = sub(tb, c.root, c.caKey, authority.Template{Subject: authority.CN("Вымышленный УЦ"), PathLen: 1})
	c.rootC, c.caC = parse(tb, c.root.DER), parse(tb, c.ca.DER)
	return c
}

// trust returns the Trust in the chain's root with fresh empty lists, or with
// the lists given.
func (c *chain) trust(tb testing.TB, lists ...*pki.CRL) *pki.Trust {
	tb.Helper()
	if lists == nil {
		lists = []*pki.CRL{list(tb, c.root, authority.List{}), list(tb, c.ca, authority.List{})}
	}
	return trust(tb, []*pki.Certificate{c.rootC}, []*pki.Certificate{c.caC}, lists...)
}
