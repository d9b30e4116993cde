package quota

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/soapgate/soapgate/internal/gatetest/data"
)

// A server is a real redis-server on a socket in a temporary folder.
type server struct {
	tb     testing.TB
	path   string // of the program
	socket string
	cmd    *exec.Cmd
	client *redis.Client
}

func startRedis(tb testing.TB) *server {
	tb.Helper()
	dir, err := os.MkdirTemp("", "quota") // shorter than tb.TempDir: the path of a socket is limited
	if err != nil {
		tb.Fatal(err)
	}
	s := &server{tb: tb, path: data.Tool(tb, "redis-server"), socket: filepath.Join(dir, "redis.sock")}
	s.client = redis.NewClient(&redis.Options{
		Network: "unix", Addr: s.socket, MaintNotificationsConfig: noMaintenance, MaxRetries: -1,
	})
	tb.Cleanup(func() {
		s.client.Close()
		s.kill()
		os.RemoveAll(dir)
	})
	s.start()
	return s
}

func (s *server) start() {
	s.tb.Helper()
	s.cmd = exec.Command(s.path, "--port", "0", "--unixsocket", s.socket, "--save", "", "--appendonly", "no",
		"--dir", filepath.Dir(s.socket), "--loglevel", "warning")
	if err := s.cmd.Start(); err != nil {
		s.tb.Fatal(err)
	}
	for range 500 {
		if s.client.Ping(context.Background()).Err() == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.tb.Fatal("redis-server does not answer")
}

func (s *server) kill() {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		s.cmd = nil
	}
}

func (s *server) url() string { return "unix://" + s.socket }

// store returns a store on the server with a patient timeout, so that a busy
// machine does not turn into a failed server.
func (s *server) store(o RedisOptions) *Redis {
	s.tb.Helper()
	return s.storeWith(o, [2]string{luaLib, luaCount})
}

func (s *server) storeWith(o RedisOptions, lua [2]string) *Redis {
	s.tb.Helper()
	o.URL = s.url()
	if o.Node == "" {
		o.Node = "node"
	}
	if o.Timeout == 0 {
		o.Timeout = time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	r, err := newRedis(o, lua[0], lua[1])
	if err != nil {
		s.tb.Fatal(err)
	}
	s.tb.Cleanup(func() { r.Close() })
	return r
}

// virtual are the scripts with a clock that a test sets. Keys expire by the
// server's own clock, so they are kept for long.
var virtual = [2]string{
	replaceAll(luaLib, "redis.call('TIME')", lrange, "math.ceil((rest - now) / 10000)", "86400000"),
	replaceAll(luaCount, "call('TIME')", lrange, "ceil((rests[i] - now) / 10000))", "86400000)"),
}

const lrange = "redis.call('LRANGE', '{soapgate}:clock', 0, 1)"

func replaceAll(s string, pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		if strings.Count(s, pairs[i]) != 1 {
			panic("the script has no " + pairs[i])
		}
		s = strings.Replace(s, pairs[i], pairs[i+1], 1)
	}
	return s
}

// clocked is a store whose server lives at the moment of each decision.
type clocked struct {
	Store
	client *redis.Client
}

func (c clocked) set(now Tick) error {
	t := now.Time()
	pipe := c.client.TxPipeline()
	pipe.Del(context.Background(), "{soapgate}:clock")
	pipe.RPush(context.Background(), "{soapgate}:clock", t.Unix(), t.Nanosecond()/1000)
	_, err := pipe.Exec(context.Background())
	return err
}

func (c clocked) Decide(ctx context.Context, now Tick, checks []Check) error {
	if err := c.set(now); err != nil {
		return err
	}
	return c.Store.Decide(ctx, now, checks)
}

func (c clocked) Adjust(ctx context.Context, now Tick, checks []Check) error {
	if err := c.set(now); err != nil {
		return err
	}
	return c.Store.Adjust(ctx, now, checks)
}

func (c clocked) Forget(ctx context.Context, m *Mark) error { return c.Store.(Replay).Forget(ctx, m) }

func (c clocked) Remember(ctx context.Context, now Tick, m *Mark) (Seen, error) {
	if err := c.set(now); err != nil {
		return 0, err
	}
	return c.Store.(Replay).Remember(ctx, now, m)
}

func TestRedis_marks(t *testing.T) {
	s := startRedis(t)
	for i, sc := range markScenarios {
		t.Run(sc.name, func(t *testing.T) {
			r := s.storeWith(RedisOptions{Prefix: fmt.Sprintf("{soapgate}:%d:", i), Marks: NewMarks(100, 3)}, virtual)
			playMarks(t, clocked{r, s.client}, At(start), sc.steps)
		})
	}
	t.Run("race", func(t *testing.T) { raceMarks(t, s.store(RedisOptions{}), At(time.Now())) })
}

// What a node forgets while the server is out of reach is forgotten for all
// when it is back, whoever remembered it.
func TestRedis_forgotten(t *testing.T) {
	s := startRedis(t)
	a, b := s.store(RedisOptions{Node: "a"}), s.store(RedisOptions{Node: "b"})
	mark := func(guid string) *Mark {
		return &Mark{Signer: "x", GUID: guid, Signature: []byte(guid), Keep: time.Minute}
	}
	remember := func(r *Redis, guid string, want Seen) {
		t.Helper()
		if seen, err := r.Remember(t.Context(), At(time.Now()), mark(guid)); seen != want || err != nil {
			t.Errorf("message %s: %v, %v, want %v", guid, seen, err, want)
		}
	}
	remember(a, "shared", New)
	a.giveUp(errLine)
	remember(a, "alone", New)
	remember(a, "stays", New)
	for _, guid := range []string{"shared", "alone"} {
		if err := a.Forget(t.Context(), mark(guid)); err != nil {
			t.Fatal(err)
		}
	}
	remember(b, "shared", Repeated) // nobody has told it yet
	if err := a.Beat(t.Context()); err != nil {
		t.Fatal(err)
	}
	remember(b, "shared", New)
	remember(b, "alone", New)
	remember(b, "stays", Repeated)
}

func TestRedis_scenarios(t *testing.T) {
	s := startRedis(t)
	for i, sc := range scenarios {
		t.Run(sc.name, func(t *testing.T) {
			r := s.storeWith(RedisOptions{Prefix: fmt.Sprintf("{soapgate}:%d:", i)}, virtual)
			play(t, NewLimiter(clocked{r, s.client}, compile(t, sc.opts, sc.specs...)), start, sc.steps)
			if st := r.Status(); st.Errors != 0 || st.Alone != 0 {
				t.Errorf("the server was not asked: %+v", st)
			}
		})
	}
}

// With one node what is ahead makes no difference to what is seen.
func TestLeases_scenarios(t *testing.T) {
	s := startRedis(t)
	for i, sc := range scenarios {
		t.Run(sc.name, func(t *testing.T) {
			r := s.storeWith(RedisOptions{Prefix: fmt.Sprintf("{soapgate}:%d:", i)}, virtual)
			l := NewLimiter(clocked{newLeases(r, virtual[0]), s.client}, compile(t, sc.opts, sc.specs...))
			play(t, l, start, sc.steps)
			if st := r.Status(); st.Errors != 0 || st.Alone != 0 {
				t.Errorf("the server was not asked: %+v", st)
			}
		})
	}
}
