package client

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
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
	headerFingerprint = "X-Client-Cert-Fingerprint" // SHA-1, as ГИС ЖКХ's own stand takes it; or SHA-256
)

var factHeaders = map[string]bool{
	headerCert: true, headerChain: true, headerEscaped: true, headerProtocol: true,
	headerCipher: true, headerVerify: true, headerFingerprint: true,
}

// IsFactHeader reports whether a header field, by its canonical name, is one
// of those that only a trusted terminator may send. They are taken out of
// every request that goes on to the backend.
func IsFactHeader(name string) bool { return factHeaders[name] }

// certFields are the fields by which each source names a certificate.
var certFields = []struct {
	source Source
	field  string
}{
	{FromRFC9440, headerCert},
	{FromNginx, headerEscaped},
	{FromFingerprint, headerFingerprint},
}

// maxChain bounds how many certificates of a chain are read.
const maxChain = 8

// FromHeaders returns the facts that a terminator reports in header fields,
// and whether it reports any. Whether the other end is a terminator to be
// believed is the caller's to decide.
//
// The caller should also say by which sources the terminator reports: what it
// does not set itself it may hand on as its client sent it, and then a client
// would name his certificate himself. A field of another source is refused;
// so are fields of two sources if none is given, a field that is there twice,
// and one that cannot be read: half of the facts are none.
func FromHeaders(h http.Header, sources ...Source) (f Facts, found bool, err error) {
	var errs []error
	value := func(name string) string {
		values := h.Values(name)
		if len(values) == 0 {
			return ""
		}
		if found = true; len(values) > 1 {
			errs = append(errs, fmt.Errorf("field %s is there %d times", name, len(values)))
		}
		return values[0]
	}
	var by, cert string
	for _, c := range certFields {
		v := value(c.field)
		switch {
		case v == "":
		case len(sources) > 0 && !slices.Contains(sources, c.source):
			errs = append(errs, fmt.Errorf("field %s is not this terminator's", c.field))
		case by != "":
			errs = append(errs, fmt.Errorf("fields %s and %s are both there", by, c.field))
		default:
			f.Source, by, cert = c.source, c.field, v
		}
	}
	chain, protocol := value(headerChain), value(headerProtocol)
	f.Cipher, f.Verified = value(headerCipher), value(headerVerify) == "SUCCESS"
	if protocol != "" {
		f.Version, err = ParseVersion(protocol)
		errs = append(errs, err)
	}
	errs = append(errs, f.readCert(by, cert, chain))
	if err := errors.Join(errs...); err != nil || !found {
		return Facts{}, found, err
	}
	return f, true, nil
}

func (f *Facts) readCert(field, cert, chain string) (err error) {
	switch field {
	case headerCert:
		// RFC 9440 3: a terminator sends the field only if it has verified the
		// certificate.
		f.Verified = true
		if f.CertDER, err = readByteSequence(cert); err == nil && chain != "" {
			f.Chain, err = readChain(chain)
		}
	case headerEscaped:
		f.CertDER, err = readEscaped(cert)
	case headerFingerprint:
		err = f.readFingerprint(cert)
	}
	if err != nil {
		return fmt.Errorf("field %s: %w", field, err)
	}
	return nil
}

func readChain(s string) ([][]byte, error) {
	items := strings.Split(s, ",")
	if len(items) > maxChain {
		return nil, fmt.Errorf("chain of %d certificates is too long", len(items))
	}
	var list [][]byte
	for _, item := range items {
		c, err := readByteSequence(item)
		if err != nil {
			return nil, fmt.Errorf("chain: %w", err)
		}
		list = append(list, c)
	}
	return list, nil
}

// readByteSequence reads base64 between colons (RFC 9651 3.3.5).
func readByteSequence(s string) ([]byte, error) {
	s = strings.Trim(s, " \t")
	if len(s) < 2 || s[0] != ':' || s[len(s)-1] != ':' {
		return nil, errors.New("not a byte sequence")
	}
	return base64.StdEncoding.DecodeString(s[1 : len(s)-1])
}

// readEscaped reads a certificate in PEM, URL-encoded as nginx writes it.
func readEscaped(s string) ([]byte, error) {
	text, err := url.PathUnescape(s)
	if err != nil {
		return nil, err
	}
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" || strings.TrimSpace(string(rest)) != "" {
		return nil, errors.New("not one certificate in PEM")
	}
	return block.Bytes, nil
}

func (f *Facts) readFingerprint(s string) error {
	plain := strings.ToLower(strings.ReplaceAll(s, ":", ""))
	if _, err := hex.DecodeString(plain); err != nil {
		return errors.New("not hexadecimal")
	}
	switch len(plain) {
	case 40:
		f.SHA1 = plain
	case 64:
		f.SHA256 = plain
	default:
		return errors.New("neither SHA-1 nor SHA-256")
	}
	return nil
}
