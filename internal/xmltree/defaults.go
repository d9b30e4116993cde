package xmltree

import (
	"bytes"

	"github.com/soapgate/soapgate/internal/reject"
)

// normalize gives an attribute's value what its declared type asks for beyond
// CDATA normalization (XML 1.0 3.3.3).
func (p *parser) normalize(element uint32, attribute string, val, end uint32) (uint32, uint32) {
	t := p.t
	for _, d := range p.dtd.attributes[t.names.raws[element].text] {
		if d.name == attribute && d.tokenized {
			value := t.value(val, end)
			val = uint32(len(t.text)) | inText
			t.text = appendTokens(t.text, value)
			return val, uint32(len(t.text))
		}
	}
	return val, end
}

// defaults adds the declared attributes that element n lacks (XML 1.0 3.3.2).
// Its own are those from first on; prefixed says whether one has a prefix.
func (p *parser) defaults(n Node, element uint32, first int, prefixed bool) (bool, error) {
	t := p.t
	names := &t.names
	start := int(t.nodes[n].start)
	for _, d := range p.dtd.attributes[names.raws[element].text] {
		number, err := p.number([]byte(d.name), start)
		if err != nil {
			return false, err
		}
		raw := &names.raws[number]
		if raw.tag == names.tag || !d.hasValue {
			continue
		}
		val := uint32(len(t.text)) | inText
		t.text = append(t.text, d.value...)
		val, end := p.normalize(element, d.name, val, uint32(len(t.text)))
		if raw.declare != 0 {
			if err := p.declare(n, raw.declare-1, start, t.value(val, end)); err != nil {
				return false, err
			}
			continue
		}
		if len(t.attrs)-first >= p.o.Limits.Attributes {
			return false, p.over(reject.XMLLimitAttributes, p.o.Limits.Attributes, start)
		}
		prefixed = prefixed || raw.prefix != noPrefix
		t.attrs = append(t.attrs, attr{name: NameID(number), start: uint32(start), val: val, end: end})
	}
	return prefixed, nil
}

// appendTokens appends a value without its superfluous spaces. Only U+0020
// counts: other white space can only come from character references.
func appendTokens(text, value []byte) []byte {
	value = bytes.Trim(value, " ")
	for i, c := range value {
		if c != ' ' || value[i-1] != ' ' {
			text = append(text, c)
		}
	}
	return text
}
