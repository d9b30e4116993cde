package caddyplugin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyevents"

	"github.com/soapgate/soapgate/internal/quota"
)

func init() { redis.SetLogger(redisLog{}) }

// redisLog takes what the client of Redis would write to standard error. That
// the store is lost, or back, storeChanged tells, and once.
type redisLog struct{}

func (redisLog) Printf(_ context.Context, format string, v ...any) {
	caddy.Log().Named("soapgate.redis").Debug(fmt.Sprintf(format, v...))
}

// A store is a node's quota counters, its replay window and the changes made
// at run time. It holds no limits, so that any configuration may use it.
type store struct {
	files  files
	host   string
	memory *quota.Memory
	marks  *quota.Marks
	shared sharedStore // nil if the node is alone

	clients, rules *journal

	load, start sync.Once
	keeper      *quota.Keeper // nil if the store is shared, which keeps itself
	stop        context.CancelFunc
	done        chan struct{}
}

// A sharedStore is a server that several nodes decide on: for each request, or
// in slices given ahead.
type sharedStore interface {
	quota.Store
	quota.Replay
	Run(ctx context.Context)
	Close() error
}

// files are the node's own, in Caddy's storage as the configuration that runs
// has it.
type files struct{ atomic.Pointer[node] }

func (f *files) Store(ctx context.Context, name string, value []byte) error {
	return f.Pointer.Load().Store(ctx, name, value)
}

func (f *files) Load(ctx context.Context, name string) ([]byte, error) {
	return f.Pointer.Load().Load(ctx, name)
}

func (f *files) Delete(ctx context.Context, name string) error {
	return f.Pointer.Load().Delete(ctx, name)
}

// newStore returns the store of one node, or with a URL that of several. It
// neither connects nor reads anything yet.
func newStore(address string, onError quota.OnError, timeout time.Duration, lease bool) (*store, error) {
	var seed [16]byte
	if _, err := rand.Read(seed[:]); err != nil {
		return nil, err
	}
	key := [2]uint64{binary.NativeEndian.Uint64(seed[:]), binary.NativeEndian.Uint64(seed[8:])}
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	s := &store{host: host, marks: quota.NewMarks(0, 0), done: make(chan struct{})}
	s.clients, s.rules = s.newJournal("clients"), s.newJournal("quotas")
	if address == "" {
		s.memory = quota.NewMemory(quota.MemoryOptions{Seed: key})
		return s, nil
	}
	r, err := quota.NewRedis(quota.RedisOptions{
		URL: address, Node: host + "-" + rand.Text(), OnError: onError, Timeout: timeout,
		Marks: s.marks, Seed: key, Now: time.Now, Changed: storeChanged,
	})
	if err != nil {
		return nil, err
	}
	for name, j := range map[string]*journal{"clients": s.clients, "quotas": s.rules} {
		j.shared = r.Journal(name, j.FileJournal)
	}
	if s.shared = r; lease {
		s.shared = quota.NewLeases(r)
	}
	return s, nil
}

// counters returns what decides, and what remembers messages.
func (s *store) counters() (quota.Store, quota.Replay) {
	if s.shared != nil {
		return s.shared, s.shared
	}
	return s.memory, s.marks
}

// restore reads what an earlier process has left, once.
func (s *store) restore(storage quota.Storage) (err error) {
	s.load.Do(func() {
		var n *node
		if n, err = chooseNode(context.Background(), storage, s.host); err != nil {
			n = &node{storage, "soapgate/nodes/" + rand.Text() + "/"} // not another's, at least
		}
		s.files.Pointer.Store(n)
		if s.shared == nil {
			var failed error
			s.keeper, failed = quota.NewKeeper(context.Background(), &s.files, "counters/", s.memory, s.marks, time.Now())
			err = errors.Join(err, failed)
		}
	})
	return err
}

// run begins to keep the store, once; storage is where from now on.
func (s *store) run(storage quota.Storage) {
	s.files.Pointer.Store(&node{storage, s.files.Pointer.Load().folder})
	s.clients.online.Store(true)
	s.rules.online.Store(true)
	s.start.Do(func() {
		metrics().setStore(true)
		if err := s.files.Pointer.Load().own(context.Background()); err != nil {
			caddy.Log().Named("soapgate").Error("another gate of this host may use the same counters", zap.Error(err))
		}
		var ctx context.Context
		ctx, s.stop = context.WithCancel(context.Background())
		go func() {
			defer close(s.done)
			if s.shared != nil {
				s.shared.Run(ctx)
			} else {
				s.keep(ctx)
			}
		}()
	})
}

// keep saves what has changed again and again, and everything at the end.
func (s *store) keep(ctx context.Context) {
	t := time.NewTicker(quota.KeepEvery)
	defer t.Stop()
	var failed bool
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		err := s.keeper.Keep(context.WithoutCancel(ctx), time.Now())
		if err != nil && !failed {
			caddy.Log().Named("soapgate").Error("counters are not kept: a restart would forget them", zap.Error(err))
		}
		failed = err != nil
	}
}

// Destruct implements caddy.Destructor. A store that never ran leaves no trace.
func (s *store) Destruct() error {
	if s.stop == nil {
		return s.close()
	}
	s.stop()
	<-s.done
	if s.keeper == nil {
		return s.close()
	}
	return s.keeper.Close(context.Background(), time.Now())
}

func (s *store) close() error {
	if s.shared == nil {
		return nil
	}
	return s.shared.Close()
}

// storeChanged tells the operator that the shared store is lost, or back.
func storeChanged(err error) {
	log := caddy.Log().Named("soapgate")
	up := err == nil
	metrics().setStore(up)
	if up {
		log.Info("the shared quota store is back")
	} else {
		log.Error("the shared quota store is out of reach", zap.Error(err))
	}
	ctx := caddy.ActiveContext()
	if ctx.Context == nil {
		return
	}
	if app, err := ctx.AppIfConfigured("events"); err == nil {
		app.(*caddyevents.App).Emit(ctx, "soapgate.store", map[string]any{"up": up})
	}
}

// A journal is the node's own, and once the node runs the one that all share.
// While that is out of reach what is known of it stays in force.
type journal struct {
	*quota.FileJournal
	shared *quota.RedisJournal // nil if the node is alone
	online atomic.Bool
}

func (s *store) newJournal(name string) *journal {
	return &journal{FileJournal: quota.NewFileJournal(&s.files, name+".json")}
}

// Append adds a record behind all others.
func (j *journal) Append(ctx context.Context, record []byte) error {
	if j.shared != nil {
		return j.shared.Append(ctx, record)
	}
	return j.FileJournal.Append(ctx, record)
}

// Load returns the records from the n-th on.
func (j *journal) Load(ctx context.Context, n int) ([][]byte, error) {
	if j.shared != nil && j.online.Load() {
		if records, err := j.shared.Load(ctx, n); err == nil {
			return records, nil
		}
	}
	return j.FileJournal.Load(ctx, n)
}

// address returns the URL of the shared store, "" if there is none. Its
// placeholders are resolved here and it is written nowhere.
func (q *QuotasConfig) address() (string, error) {
	if q == nil || q.Store == "" || q.Store == "memory" {
		return "", nil
	}
	if q.Store != "redis" {
		return "", fmt.Errorf("store: %q is neither memory nor redis", q.Store)
	}
	address, err := caddy.NewReplacer().ReplaceOrErr(q.Redis, true, true)
	if err != nil {
		return "", fmt.Errorf("redis: %w", err)
	}
	if address = strings.TrimSpace(address); !strings.Contains(address, "://") {
		address = "redis://" + address
	}
	return address, nil
}

// takeStore returns the store that the configuration asks for. Those who ask
// for the same share it.
func (a *App) takeStore() (*store, error) {
	address, err := a.Quotas.address()
	if err != nil {
		return nil, err
	}
	var onError quota.OnError
	var timeout time.Duration
	if a.Quotas != nil {
		timeout = time.Duration(a.Quotas.StoreTimeout)
		if a.Quotas.OnStoreError != "" {
			if onError, err = quota.ParseOnError(a.Quotas.OnStoreError); err != nil {
				return nil, fmt.Errorf("on_store_error: %w", err)
			}
		}
	}
	lease := a.Quotas != nil && a.Quotas.Lease
	if lease && address == "" {
		return nil, errors.New("lease: the store is not shared")
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %d %t", address, onError, timeout, lease))
	return take(&a.leases, "store:"+hex.EncodeToString(sum[:]), func() (*store, error) {
		return newStore(address, onError, timeout, lease)
	})
}
