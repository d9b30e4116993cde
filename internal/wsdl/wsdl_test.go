package wsdl

import (
	"bufio"
	"encoding/xml"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmltree"
	"github.com/soapgate/soapgate/xsd"
)

// TestReadBundles reads the real descriptions and compares every operation
// with the list that was made by another program.
func TestReadBundles(t *testing.T) {
	for _, release := range []string{"14.4.0.1", "11.0.10.2"} {
		t.Run(release, func(t *testing.T) {
			set, err := Read(os.DirFS(data.Dir(t, "hcs", release)))
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range set.Warnings {
				t.Logf("warning: %v", w)
			}
			var got []string
			for _, p := range set.Ports {
				for _, o := range p.Operations {
					if len(o.Headers) != 1 {
						t.Errorf("%s: %d header blocks", o.Name, len(o.Headers))
						continue
					}
					got = append(got, strings.Join([]string{
						p.File, p.Address, p.PortType, o.Name, o.Action,
						clark(o.Headers[0]), clark(o.Input), clark(o.Output),
					}, "\t"))
					if diff := cmp.Diff([]xml.Name{{Space: "http://dom.gosuslugi.ru/schema/integration/base/", Local: "Fault"}}, o.Faults); diff != "" {
						t.Errorf("%s: faults: %s", o.Name, diff)
					}
				}
			}
			want := operations(t, release)
			slices.Sort(got)
			slices.Sort(want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func operations(t *testing.T, release string) (lines []string) {
	f, err := os.Open(data.Dir(t, "hcs", release+"-operations.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	s.Scan() // the heading
	for s.Scan() {
		lines = append(lines, s.Text())
	}
	return lines
}

const (
	metering = "http://dom.gosuslugi.ru/schema/integration/device-metering/"
	base     = "http://dom.gosuslugi.ru/schema/integration/base/"
	path1    = "/ext-bus-device-metering-service/services/DeviceMeteringAsync"
	path2    = "/ext-bus-nsi-common-service/services/NsiCommonAsync"
)

func TestFind(t *testing.T) {
	set, err := Read(xsd.Release(xsd.Current))
	if err != nil {
		t.Fatal(err)
	}
	const absent = "-"
	for _, test := range []struct {
		name, path, element, action string
		want                        string // operation or code
	}{
		{"by action and element", path1, "importMeteringDeviceValuesRequest", "urn:importMeteringDeviceValues", "DeviceMeteringPortAsync importMeteringDeviceValues"},
		{"slash at the end", path1 + "/", "importMeteringDeviceValuesRequest", "urn:importMeteringDeviceValues", "DeviceMeteringPortAsync importMeteringDeviceValues"},
		{"no action", path1, "importMeteringDeviceValuesRequest", absent, "DeviceMeteringPortAsync importMeteringDeviceValues"},
		{"shared element", path1, "base getStateRequest", "urn:getState", "DeviceMeteringPortAsync getState"},
		{"shared element elsewhere", path2, "base getStateRequest", "urn:getState", "NsiPortAsync getState"},
		{"action of another operation", path1, "importMeteringDeviceValuesRequest", "urn:exportMeteringDeviceHistory", "soap.action_mismatch"},
		{"empty action", path1, "importMeteringDeviceValuesRequest", "", "soap.action_mismatch"},
		{"action in other case", path1, "importMeteringDeviceValuesRequest", "urn:ImportMeteringDeviceValues", "soap.action_mismatch"},
		{"element of another service", path2, "importMeteringDeviceValuesRequest", "urn:importMeteringDeviceValues", "soap.operation_unknown"},
		{"element of another namespace", path1, "base importMeteringDeviceValuesRequest", "urn:importMeteringDeviceValues", "soap.operation_unknown"},
		{"answer sent as request", path1, "getStateResult", "urn:getState", "soap.operation_unknown"},
		{"unknown path", "/ext-bus-device-metering-service", "importMeteringDeviceValuesRequest", "urn:importMeteringDeviceValues", "soap.service_unknown"},
	} {
		t.Run(test.name, func(t *testing.T) {
			space, local := metering, test.element
			if l, ok := strings.CutPrefix(local, "base "); ok {
				space, local = base, l
			}
			tree, err := xmltree.Parse([]byte("<x>\n <q:"+local+" xmlns:q='"+space+"'/></x>"), xmltree.Options{})
			if err != nil {
				t.Fatal(err)
			}
			payload := tree.FirstElement(tree.Root())
			op, err := set.Find(test.path, tree, payload, test.action, test.action != absent)
			if r, ok := errors.AsType[*reject.Rejection](err); ok {
				if string(r.Code) != test.want {
					t.Errorf("got %v, want %s", r, test.want)
				}
				if r.Code != reject.SOAPServiceUnknown && (r.Line != 2 || r.Column != 2 || r.Path != "/x/q:"+local) {
					t.Errorf("at %d:%d %s", r.Line, r.Column, r.Path)
				}
				return
			}
			if got := op.Port.Name + " " + op.Name; got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestFind_allocates(t *testing.T) {
	data.CountAllocations(t)
	set, err := Read(xsd.Release(xsd.Current))
	if err != nil {
		t.Fatal(err)
	}
	tree, err := xmltree.Parse([]byte("<getStateRequest xmlns='"+base+"'/>"), xmltree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	n := testing.AllocsPerRun(100, func() {
		if _, err := set.Find(path1, tree, tree.Root(), "urn:getState", true); err != nil {
			t.Fatal(err)
		}
	})
	if n > 0 {
		t.Errorf("finding an operation allocates %v times", n)
	}
}

func TestPublish(t *testing.T) {
	set, err := Read(xsd.Release(xsd.Current))
	if err != nil {
		t.Fatal(err)
	}
	public := "https://gate.example.net:8443" + path1
	seen := make(map[string]bool)
	for queue := []string{""}; len(queue) > 0; queue = queue[1:] {
		b, err := set.Publish(path1, queue[0], public)
		if err != nil {
			t.Fatalf("%q: %v", queue[0], err)
		}
		tree, err := xmltree.Parse(b, xmltree.Options{AllowPI: true})
		if err != nil {
			t.Fatalf("%q: %v", queue[0], err)
		}
		for n := tree.Root(); n < tree.End(tree.Root()); n++ {
			for _, attr := range []string{"location", "schemaLocation"} {
				v, ok := tree.Attr(n, "", attr)
				if !ok {
					continue
				}
				rest, ok := strings.CutPrefix(string(v), public)
				if !ok {
					t.Errorf("%q: %s %q does not lead to the gate", queue[0], attr, v)
				}
				if file, ok := strings.CutPrefix(rest, "?xsd="); ok && !seen[file] {
					seen[file] = true
					queue = append(queue, file)
				}
			}
		}
	}
	if len(seen) != 5 {
		t.Errorf("followed to %v, want five schemas", seen)
	}
	b, err := set.Publish(path1+"/", "", public+"/")
	if err != nil || !strings.Contains(string(b), `<soap:address location="`+public+`"/>`) {
		t.Errorf("with a slash at the end: %v\n%s", err, b)
	}
	for _, name := range []string{"nsi/hcs-nsi-types.xsd", "../2.0/lib/hcs-base.xsd", "lib/../lib/hcs-base.xsd", "/etc/passwd", "lib"} {
		if _, err := set.Publish(path1, name, public); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: got %v, want not exist", name, err)
		}
	}
	if _, err := set.Publish("/elsewhere", "", public); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("unknown path: got %v", err)
	}
}

// description is a small good one for the table of bad ones to spoil.
const description = `<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:t="urn:t" targetNamespace="urn:t">
<message name="In"><part name="p" element="t:in"/></message>
<message name="Out"><part name="p" element="t:out"/></message>
<message name="H"><part name="h" element="t:h"/></message>
<message name="F"><part name="f" element="t:f"/></message>
<portType name="PT"><operation name="op"><input message="t:In"/><output message="t:Out"/><fault name="f" message="t:F"/></operation></portType>
<binding name="B" type="t:PT"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
<operation name="op"><soap:operation soapAction="urn:op"/>
<input><soap:body use="literal"/><soap:header message="t:H" part="h" use="literal"/></input>
<output><soap:body use="literal"/></output><fault name="f"><soap:fault name="f" use="literal"/></fault></operation></binding>
<service name="S"><port name="P" binding="t:B"><soap:address location="http://h/p"/></port></service>
</definitions>`

func TestRead_refused(t *testing.T) {
	if _, err := Read(fstest.MapFS{"a.wsdl": {Data: []byte(description)}}); err != nil {
		t.Fatalf("the good description: %v", err)
	}
	for _, test := range []struct{ name, old, new, want string }{
		{"not well-formed", "</definitions>", "", "a.wsdl:12:1: XML 1.0"},
		{"not a description", "definitions", "descriptions", "a.wsdl:1:1: WSDL 2.1"},
		{"no such binding", `binding="t:B"`, `binding="t:C"`, `a.wsdl:11:19: WSDL 2.1.1: binding "t:C" is not defined`},
		{"unbound prefix", `binding="t:B"`, `binding="u:B"`, `binding "u:B" is not defined`},
		{"no such portType", `type="t:PT"`, `type="t:PU"`, `a.wsdl:7:1: WSDL 2.1.1: portType "t:PU"`},
		{"no such operation", `<operation name="op"><soap`, `<operation name="pp"><soap`, `a.wsdl:8:1: R2718`},
		{"no such message", `<input message="t:In"/>`, `<input message="t:Im"/>`, `message "t:Im" is not defined`},
		{"no such part", `part="h"`, `part="g"`, `a.wsdl:9:34: WSDL 2.3: message "H" has no part "g"`},
		{"part of a type", `name="p" element="t:in"`, `name="p" type="t:in"`, "a.wsdl:2:20: R2204"},
		{"two parts", `<part name="p" element="t:in"/>`, `<part name="p" element="t:in"/><part name="q" element="t:in"/>`, "R2210"},
		{"rpc", `<soap:binding `, `<soap:binding style="rpc" `, "R2705"},
		{"rpc operation", `<soap:operation `, `<soap:operation style="rpc" `, "R2705"},
		{"encoded", `<soap:body use="literal"/><soap:header`, `<soap:body use="encoded"/><soap:header`, "R2706"},
		{"not HTTP", "http://schemas.xmlsoap.org/soap/http", "http://schemas.xmlsoap.org/soap/smtp", "R2702"},
		{"address without path", `location="http://h/p"`, `location="http://h"`, "has no path"},
		{"undeclared fault", `<fault name="f"><soap`, `<fault name="g"><soap`, `no fault "g"`},
		{"defined twice", `<message name="Out">`, `<message name="In">`, "a.wsdl:3:1: WSDL 2.1.1: message \"In\" is defined twice"},
		{"import leads out", `<message name="In">`, `<import namespace="urn:x" location="../x.wsdl"/><message name="In">`, "leads out"},
		{"import from the network", `<message name="In">`, `<import namespace="urn:x" location="http://h/x.wsdl"/><message name="In">`, "leads out"},
		{"import of nothing", `<message name="In">`, `<import namespace="urn:x" location="x.wsdl"/><message name="In">`, "x.wsdl"},
	} {
		t.Run(test.name, func(t *testing.T) {
			bad := strings.Replace(description, test.old, test.new, 1)
			if test.name == "not a description" {
				bad = strings.ReplaceAll(description, test.old, test.new)
			}
			if bad == description {
				t.Fatal("nothing was replaced")
			}
			_, err := Read(fstest.MapFS{"a.wsdl": {Data: []byte(bad)}})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// TestRead_imported finds definitions in an imported document, also where the
// documents import each other.
func TestRead_imported(t *testing.T) {
	abstract, concrete, _ := strings.Cut(description, "<binding")
	head, _, _ := strings.Cut(description, "\n")
	set, err := Read(fstest.MapFS{
		"svc/a.wsdl":  {Data: []byte(head + `<import namespace="urn:t" location="../lib/b.wsdl"/><binding` + concrete)},
		"lib/b.wsdl":  {Data: []byte(strings.Replace(abstract, "<message", `<import namespace="urn:t" location="../svc/a.wsdl"/><message`, 1) + "</definitions>")},
		"lib/no.text": {Data: []byte("not a description")},
	})
	if err != nil {
		t.Fatal(err)
	}
	op := set.Operations("/p")[0]
	got := []string{clark(op.Headers[0]), clark(op.Input), clark(op.Output), clark(op.Faults[0])}
	if diff := cmp.Diff([]string{"{urn:t}h", "{urn:t}in", "{urn:t}out", "{urn:t}f"}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"svc/a.wsdl", "lib/b.wsdl"}, set.Files("svc/a.wsdl")); diff != "" {
		t.Error(diff)
	}
}

func FuzzWSDL(f *testing.F) {
	f.Add([]byte(description))
	for _, release := range []string{xsd.Current, xsd.Retired} {
		files, err := fs.Glob(xsd.Release(release), "*/*.wsdl")
		if err != nil || len(files) == 0 {
			f.Fatal(files, err)
		}
		for _, name := range files {
			b, err := fs.ReadFile(xsd.Release(release), name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		set, err := Read(fstest.MapFS{"a.wsdl": {Data: b}})
		if err != nil {
			return
		}
		// What was read can be found and published.
		for _, p := range set.Ports {
			for _, o := range p.Operations {
				if o.Input.Local == "" || !slices.Contains(set.calls[call{p.Path, o.Input}], o) && len(set.calls[call{p.Path, o.Input}]) == 0 {
					t.Errorf("operation %q cannot be found", o.Name)
				}
			}
			if _, err := set.Publish(p.Path, "", "https://gate.example"+p.Path); err != nil {
				t.Errorf("publishing what was read: %v", err)
			}
		}
	})
}
