package caddyplugin_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	"github.com/soapgate/soapgate"
	"github.com/soapgate/soapgate/caddyplugin"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// separator stands between a Caddyfile and what becomes of it, as in Caddy's
// own golden files.
const separator = "\n----------\n"

func adapt(caddyfile []byte) (string, error) {
	config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt(caddyfile, map[string]any{"filename": "Caddyfile"})
	if err != nil {
		return "", err
	}
	var buf bytes.Buffer
	err = json.Indent(&buf, config, "", "\t")
	return buf.String(), err
}

// TestAdapt turns each Caddyfile of testdata/adapt into JSON, or into the
// error it deserves.
func TestAdapt(t *testing.T) {
	files, err := filepath.Glob("testdata/adapt/*.caddyfiletest")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			in, want, ok := strings.Cut(string(data), separator)
			if !ok && !*update {
				t.Fatal("no separator line")
			}
			got, err := adapt([]byte(in))
			if err != nil {
				got = err.Error()
			}
			if *update {
				if err := os.WriteFile(file, []byte(strings.TrimRight(in, "\n")+separator+got+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != strings.TrimSuffix(want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// FuzzCaddyfile looks for input that the grammar does not survive; what is
// adapted must be JSON, and adapting it again must give the same.
func FuzzCaddyfile(f *testing.F) {
	f.Add(soapgate.ExampleCaddyfile)
	files, _ := filepath.Glob("testdata/adapt/*.caddyfiletest")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		in, _, _ := bytes.Cut(data, []byte(separator))
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if bytes.Contains(in, []byte("import")) || bytes.Contains(in, []byte("{$")) || bytes.Contains(in, []byte("file")) {
			return // no reading of files and environment here
		}
		first, err := adapt(in)
		if err != nil {
			return
		}
		if second, err := adapt(in); err != nil || first != second {
			t.Errorf("adapting twice differs: %v", err)
		}
	})
}

// TestQuotasDocs adapts the rules of docs/quotas.md; internal/quota plays them.
func TestQuotasDocs(t *testing.T) {
	page, err := os.ReadFile("../docs/quotas.md")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for i, block := range strings.Split(string(page), "```") {
		info, rules, _ := strings.Cut(block, "\n")
		if i%2 == 0 || info != "" || !strings.HasPrefix(rules, "rule ") {
			continue
		}
		config, err := adapt([]byte("{\n\tsoapgate {\n\t\tquotas {\n" + rules + "\n\t\t}\n\t}\n}\n"))
		if err == nil {
			_, err = caddyplugin.Rules([]byte(config))
		}
		if err != nil {
			t.Errorf("%s: %v", rules, err)
		}
		n++
	}
	if n < 8 {
		t.Errorf("%d blocks of rules: the page is read wrongly", n)
	}
}

// TestConfigurationIsDocumented holds docs/configuration.md against the fields
// of the configuration, and every field against its comment.
func TestConfigurationIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	fields := 0
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(fset, file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if _, ok := n.(*ast.FuncDecl); ok {
				return false // what is in functions is read by them alone
			}
			if t, ok := n.(*ast.TypeSpec); ok && strings.HasSuffix(t.Name.Name, "Report") {
				return false // what the gate tells, not what it is told
			}
			s, ok := n.(*ast.StructType)
			if !ok {
				return true
			}
			for _, f := range s.Fields.List {
				if f.Tag == nil {
					continue
				}
				name, _, _ := strings.Cut(reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("json"), ",")
				if name == "" || name == "-" {
					continue
				}
				fields++
				if !bytes.Contains(page, []byte("`"+name+"`")) {
					t.Errorf("docs/configuration.md does not mention `%s` (%s)", name, fset.Position(f.Pos()))
				}
			}
			return true
		})
	}
	if fields < 20 {
		t.Errorf("found %d configuration fields, want all of them", fields)
	}
}
