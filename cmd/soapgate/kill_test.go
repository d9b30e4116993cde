package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/soapgate/soapgate"
	"github.com/soapgate/soapgate/caddyplugin"
	"github.com/soapgate/soapgate/internal/gatetest"
	"github.com/soapgate/soapgate/internal/gatetest/authority"
)

// asMain makes the test's own binary run as soapgate.
const asMain = "SOAPGATE_TEST_AS_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asMain) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// A process is a gate in a process of its own.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	admin string
}

func run(t *testing.T, caddyfile string, env map[string]string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(os.Args[0], "run", "--config", caddyfile, "--adapter", "caddyfile"), admin: env["SOAPGATE_ADMIN"]}
	p.cmd.Env = append(os.Environ(), asMain+"=1")
	for name, value := range env {
		p.cmd.Env = append(p.cmd.Env, name+"="+value)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	return p
}

// kill ends the process as a power cut does.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// await polls until the gate has everything that was published.
func (p *process) await() {
	p.t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		resp, err := http.Get("http://" + p.admin + "/soapgate/trust")
		if err != nil {
			continue
		}
		var reports []caddyplugin.TrustReport
		err = json.NewDecoder(resp.Body).Decode(&reports)
		resp.Body.Close()
		if err == nil && len(reports) == 1 && reports[0].TrustList != nil && len(reports[0].Lists) == 4 {
			return
		}
	}
	p.t.Fatal("the gate has not what was published")
}

// TestKill kills a gate while it fetches and writes. Whenever that happens, the
// next one has the lists that were good, without the network.
func TestKill(t *testing.T) {
	w, _ := world(t)
	site := new(authority.Site)
	server := httptest.NewServer(site)
	defer server.Close()
	publisher, err := w.NewPublisher()
	if err == nil {
		err = w.Publish(site)
	}
	if err != nil {
		t.Fatal(err)
	}
	publish := func(version int) {
		list, err := publisher.List(version, "Действует", server.URL)
		if err != nil {
			t.Fatal(err)
		}
		site.Put("/tsl.xml", authority.Page{Body: list})
	}
	publish(1)
	text, err := gatetest.WithTrustList(soapgate.ExampleCaddyfile, server.URL)
	if err != nil {
		t.Fatal(err)
	}
	caddyfile := writeCaddyfile(t, text)
	backend := gatetest.NewBackend(time.Now)
	system := httptest.NewServer(backend)
	defer system.Close()
	sites, env := make(map[gatetest.Site]int), map[string]string{
		"SOAPGATE_BACKEND": system.Listener.Addr().String(), "SOAPGATE_LOG": "discard",
		"SOAPGATE_ADMIN": net.JoinHostPort("localhost", strconv.Itoa(freePort(t))),
	}
	for _, s := range []gatetest.Site{gatetest.Main, gatetest.Strict, gatetest.Terminated} {
		sites[s] = freePort(t)
		env[string(s)] = strconv.Itoa(sites[s])
	}

	p := run(t, caddyfile, env)
	p.await()
	for i := range 4 {
		publish(2 + i)
		hits := site.Hits("/tsl.xml")
		go func() {
			if resp, err := http.Post("http://"+p.admin+"/soapgate/trust", "", nil); err == nil {
				resp.Body.Close()
			}
		}()
		for site.Hits("/tsl.xml") == hits {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(i*i) * time.Millisecond) // reading, checking, writing
		p.kill()
		p = run(t, caddyfile, env)
		p.await()
	}
	p.kill()

	server.Close()
	p = run(t, caddyfile, env)
	p.await()
	session, err := gatetest.NewSession(w, backend, sites, nil)
	if err != nil {
		t.Fatal(err)
	}
	for signer, want := range map[string]string{"gost256": "", "rsa": "", "revoked": "certificate.revoked"} {
		m := w.Readings()
		body, err := w.Signed(m, signer)
		if err != nil {
			t.Fatal(err)
		}
		reply, err := session.Send("housing", m, body)
		if err != nil {
			t.Fatal(err)
		}
		if reply.Code != want {
			t.Errorf("%s got %q, want %q", signer, reply.Code, want)
		}
	}
	if drafts, _ := filepath.Glob(w.Path("state", "trust", ".draft-*")); len(drafts) > 0 {
		t.Errorf("drafts left: %v", drafts)
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var port int
	if _, err := fmt.Sscan(l.Addr().String()[len("127.0.0.1:"):], &port); err != nil {
		t.Fatal(err)
	}
	return port
}
