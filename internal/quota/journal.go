package quota

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"

	"github.com/redis/go-redis/v9"
)

// A FileJournal is the Journal of one node, in a storage.
type FileJournal struct {
	storage Storage
	name    string

	mu      sync.Mutex
	read    bool
	records [][]byte
}

// NewFileJournal returns a journal that lies in the storage under a name.
func NewFileJournal(s Storage, name string) *FileJournal { return &FileJournal{storage: s, name: name} }

// Append implements Journal.
func (j *FileJournal) Append(ctx context.Context, record []byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.load(ctx); err != nil {
		return err
	}
	records := append(slices.Clip(j.records), record)
	data, err := json.Marshal(records)
	if err != nil {
		return err
	}
	if err := j.storage.Store(ctx, j.name, data); err != nil {
		return err
	}
	j.records = records
	return nil
}

// Load implements Journal.
func (j *FileJournal) Load(ctx context.Context, n int) ([][]byte, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.load(ctx); err != nil {
		return nil, err
	}
	return slices.Clone(j.records[min(n, len(j.records)):]), nil
}

// load reads the file once: nobody else writes it.
func (j *FileJournal) load(ctx context.Context) error {
	if j.read {
		return nil
	}
	data, err := j.storage.Load(ctx, j.name)
	if err == nil {
		err = json.Unmarshal(data, &j.records)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reading journal %s: %w", j.name, err)
	}
	j.read = true
	return nil
}

// A RedisJournal is the Journal of all nodes that share a server. It keeps a
// copy with the node, so that changes outlive a server that loses its data.
type RedisJournal struct {
	store *Redis
	key   string
	copy  *FileJournal
	mu    sync.Mutex
}

// Journal returns the journal of a name on the server, with a copy.
func (r *Redis) Journal(name string, copy *FileJournal) *RedisJournal {
	return &RedisJournal{store: r, key: r.o.Prefix + "journal:" + name, copy: copy}
}

// Append implements Journal.
func (j *RedisJournal) Append(ctx context.Context, record []byte) error {
	ctx, cancel := context.WithTimeout(ctx, beatTimeout)
	defer cancel()
	return j.store.client.RPush(ctx, j.key, record).Err()
}

// plant fills a journal that is empty, for whichever node comes first.
var plant = redis.NewScript(`
if redis.call('EXISTS', KEYS[1]) == 0 then
  for _, record in ipairs(ARGV) do redis.call('RPUSH', KEYS[1], record) end
end
return 0`)

// Load implements Journal.
func (j *RedisJournal) Load(ctx context.Context, n int) ([][]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, beatTimeout)
	defer cancel()
	j.mu.Lock()
	defer j.mu.Unlock()
	known, err := j.copy.Load(ctx, 0)
	if err != nil {
		return nil, err
	}
	pipe := j.store.client.Pipeline()
	length := pipe.LLen(ctx, j.key)
	behind := pipe.LRange(ctx, j.key, int64(len(known)), -1)
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, err
	}
	if length.Val() == 0 && len(known) > 0 {
		args := make([]any, len(known))
		for i, rec := range known {
			args[i] = rec
		}
		if err := plant.Run(ctx, j.store.client, []string{j.key}, args...).Err(); err != nil {
			return nil, err
		}
	}
	for _, rec := range behind.Val() {
		if err := j.copy.Append(ctx, []byte(rec)); err != nil {
			return nil, err
		}
		known = append(known, []byte(rec))
	}
	return known[min(n, len(known)):], nil
}
