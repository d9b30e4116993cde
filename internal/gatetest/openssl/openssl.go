// Package openssl drives the OpenSSL command with the GOST engine for tests: it makes
// keys, certificates and revocation lists, and it signs and verifies. It is the
// independent judge of our own GOST code and shares nothing with it.
//
// Where the command or the engine is missing the test ends as data.Missing says.
// Everything is written under the test's own temporary folder.
package openssl

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest/data"
)

// Tool is the openssl command bound to one test, its engine loaded.
type Tool struct {
	tb    testing.TB
	bin   string
	dir   string
	conf  string
	files int
}

// engineConf loads the engine. It must not be given to a command as -config as well:
// loading an engine twice in one process fails.
const engineConf = `openssl_conf = openssl_def
[openssl_def]
engines = engine_section
[engine_section]
gost = gost_section
[gost_section]
engine_id = gost
dynamic_path = %s
default_algorithms = ALL
CRYPT_PARAMS = id-tc26-gost-28147-param-Z
[req]
distinguished_name = dn
prompt = no
[dn]
CN = x
`

var engineDir = regexp.MustCompile(`ENGINESDIR: "([^"]+)"`)

// New finds the command and its engine.
func New(tb testing.TB) *Tool {
	tb.Helper()
	bin := data.Tool(tb, "openssl")
	version, err := exec.Command(bin, "version", "-e").Output()
	if err != nil {
		tb.Fatalf("openssl version: %v", err)
	}
	match := engineDir.FindSubmatch(version)
	if match == nil {
		data.Missing(tb, "OpenSSL with engines")
	}
	engine := filepath.Join(string(match[1]), "gost.so")
	if _, err := os.Stat(engine); err != nil {
		data.Missing(tb, "OpenSSL GOST engine (libengine-gost-openssl)")
	}
	t := &Tool{tb: tb, bin: bin, dir: tb.TempDir()}
	t.conf = t.File("openssl.cnf", fmt.Appendf(nil, engineConf, engine))
	return t
}

// File writes a file into the tool's folder under a name of its own that ends in
// name, and returns its path.
func (t *Tool) File(name string, content []byte) string {
	t.tb.Helper()
	path := t.path(name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.tb.Fatal(err)
	}
	return path
}

// path makes a new path that ends in name.
func (t *Tool) path(name string) string {
	t.files++
	return filepath.Join(t.dir, fmt.Sprintf("%d-%s", t.files, name))
}

// Conf returns the path of the configuration that loads the engine, for other
// programs that are linked with OpenSSL: OPENSSL_CONF in their environment.
func (t *Tool) Conf() string { return t.conf }

// Try runs openssl with stdin and returns what it wrote to standard output. The
// error carries its standard error.
func (t *Tool) Try(stdin []byte, args ...string) ([]byte, error) {
	cmd := exec.Command(t.bin, args...)
	cmd.Env = append(os.Environ(), "OPENSSL_CONF="+t.conf)
	cmd.Stdin = bytes.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return out, fmt.Errorf("openssl %s: %w: %s", strings.Join(args, " "), err, &stderr)
	}
	return out, nil
}

// Run is Try that fails the test on an error.
func (t *Tool) Run(stdin []byte, args ...string) []byte {
	t.tb.Helper()
	out, err := t.Try(stdin, args...)
	if err != nil {
		t.tb.Fatal(err)
	}
	return out
}

// Digest returns the digest of message; algorithm is a name openssl dgst knows,
// such as md_gost12_256, md_gost12_512, md_gost94 or sha256.
func (t *Tool) Digest(algorithm string, message []byte) []byte {
	t.tb.Helper()
	return t.Run(message, "dgst", "-"+algorithm, "-binary")
}
