// Package worst has the dearest inputs that we know for the reader and for the
// validator. The search for others goes on from here: what is found becomes a
// row, and tests and benchmarks run all rows.
package worst

import (
	"fmt"
	"strings"
)

// A Document is an input for the reader that repeats something.
type Document struct {
	Name string
	// piece is what is repeated. A number in it counts the repetitions.
	piece string
	// end is what follows instead of the root's end tag.
	end string
}

// Documents are the dearest inputs that we know for the reader.
var Documents = []Document{
	{Name: "empty elements", piece: "<a/>"},
	{Name: "elements", piece: "<a></a>"},
	{Name: "distinct names", piece: "<a%d/>"},
	{Name: "names of one hash", piece: "<aaaaaaaa%04dbbbbbbbb/>"},
	{Name: "one attribute", piece: "<a b=''/>"},
	{Name: "one name, two namespaces", piece: "<a xmlns='u'/><a xmlns='v'/>"},
	{Name: "references", piece: "&lt;"},
	{Name: "character references", piece: "&#1234;"},
	{Name: "brackets", piece: "]]"},
	{Name: "bracket and angle", piece: "] ]>"},
	{Name: "line ends", piece: "\r"},
	{Name: "CRLF between", piece: "x\r\n"},
	{Name: "declarations", piece: "<a xmlns='u'/>"},
	{Name: "declarations of a prefix", piece: "<p:a xmlns:p='u'/>"},
	{Name: "empty CDATA sections", piece: "<![CDATA[]]>"},
	{Name: "CDATA sections", piece: "x<![CDATA[x]]>"},
	{Name: "comments", piece: "<!---->"},
	{Name: "text and comments", piece: "x<!---->"},
	{Name: "processing instructions", piece: "<?a?>"},
	{Name: "Cyrillic", piece: "я"},
	{Name: "three bytes", piece: "€"},
	{Name: "four bytes", piece: "😀"},
	{Name: "letters and Cyrillic", piece: "aя"},
	{Name: "white space in values", piece: "<a b='\t\n\t'/>"},
	{Name: "white space in tags", piece: "<a ></a >"},
	{Name: "hyphens in comments", piece: "<!-- - - - - - - - - - - - - -->"},
	{Name: "prefixed attributes", piece: "<a xmlns:p='u' xmlns:q='v' p:a='' q:a='' p:b='' q:b=''/>"},
	{Name: "many attributes", piece: manyAttributes()},
	{Name: "refused late", piece: "<a/>", end: "<"},
	{Name: "refused deep and late", piece: "<a>" + strings.Repeat("<a/>", 16_000), end: "<"},
}

// Bytes returns a document of about the given number of bytes.
func (d Document) Bytes(size int) []byte {
	var b strings.Builder
	b.WriteString("<r>")
	for i := 0; b.Len() < size; i++ {
		if strings.Contains(d.piece, "%") {
			fmt.Fprintf(&b, d.piece, i%10_000)
		} else {
			b.WriteString(d.piece)
		}
	}
	if d.end == "" {
		d.end = "</r>"
	}
	b.WriteString(d.end)
	return []byte(b.String())
}

func manyAttributes() string {
	var b strings.Builder
	for i := range 30 {
		b.WriteString("<a")
		for k := range 256 {
			fmt.Fprintf(&b, " b%d=''", i*256+k)
		}
		b.WriteString("/>")
	}
	return b.String()
}
