//go:build linux

package main

import (
	"bufio"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/soapgate/soapgate/caddyplugin"
	"github.com/soapgate/soapgate/internal/gatetest"
	"github.com/soapgate/soapgate/internal/gatetest/authority"
)

// A deployment is a gate with what is around it.
type deployment struct {
	soapgate string // the binary
	world    *gatetest.World
	env      []string
	admin    string
	client   *client
	process  *exec.Cmd
	server   *exec.Cmd
	next     io.Writer     // has the server make another edition
	editions *bufio.Reader // gets the address when it is made
}

// gate measures a gate at national size.
func gate(soapgate string, scale, rounds int) (rows []row, err error) {
	if soapgate == "" {
		return nil, fmt.Errorf("-soapgate is needed")
	}
	dir, err := os.MkdirTemp("", "nation")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := pin(runtime.NumCPU()-1, runtime.NumCPU()); err != nil {
		return nil, err
	}
	d := &deployment{soapgate: soapgate}
	if err := d.build(dir, scale); err != nil {
		return nil, err
	}
	defer d.end()
	for _, part := range []func(int) ([]row, error){d.refreshes, d.coldStart, d.swaps} {
		more, err := part(rounds)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// pin keeps this process, and those that it starts, on some of the processors.
func pin(from, to int) error {
	var set unix.CPUSet
	for i := max(from, 0); i < to; i++ {
		set.Set(i)
	}
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, t := range tasks {
		id, err := strconv.Atoi(t.Name())
		if err != nil {
			return err
		}
		if err := unix.SchedSetaffinity(id, &set); err != nil {
			return fmt.Errorf("pinning to processors %d to %d: %w", from, to-1, err)
		}
	}
	return nil
}

// build makes the world, starts the system behind the gate and the server of
// the nation.
func (d *deployment) build(dir string, scale int) (err error) {
	if d.world, err = gatetest.Prepare(dir, nil, time.Now, func(string) {}); err != nil {
		return err
	}
	d.server = exec.Command("/proc/self/exe", "-serve", d.world.Path("authorities", "gost.pem"), "-scale", fmt.Sprint(scale))
	d.server.Stderr = os.Stderr
	if d.next, err = d.server.StdinPipe(); err != nil {
		return err
	}
	out, err := d.server.StdoutPipe()
	if err != nil {
		return err
	}
	d.editions = bufio.NewReader(out)
	if err := d.server.Start(); err != nil {
		return err
	}
	url, err := d.editions.ReadString('\n')
	if err != nil {
		return fmt.Errorf("starting the server: %w", err)
	}
	url = strings.TrimSpace(url)
	nation := filepath.Join(dir, "nation")
	if err := os.MkdirAll(nation, 0o700); err != nil {
		return err
	}
	for _, name := range []string{"root", "signer"} {
		der, err := get(url + "/" + name)
		if err != nil {
			return err
		}
		text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
		if err := os.WriteFile(filepath.Join(nation, name+".pem"), text, 0o600); err != nil {
			return err
		}
	}
	backend, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go http.Serve(backend, gatetest.NewBackend(time.Now)) //nolint:errcheck,gosec // ends with the process
	var ports []int
	for range 2 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	d.admin = fmt.Sprintf("http://localhost:%d/soapgate/trust", ports[1])
	d.env = append(os.Environ(), "BENCH_DIR="+dir, "BENCH_NATION="+nation, "BENCH_URL="+url, "BENCH_BACKEND="+backend.Addr().String(),
		fmt.Sprint("BENCH_PORT=", ports[0]), fmt.Sprint("BENCH_ADMIN=localhost:", ports[1]))
	d.client, err = newClient(d.world, ports[0])
	return err
}

func get(url string) ([]byte, error) {
	res, err := http.Get(url) //nolint:gosec,noctx // our own server
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return io.ReadAll(res.Body)
}

// start starts the gate, on all processors but the last if there are several.
func (d *deployment) start() error {
	d.process = exec.Command("taskset", "-c", fmt.Sprintf("0-%d", max(runtime.NumCPU()-2, 0)),
		d.soapgate, "run", "--config", "bench/trust/Caddyfile", "--adapter", "caddyfile")
	d.process.Env, d.process.Stderr = d.env, os.Stderr
	return d.process.Start()
}

func (d *deployment) stop() error {
	if err := d.process.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	return d.process.Wait()
}

func (d *deployment) end() {
	for _, p := range []*exec.Cmd{d.process, d.server} {
		if p != nil && p.ProcessState == nil && p.Process != nil {
			p.Process.Kill() //nolint:errcheck // it ends or has ended
			p.Wait()         //nolint:errcheck // as above
		}
	}
}

// edition has the server make another edition of everything.
func (d *deployment) edition() error {
	if _, err := fmt.Fprintln(d.next); err != nil {
		return err
	}
	_, err := d.editions.ReadString('\n')
	return err
}

// report asks the gate what it has, by POST after it has fetched everything.
func (d *deployment) report(method string) (*caddyplugin.TrustReport, error) {
	req, err := http.NewRequest(method, d.admin, nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	var reports []caddyplugin.TrustReport
	if err := json.NewDecoder(res.Body).Decode(&reports); err != nil || len(reports) != 1 {
		return nil, fmt.Errorf("%s %s: %d reports, %w", method, d.admin, len(reports), err)
	}
	return &reports[0], nil
}

// accepted sends messages until one is accepted.
func (d *deployment) accepted() error {
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if err := d.client.sign(1); err != nil {
			return err
		}
		err := d.client.send(<-d.client.ready)
		if err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

// peak is the largest memory that the gate has had, in MiB.
func (d *deployment) peak() (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.process.Process.Pid))
	if err != nil {
		return 0, err
	}
	var kib float64
	for line := range strings.Lines(string(b)) {
		if n, _ := fmt.Sscanf(line, "VmHWM: %f kB", &kib); n == 1 {
			return kib / 1024, nil
		}
	}
	return 0, fmt.Errorf("no VmHWM")
}

// issue writes a list of a million entries of the signers' CA to a file of its own.
func (d *deployment) issue(number int64, revoked []authority.Revoked) (name string, err error) {
	at := time.Now().UTC()
	der, err := d.world.Authorities["gost"].CRL(authority.List{Number: number, ThisUpdate: at, NextUpdate: at.Add(day), Revoked: revoked})
	if err != nil {
		return "", err
	}
	name = d.world.Path(fmt.Sprintf("next-%d", number))
	return name, os.WriteFile(name, der, 0o600)
}
