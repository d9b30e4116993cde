package gatetest_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest/openssl"
)

func attackCertificates(t *testing.T, a *attack) {
	w := a.Session.World
	for _, tt := range []struct {
		extra   int
		refused bool
	}{{1000, false}, {300_000, true}} {
		pair, err := tls.LoadX509KeyPair(w.Path("systems", "housing.pem"), w.Path("systems", "housing-key.pem"))
		if err != nil {
			t.Fatal(err)
		}
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: strings.Repeat("x", tt.extra)}, NotAfter: time.Now().Add(time.Hour)}
		der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		pair.Certificate = append(pair.Certificate, der)
		a.within(t, 4<<20, 20, func() {
			conn, err := a.dial(t, "housing", &tls.Config{Certificates: []tls.Certificate{pair}})
			if err == nil { // the client of TLS 1.3 is done before the server is
				_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
				_, err = http.ReadResponse(bufio.NewReader(conn), nil)
			}
			if (err != nil) != tt.refused {
				t.Errorf("a chain with %d bytes more: %v", tt.extra, err)
			}
		})
		if tt.refused {
			a.refused++
		} else {
			a.passed++
		}
	}
}

// attackRenegotiation asks for another handshake within the connection
// (CVE-2011-1473). Go's server knows none; this keeps it so.
func attackRenegotiation(t *testing.T, a *attack) {
	tool, w := openssl.New(t), a.Session.World
	args := []string{
		"s_client", "-connect", a.site(), "-servername", "localhost", "-tls1_2", "-CAfile", w.Path("tls-ca.pem"),
		"-cert", w.Path("systems", "housing.pem"), "-key", w.Path("systems", "housing-key.pem"),
	}
	const request = "GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
	a.within(t, 4<<20, 20, func() {
		// A line "R" tells s_client to ask for it.
		if out, _ := tool.Try([]byte("R\n"+request), args...); strings.Contains(string(out), "HTTP/1.1 ") {
			t.Errorf("answered behind a renegotiation: %.600s", out)
		}
	})
	a.refused++
	if out, _ := tool.Try([]byte(request), append(args, "-ign_eof")...); !strings.Contains(string(out), "HTTP/1.1 ") {
		t.Errorf("one handshake: %.600s", out)
	}
	a.passed++
}

// attackHandshakes opens connections as fast, and holds as many, as it can.
func attackHandshakes(t *testing.T, a *attack) {
	limits := func(s string) []byte {
		return edit(t, "per_address 256", s, "\t\t\t\tper_client 256\n", "", "\t\t\t\thandshakes 600/1m 100\n", "", "except 127.0.0.0/8 ::1", "except 127.0.0.1 ::1")
	}
	opens := func(address string) *tls.Conn {
		t.Helper()
		conn, err := a.dialFrom(t, address, "housing", &tls.Config{MaxVersion: tls.VersionTLS12})
		if err != nil {
			return nil
		}
		return conn
	}
	t.Run("of one address", func(t *testing.T) {
		load(t, limits("per_address 4\n\t\t\t\thandshakes off"))
		var held []*tls.Conn
		a.within(t, 16<<20, 50, func() {
			for range 20 {
				if c := opens("127.0.0.2"); c != nil {
					held = append(held, c)
				}
			}
		})
		if len(held) != 4 {
			t.Fatalf("%d connections, want 4", len(held))
		}
		a.refused++
		for _, other := range []string{"127.0.0.3", "127.0.0.1"} {
			if opens(other) == nil {
				t.Errorf("%s was refused", other)
			}
		}
		a.passed++
		load(t, limits("per_address 4\n\t\t\t\thandshakes off\n\t\t\t\tper_client -1"))
		if opens("127.0.0.2") != nil {
			t.Error("a reload forgot who holds connections")
		}
		held[0].Close()
		eventually(t, "the place of a closed connection", func() bool { return opens("127.0.0.2") != nil })
	})
	t.Run("in a time", func(t *testing.T) {
		load(t, limits("handshakes 5/1h 5"))
		before := a.refusedHandshakes(t)
		passed := 0
		for range 20 {
			if c := opens("127.0.0.4"); c != nil {
				passed++
				c.Close()
			}
		}
		if passed != 5 {
			t.Errorf("%d handshakes, want 5", passed)
		}
		if opens("127.0.0.5") == nil {
			t.Error("another address was refused")
		}
		if n := a.refusedHandshakes(t) - before; n != 15 {
			t.Errorf("the metrics tell of %d that were refused, not 15", n)
		}
	})
	t.Run("of one client", func(t *testing.T) {
		load(t, limits("per_client 2"))
		a.oneClient(t)
	})
}

// refusedHandshakes is how many the metrics tell of.
func (a *attack) refusedHandshakes(t *testing.T) int {
	t.Helper()
	return count(t, a.Running, `soapgate_connection_decisions_total{limit="handshakes",outcome="refused"}`)
}

// oneClient opens connections of one client from several addresses.
func (a *attack) oneClient(t *testing.T) {
	ask := func(address, system string) (*http.Response, *tls.Conn) {
		t.Helper()
		conn, err := a.dialFrom(t, address, system, nil)
		if err != nil {
			t.Fatal(err)
		}
		body := string(a.state())
		_, _ = io.WriteString(conn, requestHead+"Content-Length: "+strconv.Itoa(len(body))+"\r\n\r\n"+body)
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		return resp, conn
	}
	passes := func(r *http.Response, _ *tls.Conn) bool { return r.StatusCode == http.StatusOK }
	first, conn := ask("127.0.0.6", "housing")
	if !passes(first, nil) || !passes(ask("127.0.0.7", "housing")) {
		t.Fatalf("the first two: HTTP %d", first.StatusCode)
	}
	a.passed++
	third, _ := ask("127.0.0.8", "housing")
	text, _ := io.ReadAll(third.Body)
	if passes(third, nil) || !third.Close || !strings.Contains(string(text), "quota.concurrent") || !strings.Contains(string(text), "client-connections") {
		t.Errorf("the third: HTTP %d, closed: %t, %.600s", third.StatusCode, third.Close, text)
	}
	if !passes(ask("127.0.0.6", "daily")) {
		t.Error("another client was refused")
	}
	conn.Close()
	eventually(t, "the place of a closed connection", func() bool { return passes(ask("127.0.0.8", "housing")) })
}
