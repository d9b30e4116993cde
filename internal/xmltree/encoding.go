package xmltree

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/soapgate/soapgate/internal/reject"
)

// The encodings a document may be in.
const (
	utf8Name    = "UTF-8"
	utf16Name   = "UTF-16" // with a byte order mark that says which
	utf16LEName = "UTF-16LE"
	utf16BEName = "UTF-16BE"
)

// supported returns the encoding that a label stands for, "" if none of ours.
// Labels do not depend on case (RFC 2978 2.3).
func supported(label string) string {
	for _, name := range []string{utf8Name, utf16Name, utf16LEName, utf16BEName} {
		if strings.EqualFold(label, name) {
			return name
		}
	}
	return ""
}

const byteOrderMark = "\uFEFF"

// Byte order marks. The longer ones come first: UTF-32LE begins like UTF-16LE.
var marks = []struct{ bytes, encoding string }{
	{"\x00\x00\xFE\xFF", "UTF-32BE"},
	{"\xFF\xFE\x00\x00", "UTF-32LE"},
	{byteOrderMark, utf8Name},
	{"\xFE\xFF", utf16BEName},
	{"\xFF\xFE", utf16LEName},
}

// decode finds the encoding of src and leaves the document in UTF-8 in p.src
// and its beginning, behind a byte order mark, in p.i. The mark decides, then
// the media type, then what the document declares (RFC 7303 3.3); where one
// contradicts another nobody can know what the next reader will see, and the
// document is refused.
func (p *parser) decode(src []byte) error {
	mark, size := "", 0
	for _, m := range marks {
		if len(src) >= len(m.bytes) && string(src[:len(m.bytes)]) == m.bytes {
			mark, size = m.encoding, len(m.bytes)
			break
		}
	}
	charset := ""
	if p.o.Charset != "" {
		if charset = supported(p.o.Charset); charset == "" {
			return p.encoding(p.o.Charset, "charset")
		}
	}
	if mark == "" {
		p.enc = charset
		if p.enc == "" {
			p.enc = utf8Name
		}
		if p.enc == utf16Name {
			// XML 1.0 4.3.3: UTF-16 begins with a byte order mark.
			return p.encoding(utf16Name, "BOM?")
		}
	} else {
		p.enc = mark
		if !agrees(charset, mark) {
			return p.conflict("BOM "+mark, "charset="+p.o.Charset)
		}
	}
	switch p.enc {
	case utf8Name:
		p.i = size
		return nil
	case utf16LEName:
		return p.transcode(src[size:], binary.LittleEndian)
	case utf16BEName:
		return p.transcode(src[size:], binary.BigEndian)
	}
	return p.encoding(p.enc, "BOM")
}

// agrees reports whether a label may stand for the encoding found. UTF-16
// alone means either byte order; no label agrees with everything.
func agrees(label, found string) bool {
	return label == "" || label == found || label == utf16Name && (found == utf16LEName || found == utf16BEName)
}

// encoding refuses an encoding that is not ours, or broken. The evidence is
// where it is named, or the bytes.
func (p *parser) encoding(name, evidence string) error {
	return p.refuse(reject.XMLEncoding, 0, "encoding", name, "evidence", evidence)
}

func (p *parser) conflict(one, other string) error {
	return p.refuse(reject.XMLEncodingConflict, p.i, "one", one, "other", other)
}

// transcode writes UTF-16 as UTF-8.
func (p *parser) transcode(src []byte, order binary.ByteOrder) error {
	if len(src)%2 != 0 {
		return p.encoding(p.enc, fmt.Sprintf("0x%02X EOF", src[len(src)-1]))
	}
	buf := p.t.utf8[:0]
	for i := 0; i < len(src); i += 2 {
		c := rune(order.Uint16(src[i:]))
		if utf16.IsSurrogate(c) {
			low := rune(utf8.RuneError)
			if i+4 <= len(src) {
				low = rune(order.Uint16(src[i+2:]))
			}
			if c = utf16.DecodeRune(c, low); c == utf8.RuneError {
				return p.encoding(p.enc, fmt.Sprintf("0x%04X", order.Uint16(src[i:])))
			}
			i += 2
		}
		buf = utf8.AppendRune(buf, c)
	}
	p.t.utf8, p.src, p.i = buf, buf, 0
	if len(buf) > p.o.Limits.Bytes {
		return p.over(reject.XMLLimitBytes, p.o.Limits.Bytes, 0)
	}
	return nil
}

// xmlDecl reads the XML declaration (XML 1.0 2.8 [23]) and holds what it says
// of the encoding against what was found.
func (p *parser) xmlDecl() error {
	if !p.has("<?xml") || p.i+5 < len(p.src) && class[p.src[p.i+5]]&nameByte != 0 {
		return nil
	}
	p.i += len("<?xml")
	version, err := p.pseudo("version", true)
	if err != nil {
		return err
	}
	if !isVersion(string(version)) {
		return p.expected("VersionNum", p.i, "2.8 [26]")
	}
	// The fifth edition would read any 1.x as 1.0, earlier ones refuse it: two
	// parsers could disagree.
	if string(version) == "1.1" || string(version) != "1.0" && p.o.DTD != CheckDTD {
		return p.refuse(reject.XMLVersion, p.i, "version", string(version))
	}
	at := p.i
	label, err := p.pseudo("encoding", false)
	if err != nil {
		return err
	}
	if p.i > at {
		if err := p.declared(label); err != nil {
			return err
		}
	}
	at = p.i
	standalone, err := p.pseudo("standalone", false)
	if err != nil {
		return err
	}
	if p.i > at && string(standalone) != "yes" && string(standalone) != "no" {
		return p.expected("yes, no", at, "2.9 [32]")
	}
	p.standalone = string(standalone) == "yes"
	p.space()
	if !p.take("?>") {
		return p.expected("?>", p.i, "2.8 [23]")
	}
	return nil
}

// declared holds the declared encoding against the one found.
func (p *parser) declared(label []byte) error {
	if !isEncName(label) {
		return p.expected("EncName", p.i, "4.3.3 [81]")
	}
	known := supported(string(label))
	if known == "" {
		return p.encoding(string(label), "EncodingDecl")
	}
	if !agrees(known, p.enc) {
		return p.conflict(p.enc, "EncodingDecl "+string(label))
	}
	return nil
}

// isEncName is XML 1.0 4.3.3 [81].
func isEncName(label []byte) bool {
	for i, c := range label {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if i == 0 && !letter || !letter && bytes.IndexByte([]byte("0123456789._-"), c) < 0 {
			return false
		}
	}
	return len(label) > 0
}

func isVersion(s string) bool {
	minor, ok := strings.CutPrefix(s, "1.")
	return ok && minor != "" && strings.Trim(minor, "0123456789") == ""
}

// pseudo reads a pseudo-attribute of the XML declaration. Without it the
// offset stays.
func (p *parser) pseudo(name string, required bool) ([]byte, error) {
	start := p.i
	if !p.space() || !p.take(name) {
		if required {
			return nil, p.expected(name, p.i, "2.8 [23]")
		}
		p.i = start
		return nil, nil
	}
	p.space()
	if !p.take("=") {
		return nil, p.expected("=", p.i, "2.8 [25]")
	}
	p.space()
	if p.i >= len(p.src) || p.src[p.i] != '"' && p.src[p.i] != '\'' {
		return nil, p.expected("\", '", p.i, "2.8 [23]")
	}
	rest := p.src[p.i+1 : min(len(p.src), p.i+1+100)] // longer than any value that can be right
	n := bytes.IndexByte(rest, p.src[p.i])
	if n < 0 {
		return nil, p.expected(string(p.src[p.i]), p.i+1, "2.8 [23]")
	}
	p.i += n + 2
	return rest[:n], nil
}
