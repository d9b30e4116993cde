package xmltree

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"unicode/utf8"

	"github.com/soapgate/soapgate/internal/reject"
)

// Classes of bytes. A byte of a multi-byte character counts as part of a name
// until the name is looked at closely, once in a table's life (checkName).
const (
	nameByte  = 1 << iota // may be part of a name
	spaceByte             // S, XML 1.0 2.3 [3]
)

var class = func() (c [256]uint8) {
	for b := range c {
		switch {
		case b >= 0x80, 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9',
			b == '_', b == ':', b == '-', b == '.':
			c[b] = nameByte
		case b == ' ', b == '\t', b == '\n', b == '\r':
			c[b] = spaceByte
		}
	}
	return c
}()

// A span is an inclusive range of characters.
type span struct{ lo, hi rune }

// nameStart is XML 1.0 (fifth edition) 2.3 [4], nameMore what [4a] adds.
var (
	nameStart = []span{
		{':', ':'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}, {0xC0, 0xD6}, {0xD8, 0xF6}, {0xF8, 0x2FF},
		{0x370, 0x37D}, {0x37F, 0x1FFF}, {0x200C, 0x200D}, {0x2070, 0x218F}, {0x2C00, 0x2FEF},
		{0x3001, 0xD7FF}, {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF},
	}
	nameMore = []span{{'-', '.'}, {'0', '9'}, {0xB7, 0xB7}, {0x300, 0x36F}, {0x203F, 0x2040}}
)

func in(c rune, spans []span) bool {
	for _, s := range spans {
		if c <= s.hi {
			return c >= s.lo
		}
	}
	return false
}

func isNameStart(c rune) bool { return in(c, nameStart) }
func isNameChar(c rune) bool  { return in(c, nameStart) || in(c, nameMore) }

// isChar is XML 1.0 2.2 [2].
func isChar(c rune) bool {
	return c >= 0x20 && c <= 0xD7FF || c == '\t' || c == '\n' || c == '\r' ||
		c >= 0xE000 && c <= 0xFFFD || c >= 0x10000 && c <= 0x10FFFF
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// zero marks the high bits of the zero bytes of a word. Above the first one
// there may be false marks, never below it.
func zero(w uint64) uint64 { return (w - ones) &^ w & highs }

// less marks the bytes of a word below n, in the same way.
func less(w uint64, n byte) uint64 { return (w - uint64(n)*ones) &^ w & highs }

func first(mark uint64) int { return bits.TrailingZeros64(mark) / 8 }

// checkChars refuses what is not UTF-8 or not a legal character, so that
// everything behind it may look at bytes.
func (p *parser) checkChars() error {
	src := p.src
	for i := p.i; i < len(src); {
		for i+8 <= len(src) {
			w := binary.LittleEndian.Uint64(src[i:])
			if mark := w&highs | less(w, ' '); mark != 0 {
				i += first(mark)
				break
			}
			i += 8
		}
		// What is not ASCII, and white space, come in runs.
		for ; i < len(src); i++ {
			c := src[i]
			if c >= ' ' && c < utf8.RuneSelf {
				i++
				break
			}
			if c >= 0xC2 && c < 0xE0 && i+1 < len(src) && src[i+1]&0xC0 == 0x80 {
				i++
				continue
			}
			if class[c]&spaceByte != 0 {
				continue
			}
			r, size := utf8.DecodeRune(src[i:])
			if r == utf8.RuneError && size == 1 {
				return p.refuse(reject.XMLEncoding, i, "encoding", "UTF-8", "evidence", fmt.Sprintf("0x%02X", c))
			}
			if !isChar(r) {
				return p.refuse(reject.XMLCharacter, i, "char", fmt.Sprintf("U+%04X", r))
			}
			i += size - 1
		}
	}
	return nil
}

// space skips white space and reports whether there was any.
func (p *parser) space() bool {
	i := p.i
	for i < len(p.src) && class[p.src[i]]&spaceByte != 0 {
		i++
	}
	some := i > p.i
	p.i = i
	return some
}

// has reports whether the source goes on with s.
func (p *parser) has(s string) bool {
	return len(p.src)-p.i >= len(s) && string(p.src[p.i:p.i+len(s)]) == s
}

// take skips s if the source goes on with it.
func (p *parser) take(s string) bool {
	if p.has(s) {
		p.i += len(s)
		return true
	}
	return false
}
