package client

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strings"

	"github.com/soapgate/soapgate/internal/reject"
)

// Facts are what is known of the connection a request came by: from the TLS
// state of our own server, or from a terminator that is trusted to tell.
type Facts struct {
	Source   Source
	Version  uint16            // tls.VersionTLS10 and so on; 0 if the connection was not protected
	Cipher   string            // suite as a terminator reports it; that of our own connections is the server's to log
	CertDER  []byte            // client certificate, nil if there was none or it is not known
	Cert     *x509.Certificate // CertDER as our own server has read it; else nil
	Chain    [][]byte
	Verified bool   // whoever spoke TLS verified the path of the certificate
	SHA1     string // fingerprint, where only that is known
	SHA256   string
}

// A Source says who told the facts.
type Source string

// The sources of facts.
const (
	FromTLS         Source = "tls"         // our own server
	FromProxy       Source = "proxy"       // PROXY protocol version 2
	FromRFC9440     Source = "rfc9440"     // Client-Cert, Client-Cert-Chain
	FromNginx       Source = "nginx"       // $ssl_client_escaped_cert and its like
	FromFingerprint Source = "fingerprint" // X-Client-Cert-Fingerprint
)

// FromState returns the facts of a connection to our own server; nil state
// means that it was not protected.
func FromState(s *tls.ConnectionState) Facts {
	f := Facts{Source: FromTLS}
	if s == nil {
		return f
	}
	f.Version = s.Version
	f.Verified = len(s.VerifiedChains) > 0
	for i, c := range s.PeerCertificates {
		if i == 0 {
			f.Cert, f.CertDER = c, c.Raw
		} else {
			f.Chain = append(f.Chain, c.Raw)
		}
	}
	return f
}

// versions are the protocol versions and the names that servers report.
var versions = []struct {
	version uint16
	name    string
	aliases []string
}{
	{tls.VersionTLS10, "TLS 1.0", []string{"TLSv1", "TLSv1.0", "1.0"}},
	{tls.VersionTLS11, "TLS 1.1", []string{"TLSv1.1", "1.1"}},
	{tls.VersionTLS12, "TLS 1.2", []string{"TLSv1.2", "1.2"}},
	{tls.VersionTLS13, "TLS 1.3", []string{"TLSv1.3", "1.3"}},
}

// A Version is a TLS version that is written as entries have it: "1.2".
type Version uint16

// MarshalText implements encoding.TextMarshaler.
func (v Version) MarshalText() ([]byte, error) {
	return []byte(strings.TrimPrefix(VersionName(uint16(v)), "TLS ")), nil
}

// versionSSL30 stands for any version before TLS 1.0.
const versionSSL30 = 0x0300

// VersionName returns the name of a protocol version.
func VersionName(v uint16) string {
	for _, known := range versions {
		if v == known.version {
			return known.name
		}
	}
	switch v {
	case 0:
		return "none"
	case versionSSL30:
		return "SSL 3.0"
	}
	return fmt.Sprintf("%#04x", v)
}

// ParseVersion reads a protocol version as it is configured ("1.2") or as
// servers report it ("TLSv1.2").
func ParseVersion(s string) (uint16, error) {
	for _, known := range versions {
		if s == known.name {
			return known.version, nil
		}
		for _, a := range known.aliases {
			if s == a {
				return known.version, nil
			}
		}
	}
	if s == "SSLv3" || s == "SSLv2" {
		return versionSSL30, nil
	}
	return 0, fmt.Errorf("unknown TLS version %q", s)
}

// Identify returns the client that the facts belong to.
func (r *Registry) Identify(f *Facts) (*Client, *reject.Rejection) {
	var found *Client
	switch {
	case f.CertDER != nil:
		var err error
		if found, err = r.byCertificate(f); err != nil {
			return nil, reject.New(reject.ClientUnknown).Because(err)
		}
	case f.SHA256 != "":
		found = r.ByFingerprint(f.SHA256)
	case f.SHA1 != "":
		found = r.ByFingerprint(f.SHA1)
	default:
		return nil, reject.New(reject.ClientMissing)
	}
	if found == nil {
		return nil, reject.New(reject.ClientUnknown)
	}
	return found, nil
}
