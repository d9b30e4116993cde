package soap_test

import (
	"cmp"
	"encoding/xml"
	"errors"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/gatetest/vector"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/soap"
	"github.com/soapgate/soapgate/internal/soap/attachment"
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
// description decide. The envelope is what was found of it.
func judge(tb testing.TB, v vector.Vector, set *wsdl.Set, s *soap.Settings) (*soap.Envelope, error) {
	with := *s
	s = &with
	s.Attachments = strings.Contains(v.Header["settings"], "attachments")
	path, query, _ := strings.Cut(cmp.Or(v.Header["path"], defaultPath), "?")
	if v.Header["method"] == "GET" && query != "" {
		if published(tb, set, path, query) {
			return nil, nil
		}
	}
	facts, err := soap.CheckHTTP(cmp.Or(v.Header["method"], "POST"), header(v), s)
	if err != nil {
		return nil, err
	}
	tree, err := document(v.Files["request"], facts)
	if err != nil {
		return nil, err
	}
	defer tree.Release()
	if status := v.Int(tb, "status"); status != 0 {
		return soap.ReadAnswer(tree, facts, status, s)
	}
	env, err := soap.Read(tree, facts, s)
	if err != nil {
		return env, err
	}
	op, err := set.Find(path, tree, env.Payload, facts.Action, facts.HasAction)
	if err != nil {
		return env, err
	}
	return env, env.Require(tree, op.Headers)
}

func header(v vector.Vector) http.Header {
	h := http.Header{}
	for field, value := range map[string]string{
		"Content-Type": cmp.Or(v.Header["content-type"], "text/xml; charset=utf-8"),
		"SOAPAction":   cmp.Or(v.Header["action"], `"urn:getState"`),
	} {
		if value != "-" {
			h.Set(field, value)
		}
	}
	return h
}

// published reports whether a query asks for a document that is published.
func published(tb testing.TB, set *wsdl.Set, path, query string) bool {
	tb.Helper()
	values, err := url.ParseQuery(query)
	if err != nil {
		tb.Fatal(err)
	}
	_, err = set.Publish(path, cmp.Or(values.Get("wsdl"), values.Get("xsd")), "https://gate.example"+path)
	return err == nil
}

func document(body []byte, facts soap.HTTPFacts) (*xmltree.Tree, error) {
	parse := func(src []byte, charset string) (*xmltree.Tree, error) {
		return xmltree.Parse(src, xmltree.Options{Charset: charset})
	}
	if facts.Multipart != nil {
		return attachment.Open(body, facts.Multipart, attachment.Limits{}, parse)
	}
	return parse(body, facts.Charset)
}

// refusalMemory is the most that refusing a message may allocate here,
// whatever its size.
const refusalMemory = 256 << 10

// TestAttacks runs the attacks that end in the HTTP headers, the package or
// the envelope, at a bounded cost.
func TestAttacks(t *testing.T) {
	set, err := wsdl.Read(xsd.Release(xsd.Current))
	if err != nil {
		t.Fatal(err)
	}
	refused, passed := map[string]bool{}, map[string]bool{}
	for _, v := range vector.Load(t, "attacks") {
		if stage := v.Header["stage"]; stage != "soap" && stage != "http" || v.Header["sign"] != "" {
			continue
		}
		side := refused
		if v.Accept() {
			side = passed
		}
		side[v.Header["row"]] = true
		t.Run(v.Name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			check(t, v, set, settings(set))
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > refusalMemory && !v.Accept() && !data.Race {
				t.Errorf("allocated %d bytes for a message of %d", used, len(v.Files["request"]))
			}
		})
	}
	for _, row := range strings.Fields("11 21 22 23 24 25 26 27 28 30") {
		if !refused[row] || !passed[row] {
			t.Errorf("row %s: refused %v, near miss %v", row, refused[row], passed[row])
		}
	}
}

func TestVectors(t *testing.T) {
	set, err := wsdl.Read(xsd.Release(xsd.Current))
	if err != nil {
		t.Fatal(err)
	}
	s := settings(set)
	for _, v := range vector.Load(t, "soap") {
		t.Run(v.Name, func(t *testing.T) {
			check(t, v, set, s)
		})
	}
}

// check holds the verdict on a vector against its header.
func check(t *testing.T, v vector.Vector, set *wsdl.Set, s *soap.Settings) {
	t.Helper()
	env, err := judge(t, v, set, s)
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
	answered(t, r, env)
	if string(r.Code) != v.Header["code"] {
		t.Fatalf("got %v, want %s", r, v.Header["code"])
	}
	if line := v.Int(t, "line"); line > 0 && r.Line != line {
		t.Errorf("at line %d, want %d", r.Line, line)
	}
	if r.Code.Stage() == reject.SOAP && r.Code != reject.SOAPServiceUnknown && r.Code != reject.SOAPAttachment && (r.Line == 0 || r.Path == "") {
		t.Errorf("no place: %+v", r)
	}
	if rule := v.Header["rule"]; rule != "" && (len(r.Findings) == 0 || r.Findings[0].Rule != rule) {
		t.Errorf("findings %+v, want rule %s", r.Findings, rule)
	}
}

// answered wants a fault of either version in which nothing of the message has
// become markup.
func answered(t *testing.T, r *reject.Rejection, env *soap.Envelope) {
	t.Helper()
	for _, version := range []soap.Version{soap.V11, soap.V12} {
		f := soap.Fault{Version: version, Rejection: r}
		if env != nil {
			f.RelatesTo = env.Addressing
		}
		tree, err := xmltree.Parse(f.Bytes(), xmltree.Options{})
		if err != nil {
			t.Fatalf("%v\n%s", err, f.Bytes())
		}
		for n := tree.Root(); n < tree.End(tree.Root()); n++ {
			if tree.Kind(n) == xmltree.Element && tree.Name(n).Local == "evil" {
				t.Errorf("input became markup:\n%s", f.Bytes())
			}
		}
		tree.Release()
	}
}
