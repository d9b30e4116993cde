package gatetest_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
)

// attackSlowness sends by the byte. That the gate closes the connection is the
// bound: what it holds until then is in the configuration.
func attackSlowness(t *testing.T, a *attack) {
	before := a.Session.Backend.Count()
	for _, want := range []string{
		`"read_header_timeout":`, `"read_timeout":`, `"idle_timeout":`, `"read_min_rate":1024`, `"write_idle_timeout":`,
	} {
		if !strings.Contains(get(t, "http://"+a.Admin+"/config/apps/http/servers"), want) {
			t.Errorf("the example has no %s", want)
		}
	}
	strict := edit(t, "read_header 10s", "read_header 500ms", "read_body_idle 20s 1024", "read_body_idle 500ms 1000000")
	total := edit(t, "read_header 10s", "read_header 200ms", "read_body 2m", "read_body 400ms")
	for _, tt := range []struct {
		name, text string
		trickle    bool // and then blanks, one by one, without end
		config     []byte
	}{
		{"header", requestHead + "X-Slow: ", false, total},
		{"body", requestHead + "Content-Length: 1000\r\n\r\n<soap:", false, total},
		{"chunk", requestHead + "Transfer-Encoding: chunked\r\n\r\n3e8\r\n<soap:", false, total},
		{"header by the byte", requestHead + "X-Slow: ", true, strict},
		// Never still for half a second, but far from a million a second.
		{"body by the byte", requestHead + "Content-Length: 1000000\r\n\r\n<soap:", true, strict},
		{"chunk by the byte", requestHead + "Transfer-Encoding: chunked\r\n\r\nf4240\r\n<soap:", true, strict},
	} {
		t.Run(tt.name, func(t *testing.T) {
			load(t, tt.config)
			conn, err := a.dial(t, "housing", nil)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(conn, tt.text)
			if tt.trickle {
				go func() {
					for {
						if _, err := io.WriteString(conn, " "); err != nil {
							return
						}
						time.Sleep(20 * time.Millisecond)
					}
				}()
			}
			for _, reply := range answers(t, conn) { // returns when the gate has closed
				if strings.HasPrefix(reply, "200 ") {
					t.Errorf("accepted: %.200s", reply)
				}
			}
			a.refused++
		})
	}
	t.Run("handshake", func(t *testing.T) {
		load(t, strict)
		conn, err := net.Dial("tcp", a.site())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(time.Minute))
		_, _ = conn.Write([]byte{22, 3, 1, 0, 200, 1}) // the beginning of a ClientHello
		if _, err := io.Copy(io.Discard, conn); err != nil {
			if e, ok := err.(net.Error); ok && e.Timeout() {
				t.Error("the connection was not closed")
			}
		}
		a.refused++
	})
	t.Run("stream", func(t *testing.T) {
		load(t, strict)
		c := a.speakH2(t, "housing")
		c.request(1, false)
		c.data(1, false, []byte("<soap:"))
		go func() {
			for c.WriteData(1, false, []byte(" ")) == nil {
				time.Sleep(20 * time.Millisecond)
			}
		}()
		if status := c.await(1); status == "200" || strings.Contains(status, "timeout") {
			t.Errorf("a stream that trickles: %s", status)
		}
		a.refused++
	})
	if n := a.Session.Backend.Count() - before; n != 0 {
		t.Errorf("%d requests reached the system", n)
	}
	a.bounded++
	slowButHonest(t, a)
}

// slowButHonest sends a message in pieces, with pauses, under the example's own
// limits; and asks a system that takes longer than its sender might.
func slowButHonest(t *testing.T, a *attack) {
	load(t, edit(t))
	conn, err := a.dial(t, "housing", nil)
	if err != nil {
		t.Fatal(err)
	}
	text := "<?xml version=\"1.0\"?><a>" // a body that is refused for what it is
	_, _ = io.WriteString(conn, requestHead+"Connection: close\r\nContent-Length: "+strconv.Itoa(len(text))+"\r\n\r\n")
	for piece := range strings.SplitSeq(text, " ") {
		_, _ = io.WriteString(conn, piece+" ")
		time.Sleep(200 * time.Millisecond)
	}
	if got := answers(t, conn); len(got) != 1 || strings.Contains(got[0], "http.length") {
		t.Errorf("a message in pieces: %.300q", got)
	}
	a.passed++
	// The sender's time is not the system's.
	load(t, edit(t, "read_body 2m", "read_body 2s"))
	a.Session.Backend.Instead(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(3 * time.Second)
		respond(200, "text/xml", ack)(w, r)
	})
	code := a.good(t, "housing")
	a.Session.Backend.Instead(nil)
	if code != "" {
		t.Errorf("a system that takes longer than its sender might: %q", code)
	}
}

// attackSlowReading takes long answers slowly, and never still.
func attackSlowReading(t *testing.T, a *attack) {
	const long = 64 << 20 // more than the kernels on the way hold
	written := make(chan error, 1)
	a.Session.Backend.Instead(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		block, err := bytes.Repeat([]byte(" "), 64<<10), error(nil)
		for n := 0; n < long && err == nil; n += len(block) {
			_, err = w.Write(block)
		}
		written <- err
	})
	defer a.Session.Backend.Instead(nil)
	ask := func(system string) net.Conn {
		t.Helper()
		conn, err := a.dial(t, system, nil)
		if err != nil {
			t.Fatal(err)
		}
		body := a.state()
		_, _ = io.WriteString(conn, requestHead+"Content-Length: "+strconv.Itoa(len(body))+"\r\n\r\n"+string(body))
		return conn
	}
	t.Run("by the byte", func(t *testing.T) {
		load(t, edit(t, "profile hcs", "profile hcs\n\t\tanswer_min_rate 8MiB 500ms"))
		a.within(t, 32<<20, 60, func() {
			conn, n := ask("parallel"), int64(0)
			for buf, cut := make([]byte, 16<<10), false; !cut; {
				select {
				case err := <-written:
					if cut = true; err == nil {
						t.Error("the system wrote all of it")
					}
				case <-time.After(50 * time.Millisecond):
					k, err := conn.Read(buf)
					if n += int64(k); err != nil {
						t.Fatalf("after %d bytes: %v", n, err)
					}
				}
			}
			k, _ := io.Copy(io.Discard, conn)
			if n += k; n >= long {
				t.Errorf("got all %d bytes", n)
			}
		})
		a.refused++
	})
	t.Run("window never opened", func(t *testing.T) {
		c := a.speakH2(t, "parallel")
		c.request(1, false)
		c.data(1, true, a.state())
		if status := c.await(1); status != "200" {
			t.Fatal(status)
		}
		for {
			f, err := c.ReadFrame()
			if err != nil {
				t.Fatalf("the connection is gone: %v", err)
			}
			if _, reset := f.(*http2.RSTStreamFrame); reset {
				break
			}
		}
		if err := <-written; err == nil {
			t.Error("the system wrote all of it")
		}
		a.refused++
	})
	t.Run("late, then at once", func(t *testing.T) {
		load(t, edit(t))
		conn := ask("daily")
		time.Sleep(time.Second) // longer than would be borne above
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, resp.Body); err != nil || n != long {
			t.Errorf("%d bytes of %d: %v", n, long, err)
		}
		if err := <-written; err != nil {
			t.Error(err)
		}
		a.passed++
	})
	a.Session.Backend.Instead(nil)
	eventually(t, "the place of those who were cut off", func() bool { return a.good(t, "parallel") == "" })
}

// attackManySlow holds as many requests open as one client may.
func attackManySlow(t *testing.T, a *attack) {
	load(t, edit(t))
	conn, err := a.dial(t, "parallel", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(conn, requestHead+"Content-Length: 1000\r\n\r\n<soap:")
	counters := "http://" + a.Admin + "/soapgate/quotas/counters?client=parallel"
	const held = `"rule":"trial-parallel","kind":"concurrent","limit":1,"used":1,`
	eventually(t, "the place being held", func() bool { return strings.Contains(get(t, counters), held) })
	for range 3 {
		if code := a.good(t, "parallel"); code != "quota.concurrent" {
			t.Errorf("beside one that is slow: %q", code)
		}
		a.refused++
	}
	if !strings.Contains(get(t, counters), held) {
		t.Error("those that were refused hold places too")
	}
	a.bounded++
	if code := a.good(t, "housing"); code != "" {
		t.Errorf("another client: %q", code)
	}
	conn.Close()
	eventually(t, "the place of the one who has gone", func() bool { return a.good(t, "parallel") == "" })
	a.passed++
}
