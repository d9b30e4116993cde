package bundle

import (
	"slices"
	"strconv"
	"strings"

	"github.com/beevik/etree"

	"github.com/soapgate/soapgate/internal/schema"
)

// A scope is an element that was written and whose declaration constrains the
// identity of what is in it (XSD 1 3.11).
type scope struct {
	element *etree.Element
	decl    *schema.Element
}

// identify changes values until keys differ and references lead to keys, as
// far as changing values can do it. Names are compared without their
// namespaces: the sample's check has the last word.
func (s *Sampler) identify() {
	for _, sc := range slices.Backward(s.scopes) { // inner ones were written last
		for _, c := range sc.decl.Constraints {
			if c.Kind != schema.KeyRef {
				s.distinguish(sc.element, c)
			}
		}
		for _, c := range sc.decl.Constraints {
			if c.Kind == schema.KeyRef && c.Refer != nil {
				s.refer(sc.element, c)
			}
		}
	}
}

// distinguish gives the last field of equal tuples another value.
func (s *Sampler) distinguish(e *etree.Element, c *schema.Constraint) {
	seen := make(map[string]bool)
	for _, fields := range tuples(e, c) {
		last := fields[len(fields)-1]
		for _, candidate := range s.others(last) {
			if !seen[key(fields)] {
				break
			}
			last.set(candidate)
		}
		seen[key(fields)] = true
	}
}

// others are further values of a field's type.
func (s *Sampler) others(f field) []string {
	t := s.types[f]
	if t == nil || t.Data == nil {
		return nil
	}
	list := s.candidates(t.Data)
	for i := range 32 {
		list = append(list, strconv.Itoa(i+1))
	}
	return slices.DeleteFunc(list, func(v string) bool { return t.Data.Validate([]byte(v), nil) != nil })
}

// refer makes every reference lead to the first key, or that key to a
// reference whose value is fixed.
func (s *Sampler) refer(e *etree.Element, c *schema.Constraint) {
	targets := tuples(e, c.Refer)
	if len(targets) == 0 {
		return
	}
	for _, fields := range tuples(e, c) {
		for i := range min(len(fields), len(targets[0])) {
			if target := targets[0][i]; s.takes(fields[i], target.value()) {
				fields[i].set(target.value())
			} else if s.takes(target, fields[i].value()) {
				target.set(fields[i].value())
			}
		}
	}
}

// takes reports whether a field is free to have the value.
func (s *Sampler) takes(f field, v string) bool {
	t := s.types[f]
	return t != nil && (t.Data == nil || t.Data.Validate([]byte(v), nil) == nil)
}

// A field is an element or attribute that a constraint looks at; attr is the
// attribute's name, "" for the element itself.
type field struct {
	element *etree.Element
	attr    string
}

func (f field) value() string {
	if f.attr != "" {
		return f.element.SelectAttrValue(f.attr, "")
	}
	return f.element.Text()
}

func (f field) set(v string) {
	if f.attr == "" {
		f.element.SetText(v)
	} else if a := f.element.SelectAttr(f.attr); a != nil {
		a.Value = v
	}
}

func key(fields []field) string {
	var b strings.Builder
	for _, f := range fields {
		b.WriteString(f.value() + "\x00")
	}
	return b.String()
}

// tuples returns the fields of all elements a constraint selects that have
// every field.
func tuples(e *etree.Element, c *schema.Constraint) (list [][]field) {
	for _, selected := range follow(e, c.Selector) {
		var fields []field
		for _, path := range c.Fields {
			if found := follow(selected.element, path); len(found) > 0 {
				fields = append(fields, found[0])
			}
		}
		if len(fields) == len(c.Fields) && len(fields) > 0 {
			list = append(list, fields)
		}
	}
	return list
}

// follow evaluates a path of identity constraints (XSD 1 3.11.6).
func follow(e *etree.Element, xpath string) (list []field) {
	for path := range strings.SplitSeq(xpath, "|") {
		path = strings.TrimSpace(path)
		from := []*etree.Element{e}
		if rest, deep := strings.CutPrefix(path, ".//"); deep {
			from, path = descendants(e), rest
			if path == "." {
				from = from[1:]
			}
		}
		list = append(list, steps(from, strings.Split(path, "/"))...)
	}
	return list
}

func steps(from []*etree.Element, path []string) (list []field) {
	for _, step := range path {
		step = strings.TrimPrefix(step, "child::")
		attr, isAttr := strings.CutPrefix(step, "@")
		local := attr[strings.IndexByte(attr, ':')+1:]
		switch {
		case step == ".":
			continue
		case isAttr:
			for _, e := range from {
				if e.SelectAttr(local) != nil {
					list = append(list, field{e, local})
				}
			}
			return list
		}
		var next []*etree.Element
		for _, e := range from {
			for _, c := range e.ChildElements() {
				if local == "*" || c.Tag == local {
					next = append(next, c)
				}
			}
		}
		from = next
	}
	for _, e := range from {
		list = append(list, field{element: e})
	}
	return list
}

// descendants returns an element and all elements in it, in document order.
func descendants(e *etree.Element) []*etree.Element {
	list := []*etree.Element{e}
	for _, c := range e.ChildElements() {
		list = append(list, descendants(c)...)
	}
	return list
}
