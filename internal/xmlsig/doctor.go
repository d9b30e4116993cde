package xmlsig

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"

	"github.com/soapgate/soapgate/internal/c14n"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// budget is how many bytes of source a diagnosis may read again.
const budget = 32 << 20

// Diagnose says why signatures do not hold. For each digest and each value
// that does not fit it names what was claimed and computed and tries the
// usual causes: the first under which it fits is told in one sentence. It
// returns nothing for a message that is refused for another reason, which
// says it all, or not at all.
//
// It is for whoever made the message and for nobody else: it tells strangers
// how to forge better. It takes some hundred times the work of Verify, within
// a bound, and does not belong on the way of every request.
func Diagnose(t *xmltree.Tree, req Requirement, o Options) []reject.Finding {
	v := verifier{reader: reader{t: t}, req: &req, o: &o}
	for _, want := range req.Signatures {
		v.signatures = append(v.signatures, v.signature(want))
	}
	for _, step := range []func(){v.alone, v.resolve, v.cover, v.keys} {
		if v.err == nil {
			step()
		}
	}
	if v.err != nil {
		return nil
	}
	d := doctor{v: &v, budget: budget}
	for _, s := range v.signatures {
		d.value(s)
		for _, r := range s.references {
			d.digest(s, r)
		}
	}
	return d.findings
}

// A doctor is one diagnosis.
type doctor struct {
	v        *verifier
	budget   int
	findings []reject.Finding
}

// A patient is a node whose octets do not give what they should.
type patient struct {
	d         *doctor
	node      xmltree.Node
	signature xmltree.Node
	form      form
	// cured judges octets.
	cured func(octets []byte) bool
}

// digest examines a reference.
func (d *doctor) digest(s *signature, r *reference) {
	octets, ok := d.octets(d.v.t, r.target, r.form, s.node)
	if !ok {
		return
	}
	sum := func(m DigestMethod, octets []byte) []byte {
		h := m.Hash()
		h.Write(octets)
		return h.Sum(nil)
	}
	got := sum(r.digest, octets)
	if bytes.Equal(got, r.value) {
		return
	}
	f := d.finding(r.node, reject.SignatureDigest)
	f.Expected, f.Found = base64.StdEncoding.EncodeToString(r.value), base64.StdEncoding.EncodeToString(got)
	p := patient{d: d, node: r.target, signature: s.node, form: r.form, cured: func(octets []byte) bool {
		return bytes.Equal(sum(r.digest, octets), r.value)
	}}
	reversed := slices.Clone(r.value)
	slices.Reverse(reversed)
	switch other := d.otherDigest(octets, r.value); {
	case bytes.Equal(got, reversed):
		f.Text = say("байты хэша записаны в обратном порядке", "the bytes of the digest are in reverse order")
	case bytes.Equal(sum(r.digest, nil), r.value):
		f.Text = say("посчитан хэш пустой строки: каноническая форма не была построена", "the digest is of no octets at all: the canonical form was not made")
	case other != "":
		f.Text = say("хэш посчитан алгоритмом "+other+", а назван другой", "the digest was made with "+other+", but another algorithm is named")
	default:
		f.Text = p.examine()
	}
	d.tell(f, len(octets))
}

// otherDigest names an algorithm of the suites that gives the value.
func (d *doctor) otherDigest(octets, value []byte) string {
	for _, suite := range suites {
		for _, m := range suite.Digests {
			h := m.Hash()
			h.Write(octets)
			if bytes.Equal(h.Sum(nil), value) {
				return m.URI
			}
		}
	}
	return ""
}

// value examines a signature value.
func (d *doctor) value(s *signature) {
	octets, ok := d.octets(d.v.t, s.signedInfo, form{Method: s.form}, xmltree.None)
	if !ok {
		return
	}
	holds := func(m SignatureMethod, octets, value []byte) bool {
		h := m.Hash()
		h.Write(octets)
		return m.Fits(s.key) && m.Verify(s.key, h.Sum(nil), value)
	}
	if holds(s.method, octets, s.value) {
		return
	}
	f := d.finding(s.signedInfo, reject.SignatureValue)
	for _, order := range orders {
		if v := order.of(s.value); v != nil && holds(s.method, octets, v) {
			f.Text = order.text
			d.tell(f, len(octets))
			return
		}
	}
	for _, suite := range suites {
		for _, m := range suite.Signatures {
			if m.URI != s.method.URI && holds(m, octets, s.value) {
				f.Text = say("подпись создана алгоритмом "+m.URI+", а назван другой", "the signature was made with "+m.URI+", but another algorithm is named")
				d.tell(f, len(octets))
				return
			}
		}
	}
	p := patient{d: d, node: s.signedInfo, signature: s.node, form: form{Method: s.form}, cured: func(octets []byte) bool {
		return holds(s.method, octets, s.value)
	}}
	f.Text = p.examine()
	d.tell(f, len(octets))
}

// orders are the ways in which libraries write the two numbers of a value
// other than the standards do. Nothing accepts them; they are recognized.
var orders = []struct {
	text reject.Text
	of   func([]byte) []byte
}{
	{say("байты значения подписи записаны в обратном порядке", "the bytes of the signature value are in reverse order"), func(v []byte) []byte {
		v = slices.Clone(v)
		slices.Reverse(v)
		return v
	}},
	{say("половины значения подписи, r и s, поменялись местами", "the halves of the signature value, r and s, have changed places"), func(v []byte) []byte {
		return slices.Concat(v[len(v)/2:], v[:len(v)/2])
	}},
	{say("каждая половина значения подписи записана в обратном порядке", "each half of the signature value is in reverse order"), func(v []byte) []byte {
		v = slices.Clone(v)
		slices.Reverse(v[:len(v)/2])
		slices.Reverse(v[len(v)/2:])
		return v
	}},
	{say("значение подписи записано в DER, а должно быть r || s", "the signature value is DER, but has to be r || s"), derToRaw},
}

func (d *doctor) finding(n xmltree.Node, code reject.Code) reject.Finding {
	line, column := d.v.t.Position(d.v.t.Offset(n))
	return reject.Finding{Rule: string(code), Line: line, Column: column, Path: d.v.t.Path(n)}
}

// tell ends a finding with the length of the canonical form, by which two
// makers of it can be compared at a glance.
func (d *doctor) tell(f reject.Finding, size int) {
	f.Text.RU += " (длина канонической формы " + strconv.Itoa(size) + ")."
	f.Text.EN += " (the canonical form has " + strconv.Itoa(size) + " bytes)."
	d.findings = append(d.findings, f)
}

func say(ru, en string) reject.Text {
	return reject.Text{RU: "Причина: " + ru, EN: "Cause: " + en}
}

// octets makes the octets of a node, within the budget.
func (d *doctor) octets(t *xmltree.Tree, n xmltree.Node, f form, signature xmltree.Node) ([]byte, bool) {
	size := len(t.Source())
	if n != 0 {
		size = t.EndOffset(n) - t.Offset(n)
	}
	if d.budget -= size; d.budget < 0 {
		return nil, false
	}
	except := xmltree.None
	if f.enveloped {
		except = signature
	}
	var b bytes.Buffer
	var err error
	if f.smev {
		err = c14n.WriteSMEV(&b, t, n, except)
	} else {
		err = c14n.Write(&b, t, n, f.Method, except)
	}
	return b.Bytes(), err == nil
}

// examine tries the causes, the frequent ones first.
func (p *patient) examine() reject.Text {
	for _, try := range []func(*patient) (reject.Text, bool){
		(*patient).otherForm, (*patient).declarations, (*patient).indented, (*patient).lineEnds,
		(*patient).otherElement, (*patient).raw, (*patient).prefixes,
	} {
		if text, ok := try(p); ok {
			return text
		}
	}
	return reject.Text{RU: "Причина не найдена: содержание изменено после подписания", EN: "No cause found: the content was changed after signing"}
}

// otherForm tries other transforms than those that are named.
func (p *patient) otherForm() (reject.Text, bool) {
	for _, f := range p.otherForms() {
		if octets, ok := p.d.octets(p.d.v.t, p.node, f.form, p.signature); ok && p.cured(octets) {
			return f.text, true
		}
	}
	return reject.Text{}, false
}

type otherForm struct {
	form form
	text reject.Text
}

func (p *patient) otherForms() (list []otherForm) {
	uris := []string{C14N10, ExcC14N, C14N11, C14N10WithComments, ExcC14NWithComments, C14N11WithComments}
	for _, uri := range uris {
		f := p.form
		f.Method, f.smev = methods[uri], false
		list = append(list, otherForm{f, say("каноническая форма построена по "+uri+", а назван другой алгоритм", "the canonical form was made by "+uri+", but another algorithm is named")})
	}
	if p.d.v.t.Contains(p.node, p.signature) && !p.form.enveloped {
		f := p.form
		f.enveloped = true
		list = append(list, otherForm{f, say("хэш посчитан без подписи, но преобразование enveloped-signature в ссылке не названо", "the digest leaves the signature out, but the reference does not name the enveloped-signature transform")})
	}
	f := p.form
	f.smev = true
	text := say("хэш посчитан после преобразования СМЭВ, но в ссылке оно не названо", "the digest is of the form after the СМЭВ transform, but the reference does not name it")
	if p.form.smev {
		f.smev = false
		text = say("хэш посчитан без преобразования СМЭВ, хотя в ссылке оно названо", "the digest is of the form before the СМЭВ transform, though the reference names it")
	}
	return append(list, otherForm{f, text})
}

// otherElement tries elements near the one that is referred to.
func (p *patient) otherElement() (reject.Text, bool) {
	t := p.d.v.t
	var near []xmltree.Node
	for n := t.Parent(p.node); n != 0; n = t.Parent(n) {
		near = append(near, n)
	}
	for n := range t.Elements(p.node) {
		near = append(near, n)
	}
	for n := range t.Elements(t.Parent(p.node)) {
		near = append(near, n)
	}
	for _, n := range near[:min(len(near), 24)] {
		if n == p.node || n == p.signature {
			continue
		}
		if octets, ok := p.d.octets(t, n, p.form, p.signature); ok && p.cured(octets) {
			return say(fmt.Sprintf("подписан другой элемент, %s: идентификатор стоит не там", t.Path(n)),
				fmt.Sprintf("another element was signed, %s: the identifier stands in the wrong place", t.Path(n))), true
		}
	}
	return reject.Text{}, false
}

// raw tries the bytes of the element as they stand, the signature left out if
// it is to be.
func (p *patient) raw() (reject.Text, bool) {
	t := p.d.v.t
	if p.node == 0 {
		return reject.Text{}, false
	}
	src, from, to := t.Source(), t.Offset(p.node), t.EndOffset(p.node)
	octets := src[from:to]
	if p.form.enveloped && t.Contains(p.node, p.signature) {
		octets = slices.Concat(src[from:t.Offset(p.signature)], src[t.EndOffset(p.signature):to])
	}
	if p.d.budget -= len(octets); p.d.budget < 0 || !p.cured(octets) {
		return reject.Text{}, false
	}
	return say("подписаны байты элемента как есть, без приведения к канонической форме: порядок атрибутов, кавычки и пустые элементы остались как в тексте",
		"the bytes of the element were signed as they stand, not their canonical form: attribute order, quotes and empty elements are as written"), true
}
