package caddyplugin

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap/zapcore"

	"github.com/soapgate/soapgate/internal/gatetest/authority"
	"github.com/soapgate/soapgate/internal/pki"
)

// A newsroom is a store with a CA that issues lists into a folder, and a
// signer that is known.
type newsroom struct {
	t      *testing.T
	now    time.Time
	ca     *authority.CA
	key    *authority.Key
	signer *pki.Certificate
	anchor string
	folder string
	number int64
	store  *TrustStore
}

func newNewsroom(t *testing.T) *newsroom {
	t.Helper()
	r := &newsroom{t: t, now: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC), folder: t.TempDir()}
	template := func(cn string) authority.Template {
		return authority.Template{Subject: authority.CN(cn), NotBefore: r.now.AddDate(-1, 0, 0), NotAfter: r.now.AddDate(1, 0, 0)}
	}
	key, err := authority.NewKey(authority.ECDSA)
	if err != nil {
		t.Fatal(err)
	}
	r.key = key
	if r.ca, err = authority.Root(key, template("Вымышленный УЦ")); err != nil {
		t.Fatal(err)
	}
	der, err := r.ca.Issue(key, template("Заявитель"))
	if err != nil {
		t.Fatal(err)
	}
	if r.signer, err = pki.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	r.anchor = filepath.Join(t.TempDir(), "anchor.cer")
	if err := os.WriteFile(r.anchor, r.ca.DER, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := newTrustSources(&TrustConfig{Anchors: []string{r.anchor}, CRLDirs: []string{r.folder}}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if r.store, err = s.open(); err != nil {
		t.Fatal(err)
	}
	return r
}

// issue puts a list into the folder and has it read.
func (r *newsroom) issue(thisUpdate, nextUpdate time.Time) {
	r.t.Helper()
	r.number++
	der, err := r.ca.CRL(authority.List{ThisUpdate: thisUpdate, NextUpdate: nextUpdate, Number: r.number})
	if err != nil {
		r.t.Fatal(err)
	}
	r.write(der)
}

func (r *newsroom) write(der []byte) {
	r.t.Helper()
	name := filepath.Join(r.folder, "ca.crl")
	if err := os.WriteFile(name, der, 0o600); err != nil {
		r.t.Fatal(err)
	}
	// Two issues within one tick of the file system's clock look the same.
	at := r.now.Add(time.Duration(r.number) * time.Second)
	if err := os.Chtimes(name, at, at); err != nil {
		r.t.Fatal(err)
	}
	_ = r.store.readFolders(r.now)
}

// told has the signer send a message, asks for news and returns their events
// with levels.
func (r *newsroom) told(after time.Duration) string {
	r.now = r.now.Add(after)
	_, _ = r.store.store.Verify(r.signer, nil, pki.Params{At: r.now, Usage: pki.Sign})
	var list []string
	for _, n := range r.store.news(r.store.look(r.now), (&TrustConfig{}).warnings()) {
		text := strings.TrimPrefix(n.event, "soapgate_")
		if n.level == zapcore.ErrorLevel {
			text += "!"
		}
		data := zapcore.NewMapObjectEncoder()
		for _, f := range n.fields {
			f.AddTo(data)
		}
		if m, ok := data.Fields["distance"]; ok {
			text += " " + m.(time.Duration).String()
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

// warnings are the default distances.
func (t *TrustConfig) warnings() []time.Duration {
	if err := t.defaults(); err != nil {
		panic(err)
	}
	return t.distances()
}

// TestNews follows a list to its end: every distance is told once, a renewed
// list is told anew, and what stopped is told once.
func TestNews(t *testing.T) {
	r := newNewsroom(t)
	r.issue(r.now, r.now.Add(10*24*time.Hour))
	for i, step := range []struct {
		after time.Duration
		issue time.Duration // a list for as long, before asking
		want  string
	}{
		{after: 0, want: ""},
		{after: 9*24*time.Hour + 10*time.Minute, want: "trust_neared 24h0m0s"},
		{after: time.Hour, want: ""},
		{after: 19 * time.Hour, want: "trust_neared 4h0m0s"},
		{after: time.Minute, issue: 10 * 24 * time.Hour, want: ""},
		{after: 10*24*time.Hour - 30*time.Minute, want: "trust_neared! 1h0m0s"},
		{after: 40 * time.Minute, want: "trust_stopped!"},
		{after: time.Minute, want: ""},
		{after: time.Minute, issue: 12 * time.Hour, want: ""},
		{after: 5 * time.Hour, want: ""}, // it lives for 12 hours: 24 hours are no news
		{after: 4 * time.Hour, want: "trust_neared 4h0m0s"},
	} {
		if step.issue != 0 {
			r.issue(r.now, r.now.Add(step.issue))
		}
		if got := r.told(step.after); got != step.want {
			t.Errorf("step %d: told %q, want %q", i, got, step.want)
		}
	}
}

// TestNews_refused: a bad file in a folder is told once and changes nothing.
func TestNews_refused(t *testing.T) {
	r := newNewsroom(t)
	r.issue(r.now, r.now.Add(10*24*time.Hour))
	good, err := os.ReadFile(filepath.Join(r.folder, "ca.crl"))
	if err != nil {
		t.Fatal(err)
	}
	r.told(0)
	r.number++
	r.write(good[:len(good)/2])
	if got := r.told(time.Minute); got != "crl_failed!" {
		t.Errorf("half a list: told %q", got)
	}
	if got := r.told(time.Minute); got != "" {
		t.Errorf("half a list, again: told %q", got)
	}
	if _, err := r.store.store.Verify(r.signer, nil, pki.Params{At: r.now, Usage: pki.Sign}); err != nil {
		t.Errorf("half a list replaced a whole one: %v", err)
	}
}

// TestTrustKey: what changes verdicts' foundations makes another store, what
// changes their use does not.
func TestTrustKey(t *testing.T) {
	key := func(edit func(*TrustConfig)) string {
		c := new(TrustConfig)
		edit(c)
		s, err := newTrustSources(c, "state")
		if err != nil {
			t.Fatal(err)
		}
		return s.key()
	}
	base := key(func(*TrustConfig) {})
	for name, test := range map[string]struct {
		edit func(*TrustConfig)
		same bool
	}{
		"policy":     {func(c *TrustConfig) { c.OnMissing, c.StaleGrace = allowAndMark, 1 }, true},
		"operations": {func(c *TrustConfig) { c.Policies = []OperationPolicy{{Operations: []string{"a"}}} }, true},
		"warnings":   {func(c *TrustConfig) { c.Warn = append(c.Warn, 1) }, true},
		"folder":     {func(c *TrustConfig) { c.CRLDirs = []string{"crl"} }, false},
		"fetching":   {func(c *TrustConfig) { c.CRLFetch = &CRLFetchConfig{Addresses: []string{"http://a.example/a.crl"}} }, false},
		"storage":    {func(c *TrustConfig) { c.Keep = "shared" }, false},
	} {
		if got := key(test.edit) == base; got != test.same {
			t.Errorf("%s: same store: %v, want %v", name, got, test.same)
		}
	}
}

// TestShared: of two gates that share a storage one fetches a list, and the
// other takes it from there.
func TestShared(t *testing.T) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	key, err := authority.NewKey(authority.ECDSA)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := authority.Root(key, authority.Template{Subject: authority.CN("Вымышленный УЦ"), NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	anchor := filepath.Join(t.TempDir(), "anchor.cer")
	if err := os.WriteFile(anchor, ca.DER, 0o600); err != nil {
		t.Fatal(err)
	}
	der, err := ca.CRL(authority.List{ThisUpdate: now.Add(-time.Hour), NextUpdate: now.Add(24 * time.Hour), Number: 1})
	if err != nil {
		t.Fatal(err)
	}
	site := new(authority.Site)
	site.Put("/ca.crl", authority.Page{Body: der})
	server := httptest.NewServer(site)
	defer server.Close()
	storage := &certmagic.FileStorage{Path: t.TempDir()}
	for i := range 2 {
		s, err := newTrustSources(&TrustConfig{Anchors: []string{anchor}, Keep: "shared", CRLFetch: &CRLFetchConfig{
			Addresses: []string{server.URL + "/ca.crl"}, AllowPrivate: []string{"127.0.0.1"},
		}}, "no folder is needed")
		if err != nil {
			t.Fatal(err)
		}
		ts, err := s.open()
		if err != nil {
			t.Fatal(err)
		}
		ts.files.lend(storage, true)
		if err := ts.round(t.Context(), now.Add(time.Duration(i)*time.Second), false); err != nil {
			t.Fatal(err)
		}
		if lists := ts.store.Trust().CRLs(); len(lists) != 1 {
			t.Errorf("gate %d has %d lists", i, len(lists))
		}
	}
	if hits := site.Hits("/ca.crl"); hits != 1 {
		t.Errorf("the list was fetched %d times, want once", hits)
	}
}

// TestSignersKept: a gate that starts anew still counts the signers whose
// traffic will stop, and those of another node.
func TestSignersKept(t *testing.T) {
	r := newNewsroom(t)
	storage := &certmagic.FileStorage{Path: t.TempDir()}
	r.issue(r.now, r.now.Add(10*24*time.Hour))
	r.store.files.lend(storage, true)
	if _, err := r.store.store.Verify(r.signer, nil, pki.Params{At: r.now, Usage: pki.Sign}); err != nil {
		t.Fatal(err)
	}
	r.store.keepSigners(r.now)

	again := func() *TrustStore {
		s, err := newTrustSources(&TrustConfig{Anchors: []string{r.anchor}, CRLDirs: []string{r.folder}, Refresh: 1}, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		ts, err := s.open()
		if err != nil {
			t.Fatal(err)
		}
		ts.files.lend(storage, true)
		if err := ts.load(r.now); err != nil {
			t.Fatal(err)
		}
		return ts
	}
	for _, step := range []struct {
		after   time.Duration
		signers int
		because string
	}{
		{0, 1, "list"},
		{11 * 24 * time.Hour, 1, "certificate.crl_stale"}, // stopped while the gate was down
		{31 * 24 * time.Hour, 0, ""},                      // not heard of for a month
	} {
		report := again().Report(r.now.Add(step.after))
		because := ""
		if len(report.Stops) > 0 {
			because = report.Stops[0].Because
		}
		if report.KnownSigners != step.signers || because != step.because {
			t.Errorf("after %v: %d signers known, stops %+v, want %d because of %q", step.after, report.KnownSigners, report.Stops, step.signers, step.because)
		}
	}

	// Another node with another signer does not forget the first.
	der, err := r.ca.Issue(r.key, authority.Template{Subject: authority.CN("Другой заявитель"), NotBefore: r.now.AddDate(-1, 0, 0), NotAfter: r.now.AddDate(1, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	c, err := pki.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.store.store.Verify(c, nil, pki.Params{At: r.now, Usage: pki.Sign}); err != nil {
		t.Fatal(err)
	}
	r.store.keepSigners(r.now)
	if n := again().Report(r.now).KnownSigners; n != 2 {
		t.Errorf("%d signers known, want 2", n)
	}
}
