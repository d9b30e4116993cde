package client

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFromHeaders(t *testing.T) {
	der := newCertificate(t, map[string]string{"CN": "a"})
	item := ":" + base64.StdEncoding.EncodeToString(der) + ":"
	escaped := url.QueryEscape(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	escaped = strings.ReplaceAll(escaped, "+", "%20") // as nginx does
	sha1 := strings.Repeat("0a", 20)
	tests := []struct {
		name    string
		sources []Source
		header  http.Header
		want    Facts
		found   bool
		err     string
	}{
		{name: "nothing", header: http.Header{"Host": {"x"}}},
		{
			name:   "RFC 9440",
			header: http.Header{"Client-Cert": {item}, "Client-Cert-Chain": {item + ", " + item}, "X-Ssl-Protocol": {"TLSv1.2"}},
			want:   Facts{Source: FromRFC9440, CertDER: der, Chain: [][]byte{der, der}, Verified: true, Version: tls.VersionTLS12}, found: true,
		},
		{
			name: "nginx",
			header: http.Header{
				"X-Ssl-Client-Escaped-Cert": {escaped}, "X-Ssl-Protocol": {"TLSv1"},
				"X-Ssl-Cipher": {"GOST2012-GOST8912-GOST8912"}, "X-Ssl-Client-Verify": {"SUCCESS"},
			},
			want: Facts{Source: FromNginx, CertDER: der, Verified: true, Version: tls.VersionTLS10, Cipher: "GOST2012-GOST8912-GOST8912"}, found: true,
		},
		{
			name:   "nginx, not verified",
			header: http.Header{"X-Ssl-Client-Escaped-Cert": {escaped}, "X-Ssl-Client-Verify": {"FAILED:expired"}},
			want:   Facts{Source: FromNginx, CertDER: der}, found: true,
		},
		{
			name:   "nginx, no certificate",
			header: http.Header{"X-Ssl-Protocol": {"TLSv1.3"}, "X-Ssl-Client-Verify": {"NONE"}},
			want:   Facts{Version: tls.VersionTLS13}, found: true,
		},
		{
			name:   "fingerprint",
			header: http.Header{"X-Client-Cert-Fingerprint": {strings.ToUpper(sha1)}},
			want:   Facts{Source: FromFingerprint, SHA1: sha1}, found: true,
		},
		{name: "twice", header: http.Header{"X-Client-Cert-Fingerprint": {sha1, sha1}}, found: true, err: "is there 2 times"},
		{
			name: "two sources", header: http.Header{"Client-Cert": {item}, "X-Ssl-Client-Escaped-Cert": {escaped}},
			found: true, err: "are both there",
		},
		{
			name: "a field that the terminator handed on", sources: []Source{FromNginx},
			header: http.Header{"Client-Cert": {item}, "X-Ssl-Protocol": {"TLSv1.2"}},
			found:  true, err: "is not this terminator's",
		},
		{name: "not base64", header: http.Header{"Client-Cert": {":!:"}}, found: true, err: "illegal base64"},
		{name: "no colons", header: http.Header{"Client-Cert": {"AAAA"}}, found: true, err: "not a byte sequence"},
		{name: "long chain", header: http.Header{"Client-Cert": {item}, "Client-Cert-Chain": {strings.Repeat("::,", 9) + "::"}}, found: true, err: "too long"},
		{name: "two certificates", header: http.Header{"X-Ssl-Client-Escaped-Cert": {escaped + "%0A" + escaped}}, found: true, err: "not one certificate"},
		{name: "odd fingerprint", header: http.Header{"X-Client-Cert-Fingerprint": {"0a0b"}}, found: true, err: "neither SHA-1 nor SHA-256"},
		{name: "unknown version", header: http.Header{"X-Ssl-Protocol": {"TLSv9"}}, found: true, err: "unknown TLS version"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, found, err := FromHeaders(tt.header, tt.sources...)
			if found != tt.found || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Fatalf("found %v, error %v; want %v, %q", found, err, tt.found, tt.err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, name := range []string{"Client-Cert", "Client-Cert-Chain", "X-Ssl-Client-Escaped-Cert", "X-Ssl-Protocol", "X-Ssl-Cipher", "X-Ssl-Client-Verify", "X-Client-Cert-Fingerprint"} {
		if !IsFactHeader(http.CanonicalHeaderKey(name)) {
			t.Errorf("%s would reach the backend", name)
		}
	}
}

// tlv writes one vector of PROXY protocol version 2.
func tlv(kind byte, value string) string {
	return string(append(binary.BigEndian.AppendUint16([]byte{kind}, uint16(len(value))), value...))
}

func TestFromProxyTLV(t *testing.T) {
	version, cipher, cert := tlv(0x21, "TLSv1.2"), tlv(0x23, "GOST2012-MAGMA-MAGMAOMAC"), tlv(0x28, "DER")
	full := version + cipher + tlv(0x22, "common name") + cert
	tests := []struct {
		name, value string
		want        Facts
		err         string
	}{
		{"verified", "\x07\x00\x00\x00\x00" + full, Facts{Version: tls.VersionTLS12, Cipher: "GOST2012-MAGMA-MAGMAOMAC", CertDER: []byte("DER"), Verified: true}, ""},
		{"not verified", "\x03\x00\x00\x00\x01" + full, Facts{Version: tls.VersionTLS12, Cipher: "GOST2012-MAGMA-MAGMAOMAC", CertDER: []byte("DER")}, ""},
		{"no certificate is not a verified one", "\x01\x00\x00\x00\x00" + full, Facts{Version: tls.VersionTLS12, Cipher: "GOST2012-MAGMA-MAGMAOMAC"}, ""},
		{"not over TLS", "\x00\x00\x00\x00\x00" + full, Facts{}, ""},
		{"old version", "\x01\x00\x00\x00\x00" + tlv(0x21, "SSLv3"), Facts{Version: 0x0300}, ""},
		{"no version", "\x01\x00\x00\x00\x00", Facts{}, "without its version"},
		{"short", "\x01\x00\x00", Facts{}, "too short"},
		{"cut", "\x01\x00\x00\x00\x00" + version[:5], Facts{}, "cut short"},
		{"cut in the length", "\x01\x00\x00\x00\x00" + version + "\x21\x00", Facts{}, "cut short"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := FromProxyTLV([]byte(tt.value))
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Fatalf("error %v, want %q", err, tt.err)
			}
			if err == nil {
				tt.want.Source = FromProxy
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFromState(t *testing.T) {
	der := newCertificate(t, map[string]string{"CN": "a"})
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	state := &tls.ConnectionState{Version: tls.VersionTLS13, CipherSuite: tls.TLS_AES_128_GCM_SHA256, PeerCertificates: []*x509.Certificate{cert, cert}}
	want := Facts{Source: FromTLS, Version: tls.VersionTLS13, CertDER: der, Cert: cert, Chain: [][]byte{der}}
	if diff := cmp.Diff(want, FromState(state)); diff != "" {
		t.Error(diff)
	}
	state.VerifiedChains = [][]*x509.Certificate{{cert}}
	want.Verified = true
	if diff := cmp.Diff(want, FromState(state)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Facts{Source: FromTLS}, FromState(nil)); diff != "" {
		t.Error(diff)
	}
}
