package xmlsig

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"hash"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/soapgate/soapgate/internal/c14n"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// A reference is a ds:Reference that was read.
type reference struct {
	node   xmltree.Node
	uri    string
	typ    string
	form   form
	digest DigestMethod
	value  []byte
	target xmltree.Node // what is digested; 0 is the document
}

// A form is how the octets to digest are made from a node.
type form struct {
	c14n.Method
	enveloped bool // the signature itself is left out
	apart     bool // the signature stands elsewhere, or the reference is refused
	smev      bool // the СМЭВ 3 transform follows
	str       bool // the token that the node refers to takes its place
}

func (f form) equal(g form) bool {
	return f.Exclusive == g.Exclusive && f.Version11 == g.Version11 && f.Comments == g.Comments && f.Default == g.Default &&
		slices.Equal(f.Inclusive, g.Inclusive) && f.enveloped == g.enveloped && f.smev == g.smev
}

// reference reads a Reference (XML Signature 4.4.3).
func (v *verifier) reference(n xmltree.Node) *reference {
	r := &reference{node: n}
	uri, ok := v.attr(n, "URI")
	r.uri = uri
	r.typ, _ = v.attr(n, "Type")
	if !ok || uri != "" && (len(uri) < 2 || uri[0] != '#' || strings.HasPrefix(uri, "#xpointer(")) || uri == "" && !v.req.Document {
		v.badReference(r)
	}
	c := v.children(n)
	r.form = v.transforms(r, c.may(nsDS, "Transforms"))
	r.digest = v.digestMethod(c.must(nsDS, "DigestMethod"))
	value := c.must(nsDS, "DigestValue")
	r.value = v.base64(value, 64)
	c.end()
	if v.err == nil {
		if size := r.digest.Hash().Size(); len(r.value) != size {
			v.malformed(value, fmt.Sprintf("base64, %d", size), strconv.Itoa(len(r.value)))
		}
	}
	return r
}

func (v *verifier) badReference(r *reference) {
	names := make([]string, len(v.req.IDs))
	for i, id := range v.req.IDs {
		names[i] = id.String()
	}
	v.fail(r.node, reject.SignatureReference, "reference", strconv.Quote(r.uri), "attributes", strings.Join(names, ", "))
}

// An identifier is an attribute of any name that somebody might take for an
// identifier.
type identifier struct {
	value  []byte
	node   xmltree.Node
	listed bool // by the requirement
}

// identifiers finds the attributes that are identifiers or look like one. A
// reader of another mind may resolve a reference to an "ID" or "xml:id", so
// these count when it comes to whether an identifier is unique.
func (v *verifier) identifiers() (ids []identifier) {
	for n := v.t.Root(); n < v.t.End(0); n++ {
		for i := range v.t.NumAttrs(n) {
			a := v.t.AttrAt(n, i)
			name := v.t.NameOf(a.NameID)
			if len(name.Local) != 2 || !strings.EqualFold(name.Local, "id") {
				continue
			}
			listed := slices.ContainsFunc(v.req.IDs, func(id xmltree.Name) bool { return id.Space == name.Space && id.Local == name.Local })
			ids = append(ids, identifier{a.Value, n, listed})
		}
	}
	return ids
}

// resolve finds what the references point to.
func (v *verifier) resolve() {
	v.ids = v.identifiers()
	work := 0
	for i, s := range v.signatures {
		for j, r := range s.references {
			if r.uri != "" {
				r.target = v.byID(r.node, r.uri)
			}
			if r.form.str {
				r.target = v.dereference(r.target)
			}
			// A signature that leaves itself out of itself digests nothing.
			if r.form.apart && v.t.Contains(r.target, s.node) || r.form.enveloped && v.t.Contains(s.node, r.target) {
				v.refuseTransform(r.node, r, EnvelopedSignature)
			}
			if v.err != nil {
				return
			}
			if v.twin(i, j) == nil {
				work += v.size(r.target)
			}
		}
	}
	// Digesting the same part again and again is refused before it is begun.
	// Three times the message is more than nested signatures of СМЭВ 3 take.
	if work > 3*len(v.t.Source()) {
		v.fail(v.signatures[0].node, reject.SignatureLimit, "what", "ds:Reference × ds:Reference", "limit", strconv.Itoa(3*len(v.t.Source())))
	}
}

func (v *verifier) size(n xmltree.Node) int {
	if n == 0 {
		return len(v.t.Source())
	}
	return v.t.EndOffset(n) - v.t.Offset(n)
}

// byID returns the one element with the identifier that uri, "#" and an
// identifier, names.
func (v *verifier) byID(from xmltree.Node, uri string) xmltree.Node {
	var found identifier
	for _, id := range v.ids {
		if string(id.value) != uri[1:] {
			continue
		}
		if found.node != xmltree.None {
			v.fail(id.node, reject.SignatureDuplicateID, "id", uri[1:])
			return xmltree.None
		}
		found = id
	}
	if !found.listed {
		v.badReference(&reference{node: from, uri: uri})
		return xmltree.None
	}
	return found.node
}

// cover checks that the references reach what they must and, if so asked,
// nothing else.
func (v *verifier) cover() {
	for _, s := range v.signatures {
		for _, n := range s.want.Covers {
			if !slices.ContainsFunc(s.references, func(r *reference) bool { return v.covers(s, r, n) }) {
				v.fail(s.node, reject.SignatureCoverage, "element", v.t.Path(n))
			}
		}
		for _, r := range s.references {
			if s.want.Only && !v.wanted(s, r.target) {
				v.fail(r.node, reject.SignatureCoverage, "element", v.t.Path(r.target))
			}
		}
		v.coverProperties(s)
	}
}

// wanted reports whether n is what the signature must cover, or its own
// properties. The whole document is as good as its root.
func (v *verifier) wanted(s *signature, n xmltree.Node) bool {
	if n == 0 {
		n = v.t.Root()
	}
	return n == s.properties.node || slices.Contains(s.want.Covers, n)
}

// covers reports whether n is among what r digests.
func (v *verifier) covers(s *signature, r *reference, n xmltree.Node) bool {
	return v.t.Contains(r.target, n) && !(r.form.enveloped && v.t.Contains(s.node, n))
}

// twin returns the first reference before reference j of signature i that
// makes the same octets.
func (v *verifier) twin(i, j int) *reference {
	s := v.signatures[i]
	r := s.references[j]
	for _, before := range s.references[:j] {
		if before.target == r.target && before.form.equal(r.form) {
			return before
		}
	}
	if r.form.enveloped {
		return nil
	}
	for _, other := range v.signatures[:i] {
		for _, before := range other.references {
			if before.target == r.target && before.form.equal(r.form) {
				return before
			}
		}
	}
	return nil
}

// digests verifies the digests of all references.
func (v *verifier) digests() {
	for i, s := range v.signatures {
		for j, r := range s.references {
			if v.twin(i, j) != nil {
				continue // digested with its twin
			}
			if v.digest(i, j, s, r); v.err != nil {
				return
			}
		}
	}
}

// A job is a digest with the references that claim it.
type job struct {
	hash.Hash
	references []*reference
}

// digest makes the octets of r once for all references that have the same,
// and digests them once for each algorithm.
func (v *verifier) digest(i, j int, s *signature, r *reference) {
	var jobs []job
	add := func(r *reference) {
		for n := range jobs {
			if jobs[n].references[0].digest.URI == r.digest.URI {
				jobs[n].references = append(jobs[n].references, r)
				return
			}
		}
		jobs = append(jobs, job{r.digest.Hash(), []*reference{r}})
	}
	add(r)
	for k := i; k < len(v.signatures); k++ {
		for l, other := range v.signatures[k].references {
			if (k > i || l > j) && v.twin(k, l) == r {
				add(other)
			}
		}
	}
	var w io.Writer = jobs[0].Hash
	if len(jobs) > 1 {
		ws := make([]io.Writer, len(jobs))
		for n := range jobs {
			ws[n] = jobs[n].Hash
		}
		w = io.MultiWriter(ws...)
	}
	if !v.canonical(w, r.target, r.form, s.node) {
		return
	}
	for _, job := range jobs {
		v.check(job)
	}
}

// check compares a digest with what the references claim.
func (v *verifier) check(j job) {
	var buf [64]byte
	sum := j.Sum(buf[:0])
	for _, r := range j.references {
		if !bytes.Equal(sum, r.value) {
			v.fail(r.node, reject.SignatureDigest, "reference", strconv.Quote(r.uri), "algorithm", r.digest.URI,
				"claimed", base64.StdEncoding.EncodeToString(r.value), "computed", base64.StdEncoding.EncodeToString(sum))
		}
	}
}

// canonical writes the octets of n in the given form.
func (v *verifier) canonical(w io.Writer, n xmltree.Node, f form, signature xmltree.Node) bool {
	except := xmltree.None
	if f.enveloped {
		except = signature
	}
	var err error
	if f.smev {
		err = c14n.WriteSMEV(w, v.t, n, except)
	} else {
		err = c14n.Write(w, v.t, n, f.Method, except)
	}
	if err != nil {
		v.fail(n, reject.SignatureCanonical, "element", v.t.Path(n)).Because(err)
	}
	return err == nil
}
