package xmlsig

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// A reader reads the grammar of ds:Signature and what stands in it. After the
// first error it reads on over nothing; whoever builds on what was read looks
// at err first.
type reader struct {
	t   *xmltree.Tree
	err error
}

// fail notes the first error, with its place, and returns it.
func (r *reader) fail(n xmltree.Node, code reject.Code, values ...string) *reject.Rejection {
	line, column := r.t.Position(r.t.Offset(n))
	err := reject.New(code, values...).At(line, column, r.t.Path(n))
	if r.err == nil {
		r.err = err
	}
	return err
}

// malformed notes that something else was found than expected. Both are in the
// markup's own words, which need no translation.
func (r *reader) malformed(n xmltree.Node, expected, found string) {
	r.fail(n, reject.SignatureFormat, "element", r.t.Name(n).Local, "expected", expected, "found", found)
}

// A cursor takes the child elements of an element in order.
type cursor struct {
	r      *reader
	parent xmltree.Node
	next   xmltree.Node
}

// children begins to read the content of n, which must be elements only.
// Comments between them mean nothing and canonicalization drops them.
func (r *reader) children(n xmltree.Node) cursor {
	if n == xmltree.None {
		return cursor{r: r}
	}
	for c := range r.t.Children(n) {
		switch r.t.Kind(c) {
		case xmltree.Text:
			if len(bytes.TrimLeft(r.t.Value(c), " \t\r\n")) > 0 {
				r.malformed(n, "<…>", "#text")
			}
		case xmltree.PI:
			r.malformed(n, "<…>", "<?…?>")
		}
	}
	return cursor{r: r, parent: n, next: r.t.FirstElement(n)}
}

// may takes the next child if it has the given name.
func (c *cursor) may(space, local string) xmltree.Node {
	if c.next == xmltree.None || !c.r.t.Is(c.next, space, local) {
		return xmltree.None
	}
	n := c.next
	c.next = c.r.t.NextElement(n)
	return n
}

// must takes the next child, which has to have the given name.
func (c *cursor) must(space, local string) xmltree.Node {
	n := c.may(space, local)
	if n == xmltree.None && c.r.err == nil {
		c.r.malformed(c.parent, "<"+local+">", c.found())
	}
	return n
}

// end says that there is no further child.
func (c *cursor) end() {
	if c.next != xmltree.None && c.r.err == nil {
		c.r.malformed(c.parent, "</"+c.r.t.Name(c.parent).Local+">", c.found())
	}
}

func (c *cursor) found() string {
	if c.next == xmltree.None {
		return "</" + c.r.t.Name(c.parent).Local + ">"
	}
	return "<" + c.r.t.Name(c.next).String() + ">"
}

// text returns the text of an element that holds nothing but one run of it:
// no comment and no CDATA section, where readers differ in what they see.
func (r *reader) text(n xmltree.Node) []byte {
	if n == xmltree.None {
		return nil
	}
	c := r.t.FirstChild(n)
	if c == xmltree.None {
		return nil
	}
	if r.t.Kind(c) != xmltree.Text || r.t.HasCDATA(c) || r.t.NextSibling(c) != xmltree.None {
		r.malformed(n, "#text", "#comment, #cdata-section, <…>")
		return nil
	}
	return r.t.Value(c)
}

// word returns the text of an element without the white space around it.
func (r *reader) word(n xmltree.Node) string { return strings.Trim(string(r.text(n)), " \t\r\n") }

// base64 decodes the text of an element. White space may stand anywhere (XML
// Schema base64Binary); more than limit bytes are refused before decoding.
func (r *reader) base64(n xmltree.Node, limit int) []byte {
	text := r.text(n)
	if n == xmltree.None || r.err != nil {
		return nil
	}
	src := make([]byte, 0, min(len(text), base64.StdEncoding.EncodedLen(limit)+1))
	for _, b := range text {
		if b == ' ' || b == '\n' || b == '\r' || b == '\t' {
			continue
		}
		if len(src) == cap(src) {
			r.malformed(n, fmt.Sprintf("base64, ≤ %d", limit), fmt.Sprintf("> %d", limit))
			return nil
		}
		src = append(src, b)
	}
	value := make([]byte, base64.StdEncoding.DecodedLen(len(src)))
	size, err := base64.StdEncoding.Strict().Decode(value, src)
	if err != nil || size == 0 || size > limit {
		r.malformed(n, "base64", fmt.Sprintf("%q", reject.Shorten(string(text), 40)))
		return nil
	}
	return value[:size]
}

// attr returns an attribute in no namespace.
func (r *reader) attr(n xmltree.Node, local string) (string, bool) {
	if n == xmltree.None {
		return "", false
	}
	v, ok := r.t.Attr(n, "", local)
	return string(v), ok
}

// algorithm returns the Algorithm of an element, which has to have one.
func (r *reader) algorithm(n xmltree.Node) string {
	a, ok := r.attr(n, "Algorithm")
	if !ok && n != xmltree.None {
		r.malformed(n, "@Algorithm", "—")
	}
	return a
}
