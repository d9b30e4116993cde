package xmltree

import (
	"cmp"
	"strconv"

	"github.com/soapgate/soapgate/internal/reject"
)

// Limits bound what a document may cost. A zero field means its default.
type Limits struct {
	Bytes          int // of the document, as received and in UTF-8; default 10 MiB, at most 256 MiB
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

// maxBytes keeps offsets and names within the bits that nodes have for them.
const maxBytes = 256 << 20

// withDefaults returns l with every field set.
func (l Limits) withDefaults() Limits {
	return Limits{
		Bytes:          min(cmp.Or(l.Bytes, 10<<20), maxBytes),
		Depth:          cmp.Or(l.Depth, 64),
		Nodes:          cmp.Or(l.Nodes, 2_000_000),
		Attributes:     cmp.Or(l.Attributes, 256),
		Declarations:   cmp.Or(l.Declarations, 64),
		Namespaces:     cmp.Or(l.Namespaces, 1024),
		Names:          cmp.Or(l.Names, 16_384),
		Name:           cmp.Or(l.Name, 1<<10),
		AttributeValue: cmp.Or(l.AttributeValue, 1<<20),
		Text:           cmp.Or(l.Text, 10<<20),
		Token:          cmp.Or(l.Token, 1<<20),
		References:     cmp.Or(l.References, 1_000_000),
	}
}

// over refuses the document at an offset for a limit that it exceeds.
func (p *parser) over(code reject.Code, limit, at int) error {
	return p.refuse(code, at, "limit", strconv.Itoa(limit))
}
