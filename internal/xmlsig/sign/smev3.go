package sign

import (
	"fmt"

	"github.com/soapgate/soapgate/internal/xmlsig"
	"github.com/soapgate/soapgate/internal/xmltree"
)

const nsDS = "http://www.w3.org/2000/09/xmldsig#"

// SMEV3 signs as СМЭВ 3 wants it: into the empty wrapper element of the given
// local name, over the first element beside it that bears an Id. A message with several signatures is signed from the inside out.
func (s *Signer) SMEV3(msg []byte, wrapper string) ([]byte, error) {
	l, err := s.layout(xmlsig.ExcC14N)
	if err != nil {
		return nil, err
	}
	find := func(t *xmltree.Tree) (xmltree.Node, error) {
		for n := t.Root(); n < t.End(0); n++ {
			if t.Kind(n) != xmltree.Element || t.Name(n).Local != wrapper {
				continue
			}
			for beside := range t.Elements(t.Parent(n)) {
				if id, ok := t.Attr(beside, "", "Id"); ok {
					l.References = []reference{{"#" + string(id), []string{xmlsig.ExcC14N, xmlsig.SMEVTransform}}}
					return n, nil
				}
			}
			return n, fmt.Errorf("no element beside %s has an Id", wrapper)
		}
		return xmltree.None, fmt.Errorf("the message has no %s", wrapper)
	}
	if _, err := insert(msg, "", find); err != nil {
		return nil, err
	}
	l.KeyInfo = x509Data(l.Certificate)
	return s.plain(msg, l, find)
}

// Enveloped signs the whole document: the signature is the first child of its
// root, the one reference is URI="".
func (s *Signer) Enveloped(msg []byte) ([]byte, error) {
	l, err := s.layout(xmlsig.ExcC14N)
	if err != nil {
		return nil, err
	}
	l.References = []reference{{"", []string{xmlsig.EnvelopedSignature, xmlsig.ExcC14N}}}
	l.KeyInfo = x509Data(l.Certificate)
	return s.plain(msg, l, func(t *xmltree.Tree) (xmltree.Node, error) { return t.Root(), nil })
}

// plain puts a signature without properties into the element that find
// returns, as its first child.
func (s *Signer) plain(msg []byte, l layout, find func(*xmltree.Tree) (xmltree.Node, error)) ([]byte, error) {
	markup, err := render(plain, l)
	if err != nil {
		return nil, err
	}
	doc, err := insert(msg, markup, find)
	if err != nil {
		return nil, err
	}
	return s.complete(doc, l.Signature, func(t *xmltree.Tree) (xmltree.Node, error) {
		n, err := find(t)
		if err != nil {
			return n, err
		}
		if n = t.FirstElement(n); !t.Is(n, nsDS, "Signature") {
			return n, fmt.Errorf("%s is no ds:Signature", t.Path(n))
		}
		return n, nil
	})
}
