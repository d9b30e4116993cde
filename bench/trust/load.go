//go:build linux

package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest"
)

// rate is how many requests a second are sent, whatever becomes of those
// before. It keeps a gate on one processor busy for about a fifth of its time.
const rate = 200

// A client sends signed messages, each once.
type client struct {
	world *gatetest.World
	url   string
	http  *http.Client
	ready chan []byte // messages signed beforehand
}

func newClient(w *gatetest.World, port int) (*client, error) {
	pair, err := tls.LoadX509KeyPair(w.Path("systems", "housing.pem"), w.Path("systems", "housing-key.pem"))
	if err != nil {
		return nil, err
	}
	ca, err := os.ReadFile(w.Path("tls-ca.pem"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	transport := &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13},
		MaxIdleConnsPerHost: 64, MaxConnsPerHost: 64, IdleConnTimeout: time.Minute,
	}
	return &client{
		world: w, url: fmt.Sprintf("https://localhost:%d%s", port, gatetest.MeteringPath),
		http: &http.Client{Transport: transport, Timeout: 30 * time.Second}, ready: make(chan []byte, 150*rate),
	}, nil
}

// sign makes messages, which is not to be done while the gate is measured.
func (c *client) sign(n int) error {
	for len(c.ready) < n {
		b, err := c.world.Signed(c.world.Readings(), "gost256")
		if err != nil {
			return err
		}
		c.ready <- b
	}
	return nil
}

// send sends a message and wants it to be accepted.
func (c *client) send(body []byte) error {
	req, err := http.NewRequest(http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "text/xml; charset=utf-8")
	req.Header.Set("SOAPAction", `"urn:importMeteringDeviceValues"`)
	res, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", res.Status, answer)
	}
	return err
}

// load sends messages at the rate until done is closed. A time counts from the
// moment at which a message was to be sent, so that a wait before it was sent
// counts too.
func (c *client) load(done <-chan struct{}) (times []time.Duration, err error) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	start := time.Now()
	for i := 0; ; i++ {
		due := start.Add(time.Duration(i) * time.Second / rate)
		select {
		case <-done:
			wg.Wait()
			return times, err
		case <-time.After(time.Until(due)):
		}
		var body []byte
		select {
		case body = <-c.ready:
		default:
			wg.Wait()
			return nil, fmt.Errorf("no more messages after %d", i)
		}
		wg.Go(func() {
			e := c.send(body)
			took := time.Since(due)
			mu.Lock()
			defer mu.Unlock()
			times = append(times, took)
			if e != nil {
				err = e
			}
		})
	}
}

// during loads the gate while work is done.
func (c *client) during(work func() error) (times []time.Duration, err error) {
	done := make(chan struct{})
	var failed error
	go func() {
		defer close(done)
		failed = work()
	}()
	times, err = c.load(done)
	<-done
	if err == nil {
		err = failed
	}
	return times, err
}
