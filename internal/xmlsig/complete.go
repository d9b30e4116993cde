package xmlsig

import (
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"github.com/soapgate/soapgate/internal/xmltree"
)

// Complete makes a signature from a template: a message with one ds:Signature
// whose digests and value are placeholders, base64 of the right length. It
// fills in the digests of what the references point to and the value that sign
// makes of SignedInfo's digest. The requirement reads the template and has
// that signature alone.
//
// It exists for the demo, the sandbox and tests. No configuration leads here:
// a gate that signs for its clients would vouch for what they did not.
func Complete(doc []byte, req func(*xmltree.Tree) (Requirement, error), sign func(digest []byte) ([]byte, error)) ([]byte, error) {
	doc = slices.Clone(doc)
	err := withTemplate(doc, req, func(v *verifier, s *signature) error {
		for _, r := range s.references {
			h := r.digest.Hash()
			if !v.canonical(h, r.target, r.form, s.node) {
				return v.err
			}
			value := v.t.Child(r.node, nsDS, "DigestValue")
			copy(doc[v.t.TagEnd(value):], base64.StdEncoding.EncodeToString(h.Sum(nil)))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out []byte
	err = withTemplate(doc, req, func(v *verifier, s *signature) error {
		for _, suite := range v.suites() {
			for _, m := range suite.Signatures {
				if m.URI == s.method.URI {
					s.method = m
				}
			}
		}
		h := s.method.Hash()
		if !v.canonical(h, s.signedInfo, form{Method: s.form}, xmltree.None) {
			return v.err
		}
		value, err := sign(h.Sum(nil))
		if err != nil {
			return fmt.Errorf("signing: %w", err)
		}
		n := v.t.Child(s.node, nsDS, "SignatureValue")
		from := v.t.TagEnd(n)
		to := from + len(v.t.Value(v.t.FirstChild(n)))
		out = slices.Concat(doc[:from], []byte(base64.StdEncoding.EncodeToString(value)), doc[to:])
		return nil
	})
	return out, err
}

func withTemplate(doc []byte, req func(*xmltree.Tree) (Requirement, error), fill func(*verifier, *signature) error) error {
	t, err := xmltree.Parse(doc, xmltree.Options{})
	if err != nil {
		return fmt.Errorf("reading the template: %w", err)
	}
	defer t.Release()
	r, err := req(t)
	if err != nil {
		return fmt.Errorf("finding the template's signature: %w", err)
	}
	v := verifier{reader: reader{t: t}, req: &r, o: &Options{Now: time.Time{}}}
	v.signatures = []*signature{v.signature(r.Signatures[0])}
	if v.err == nil {
		v.resolve()
	}
	if v.err != nil {
		return fmt.Errorf("reading the template's signature: %w", v.err)
	}
	return fill(&v, v.signatures[0])
}
