package schema

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/schema/datatype"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// A place is where Xerces reports a violation of an element.
type place uint8

const (
	atTag place = iota // behind the start tag
	atEnd              // behind the end tag
)

// maxArgument is how much of a value a message repeats.
const maxArgument = 256

// report adds a finding made from the table of messages.
func (v *validator) report(rule string, n xmltree.Node, at place, args ...string) {
	if v.full() {
		return
	}
	row, ok := messages[rule]
	if !ok {
		panic("schema: internal error: no message for " + rule)
	}
	pairs := make([]string, 0, 2*len(args))
	for i, a := range args {
		pairs = append(pairs, "{"+strconv.Itoa(i)+"}", shorten(a))
	}
	fill := strings.NewReplacer(pairs...)
	rule = strings.TrimSuffix(rule, ".many")
	v.add(n, at, reject.Finding{
		Rule: rule, Found: fill.Replace(row.found), Expected: fill.Replace(row.expected),
		Text:   reject.Text{RU: fill.Replace(row.ru), EN: fill.Replace(row.en)},
		Xerces: rule + ": " + fill.Replace(row.xerces),
	})
}

func (v *validator) add(n xmltree.Node, at place, f reject.Finding) {
	if v.full() {
		return
	}
	offset := v.tree.TagEnd(n)
	if at == atEnd {
		offset = v.tree.EndOffset(n)
	}
	f.Line, f.Column = v.tree.Position(offset)
	f.Path = v.tree.Path(n)
	v.findings = append(v.findings, f)
}

func shorten(s string) string {
	if len(s) <= maxArgument {
		return s
	}
	cut := maxArgument
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// unexpected reports an element the content model does not take
// (cvc-complex-type 2.4.a and d).
func (v *validator) unexpected(f *frame, n xmltree.Node) {
	name := v.tree.Name(n).String()
	list := v.expected(f)
	if len(list) == 0 {
		v.report("cvc-complex-type.2.4.d", n, atTag, name)
		return
	}
	v.report("cvc-complex-type.2.4.a", n, atTag, name, xercesNames(list), v.plainNames(f.node, list))
}

func (v *validator) incomplete(f *frame) {
	list := v.expected(f)
	v.report("cvc-complex-type.2.4.b", f.node, atEnd, v.tree.Name(f.node).String(), xercesNames(list), v.plainNames(f.node, list))
}

// maxExpected is how many names a message lists.
const maxExpected = 30

// xercesNames lists particles as Xerces does: {"namespace":local, …}.
func xercesNames(list []*Particle) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, p := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		if i == maxExpected {
			b.WriteString("…")
			break
		}
		switch {
		case p.Any != nil:
			b.WriteString(xercesWildcard(p.Any))
		case p.Element.Name.Space != "":
			b.WriteString(strconv.Quote(p.Element.Name.Space) + ":" + p.Element.Name.Local)
		default:
			b.WriteString(p.Element.Name.Local)
		}
	}
	b.WriteByte('}')
	return b.String()
}

func xercesWildcard(w *Wildcard) string {
	switch {
	case w.isAny():
		return "WC[##any]"
	case w.Not:
		return "WC[##other:" + strconv.Quote(w.Spaces[0]) + "]"
	}
	words := make([]string, len(w.Spaces))
	for i, s := range w.Spaces {
		words[i] = strconv.Quote(s)
	}
	return "WC[" + strings.Join(words, ", ") + "]"
}

// plainNames lists particles with the prefixes the message uses.
func (v *validator) plainNames(n xmltree.Node, list []*Particle) string {
	var words []string
	for i, p := range list {
		if i == maxExpected {
			words = append(words, "…")
			break
		}
		if p.Any != nil {
			words = append(words, "any element ("+p.Any.String()+")")
			continue
		}
		words = append(words, v.prefixed(n, p.Element.Name))
	}
	return strings.Join(words, ", ")
}

func (v *validator) prefixed(n xmltree.Node, name Name) string {
	if name.Space == "" {
		return name.Local
	}
	for d := range v.tree.InScope(n) {
		if d.Space != name.Space {
			continue
		}
		if space, _ := v.namespaces.Lookup(v.tree, n, []byte(d.Prefix)); space == name.Space {
			if d.Prefix == "" {
				return name.Local
			}
			return d.Prefix + ":" + name.Local
		}
	}
	return name.String()
}

// typeLabel names a type as Xerces does.
func typeLabel(t Type) string {
	if name := t.TypeName(); name.Local != "" {
		return name.Local
	}
	if s, ok := t.(*SimpleType); ok {
		return s.Data.Name()
	}
	return "#AnonType"
}

// invalidValue reports a value of an element that its type refuses.
func (v *validator) invalidValue(n xmltree.Node, why *datatype.Violation) {
	if v.full() {
		return
	}
	v.add(n, atEnd, v.violation(why, v.tree.Name(n).String(), ""))
}

// invalidAttribute reports a value of an attribute that its type refuses
// (cvc-attribute 3).
func (v *validator) invalidAttribute(n xmltree.Node, a xmltree.Attr, why *datatype.Violation) {
	if v.full() {
		return
	}
	f := v.violation(why, v.tree.Name(n).String(), v.tree.NameOf(a.NameID).String())
	v.add(n, atTag, f)
	v.findings[len(v.findings)-1].Path += "/@" + v.tree.NameOf(a.NameID).String()
}

// violation puts a violation of a type into words.
func (v *validator) violation(why *datatype.Violation, element, attribute string) reject.Finding {
	f := reject.Finding{Rule: why.Code, Found: shorten(why.Value), Xerces: why.Error()}
	ru, en := "элемента "+element, "element "+element
	if attribute != "" {
		ru, en = "атрибута "+attribute+" элемента "+element, "attribute "+attribute+" of element "+element
	}
	row, ok := facetMessages[why.Code]
	if !ok {
		row = facetMessages[""]
	}
	fill := strings.NewReplacer("{value}", f.Found, "{limit}", shorten(why.Limit), "{actual}", strconv.Itoa(why.Actual), "{type}", why.Type.Name())
	f.Expected = fill.Replace(row.expected)
	f.Text = reject.Text{
		RU: "Значение " + ru + " " + fill.Replace(row.ru),
		EN: "The value of " + en + " " + fill.Replace(row.en),
	}
	return f
}

// facetMessages says what is wrong with a value, by rule; "" is any other.
var facetMessages = map[string]struct{ ru, en, expected string }{
	"": {
		ru: "«{value}» не подходит к типу {type}.", en: "\"{value}\" is not valid for type {type}.", expected: "{type}",
	},
	"cvc-pattern-valid": {
		ru: "«{value}» не подходит к шаблону {limit}.", en: "\"{value}\" does not match the pattern {limit}.", expected: "{limit}",
	},
	"cvc-enumeration-valid": {
		ru: "«{value}» не входит в перечень допустимых: {limit}.", en: "\"{value}\" is none of {limit}.", expected: "{limit}",
	},
	"cvc-length-valid": {
		ru: "«{value}» имеет длину {actual}, а должно иметь длину {limit}.", en: "\"{value}\" has the length {actual} and must have {limit}.", expected: "length {limit}",
	},
	"cvc-minLength-valid": {
		ru: "«{value}» имеет длину {actual}, а должно быть не короче {limit}.", en: "\"{value}\" has the length {actual} and must have at least {limit}.", expected: "length ≥ {limit}",
	},
	"cvc-maxLength-valid": {
		ru: "«{value}» имеет длину {actual}, а должно быть не длиннее {limit}.", en: "\"{value}\" has the length {actual} and must have at most {limit}.", expected: "length ≤ {limit}",
	},
	"cvc-minInclusive-valid": {
		ru: "«{value}» меньше {limit}.", en: "\"{value}\" is less than {limit}.", expected: "≥ {limit}",
	},
	"cvc-maxInclusive-valid": {
		ru: "«{value}» больше {limit}.", en: "\"{value}\" is greater than {limit}.", expected: "≤ {limit}",
	},
	"cvc-minExclusive-valid": {
		ru: "«{value}» должно быть больше {limit}.", en: "\"{value}\" must be greater than {limit}.", expected: "> {limit}",
	},
	"cvc-maxExclusive-valid": {
		ru: "«{value}» должно быть меньше {limit}.", en: "\"{value}\" must be less than {limit}.", expected: "< {limit}",
	},
	"cvc-totalDigits-valid": {
		ru: "«{value}» имеет цифр: {actual}, а допускается не больше {limit}.", en: "\"{value}\" has {actual} digits and must have at most {limit}.", expected: "digits ≤ {limit}",
	},
	"cvc-fractionDigits-valid": {
		ru: "«{value}» имеет цифр после запятой: {actual}, а допускается не больше {limit}.", en: "\"{value}\" has {actual} fraction digits and must have at most {limit}.", expected: "fraction digits ≤ {limit}",
	},
}

// entityDeclared reports whether the document's internal subset declares an
// unparsed entity. A message has no DTD, so that no ENTITY is ever valid there.
func (v *validator) entityDeclared(name string) bool {
	subset := string(v.tree.Source()[:v.tree.Offset(v.tree.Root())])
	for {
		_, rest, ok := strings.Cut(subset, "<!ENTITY")
		if !ok {
			return false
		}
		decl, behind, _ := strings.Cut(rest, ">")
		words := strings.Fields(decl)
		for _, w := range words[min(1, len(words)):] {
			if w == "NDATA" && words[0] == name {
				return true
			}
		}
		subset = behind
	}
}
