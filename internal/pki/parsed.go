package pki

import (
	"bytes"
	"hash/maphash"
	"sync"
)

// parsed keeps certificates by their bytes: a signer sends the same one with
// every message, and reading it costs as much as a cached verdict saves. It has
// two generations of bounded size; what is asked for in the elder passes into
// the younger, and the elder is dropped when the younger is full.
type parsed struct {
	seed maphash.Seed

	mu           sync.Mutex
	young, elder map[uint64]*Certificate
}

const maxParsed = 1 << 11

// Parse is ParseCertificate that may return a certificate it has returned
// before. It keeps nothing of der.
func (s *Store) Parse(der []byte) (*Certificate, error) {
	p := &s.parsed
	if len(der) > MaxCertificate {
		return ParseCertificate(der)
	}
	h := maphash.Bytes(p.seed, der)
	if c := p.get(h, der); c != nil {
		return c, nil
	}
	c, err := ParseCertificate(bytes.Clone(der))
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.put(h, c)
	return c, nil
}

func (p *parsed) get(h uint64, der []byte) *Certificate {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.young[h]; c != nil && bytes.Equal(c.Raw, der) {
		return c
	}
	if c := p.elder[h]; c != nil && bytes.Equal(c.Raw, der) {
		p.put(h, c)
		return c
	}
	return nil
}

func (p *parsed) put(h uint64, c *Certificate) {
	if len(p.young) >= maxParsed {
		p.elder, p.young = p.young, make(map[uint64]*Certificate)
	}
	p.young[h] = c
}
