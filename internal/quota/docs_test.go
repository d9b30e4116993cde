package quota

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/soapgate/soapgate/internal/gatetest/data"
)

// TestDocs compiles the rules of docs/quotas.md and plays the requests behind
// them.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(data.Repo(), "docs", "quotas.md"))
	if err != nil {
		t.Fatal(err)
	}
	compiled, played := 0, 0
	var l *Limiter
	for i, block := range strings.Split(string(page), "```") {
		info, text, _ := strings.Cut(block, "\n")
		text = strings.TrimSpace(text)
		switch {
		case i%2 == 0: // between the blocks
		case strings.HasPrefix(text, "rule ") && info == "":
			specs, overrides := readBlock(t, text)
			l = NewLimiter(newMemory(), compile(t, Options{Timezone: "Europe/Moscow", LeadTime: 30 * 24 * time.Hour, Overrides: overrides}, specs...))
			compiled++
		case info == "played":
			for line := range strings.SplitSeq(text, "\n") {
				if err := playLine(l, strings.ReplaceAll(line, "1200MiB", "1258291200")); err != nil {
					t.Error(err)
				}
				played++
			}
		}
	}
	if compiled < 8 || played < 15 {
		t.Errorf("%d blocks of rules and %d lines of requests: the page is read wrongly", compiled, played)
	}
}

// readBlock reads rules and overrides as the Caddyfile has them, for which
// their JSON names are enough.
func readBlock(t *testing.T, text string) (specs []Spec, overrides []Override) {
	t.Helper()
	var fields map[string]any
	var kind string
	for line := range strings.SplitSeq(text, "\n") {
		words := strings.Fields(line)
		name, args := words[0], words[1:]
		switch {
		case name == "rule":
			kind, fields = name, map[string]any{"name": args[0]}
		case name == "override":
			kind, fields = name, map[string]any{"rule": args[0], args[1]: args[2]}
		case name == "}":
			object, err := json.Marshal(fields)
			if err != nil {
				t.Fatal(err)
			}
			if kind == "rule" {
				specs = append(specs, Spec{})
				err = json.Unmarshal(object, &specs[len(specs)-1])
			} else {
				overrides = append(overrides, Override{})
				err = json.Unmarshal(object, &overrides[len(overrides)-1])
			}
			if err != nil {
				t.Fatalf("%s: %v", object, err)
			}
		case slices.Contains([]string{"key", "services", "interval", "failed"}, name):
			fields[name] = args
		case name == "burst" || name == "concurrent":
			fields[name] = json.Number(args[0])
		default:
			fields[name] = strings.Trim(strings.Join(args, " "), `"`)
		}
	}
	return specs, overrides
}
