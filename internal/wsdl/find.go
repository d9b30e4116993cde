package wsdl

import (
	"encoding/xml"
	"slices"
	"strings"

	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// Serves reports whether a port is at the path of a request.
func (s *Set) Serves(path string) bool { return len(s.byPath[trimSlash(path)]) > 0 }

// Paths returns the paths of all ports, sorted.
func (s *Set) Paths() []string {
	var list []string
	for p := range s.byPath {
		list = append(list, p)
	}
	slices.Sort(list)
	return list
}

// Operations returns the operations at a path, in order.
func (s *Set) Operations(path string) []*Operation {
	var list []*Operation
	for _, p := range s.byPath[trimSlash(path)] {
		list = append(list, p.Operations...)
	}
	return list
}

// Find returns the operation that a message calls: the one at the path whose
// input is the payload (BP 1.1 R2712) and whose soapAction is the action given
// (R2744). The payload decides; an action can only agree (R1127) or, where two
// operations have one input, choose. A message without an action (hasAction
// false) is found by its payload alone. The error is a *reject.Rejection.
func (s *Set) Find(path string, t *xmltree.Tree, payload xmltree.Node, action string, hasAction bool) (*Operation, error) {
	if !s.Serves(path) {
		return nil, reject.New(reject.SOAPServiceUnknown, "path", path)
	}
	q := t.Name(payload)
	input := xml.Name{Space: q.Space, Local: q.Local}
	found := s.calls[call{trimSlash(path), input}]
	if len(found) == 1 && !hasAction {
		return found[0], nil
	}
	var actions []string
	for _, o := range found {
		if hasAction && o.Action == action {
			return o, nil
		}
		actions = append(actions, o.Action)
	}
	line, column := t.Position(t.Offset(payload))
	if len(found) == 0 {
		return nil, reject.New(reject.SOAPOperationUnknown, "element", clark(input)).At(line, column, t.Path(payload))
	}
	return nil, reject.New(reject.SOAPActionMismatch, "found", action, "element", clark(input),
		"expected", strings.Join(actions, ", ")).At(line, column, t.Path(payload))
}
