//go:build linux

package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest/authority"
	"github.com/soapgate/soapgate/internal/pki"
)

// A ca is an authority with a parsed certificate.
type ca struct {
	*authority.CA
	certificate *pki.Certificate
}

func newCA(kind authority.Kind, name string) (*ca, error) {
	k, err := authority.NewKey(kind)
	if err != nil {
		return nil, err
	}
	a, err := authority.Root(k, authority.Template{Subject: authority.CN(name), NotBefore: now.Add(-1000 * day), NotAfter: now.Add(1000 * day)})
	if err != nil {
		return nil, err
	}
	c, err := pki.ParseCertificate(a.DER)
	return &ca{a, c}, err
}

// entries returns n entries with serial numbers of 16 octets, as CryptoPro's
// CAs issue them.
func entries(n int) []authority.Revoked {
	r := rand.New(rand.NewPCG(1, 2))
	list := make([]authority.Revoked, n)
	for i := range list {
		s := binary.BigEndian.AppendUint64(nil, r.Uint64()>>2|1<<61)
		s = binary.BigEndian.AppendUint64(s, r.Uint64())
		list[i] = authority.Revoked{Serial: s, Date: now.Add(-time.Duration(i) * time.Minute), Reason: 5 * (i % 2)}
	}
	return list
}

// list returns the list that a CA issues with a number, a minute after the
// one before.
func (c *ca) list(number int64, revoked []authority.Revoked) ([]byte, error) {
	return c.CRL(authority.List{
		Number: number, ThisUpdate: now.Add(time.Duration(number)*time.Minute - day), NextUpdate: now.Add(7 * day), Revoked: revoked,
	})
}

const million = 1_000_000

// lists measures loading and looking up.
func lists() ([]row, error) {
	var rows []row
	revoked := entries(million)
	for _, kind := range []authority.Kind{authority.RSA, authority.GOST256} {
		c, err := newCA(kind, "Большой УЦ")
		if err != nil {
			return nil, err
		}
		der, err := c.list(1, revoked)
		if err != nil {
			return nil, err
		}
		more, err := load(c, kind, der)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
		if kind == authority.RSA {
			if more, err = held(der, revoked); err != nil {
				return nil, err
			}
			rows = append(rows, more...)
		}
	}
	return rows, nil
}

// load compares parsing and checking a list with hashing its bytes and one
// verification.
func load(c *ca, kind authority.Kind, der []byte) ([]row, error) {
	const rounds = 15
	hash := func() {
		h := authority.NewHash(kind)
		h.Write(der)
		h.Sum(nil)
		// The verification: of a short list of the same CA.
		if l, err := pki.LoadCRL(short(c)); err != nil || l.CheckSignature(c.certificate) != nil {
			panic("bench: a list that was just signed does not verify")
		}
	}
	parse := func() {
		l, err := pki.ParseCRL(bytes.NewReader(der), pki.MaxCRL)
		if err == nil {
			err = l.CheckSignature(c.certificate)
		}
		if err != nil {
			panic(err)
		}
	}
	short(c)
	var ratios, above []float64
	for range rounds {
		runtime.GC()
		h, p := timed(hash), timed(parse)
		ratios = append(ratios, float64(p)/float64(h))
		above = append(above, float64(p-h)/million)
	}
	title := fmt.Sprintf("list of a million entries (%d MB), %v", len(der)>>20, kind)
	rows := []row{{what: title + ": load, to hashing it and one verification", value: median(ratios), unit: "times"}}
	ns := row{what: title + ": load, above the hash", value: median(above), unit: "ns/entry"}
	if kind == authority.RSA {
		ns.target = 150
	} else {
		rows[0].target = 1.5
	}
	return append(rows, ns), nil
}

var shortLists = make(map[*ca][]byte)

func short(c *ca) []byte {
	if shortLists[c] == nil {
		b, err := c.list(1, nil)
		if err != nil {
			panic(err)
		}
		shortLists[c] = b
	}
	return shortLists[c]
}

// held measures what a list keeps, and looks serial numbers up, every second
// one not revoked.
func held(der []byte, revoked []authority.Revoked) ([]row, error) {
	heap := func() float64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc)
	}
	before := heap()
	l, err := pki.LoadCRL(der)
	if err != nil {
		return nil, err
	}
	kept := heap() - before
	runtime.KeepAlive(der)
	runtime.KeepAlive(revoked)
	probes := make([]pki.Serial, 1<<16)
	r := rand.New(rand.NewPCG(3, 4))
	for i := range probes {
		s := bytes.Clone(revoked[r.IntN(len(revoked))].Serial)
		s[15] ^= byte(i & 1)
		probes[i] = pki.Serial(s)
	}
	var times []float64
	for range 41 {
		found := 0
		d := timed(func() {
			for _, p := range probes {
				if _, ok := l.Lookup(p); ok {
					found++
				}
			}
		})
		if found != len(probes)/2 {
			return nil, fmt.Errorf("%d of %d probes found", found, len(probes))
		}
		times = append(times, float64(d)/float64(len(probes)))
	}
	return []row{
		{what: "list of a million entries: retained", value: kept / million, target: 24, unit: "bytes/entry"},
		{what: "list of a million entries: look-up", value: median(times), target: 300, unit: "ns"},
	}, nil
}
