package schema

import (
	"fmt"
	"testing"

	"github.com/soapgate/soapgate/bench/worst"
	"github.com/soapgate/soapgate/internal/xmltree"
)

func TestValidate_options(t *testing.T) {
	s, err := compileText(`<xs:element name="known" type="xs:int"/>
<xs:element name="skip"><xs:complexType><xs:sequence><xs:any processContents="skip"/></xs:sequence><xs:anyAttribute processContents="skip"/></xs:complexType></xs:element>
<xs:element name="ints"><xs:complexType><xs:sequence><xs:element name="i" type="xs:int" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>
<xs:element name="cut"><xs:complexType><xs:sequence><xs:element name="i" maxOccurs="unbounded"><xs:complexType><xs:attribute name="e" type="xs:ENTITY"/></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>
<xs:element name="dflt" type="t:Base" default="x"/><xs:complexType name="Base"><xs:simpleContent><xs:extension base="xs:string"/></xs:simpleContent></xs:complexType>
<xs:complexType name="Less"><xs:simpleContent><xs:restriction base="t:Base"><xs:maxLength value="0"/></xs:restriction></xs:simpleContent></xs:complexType>`)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, text string
		o          ValidateOptions
		want       string // rules of the findings
	}{
		{"skip", `<t:skip><x/></t:skip>`, ValidateOptions{}, "[]"},
		{"skip, wrong value", `<t:skip><t:known>x</t:known></t:skip>`, ValidateOptions{}, "[]"},
		{"skip, raised to lax", `<t:skip b="1"><t:known>x</t:known></t:skip>`, ValidateOptions{Wildcards: Lax}, "[cvc-datatype-valid.1.2.1]"},
		{"skip, raised to lax, unknown", `<t:skip b="1"><x><y/></x></t:skip>`, ValidateOptions{Wildcards: Lax}, "[]"},
		{"skip, raised to strict", `<t:skip><x/></t:skip>`, ValidateOptions{Wildcards: Strict}, "[cvc-complex-type.2.4.c]"},
		{"attribute, raised to strict", `<t:skip b="1"><t:known>1</t:known></t:skip>`, ValidateOptions{Wildcards: Strict}, "[cvc-complex-type.3.2.2]"},
		{"unknown root", `<x><t:known>x</t:known></x>`, ValidateOptions{}, "[cvc-elt.1]"},
		{"unknown root, lax", `<x><t:known>x</t:known></x>`, ValidateOptions{Lax: true}, "[cvc-datatype-valid.1.2.1]"},
		{"all findings", `<t:ints><i>x</i><i>y</i><i>z</i></t:ints>`, ValidateOptions{}, "[cvc-datatype-valid.1.2.1 cvc-datatype-valid.1.2.1 cvc-datatype-valid.1.2.1]"},
		{"two findings", `<t:ints><i>x</i><i>y</i><i>z</i></t:ints>`, ValidateOptions{MaxFindings: 2}, "[cvc-datatype-valid.1.2.1 cvc-datatype-valid.1.2.1]"},
		{"attribute of the envelope", `<t:ints t:foo="1"><i>1</i></t:ints>`, ValidateOptions{Framing: "urn:t"}, "[]"},
		{"attribute of another", `<t:ints t:foo="1"><i>1</i></t:ints>`, ValidateOptions{Framing: "urn:u"}, "[cvc-complex-type.3.2.2]"},
		{"attribute of the envelope, deeper", `<t:ints><i t:foo="1">1</i></t:ints>`, ValidateOptions{Framing: "urn:t"}, "[cvc-type.3.1.1]"},
		{"entity", `<t:cut><i e="e"/></t:cut>`, ValidateOptions{}, "[cvc-entity]"},
		{"default of another type", `<t:dflt xsi:type="t:Less"/>`, ValidateOptions{}, "[cvc-elt.5.1.1]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			tree := parseTree(t, qualified(test.text))
			defer tree.Release()
			rules := []string{}
			for _, f := range s.Validate(tree, tree.Root(), test.o) {
				rules = append(rules, f.Rule)
				wellPut(t, f)
			}
			if got := fmt.Sprint(rules); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// TestValidate_entity: an unparsed entity that the document declares is one.
func TestValidate_entity(t *testing.T) {
	s, err := compileText(`<xs:element name="e" type="xs:ENTITIES"/>`)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := xmltree.Parse([]byte(`<!DOCTYPE t:e [<!NOTATION n SYSTEM "n"><!ENTITY a SYSTEM "a" NDATA n><!ENTITY b "b">]><t:e xmlns:t="urn:t">a</t:e>`),
		xmltree.Options{DTD: xmltree.CheckDTD})
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Release()
	if found := s.Validate(tree, tree.Root(), ValidateOptions{}); found != nil {
		t.Errorf("got %+v", found)
	}
}

// TestValidate_concurrent validates with one Set from many goroutines.
func TestValidate_concurrent(t *testing.T) {
	s := compileWorst(t)
	for range 8 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			for _, w := range worst.Messages {
				tree := parseTree(t, w.Bytes(3000))
				first := fmt.Sprint(s.Validate(tree, tree.Root(), ValidateOptions{}))
				for range 3 {
					if again := fmt.Sprint(s.Validate(tree, tree.Root(), ValidateOptions{})); again != first {
						t.Errorf("%s: %s, then %s", w.Name, first, again)
					}
				}
				tree.Release()
			}
		})
	}
}
