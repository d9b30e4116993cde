package soapgate_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestAlertsNameMetrics finds alerts that could never fire: every metric they
// name must be one that the plugin has.
func TestAlertsNameMetrics(t *testing.T) {
	alerts, err := os.ReadFile("deploy/prometheus/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("caddyplugin/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var source []byte
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		source = append(source, b...)
	}
	names := regexp.MustCompile(`soapgate_([a-z_]+)`).FindAllSubmatch(alerts, -1)
	if len(names) < 5 {
		t.Fatalf("the alerts name %d metrics", len(names))
	}
	for _, n := range names {
		if !regexp.MustCompile(`"` + string(n[1]) + `"`).Match(source) {
			t.Errorf("alerts.yml names soapgate_%s, which is no metric", n[1])
		}
	}
}
