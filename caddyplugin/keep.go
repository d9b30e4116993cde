package caddyplugin

import (
	"bytes"
	"context"
	"io"
	"os"
	"path"
	"sync/atomic"
	"time"

	"github.com/caddyserver/certmagic"

	"github.com/soapgate/soapgate/internal/pki/fetch"
)

// keptFiles is where fetched documents are kept: a folder of our own, or
// Caddy's storage. The storage belongs to a configuration and is lent anew by
// each that starts.
type keptFiles struct {
	folder string
	shared bool
	lent   atomic.Pointer[certmagic.Storage]
}

// lend hands over the storage of a configuration. One that has not started yet
// does not replace another's.
func (k *keptFiles) lend(s certmagic.Storage, started bool) {
	if s == nil {
		return
	}
	if started {
		k.lent.Store(&s)
	} else {
		k.lent.CompareAndSwap(nil, &s)
	}
}

// prepare makes the folder. Until then nothing is written.
func (k *keptFiles) prepare() error {
	if k.shared {
		return nil
	}
	_, err := fetch.OpenDir(k.folder)
	return err
}

// makeFolder is prepare beside a gate that may run: it leaves what that one is
// writing.
func (k *keptFiles) makeFolder() error {
	if k.shared {
		return nil
	}
	return os.MkdirAll(k.folder, 0o750)
}

// Open implements fetch.Storage.
func (k *keptFiles) Open(name string) (io.ReadCloser, error) {
	if !k.shared {
		return fetch.Dir(k.folder).Open(name)
	}
	ctx, cancel := context.WithTimeout(context.Background(), storageTimeout)
	defer cancel()
	b, err := (*k.lent.Load()).Load(ctx, storageKey(name))
	if err != nil {
		return nil, err
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

// Create implements fetch.Storage.
func (k *keptFiles) Create(name string) (fetch.Draft, error) {
	if !k.shared {
		return fetch.Dir(k.folder).Create(name)
	}
	return &storageDraft{storage: *k.lent.Load(), key: storageKey(name)}, nil
}

// storageTimeout bounds one operation of Caddy's storage.
const storageTimeout = time.Minute

func storageKey(name string) string { return path.Join("soapgate", "trust", path.Base(name)) }

// A storageDraft collects a document; storages take one as a whole.
type storageDraft struct {
	bytes.Buffer
	storage certmagic.Storage
	key     string
}

// Commit implements fetch.Draft.
func (d *storageDraft) Commit() error {
	ctx, cancel := context.WithTimeout(context.Background(), storageTimeout)
	defer cancel()
	return d.storage.Store(ctx, d.key, d.Bytes())
}

// Discard implements fetch.Draft.
func (d *storageDraft) Discard() {}
