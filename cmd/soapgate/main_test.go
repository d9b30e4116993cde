package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest/data"
)

// build makes a Caddy with the plugin the way xcaddy does: a module of its
// own, whose main imports Caddy and caddyplugin.
func build(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	mod, err := os.ReadFile(filepath.Join(data.Repo(), "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile(filepath.Join(data.Repo(), "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(mod), "module github.com/soapgate/soapgate", "module caddy", 1) +
		"\nrequire github.com/soapgate/soapgate v0.0.0\nreplace github.com/soapgate/soapgate => " + data.Repo() + "\n"
	const source = `package main

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	_ "github.com/caddyserver/caddy/v2/modules/standard"
	_ "github.com/soapgate/soapgate/caddyplugin"
)

func main() { caddycmd.Main() }
`
	for name, content := range map[string]string{"go.mod": text, "go.sum": string(sum), "main.go": source} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	binary := filepath.Join(dir, "caddy")
	cmd := exec.Command("go", "build", "-mod=mod", "-o", binary, ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building a Caddy with the plugin: %v\n%s", err, out)
	}
	return binary
}

func TestPluginInAnotherMain(t *testing.T) {
	binary := build(t)
	out, err := exec.Command(binary, "list-modules").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, module := range []string{"soapgate", "http.handlers.soapgate", "http.handlers.soapgate_fault", "http.handlers.soapgate_formats", "http.handlers.soapgate_check", "http.handlers.soapgate_quota", "caddy.listeners.soapgate_terminator", "caddy.listeners.soapgate_connections", "admin.api.soapgate"} {
		if !strings.Contains("\n"+string(out), "\n"+module+"\n") {
			t.Errorf("list-modules lacks %s", module)
		}
	}
}
