package quota

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/reject"
)

// A vector is a file of testdata/quota.
type schedulefile struct {
	name  string
	specs []Spec
	lines []string
}

func readVectors(t *testing.T) []schedulefile {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(data.Repo(), "testdata", "quota", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("vectors: %d, %v", len(files), err)
	}
	var list []schedulefile
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		v := schedulefile{name: strings.TrimSuffix(filepath.Base(file), ".txtar")}
		for _, f := range txtar.Parse(text).Files {
			switch f.Name {
			case "rules":
				if err := json.Unmarshal(f.Data, &v.specs); err != nil {
					t.Fatalf("%s: %v", v.name, err)
				}
			case "requests":
				v.lines = strings.Split(strings.TrimSpace(string(f.Data)), "\n")
			default:
				t.Fatalf("%s: unknown file %q", v.name, f.Name)
			}
		}
		list = append(list, v)
	}
	return list
}

func TestVectors(t *testing.T) {
	s := startRedis(t)
	for _, v := range readVectors(t) {
		t.Run(v.name, func(t *testing.T) {
			redis := func(name string) *Redis {
				return s.storeWith(RedisOptions{Prefix: "{soapgate}:" + v.name + name + ":"}, virtual)
			}
			for name, store := range map[string]Store{
				"memory": newMemory(),
				"redis":  clocked{redis("exact"), s.client},
				"leases": clocked{newLeases(redis("leases"), virtual[0]), s.client},
			} {
				l := NewLimiter(store, compile(t, Options{}, v.specs...))
				for i, line := range v.lines {
					if err := playLine(l, line); err != nil {
						t.Errorf("%s: line %d: %v", name, i+1, err)
					}
				}
			}
		})
	}
}

// playLine makes the requests of one line.
func playLine(l *Limiter, line string) error {
	facts, want, ok := strings.Cut(line, " -> ")
	words, err := splitWords(facts)
	if err != nil || !ok || len(words) < 2 {
		return fmt.Errorf("%q: %v", line, err)
	}
	at, err := time.ParseDuration(words[0])
	if err != nil {
		return err
	}
	count, err := strconv.Atoi(strings.TrimSuffix(words[1], "x"))
	if err != nil {
		return err
	}
	passed := 0
	others := make(map[reject.Code]bool)
	for n := range count {
		code, err := playRequest(l, start.Add(at), words[2:], n)
		if err != nil {
			return err
		}
		if code == "" {
			passed++
		} else {
			others[code] = true
		}
	}
	got := strconv.Itoa(passed)
	for code := range others {
		got += " " + string(code)
	}
	if got != want {
		return fmt.Errorf("%q: %s", line, got)
	}
	return nil
}

func playRequest(l *Limiter, now time.Time, words []string, n int) (reject.Code, error) {
	v := l.Begin()
	source := fields{}
	v.Request.Source = source
	var o Outcome
	for _, w := range words {
		name, value, _ := strings.Cut(w, "=")
		value = strings.NewReplacer("{n}", strconv.Itoa(n), "{x}", strconv.FormatInt(int64(n), 16)).Replace(value)
		var err error
		switch name {
		case "address":
			v.Request.Address, err = netip.ParseAddr(value)
		case "client":
			v.Request.Client = value
		case "class":
			v.Request.Class = value
		case "service":
			v.Request.Service = value
		case "operation":
			v.Request.Operation = value
		case "organization":
			v.Request.Organization = value
		case "signer":
			v.Request.Signer = value
		case "in":
			v.Request.BytesIn, err = strconv.ParseInt(value, 10, 64)
			o.BytesIn = v.Request.BytesIn
		case "out":
			o.BytesOut, err = strconv.ParseInt(value, 10, 64)
		case "outcome":
			o.Refused = reject.Code(value)
		default:
			source[name] = value
		}
		if err != nil {
			return "", err
		}
	}
	var code reject.Code
	for p := range Pass(numPasses) {
		// A message that a stage has refused goes no further.
		if p == PassAuthority && o.Refused != "" {
			break
		}
		if rej := v.Pass(context.Background(), p, now); rej != nil {
			code, o.Refused = rej.Code, rej.Code
			break
		}
	}
	return code, v.End(context.Background(), o, now)
}

// splitWords splits at spaces outside of quotes and unquotes.
func splitWords(s string) (words []string, err error) {
	for s != "" {
		s = strings.TrimLeft(s, " ")
		end, quote := 0, -1
		for end < len(s) && (s[end] != ' ' || quote >= 0) {
			if s[end] == '"' {
				if quote < 0 {
					quote = end
				} else {
					value, err := strconv.Unquote(s[quote : end+1])
					if err != nil {
						return nil, err
					}
					s = s[:quote] + value + s[end+1:]
					end, quote = quote+len(value)-1, -1
					words = append(words, s[:end+1])
					s = s[end+1:]
					end = 0
					break
				}
			}
			end++
		}
		if end > 0 {
			words = append(words, s[:end])
			s = s[end:]
		}
	}
	return words, nil
}

// Attack class 69: whoever sends a million different keys neither makes the
// store grow beyond its bound nor the registered clients lose their counts.
func TestFlood_keys(t *testing.T) {
	const most = 20_000
	m := NewMemory(MemoryOptions{Keys: most, Seed: [2]uint64{3, 4}})
	l := NewLimiter(m, compile(t, Options{},
		Spec{Name: "daily", Key: []string{"client"}, Bounds: Bounds{Limit: "5/day"}},
		Spec{Name: "address", Key: []string{"address"}, Bounds: Bounds{Limit: "100/day"}},
		Spec{Name: "guid", Key: []string{"address", "header:X"}, Bounds: Bounds{Limit: "100/day"}},
	))
	ctx := context.Background()
	for i := range 1000 { // the registered clients
		for range 4 {
			decideOnce(ctx, l, &Request{Client: fmt.Sprint("client", i)}, start)
		}
	}
	before := heapSize()
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 200_000 {
		a := rnd.Uint64()
		decideOnce(ctx, l, &Request{
			Address: netip.AddrFrom16([16]byte{0x20, 1, byte(a), byte(a >> 8), byte(a >> 16), byte(a >> 24), byte(a >> 32), byte(a >> 40)}),
			Source:  fields{"header:X": strconv.FormatUint(a, 36)},
		}, start)
	}
	if n := m.Len(); n > most+shards {
		t.Errorf("%d keys, want at most %d", n, most)
	}
	if grown := heapSize() - before; grown > 4<<20 && !data.Race {
		t.Errorf("the flood takes %d bytes", grown)
	}
	for i := range 1000 {
		q := &Request{Client: fmt.Sprint("client", i)}
		if !decideOnce(ctx, l, q, start) || decideOnce(ctx, l, q, start) {
			t.Fatalf("client %d has lost its count", i)
		}
	}
}

// Attack class 71: those who were refused together are not told to come back
// together.
func TestRetryAfter_spread(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	moments := make(map[string]int)
	for range 1000 {
		moments[RetryAfter(10*time.Minute, rnd.Float64())]++
	}
	for moment, n := range moments {
		if n > 40 {
			t.Errorf("%d of 1000 come back after %s s", n, moment)
		}
		if s, _ := strconv.Atoi(moment); s < 600 || s > 750 {
			t.Errorf("told to wait %s s instead of 600", moment)
		}
	}
}
