package soap_test

import (
	"encoding/xml"
	"errors"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest/vector"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/soap"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// FuzzEnvelope wants every refusal to have a code and a place, every accepted
// envelope to have the one shape that all receivers read alike, and every
// refusal to be answered with a fault that can be read.
func FuzzEnvelope(f *testing.F) {
	for _, v := range vector.Load(f, "soap") {
		f.Add(v.Files["request"], uint8(0))
		f.Add(v.Files["request"], uint8(1))
	}
	f.Fuzz(func(t *testing.T, src []byte, variant uint8) {
		tree, err := xmltree.Parse(src, xmltree.Options{})
		if err != nil {
			return
		}
		defer tree.Release()
		s := &soap.Settings{Understood: map[xml.Name]bool{}}
		facts := soap.HTTPFacts{Version: soap.Version(variant % 3), Action: "urn:a", HasAction: variant&4 != 0}
		env, err := soap.Read(tree, facts, s)
		if err != nil {
			r, ok := errors.AsType[*reject.Rejection](err)
			if !ok || r.Code.Stage() != reject.SOAP || r.Line == 0 || r.Path == "" {
				t.Fatalf("refused with %v", err)
			}
			fault := soap.Fault{Version: env.Version, Rejection: r, RelatesTo: env.Addressing}
			doc := fault.Bytes()
			answer, err := xmltree.Parse(doc, xmltree.Options{})
			if err != nil {
				t.Fatalf("%v\n%s", err, doc)
			}
			answer.Release()
			return
		}
		onlyChild(t, tree, env)
		for _, b := range env.Blocks {
			if b.MustUnderstand && b.Ours && b.Name.Space != soap.NamespaceAddressing && b.Name.Space != soap.NamespaceAddressing2004 {
				t.Errorf("mandatory block %v passed", b.Name)
			}
		}
	})
}

func onlyChild(t *testing.T, tree *xmltree.Tree, env *soap.Envelope) {
	t.Helper()
	root := tree.Root()
	if tree.Parent(env.Body) != root || tree.Parent(env.Payload) != env.Body {
		t.Errorf("body at %s, payload at %s", tree.Path(env.Body), tree.Path(env.Payload))
	}
	if tree.NextElement(env.Body) != xmltree.None || tree.NextElement(env.Payload) != xmltree.None || tree.FirstElement(env.Body) != env.Payload {
		t.Error("body or payload is not alone")
	}
	if first := tree.FirstElement(root); first != env.Body && (first != env.Header || tree.NextElement(first) != env.Body) {
		t.Error("something stands beside header and body")
	}
}
