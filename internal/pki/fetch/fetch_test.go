package fetch_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest/authority"
	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/pki/fetch"
)

var now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// A world is a CA whose list a site serves, and a refresher that fetches it
// from two mirrors into a folder.
type world struct {
	tb        testing.TB
	ca        *authority.CA
	caC       *pki.Certificate
	stranger  *authority.Key
	site      *authority.Site
	server    *httptest.Server
	store     *pki.Store
	dir       string
	storage   fetch.Storage
	refresher *fetch.Refresher
}

var loopback = netip.MustParsePrefix("127.0.0.0/8")

func client(allowed ...netip.Prefix) *fetch.Client {
	return fetch.NewClient(fetch.ClientOptions{Timeout: 2 * time.Second, Stall: 300 * time.Millisecond, AllowPrivate: allowed})
}

func newKey(tb testing.TB) *authority.Key {
	tb.Helper()
	k, err := authority.NewKey(authority.ECDSA)
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

func newWorld(tb testing.TB) *world {
	tb.Helper()
	w := &world{tb: tb, stranger: newKey(tb), site: new(authority.Site), dir: tb.TempDir()}
	ca, err := authority.Root(newKey(tb), authority.Template{Subject: authority.CN("Вымышленный УЦ"), NotBefore: now.Add(-1000 * day), NotAfter: now.Add(1000 * day)})
	if err != nil {
		tb.Fatal(err)
	}
	w.ca = ca
	if w.caC, err = pki.ParseCertificate(ca.DER); err != nil {
		tb.Fatal(err)
	}
	w.server = httptest.NewServer(w.site)
	tb.Cleanup(w.server.Close)
	if w.storage, err = fetch.OpenDir(w.dir); err != nil {
		tb.Fatal(err)
	}
	w.start()
	return w
}

// start begins with an empty store, as after a restart.
func (w *world) start() {
	w.tb.Helper()
	w.store = pki.NewStore(pki.NewTrust(pki.Rules{}, []*pki.Certificate{w.caC}, nil))
	w.refresher = fetch.NewRefresher(w.store, client(loopback), w.storage)
	w.refresher.SetSources([]fetch.Source{w.source("/a/ca.crl", "/b/ca.crl")})
}

func (w *world) source(paths ...string) fetch.Source {
	w.tb.Helper()
	var addresses []string
	for _, p := range paths {
		addresses = append(addresses, w.server.URL+p)
	}
	s, err := fetch.CRLSource(w.store, 30*time.Minute, 1<<20, addresses...)
	if err != nil {
		w.tb.Fatal(err)
	}
	return s
}

func (w *world) list(l authority.List) []byte {
	w.tb.Helper()
	if l.ThisUpdate.IsZero() {
		l.ThisUpdate = now.Add(-time.Hour)
	}
	if l.NextUpdate.IsZero() {
		l.NextUpdate = now.Add(day)
	}
	b, err := w.ca.CRL(l)
	if err != nil {
		w.tb.Fatal(err)
	}
	return b
}

// number returns the number of the list in effect, 0 if there is none.
func (w *world) number() int {
	for _, l := range w.store.Trust().CRLs() {
		return int(l.Number[len(l.Number)-1])
	}
	return 0
}

// kept returns the number of the list in storage, 0 if there is none.
func (w *world) kept() int {
	w.tb.Helper()
	files, _ := filepath.Glob(filepath.Join(w.dir, "*.crl"))
	if len(files) == 0 {
		return 0
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		w.tb.Fatal(err)
	}
	l, err := pki.LoadCRL(b)
	if err != nil {
		w.tb.Fatalf("a broken list is kept: %v", err)
	}
	return int(l.Number[len(l.Number)-1])
}

// TestRefresher_faults holds list 5; the first mirror misbehaves. What is in
// effect and kept afterwards is list 5, or list 6 from the second mirror.
func TestRefresher_faults(t *testing.T) {
	faulty := func(f authority.Fault) func(*world) authority.Page {
		return func(w *world) authority.Page {
			return authority.Page{Body: w.list(authority.List{Number: 6}), Fault: f}
		}
	}
	serve := func(l authority.List) func(*world) authority.Page {
		return func(w *world) authority.Page { return authority.Page{Body: w.list(l)} }
	}
	for _, test := range []struct {
		name string
		page func(*world) authority.Page
	}{
		{"slow", faulty(authority.Trickle)},
		{"stalled", faulty(authority.Stall)},
		{"truncated", faulty(authority.Truncated)},
		{"wrong content", faulty(authority.HTML)},
		{"huge", faulty(authority.Huge)},
		{"missing", faulty(authority.NotFound)},
		{"failing", faulty(authority.ServerError)},
		{"compressed", faulty(authority.Compressed)},
		{"unasked 304", faulty(authority.Unchanged)},
		{"expired", serve(authority.List{Number: 5, ThisUpdate: now.Add(-3 * time.Hour), NextUpdate: now.Add(-time.Hour)})},
		{"rolled back", serve(authority.List{Number: 4})},
		{"wrong signer", func(w *world) authority.Page {
			return authority.Page{Body: w.list(authority.List{Number: 7, Key: w.stranger})}
		}},
		{"wrong signer in the CA's name", func(w *world) authority.Page {
			return authority.Page{Body: w.list(authority.List{Number: 7, Key: w.stranger, Without: []string{"2.5.29.35"}})}
		}},
		{"one byte changed", func(w *world) authority.Page {
			b := w.list(authority.List{Number: 7, Revoked: []authority.Revoked{{Serial: []byte{0x41, 0x42, 0x43}, Date: now}}})
			return authority.Page{Body: bytes.Replace(b, []byte{0x41, 0x42, 0x43}, []byte{0x41, 0x42, 0x44}, 1)}
		}},
		{"a byte behind", func(w *world) authority.Page {
			return authority.Page{Body: append(w.list(authority.List{Number: 7}), 0)}
		}},
		{"redirects without end", func(w *world) authority.Page {
			return authority.Page{Fault: authority.Redirect, Location: "/a/ca.crl"}
		}},
		{"redirect to a file", func(w *world) authority.Page {
			return authority.Page{Fault: authority.Redirect, Location: "file:///etc/passwd"}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.site.Put("/a/ca.crl", authority.Page{Body: w.list(authority.List{Number: 5})})
			if err := w.refresher.Round(t.Context(), now, true); err != nil || w.number() != 5 {
				t.Fatalf("first round: %v, number %d", err, w.number())
			}
			w.site.Put("/a/ca.crl", test.page(w))
			w.site.Put("/b/ca.crl", authority.Page{Fault: authority.NotFound})
			if err := w.refresher.Round(t.Context(), now, true); err == nil {
				t.Error("no problem is reported")
			}
			if w.number() != 5 || w.kept() != 5 {
				t.Errorf("number %d is in effect, %d is kept, want 5", w.number(), w.kept())
			}
			if s := w.refresher.Status()[0]; s.Failures != 1 || s.Err == nil || !s.Due.After(now) {
				t.Errorf("status %+v", s)
			}
			w.site.Put("/b/ca.crl", authority.Page{Body: w.list(authority.List{Number: 6})})
			if err := w.refresher.Round(t.Context(), now, true); err != nil {
				t.Errorf("with a good mirror: %v", err)
			}
			if w.number() != 6 || w.kept() != 6 {
				t.Errorf("with a good mirror number %d is in effect, %d is kept, want 6", w.number(), w.kept())
			}
			leftovers(t, w.dir)
		})
	}
}

// leftovers wants no drafts in a folder.
func leftovers(t *testing.T, dir string) {
	t.Helper()
	if drafts, _ := filepath.Glob(filepath.Join(dir, ".draft-*")); len(drafts) > 0 {
		t.Errorf("drafts are left: %v", drafts)
	}
}

// TestRefresher_conditional: what has not changed is not sent again, also
// after a restart.
func TestRefresher_conditional(t *testing.T) {
	w := newWorld(t)
	body := w.list(authority.List{Number: 5})
	w.site.Put("/a/ca.crl", authority.Page{Body: body, ETag: `"5"`})
	for range 3 {
		if err := w.refresher.Round(t.Context(), now, true); err != nil {
			t.Fatal(err)
		}
	}
	w.start()
	if err := w.refresher.Load(now); err != nil || w.number() != 5 {
		t.Fatalf("after a restart: %v, number %d", err, w.number())
	}
	if err := w.refresher.Round(t.Context(), now, true); err != nil {
		t.Fatal(err)
	}
	if w.site.Hits("/a/ca.crl") != 4 || w.site.Sent() != int64(len(body)) {
		t.Errorf("%d requests, %d bytes, want 4 and %d", w.site.Hits("/a/ca.crl"), w.site.Sent(), len(body))
	}
}

// TestRefresher_schedule: fetches come at half the time a list has left, and
// retries soon after a failure; a clock that was wrong does not stop them.
func TestRefresher_schedule(t *testing.T) {
	w := newWorld(t)
	w.site.Put("/a/ca.crl", authority.Page{Body: w.list(authority.List{Number: 5, NextUpdate: now.Add(20 * time.Minute)})})
	hits := func(at time.Time) int {
		t.Helper()
		before := w.site.Hits("/a/ca.crl")
		w.refresher.Round(t.Context(), at, false) //nolint:errcheck // only whether it asks
		return w.site.Hits("/a/ca.crl") - before
	}
	for _, step := range []struct {
		after time.Duration
		want  int
		why   string
	}{
		{0, 1, "nothing is held"},
		{8 * time.Minute, 0, "before half of the time"},
		{12 * time.Minute, 1, "after half of the time"},
		{12*time.Minute + 30*time.Second, 0, "just fetched"},
		{400 * day, 1, "the clock jumps ahead"},
		{13 * time.Minute, 1, "the clock is put right"},
		{13*time.Minute + 10*time.Second, 0, "just fetched"},
	} {
		if got := hits(now.Add(step.after)); got != step.want {
			t.Errorf("%v, %s: %d requests, want %d", step.after, step.why, got, step.want)
		}
	}

	w = newWorld(t)
	w.site.Put("/a/ca.crl", authority.Page{Fault: authority.ServerError})
	at, asked := now, 0
	for range 60 {
		asked += hits(at)
		at = at.Add(time.Minute)
	}
	if asked < 4 || asked > 12 {
		t.Errorf("%d requests in an hour of failures", asked)
	}
}

// TestRefresher_private: nothing is sent to an address that is not public,
// neither asked for nor redirected to.
func TestRefresher_private(t *testing.T) {
	w := newWorld(t)
	w.site.Put("/a/ca.crl", authority.Page{Body: w.list(authority.List{Number: 5})})
	r := fetch.NewRefresher(w.store, client(), w.storage)
	r.SetSources([]fetch.Source{w.source("/a/ca.crl")})
	if err := r.Round(t.Context(), now, true); err == nil || w.site.Hits("/a/ca.crl") != 0 {
		t.Errorf("loopback without leave: %v, %d requests", err, w.site.Hits("/a/ca.crl"))
	}

	inside := new(authority.Site)
	inside.Put("/secret", authority.Page{Body: w.list(authority.List{Number: 5})})
	listener, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		data.Missing(t, "a second loopback address: "+err.Error())
	}
	server := httptest.NewUnstartedServer(inside)
	server.Listener.Close()
	server.Listener = listener
	server.Start()
	defer server.Close()
	w.site.Put("/a/ca.crl", authority.Page{Fault: authority.Redirect, Location: server.URL + "/secret"})
	r = fetch.NewRefresher(w.store, client(netip.MustParsePrefix("127.0.0.1/32")), w.storage)
	r.SetSources([]fetch.Source{w.source("/a/ca.crl")})
	if err := r.Round(t.Context(), now, true); err == nil || w.site.Hits("/a/ca.crl") != 1 || inside.Hits("/secret") != 0 {
		t.Errorf("redirect inside: %v, %d and %d requests", err, w.site.Hits("/a/ca.crl"), inside.Hits("/secret"))
	}
	r = fetch.NewRefresher(w.store, client(loopback), w.storage)
	r.SetSources([]fetch.Source{w.source("/a/ca.crl")})
	if err := r.Round(t.Context(), now, true); err != nil || inside.Hits("/secret") != 1 {
		t.Errorf("redirect within what is allowed: %v", err)
	}
}

func TestCRLSource_addresses(t *testing.T) {
	w := newWorld(t)
	for address, ok := range map[string]bool{
		"http://crl.example/1.crl": true, "https://crl.example/1.crl": true, "ftp://crl.example/1.crl": false,
		"file:///etc/passwd": false, "http://user@crl.example/1.crl": false, "http:///1.crl": false, "ldap://crl.example/": false, "": false,
	} {
		if _, err := fetch.CRLSource(w.store, time.Minute, 1, address); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestMirrors(t *testing.T) {
	got := fetch.Mirrors([]string{
		"http://a.example/cdp/guc.crl", "http://b.example/guc.crl", "ldap://c.example/guc.crl", "http://a.example/other.crl", "http://a.example/cdp/guc.crl",
	})
	if len(got) != 2 || strings.Join(got[0], " ") != "http://a.example/cdp/guc.crl http://b.example/guc.crl" || got[1][0] != "http://a.example/other.crl" {
		t.Errorf("%q", got)
	}
}

// TestRefresher_add: addresses of a certificate are fetched if their host is
// allowed, and stay when the other sources change.
func TestRefresher_add(t *testing.T) {
	w := newWorld(t)
	host := strings.TrimPrefix(w.server.URL, "http://")
	addresses := []string{w.server.URL + "/own.crl", "http://evil.example/own.crl"}
	if got := fetch.OnHosts(addresses, []string{strings.ToUpper(host)}); len(got) != 1 || got[0] != addresses[0] {
		t.Fatalf("allowed %q", got)
	}
	w.site.Put("/own.crl", authority.Page{Body: w.list(authority.List{Number: 5})})
	w.refresher.Add(w.source("/own.crl"))
	w.refresher.SetSources(nil)
	if err := w.refresher.Round(t.Context(), now, false); err != nil || w.number() != 5 {
		t.Errorf("%v, number %d", err, w.number())
	}
	for i := range 2000 {
		w.refresher.Add(w.source(fmt.Sprintf("/%d.crl", i)))
	}
	if n := len(w.refresher.Status()); n != 1000 {
		t.Errorf("%d sources were added, want 1000", n)
	}
}

// full is a Storage on a disk that is full after some bytes.
type full struct {
	fetch.Storage
	left int
}

type fullDraft struct {
	fetch.Draft
	disk *full
}

func (f *full) Create(name string) (fetch.Draft, error) {
	d, err := f.Storage.Create(name)
	return fullDraft{d, f}, err
}

func (d fullDraft) Write(p []byte) (int, error) {
	if d.disk.left -= len(p); d.disk.left < 0 {
		return 0, errors.New("no space left on device")
	}
	return d.Draft.Write(p)
}

// TestRefresher_diskFull: a list that cannot be kept is used all the same, and
// the old copy stays whole; with space again it is kept.
func TestRefresher_diskFull(t *testing.T) {
	w := newWorld(t)
	w.site.Put("/a/ca.crl", authority.Page{Body: w.list(authority.List{Number: 5}), ETag: `"5"`})
	if err := w.refresher.Round(t.Context(), now, true); err != nil {
		t.Fatal(err)
	}
	disk := &full{Storage: w.storage, left: 100}
	w.storage = disk
	w.start()
	w.site.Put("/a/ca.crl", authority.Page{Body: w.list(authority.List{Number: 6}), ETag: `"6"`})
	if err := w.refresher.Load(now); err != nil {
		t.Fatal(err)
	}
	if err := w.refresher.Round(t.Context(), now, true); err == nil || w.refresher.Status()[0].Unkept == nil {
		t.Errorf("on a full disk: %v", err)
	}
	if w.number() != 6 || w.kept() != 5 {
		t.Errorf("number %d is in effect, %d is kept, want 6 and 5", w.number(), w.kept())
	}
	disk.left = 1 << 20
	if err := w.refresher.Round(t.Context(), now, true); err != nil || w.kept() != 6 {
		t.Errorf("with space again: %v, %d is kept", err, w.kept())
	}
	leftovers(t, w.dir)
}

// TestRefresher_sharing: of two gates with one storage the second takes what
// the first has fetched.
func TestRefresher_sharing(t *testing.T) {
	w := newWorld(t)
	w.site.Put("/a/ca.crl", authority.Page{Body: w.list(authority.List{Number: 5})})
	if err := w.refresher.Round(t.Context(), now, false); err != nil {
		t.Fatal(err)
	}
	w.start()
	if err := w.refresher.Round(t.Context(), now.Add(time.Minute), false); err != nil || w.number() != 5 {
		t.Errorf("%v, number %d", err, w.number())
	}
	if n := w.site.Hits("/a/ca.crl"); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

// TestRefresher_rollbackAcrossRestart: a gate that starts anew still refuses
// what is older than its own copy.
func TestRefresher_rollbackAcrossRestart(t *testing.T) {
	w := newWorld(t)
	w.site.Put("/a/ca.crl", authority.Page{Body: w.list(authority.List{Number: 5})})
	if err := w.refresher.Round(t.Context(), now, true); err != nil {
		t.Fatal(err)
	}
	w.start()
	if err := w.refresher.Load(now); err != nil {
		t.Fatal(err)
	}
	w.site.Put("/a/ca.crl", authority.Page{Body: w.list(authority.List{Number: 4})})
	if err := w.refresher.Round(t.Context(), now, true); err == nil || w.number() != 5 || w.kept() != 5 {
		t.Errorf("%v, number %d, kept %d", err, w.number(), w.kept())
	}
}

// TestRefresher_unreachable: the store tells a list that cannot be fetched
// from one that nobody knows of.
func TestRefresher_unreachable(t *testing.T) {
	w := newWorld(t)
	key := newKey(t)
	leafOf := func(points ...string) *pki.Certificate {
		der, err := w.ca.Issue(key, authority.Template{Subject: authority.CN("Заявитель"), NotBefore: now.Add(-day), NotAfter: now.Add(day), CRLPoints: points})
		if err != nil {
			t.Fatal(err)
		}
		c, err := pki.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	w.site.Put("/a/ca.crl", authority.Page{Fault: authority.ServerError})
	w.refresher.Round(t.Context(), now, true) //nolint:errcheck // it fails, which is the point
	for point, want := range map[string]string{w.server.URL + "/a/ca.crl": "certificate.crl_unreachable", "http://other.example/ca.crl": "certificate.crl_missing"} {
		_, err := w.store.Verify(leafOf(point), nil, pki.Params{At: now, Usage: pki.Sign})
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", point, err, want)
		}
	}
}

func TestDir(t *testing.T) {
	path := t.TempDir()
	if err := os.WriteFile(filepath.Join(path, ".draft-1"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := fetch.OpenDir(path)
	if err != nil {
		t.Fatal(err)
	}
	leftovers(t, path)
	if _, err := d.Open("x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing is kept: %v", err)
	}
	write := func(content string, commit bool) {
		t.Helper()
		draft, err := d.Create("x")
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(draft, content) //nolint:errcheck // Commit tells
		if !commit {
			draft.Discard()
			return
		}
		if err := draft.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	write("one", true)
	write("two", false)
	f, err := d.Open("x")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if b, _ := io.ReadAll(f); string(b) != "one" {
		t.Errorf("%q is kept", b)
	}
	// A name never leads out of the folder.
	if f, err := d.Open("../../etc/passwd"); err == nil {
		f.Close()
		t.Error("a name leads out of the folder")
	}
}

func TestFolder(t *testing.T) {
	w := newWorld(t)
	path := t.TempDir()
	put := func(name string, b []byte, age time.Duration) {
		t.Helper()
		file := filepath.Join(path, name)
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, time.Time{}, time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	f := fetch.CRLFolder(w.store, path, 1<<20)
	if err := f.Round(now); err != nil {
		t.Errorf("empty folder: %v", err)
	}
	put("a.crl", w.list(authority.List{Number: 5}), time.Hour)
	put("readme.txt", []byte("no list"), time.Hour)
	if err := f.Round(now); err != nil || w.number() != 5 {
		t.Errorf("%v, number %d", err, w.number())
	}
	put("a.crl", w.list(authority.List{Number: 6})[:100], time.Minute)
	if err := f.Round(now); err == nil || w.number() != 5 {
		t.Errorf("half written: %v, number %d", err, w.number())
	}
	put("a.crl", w.list(authority.List{Number: 6}), time.Second)
	if err := f.Round(now); err != nil || w.number() != 6 {
		t.Errorf("%v, number %d", err, w.number())
	}
}

// TestRefresher_stop: a round ends soon when its context does, even while a
// server sends nothing.
func TestRefresher_stop(t *testing.T) {
	w := newWorld(t)
	w.site.Put("/a/ca.crl", authority.Page{Body: make([]byte, 1000), Fault: authority.Stall})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.refresher.Round(ctx, now, true) }()
	cancel()
	<-done
}

// TestRefresher_run: running fetches at once, reports what goes wrong, and ends
// with its context.
func TestRefresher_run(t *testing.T) {
	w := newWorld(t)
	w.site.Put("/a/ca.crl", authority.Page{Fault: authority.ServerError})
	ctx, cancel := context.WithCancel(t.Context())
	problems := make(chan error, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.refresher.Run(ctx, func() time.Time { return now }, func(err error) { problems <- err })
	}()
	if err := <-problems; !strings.Contains(err.Error(), "503") {
		t.Errorf("%v", err)
	}
	cancel()
	<-done
}
