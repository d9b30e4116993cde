package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest"
	"github.com/soapgate/soapgate/internal/gatetest/data"
)

// perMinute is the limit that the nodes hold together.
const perMinute = 1000

const nodeCaddyfile = `{
	admin {$SOAPGATE_ADMIN}
	auto_https off
	persist_config off
	storage file_system {$NODE_DIR}
	log {
		output discard
	}
	soapgate {
		clients {$SOAPGATE_DIR}/clients.yaml
		quotas {
			store redis {env.NODE_REDIS}
			%s
			rule minute {
				key client
				limit 1000/minute
			}
		}
	}
}

https://localhost:{$NODE_PORT} {
	tls {$SOAPGATE_DIR}/server.pem {$SOAPGATE_DIR}/server-key.pem {
		client_auth {
			mode verify_if_given
			trust_pool file {$SOAPGATE_DIR}/tls-ca.pem
		}
	}
	soapgate_quota
	respond "through"
}
`

// A cluster is three gates in processes of their own, and what they share: the
// clients and a Redis.
type cluster struct {
	t      *testing.T
	world  *gatetest.World
	config string
	redis  *redisServer
	nodes  []*process
	ports  []int
}

// patient has the nodes wait for a server that is slow only because the machine
// is busy.
const patient = "on_store_error reject\nstore_timeout 10s\n"

// newCluster starts three gates with options of quotas.
func newCluster(t *testing.T, options string) *cluster {
	t.Helper()
	w, _ := world(t)
	c := &cluster{t: t, world: w, config: fmt.Sprintf(nodeCaddyfile, options), redis: startRedis(t)}
	redis := "redis://" + c.redis.address
	caddyfile := writeCaddyfile(t, []byte(c.config))
	for range 3 {
		port, dir := freePort(t), t.TempDir()
		c.ports = append(c.ports, port)
		c.nodes = append(c.nodes, run(t, caddyfile, map[string]string{
			"SOAPGATE_DIR": w.Dir, "NODE_REDIS": redis, "NODE_PORT": strconv.Itoa(port), "NODE_DIR": dir,
			"SOAPGATE_ADMIN": net.JoinHostPort("localhost", strconv.Itoa(freePort(t))),
			"XDG_DATA_HOME":  dir, "XDG_CONFIG_HOME": dir,
		}))
	}
	for i := range c.nodes {
		client := c.client("parallel")
		until(t, "a node", func() bool { code, err := ask(client, c.ports[i]); return err == nil && code == "" })
	}
	return c
}

// A redisServer is a redis-server that keeps nothing.
type redisServer struct {
	t       *testing.T
	address string
	cmd     *exec.Cmd
}

func startRedis(t *testing.T) *redisServer {
	t.Helper()
	r := &redisServer{t: t, address: net.JoinHostPort("127.0.0.1", strconv.Itoa(freePort(t)))}
	r.start()
	t.Cleanup(r.kill)
	return r
}

func (r *redisServer) start() {
	r.t.Helper()
	_, port, _ := net.SplitHostPort(r.address)
	r.cmd = exec.Command(data.Tool(r.t, "redis-server"), "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", r.t.TempDir())
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	until(r.t, "redis-server", func() bool {
		conn, err := net.Dial("tcp", r.address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

func (r *redisServer) kill() { _, _ = r.cmd.Process.Kill(), r.cmd.Wait() }

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("waiting for %s", what)
}

// client connects as one of the world's systems, and keeps its connections.
func (c *cluster) client(system string) *http.Client {
	c.t.Helper()
	ca, err := os.ReadFile(c.world.Path("tls-ca.pem"))
	if err != nil {
		c.t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	pair, err := tls.LoadX509KeyPair(c.world.Path("systems", system+".pem"), c.world.Path("systems", system+"-key.pem"))
	if err != nil {
		c.t.Fatal(err)
	}
	tr := &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: roots, ServerName: "localhost", Certificates: []tls.Certificate{pair}},
		MaxIdleConnsPerHost: 8,
	}
	c.t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: time.Minute}
}

// ask sends one request and returns the code of its refusal, "" for none. A
// request without an answer is an error: nobody knows whether it was counted.
func ask(client *http.Client, port int) (code string, err error) {
	resp, err := client.Get("https://localhost:" + strconv.Itoa(port) + "/")
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	if resp.StatusCode == http.StatusOK && string(body) == "through" {
		return "", nil
	}
	var problem struct{ Code string }
	if err := json.Unmarshal(body, &problem); err != nil || problem.Code == "" {
		return "", fmt.Errorf("HTTP %d: %.200s", resp.StatusCode, body)
	}
	return problem.Code, nil
}

// workers is how many requests are under way at a node at once.
const workers = 4

// A tally is what came of a load.
type tally struct {
	accepted, refused, other, lost atomic.Int64
	mu                             sync.Mutex
	times                          map[int][]time.Time // when a node's requests were let through, by port
	// minutes is how many calendar minutes the load was in: one, unless a
	// minute ended meanwhile. It began in the minute began.
	minutes, began int64
}

// load sends three times the limit through all nodes at once. during runs
// when about a third of the limit has been let through.
func (c *cluster) load(system string, during func()) *tally {
	c.t.Helper()
	if s := time.Now().Second(); s > 40 { // rather one minute than two
		time.Sleep(time.Duration(61-s) * time.Second)
	}
	var (
		sum    = tally{times: make(map[int][]time.Time)}
		begin  = time.Now().Unix() / 60
		client = c.client(system)
		third  = make(chan struct{})
		once   sync.Once
		wg     sync.WaitGroup
	)
	for _, port := range c.ports {
		var left atomic.Int64
		left.Store(perMinute)
		for range workers {
			wg.Go(func() {
				for left.Add(-1) >= 0 {
					code, err := ask(client, port)
					switch {
					case err != nil:
						sum.lost.Add(1)
					case code == "":
						sum.mu.Lock()
						sum.times[port] = append(sum.times[port], time.Now())
						sum.mu.Unlock()
						if sum.accepted.Add(1) == perMinute/3 {
							once.Do(func() { close(third) })
						}
					case code == "quota.limit":
						sum.refused.Add(1)
					default:
						sum.other.Add(1)
					}
				}
			})
		}
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	select {
	case <-third:
		during()
	case <-done:
		c.t.Errorf("no more than %d requests let through", sum.accepted.Load())
	}
	<-done
	sum.minutes, sum.began = time.Now().Unix()/60-begin+1, begin
	return &sum
}

// reload gives a node a configuration to load; it answers with the status.
func (p *process) reload(config string) int {
	p.t.Helper()
	req, err := http.NewRequest(http.MethodPost, "http://"+p.admin+"/load", strings.NewReader(config))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "text/caddyfile")
	req.Header.Set("Cache-Control", "must-revalidate") // reload though nothing changed
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// TestNodes holds one limit over three gates, each a process, at three times
// the load: with a store asked for every request, and with slices borrowed
// ahead. One is given a new configuration meanwhile and then a wrong one; then
// one is killed.
func TestNodes(t *testing.T) {
	for name, option := range map[string]string{"exact": "", "lease": "lease"} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t, patient+option)
			t.Run("reload", func(t *testing.T) { testNodesReload(t, c) })
			t.Run("kill", func(t *testing.T) { testNodesKill(t, c, option != "") })
		})
	}
}

func testNodesReload(t *testing.T, c *cluster) {
	honest := c.client("daily")
	sum := c.load("housing", func() {
		if got := c.nodes[1].reload(c.config); got != http.StatusOK {
			t.Errorf("reloading: HTTP %d", got)
		}
		if got := c.nodes[2].reload(strings.Replace(c.config, "1000/minute", "1000/moment", 1)); got != http.StatusBadRequest {
			t.Errorf("reloading what is wrong: HTTP %d", got)
		}
		for i := range 90 { // somebody else's own limit is far away
			if code, err := ask(honest, c.ports[i%3]); code != "" {
				t.Errorf("a client below the limit got %q, %v", code, err)
			}
		}
	})
	// A connection that is closed while its node changes over may take an
	// answer along.
	sum.check(t, 0, sum.lost.Load())
}

// testNodesKill kills a node. What it had counted and not answered is lost to
// the client. What it had borrowed is free again within two seconds, all of it:
// what it had used of that within its last second is let through once more.
func testNodesKill(t *testing.T, c *cluster, lease bool) {
	var killed time.Time
	sum := c.load("paced", func() {
		killed = time.Now()
		c.nodes[2].kill()
	})
	if sum.lost.Load() <= workers {
		t.Error("the node was killed when it had nothing to do")
	}
	most, missing := int64(0), int64(workers)
	if lease {
		most, missing = sum.since(c.ports[2], killed.Add(-2*time.Second)), perMinute
	}
	sum.check(t, most, missing)
	client, accepted := c.client("paced"), sum.accepted.Load()
	until(t, "the limit is used up", func() bool {
		refused := 0
		for _, port := range c.ports[:2] {
			switch code, err := ask(client, port); {
			case err != nil || code != "" && code != "quota.limit":
				t.Errorf("afterwards got %q, %v", code, err)
			case code == "":
				accepted++
			default:
				refused++
			}
		}
		if time.Now().Unix()/60 > sum.began {
			return true // another minute's limit
		}
		if accepted > perMinute*sum.minutes+most {
			t.Fatalf("accepted %d of a limit of %d, and %d at most that the dead node had accepted", accepted, perMinute, most)
		}
		return refused == 2 && accepted >= perMinute-workers
	})
	t.Logf("accepted %d in all; the dead node had lately accepted %d", accepted, most)
}

// since is how many requests a node has let through since a moment. On a busy
// machine two seconds may pass for what a node uses within one and then tells.
func (s *tally) since(port int, moment time.Time) (n int64) {
	for _, at := range s.times[port] {
		if !at.Before(moment) {
			n++
		}
	}
	return n
}

// check wants no more than the limit in each minute, but for so many, and no
// less but for what is missing.
func (s *tally) check(t *testing.T, most, missing int64) {
	t.Helper()
	accepted, refused, other, lost := s.accepted.Load(), s.refused.Load(), s.other.Load(), s.lost.Load()
	t.Logf("accepted %d, refused %d, without answer %d, in %d minute(s)", accepted, refused, lost, s.minutes)
	if accepted > perMinute*s.minutes+most || accepted < perMinute-missing {
		t.Errorf("accepted %d of a limit of %d", accepted, perMinute)
	}
	if other != 0 {
		t.Errorf("%d refusals for other reasons than the limit", other)
	}
	if accepted+refused+lost != 3*perMinute {
		t.Errorf("%d requests answered, %d not, of %d", accepted+refused, lost, 3*perMinute)
	}
}
