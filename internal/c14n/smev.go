package c14n

import (
	"cmp"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/soapgate/soapgate/internal/xmltree"
)

// WriteSMEV writes what the transform urn://smev-gov-ru/xmldsig/transform
// makes of the exclusive canonical form of apex without comments, the subtree
// at except left out (СМЭВ 3 method documents): no white-space text, every
// prefix replaced by "ns" and a number in the order of need, declarations
// where they are needed first, qualified attributes before the others.
func WriteSMEV(w io.Writer, t *xmltree.Tree, apex, except xmltree.Node) error {
	s := smevPool.Get().(*smev)
	defer smevPool.Put(s)
	s.reset(w, t)
	s.walk(apex, except)
	err := s.out.close()
	if s.scope.err != nil {
		err = s.scope.err
	}
	s.t, s.scope.t = nil, nil
	return err
}

var smevPool = sync.Pool{New: func() any {
	return &smev{out: output{buf: make([]byte, 0, bufferSize)}, scope: newScope()}
}}

// A smev is the state of one transform. Of scope it uses the numbering of
// names and namespaces; what is in force are its own numbered prefixes.
type smev struct {
	out   output
	t     *xmltree.Tree
	scope scope

	last   int            // the last number given
	number map[string]int // the prefix that stands for a namespace here
	undo   []string       // namespaces in the order they were declared
	open   []frame
	attrs  []attr
}

func (s *smev) reset(w io.Writer, t *xmltree.Tree) {
	s.out.reset(w, t.Source())
	s.t = t
	s.scope.reset(t)
	s.last = 0
	if s.number == nil {
		s.number = make(map[string]int)
	}
	clear(s.number)
	clear(s.undo)
	s.undo, s.open = s.undo[:0], s.open[:0]
}

func (s *smev) walk(apex, except xmltree.Node) {
	t, end := s.t, s.t.End(apex)
	n := apex
	if n == 0 {
		n++
	}
	for n < end {
		for len(s.open) > 0 && s.open[len(s.open)-1].end <= n {
			s.endTag()
		}
		switch {
		case n == except:
			n = t.End(n)
		case t.Kind(n) == xmltree.Element:
			s.startTag(n)
			n++
		case t.Kind(n) == xmltree.Text:
			n = s.text(n, except)
		default:
			n++
		}
	}
	for len(s.open) > 0 {
		s.endTag()
	}
}

// text writes the text at n together with what follows it once comments and
// the signature are gone: the transform reads a document without them, where
// that is one text node.
func (s *smev) text(n, except xmltree.Node) (next xmltree.Node) {
	t, end := s.t, s.t.End(s.open[len(s.open)-1].node)
	blank := true
	for next = n; next < end && (next == except || t.Kind(next) != xmltree.Element); next = t.End(next) {
		if t.Kind(next) == xmltree.Text && blank {
			blank = slices.IndexFunc(t.Value(next), func(b byte) bool { return b > ' ' }) < 0
		}
	}
	for ; n < next && !blank; n = t.End(n) {
		if t.Kind(n) == xmltree.Text {
			s.out.value(t.Value(n), t.Offset(n), &textEscape)
		}
	}
	return next
}

func (s *smev) startTag(n xmltree.Node) {
	t := s.t
	s.open = append(s.open, frame{n, t.End(n), 0, len(s.undo)})
	if t.HasDecls(n) {
		for d := range t.Decls(n) {
			s.scope.bind(d.Prefix, d.Space) // as canonicalization, refuses a relative one
		}
	}
	s.attrs = s.attrs[:0]
	for i := range t.NumAttrs(n) {
		a := t.AttrAt(n, i)
		s.attrs = append(s.attrs, attr{a, int(s.scope.name(a.NameID).length)})
	}
	slices.SortFunc(s.attrs, s.compare)

	before := s.last
	s.declare(t.Name(n).Space)
	for i := range s.attrs {
		s.declare(t.NameOf(s.attrs[i].NameID).Space)
	}
	s.out.string("<")
	s.name(t.Name(n))
	for i := before + 1; i <= s.last; i++ {
		s.out.string(" xmlns:ns")
		s.out.number(i)
		s.out.string(`="`)
		s.out.escaped(s.undo[len(s.undo)-1-s.last+i])
		s.out.string(`"`)
	}
	for i := range s.attrs {
		a := &s.attrs[i]
		s.out.string(" ")
		s.name(t.NameOf(a.NameID))
		s.out.string(`="`)
		s.out.value(a.Value, a.Offset+a.name+2, &attrEscape)
		s.out.string(`"`)
	}
	s.out.string(">")
}

// compare orders attributes: qualified ones first, by namespace and name.
func (s *smev) compare(a, b attr) int {
	x, y := s.t.NameOf(a.NameID), s.t.NameOf(b.NameID)
	if (x.Space == "") != (y.Space == "") {
		return strings.Compare(y.Space, x.Space)
	}
	return cmp.Or(strings.Compare(x.Space, y.Space), strings.Compare(x.Local, y.Local))
}

func (s *smev) declare(space string) {
	if _, ok := s.number[space]; ok || space == "" {
		return
	}
	s.last++
	s.number[space] = s.last
	s.undo = append(s.undo, space)
}

func (s *smev) endTag() {
	f := s.open[len(s.open)-1]
	s.out.string("</")
	s.name(s.t.Name(f.node))
	s.out.string(">")
	for _, space := range s.undo[f.undo:] {
		delete(s.number, space)
	}
	s.undo, s.open = s.undo[:f.undo], s.open[:len(s.open)-1]
}

func (s *smev) name(n xmltree.Name) {
	if n.Space != "" {
		s.out.string("ns")
		s.out.number(s.number[n.Space])
		s.out.string(":")
	}
	s.out.string(n.Local)
}
