package gatetest

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/modules/standard" // adapters, TLS, reverse_proxy

	"github.com/soapgate/soapgate"
	_ "github.com/soapgate/soapgate/caddyplugin"
)

// A Running is a gate that runs in this process, with the system behind it.
type Running struct {
	Session *Session
	// Admin is the address of Caddy's admin endpoint.
	Admin string

	listener net.Listener
	server   *http.Server
	backend  *Backend
}

// Start runs Caddyfile.example on free loopback ports over a prepared world.
// Caddy is one per process: so are running gates.
func Start(w *World) (*Running, error) {
	r := &Running{backend: NewBackend(w.now)}
	if err := r.serve("127.0.0.1:0"); err != nil {
		return nil, err
	}
	ports, err := freePorts(4)
	if err != nil {
		return nil, err
	}
	r.Admin = net.JoinHostPort("localhost", strconv.Itoa(ports[3]))
	sites := map[Site]int{Main: ports[0], Strict: ports[1], Terminated: ports[2]}
	env := map[string]string{
		"SOAPGATE_DIR": w.Dir, "SOAPGATE_BACKEND": r.listener.Addr().String(),
		"SOAPGATE_ADMIN": r.Admin, "SOAPGATE_LOG": "file " + w.Path("log", "soapgate.log"),
	}
	for site, port := range sites {
		env[string(site)] = strconv.Itoa(port)
	}
	for name, value := range env {
		if err := os.Setenv(name, value); err != nil {
			return nil, err
		}
	}
	if err := Load(soapgate.ExampleCaddyfile); err != nil {
		return nil, errors.Join(err, r.server.Close())
	}
	r.Session, err = NewSession(w, r.backend, sites, r.down)
	return r, err
}

// Load makes a Caddyfile the running configuration.
func Load(caddyfile []byte) error {
	config, warnings, err := caddyconfig.GetAdapter("caddyfile").Adapt(caddyfile, map[string]any{"filename": "Caddyfile.example"})
	if err != nil {
		return fmt.Errorf("adapting the Caddyfile: %w", err)
	}
	for _, w := range warnings {
		// Formatting is a matter of taste; anything else is a mistake.
		if w.Directive != "" {
			return fmt.Errorf("adapting the Caddyfile: %s", w)
		}
	}
	if err := caddy.Load(config, true); err != nil {
		return fmt.Errorf("loading the configuration: %w", err)
	}
	// The old listeners are closed by goroutines of Caddy; until they are, the
	// kernel still queues connections there, which are reset.
	time.Sleep(100 * time.Millisecond)
	return nil
}

// Stop ends the gate and the system behind it.
func (r *Running) Stop() error { return errors.Join(caddy.Stop(), r.server.Close()) }

// serve starts the system behind the gate at an address.
func (r *Running) serve(address string) (err error) {
	if r.listener, err = net.Listen("tcp", address); err != nil {
		return err
	}
	r.server = &http.Server{Handler: r.backend, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = r.server.Serve(r.listener) }()
	return nil
}

// down stops the system behind the gate until up is called.
func (r *Running) down() (up func()) {
	_ = r.server.Close()
	return func() {
		// The port was ours a moment ago; give the kernel a few tries.
		for range 50 {
			if r.serve(r.listener.Addr().String()) == nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// freePorts returns ports that are free at the moment.
func freePorts(n int) ([]int, error) {
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
