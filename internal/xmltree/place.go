package xmltree

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// Offset returns the offset in Source of n's first byte.
func (t *Tree) Offset(n Node) int { return int(t.nodes[n].start) }

// TagEnd returns the offset behind an element's start tag.
func (t *Tree) TagEnd(n Node) int { return int(t.nodes[n].val) }

// EndOffset returns the offset behind an element's end tag, which is TagEnd
// if it is an empty-element tag.
func (t *Tree) EndOffset(n Node) int { return int(t.nodes[n].end) }

// Position returns line and column, from 1 and in characters, of an offset in
// Source. It reads the document up to there.
func (t *Tree) Position(offset int) (line, column int) { return Position(t.src, offset) }

// Position returns line and column, from 1 and in characters, of an offset in
// src. CR, LF and CRLF each end a line.
func Position(src []byte, offset int) (line, column int) {
	line, start := 1, 0
	if bytes.HasPrefix(src, []byte(byteOrderMark)) {
		start = len(byteOrderMark)
	}
	offset = max(min(offset, len(src)), start)
	for i := start; i < offset; i++ {
		switch {
		case src[i] == '\n', src[i] == '\r' && (i+1 == len(src) || src[i+1] != '\n'):
			line, start = line+1, i+1
		}
	}
	return line, 1 + utf8.RuneCount(src[start:offset])
}

// Path returns an XPath-like path of n with the document's own prefixes;
// an index is written where siblings share the name.
func (t *Tree) Path(n Node) string {
	if n == 0 {
		return "/"
	}
	var path string
	for ; n != 0; n = t.nodes[n].parent {
		switch t.nodes[n].kind() {
		case Element:
			path = "/" + t.Name(n).String() + t.index(n) + path
		case Text:
			path = "/text()" + path
		case Comment:
			path = "/comment()" + path
		case PI:
			path = "/processing-instruction()" + path
		}
	}
	return path
}

func (t *Tree) index(n Node) string {
	id, before, behind := t.nodes[n].name(), 0, false
	for c := t.FirstElement(t.nodes[n].parent); c != None; c = t.NextElement(c) {
		if t.nodes[c].name() != id || c == n {
			continue
		}
		if c > n {
			behind = true
			break
		}
		before++
	}
	if before == 0 && !behind {
		return ""
	}
	return "[" + strconv.Itoa(before+1) + "]"
}
