package bundle

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/xsd"
)

// files copies a release so that a test may spoil it.
func files(t *testing.T, fsys fs.FS) fstest.MapFS {
	t.Helper()
	m := fstest.MapFS{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(fsys, name)
		m[name] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestLint(t *testing.T) {
	const (
		wsdl  = "device-metering/hcs-device-metering-service-async.wsdl"
		types = "device-metering/hcs-device-metering-types.xsd"
	)
	replace := func(name, old, new string) func(fstest.MapFS) {
		return func(m fstest.MapFS) {
			s := string(m[name].Data)
			if !strings.Contains(s, old) {
				t.Errorf("%s does not contain %q", name, old)
			}
			m[name] = &fstest.MapFile{Data: []byte(strings.Replace(s, old, new, 1))}
		}
	}
	for _, test := range []struct {
		name  string
		spoil func(fstest.MapFS)
		want  []string // beginnings
	}{
		{"nothing", func(fstest.MapFS) {}, nil},
		{"an unknown type", replace(types, `type="xs:date"`, `type="xs:day"`), []string{types + ":12:6: src-resolve: "}},
		{"an element no schema declares", replace(wsdl, `element="types:exportMeteringDeviceHistoryRequest"`, `element="types:exportRequest"`), []string{
			wsdl + ": release: operation exportMeteringDeviceHistory: element {http://dom.gosuslugi.ru/schema/integration/device-metering/}exportRequest is not declared",
		}},
		{"a missing message", replace(wsdl, `<wsdl:message name="Fault">`, `<wsdl:message name="Other">`), []string{
			wsdl + ":38:4: WSDL 2.1.1: message \"tns:Fault\"", wsdl, wsdl,
		}},
		{"a file of another kind", func(m fstest.MapFS) { m["README.txt"] = &fstest.MapFile{Data: []byte("x")} }, []string{
			"README.txt: warning: release: the file is neither",
		}},
		{"a schema nobody refers to", func(m fstest.MapFS) {
			m["lib/other.xsd"] = &fstest.MapFile{Data: []byte(`<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"/>`)}
		}, []string{"lib/other.xsd: warning: release: no description refers to the file"}},
		{"no description", func(m fstest.MapFS) {
			for name := range m {
				if strings.HasSuffix(name, ".wsdl") {
					delete(m, name)
				}
			}
		}, []string{".: release: there is no description"}},
		{"one path twice", replace("nsi/hcs-nsi-service-async.wsdl", "/ext-bus-nsi-service/services/NsiAsync", "/ext-bus-device-metering-service/services/DeviceMeteringAsync"), []string{
			"nsi/hcs-nsi-service-async.wsdl: release: path /ext-bus-device-metering-service/services/DeviceMeteringAsync is served by " + wsdl,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := files(t, xsd.Release(xsd.Current))
			test.spoil(m)
			var got []string
			for _, p := range Lint(m) {
				got = append(got, p.String())
			}
			for i, want := range test.want {
				if i >= len(got) || !strings.HasPrefix(got[i], want) {
					t.Fatalf("got\n%s\nwant %q", strings.Join(got, "\n"), test.want)
				}
			}
			if len(test.want) == 0 && len(got) > 0 {
				t.Errorf("got\n%s", strings.Join(got, "\n"))
			}
		})
	}
}

// TestLint_bundles finds nothing that keeps the real releases from use.
func TestLint_bundles(t *testing.T) {
	for _, release := range []string{"14.4.0.1", "11.0.10.2"} {
		var got []string
		for _, p := range Lint(os.DirFS(data.Dir(t, "hcs", release))) {
			if !p.Warning {
				got = append(got, p.String())
			} else {
				t.Log(p)
			}
		}
		if diff := cmp.Diff([]string(nil), got); diff != "" {
			t.Error(diff)
		}
	}
}
