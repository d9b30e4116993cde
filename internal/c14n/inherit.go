package c14n

import (
	"slices"
	"strings"

	"github.com/soapgate/soapgate/internal/xmltree"
)

// inherit adds to the apex the attributes in the xml namespace that its
// ancestors, which are not written, bear. Canonical XML 1.0 2.4 takes all of
// them; 1.1 2.4 takes xml:lang and xml:space, joins xml:base, and leaves the
// others, xml:id above all, where they are.
func (c *canon) inherit(apex xmltree.Node) {
	var bases []string // from the apex outward
	own := len(c.attrs)
	for n := c.t.Parent(apex); n != 0; n = c.t.Parent(n) {
		for i := range c.t.NumAttrs(n) {
			a := c.t.AttrAt(n, i)
			name := c.t.NameOf(a.NameID)
			switch {
			case name.Space != xmltree.NamespaceXML:
			case c.method.Version11 && name.Local == "base":
				bases = append(bases, string(a.Value))
			case c.method.Version11 && name.Local != "lang" && name.Local != "space":
			case !c.has(a.NameID):
				c.add(a)
			}
		}
	}
	if len(bases) == 0 {
		return
	}
	c.fixBase(apex, own, bases)
}

func (c *canon) has(id xmltree.NameID) bool {
	return slices.ContainsFunc(c.attrs, func(a attr) bool { return a.NameID == id })
}

// fixBase replaces the apex's xml:base by the join of all that are in force
// there (Canonical XML 1.1 2.4).
func (c *canon) fixBase(apex xmltree.Node, own int, bases []string) {
	at := slices.IndexFunc(c.attrs[:own], func(a attr) bool {
		return c.t.NameOf(a.NameID) == xmltree.Name{Prefix: "xml", Local: "base", Space: xmltree.NamespaceXML}
	})
	if at >= 0 {
		bases = slices.Insert(bases, 0, string(c.attrs[at].Value))
	} else {
		for n := c.t.Parent(apex); at < 0; n = c.t.Parent(n) {
			for a := range c.t.Attrs(n) {
				if name := c.t.NameOf(a.NameID); name.Space == xmltree.NamespaceXML && name.Local == "base" {
					c.add(a)
					at = len(c.attrs) - 1
				}
			}
		}
	}
	joined := bases[0]
	for _, outer := range bases[1:] {
		joined = joinURI(outer, joined)
	}
	if joined == "" {
		c.attrs = slices.Delete(c.attrs, at, at+1)
		return
	}
	c.attrs[at].Value = []byte(joined)
}

// joinURI resolves ref against base as RFC 3986 5.2 does, with the changes of
// Canonical XML 1.1 2.4: base may be relative, a fragment is dropped, leading
// ".." segments stay, and so does the slash behind a last one.
func joinURI(base, ref string) string {
	b, r := splitURI(base), splitURI(ref)
	if r.path == ".." || strings.HasSuffix(r.path, "/..") {
		r.path += "/"
	}
	if b.path == ".." || strings.HasSuffix(b.path, "/..") {
		b.path += "/"
	}
	switch {
	case r.scheme != "":
		r.path = removeDots(r.path)
		return r.String()
	case r.hasAuthority:
		r.path = removeDots(r.path)
	default:
		if r.path == "" {
			r.path = removeDots(b.path)
			if !r.hasQuery {
				r.query, r.hasQuery = b.query, b.hasQuery
			}
		} else if strings.HasPrefix(r.path, "/") {
			r.path = removeDots(r.path)
		} else {
			r.path = removeDots(merge(b, r.path))
		}
		r.authority, r.hasAuthority = b.authority, b.hasAuthority
	}
	r.scheme = b.scheme
	return r.String()
}

// A uri is a URI reference in its parts, the fragment apart.
type uri struct {
	scheme, authority, path, query string
	hasAuthority, hasQuery         bool
}

// splitURI takes a reference apart as the expression of RFC 3986 appendix B.
func splitURI(s string) (u uri) {
	s, _, _ = strings.Cut(s, "#")
	if absolute(s) {
		u.scheme, s, _ = strings.Cut(s, ":")
	}
	s, u.query, u.hasQuery = strings.Cut(s, "?")
	if rest, ok := strings.CutPrefix(s, "//"); ok {
		u.hasAuthority = true
		slash := strings.IndexByte(rest, '/')
		if slash < 0 {
			slash = len(rest)
		}
		u.authority, s = rest[:slash], rest[slash:]
	}
	u.path = s
	return u
}

func (u uri) String() string {
	var b strings.Builder
	if u.scheme != "" {
		b.WriteString(u.scheme + ":")
	}
	if u.hasAuthority {
		b.WriteString("//" + u.authority)
	}
	b.WriteString(u.path)
	if u.hasQuery {
		b.WriteString("?" + u.query)
	}
	return b.String()
}

// merge is RFC 3986 5.2.3.
func merge(base uri, path string) string {
	if base.hasAuthority && base.path == "" {
		return "/" + path
	}
	return base.path[:strings.LastIndexByte(base.path, '/')+1] + path
}

// removeDots is RFC 3986 5.2.4 with leading ".." segments kept and runs of
// slashes made one.
func removeDots(path string) string {
	if path == "" {
		return ""
	}
	rooted := path[0] == '/'
	var out []string
	segments := strings.Split(path, "/")
	for i, seg := range segments {
		last := i == len(segments)-1
		switch {
		case seg == "." || seg == "" && !last:
			if last {
				out = append(out, "") // "a/." is "a/"
			}
		case seg == ".." && len(out) > 0 && out[len(out)-1] != "..":
			out = out[:len(out)-1]
			if last {
				out = append(out, "")
			}
		case seg == ".." && rooted:
			// Nothing is above the root.
			if last {
				out = append(out, "")
			}
		default:
			out = append(out, seg)
		}
	}
	joined := strings.Join(out, "/")
	if rooted {
		return "/" + joined
	}
	return joined
}
