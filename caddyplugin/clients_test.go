package caddyplugin

import (
	"testing"
	"time"
)

// Changes made on one node reach the others within two seconds: they look for
// them so often, and apply them at once.
func TestPoll(t *testing.T) {
	if d := time.Duration(defaultPoll); d <= 0 || d > 2*time.Second {
		t.Errorf("changes are looked for every %v", d)
	}
}
