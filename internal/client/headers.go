package client

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Header fields by which a terminator tells what it knows of a connection.
const (
	headerCert        = "Client-Cert"               // RFC 9440 2.2
	headerChain       = "Client-Cert-Chain"         // RFC 9440 2.3
	headerEscaped     = "X-Ssl-Client-Escaped-Cert" // nginx $ssl_client_escaped_cert
	headerProtocol    = "X-Ssl-Protocol"            // nginx $ssl_protocol
	headerCipher      = "X-Ssl-Cipher"              // nginx $ssl_cipher
	headerVerify      = "X-Ssl-Client-Verify"       // nginx $ssl_client_verify
	headerFingerprint = "X-Client-Cert-Fingerprint" // SHA-1, as ГИС ЖКХ's own stand takes it
)

var factHeaders = map[string]bool{
	headerCert: true, headerChain: true, headerEscaped: true, headerProtocol: true,
	headerCipher: true, headerVerify: true, headerFingerprint: true,
}

// IsFactHeader reports whether a header field, by its canonical name, is one
// of those that only a trusted terminator may send. They are taken out of
// every request that goes on to the backend.
func IsFactHeader(name string) bool { return factHeaders[name] }

// maxChain bounds how many certificates of a chain are read.
const maxChain = 8

// FromHeaders returns the facts that a terminator reports in header fields,
// and whether it reports any. Whether the other end is a terminator to be
// believed is the caller's to decide. A field that is there twice or cannot be
// read is an error: half of the facts are none.
func FromHeaders(h http.Header) (f Facts, found bool, err error) {
	value := func(name string) (v string) {
		values := h.Values(name)
		if len(values) > 1 {
			err = errors.Join(err, fmt.Errorf("field %s is there %d times", name, len(values)))
		}
		if len(values) == 1 {
			v, found = values[0], true
		}
		return v
	}
	cert, chain, escaped, fingerprint := value(headerCert), value(headerChain), value(headerEscaped), value(headerFingerprint)
	protocol := value(headerProtocol)
	f.Cipher, f.Verified = value(headerCipher), value(headerVerify) == "SUCCESS"
	if err != nil || !found {
		return Facts{}, found, err
	}
	if protocol != "" {
		if f.Version, err = ParseVersion(protocol); err != nil {
			return Facts{}, true, err
		}
	}
	switch {
	case cert != "":
		f.Source = FromRFC9440
		// RFC 9440 3: the terminator sends the field only if it has verified the certificate.
		f.Verified = true
		f.CertDER, f.Chain, err = readRFC9440(cert, chain)
	case escaped != "":
		f.Source = FromNginx
		f.CertDER, err = readEscaped(escaped)
	default:
		f.Source = FromFingerprint
		f.SHA1, err = readFingerprint(fingerprint)
	}
	if err != nil {
		return Facts{}, true, err
	}
	return f, true, nil
}

// readRFC9440 reads structured fields whose items are byte sequences
// (RFC 9651 3.3.5): base64 between colons.
func readRFC9440(cert, chain string) (der []byte, list [][]byte, err error) {
	if der, err = readByteSequence(cert); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", headerCert, err)
	}
	if chain == "" {
		return der, nil, nil
	}
	items := strings.Split(chain, ",")
	if len(items) > maxChain {
		return nil, nil, fmt.Errorf("%s: %d certificates are too many", headerChain, len(items))
	}
	for _, item := range items {
		c, err := readByteSequence(item)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", headerChain, err)
		}
		list = append(list, c)
	}
	return der, list, nil
}

func readByteSequence(s string) ([]byte, error) {
	s = strings.Trim(s, " \t")
	if len(s) < 2 || s[0] != ':' || s[len(s)-1] != ':' {
		return nil, errors.New("is not a byte sequence")
	}
	return base64.StdEncoding.DecodeString(s[1 : len(s)-1])
}

// readEscaped reads a certificate in PEM, URL-encoded as nginx writes it.
func readEscaped(s string) ([]byte, error) {
	text, err := url.PathUnescape(s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", headerEscaped, err)
	}
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" || strings.TrimSpace(string(rest)) != "" {
		return nil, fmt.Errorf("%s: is not one certificate in PEM", headerEscaped)
	}
	return block.Bytes, nil
}

func readFingerprint(s string) (string, error) {
	if s == "" {
		return "", nil // the connection is described, a certificate is not
	}
	plain := strings.ToLower(strings.ReplaceAll(s, ":", ""))
	if b, err := hex.DecodeString(plain); err != nil || len(b) != 20 {
		return "", fmt.Errorf("%s: is not a SHA-1 fingerprint", headerFingerprint)
	}
	return plain, nil
}
