package reject_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/soapgate/soapgate/internal/reject"
)

var placeholder = regexp.MustCompile(`\{([^}]*)\}`)

func placeholders(s string) (names []string) {
	for _, m := range placeholder.FindAllStringSubmatch(s, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// TestCatalogue holds every row to what readers rely on: both languages, whole
// sentences, the same values in both, each of them explained.
func TestCatalogue(t *testing.T) {
	used := make(map[string]bool)
	for _, e := range reject.Catalogue() {
		for _, c := range []struct {
			what string
			text reject.Text
		}{{"text", e.Text}, {"advice", e.Advice}} {
			for lang, s := range map[string]string{"ru": c.text.RU, "en": c.text.EN} {
				if !strings.HasSuffix(s, ".") || strings.TrimSpace(s) != s || strings.ContainsAny(s, "\n\t") {
					t.Errorf("%s: %s in %s is no sentence: %q", e.Code, c.what, lang, s)
				}
			}
			if !strings.ContainsAny(strings.ToLower(c.text.RU), "аеиоуыэюя") {
				t.Errorf("%s: %s is not Russian: %q", e.Code, c.what, c.text.RU)
			}
			ru, en := placeholders(c.text.RU), placeholders(c.text.EN)
			if !slices.Equal(ru, en) {
				t.Errorf("%s: %s has other values in Russian %v than in English %v", e.Code, c.what, ru, en)
			}
			for _, name := range ru {
				if used[name] = true; reject.Values[name].RU == "" || reject.Values[name].EN == "" {
					t.Errorf("%s: nobody says what {%s} is", e.Code, name)
				}
			}
		}
	}
	for name := range reject.Values {
		if !used[name] {
			t.Errorf("no text has {%s}", name)
		}
	}
}

func TestStages(t *testing.T) {
	for i, name := range reject.Stages() {
		if text := reject.Stage(i).Text(); text.RU == "" || text.EN == "" {
			t.Errorf("stage %s has no name for people", name)
		}
	}
}
