package gatetest_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest"
	"github.com/soapgate/soapgate/internal/gatetest/data"
)

// eventually waits for what another goroutine or process is about to do.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("in vain waited for: %s", what)
		}
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// count reads a series of the metrics, which outlive a test; 0 if it is not
// there yet.
func count(t *testing.T, g *gatetest.Running, series string) int {
	t.Helper()
	_, rest, _ := strings.Cut(get(t, "http://"+g.Admin+"/metrics"), "\n"+series+" ")
	line, _, _ := strings.Cut(rest, "\n")
	n, _ := strconv.Atoi(line)
	return n
}

// TestRestart stops a gate and starts another in its place: used quotas and
// the replay window are still known.
func TestRestart(t *testing.T) {
	w, err := gatetest.Prepare(t.TempDir(), nil, time.Now, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	run := func(use func(g *gatetest.Running)) {
		g, err := gatetest.Start(w)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := g.Stop(); err != nil {
				t.Error(err)
			}
		}()
		use(g)
	}
	m := w.Readings()
	body, err := w.Signed(m, "gost256")
	if err != nil {
		t.Fatal(err)
	}
	run(func(g *gatetest.Running) {
		if reply, err := g.Session.Send("daily", m, body); err != nil || reply.Status != 200 {
			t.Fatalf("%v: %+v", err, reply)
		}
		send(t, g, "daily")
	})
	run(func(g *gatetest.Running) {
		if reply, err := g.Session.Send("housing", m, body); err != nil || reply.Code != "authority.replay" {
			t.Errorf("a repetition after a restart: %v, code %q", err, reply.Code)
		}
		for i, want := range []string{"", "quota.limit"} {
			if reply := send(t, g, "daily"); reply.Code != want {
				t.Errorf("request %d after a restart got code %q, want %q", i+1, reply.Code, want)
			}
		}
	})
}

// redisServer runs a server that asks for a password.
func redisServer(t *testing.T) (address string, kill func()) {
	t.Helper()
	path := data.Tool(t, "redis-server")
	port := freePort(t)
	cmd := exec.Command(path, "--port", port, "--bind", "127.0.0.1", "--save", "", "--requirepass", "fictitious-secret", "--dir", t.TempDir())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() {
		_ = cmd.Process.Kill()
		_, _ = cmd.Process.Wait()
	}
	t.Cleanup(kill)
	eventually(t, "redis-server", func() bool {
		c, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return "redis://:fictitious-secret@127.0.0.1:" + port + "/0", kill
}

// TestRedis runs the gate on a shared store, loses it, and looks for the
// password where it must not be.
func TestRedis(t *testing.T) {
	for name, option := range map[string]string{"exact": "", "lease": "\n\t\t\tlease"} {
		t.Run(name, func(t *testing.T) { testRedis(t, option) })
	}
}

func testRedis(t *testing.T, option string) {
	t.Helper()
	address, kill := redisServer(t)
	t.Setenv("SOAPGATE_TEST_REDIS", address)
	g := start(t)
	config := edit(t, "store memory", "store redis {env.SOAPGATE_TEST_REDIS}\n\t\t\ton_store_error reject\n\t\t\tstore_timeout 2s"+option)
	load(t, config)
	m := g.Session.World.Readings()
	body, err := g.Session.World.Signed(m, "gost256")
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the store to be reached", func() bool {
		reply, err := g.Session.Send("housing", m, body)
		return err == nil && (reply.Code == "" || reply.Code == "authority.replay")
	})
	// On a busy machine an answer of the store may come too late: then the
	// gate refuses as it is told to, and the sender tries again.
	accepted := 0
	spent := func() bool {
		reply := send(t, g, "paced")
		if reply.Code == "" {
			accepted++
		}
		return reply.Code == "quota.rate"
	}
	eventually(t, "the limit", spent)
	load(t, config)
	eventually(t, "the limit after a reload", spent)
	if accepted < 1 || accepted > 2 {
		t.Errorf("accepted %d requests, the limit is 2", accepted)
	}
	eventually(t, "the refusal of a repetition", func() bool {
		reply, err := g.Session.Send("housing", m, body)
		if err != nil || reply.Code == "" {
			t.Fatalf("a repetition: %v, %+v", err, reply)
		}
		return reply.Code == "authority.replay"
	})
	kill()
	eventually(t, "the gate to refuse without its store", func() bool { return send(t, g, "housing").Code == "quota.store" })
	// It is given up after a few failures.
	eventually(t, "the metrics to tell of the lost store", func() bool {
		send(t, g, "housing")
		return strings.Contains(get(t, "http://"+g.Admin+"/metrics"), "\nsoapgate_quota_store_up 0\n")
	})
	if count(t, g, `soapgate_quota_decisions_total{outcome="refused",rule="trial-pace"}`) == 0 {
		t.Error("the metrics do not tell of decisions")
	}
	log, err := os.ReadFile(g.Session.World.Path("log", "soapgate.log"))
	if err != nil {
		t.Fatal(err)
	}
	for where, text := range map[string]string{"/config/": get(t, "http://"+g.Admin+"/config/"), "log": string(log)} {
		if strings.Contains(text, "fictitious-secret") {
			t.Errorf("the password is in %s", where)
		}
	}
	bad := bytes.Replace(config, []byte("{env.SOAPGATE_TEST_REDIS}"), []byte("{env.SOAPGATE_NO_SUCH}"), 1)
	if err := gatetest.Load(bad); err == nil || !strings.Contains(err.Error(), "SOAPGATE_NO_SUCH") {
		t.Errorf("a placeholder without value: %v", err)
	}
}

// TestClientsFile changes the registry under a running gate.
func TestClientsFile(t *testing.T) {
	g := start(t)
	load(t, edit(t, "clients {$SOAPGATE_DIR:./demo}/clients.yaml", "clients {$SOAPGATE_DIR:./demo}/clients.yaml\n\t\tpoll 20ms"))
	file := g.Session.World.Path("clients.yaml")
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	code := func() string { return send(t, g, "housing").Code }
	write := func(text []byte) {
		if err := errors.Join(os.WriteFile(file+".new", text, 0o600), os.Rename(file+".new", file)); err != nil {
			t.Fatal(err)
		}
	}
	if got := code(); got != "" {
		t.Fatalf("at first got %q", got)
	}
	write(bytes.Replace(good, []byte("- id: housing\n"), []byte("- id: housing\n    status: suspended\n    reason: проверка\n    since: 2026-01-01\n"), 1))
	eventually(t, "the suspension", func() bool { return code() == "client.suspended" })
	refused := func() int {
		log, err := os.ReadFile(g.Session.World.Path("log", "soapgate.log"))
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Count(log, []byte("clients refused"))
	}
	for _, bad := range []string{"clients: [", "", "\x00\x01", "- nothing\n"} {
		before := refused()
		write([]byte(bad))
		eventually(t, "the refusal of a bad file", func() bool { return refused() > before })
		if got := code(); got != "client.suspended" {
			t.Errorf("a bad file %q changed the registry: got %q", bad, got)
		}
	}
	write(good)
	eventually(t, "the good file", func() bool { return code() == "" })
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if got := code(); got != "" {
		t.Errorf("without the file got %q", got)
	}
}
