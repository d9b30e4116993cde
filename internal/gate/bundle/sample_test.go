package bundle

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/schema"
	"github.com/soapgate/soapgate/internal/wsdl"
	"github.com/soapgate/soapgate/xsd"
)

var noon = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)

// samples writes a request and an answer of every operation, with and without
// optional parts.
func samples(t *testing.T, services *wsdl.Set, schemas *schema.Set, yield func(p *wsdl.Port, name string, message []byte)) {
	t.Helper()
	for _, full := range []bool{false, true} {
		s := &Sampler{Schemas: schemas, Time: noon, Full: full}
		for _, p := range services.Ports {
			for _, o := range p.Operations {
				for kind, write := range map[string]func(*wsdl.Operation) ([]byte, error){"request": s.Request, "answer": s.Answer} {
					name := fmt.Sprintf("%s-%s-%v", o.Name, kind, full)
					b, err := write(o)
					if err != nil {
						t.Errorf("%s %s: %v", p.Path, name, err)
						continue
					}
					yield(p, name, b)
				}
			}
		}
	}
}

func TestSampler(t *testing.T) {
	releases := map[string]fs.FS{"2.0": xsd.Release("2.0"), "1.0": xsd.Release("1.0")}
	for _, r := range []string{"14.4.0.1", "11.0.10.2"} {
		releases[r] = os.DirFS(data.Dir(t, "hcs", r))
	}
	for name, fsys := range releases {
		t.Run(name, func(t *testing.T) {
			services, schemas := compile(t, fsys)
			n := 0
			samples(t, services, schemas, func(*wsdl.Port, string, []byte) { n++ })
			t.Logf("%d messages", n)
		})
	}
}

// TestSampler_xmllint lets another validator judge the samples.
func TestSampler_xmllint(t *testing.T) {
	xmllint := data.Tool(t, "xmllint")
	release := data.Dir(t, "hcs", "14.4.0.1")
	services, schemas := compile(t, os.DirFS(release))
	dir := t.TempDir()
	if err := os.CopyFS(dir, xsd.Fault()); err != nil {
		t.Fatal(err)
	}
	files := make(map[string][]string) // by description
	samples(t, services, schemas, func(p *wsdl.Port, name string, message []byte) {
		file := filepath.Join(dir, path.Base(path.Dir(p.File))+"-"+name+".xml")
		if err := os.WriteFile(file, message, 0o600); err != nil {
			t.Fatal(err)
		}
		files[p.File] = append(files[p.File], file)
	})
	for description, list := range files {
		service := path.Dir(description)
		types := filepath.Join(release, service, "hcs-"+service+"-types.xsd")
		space := targetNamespace(t, types)
		driver := filepath.Join(dir, service+".xsd")
		err := os.WriteFile(driver, []byte(`<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
<xs:import namespace="http://schemas.xmlsoap.org/soap/envelope/" schemaLocation="soap/soap11.xsd"/>
<xs:import namespace="`+space+`" schemaLocation="`+types+`"/></xs:schema>`), 0o600)
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(xmllint, append([]string{"--noout", "--nonet", "--schema", driver}, list...)...).CombinedOutput()
		if err != nil {
			var bad []string
			for line := range strings.Lines(string(out)) {
				if !strings.HasSuffix(line, " validates\n") {
					bad = append(bad, line)
				}
			}
			t.Errorf("%s: %v\n%s", service, err, strings.Join(bad[:min(len(bad), 5)], ""))
		}
	}
}

func targetNamespace(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), `targetNamespace="`)
	space, _, _ := strings.Cut(rest, `"`)
	return space
}

// TestSampler_same writes the same bytes twice, so that published samples do
// not change without a reason.
func TestSampler_same(t *testing.T) {
	services, schemas := compile(t, xsd.Release(xsd.Current))
	for _, full := range []bool{false, true} {
		a, b := &Sampler{Schemas: schemas, Time: noon, Full: full}, &Sampler{Schemas: schemas, Time: noon, Full: full}
		for _, p := range services.Ports {
			for _, o := range p.Operations {
				first, err := a.Request(o)
				if err != nil {
					t.Fatal(err)
				}
				if second, err := b.Request(o); err != nil || !bytes.Equal(first, second) {
					t.Errorf("%s: %v\n%s\n%s", o.Name, err, first, second)
				}
			}
		}
	}
}

func TestSamplePattern(t *testing.T) {
	for _, test := range []struct {
		pattern string
		extra   int
		want    string
	}{
		{`\d{1,15}(\.\d{1,7})?`, 0, "1"},
		{`[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`, 0, "00000000-0000-0000-0000-000000000000"},
		{`(A{0,1}\d{1,4}(\.)?)+`, 0, "1"},
		{`.*[^\s].*`, 1, "xxx"},
		{`(\s*\S+\s*)+`, 0, "x"},
		{`\d{11}|\d{8}`, 0, "11111111111"},
		{`Л\d{3}-\d{5}-\d{2}/\d{8}`, 0, "Л111-11111-11/11111111"},
		{`[+,-]?\d+(\.\d{2})?`, 2, "111"},
		{`[^xa1-]{2}`, 0, "ZZ"},
		{`\p{Lu}[a-z-[aeiou]]`, 0, "xa"}, // wrong on purpose: the type's own check refuses it
	} {
		if got := samplePattern(test.pattern, test.extra); got != test.want {
			t.Errorf("%s: %q, want %q", test.pattern, got, test.want)
		}
	}
}
