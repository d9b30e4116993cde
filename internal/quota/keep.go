package quota

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Storage keeps named values. It is declared here, where it is used; Caddy's
// storage is one. Load of a name that is not there returns an error that is
// fs.ErrNotExist.
type Storage interface {
	Store(ctx context.Context, name string, value []byte) error
	Load(ctx context.Context, name string) ([]byte, error)
	Delete(ctx context.Context, name string) error
}

// saver is what a Keeper keeps: Memory and Marks.
type saver interface {
	Save(now time.Time, all bool) []byte
	Restore(data []byte, now time.Time) error
	changed() bool // since the last Save
}

// A Keeper writes the states of a node's memory to a storage, so that calendar
// windows and the replay window survive a restart: exactly if Close is called,
// and after a kill but for what was charged since the last Keep.
//
// Everything is written now and then, as a generation; in between only what
// has changed.
type Keeper struct {
	storage Storage
	prefix  string
	what    []saver

	mu         sync.Mutex
	generation uint64
	parts      int // written since the generation
	size       int // of the generation
	grown      int // size of the parts
}

// KeepEvery is how often Keep should be called.
const KeepEvery = 500 * time.Millisecond

// maxParts bounds how many parts follow a generation.
const maxParts = 1200

// NewKeeper restores what the storage has under prefix into m and w, which
// must be new, and returns their keeper. The error tells of data that could
// not be used; the keeper works in any case.
func NewKeeper(ctx context.Context, storage Storage, prefix string, m *Memory, w *Marks, now time.Time) (*Keeper, error) {
	k := &Keeper{storage: storage, prefix: prefix, what: []saver{m, w}}
	m.saved, w.saved = true, true
	return k, k.load(ctx, now)
}

// load restores the newest generation that is whole, and its parts. A file is
// the number of its generation and what each saver wrote, with its length.
func (k *Keeper) load(ctx context.Context, now time.Time) error {
	var found [][]byte
	var errs []error
	for _, slot := range []string{"0", "1"} {
		data, err := k.storage.Load(ctx, k.prefix+"all-"+slot)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			errs = append(errs, err)
		case len(data) >= 8:
			found = append(found, data)
		}
	}
	slices.SortFunc(found, func(a, b []byte) int { return cmp.Compare(generation(b), generation(a)) })
	for _, data := range found {
		k.generation = max(k.generation, generation(data))
		if err := k.restore(data, now); err != nil {
			errs = append(errs, err)
			continue
		}
		errs = append(errs, k.loadParts(ctx, generation(data), now)...)
		break
	}
	// What was restored is written anew before anything is added to it.
	k.parts = maxParts
	return errors.Join(errs...)
}

func generation(data []byte) uint64 { return binary.LittleEndian.Uint64(data) }

// loadParts restores the parts of a generation. Each holds states and not
// changes of them, so that one that is damaged does not spoil the later ones.
func (k *Keeper) loadParts(ctx context.Context, generation uint64, now time.Time) (errs []error) {
	for i := range maxParts {
		data, err := k.storage.Load(ctx, k.part(generation, i))
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err == nil {
			err = k.restore(data, now)
		}
		errs = append(errs, err)
	}
	return errs
}

func (k *Keeper) part(generation uint64, i int) string {
	return fmt.Sprintf("%spart-%s-%d", k.prefix, strconv.FormatUint(generation, 10), i)
}

func (k *Keeper) restore(data []byte, now time.Time) error {
	data = data[min(8, len(data)):]
	for _, s := range k.what {
		if len(data) < 8 {
			return errSaved
		}
		n := binary.LittleEndian.Uint64(data)
		if data = data[8:]; n > uint64(len(data)) {
			return errSaved
		}
		if err := s.Restore(data[:n], now); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}

func (k *Keeper) save(now time.Time, all bool) []byte {
	b := binary.LittleEndian.AppendUint64(nil, k.generation)
	for _, s := range k.what {
		data := s.Save(now, all)
		b = binary.LittleEndian.AppendUint64(b, uint64(len(data)))
		b = append(b, data...)
	}
	return b
}

// Keep writes what has changed since the last time, nothing if nothing has.
func (k *Keeper) Keep(ctx context.Context, now time.Time) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.size == 0 || k.parts >= maxParts || k.grown > max(k.size, 1<<20) {
		return k.all(ctx, now)
	}
	if !slices.ContainsFunc(k.what, saver.changed) {
		return nil
	}
	data := k.save(now, false)
	if err := k.storage.Store(ctx, k.part(k.generation, k.parts), data); err != nil {
		k.parts = maxParts // what it held is in no part: write everything next time
		return fmt.Errorf("keeping states: %w", err)
	}
	k.parts++
	k.grown += len(data)
	return nil
}

// Close writes everything.
func (k *Keeper) Close(ctx context.Context, now time.Time) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.all(ctx, now)
}

// all begins a generation. The one before stays until it is written.
func (k *Keeper) all(ctx context.Context, now time.Time) error {
	old, parts := k.generation, k.parts
	k.generation++
	data := k.save(now, true)
	name := k.prefix + "all-" + strconv.FormatUint(k.generation%2, 10)
	if err := k.storage.Store(ctx, name, data); err != nil {
		k.generation, k.parts = old, maxParts
		return fmt.Errorf("keeping states: %w", err)
	}
	k.parts, k.size, k.grown = 0, len(data), 0
	var errs []error
	for i := range parts {
		if err := k.storage.Delete(ctx, k.part(old, i)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
