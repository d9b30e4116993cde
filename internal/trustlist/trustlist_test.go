package trustlist_test

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest/authority"
	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/trustlist"
)

var now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// A fixture is a head CA, a CA that it lists, and the signer of the list.
type fixture struct {
	root, ca  *authority.CA
	signerKey *authority.Key
	signer    []byte
	caKey     *authority.Key
	options   trustlist.Options
}

func key(tb testing.TB, kind authority.Kind) *authority.Key {
	tb.Helper()
	k, err := authority.NewKey(kind)
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

func template(cn string) authority.Template {
	return authority.Template{Subject: authority.CN(cn), NotBefore: now.Add(-1000 * day), NotAfter: now.Add(1000 * day)}
}

func newFixture(tb testing.TB, kind authority.Kind) *fixture {
	tb.Helper()
	f := &fixture{signerKey: key(tb, kind), caKey: key(tb, kind)}
	var err error
	if f.root, err = authority.Root(key(tb, kind), template("Вымышленный головной УЦ")); err != nil {
		tb.Fatal(err)
	}
	if f.signer, err = f.root.Issue(f.signerKey, template("Вымышленное министерство")); err != nil {
		tb.Fatal(err)
	}
	if f.ca, err = f.root.NewCA(f.caKey, template("Вымышленный УЦ")); err != nil {
		tb.Fatal(err)
	}
	f.options = trustlist.Options{Signers: []*pki.Certificate{certificate(tb, f.signer)}, Now: now}
	return f
}

func certificate(tb testing.TB, der []byte) *pki.Certificate {
	tb.Helper()
	c, err := pki.ParseCertificate(der)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// list is a list with the fixture's CA.
func (f *fixture) list(version int) authority.TrustList {
	return authority.TrustList{Version: version, Date: now.Add(-time.Hour), CAs: []authority.Accredited{{
		Name: "ООО «Вымышленный УЦ» & Ко", INN: "7700000001", OGRN: "1000000000001", RegistryNumber: "1",
		Status: "Прекращена", Since: now.Add(day),
		History: []authority.StatusChange{{Status: "Действует", Since: now.Add(-300 * day)}, {Status: "Приостановлена", Since: now.Add(-200 * day)}, {Status: "Действует", Since: now.Add(-100 * day)}},
		Keys: []authority.ListedKey{{
			ID: "01", CRLs: []string{"http://a.example/ca.crl", "http://b.example/ca.crl"}, Certificates: [][]byte{f.ca.DER},
		}},
	}}}
}

func (f *fixture) sign(tb testing.TB, l authority.TrustList) []byte {
	tb.Helper()
	b, err := l.Sign(f.signerKey, f.signer)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestParse(t *testing.T) {
	for _, kind := range []authority.Kind{authority.GOST256, authority.GOST512, authority.RSA} {
		f := newFixture(t, kind)
		l, err := trustlist.Parse(f.sign(t, f.list(7)), f.options)
		if err != nil {
			t.Fatalf("%v: %v", kind, err)
		}
		ca := l.Authorities[0]
		if l.Version != 7 || !l.Date.Equal(now.Add(-time.Hour)) || ca.Name != "ООО «Вымышленный УЦ» & Ко" || ca.OGRN != "1000000000001" ||
			len(ca.Keys) != 1 || len(ca.Keys[0].CRLs) != 2 || ca.Keys[0].Class != "КС3" || len(l.Skipped) != 0 {
			t.Errorf("%v: %+v", kind, l)
		}
		var history []string
		for _, s := range ca.History {
			history = append(history, fmt.Sprint(s.From.Sub(now).Hours()/24, " ", s.Active))
		}
		if got := strings.Join(history, ", "); got != "-300 true, -200 false, -100 true, 1 false" {
			t.Errorf("%v: history %s", kind, got)
		}
	}
}

// TestParse_refused: whatever is not exactly the signed list is refused.
func TestParse_refused(t *testing.T) {
	f := newFixture(t, authority.GOST256)
	other := newFixture(t, authority.GOST256)
	good := f.sign(t, f.list(7))
	replace := func(old, new string) []byte {
		b := bytes.Replace(good, []byte(old), []byte(new), 1)
		if bytes.Equal(b, good) {
			t.Fatalf("%q is not there", old)
		}
		return b
	}
	unsigned := good[:bytes.Index(good, []byte("<ds:Signature"))]
	for _, test := range []struct {
		name string
		list []byte
		o    func(*trustlist.Options)
	}{
		{name: "changed version", list: replace("<Версия>7<", "<Версия>8<")},
		{name: "changed status", list: replace("Прекращена", "Действует")},
		{name: "unsigned", list: append(bytes.Clone(unsigned), "</АккредитованныеУдостоверяющиеЦентры>"...)},
		{name: "by a signer who is not pinned", list: other.sign(t, f.list(7))},
		{name: "with another's certificate", list: replace("<ds:X509Certificate>", "<ds:X509Certificate>AAAA")},
		{name: "second signature", list: replace("</АккредитованныеУдостоверяющиеЦентры>", "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/></АккредитованныеУдостоверяющиеЦентры>")},
		{name: "DTD", list: replace("<АккредитованныеУдостоверяющиеЦентры", "<!DOCTYPE x><АккредитованныеУдостоверяющиеЦентры")},
		{name: "too large", list: good, o: func(o *trustlist.Options) { o.MaxSize = len(good) - 1 }},
		{name: "from the future", list: good, o: func(o *trustlist.Options) { o.Now = now.Add(-2 * day) }},
		{name: "truncated", list: good[:len(good)-1]},
		{name: "HTML", list: []byte("<html><body>Сервис временно недоступен</body></html>")},
		{name: "empty"},
		{name: "dated before its signer", list: f.sign(t, authority.TrustList{Version: 1, Date: now.Add(-2000 * day), CAs: f.list(1).CAs})},
	} {
		o := f.options
		if test.o != nil {
			test.o(&o)
		}
		if l, err := trustlist.Parse(test.list, o); err == nil {
			t.Errorf("%s: accepted, version %d", test.name, l.Version)
		}
	}
	if _, err := trustlist.Parse(good, f.options); err != nil {
		t.Errorf("unchanged: %v", err)
	}
}

func TestSupersedes(t *testing.T) {
	f := newFixture(t, authority.GOST256)
	parse := func(version int, date time.Time) *trustlist.List {
		list := f.list(version)
		list.Date = date
		l, err := trustlist.Parse(f.sign(t, list), f.options)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	held := parse(7, now)
	for _, test := range []struct {
		name  string
		l     *trustlist.List
		older bool
		ok    bool
	}{
		{"next", parse(8, now.Add(time.Minute)), false, true},
		{"rolled back", parse(6, now.Add(time.Minute)), true, false},
		{"the same", held, false, true},
		{"same version, other content", parse(7, now.Add(time.Minute)), false, false},
		{"next, dated earlier", parse(8, now.Add(-time.Minute)), true, false},
	} {
		err := test.l.Supersedes(held)
		if (err == nil) != test.ok || errors.Is(err, pki.ErrOlder) != test.older {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	if err := held.Supersedes(nil); err != nil {
		t.Errorf("first: %v", err)
	}
}

// TestAccreditations: a verdict follows the status at the moment it is for.
func TestAccreditations(t *testing.T) {
	f := newFixture(t, authority.GOST256)
	l, err := trustlist.Parse(f.sign(t, f.list(7)), f.options)
	if err != nil {
		t.Fatal(err)
	}
	accreditations, certificates := l.Accreditations(3 * day)
	leaf, err := f.ca.Issue(key(t, authority.GOST256), template("Заявитель"))
	if err != nil {
		t.Fatal(err)
	}
	trust := pki.NewTrust(pki.Rules{}, []*pki.Certificate{certificate(t, f.root.DER)}, nil).WithAccreditations(accreditations, certificates)
	for _, test := range []struct {
		name       string
		at         time.Time
		historical bool
		want       reject.Code
	}{
		{"now", now, false, ""},
		{"while suspended", now.Add(-150 * day), true, reject.CertificateNotAccredited},
		{"before that", now.Add(-250 * day), true, ""},
		{"after its end", now.Add(25 * time.Hour), false, reject.CertificateNotAccredited},
		{"with a list that is too old", now.Add(4 * day), false, reject.CertificateListStale},
	} {
		_, err := trust.Verify(certificate(t, leaf), nil, pki.Params{
			At: test.at, Usage: pki.Sign, Historical: test.historical, Tolerance: pki.Tolerance{Missing: true},
		})
		var r *reject.Rejection
		if errors.As(err, &r); (err == nil) != (test.want == "") || r != nil && r.Code != test.want {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

// TestParse_skipped: an entry that cannot be read costs that entry, and a
// status that cannot be read its CA's accreditation.
func TestParse_skipped(t *testing.T) {
	f := newFixture(t, authority.GOST256)
	list := f.list(7)
	list.CAs[0].Keys[0].Certificates = [][]byte{[]byte("no certificate"), f.ca.DER}
	l, err := trustlist.Parse(f.sign(t, list), f.options)
	if err != nil || len(l.Skipped) != 1 || len(l.Authorities[0].Keys[0].Certificates) != 1 {
		t.Errorf("%v, %+v", err, l)
	}
	list = f.list(7)
	list.Mangle = func(xml string) string {
		return strings.Replace(xml, "<Статус>Прекращена</Статус><ДействуетС>2026", "<Статус>Прекращена</Статус><ДействуетС>вчера 2026", 1)
	}
	if l, err = trustlist.Parse(f.sign(t, list), f.options); err != nil || len(l.Skipped) != 1 {
		t.Fatalf("%v, %+v", err, l)
	}
	if a, _ := l.Accreditations(0); len(a.ByKey[certificate(t, f.ca.DER).KeyID].History) != 0 {
		t.Error("a CA of whose history a part cannot be read is accredited")
	}
}

// TestParse_memory reads a list of about 12 MB and allocates at most six times
// its size in all, whatever of it is alive at one moment.
func TestParse_memory(t *testing.T) {
	f := newFixture(t, authority.GOST256)
	list := f.list(7)
	ca := list.CAs[0]
	// The same certificate again and again: reading does not mind.
	for len(list.CAs) < 3000 {
		ca.Keys = []authority.ListedKey{ca.Keys[0], ca.Keys[0], ca.Keys[0]}
		list.CAs = append(list.CAs, ca)
	}
	b := f.sign(t, list)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	l, err := trustlist.Parse(b, f.options)
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	allocated := after.TotalAlloc - before.TotalAlloc
	t.Logf("%d bytes, %d CAs: %d bytes allocated, %.1f times", len(b), len(l.Authorities), allocated, float64(allocated)/float64(len(b)))
	if allocated > 6*uint64(len(b)) {
		t.Errorf("%d bytes allocated for a list of %d", allocated, len(b))
	}
}

func FuzzParse(f *testing.F) {
	x := newFixture(f, authority.GOST256)
	good := x.sign(f, x.list(7))
	f.Add(good)
	f.Add(bytes.Replace(good, []byte("<Версия>7"), []byte("<Версия>8"), 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := trustlist.Parse(b, x.options)
		if err == nil && (l.Version != 7 || len(l.Authorities) != 1) {
			t.Fatalf("a list nobody signed is accepted: version %d", l.Version)
		}
	})
}
