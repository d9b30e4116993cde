package xmltree

import "github.com/soapgate/soapgate/internal/reject"

// Options say how to read a document. The zero value reads a SOAP message.
type Options struct {
	Limits  Limits
	Charset string // the charset parameter of the media type, "" if none (RFC 7303 3)
	// AllowPI admits processing instructions, which SOAP forbids.
	AllowPI bool
	// DTD says what to do with a document type declaration.
	DTD DTDMode
	// NoNamespaces reads names as XML 1.0 alone does, for conformance tests.
	NoNamespaces bool
}

// A DTDMode says what to do with a document type declaration.
type DTDMode uint8

const (
	// RefuseDTD refuses at the first byte of the declaration.
	RefuseDTD DTDMode = iota
	// CheckDTD judges the internal subset without expanding or fetching
	// anything, for schema documents of our own disk and conformance tests.
	CheckDTD
)

// Limits bound what a document may cost. A zero field means its default.
type Limits struct {
	Bytes          int // of the document; default 10 MiB
	Depth          int // of elements; default 64
	Nodes          int // default 2 000 000
	Attributes     int // on one element; default 256
	Declarations   int // of namespaces on one element; default 64
	Namespaces     int // distinct ones in the document; default 1024
	Name           int // bytes of a qualified name; default 1 KiB
	AttributeValue int // bytes; default 1 MiB
	Text           int // bytes of one text node; default 10 MiB
	Token          int // bytes of one tag, comment, PI or reference; default 1 MiB
	References     int // character and entity references in the document; default 1 000 000
}

// Parse reads a document. The tree refers to src, which must not be changed
// until Release. The error is a *reject.Rejection of stage xml.
func Parse(src []byte, o Options) (*Tree, error) {
	return nil, reject.New("xml.not_well_formed")
}

// Release gives the tree's memory back for the next document.
func (t *Tree) Release() {}
