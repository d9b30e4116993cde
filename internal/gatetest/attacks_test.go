package gatetest_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest"
	"github.com/soapgate/soapgate/internal/gatetest/data"
)

// An attack is one class of attacks on a running gate. A class is covered if
// something of it was refused, something close to it passed, and what it may
// cost was held to a bound.
type attack struct {
	*gatetest.Running
	refused, passed, bounded int
}

// TestHTTPAttacks goes through the attack classes of HTTP and of limits, by
// number.
func TestHTTPAttacks(t *testing.T) {
	g := start(t)
	config := edit(t, "profile hcs", "profile hcs\n\t\tgzip", "rate 600/1m", "rate 60000/1m", "burst 60", "burst 6000")
	load(t, config)
	covered := make(map[int]bool)
	for _, row := range []struct {
		number int
		name   string
		run    func(*testing.T, *attack)
	}{
		{62, "framing", attackFraming},
		{62, "framing of HTTP/2", attackDowngrade},
		{64, "endless header", attackContinuation},
		{64, "rapid reset", attackReset},
		{65, "content codings", attackCodings},
		{66, "long certificates", attackCertificates},
		{66, "renegotiation", attackRenegotiation},
		{67, "variants of a key", attackVariants},
		{68, "another's limit", attackPoisoning},
		{69, "names without end", attackNames},
		{70, "expensive refusals", attackExpense},
		{71, "coming back together", attackReturn},
		{72, "spoofed fields", attackFields},
		{73, "administration", attackAdmin},
		{74, "the system's answer", attackAnswers},
		{75, "media types", attackTypes},
		// Those below load configurations of their own.
		{63, "slow senders", attackSlowness},
		{63, "slow readers", attackSlowReading},
		{63, "one who is slow many times", attackManySlow},
		{66, "handshakes", attackHandshakes},
	} {
		covered[row.number] = true
		t.Run(fmt.Sprintf("%d %s", row.number, row.name), func(t *testing.T) {
			a := &attack{Running: g}
			row.run(t, a)
			if !t.Failed() && !t.Skipped() && (a.refused == 0 || a.passed == 0 || a.bounded == 0) {
				t.Errorf("%d refused, %d close to it passed, %d bounds held: want some of each", a.refused, a.passed, a.bounded)
			}
		})
	}
	for number := 62; number <= 75; number++ {
		if !covered[number] {
			t.Errorf("class %d is not covered", number)
		}
	}
}

// within runs f and fails if it makes the process allocate more than most
// bytes, or run more goroutines at any moment than the given number above
// those before.
func (a *attack) within(t *testing.T, most uint64, goroutines int, f func()) {
	t.Helper()
	before := runtime.NumGoroutine()
	peak, stop, done := before, make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				peak = max(peak, runtime.NumGoroutine())
			}
		}
	}()
	var from, to runtime.MemStats
	runtime.ReadMemStats(&from)
	f()
	runtime.ReadMemStats(&to)
	close(stop)
	<-done
	if n := to.TotalAlloc - from.TotalAlloc; n > most && !data.Race {
		t.Errorf("%d bytes allocated, want at most %d", n, most)
	}
	if peak-before > goroutines {
		t.Errorf("%d goroutines more, want at most %d", peak-before, goroutines)
	}
	a.bounded++
}

// site is the address of the main site, where "localhost" could be several.
func (a *attack) site() string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(a.Session.Ports[gatetest.Main]))
}

// dial connects to the main site as a system, by HTTP/1.1 unless told
// otherwise.
func (a *attack) dial(t *testing.T, system string, config *tls.Config) (*tls.Conn, error) {
	t.Helper()
	return a.dialFrom(t, "127.0.0.1", system, config)
}

// dialFrom connects from one of the loopback's many addresses.
func (a *attack) dialFrom(t *testing.T, address, system string, config *tls.Config) (*tls.Conn, error) {
	t.Helper()
	own := httpsClient(t, a.Session.World, system).Transport.(*http.Transport).TLSClientConfig
	if config == nil {
		config = new(tls.Config)
	}
	config.RootCAs, config.ServerName = own.RootCAs, "localhost"
	if config.Certificates == nil {
		config.Certificates = own.Certificates
	}
	d := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}, Timeout: 30 * time.Second}
	conn, err := tls.DialWithDialer(d, "tcp", a.site(), config)
	if err == nil {
		t.Cleanup(func() { conn.Close() })
		_ = conn.SetDeadline(time.Now().Add(time.Minute))
	}
	return conn, err
}

// answers reads what comes back until the gate closes the connection.
func answers(t *testing.T, conn net.Conn) (list []string) {
	t.Helper()
	r := bufio.NewReader(conn)
	for {
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			if e, ok := err.(net.Error); ok && e.Timeout() {
				t.Error("the connection was not closed")
			}
			return list
		}
		body, _ := io.ReadAll(resp.Body)
		list = append(list, fmt.Sprintf("%d %s", resp.StatusCode, body))
	}
}

// speakRaw sends bytes as they are and returns all that comes back until the
// gate closes the connection.
func (a *attack) speakRaw(t *testing.T, text string) []string {
	t.Helper()
	conn, err := a.dial(t, "housing", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(conn, text)
	return answers(t, conn)
}

// requestHead begins a request for the state of a message; what frames its
// body is to follow.
const requestHead = "POST " + gatetest.MeteringPath + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml; charset=utf-8\r\nSOAPAction: \"urn:getState\"\r\n"

// state is a good message, which may be sent again and again.
func (a *attack) state() []byte {
	m := a.Session.World.State(gatetest.Done)
	return m.Envelope()
}

// good sends it as a system and returns the code of refusal.
func (a *attack) good(t *testing.T, system string) string {
	t.Helper()
	reply, err := a.Session.Do(gatetest.Call{System: system, Action: "urn:getState", Body: a.state()})
	if err != nil {
		t.Fatal(err)
	}
	return reply.Code
}

// untouched fails if a request reaches the system.
func untouched(t *testing.T, a *attack) {
	before := a.Session.Backend.Count()
	t.Cleanup(func() {
		if n := a.Session.Backend.Count() - before; n != 0 {
			t.Errorf("%d requests reached the system", n)
		}
	})
}
