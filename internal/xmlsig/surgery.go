package xmlsig

import (
	"bytes"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// A cut replaces part of the source.
type cut struct {
	from, to int
	text     string
}

// operate judges the octets of the same element in a changed source. Elements
// stay the same in number and order, so that its ordinal finds it.
func (p *patient) operate(cuts []cut) bool {
	t := p.d.v.t
	src := t.Source()
	if p.d.budget -= len(src); len(cuts) == 0 || p.d.budget < 0 {
		return false
	}
	slices.SortFunc(cuts, func(a, b cut) int { return a.from - b.from })
	var b bytes.Buffer
	at := 0
	for _, c := range cuts {
		b.Write(src[at:c.from])
		b.WriteString(c.text)
		at = c.to
	}
	b.Write(src[at:])
	changed, err := xmltree.Parse(b.Bytes(), xmltree.Options{AllowPI: true})
	if err != nil {
		return false // a prefix in use lost its declaration
	}
	defer changed.Release()
	octets, ok := p.d.octets(changed, nth(changed, ordinal(t, p.node)), p.form, nth(changed, ordinal(t, p.signature)))
	return ok && p.cured(octets)
}

// ordinal counts the elements up to n.
func ordinal(t *xmltree.Tree, n xmltree.Node) (count int) {
	for m := xmltree.Node(1); m <= n; m++ {
		if t.Kind(m) == xmltree.Element {
			count++
		}
	}
	return count
}

// nth returns the element with that ordinal, the document for 0.
func nth(t *xmltree.Tree, ordinal int) xmltree.Node {
	for m := xmltree.Node(1); m < t.End(0) && ordinal > 0; m++ {
		if t.Kind(m) == xmltree.Element {
			if ordinal--; ordinal == 0 {
				return m
			}
		}
	}
	return 0
}

// strays are declarations that toolkits put on an Envelope while they pass a
// message on.
var strays = []xmltree.Decl{
	{Prefix: "SOAP-ENV", Space: nsSOAP11},
	{Prefix: "soapenv", Space: nsSOAP11},
	{Prefix: "soap", Space: nsSOAP11},
	{Prefix: "S", Space: nsSOAP11},
	{Prefix: "xsi", Space: "http://www.w3.org/2001/XMLSchema-instance"},
	{Prefix: "xsd", Space: "http://www.w3.org/2001/XMLSchema"},
	{Prefix: "ds", Space: nsDS},
	{Prefix: "wsu", Space: nsWSU},
	{Prefix: "wsse", Space: nsWSSE},
	{Prefix: "wsa", Space: "http://www.w3.org/2005/08/addressing"},
}

// declarations tries to take away one declaration that is in force, and to
// add one that toolkits are known to drop.
func (p *patient) declarations() (reject.Text, bool) {
	t := p.d.v.t
	if p.form.smev || p.form.Exclusive || p.node == 0 {
		return reject.Text{}, false // such a form does not depend on them
	}
	for d := range t.InScope(p.node) {
		if d.Prefix == "xml" {
			continue
		}
		if p.operate([]cut{{d.Offset, attributeEnd(t.Source(), d.Offset), ""}}) {
			name := declared(d)
			return say("после подписания в элементе-предке появилось объявление "+name, "the declaration "+name+" was added to an ancestor after signing"), true
		}
	}
	root := t.Root()
	at := t.Offset(root) + 1 + len(t.Name(root).String())
	for _, d := range strays {
		if space, ok := t.LookupNamespace(p.node, d.Prefix); ok && space == d.Space {
			continue
		}
		if name := declared(d); p.operate([]cut{{at, at, " " + name}}) {
			return say("после подписания из элемента-предка исчезло объявление "+name, "the declaration "+name+" was removed from an ancestor after signing"), true
		}
	}
	return reject.Text{}, false
}

func declared(d xmltree.Decl) string {
	if d.Prefix == "" {
		return fmt.Sprintf("xmlns=%q", d.Space)
	}
	return fmt.Sprintf("xmlns:%s=%q", d.Prefix, d.Space)
}

// attributeEnd returns the offset behind the attribute that begins at from.
func attributeEnd(src []byte, from int) int {
	open := from + bytes.IndexAny(src[from:], `"'`)
	return open + 2 + bytes.IndexByte(src[open+1:], src[open])
}

// indented tries the content without the white space between elements.
func (p *patient) indented() (reject.Text, bool) {
	t := p.d.v.t
	var cuts []cut
	for n := p.node + 1; n < t.End(p.node); n++ {
		if t.Kind(n) == xmltree.Text && len(bytes.Trim(t.Value(n), " \t\r\n")) == 0 && t.FirstElement(t.Parent(n)) != xmltree.None {
			cuts = append(cuts, cut{from: t.Offset(n), to: textEnd(t, n)})
		}
	}
	if p.operate(cuts) {
		return say("после подписания между элементами добавлены пробелы или переводы строк", "white space was added between elements after signing"), true
	}
	return reject.Text{}, false
}

// textEnd returns the offset behind a text node.
func textEnd(t *xmltree.Tree, n xmltree.Node) int {
	if next := t.NextSibling(n); next != xmltree.None {
		return t.Offset(next)
	}
	parent := t.Parent(n)
	end := t.EndOffset(parent)
	return t.TagEnd(parent) + bytes.LastIndex(t.Source()[t.TagEnd(parent):end], []byte("</"))
}

// lineEnds tries what signers see who take CRLF for two characters, and what
// is left when somebody drops the carriage returns that were signed.
func (p *patient) lineEnds() (reject.Text, bool) {
	t := p.d.v.t
	var with, without []cut
	for n := p.node + 1; n < t.End(p.node); n++ {
		if t.Kind(n) != xmltree.Text {
			continue
		}
		from, to := t.Offset(n), textEnd(t, n)
		text := string(t.Source()[from:to])
		plain := strings.ReplaceAll(text, "\r\n", "\n")
		if strings.Contains(plain, "\n") {
			with = append(with, cut{from, to, strings.ReplaceAll(plain, "\n", "&#13;\n")})
		}
		if bare := strings.NewReplacer("&#13;", "", "&#xD;", "", "&#xd;", "").Replace(text); bare != text {
			without = append(without, cut{from, to, bare})
		}
	}
	if p.operate(with) {
		return say("переводы строк подписаны как CR LF: перед приведением к канонической форме они должны стать LF", "line ends were signed as CR LF: they have to become LF before the canonical form is made"), true
	}
	if p.operate(without) {
		return say("после подписания добавлены символы возврата каретки (&#13;)", "carriage returns (&#13;) were added after signing"), true
	}
	return reject.Text{}, false
}

// prefixes tries other prefixes for the namespaces in force on the element.
func (p *patient) prefixes() (reject.Text, bool) {
	t := p.d.v.t
	for d := range t.InScope(p.node) {
		for _, prefix := range []string{"", "ns", "ns0", "ns1", "ns2", "ns3", "ns4", "tns", "typ", "q1", "ds", "dsig", "soapenv", "soap", "s"} {
			if space, taken := t.LookupNamespace(p.node, prefix); taken && space != "" || d.Prefix == "xml" {
				continue
			}
			if p.operate(p.rename(d.Prefix, d.Space, prefix)) {
				return say(fmt.Sprintf("после подписания префикс «%s» заменён на «%s»", prefix, d.Prefix), fmt.Sprintf("the prefix %q was changed to %q after signing", prefix, d.Prefix)), true
			}
		}
	}
	return reject.Text{}, false
}

// rename changes a prefix wherever it stands for the namespace.
func (p *patient) rename(old, space, prefix string) (cuts []cut) {
	t := p.d.v.t
	name := func(at int, local string) {
		from, text := at, prefix+":"+local
		if prefix == "" {
			text = local
		}
		to := at + len(local)
		if old != "" {
			to += len(old) + 1
		}
		cuts = append(cuts, cut{from, to, text})
	}
	for n := t.Root(); n < t.End(0); n++ {
		if t.Kind(n) != xmltree.Element {
			continue
		}
		if q := t.Name(n); q.Prefix == old && q.Space == space {
			name(t.Offset(n)+1, q.Local)
			if end := t.EndOffset(n); end != t.TagEnd(n) {
				name(t.TagEnd(n)+bytes.LastIndex(t.Source()[t.TagEnd(n):end], []byte("</"))+2, q.Local)
			}
		}
		for a := range t.Attrs(n) {
			if q := t.NameOf(a.NameID); q.Prefix == old && old != "" && q.Space == space {
				name(a.Offset, q.Local)
			}
		}
		for d := range t.Decls(n) {
			if d.Prefix == old && d.Space == space {
				written := len("xmlns")
				if old != "" {
					written += 1 + len(old)
				}
				text := "xmlns"
				if prefix != "" {
					text += ":" + prefix
				}
				cuts = append(cuts, cut{d.Offset, d.Offset + written, text})
			}
		}
	}
	return cuts
}

// derToRaw returns r || s of a value in DER, nil if it is none.
func derToRaw(value []byte) []byte {
	var sig struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(value, &sig); err != nil || len(rest) > 0 || sig.R.Sign() <= 0 || sig.S.Sign() <= 0 {
		return nil
	}
	n := max((sig.R.BitLen()+7)/8, (sig.S.BitLen()+7)/8)
	for _, size := range []int{32, 48, 64, 66} {
		if n <= size {
			return append(sig.R.FillBytes(make([]byte, size)), sig.S.FillBytes(make([]byte, size))...)
		}
	}
	return nil
}
