package xmltree

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf8"

	"github.com/soapgate/soapgate/internal/reject"
)

// charData reads character data, references and CDATA sections up to the next
// other markup. Together they are one text node (XPath 1.0 5.7).
func (p *parser) charData() error {
	start := p.i
	from := start
	if p.src[from] == '\r' && from+1 < len(p.src) && p.src[from+1] == '\n' {
		from++ // CRLF is its LF (2.11), so that indentation stays in the source
	}
	i, cr := scanText(p.src, from)
	p.i = i
	if !cr && i+2 < len(p.src) && p.src[i] == '<' && (p.src[i+1] != '!' || p.src[i+2] != '[') {
		return p.addText(start, uint32(from), uint32(i), 0)
	}
	v := pieces{t: p.t}
	v.addLines(from, i, cr)
	var flags uint32
	for p.i < len(p.src) {
		switch {
		case p.src[p.i] == '&':
			if err := p.contentReference(&v); err != nil {
				return err
			}
			flags |= hasReference
		case p.src[p.i] == ']':
			return p.expected("]]&gt;", p.i, "2.4 [14]")
		case p.take("<![CDATA["):
			flags |= hasCDATA
			if err := p.until("]]>", &v, "2.7 [18]"); err != nil {
				return err
			}
		default:
			val, end := v.value()
			return p.addText(start, val, end, flags)
		}
		from := p.i
		p.i, cr = scanText(p.src, from)
		v.addLines(from, p.i, cr)
	}
	val, end := v.value()
	return p.addText(start, val, end, flags)
}

func (p *parser) addText(start int, val, end uint32, flags uint32) error {
	size := int(end - val&^inText)
	if size == 0 {
		return nil // an empty CDATA section alone
	}
	if size > p.o.Limits.Text {
		return p.over(reject.XMLLimitText, p.o.Limits.Text, start)
	}
	n, err := p.add(Text, start)
	if err != nil {
		return err
	}
	n.what |= flags
	n.val, n.end = val, end
	return nil
}

// scanText returns the offset of the first byte from i on that ends character
// data: <, & or the ] of a CDATA section's end. It also reports whether there
// may be a CR before.
func scanText(src []byte, i int) (end int, cr bool) {
	var crs uint64
	for {
		for i+8 <= len(src) {
			w := binary.LittleEndian.Uint64(src[i:])
			crs |= zero(w ^ '\r'*ones)
			if mark := zero(w^'<'*ones) | zero(w^'&'*ones) | zero(w^']'*ones); mark != 0 {
				i += first(mark)
				break
			}
			i += 8
		}
		for ; i < len(src); i++ {
			if c := src[i]; c == '<' || c == '&' || c == ']' {
				break
			} else if c == '\r' {
				crs = 1
			}
		}
		if i >= len(src) || src[i] != ']' || i+2 < len(src) && src[i+1] == ']' && src[i+2] == '>' {
			return i, crs != 0
		}
		i++
	}
}

// attValue reads = and the quoted value (XML 1.0 3.1 [41]) and normalizes it
// as CDATA (3.3.3).
func (p *parser) attValue() (val, end uint32, err error) {
	p.space()
	if !p.take("=") {
		return 0, 0, p.expected("=", p.i, "3.1 [41]")
	}
	p.space()
	return p.quoted()
}

// quoted reads an AttValue (XML 1.0 2.3 [10]).
func (p *parser) quoted() (val, end uint32, err error) {
	if p.i >= len(p.src) || p.src[p.i] != '"' && p.src[p.i] != '\'' {
		return 0, 0, p.expected("\", '", p.i, "2.3 [10]")
	}
	quote := p.src[p.i]
	p.i++
	start := p.i
	v := pieces{t: p.t}
	for {
		from := p.i
		p.i = scanValue(p.src, from, quote)
		v.add(from, p.i)
		if p.i >= len(p.src) {
			return 0, 0, p.expected(string(quote), p.i, "2.3 [10]")
		}
		switch p.src[p.i] {
		case quote:
			p.i++
			val, end = v.value()
			if int(end-val&^inText) > p.o.Limits.AttributeValue {
				return 0, 0, p.over(reject.XMLLimitAttributeValue, p.o.Limits.AttributeValue, start)
			}
			return val, end, nil
		case '&':
			if err := p.valueReference(&v); err != nil {
				return 0, 0, err
			}
		case '<':
			return 0, 0, p.expected("&lt;", p.i, "3.1 WFC: No < in Attribute Values")
		default: // white space; CRLF is one character (2.11)
			if p.has("\r\n") {
				p.i++
			}
			p.i++
			v.char(' ')
		}
	}
}

// scanValue returns the offset of the first byte from i on that ends a value's
// plain part: the quote, <, & and white space other than the space.
func scanValue(src []byte, i int, quote byte) int {
	q := uint64(quote) * ones
	for i+8 <= len(src) {
		w := binary.LittleEndian.Uint64(src[i:])
		mark := zero(w^q) | zero(w^'<'*ones) | zero(w^'&'*ones) | less(w, ' ')
		if mark != 0 {
			return i + first(mark)
		}
		i += 8
	}
	for ; i < len(src); i++ {
		if c := src[i]; c == quote || c == '<' || c == '&' || c < ' ' {
			break
		}
	}
	return i
}

// until adds what stands before the delimiter to v and skips the delimiter.
func (p *parser) until(delimiter string, v *pieces, production string) error {
	n := bytes.Index(p.src[p.i:], []byte(delimiter))
	if n < 0 {
		return p.expected(delimiter, len(p.src), production)
	}
	v.addLines(p.i, p.i+n, true)
	p.i += n + len(delimiter)
	return nil
}

// Pieces put a value together. One piece of source stays where it is; more
// are copied.
type pieces struct {
	t      *Tree
	lo, hi int // the one piece so far, unless copied
	mark   int // where the copy begins in t.text
	copied bool
}

func (v *pieces) add(lo, hi int) {
	switch {
	case lo == hi:
	case v.copied:
		v.t.text = append(v.t.text, v.t.src[lo:hi]...)
	case v.lo == v.hi:
		v.lo, v.hi = lo, hi
	default:
		v.copy()
		v.t.text = append(v.t.text, v.t.src[lo:hi]...)
	}
}

// addLines adds source with its line ends normalized (XML 1.0 2.11), if there
// may be any CRs.
func (v *pieces) addLines(lo, hi int, cr bool) {
	n := -1
	if cr {
		n = bytes.IndexByte(v.t.src[lo:hi], '\r')
	}
	if n < 0 {
		v.add(lo, hi)
		return
	}
	v.copy()
	src := v.t.src[lo:hi]
	text := append(v.t.text, src[:n]...)
	for i, c := range src[n:] {
		switch {
		case c != '\r':
			text = append(text, c)
		case n+i+1 == len(src) || src[n+i+1] != '\n':
			text = append(text, '\n')
		}
	}
	v.t.text = text
}

func (v *pieces) char(c rune) {
	v.copy()
	v.t.text = utf8.AppendRune(v.t.text, c)
}

func (v *pieces) copy() {
	if !v.copied {
		v.copied, v.mark = true, len(v.t.text)
		v.t.text = append(v.t.text, v.t.src[v.lo:v.hi]...)
	}
}

// value returns the value as nodes and attributes store it.
func (v *pieces) value() (val, end uint32) {
	if v.copied {
		return uint32(v.mark) | inText, uint32(len(v.t.text))
	}
	return uint32(v.lo), uint32(v.hi)
}

var predefined = map[string]rune{"lt": '<', "gt": '>', "amp": '&', "apos": '\'', "quot": '"'}

// reference reads a reference (XML 1.0 4.1). It returns the character that a
// character reference or predefined entity (4.6) stands for, or the name of
// another entity.
func (p *parser) reference() (c rune, name string, err error) {
	start := p.i
	if p.refs++; p.refs > p.o.Limits.References {
		return 0, "", p.over(reject.XMLLimitReferences, p.o.Limits.References, start)
	}
	p.i++
	if p.take("#") {
		c, err = p.charRef(start)
		return c, "", err
	}
	if p.i >= len(p.src) || class[p.src[p.i]]&nameByte == 0 {
		return 0, "", p.expected("&amp;", start, "4.1 [68]")
	}
	b, err := p.scanName()
	if err != nil {
		return 0, "", err
	}
	if c = predefined[string(b)]; c == 0 {
		name = string(b)
		if err := p.isName(name, start+1); err != nil {
			return 0, "", err
		}
	}
	if !p.take(";") {
		return 0, "", p.expected(";", p.i, "4.1 [68]")
	}
	return c, name, nil
}

func (p *parser) charRef(start int) (rune, error) {
	base, digits := rune(10), "0123456789"
	if p.take("x") {
		base, digits = 16, "0123456789abcdefABCDEF"
	}
	var c rune
	from := p.i
	for ; p.i < len(p.src); p.i++ {
		d := strings.IndexByte(digits, p.src[p.i])
		if d < 0 {
			break
		}
		if d >= 16 {
			d -= 6
		}
		c = min(c*base+rune(d), 0x110000)
	}
	if p.i == from {
		return 0, p.expected("[0-9], [0-9a-fA-F]", p.i, "4.1 [66]")
	}
	if !p.take(";") {
		return 0, p.expected(";", p.i, "4.1 [66]")
	}
	if p.i-start > p.o.Limits.Token {
		return 0, p.over(reject.XMLLimitToken, p.o.Limits.Token, start)
	}
	if !isChar(c) {
		return 0, p.refuse(reject.XMLCharacter, start, "char", string(p.src[start:p.i]))
	}
	return c, nil
}
