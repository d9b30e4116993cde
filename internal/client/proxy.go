package client

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Types and bits of the SSL vector of PROXY protocol version 2 (2.2.6 of the
// HAProxy specification).
const (
	proxySSLVersion    = 0x21
	proxySSLCipher     = 0x23
	proxySSLClientCert = 0x28

	proxyOverTLS  = 1 << 0
	proxyCertConn = 1 << 1
	proxyCertSess = 1 << 2
)

// FromProxyTLV returns the facts that a terminator reports in the value of a
// PP2_TYPE_SSL vector. A terminator that tells of a certificate without
// sending it leaves the client unknown: a common name alone is nobody.
func FromProxyTLV(value []byte) (Facts, error) {
	f := Facts{Source: FromProxy}
	if len(value) < 5 {
		return Facts{}, errors.New("PROXY protocol: SSL vector is too short")
	}
	bits, verify := value[0], binary.BigEndian.Uint32(value[1:])
	for rest := value[5:]; len(rest) > 0; {
		if len(rest) < 3 || len(rest)-3 < int(binary.BigEndian.Uint16(rest[1:])) {
			return Facts{}, errors.New("PROXY protocol: SSL vector is cut short")
		}
		kind, n := rest[0], 3+int(binary.BigEndian.Uint16(rest[1:]))
		v := rest[3:n]
		rest = rest[n:]
		switch kind {
		case proxySSLVersion:
			var err error
			if f.Version, err = ParseVersion(string(v)); err != nil {
				return Facts{}, fmt.Errorf("PROXY protocol: %w", err)
			}
		case proxySSLCipher:
			f.Cipher = string(v)
		case proxySSLClientCert:
			f.CertDER = v
		}
	}
	if bits&proxyOverTLS == 0 {
		return Facts{Source: FromProxy}, nil
	}
	if f.Version == 0 {
		return Facts{}, errors.New("PROXY protocol: TLS without its version")
	}
	hasCert := bits&(proxyCertConn|proxyCertSess) != 0
	if !hasCert {
		f.CertDER = nil
	}
	// Zero means verified only if there was something to verify.
	f.Verified = hasCert && verify == 0
	return f, nil
}
