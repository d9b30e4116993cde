package xmlsig

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// InPayload returns the signature that payload, the Body's one child, holds as
// its first child element.
func InPayload(t *xmltree.Tree, payload xmltree.Node) (signature xmltree.Node, err error) {
	if n := t.FirstElement(payload); payload != xmltree.None && n != xmltree.None && t.Is(n, nsDS, "Signature") {
		return n, nil
	}
	return xmltree.None, missing(t, payload)
}

func missing(t *xmltree.Tree, n xmltree.Node) *reject.Rejection {
	line, column := t.Position(t.Offset(n))
	return reject.New(reject.SignatureMissing, "place", t.Path(n)).At(line, column, t.Path(n))
}

// A Wrapped is a signature in an element made for it, with the element beside
// that which it has to cover.
type Wrapped struct{ Signature, Sibling xmltree.Node }

// InWrapper returns the signatures of a СМЭВ 3 message, outermost first: those
// in the wrappers that the names lead to. The Local of a name is a path of
// local names from payload down, "RequestMessage/SMEVSignature"; its Space is
// that of all steps, and an empty one stands for any.
//
// The outermost must stand in payload itself or in its only child and cover
// the first element there, so that nothing of the message is left before what
// it covers. The others stand within that, as the outer signer saw them, and
// cover the first element beside them that has an Id. Wrappers anywhere else,
// in the content that is carried above all, prove nothing about the message
// and are not looked at.
func InWrapper(t *xmltree.Tree, payload xmltree.Node, names []xmltree.Name) (found []Wrapped, err error) {
	var wrappers []xmltree.Node
	for _, name := range names {
		n, err := follow(t, payload, name)
		if err != nil {
			return nil, err
		}
		if n != xmltree.None {
			wrappers = append(wrappers, n)
		}
	}
	slices.SortFunc(wrappers, func(a, b xmltree.Node) int { return int(t.Parent(a)) - int(t.Parent(b)) })
	for i, n := range wrappers {
		s := t.FirstElement(n)
		if s == xmltree.None || !t.Is(s, nsDS, "Signature") {
			return nil, missing(t, n)
		}
		if extra := t.NextElement(s); extra != xmltree.None {
			return nil, unexpected(t, extra)
		}
		w := Wrapped{s, t.FirstElement(t.Parent(n))}
		if i == 0 && !whole(t, payload, t.Parent(n)) || i > 0 && !t.Contains(found[0].Sibling, n) {
			return nil, missing(t, payload)
		}
		for i > 0 && w.Sibling != n {
			if _, ok := t.Attr(w.Sibling, "", "Id"); ok {
				break
			}
			w.Sibling = t.NextElement(w.Sibling)
		}
		if w.Sibling == n {
			return nil, missing(t, n)
		}
		found = append(found, w)
	}
	if len(found) == 0 {
		return nil, missing(t, payload)
	}
	return found, nil
}

// whole reports whether parent is payload or its only child element.
func whole(t *xmltree.Tree, payload, parent xmltree.Node) bool {
	return parent == payload || parent == t.FirstElement(payload) && t.NextElement(parent) == xmltree.None
}

// follow returns the element that a path of names leads to, None if there is
// none.
func follow(t *xmltree.Tree, payload xmltree.Node, path xmltree.Name) (n xmltree.Node, err error) {
	n = payload
	for step := range strings.SplitSeq(path.Local, "/") {
		if n == xmltree.None || err != nil {
			break
		}
		n, err = only(t, n, path.Space, step)
	}
	return n, err
}

// only returns the child of n with that name, None if there is none. Two are
// refused: another reader might take the other.
func only(t *xmltree.Tree, n xmltree.Node, space, local string) (found xmltree.Node, err error) {
	for c := range t.Elements(n) {
		if name := t.Name(c); name.Local != local || space != "" && name.Space != space {
			continue
		}
		if found != xmltree.None {
			return xmltree.None, unexpected(t, c)
		}
		found = c
	}
	return found, nil
}

func unexpected(t *xmltree.Tree, n xmltree.Node) *reject.Rejection {
	line, column := t.Position(t.Offset(n))
	return reject.New(reject.SignatureUnexpected).At(line, column, t.Path(n))
}

// A Security is a wsse:Security header block.
type Security struct {
	Node      xmltree.Node
	Signature xmltree.Node
	Timestamp xmltree.Node // wsu:Timestamp; None if there is none
}

// Namespaces of SOAP envelopes.
const (
	nsSOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
	nsSOAP12 = "http://www.w3.org/2003/05/soap-envelope"
)

// InSecurity returns the Security block of header, the SOAP Header or None,
// that is for role (actor in SOAP 1.1), with its one signature. An empty role
// is the ultimate receiver's. Blocks for other roles are no concern of ours;
// two for ours are refused (WSS 1.1 5).
func InSecurity(t *xmltree.Tree, header xmltree.Node, role string) (s Security, err error) {
	count := 0
	for n := range t.Elements(header) {
		if header != xmltree.None && t.Is(n, nsWSSE, "Security") && roleOf(t, n) == role {
			count++
			s.Node = n
		}
	}
	if count != 1 {
		line, column := t.Position(t.Offset(header))
		return s, reject.New(reject.SignatureSecurityHeader, "role", role, "found", strconv.Itoa(count)).At(line, column, t.Path(header))
	}
	for n := range t.Elements(s.Node) {
		for _, part := range []struct {
			space, local string
			node         *xmltree.Node
		}{{nsDS, "Signature", &s.Signature}, {nsWSU, "Timestamp", &s.Timestamp}} {
			if !t.Is(n, part.space, part.local) {
				continue
			}
			if *part.node != xmltree.None {
				return s, unexpected(t, n)
			}
			*part.node = n
		}
	}
	if s.Signature == xmltree.None {
		return s, missing(t, s.Node)
	}
	return s, nil
}

func roleOf(t *xmltree.Tree, n xmltree.Node) string {
	role, _ := t.Attr(n, nsSOAP11, "actor")
	if role == nil {
		role, _ = t.Attr(n, nsSOAP12, "role")
	}
	if string(role) == nsSOAP12+"/role/ultimateReceiver" {
		return ""
	}
	return string(role)
}

// CheckTimestamp checks that a wsu:Timestamp was created within window of now
// and has not expired; skew is how far the sender's clock may be ahead of ours
// or behind (WSS 1.1 10).
func CheckTimestamp(t *xmltree.Tree, timestamp xmltree.Node, now time.Time, window, skew time.Duration) error {
	r := reader{t: t}
	c := r.children(timestamp)
	created := c.must(nsWSU, "Created")
	at := r.time(created)
	if r.err == nil && (at.After(now.Add(skew)) || at.Before(now.Add(-window-skew))) {
		r.fail(created, reject.SignatureTimestamp, "what", "wsu:Created", "time", at.Format(time.RFC3339))
	}
	if n := c.may(nsWSU, "Expires"); n != xmltree.None {
		if at := r.time(n); r.err == nil && !at.After(now.Add(-skew)) {
			r.fail(n, reject.SignatureTimestamp, "what", "wsu:Expires", "time", at.Format(time.RFC3339))
		}
	}
	c.end()
	return r.err
}

func (r *reader) time(n xmltree.Node) time.Time {
	text := r.word(n)
	at, err := parseTime(text)
	if err != nil && r.err == nil {
		r.malformed(n, "xs:dateTime", text)
	}
	return at
}
