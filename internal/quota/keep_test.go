package quota

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// folder is a Storage that lives as long as the test.
type folder struct {
	files map[string][]byte
	fail  error
}

func newFolder() *folder { return &folder{files: make(map[string][]byte)} }

func (f *folder) Store(_ context.Context, name string, value []byte) error {
	if f.fail == nil {
		f.files[name] = value
	}
	return f.fail
}

func (f *folder) Load(_ context.Context, name string) ([]byte, error) {
	if v, ok := f.files[name]; ok {
		return v, nil
	}
	return nil, fs.ErrNotExist
}

func (f *folder) Delete(_ context.Context, name string) error {
	delete(f.files, name)
	return nil
}

// TestKeeper_exact plays a random schedule twice: on a memory that lives, and
// on one that is saved and started anew again and again. What follows a save
// is the same.
func TestKeeper_exact(t *testing.T) {
	for seed := range uint64(30) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		specs := randomSpecs(rnd)
		for i := range specs {
			if specs[i].Concurrent != 0 { // nobody holds a place after a restart
				specs[i].Bounds = Bounds{Limit: "3/day"}
				specs[i].ChargeRefused = false
			}
		}
		rules := compile(t, Options{}, specs...)
		storage := newFolder()
		living, restarted := newMemory(), newMemory()
		keeper, err := NewKeeper(t.Context(), storage, "q/", restarted, NewMarks(0, 0), start)
		if err != nil {
			t.Fatal(err)
		}
		sched := schedule{Rand: rnd, now: start}
		for i := range 300 {
			now := sched.next()
			req := Request{Client: string(rune('a' + rnd.IntN(3))), BytesIn: int64(rnd.IntN(900)), Source: fields{"object": "123"}}
			outcome := Outcome{BytesIn: req.BytesIn, BytesOut: int64(rnd.IntN(500))}
			ack := rnd.IntN(10) == 0
			var got [2]string
			for k, store := range []Store{living, restarted} {
				l := NewLimiter(store, rules)
				if ack {
					_ = l.Start(t.Context(), &req, now)
					continue
				}
				v := l.Begin()
				v.Request = req
				for p := range Pass(numPasses) {
					if rej := v.Pass(t.Context(), p, now); rej != nil {
						got[k] = rej.Error()
						break
					}
				}
				got[k] += usage(v)
				_ = v.End(t.Context(), outcome, now)
			}
			if got[0] != got[1] {
				t.Fatalf("seed %d, request %d under %+v:\nliving:    %s\nrestarted: %s", seed, i, specs, got[0], got[1])
			}
			switch rnd.IntN(12) {
			case 0, 1, 2: // killed behind a Keep
				if err := keeper.Keep(t.Context(), now); err != nil {
					t.Fatal(err)
				}
			case 3: // stopped
				if err := keeper.Close(t.Context(), now); err != nil {
					t.Fatal(err)
				}
			default:
				continue
			}
			if rnd.IntN(2) == 0 {
				restarted = NewMemory(MemoryOptions{Keys: 1 << 16, Seed: [2]uint64{rnd.Uint64(), rnd.Uint64()}})
				if keeper, err = NewKeeper(t.Context(), storage, "q/", restarted, NewMarks(0, 0), now); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

func TestKeeper_marks(t *testing.T) {
	storage := newFolder()
	w := NewMarks(0, 0)
	k, err := NewKeeper(t.Context(), storage, "", newMemory(), w, start)
	if err != nil {
		t.Fatal(err)
	}
	mark := func(guid string) *Mark {
		return &Mark{Signer: "a", GUID: guid, Signature: []byte(guid), Keep: time.Minute}
	}
	for _, guid := range []string{"1", "2", "4"} {
		_, _ = w.Remember(t.Context(), At(start), mark(guid))
		if err := k.Keep(t.Context(), start); err != nil {
			t.Fatal(err)
		}
	}
	_ = w.Forget(t.Context(), mark("4")) // kept, then forgotten
	if err := k.Keep(t.Context(), start); err != nil {
		t.Fatal(err)
	}
	after := NewMarks(0, 0)
	if _, err := NewKeeper(t.Context(), storage, "", newMemory(), after, start); err != nil {
		t.Fatal(err)
	}
	for guid, want := range map[string]Seen{"1": Repeated, "2": Repeated, "3": New, "4": New} {
		if seen, _ := after.Remember(t.Context(), At(start), mark(guid)); seen != want {
			t.Errorf("message %s after a restart: %v, want %v", guid, seen, want)
		}
	}
}

// TestKeeper_idle: nothing is written if nothing has changed.
func TestKeeper_idle(t *testing.T) {
	storage, m, w := newFolder(), newMemory(), NewMarks(0, 0)
	k, err := NewKeeper(t.Context(), storage, "", m, w, start)
	if err != nil {
		t.Fatal(err)
	}
	l := NewLimiter(m, compile(t, Options{}, Spec{Name: "d", Key: []string{"client"}, Bounds: Bounds{Limit: "9/day"}}))
	keep := func(what string, want int) {
		t.Helper()
		before := len(storage.files)
		if err := k.Keep(t.Context(), start); err != nil {
			t.Fatal(err)
		}
		if n := len(storage.files) - before; n != want {
			t.Errorf("%s: %d files written, want %d", what, n, want)
		}
	}
	keep("at first", 1)
	keep("idle", 0)
	decideOnce(t.Context(), l, &Request{Client: "a"}, start)
	keep("after a request", 1)
	keep("idle again", 0)
	_, _ = w.Remember(t.Context(), At(start), &Mark{Signer: "a", GUID: "g", Signature: []byte("s"), Keep: time.Minute})
	keep("after a message", 1)
	keep("idle at last", 0)
}

// TestKeeper_damage: whatever is damaged, the rest is used, and the node starts.
func TestKeeper_damage(t *testing.T) {
	storage := newFolder()
	m := newMemory()
	k, _ := NewKeeper(t.Context(), storage, "", m, NewMarks(0, 0), start)
	l := NewLimiter(m, compile(t, Options{}, Spec{Name: "d", Key: []string{"client"}, Bounds: Bounds{Limit: "9/day"}}))
	spend := func(l *Limiter, client string) (used int64) {
		v := l.Begin()
		v.Request.Client = client
		_ = v.Pass(t.Context(), PassClient, start)
		for r := range v.Results {
			used = r.Used
		}
		_ = v.End(t.Context(), Outcome{}, start)
		return used
	}
	for _, client := range []string{"a", "b", "c"} { // a whole, then two parts
		spend(l, client)
		if err := k.Keep(t.Context(), start); err != nil {
			t.Fatal(err)
		}
	}
	after := func(damage func(files map[string][]byte)) (used [3]int64, err error) {
		copied := &folder{files: maps.Clone(storage.files)}
		damage(copied.files)
		m := newMemory()
		_, err = NewKeeper(t.Context(), copied, "", m, NewMarks(0, 0), start)
		l := NewLimiter(m, l.Rules())
		for i, client := range []string{"a", "b", "c"} {
			used[i] = spend(l, client)
		}
		return used, err
	}
	spoil := func(prefix, suffix string) func(map[string][]byte) {
		return func(files map[string][]byte) {
			for name, data := range files {
				if strings.HasPrefix(name, prefix) && strings.HasSuffix(name, suffix) {
					files[name] = slices.Concat(data[:40], []byte{data[40] ^ 1}, data[41:])
				}
			}
		}
	}
	for _, tt := range []struct {
		name   string
		damage func(map[string][]byte)
		want   [3]int64
		err    bool
	}{
		{"none", func(map[string][]byte) {}, [3]int64{2, 2, 2}, false},
		{"first part", spoil("part", "-0"), [3]int64{2, 1, 2}, true},
		{"last part", spoil("part", "-1"), [3]int64{2, 2, 1}, true},
		{"the whole", spoil("all", ""), [3]int64{1, 1, 1}, true},
		{"empty files", func(files map[string][]byte) {
			for name := range files {
				files[name] = nil
			}
		}, [3]int64{1, 1, 1}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			used, err := after(tt.damage)
			if used != tt.want || (err != nil) != tt.err {
				t.Errorf("used %v, error %v; want %v, %v", used, err, tt.want, tt.err)
			}
		})
	}

	// A new whole that is damaged does not hide the one before.
	parts := maps.Clone(storage.files)
	if err := k.Close(t.Context(), start); err != nil {
		t.Fatal(err)
	}
	used, err := after(func(files map[string][]byte) {
		spoil("all-0", "")(files)
		for name, data := range parts {
			if strings.HasPrefix(name, "part") {
				files[name] = data
			}
		}
	})
	if used != [3]int64{2, 2, 2} || err == nil {
		t.Errorf("after a damaged whole: used %v, error %v", used, err)
	}
	spend(l, "a")
	if storage.fail = errors.New("disk full"); k.Keep(t.Context(), start) == nil {
		t.Error("an error of the storage is not told")
	}
	storage.fail = nil
	if err := k.Keep(t.Context(), start); err != nil {
		t.Fatal(err)
	}
	if used, err := after(func(map[string][]byte) {}); used != [3]int64{3, 2, 2} || err != nil {
		t.Errorf("after a storage that failed: used %v, error %v", used, err)
	}
}

func FuzzRestore(f *testing.F) {
	m := newMemory()
	m.saved = true
	l := NewLimiter(m, compile(f, Options{}, Spec{Name: "d", Key: []string{"client"}, Bounds: Bounds{Limit: "9/day"}}))
	decideOnce(context.Background(), l, &Request{Client: "a"}, start)
	f.Add(m.Save(start, true)[:0])
	f.Add(m.Save(start, true))
	f.Add(m.Save(start, false))
	w := NewMarks(0, 0)
	_, _ = w.Remember(context.Background(), At(start), &Mark{Signer: "a", GUID: "g", Signature: []byte("s"), Keep: time.Minute})
	f.Add(w.Save(start, true))
	f.Fuzz(func(t *testing.T, data []byte) {
		// With its checksum put right, the reading itself is reached.
		for _, d := range [][]byte{data, seal(data[:max(0, len(data)-4)])} {
			m, w := newMemory(), NewMarks(0, 0)
			if m.Restore(d, start) == nil {
				if again := newMemory(); again.Restore(m.Save(start, true), start) != nil || again.Len() != m.Len() {
					t.Error("what was restored cannot be saved and restored")
				}
			}
			_ = w.Restore(d, start)
		}
	})
}
