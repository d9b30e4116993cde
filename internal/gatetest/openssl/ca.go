package openssl

import (
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Template says what a certificate holds beside its key.
type Template struct {
	// Subject in OpenSSL's form, UTF-8: "/C=RU/O=Вымышленная организация/CN=leaf".
	Subject string
	// NotBefore and NotAfter default to 2020-01-01 and 2040-01-01.
	NotBefore, NotAfter time.Time
	// Extensions are lines of an OpenSSL extension section; CAExtensions is the default
	// for an authority and LeafExtensions for others. Further sections may follow.
	Extensions string
}

// What an authority and an end entity have when the template says nothing.
const (
	CAExtensions = `basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
`
	LeafExtensions = `basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature,nonRepudiation
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
`
)

// Certificate is a certificate in a PEM file, with its key.
type Certificate struct {
	Path string
	DER  []byte
	Key  *Key
}

// CA is an authority: its certificate and OpenSSL's database of what it issued.
type CA struct {
	Certificate

	tool *Tool
	conf string
}

const caConf = `[ca]
default_ca = this
[this]
dir = %s
database = $dir/index.txt
serial = $dir/serial
crlnumber = $dir/crlnumber
new_certs_dir = $dir
default_md = default
default_days = 365
default_crl_days = 30
policy = any
preserve = yes
unique_subject = no
copy_extensions = none
[any]
commonName = optional
`

// NewCA makes a self-signed authority.
func (t *Tool) NewCA(key *Key, template Template) *CA {
	t.tb.Helper()
	ca := t.newCA(key)
	ca.Certificate = ca.issue(key, template, CAExtensions, "-selfsign")
	return ca
}

// NewCA makes an authority below this one.
func (ca *CA) NewCA(key *Key, template Template) *CA {
	ca.tool.tb.Helper()
	sub := ca.tool.newCA(key)
	sub.Certificate = ca.issue(key, template, CAExtensions, "-cert", ca.Path)
	return sub
}

// Issue makes a certificate for key.
func (ca *CA) Issue(key *Key, template Template) *Certificate {
	ca.tool.tb.Helper()
	cert := ca.issue(key, template, LeafExtensions, "-cert", ca.Path)
	return &cert
}

func (t *Tool) newCA(key *Key) *CA {
	t.tb.Helper()
	dir := t.path("ca")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.tb.Fatal(err)
	}
	for name, content := range map[string]string{"index.txt": "", "serial": "1000\n", "crlnumber": "01\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.tb.Fatal(err)
		}
	}
	return &CA{Certificate: Certificate{Key: key}, tool: t, conf: t.File("ca.cnf", fmt.Appendf(nil, caConf, dir))}
}

// issue signs a request for key with the authority's key; issuer are the arguments
// that name the issuer.
func (ca *CA) issue(key *Key, template Template, extensions string, issuer ...string) Certificate {
	t := ca.tool
	t.tb.Helper()
	if template.Extensions != "" {
		extensions = template.Extensions
	}
	request := t.path("request.pem")
	t.Run(nil, "req", "-new", "-utf8", "-"+key.digest, "-key", key.Path, "-subj", template.Subject, "-out", request)
	cert := Certificate{Path: t.path("cert.pem"), Key: key}
	args := []string{
		"ca", "-batch", "-utf8", "-notext", "-config", ca.conf, "-keyfile", ca.Key.Path, "-md", ca.Key.digest,
		"-extfile", t.File("ext.cnf", []byte("extensions = ext\n[ext]\n"+extensions)),
		"-startdate", asn1Time(template.NotBefore, 2020), "-enddate", asn1Time(template.NotAfter, 2040),
		"-in", request, "-out", cert.Path,
	}
	t.Run(nil, append(args, issuer...)...)
	cert.DER = t.derOf(cert.Path)
	return cert
}

// Revoke marks a certificate of this authority as revoked; reason is one of OpenSSL's
// -crl_reason names or empty.
func (ca *CA) Revoke(cert *Certificate, reason string) {
	ca.tool.tb.Helper()
	args := ca.args("-revoke", cert.Path)
	if reason != "" {
		args = append(args, "-crl_reason", reason)
	}
	ca.tool.Run(nil, args...)
}

// CRL makes the revocation list in DER. Zero times mean 2020-01-01 and 2040-01-01.
func (ca *CA) CRL(thisUpdate, nextUpdate time.Time) []byte {
	ca.tool.tb.Helper()
	path := ca.tool.path("crl.pem")
	ca.tool.Run(nil, ca.args("-gencrl", "-out", path,
		"-crl_lastupdate", asn1Time(thisUpdate, 2020), "-crl_nextupdate", asn1Time(nextUpdate, 2040))...)
	return ca.tool.derOf(path)
}

func (ca *CA) args(more ...string) []string {
	return append([]string{"ca", "-config", ca.conf, "-cert", ca.Path, "-keyfile", ca.Key.Path, "-md", ca.Key.digest}, more...)
}

// VerifyPath reports what openssl verify says of leaf at a time: anchors and
// intermediates are certificates, crls lists in DER. With crls every level is checked.
func (t *Tool) VerifyPath(at time.Time, leaf *Certificate, anchors, intermediates []*Certificate, crls [][]byte) error {
	t.tb.Helper()
	args := []string{"verify", "-attime", unix(at), "-CAfile", t.bundle(anchors)}
	if len(intermediates) > 0 {
		args = append(args, "-untrusted", t.bundle(intermediates))
	}
	for _, crl := range crls {
		path := t.File("crl.pem", pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: crl}))
		args = append(args, "-crl_check_all", "-CRLfile", path)
	}
	_, err := t.Try(nil, append(args, leaf.Path)...)
	return err
}
