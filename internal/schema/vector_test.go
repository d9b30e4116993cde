package schema

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/reject"
)

// TestValidate_vectors validates the vectors' documents: the first finding is
// of the rule they name, and is put into words.
func TestValidate_vectors(t *testing.T) {
	for _, name := range vectors(t, "validate-*.txtar") {
		a := parseArchive(t, name)
		fsys, docs := archiveFS(a)
		s, err := Compile(fsys, docs, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range headers(a, "want") {
			file, rule, _ := strings.Cut(w, " ")
			rule, place, _ := strings.Cut(rule, " ")
			t.Run(topic(name)+"/"+file, func(t *testing.T) {
				found := validate(t, s, fsys[file].Data)
				switch {
				case rule == "valid" && found != nil:
					t.Errorf("refused: %+v", found[0])
				case rule != "valid" && (found == nil || found[0].Rule != rule):
					t.Errorf("got %+v, want %s", found, rule)
				case place != "" && fmt.Sprintf("%d:%d", found[0].Line, found[0].Column) != place:
					t.Errorf("at %d:%d, want %s", found[0].Line, found[0].Column, place)
				}
				for _, f := range found {
					wellPut(t, f)
				}
			})
		}
	}
}

func wellPut(t *testing.T, f reject.Finding) {
	t.Helper()
	for _, text := range []string{f.Text.RU, f.Text.EN, f.Xerces, f.Path} {
		if text == "" || strings.Contains(text, "{0}") || strings.Contains(text, "{1}") || strings.Contains(text, "{2}") {
			t.Errorf("not put into words: %+v", f)
		}
	}
	if !strings.HasPrefix(f.Xerces, f.Rule+": ") || f.Line == 0 || f.Column == 0 {
		t.Errorf("not in Xerces' manner: %+v", f)
	}
}

func topic(name string) string {
	return strings.TrimSuffix(strings.TrimPrefix(filepath.Base(name), "validate-"), ".txtar")
}

func headers(a *txtar.Archive, key string) (values []string) {
	for line := range strings.Lines(string(a.Comment)) {
		if value, ok := strings.CutPrefix(line, key+": "); ok {
			values = append(values, strings.TrimSpace(value))
		}
	}
	return values
}

// TestValidate_vectorsXmllint has libxml2 judge the vectors, too; where it is
// wrong the vector says so.
func TestValidate_vectorsXmllint(t *testing.T) {
	xmllint := data.Tool(t, "xmllint")
	for _, name := range vectors(t, "validate-*.txtar") {
		a := parseArchive(t, name)
		fsys, _ := archiveFS(a)
		dir := t.TempDir()
		for file, f := range fsys {
			if err := os.WriteFile(filepath.Join(dir, file), f.Data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var differs []string
		for _, h := range headers(a, "xmllint") {
			differs = append(differs, strings.Fields(h)...)
		}
		for _, w := range headers(a, "want") {
			file, rule, _ := strings.Cut(w, " ")
			err := exec.Command(xmllint, "--noout", "--nonet", "--schema", filepath.Join(dir, "main.xsd"), filepath.Join(dir, file)).Run()
			if agrees := (err == nil) == (rule == "valid"); agrees == slices.Contains(differs, file) {
				t.Errorf("%s: %s: xmllint agrees: %t", topic(name), file, agrees)
			}
		}
	}
}

// TestMessages shows that every rule in the table is one that a vector breaks.
func TestMessages(t *testing.T) {
	broken := make(map[string]bool)
	for _, name := range vectors(t, "validate-*.txtar") {
		for _, w := range headers(parseArchive(t, name), "want") {
			broken[strings.Fields(w)[1]] = true
		}
	}
	for rule := range messages {
		switch rule {
		case "limit", "cvc-identity-constraint.3.many":
			continue // the former has vectors of attacks, the latter is told from cvc-identity-constraint.3 by its words
		}
		if !broken[rule] {
			t.Errorf("no vector breaks %s", rule)
		}
	}
}
