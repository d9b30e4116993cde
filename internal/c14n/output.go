package c14n

import (
	"bytes"
	"io"
	"strconv"
)

// bufferSize is how much is gathered before the writer sees it. A stretch of
// the source that is longer goes to the writer as it is.
const bufferSize = 4096

// An output joins adjoining stretches of the source, so that the writer gets
// few and large pieces.
type output struct {
	w      io.Writer
	src    []byte
	lo, hi int // a stretch of src that is not yet in buf
	buf    []byte
	err    error // the writer's first error
}

func (o *output) reset(w io.Writer, src []byte) {
	o.w, o.src, o.lo, o.hi, o.buf, o.err = w, src, 0, 0, o.buf[:0], nil
}

// source writes src[from:to].
func (o *output) source(from, to int) {
	if from == o.hi {
		o.hi = to
		return
	}
	o.settle()
	o.lo, o.hi = from, to
}

func (o *output) settle() {
	if o.lo < o.hi {
		p := o.src[o.lo:o.hi]
		o.lo, o.hi = 0, 0
		o.append(p)
	}
}

func (o *output) append(p []byte) {
	if len(p) > cap(o.buf)-len(o.buf) {
		o.flush()
		if len(p) >= bufferSize {
			o.write(p)
			return
		}
	}
	o.buf = append(o.buf, p...)
}

func (o *output) flush() {
	o.write(o.buf)
	o.buf = o.buf[:0]
}

func (o *output) write(p []byte) {
	if o.err == nil && len(p) > 0 {
		_, o.err = o.w.Write(p)
	}
}

func (o *output) bytes(p []byte) {
	o.settle()
	o.append(p)
}

func (o *output) string(s string) {
	o.settle()
	for len(s) > cap(o.buf)-len(o.buf) {
		n := copy(o.buf[len(o.buf):cap(o.buf)], s)
		o.buf = o.buf[:len(o.buf)+n]
		s = s[n:]
		o.flush()
	}
	o.buf = append(o.buf, s...)
}

func (o *output) close() error {
	o.settle()
	o.flush()
	o.w, o.src = nil, nil
	return o.err
}

// value writes text or an attribute's value with the escapes that it needs.
// If v is what the source has at offset, it holds neither references nor CR,
// and neither "<" nor "&", which must be written as references.
func (o *output) value(v []byte, offset int, escape *[256]string) {
	if len(v) == 0 {
		return
	}
	if offset < len(o.src) && &v[0] == &o.src[offset] {
		if escape == &textEscape && bytes.IndexByte(v, '>') < 0 || clean(v, escape) {
			o.source(offset, offset+len(v))
			return
		}
	}
	from := 0
	for i, b := range v {
		if s := escape[b]; s != "" {
			o.bytes(v[from:i])
			o.string(s)
			from = i + 1
		}
	}
	o.bytes(v[from:])
}

func clean(v []byte, escape *[256]string) bool {
	for _, b := range v {
		if escape[b] != "" {
			return false
		}
	}
	return true
}

// The escapes of text and of attribute values (Canonical XML 1.0 2.3).
var (
	textEscape = [256]string{'&': "&amp;", '<': "&lt;", '>': "&gt;", '\r': "&#xD;"}
	attrEscape = [256]string{'&': "&amp;", '<': "&lt;", '"': "&quot;", '\t': "&#x9;", '\n': "&#xA;", '\r': "&#xD;"}
)

// escaped writes an attribute's value that is no part of the source.
func (o *output) escaped(s string) {
	from := 0
	for i := range len(s) {
		if e := attrEscape[s[i]]; e != "" {
			o.string(s[from:i])
			o.string(e)
			from = i + 1
		}
	}
	o.string(s[from:])
}

func (o *output) number(n int) {
	o.settle()
	if cap(o.buf)-len(o.buf) < 20 {
		o.flush()
	}
	o.buf = strconv.AppendInt(o.buf, int64(n), 10)
}
