package caddyplugin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/caddyserver/caddy/v2"

	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/pki/fetch"
	"github.com/soapgate/soapgate/internal/trustlist"
)

// A TrustStore is what verdicts on certificates rest on, and what keeps it
// fresh. Configurations with the same sources share one, so that a reload
// forgets no list and fetches none twice. It knows of no configuration; what
// there is to tell, whoever asks Status and news is told.
type TrustStore struct {
	store     *pki.Store
	refresher *fetch.Refresher
	keeper    *trustlist.Keeper // nil without a trust list
	folders   []*fetch.Folder
	files     *keptFiles
	listed    func(*trustlist.List) []fetch.Source // the sources that a trust list names
	fixed     []fetch.Source                       // those that the configuration names
	named     *fetch.Named                         // adds those that certificates name; nil if none may
	refresh   time.Duration                        // of the folders
	signers   string                               // the name under which those known are kept

	changed  atomic.Bool   // a new trust list named new sources
	wake     chan struct{} // there are sources to be fetched before the next tick
	finished chan struct{}

	mu       sync.Mutex
	loaded   bool
	stop     context.CancelFunc // nil until started
	done     sync.WaitGroup
	refused  error // the last that was wrong with files of the folders
	refusals int   // how often something was
	told     told
	// learned is how many signers had become known when they were kept.
	learned     uint64
	signersKept time.Time
}

// trustSources are the sources of a TrustStore, read and named by digest.
type trustSources struct {
	config               *TrustConfig
	folder               string
	anchors, authorities []*pki.Certificate
	signers              []*pki.Certificate
	lists, listFolders   []string // where the trust list comes from
}

// newTrustSources reads the certificates that a configuration names.
func newTrustSources(t *TrustConfig, stateDir string) (*trustSources, error) {
	if t == nil {
		t = new(TrustConfig)
	}
	s := &trustSources{config: t, folder: filepath.Join(stateDir, "trust")}
	errs := []error{t.defaults()}
	load := func(option string, paths []string) []*pki.Certificate {
		list, err := loadCertificates(option, paths)
		errs = append(errs, err)
		return list
	}
	s.anchors = load("anchor", t.Anchors)
	s.authorities = load("authority", t.Authorities)
	if t.TrustList != nil {
		s.signers = load("trust_list: signer", t.TrustList.Signers)
		for _, a := range t.TrustList.Addresses {
			if info, err := os.Stat(a); err == nil && info.IsDir() {
				s.listFolders = append(s.listFolders, a)
			} else {
				s.lists = append(s.lists, a)
			}
		}
	}
	return s, errors.Join(errs...)
}

func loadCertificates(option string, paths []string) (list []*pki.Certificate, err error) {
	for _, path := range paths {
		found, e := pki.LoadCertificates(path)
		if e != nil {
			err = errors.Join(err, fmt.Errorf("trust: %s %s: %w", option, path, e))
		}
		list = append(list, found...)
	}
	return list, err
}

// key names the set of sources: all that the store is made of and nothing of
// how its verdicts are used.
func (s *trustSources) key() string {
	t := *s.config
	t.RevocationPolicy, t.Policies, t.Warn = RevocationPolicy{}, nil, nil
	b, err := json.Marshal(t)
	if err != nil {
		panic("soapgate: internal error: configuration is no JSON: " + err.Error())
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%s", b, s.folder)
	for _, group := range [][]*pki.Certificate{s.anchors, s.authorities, s.signers} {
		for _, c := range group {
			h.Write(c.Fingerprint[:])
		}
		h.Write([]byte{0})
	}
	return "trust " + hex.EncodeToString(h.Sum(nil))
}

// signersName is that under which signers are kept that were accepted under
// these anchors, whatever the other sources.
func (s *trustSources) signersName() string {
	h := sha256.New()
	for _, c := range s.anchors {
		h.Write(c.Fingerprint[:])
	}
	return "signers-" + hex.EncodeToString(h.Sum(nil)[:8]) + ".json"
}

// open returns the store of the sources, with nothing loaded.
func (s *trustSources) open() (*TrustStore, error) {
	t := s.config
	ts := &TrustStore{
		store:    pki.NewStore(pki.NewTrust(pki.Rules{}, s.anchors, s.authorities)),
		files:    &keptFiles{folder: s.folder, shared: t.Keep == "shared"},
		refresh:  time.Duration(t.Refresh),
		signers:  s.signersName(),
		finished: make(chan struct{}, 1),
		wake:     make(chan struct{}, 1),
	}
	private, err := t.CRLFetch.networks()
	if err != nil {
		return nil, err
	}
	o := fetch.ClientOptions{AllowPrivate: private}
	if t.CRLFetch != nil {
		o.Timeout = time.Duration(t.CRLFetch.Timeout)
	}
	ts.refresher = fetch.NewRefresher(ts.store, fetch.NewClient(o), ts.files)
	for _, dir := range t.CRLDirs {
		ts.folders = append(ts.folders, fetch.CRLFolder(ts.store, dir, pki.MaxCRL))
	}
	if err := ts.sources(s); err != nil {
		return nil, fmt.Errorf("trust: %w", err)
	}
	return ts, nil
}

// sources sets what is fetched, and what will be when a trust list names it.
func (ts *TrustStore) sources(s *trustSources) error {
	f, l := s.config.CRLFetch, s.config.TrustList
	if f != nil {
		for _, mirrors := range fetch.Mirrors(f.Addresses) {
			source, err := fetch.CRLSource(ts.store, time.Duration(f.Refresh), f.MaxSize, mirrors...)
			if err != nil {
				return fmt.Errorf("crl fetch: %w", err)
			}
			ts.fixed = append(ts.fixed, source)
		}
	}
	if l != nil {
		options := trustlist.Options{Signers: s.signers, MaxSize: int(l.MaxSize)}
		ts.keeper = trustlist.NewKeeper(ts.store, options, time.Duration(l.MaxAge), ts.listChanged)
		for _, folder := range s.listFolders {
			ts.folders = append(ts.folders, ts.keeper.Folder(folder))
		}
		if len(s.lists) > 0 {
			source, err := ts.keeper.Source(time.Duration(l.Refresh), listAddresses(s.lists)...)
			if err != nil {
				return err
			}
			ts.fixed = append(ts.fixed, source)
		}
	}
	if f != nil && f.Listed {
		refresh, size := time.Duration(f.Refresh), f.MaxSize
		ts.listed = func(l *trustlist.List) []fetch.Source {
			// Addresses that make no source are the list's fault and few; what
			// they leave uncovered shows as missing.
			found, _ := l.CRLSources(ts.store, refresh, size, time.Now())
			return found
		}
	}
	if f != nil && len(f.Hosts) > 0 {
		ts.named = fetch.NewNamed(ts.refresher, f.Hosts, time.Duration(f.Refresh), f.MaxSize)
		ts.store.Missed = ts.named.Missed
	}
	ts.refresher.SetSources(ts.fixed)
	return nil
}

// listAddresses makes file names addresses.
func listAddresses(list []string) []string {
	list = slices.Clone(list)
	for i, a := range list {
		if !strings.Contains(a, "://") {
			list[i] = "file:" + a
		}
	}
	return list
}

// listChanged is called with each trust list that comes into effect.
func (ts *TrustStore) listChanged(l *trustlist.List) {
	if ts.listed != nil {
		ts.refresher.SetSources(append(ts.listed(l), ts.fixed...))
		ts.changed.Store(true)
	}
}

// load puts into effect what folders and kept files have, once. It writes
// nothing and asks nobody: it is on the way of validating a configuration.
// What cannot be read is missing, and no reason to stop.
func (ts *TrustStore) load(now time.Time) error {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ts.loaded {
		return nil
	}
	ts.loaded = true
	ts.recallSigners()
	if ts.named != nil {
		ts.named.Load()
	}
	problems := []error{ts.refresher.Load(now), ts.readFolders(now)}
	if ts.changed.Swap(false) {
		// The trust list has named lists that may be kept too.
		problems = append(problems, ts.refresher.Load(now))
	}
	return errors.Join(problems...)
}

// readFolders takes the new files of the folders and keeps what was wrong with
// them for news. The mutex is held.
func (ts *TrustStore) readFolders(now time.Time) error {
	var problems []error
	for _, f := range ts.folders {
		problems = append(problems, f.Round(now))
	}
	err := errors.Join(problems...)
	if err != nil {
		ts.refused = err
		ts.refusals++
	}
	return err
}

// fetches reports whether anything is ever fetched.
func (ts *TrustStore) fetches() bool { return len(ts.fixed) > 0 || ts.listed != nil || ts.named != nil }

// start begins to keep the store fresh, unless it is being kept so already,
// and reads the folders: a reload is how operators announce a new file.
func (ts *TrustStore) start() error {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ts.stop != nil {
		_ = ts.readFolders(time.Now())
		return nil
	}
	if ts.fetches() {
		if err := ts.files.prepare(); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	ts.stop = cancel
	ts.done.Go(func() { ts.keepFolders(ctx) })
	ts.done.Go(func() { every(ctx, signersPeriod, nil, func() { ts.keepSigners(time.Now()) }) })
	ts.done.Go(func() { ts.keepFetching(ctx) })
	if ts.named != nil {
		ts.done.Go(func() { ts.named.Run(ctx, func() { signal(ts.wake) }) })
	}
	return nil
}

// Destruct implements caddy.Destructor: it ends what start began.
func (ts *TrustStore) Destruct() error {
	ts.mu.Lock()
	stop := ts.stop
	ts.mu.Unlock()
	if stop != nil {
		stop()
		ts.done.Wait()
		ts.keepSigners(time.Now())
	}
	return nil
}

func (ts *TrustStore) keepFolders(ctx context.Context) {
	if len(ts.folders) == 0 {
		return
	}
	every(ctx, ts.refresh, nil, func() {
		ts.mu.Lock()
		_ = ts.readFolders(time.Now())
		ts.mu.Unlock()
		ts.finish()
	})
}

// fetchTick is how often it is looked whether a source is due.
const fetchTick = 15 * time.Second

func (ts *TrustStore) keepFetching(ctx context.Context) {
	if !ts.fetches() {
		return
	}
	every(ctx, fetchTick, ts.wake, func() {
		ts.round(ctx, time.Now(), false)
		ts.finish()
	})
}

// round fetches what is due, and then what a new trust list has named.
func (ts *TrustStore) round(ctx context.Context, now time.Time, force bool) error {
	ts.changed.Store(false)
	err := ts.refresher.Round(ctx, now, force)
	if ts.changed.Swap(false) && ctx.Err() == nil {
		err = ts.refresher.Round(ctx, now, false)
	}
	return err
}

// finish tells whoever waits that there may be news.
func (ts *TrustStore) finish() { signal(ts.finished) }

// A trustInUse is a store as a configuration uses it.
type trustInUse struct {
	*TrustStore
	warn []time.Duration // distances
}

// useTrust returns the store of a configuration, loaded, and has it kept fresh
// from Start on.
func (a *App) useTrust(t *TrustConfig, ctx caddy.Context) (*TrustStore, error) {
	s, err := newTrustSources(t, a.StateDir)
	if err != nil {
		return nil, err
	}
	ts, err := take(&a.leases, s.key(), s.open)
	if err != nil {
		return nil, err
	}
	ts.files.lend(ctx.Storage(), false)
	if err := ts.load(time.Now()); err != nil {
		// What would have been there is missing; the policy says what that means.
		a.logger.Error("revocation data refused", zap.Error(err))
	}
	if !slices.ContainsFunc(a.stores, func(u trustInUse) bool { return u.TrustStore == ts }) {
		a.stores = append(a.stores, trustInUse{ts, s.config.distances()})
	}
	return ts, nil
}

// provisionTrust opens the store that sites judge signers by.
func (a *App) provisionTrust(ctx caddy.Context) error {
	ts, err := a.useTrust(a.Trust, ctx)
	if err != nil {
		return err
	}
	a.trust = ts.store
	if a.Trust == nil {
		return nil
	}
	if a.policy, err = a.Trust.signerPolicy(); err != nil {
		return err
	}
	a.policies, err = a.Trust.operationPolicies()
	return err
}

// startTrust begins to keep all stores fresh and to report on them.
func (a *App) startTrust() error {
	for _, ts := range a.stores {
		ts.files.lend(a.module.Storage(), true)
		if err := ts.start(); err != nil {
			return fmt.Errorf("trust: %w", err)
		}
	}
	go a.watchTrust()
	return nil
}
