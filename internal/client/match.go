package client

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Match is one way to know a certificate; exactly one of its ways is set.
// Fingerprints and pins are lower-case hexadecimal.
type Match struct {
	SHA1    string            `json:"sha1,omitempty"`   // of the certificate, as ГИС ЖКХ registers it
	SHA256  string            `json:"sha256,omitempty"` // of the certificate
	SPKI    string            `json:"spki,omitempty"`   // SHA-256 of SubjectPublicKeyInfo: survives a renewal with the same key
	Subject map[string]string `json:"subject,omitempty"`
	Issuer  map[string]string `json:"issuer,omitempty"` // beside Subject
}

// attributeTypes are the attributes of names that entries may use: X.520 and
// those of Russian qualified certificates (order 795 of the ФСБ).
var attributeTypes = map[string]string{
	"CN": "2.5.4.3", "SN": "2.5.4.4", "SERIALNUMBER": "2.5.4.5", "C": "2.5.4.6", "L": "2.5.4.7",
	"ST": "2.5.4.8", "STREET": "2.5.4.9", "O": "2.5.4.10", "OU": "2.5.4.11", "T": "2.5.4.12", "GN": "2.5.4.42",
	"E":    "1.2.840.113549.1.9.1",
	"OGRN": "1.2.643.100.1", "OGRNIP": "1.2.643.100.5",
	"INN": "1.2.643.3.131.1.1", "INNLE": "1.2.643.100.4",
}

// A Certificate is what of a certificate identifies its holder.
type Certificate struct {
	SHA1, SHA256, SPKI string // lower-case hexadecimal
	Subject, Issuer    Name
}

// A Name holds the values of a distinguished name by attribute type (dotted).
type Name map[string][]string

// first returns the value of the first attribute of the given names that is there.
func (n Name) first(names ...string) string {
	for _, name := range names {
		if v := n[attributeTypes[name]]; len(v) > 0 {
			return v[0]
		}
	}
	return ""
}

// OGRN returns the ОГРН or ОГРНИП in a name, "" if there is none.
func (n Name) OGRN() string { return n.first("OGRN", "OGRNIP") }

// INN returns the ИНН in a name. That of a legal person goes before that of a
// person, who may be the one signing for it, and loses its leading zeros.
func (n Name) INN() string {
	if v := n.first("INNLE"); v != "" {
		return v
	}
	v := n.first("INN")
	if len(v) == 12 && strings.HasPrefix(v, "00") { // ИНН of a legal person padded to 12 digits
		return v[2:]
	}
	return v
}

// ReadCertificate reads a certificate in DER. A public key of an algorithm
// that Go does not know, as GOST, is no obstacle.
func ReadCertificate(der []byte) (*Certificate, error) {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("reading certificate: %w", err)
	}
	s1, s256, spki := sha1.Sum(der), sha256.Sum256(der), sha256.Sum256(c.RawSubjectPublicKeyInfo)
	cert := &Certificate{
		SHA1: hex.EncodeToString(s1[:]), SHA256: hex.EncodeToString(s256[:]), SPKI: hex.EncodeToString(spki[:]),
	}
	return cert, cert.readNames(c)
}

func (c *Certificate) readNames(x *x509.Certificate) (err error) {
	if c.Subject, err = readName(x.RawSubject); err == nil {
		c.Issuer, err = readName(x.RawIssuer)
	}
	return err
}

func readName(raw []byte) (Name, error) {
	var rdns pkix.RDNSequence
	if rest, err := asn1.Unmarshal(raw, &rdns); err != nil {
		return nil, fmt.Errorf("reading name: %w", err)
	} else if len(rest) > 0 {
		return nil, errors.New("reading name: trailing data")
	}
	n := make(Name)
	for _, rdn := range rdns {
		for _, a := range rdn {
			// Numeric strings, as in ОГРН, arrive as strings; anything else
			// that is no string identifies nobody.
			if s, ok := a.Value.(string); ok {
				n[a.Type.String()] = append(n[a.Type.String()], s)
			}
		}
	}
	return n, nil
}

// matches reports whether the certificate is the one meant.
func (m *Match) matches(c *Certificate) bool {
	switch {
	case m.SHA1 != "":
		return m.SHA1 == c.SHA1
	case m.SHA256 != "":
		return m.SHA256 == c.SHA256
	case m.SPKI != "":
		return m.SPKI == c.SPKI
	}
	return len(m.Subject) > 0 && c.Subject.has(m.Subject) && c.Issuer.has(m.Issuer)
}

func (n Name) has(attributes map[string]string) bool {
	for name, want := range attributes {
		if !slices.Equal(n[typeOf(name)], []string{want}) {
			return false
		}
	}
	return true
}

// typeOf returns the dotted type of an attribute's short name, or the name
// itself if it is dotted already.
func typeOf(name string) string {
	if t, ok := attributeTypes[name]; ok {
		return t
	}
	return name
}

// check puts a match into its canonical form or says what is wrong with it.
func (m *Match) check() error {
	ways := 0
	for _, f := range []struct {
		name  string
		value *string
		size  int
	}{{"sha1", &m.SHA1, sha1.Size}, {"sha256", &m.SHA256, sha256.Size}, {"spki", &m.SPKI, sha256.Size}} {
		if *f.value == "" {
			continue
		}
		sum, err := readDigest(*f.value, f.size)
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		*f.value, ways = sum, ways+1
	}
	if len(m.Subject) > 0 {
		ways++
	}
	if ways != 1 {
		return errors.New("want exactly one of sha1, sha256, spki and subject")
	}
	// A subject without its issuer may be had from any authority.
	if (len(m.Subject) > 0) != (len(m.Issuer) > 0) {
		return errors.New("subject and issuer belong together")
	}
	for _, names := range []map[string]string{m.Subject, m.Issuer} {
		for _, name := range slices.Sorted(maps.Keys(names)) {
			if t := typeOf(name); strings.Trim(t, "0123456789.") != "" || t == "" {
				return fmt.Errorf("unknown attribute %q", name)
			}
			if names[name] == "" {
				return fmt.Errorf("attribute %s: empty", name)
			}
		}
	}
	return nil
}

// readDigest reads a digest written in hexadecimal, with or without colons or
// spaces, or in base64.
func readDigest(s string, size int) (string, error) {
	plain := strings.NewReplacer(":", "", " ", "").Replace(s)
	b, err := hex.DecodeString(plain)
	if err != nil || len(b) != size {
		if b, err = base64.StdEncoding.DecodeString(s); err != nil || len(b) != size {
			return "", fmt.Errorf("want %d bytes in hexadecimal or base64", size)
		}
	}
	return hex.EncodeToString(b), nil
}
