//go:build linux

package main

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/soapgate/soapgate/bench/turns"
	"github.com/soapgate/soapgate/internal/gost/gost3410"
	"github.com/soapgate/soapgate/internal/gost/gostr341194"
	"github.com/soapgate/soapgate/internal/gost/streebog"
)

// benchCase is one row of the table.
type benchCase struct {
	name   string
	target float64 // the ratio to reach, 0 for none
	bytes  int     // hashed in one operation, 0 for a verification

	// prepare tells the peer what to do and returns the same done by us.
	prepare func(*turns.Peer) (func() error, error)
}

// show writes the time of one operation, or the speed of a hash.
func (c benchCase) show(d time.Duration) string {
	if c.bytes > 0 {
		return fmt.Sprintf("%.0f MB/s", float64(c.bytes)/d.Seconds()/1e6)
	}
	return fmt.Sprintf("%.1f µs", float64(d.Nanoseconds())/1e3)
}

var cases = []benchCase{
	digestCase("Streebog-256, 20 KB", "md_gost12_256", 20_000, 1, func(p []byte) []byte { s := streebog.Sum256(p); return s[:] }),
	digestCase("Streebog-256, 1 MB", "md_gost12_256", 1_000_000, 1, func(p []byte) []byte { s := streebog.Sum256(p); return s[:] }),
	digestCase("Streebog-512, 20 KB", "md_gost12_512", 20_000, 1, func(p []byte) []byte { s := streebog.Sum512(p); return s[:] }),
	digestCase("34.11-94, 20 KB", "md_gost94", 20_000, 1, func(p []byte) []byte { s := gostr341194.Sum(p); return s[:] }),
	verifyCase("CryptoPro-A", "gost2012_256", "A", 1.5),
	knownCase("CryptoPro-A", "gost2012_256", "A", 4),
	verifyCase("CryptoPro-XchA", "gost2012_256", "XA", 1.5),
	knownCase("CryptoPro-XchA", "gost2012_256", "XA", 4),
	verifyCase("CryptoPro-B", "gost2012_256", "B", 0),
	knownCase("CryptoPro-B", "gost2012_256", "B", 0),
	verifyCase("CryptoPro-C", "gost2012_256", "C", 0),
	knownCase("CryptoPro-C", "gost2012_256", "C", 0),
	verifyCase("tc26-256-A", "gost2012_256", "TCA", 1),
	knownCase("tc26-256-A", "gost2012_256", "TCA", 3),
	verifyCase("tc26-512-A", "gost2012_512", "A", 1.3),
	knownCase("tc26-512-A", "gost2012_512", "A", 3),
	verifyCase("tc26-512-B", "gost2012_512", "B", 0),
	knownCase("tc26-512-B", "gost2012_512", "B", 0),
	verifyCase("tc26-512-C", "gost2012_512", "C", 0),
	knownCase("tc26-512-C", "gost2012_512", "C", 0),
}

func digestCase(name, digest string, n int, target float64, sum func([]byte) []byte) benchCase {
	return benchCase{name: name, target: target, bytes: n, prepare: func(p *turns.Peer) (func() error, error) {
		answer, err := ask(p, "digest %s %d", digest, n)
		if err != nil {
			return nil, err
		}
		message := make([]byte, n)
		if !bytes.Equal(sum(message), answer[0]) {
			return nil, errors.New("the digests differ")
		}
		return func() error {
			sum(message)
			return nil
		}, nil
	}}
}

var errVerify = errors.New("the signature does not verify")

func verifyCase(curve, algorithm, set string, target float64) benchCase {
	return benchCase{name: curve + ", verify", target: target, prepare: func(p *turns.Peer) (func() error, error) {
		key, digest, sig, err := signed(p, algorithm, set)
		if err != nil {
			return nil, err
		}
		return func() error {
			if !key.Verify(digest, sig) {
				return errVerify
			}
			return nil
		}, nil
	}}
}

func knownCase(curve, algorithm, set string, target float64) benchCase {
	return benchCase{name: curve + ", verify, known signer", target: target, prepare: func(p *turns.Peer) (func() error, error) {
		key, digest, sig, err := signed(p, algorithm, set)
		if err != nil {
			return nil, err
		}
		known := key.Precompute()
		return func() error {
			if !known.Verify(digest, sig) {
				return errVerify
			}
			return nil
		}, nil
	}}
}

// signed lets the peer make a key and sign.
func signed(p *turns.Peer, algorithm, set string) (key *gost3410.PublicKey, digest, sig []byte, err error) {
	answer, err := ask(p, "verify %s %s", algorithm, set)
	if err != nil {
		return nil, nil, nil, err
	}
	if len(answer) != 3 {
		return nil, nil, nil, fmt.Errorf("%d answers of the peer", len(answer))
	}
	key, err = gost3410.ParseSPKI(answer[0])
	return key, answer[1], answer[2], err
}

// ask sends a command and returns the octets of the answer.
func ask(p *turns.Peer, format string, args ...any) (fields [][]byte, err error) {
	answer, err := p.Ask(format, args...)
	if err != nil {
		return nil, err
	}
	for field := range strings.FieldsSeq(answer) {
		octets, err := hex.DecodeString(field)
		if err != nil {
			return nil, err
		}
		fields = append(fields, octets)
	}
	return fields, nil
}
