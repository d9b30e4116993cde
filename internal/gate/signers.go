package gate

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // WS-Security 1.1 names certificates by it; nothing is protected by it
	"crypto/sha256"
	"math/big"
	"sync"

	"github.com/soapgate/soapgate/internal/client"
	"github.com/soapgate/soapgate/internal/gost/gost3410"
	"github.com/soapgate/soapgate/internal/pki"
	"github.com/soapgate/soapgate/internal/xmlsig"
)

// A signer is a certificate as each engine reads it.
type signer struct {
	path    *pki.Certificate
	key     *xmlsig.Certificate
	subject *client.Certificate
}

// readSigner reads a certificate that a message carries.
func readSigner(der []byte) (*signer, error) {
	c, err := pki.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	if c.PublicKey == nil {
		return nil, c.KeyErr
	}
	subject, err := client.ReadCertificate(der)
	if err != nil {
		return nil, err
	}
	return &signer{path: c, subject: subject, key: &xmlsig.Certificate{
		Raw: c.Raw, PublicKey: c.PublicKey,
		Serial: new(big.Int).SetBytes([]byte(c.Serial)),
		Issuer: c.Issuer.String(), Subject: c.Subject.String(), SubjectKeyID: c.SubjectKeyID,
	}}, nil
}

// signers remembers signers with the tables of their keys, which make a
// verification several times faster. Only those are in it whose certificate
// has passed its stage: nobody fills it with certificates of his own making.
type signers struct {
	mu    sync.RWMutex
	known map[[sha256.Size]byte]*signer
}

// maxSigners bounds the memory: a GOST key's tables take up to 96 KiB.
const maxSigners = 512

// get returns the signer with a certificate, read now if he is not known.
func (s *signers) get(der []byte) (*signer, error) {
	sum := sha256.Sum256(der)
	s.mu.RLock()
	known := s.known[sum]
	s.mu.RUnlock()
	if known != nil {
		return known, nil
	}
	return readSigner(der)
}

// find returns the certificate of a known signer that a message names.
func (s *signers) find(id xmlsig.CertificateID) ([]byte, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, n := range s.known {
		if n.named(id) {
			return n.path.Raw, true
		}
	}
	return nil, false
}

// named reports whether a message means the signer's certificate.
func (n *signer) named(id xmlsig.CertificateID) bool {
	switch {
	case id.SubjectKeyID != nil:
		return bytes.Equal(id.SubjectKeyID, n.key.SubjectKeyID)
	case id.ThumbprintSHA1 != nil:
		sum := sha1.Sum(n.path.Raw)
		return bytes.Equal(id.ThumbprintSHA1, sum[:])
	}
	return id.Serial != nil && id.Serial.Cmp(n.key.Serial) == 0 && id.Issuer == n.key.Issuer
}

// add remembers a signer whose certificate is good.
func (s *signers) add(n *signer) {
	sum := n.path.Fingerprint
	s.mu.RLock()
	_, known := s.known[sum]
	s.mu.RUnlock()
	if known {
		return
	}
	raw := append([]byte(nil), n.path.Raw...) // the message's memory is used again
	kept, err := readSigner(raw)
	if err != nil {
		return
	}
	if k, ok := kept.key.PublicKey.(*gost3410.PublicKey); ok {
		kept.key.PublicKey = k.Precompute()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil || len(s.known) >= maxSigners {
		s.known = make(map[[sha256.Size]byte]*signer)
	}
	s.known[sum] = kept
}
