package xmltree

import (
	"strconv"

	"github.com/soapgate/soapgate/internal/reject"
)

// Limits bound what a document may cost. A zero field means its default.
type Limits struct {
	Bytes          int // of the document, as received and in UTF-8; default 10 MiB, at most 2 GiB - 1
	Depth          int // of elements; default 64
	Nodes          int // default 2 000 000
	Attributes     int // on one element; default 256
	Declarations   int // of namespaces on one element; default 64
	Namespaces     int // distinct bindings of a prefix in the document; default 1024
	Names          int // distinct names in the document; default 16 384
	Name           int // bytes of a qualified name; default 1 KiB
	AttributeValue int // bytes; default 1 MiB
	Text           int // bytes of one text node; default 10 MiB
	Token          int // bytes of one tag, comment, PI or reference; default 1 MiB
	References     int // character and entity references in the document; default 1 000 000
}

const maxBytes = 1<<31 - 1 // offsets leave one bit of 32 free, see inText

// withDefaults returns l with every field set.
func (l Limits) withDefaults() Limits {
	for _, d := range []struct {
		field *int
		value int
	}{
		{&l.Bytes, 10 << 20},
		{&l.Depth, 64},
		{&l.Nodes, 2_000_000},
		{&l.Attributes, 256},
		{&l.Declarations, 64},
		{&l.Namespaces, 1024},
		{&l.Names, 16_384},
		{&l.Name, 1 << 10},
		{&l.AttributeValue, 1 << 20},
		{&l.Text, 10 << 20},
		{&l.Token, 1 << 20},
		{&l.References, 1_000_000},
	} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	l.Bytes = min(l.Bytes, maxBytes)
	return l
}

// over refuses the document at an offset for a limit that it exceeds.
func (p *parser) over(code reject.Code, limit, at int) error {
	return p.refuse(code, at, "limit", strconv.Itoa(limit))
}
