package soap_test

import (
	"cmp"
	"encoding/xml"
	"errors"
	"net/http"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest/vector"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/soap"
	"github.com/soapgate/soapgate/internal/wsdl"
	"github.com/soapgate/soapgate/internal/xmltree"
	"github.com/soapgate/soapgate/xsd"
)

const defaultPath = "/ext-bus-device-metering-service/services/DeviceMeteringAsync"

func settings(set *wsdl.Set) *soap.Settings {
	s := &soap.Settings{Understood: map[xml.Name]bool{
		{Space: soap.NamespaceAddressingNone, Local: "Action"}: true,
	}}
	for _, p := range set.Ports {
		for _, o := range p.Operations {
			for _, h := range o.Headers {
				s.Understood[h] = true
			}
		}
	}
	return s
}

// judge leads a vector through everything that this package and the
// description decide.
func judge(tb testing.TB, v vector.Vector, set *wsdl.Set, s *soap.Settings) error {
	h := http.Header{}
	for field, value := range map[string]string{
		"Content-Type": cmp.Or(v.Header["content-type"], "text/xml; charset=utf-8"),
		"SOAPAction":   cmp.Or(v.Header["action"], `"urn:getState"`),
	} {
		if value != "-" {
			h.Set(field, value)
		}
	}
	facts, err := soap.CheckHTTP(cmp.Or(v.Header["method"], "POST"), h, s)
	if err != nil {
		return err
	}
	tree, err := xmltree.Parse(v.Files["request"], xmltree.Options{Charset: facts.Charset})
	if err != nil {
		return err
	}
	if status := v.Int(tb, "status"); status != 0 {
		_, err := soap.ReadAnswer(tree, facts, status, s)
		return err
	}
	env, err := soap.Read(tree, facts, s)
	if err != nil {
		return err
	}
	op, err := set.Find(cmp.Or(v.Header["path"], defaultPath), tree, env.Payload, facts.Action, facts.HasAction)
	if err != nil {
		return err
	}
	return env.Require(tree, op.Headers)
}

func TestVectors(t *testing.T) {
	set, err := wsdl.Read(xsd.Release(xsd.Current))
	if err != nil {
		t.Fatal(err)
	}
	s := settings(set)
	for _, v := range vector.Load(t, "soap") {
		t.Run(v.Name, func(t *testing.T) {
			err := judge(t, v, set, s)
			if v.Accept() {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			r, ok := errors.AsType[*reject.Rejection](err)
			if !ok {
				t.Fatalf("got %v, want %s", err, v.Header["code"])
			}
			if string(r.Code) != v.Header["code"] {
				t.Fatalf("got %v, want %s", r, v.Header["code"])
			}
			if line := v.Int(t, "line"); line > 0 && r.Line != line {
				t.Errorf("at line %d, want %d", r.Line, line)
			}
			if r.Code.Stage() == reject.SOAP && r.Code != reject.SOAPServiceUnknown && (r.Line == 0 || r.Path == "") {
				t.Errorf("no place: %+v", r)
			}
			if rule := v.Header["rule"]; rule != "" && (len(r.Findings) == 0 || r.Findings[0].Rule != rule) {
				t.Errorf("findings %+v, want rule %s", r.Findings, rule)
			}
		})
	}
}
