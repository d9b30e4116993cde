//go:build linux

package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/soapgate/soapgate/bench/turns"
	"github.com/soapgate/soapgate/internal/gate"
	"github.com/soapgate/soapgate/internal/gatetest"
)

// whole has a gate lead a signed message through all of its stages, and the
// peer parse it, validate its payload and verify its signature. The gate does
// more: envelope, operation, release, certificate path, revocation lists,
// parties. The signer is known to both.
func whole(entries int) func(*maker, *turns.Peer) (func() error, error) {
	return func(m *maker, p *turns.Peer) (func() error, error) {
		if m.gostKey == "" {
			return nil, errNoGOST
		}
		w, err := gatetest.Prepare(m.dir, nil, time.Now, func(string) {})
		if err != nil {
			return nil, err
		}
		c, err := w.Config()
		if err != nil {
			return nil, err
		}
		c.Replay = nil // the same message is sent again and again
		g, err := gate.New(c)
		if err != nil {
			return nil, err
		}
		msg := repeated(w.Readings(), entries)
		body, err := w.Signed(msg, "gost256")
		if err != nil {
			return nil, err
		}
		_, err = p.Ask("whole %s %s %s", m.file("whole.xml", body), w.Path("signers", "gost256.pem"),
			w.Path("formats", "2.0", "device-metering", "hcs-device-metering-types.xsd"))
		if err != nil {
			return nil, err
		}
		req, err := request(w, msg, body)
		if err != nil {
			return nil, err
		}
		return func() error {
			req.HTTP.Body = io.NopCloser(bytes.NewReader(body))
			rep := g.Check(context.Background(), req)
			defer rep.Release(0)
			if rep.Rejection != nil {
				return rep.Rejection
			}
			return nil
		}, nil
	}
}

// repeated has the message's one entry as often as wanted, each with a
// TransportGUID of its own, since the schema makes it a key.
func repeated(m gatetest.Message, entries int) gatetest.Message {
	const open, end = "<dm:MeteringDevicesValues>", "</dm:MeteringDevicesValues>"
	from, to := strings.Index(m.Payload, open), strings.Index(m.Payload, end)+len(end)
	before, entry, after := m.Payload[:from], m.Payload[from:to], m.Payload[to:]
	const transport = "<base:TransportGUID>"
	at := strings.Index(entry, transport) + len(transport)
	var b strings.Builder
	b.WriteString(before)
	for range entries {
		guid := gatetest.NewGUID()
		b.WriteString(entry[:at] + guid + entry[at+len(guid):])
	}
	b.WriteString(after)
	m.Payload = b.String()
	return m
}

func request(w *gatetest.World, m gatetest.Message, body []byte) (*gate.Request, error) {
	text, err := os.ReadFile(w.Path("systems", "housing.pem"))
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("the client's certificate is no PEM")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequest(http.MethodPost, "https://localhost"+m.Path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "text/xml; charset=utf-8")
	r.Header.Set("SOAPAction", `"`+m.Action+`"`)
	r.TLS = &tls.ConnectionState{Version: tls.VersionTLS13, HandshakeComplete: true, PeerCertificates: []*x509.Certificate{cert}}
	peer := netip.MustParseAddr("127.0.0.1")
	return &gate.Request{ID: "bench", Received: time.Now(), HTTP: r, Address: peer, Peer: peer}, nil
}
