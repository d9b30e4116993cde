// Package attachment takes multipart/related messages apart: MTOM messages,
// whose binary parts are put back where they belong before anything judges the
// envelope, and SOAP messages with attachments.
//
// It is strict where receivers differ: one way to write a boundary, no nested
// packages, every part with an identifier of its own and referred to exactly
// once from the envelope, references by cid: only. Nothing is fetched.
//
// Standards: RFC 2387, RFC 2046 5.1, RFC 2392, XOP (W3C Recommendation of 25
// January 2005), MTOM, SOAP Messages with Attachments (W3C Note).
package attachment

import (
	"bytes"
	"encoding/base64"
	"mime"
	"net/textproto"
	"slices"
	"strings"

	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/soap"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// Limits bound what a package may consist of. A zero field means its default;
// the size of the whole is bounded by whoever reads it.
type Limits struct {
	Parts  int // besides the envelope; default 32
	Header int // bytes of one part's header; default 4 KiB
}

// A part is one body part.
type part struct {
	id      string // Content-ID without its brackets
	typ     string // media type
	params  map[string]string
	content []byte
	used    bool
}

// Open returns the envelope of a package as a tree: with XOP, the tree of the
// document that the package stands for. Parse reads one document with the
// given charset. The error is a *reject.Rejection.
func Open(body []byte, m *soap.Multipart, l Limits, parse func(src []byte, charset string) (*xmltree.Tree, error)) (*xmltree.Tree, error) {
	parts, err := split(body, m.Boundary, l)
	if err != nil {
		return nil, err
	}
	root, rest, err := pick(parts, m)
	if err != nil {
		return nil, err
	}
	charset := root.params["charset"]
	if m.XOP && charset != "" && !strings.EqualFold(charset, "utf-8") {
		return nil, reject.New(reject.HTTPCharset, "charset", charset)
	}
	t, err := parse(root.content, charset)
	if err != nil {
		return nil, err
	}
	p := &pack{t: t, parts: rest}
	var doc []byte
	if m.XOP {
		doc, err = p.include()
	} else {
		p.refer()
	}
	if err == nil {
		err = p.allUsed()
	}
	switch {
	case err != nil:
		t.Release()
		return nil, err
	case doc == nil:
		return t, nil
	}
	t.Release()
	return parse(doc, "utf-8")
}

func malformed(found string) *reject.Rejection {
	return reject.New(reject.HTTPMultipart, "found", found)
}

// pick finds the envelope: the part that start names, or else the first one
// (RFC 2387 3.2).
func pick(parts []*part, m *soap.Multipart) (root *part, rest map[string]*part, err error) {
	root = parts[0]
	if m.Start != "" {
		named := func(p *part) bool { return p.id != "" && "<"+p.id+">" == m.Start }
		i := slices.IndexFunc(parts, named)
		if i < 0 {
			return nil, nil, malformed("no part with the Content-ID of start")
		}
		root = parts[i]
	}
	rest = make(map[string]*part)
	for _, p := range parts {
		switch {
		case p == root:
		case p.id == "":
			return nil, nil, malformed("a part without Content-ID")
		case rest[p.id] != nil || p.id == root.id:
			return nil, nil, malformed("two parts with Content-ID " + p.id)
		default:
			rest[p.id] = p
		}
	}
	if !strings.EqualFold(root.typ, m.Type) {
		return nil, nil, malformed("the envelope is of type " + root.typ)
	}
	return root, rest, nil
}

// split takes the body apart at its boundaries. Nothing may stand before the
// first and behind the last of them, where only some receivers would look.
func split(body []byte, boundary string, l Limits) ([]*part, error) {
	if l.Parts == 0 {
		l.Parts = 32
	}
	if l.Header == 0 {
		l.Header = 4 << 10
	}
	delimiter := []byte("\r\n--" + boundary)
	body = bytes.TrimPrefix(body, []byte("\r\n"))
	rest, ok := bytes.CutPrefix(body, delimiter[2:])
	if !ok {
		return nil, malformed("it does not begin with the boundary")
	}
	var parts []*part
	for {
		if end, last := bytes.CutPrefix(rest, []byte("--")); last {
			if len(bytes.Trim(end, "\r\n \t")) > 0 || len(parts) == 0 {
				return nil, malformed("something follows the last boundary, or there is no part")
			}
			return parts, nil
		}
		if rest, ok = bytes.CutPrefix(rest, []byte("\r\n")); !ok {
			return nil, malformed("a boundary that does not end its line")
		}
		content, behind, found := bytes.Cut(rest, delimiter)
		if !found {
			return nil, malformed("the last boundary is missing")
		}
		if len(parts) > l.Parts {
			return nil, malformed("too many parts")
		}
		p, err := readPart(content, l)
		if err != nil {
			return nil, err
		}
		parts, rest = append(parts, p), behind
	}
}

// readPart reads the header of one part (RFC 2045) and decodes its content.
func readPart(b []byte, l Limits) (*part, error) {
	head, content, ok := bytes.Cut(b, []byte("\r\n\r\n"))
	if !ok || len(head) > l.Header {
		return nil, malformed("a part without header, or with too long a one")
	}
	fields := make(map[string]string)
	for line := range strings.SplitSeq(string(head), "\r\n") {
		key, value, ok := strings.Cut(line, ":")
		key = textproto.CanonicalMIMEHeaderKey(key)
		// A folded line begins with a blank and so has no good name.
		if _, twice := fields[key]; !ok || twice || strings.ContainsAny(key, " \t\r\n") || strings.ContainsAny(value, "\r\n\x00") {
			return nil, malformed("a header line of a part")
		}
		fields[key] = strings.TrimSpace(value)
	}
	p := &part{content: content}
	if id := fields["Content-Id"]; id != "" {
		if len(id) < 3 || id[0] != '<' || id[len(id)-1] != '>' {
			return nil, malformed("a Content-ID without brackets")
		}
		p.id = id[1 : len(id)-1]
	}
	var err error
	if p.typ, p.params, err = mime.ParseMediaType(fields["Content-Type"]); err != nil || strings.HasPrefix(p.typ, "multipart/") {
		return nil, malformed("a part of type " + fields["Content-Type"])
	}
	switch coding := strings.ToLower(fields["Content-Transfer-Encoding"]); coding {
	case "", "7bit", "8bit", "binary":
	case "base64":
		text := bytes.Join(bytes.Fields(content), nil)
		p.content = make([]byte, base64.StdEncoding.DecodedLen(len(text)))
		n, err := base64.StdEncoding.Strict().Decode(p.content, text)
		if err != nil {
			return nil, malformed("a part that is not base64")
		}
		p.content = p.content[:n]
	default:
		return nil, malformed("a part with transfer encoding " + coding)
	}
	return p, nil
}
