package soap

import (
	"encoding/xml"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/schema"
	"github.com/soapgate/soapgate/internal/xmltree"
	"github.com/soapgate/soapgate/xsd"
)

const hcsBase = "http://dom.gosuslugi.ru/schema/integration/base/"

// hostile are values that a client might send to be repeated in a fault.
var hostile = []string{
	"",
	"plain",
	`</faultstring><evil attr="1">&amp;`,
	"]]><!-- --><?pi?><!DOCTYPE a>",
	"a\x00b\x01\x1f\x7f\u0085\u2028\uFFFE\uFFFF\U0001F600",
	"\xff\xfe\xc0\x80\xed\xa0\x80",
	"CR\rLF\nTAB\t\r\nSet-Cookie: x",
	strings.Repeat("ж", 10_000),
	"&lol1;&#0;&#xD;{code}{found}",
}

func hcsSystem(message string) *SystemFault {
	return &SystemFault{
		Element:        xml.Name{Space: hcsBase, Local: "Fault"},
		CodeElement:    xml.Name{Space: hcsBase, Local: "ErrorCode"},
		MessageElement: xml.Name{Space: hcsBase, Local: "ErrorMessage"},
		Code:           "FMT001300", Message: message,
	}
}

// faults makes a fault of every code in every form with a hostile value in
// every place.
func faults() (list []*Fault) {
	for i, e := range reject.Catalogue() {
		for j, bad := range hostile {
			r := reject.New(e.Code, "found", bad, "expected", bad, "block", "{"+bad+"}"+"Block", "element", bad)
			r.At(i, j, bad)
			for k := range 12 {
				r.Findings = append(r.Findings, reject.Finding{
					Rule: bad, Line: k, Path: bad, Found: bad, Expected: bad, Text: reject.Text{RU: bad, EN: bad},
				})
			}
			f := &Fault{
				Version: V11 + Version((i+j)%2), Rejection: r, Lang: []string{"ru", "en"}[j%2], RequestID: bad,
				MessageGUID: bad, Brief: j%3 == 2, Link: "https://gate.example/faults/" + string(e.Code),
			}
			if j%2 == 0 {
				f.System = hcsSystem(bad)
				f.RetryAt = time.Date(2026, 1, 15, 10, 0, 0, 0, time.FixedZone("MSK", 3*3600))
				f.RelatesTo = Addressing{Namespace: NamespaceAddressing, MessageID: bad}
			}
			list = append(list, f)
		}
	}
	return list
}

// documents are the faults as they are sent.
var documents = sync.OnceValues(func() (list []*Fault, docs [][]byte) {
	list = faults()
	for _, f := range list {
		docs = append(docs, f.Bytes())
	}
	return list, docs
})

func TestFault_wellFormed(t *testing.T) {
	list, docs := documents()
	for i, f := range list {
		b := docs[i]
		tree, err := xmltree.Parse(b, xmltree.Options{})
		if err != nil {
			t.Fatalf("%s: %v\n%s", f.Rejection.Code, err, b)
		}
		if n := len(b); n > 256<<10 {
			t.Errorf("%s: %d bytes", f.Rejection.Code, n)
		}
		// No value became markup: the names in the fault are ours.
		for n := tree.Root(); n < tree.End(tree.Root()); n++ {
			if tree.Kind(n) != xmltree.Element {
				continue
			}
			ours(t, f.Rejection.Code, tree.Name(n))
			for a := range tree.Attrs(n) {
				ours(t, f.Rejection.Code, tree.NameOf(a.NameID))
			}
		}
		tree.Release()
	}
}

func ours(t *testing.T, code reject.Code, q xmltree.Name) {
	t.Helper()
	switch q.Space {
	case "", Namespace11, Namespace12, NamespaceFault, NamespaceAddressing, hcsBase, xmltree.NamespaceXML:
		if q.Local == "evil" {
			t.Errorf("%s: element %v came from input", code, q)
		}
	default:
		t.Errorf("%s: name %v of an unknown namespace", code, q)
	}
}

// TestFault_valid holds every fault against the schemas that are published.
func TestFault_valid(t *testing.T) {
	files := fstest.MapFS{}
	for dir, fsys := range map[string]fs.FS{"": xsd.Fault(), "release/": xsd.Release(xsd.Current)} {
		err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := fs.ReadFile(fsys, name)
			files[dir+name] = &fstest.MapFile{Data: b}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	set, err := schema.Compile(files, []schema.Document{
		{Path: "soap/soap11.xsd"}, {Path: "soap/soap12.xsd"}, {Path: "fault.xsd"}, {Path: "release/lib/hcs-base.xsd"},
	}, schema.Options{})
	if err != nil {
		t.Fatal(err)
	}
	list, docs := documents()
	for i, f := range list {
		doc := docs[i]
		tree, err := xmltree.Parse(doc, xmltree.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if findings := set.Validate(tree, tree.Root(), schema.ValidateOptions{}); len(findings) > 0 {
			t.Fatalf("%s: %+v\n%s", f.Rejection.Code, findings[0], doc)
		}
		tree.Release()
	}
}

// TestFault_xmllint lets another validator judge the same.
func TestFault_xmllint(t *testing.T) {
	xmllint := data.Tool(t, "xmllint")
	dir := t.TempDir()
	if err := os.CopyFS(dir, xsd.Fault()); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "release"), xsd.Release(xsd.Current)); err != nil {
		t.Fatal(err)
	}
	driver := `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
<xs:import namespace="` + Namespace11 + `" schemaLocation="soap/soap11.xsd"/>
<xs:import namespace="` + Namespace12 + `" schemaLocation="soap/soap12.xsd"/>
<xs:import namespace="` + NamespaceFault + `" schemaLocation="fault.xsd"/>
<xs:import namespace="` + hcsBase + `" schemaLocation="release/lib/hcs-base.xsd"/>
</xs:schema>`
	write := func(name, content string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	args := []string{"--noout", "--nonet", "--schema", write("driver.xsd", driver)}
	_, docs := documents()
	for i := 0; i < len(docs); i += 5 { // nine forms a code: all of them, over the codes
		args = append(args, write(fmt.Sprintf("%d.xml", i), string(docs[i])))
	}
	if out, err := exec.Command(xmllint, args...).CombinedOutput(); err != nil {
		lines := slices.DeleteFunc(strings.Split(string(out), "\n"), func(l string) bool { return strings.HasSuffix(l, " validates") })
		t.Errorf("%v\n%s", err, strings.Join(lines[:min(len(lines), 20)], "\n"))
	}
}

func TestFault_bytes(t *testing.T) {
	r := reject.New(reject.SOAPOperationUnknown, "element", "{urn:x}<y>").At(3, 7, "/s:Envelope/s:Body/y")
	full := &Fault{Rejection: r, Lang: "ru", RequestID: "id-1", System: hcsSystem(""), Link: "https://gate.example/faults/soap.operation_unknown"}
	twelve := *full
	twelve.Version, twelve.System, twelve.Lang = V12, nil, "en"
	twelve.RelatesTo = Addressing{Namespace: NamespaceAddressing, MessageID: "urn:uuid:1"}
	brief := *full
	brief.Brief = true
	addressing := &Fault{Rejection: reject.New(reject.SOAPAddressingCardinality, "block", "To"), Version: V12}
	mismatch := &Fault{Rejection: reject.New(reject.SOAPVersionMismatch, "found", "urn:x", "expected", Namespace11)}
	not := &Fault{Rejection: reject.New(reject.SOAPMustUnderstand, "block", "{urn:x}Block"), Version: V12}
	for _, test := range []struct {
		name    string
		fault   *Fault
		want    []string
		without []string
		status  int
	}{
		{"1.1", full, []string{
			`<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">`,
			"<faultcode>soap:Client</faultcode>",
			`<faultstring xml:lang="ru">FMT001300: У службы нет операции с элементом запроса {urn:x}&lt;y&gt;.</faultstring>`,
			`<sys:Fault xmlns:sys="` + hcsBase + `"><sys:ErrorCode xmlns:sys="` + hcsBase + `">FMT001300</sys:ErrorCode>`,
			"<gate:Code>soap.operation_unknown</gate:Code><gate:Stage>soap</gate:Stage><gate:RequestId>id-1</gate:RequestId>",
			"<gate:Line>3</gate:Line><gate:Column>7</gate:Column><gate:Path>/s:Envelope/s:Body/y</gate:Path>",
			"<gate:Retry>revise</gate:Retry><gate:Link>https://gate.example/faults/soap.operation_unknown</gate:Link>",
		}, []string{"soap:Header", "<y>", "Subcode"}, 500},
		{"1.2", &twelve, []string{
			`<soap:Code><soap:Value>soap:Sender</soap:Value><soap:Subcode><soap:Value xmlns:gate="urn:soapgate:fault:1">gate:soap.operation_unknown</soap:Value></soap:Subcode></soap:Code>`,
			`<soap:Reason><soap:Text xml:lang="en">The service has no operation`, `<soap:Text xml:lang="ru">У службы`,
			`>http://www.w3.org/2005/08/addressing/soap/fault</wsa:Action>`, ">urn:uuid:1</wsa:RelatesTo>",
		}, []string{"faultcode", "sys:"}, 400},
		{"brief", &brief, []string{"<gate:Code>soap.operation_unknown</gate:Code>"}, []string{"gate:Line", "gate:Path"}, 500},
		{"addressing", addressing, []string{
			`<soap:Subcode><soap:Value xmlns:wsa="http://www.w3.org/2005/08/addressing">wsa:InvalidAddressingHeader</soap:Value><soap:Subcode><soap:Value xmlns:gate="urn:soapgate:fault:1">gate:soap.addressing.cardinality<`,
		}, nil, 400},
		{"version mismatch", mismatch, []string{
			"<faultcode>soap:VersionMismatch</faultcode>", "<env:SupportedEnvelope", `qname="s:Envelope"`,
		}, nil, 500},
		{"not understood", not, []string{
			"<soap:Value>soap:MustUnderstand</soap:Value>", `<soap:NotUnderstood xmlns:b="urn:x" qname="b:Block"/>`,
		}, nil, 500},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := string(test.fault.Bytes())
			for _, want := range test.want {
				if !strings.Contains(b, want) {
					t.Errorf("lacks %s", want)
				}
			}
			for _, bad := range test.without {
				if strings.Contains(b, bad) {
					t.Errorf("has %s", bad)
				}
			}
			if got := test.fault.Status(); got != test.status {
				t.Errorf("status %d, want %d", got, test.status)
			}
			if t.Failed() {
				t.Log(b)
			}
		})
	}
}

func TestFault_status(t *testing.T) {
	for _, e := range reject.Catalogue() {
		r := reject.New(e.Code)
		want11, want12 := 500, 500
		if e.Side == reject.Sender {
			want12 = 400
		}
		if e.Status != 0 {
			want11, want12 = e.Status, e.Status
		}
		for v, want := range map[Version]int{0: want11, V11: want11, V12: want12} {
			if got := (&Fault{Version: v, Rejection: r}).Status(); got != want {
				t.Errorf("%s, %v: %d, want %d", e.Code, v, got, want)
			}
		}
	}
	if got := (&Fault{}).ContentType(); got != "text/xml; charset=utf-8" {
		t.Error(got)
	}
	if got := (&Fault{Version: V12}).ContentType(); got != "application/soap+xml; charset=utf-8" {
		t.Error(got)
	}
}

// TestSchema keeps the fault's schema and this package of one mind about the
// namespace.
func TestSchema(t *testing.T) {
	b, err := fs.ReadFile(xsd.Fault(), "fault.xsd")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), `targetNamespace="`+NamespaceFault+`"`) {
		t.Error("fault.xsd has another target namespace")
	}
}

func FuzzFault(f *testing.F) {
	for i, bad := range hostile {
		f.Add(uint8(i), bad, bad, bad, i)
	}
	f.Fuzz(func(t *testing.T, variant uint8, a, b, c string, line int) {
		entries := reject.Catalogue()
		r := reject.New(entries[int(variant)%len(entries)].Code, "found", a, "block", "{"+b+"}"+c).At(line, line, c)
		r.Findings = []reject.Finding{{Rule: a, Path: b, Found: c, Text: reject.Text{RU: a, EN: b}}}
		fault := &Fault{Version: Version(variant % 3), Rejection: r, System: hcsSystem(c), RequestID: a, MessageGUID: b,
			RelatesTo: Addressing{Namespace: NamespaceAddressing, MessageID: c}}
		doc := fault.Bytes()
		tree, err := xmltree.Parse(doc, xmltree.Options{})
		if err != nil {
			t.Fatalf("%v\n%s", err, doc)
		}
		defer tree.Release()
		body := tree.Child(tree.Root(), fault.version().Namespace(), "Body")
		if tree.NextElement(body) != xmltree.None || !tree.Is(tree.FirstElement(body), fault.version().Namespace(), "Fault") {
			t.Errorf("not one fault in one body:\n%s", doc)
		}
	})
}
