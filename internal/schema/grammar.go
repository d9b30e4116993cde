package schema

import (
	"strings"
	"sync"

	"github.com/soapgate/soapgate/internal/xmltree"
)

// grammarText is the schema for schemas (Part 1 appendix A) as far as it
// constrains single elements: for each kind of element, by context where that
// matters, its attributes and its children. An attribute is name, name:type
// where the name alone does not tell the type, and ! if it is required. The
// children are steps in order: a name or a parenthesized choice, with ? * or +;
// name=production where the context changes the element's grammar. A step
// ending in . ends the content when it was taken.
var grammarText = [...][3]string{
	{"schema", "id version targetNamespace elementFormDefault:form attributeFormDefault:form blockDefault:blockSet finalDefault:fullSet",
		"(include import redefine annotation)* (simpleType=simpleType/global complexType=complexType/global element=element/global attribute=attribute/global attributeGroup=attributeGroup/global group=group/global notation annotation)*"},
	{"include", "id schemaLocation!", "annotation?"},
	{"import", "id namespace schemaLocation", "annotation?"},
	{"redefine", "id schemaLocation!",
		"(annotation simpleType=simpleType/global complexType=complexType/global group=group/global attributeGroup=attributeGroup/global)*"},
	{"annotation", "id", "(appinfo documentation)*"},
	{"appinfo", "source", ""},
	{"documentation", "source", ""},
	{"notation", "id name! public system", "annotation?"},

	{"element/global", "id name! type substitutionGroup default fixed nillable abstract final:derivationSet block:blockSet",
		"annotation? (simpleType complexType)? (unique key keyref)*"},
	{"element", "id name ref type default fixed nillable block:blockSet form minOccurs maxOccurs",
		"annotation? (simpleType complexType)? (unique key keyref)*"},
	{"element/all", "id name ref type default fixed nillable block:blockSet form minOccurs:bit maxOccurs:bit",
		"annotation? (simpleType complexType)? (unique key keyref)*"},
	{"unique", "id name!", "annotation? selector field+"},
	{"key", "id name!", "annotation? selector field+"},
	{"keyref", "id name! refer!", "annotation? selector field+"},
	{"selector", "id xpath!", "annotation?"},
	{"field", "id xpath!", "annotation?"},

	{"attribute/global", "id name! type default fixed", "annotation? simpleType?"},
	{"attribute", "id name ref type use form default fixed", "annotation? simpleType?"},
	{"attributeGroup/global", "id name!", "annotation? (attribute attributeGroup)* anyAttribute?"},
	{"attributeGroup", "id ref!", "annotation?"},
	{"anyAttribute", "id namespace:spaces processContents", "annotation?"},

	{"complexType/global", "id name! mixed abstract final:derivationSet block:derivationSet", complexContent},
	{"complexType", "id mixed", complexContent},
	{"simpleContent", "id", "annotation? (restriction=restriction/simpleContent extension=extension/simpleContent)"},
	{"complexContent", "id mixed", "annotation? (restriction=restriction/complexContent extension=extension/complexContent)"},
	{"restriction/simpleContent", "id base!", "annotation? simpleType? " + facetElements + " (attribute attributeGroup)* anyAttribute?"},
	{"extension/simpleContent", "id base!", "annotation? (attribute attributeGroup)* anyAttribute?"},
	{"restriction/complexContent", "id base!", "annotation? (group all choice sequence)? (attribute attributeGroup)* anyAttribute?"},
	{"extension/complexContent", "id base!", "annotation? (group all choice sequence)? (attribute attributeGroup)* anyAttribute?"},

	{"group/global", "id name!", "annotation? (all=all/global choice=choice/global sequence=sequence/global)"},
	{"group", "id ref! minOccurs maxOccurs", "annotation?"},
	{"all/global", "id", "annotation? element=element/all*"},
	{"choice/global", "id", modelElements},
	{"sequence/global", "id", modelElements},
	{"all", "id minOccurs:bit maxOccurs:one", "annotation? element=element/all*"},
	{"choice", "id minOccurs maxOccurs", modelElements},
	{"sequence", "id minOccurs maxOccurs", modelElements},
	{"any", "id namespace:spaces processContents minOccurs maxOccurs", "annotation?"},

	{"simpleType/global", "id name! final:simpleSet", "annotation? (restriction list union)"},
	{"simpleType", "id final:simpleSet", "annotation? (restriction list union)"},
	{"restriction", "id base", "annotation? simpleType? " + facetElements},
	{"list", "id itemType", "annotation? simpleType?"},
	{"union", "id memberTypes", "annotation? simpleType*"},
	{"enumeration", "id value:string!", "annotation?"},
	{"pattern", "id value:string!", "annotation?"},
	{"whiteSpace", "id value:space! fixed:boolean", "annotation?"},
	{"length", "id value:count! fixed:boolean", "annotation?"},
	{"minLength", "id value:count! fixed:boolean", "annotation?"},
	{"maxLength", "id value:count! fixed:boolean", "annotation?"},
	{"totalDigits", "id value:positive! fixed:boolean", "annotation?"},
	{"fractionDigits", "id value:count! fixed:boolean", "annotation?"},
	{"minInclusive", "id value:string! fixed:boolean", "annotation?"},
	{"maxInclusive", "id value:string! fixed:boolean", "annotation?"},
	{"minExclusive", "id value:string! fixed:boolean", "annotation?"},
	{"maxExclusive", "id value:string! fixed:boolean", "annotation?"},
}

const (
	complexContent = "annotation? (simpleContent complexContent)?. (group all choice sequence)? (attribute attributeGroup)* anyAttribute?"
	modelElements  = "annotation? (element group choice sequence any)*"
	facetElements  = "(enumeration pattern whiteSpace length minLength maxLength totalDigits fractionDigits minInclusive maxInclusive minExclusive maxExclusive)*"
)

// A production is the grammar of one kind of element.
type production struct {
	attributes map[string]attributeRule
	required   []string
	steps      []step
}

type attributeRule struct {
	kind  string
	valid func(string) bool
}

type step struct {
	productions    map[string]string // by element name
	optional, many bool
	last           bool
}

// grammar is grammarText read once.
var grammar = sync.OnceValue(func() map[string]*production {
	g := make(map[string]*production)
	for _, row := range grammarText {
		p := &production{attributes: make(map[string]attributeRule)}
		for word := range strings.FieldsSeq(row[1]) {
			word, required := strings.CutSuffix(word, "!")
			name, kind, typed := strings.Cut(word, ":")
			if !typed {
				kind = attributeKinds[name]
			}
			valid, ok := attributeTypes[kind]
			if !ok {
				panic("schema: internal error: no type for attribute " + word)
			}
			p.attributes[name] = attributeRule{kind, valid}
			if required {
				p.required = append(p.required, name)
			}
		}
		p.steps = parseSteps(row[2])
		g[row[0]] = p
	}
	return g
})

func parseSteps(text string) []step {
	var steps []step
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		var names string
		if text[0] == '(' {
			names, text, _ = strings.Cut(text[1:], ")")
		} else {
			end := strings.IndexAny(text+" ", "?*+. ")
			names, text = text[:end], text[end:]
		}
		s := step{productions: make(map[string]string)}
		for name := range strings.FieldsSeq(names) {
			name, production, changed := strings.Cut(name, "=")
			if !changed {
				production = name
			}
			s.productions[name] = production
		}
		for ; text != "" && text[0] != ' '; text = text[1:] {
			switch text[0] {
			case '?':
				s.optional = true
			case '*':
				s.optional, s.many = true, true
			case '+':
				s.many = true
			case '.':
				s.last = true
			}
		}
		steps = append(steps, s)
	}
	return steps
}

// attributeKinds gives the type of the attributes that have the same one
// wherever they occur.
var attributeKinds = map[string]string{
	"id": "ID", "name": "NCName", "type": "QName", "base": "QName", "ref": "QName", "refer": "QName", "itemType": "QName",
	"substitutionGroup": "QName", "memberTypes": "QNames", "default": "string", "fixed": "string", "nillable": "boolean",
	"abstract": "boolean", "mixed": "boolean", "form": "form", "use": "use", "minOccurs": "count", "maxOccurs": "max",
	"namespace": "anyURI", "processContents": "process", "public": "string", "system": "anyURI", "source": "anyURI",
	"xpath": "string", "targetNamespace": "anyURI", "schemaLocation": "anyURI", "version": "string",
}

// attributeTypes are the lexical rules, on values with white space collapsed.
var attributeTypes = map[string]func(string) bool{
	"string":        func(string) bool { return true },
	"ID":            isNCName,
	"NCName":        isNCName,
	"QName":         isQName,
	"QNames":        func(s string) bool { return all(s, isQName) },
	"anyURI":        isAnyURI,
	"boolean":       oneOf("true", "false", "0", "1"),
	"form":          oneOf("qualified", "unqualified"),
	"use":           oneOf("optional", "required", "prohibited"),
	"process":       oneOf("strict", "lax", "skip"),
	"space":         oneOf("preserve", "replace", "collapse"),
	"count":         func(s string) bool { _, ok := parseCount(s); return ok },
	"positive":      func(s string) bool { n, ok := parseCount(s); return ok && n > 0 },
	"max":           func(s string) bool { _, ok := parseCount(s); return ok || s == "unbounded" },
	"bit":           func(s string) bool { n, ok := parseCount(s); return ok && n <= 1 },
	"one":           func(s string) bool { n, ok := parseCount(s); return ok && n == 1 },
	"spaces":        isSpaceList,
	"blockSet":      derivationSet("restriction", "extension", "substitution"),
	"derivationSet": derivationSet("restriction", "extension"),
	"simpleSet":     derivationSet("restriction", "list", "union"),
	"fullSet":       derivationSet("restriction", "extension", "list", "union"),
}

func oneOf(words ...string) func(string) bool {
	return func(s string) bool {
		for _, w := range words {
			if s == w {
				return true
			}
		}
		return false
	}
}

func all(list string, valid func(string) bool) bool {
	for word := range strings.FieldsSeq(list) {
		if !valid(word) {
			return false
		}
	}
	return true
}

func derivationSet(words ...string) func(string) bool {
	valid := oneOf(words...)
	return func(s string) bool { return s == "#all" || all(s, valid) }
}

func isSpaceList(s string) bool {
	if s == "##any" || s == "##other" {
		return true
	}
	return all(s, func(w string) bool {
		return w == "##targetNamespace" || w == "##local" || !strings.HasPrefix(w, "##") && isAnyURI(w)
	})
}

func isQName(s string) bool {
	prefix, local, ok := strings.Cut(s, ":")
	if !ok {
		return isNCName(s)
	}
	return isNCName(prefix) && isNCName(local)
}

// parseCount reads a nonNegativeInteger; numbers beyond Unbounded become one
// less than it.
func parseCount(s string) (int, bool) {
	digits := strings.TrimLeft(s, "+-")
	if digits == "" || len(s)-len(digits) > 1 {
		return 0, false
	}
	n := 0
	for _, c := range []byte(digits) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = min(n*10+int(c-'0'), Unbounded-1)
	}
	return n, n == 0 || s[0] != '-'
}

// checkGrammar checks a schema document against the schema for schemas.
func checkGrammar(c *compiler, d *document) {
	g := &grammarCheck{compiler: c, ids: make(map[string]bool)}
	g.element(source{d, d.root}, "schema")
}

type grammarCheck struct {
	*compiler
	ids map[string]bool
}

// element checks an element and, by recursion that the reader's depth limit
// bounds, what is in it.
func (g *grammarCheck) element(at source, name string) {
	p := grammar()[name]
	g.attributes(at, p)
	if name == "appinfo" || name == "documentation" {
		return // anything may be in there
	}
	g.text(at)
	steps := p.steps
	taken := false
	for n := range at.doc.tree.Elements(at.node) {
		child := at.at(n)
		local := child.local()
		for len(steps) > 0 && steps[0].productions[local] == "" && (steps[0].optional || taken) {
			steps, taken = steps[1:], false
		}
		if len(steps) == 0 || steps[0].productions[local] == "" {
			g.errorf(child, "s4s-elt-invalid-content.1", "the content of %s is invalid: element %s is invalid, misplaced or occurs too often",
				at.doc.tree.Name(at.node), child.doc.tree.Name(n))
			return
		}
		g.element(child, steps[0].productions[local])
		switch {
		case steps[0].last:
			steps, taken = nil, false
		case steps[0].many:
			taken = true
		default:
			steps, taken = steps[1:], false
		}
	}
	for i, s := range steps {
		if !s.optional && (i > 0 || !taken) {
			g.errorf(at, "s4s-elt-invalid-content.2", "the content of %s is incomplete", at.doc.tree.Name(at.node))
			return
		}
	}
}

func (g *grammarCheck) text(at source) {
	for n := range at.doc.tree.Children(at.node) {
		if at.doc.tree.Kind(n) == xmltree.Text && collapse(at.doc.tree.Value(n)) != "" {
			g.errorf(at, "s4s-elt-character", "text is not allowed in %s", at.doc.tree.Name(at.node))
			return
		}
	}
}

// namespaceAttributes are those that name one namespace, by element.
var namespaceAttributes = map[string][]string{"schema": {"targetNamespace"}, "import": {"namespace"}}

func (g *grammarCheck) attributes(at source, p *production) {
	t := at.doc.tree
	for a := range t.Attrs(at.node) {
		name := t.NameOf(a.NameID)
		value := collapse(a.Value)
		rule, ok := p.attributes[name.Local]
		switch {
		case name.Space == xmltree.NamespaceXML && name.Local == "lang":
			// 3.13.2: the type is language; that none at all may be given is of a
			// later XML.
			if !isLanguage(value) {
				g.errorf(at, "s4s-att-invalid-value", "xml:lang=%q is not a language", value)
			}
		case name.Space != "" && name.Space != NamespaceXSD:
		case name.Space != "" || !ok:
			g.errorf(at, "s4s-att-not-allowed", "attribute %s cannot appear in %s", name, t.Name(at.node))
		case !rule.valid(value):
			g.errorf(at, "s4s-att-invalid-value", "%s=%q is not a valid %s", name, value, rule.kind)
		case name.Local == "id":
			if g.ids[value] {
				g.errorf(at, "cvc-id.2", "the id %q occurs more than once in the document", value)
			}
			g.ids[value] = true
		}
	}
	for _, name := range p.required {
		if !at.has(name) {
			g.errorf(at, "s4s-att-must-appear", "attribute %s must appear in %s", name, t.Name(at.node))
		}
	}
	for _, name := range namespaceAttributes[at.local()] {
		if at.has(name) && at.attr(name) == "" {
			// Part 1 3.15.2: absence, not emptiness, means no namespace.
			g.errorf(at, "s4s-att-invalid-value", "%s must not be empty", name)
		}
	}
}
