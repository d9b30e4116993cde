package soap_test

import (
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest/vector"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/soap"
	"github.com/soapgate/soapgate/internal/wsdl"
	"github.com/soapgate/soapgate/internal/xmltree"
	"github.com/soapgate/soapgate/xsd"
)

func BenchmarkRead(b *testing.B) {
	set, err := wsdl.Read(xsd.Release(xsd.Current))
	if err != nil {
		b.Fatal(err)
	}
	s := settings(set)
	for _, v := range vector.Load(b, "soap") {
		if v.Name != "good-11" {
			continue
		}
		tree, err := xmltree.Parse(v.Files["request"], xmltree.Options{})
		if err != nil {
			b.Fatal(err)
		}
		facts := soap.HTTPFacts{Version: soap.V11, Action: "urn:getState", HasAction: true}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := soap.Read(tree, facts, s); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkFault(b *testing.B) {
	r := reject.New(reject.SOAPOperationUnknown, "element", "{urn:x}y").At(3, 7, "/s:Envelope/s:Body/y")
	for range 10 {
		r.Findings = append(r.Findings, reject.Finding{Rule: "R1014", Line: 3, Column: 7, Path: r.Path, Text: r.Text()})
	}
	f := soap.Fault{Rejection: r, Lang: "ru", RequestID: "id"}
	b.ReportAllocs()
	for b.Loop() {
		f.Bytes()
	}
}
