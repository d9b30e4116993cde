package schema

import (
	"slices"
	"strings"
)

// wildcard reads any and anyAttribute (3.10.2).
func (c *compiler) wildcard(at source) *Wildcard {
	w := &Wildcard{Process: Strict, src: at}
	switch at.attr("processContents") {
	case "lax":
		w.Process = Lax
	case "skip":
		w.Process = Skip
	}
	spaces, ok := at.attrOK("namespace")
	switch {
	case !ok || spaces == "##any":
		w.Not = true
	case spaces == "##other":
		w.Not, w.Spaces = true, []string{at.doc.space}
	default:
		for word := range strings.FieldsSeq(spaces) {
			switch word {
			case "##targetNamespace":
				word = at.doc.space
			case "##local":
				word = ""
			}
			if !slices.Contains(w.Spaces, word) {
				w.Spaces = append(w.Spaces, word)
			}
		}
	}
	return w
}

// allows is cvc-wildcard-namespace.
func (w *Wildcard) allows(space string) bool {
	if !w.Not {
		return slices.Contains(w.Spaces, space)
	}
	return len(w.Spaces) == 0 || space != "" && space != w.Spaces[0]
}

func (w *Wildcard) isAny() bool { return w.Not && len(w.Spaces) == 0 }

// String returns the namespace constraint as the attribute would say it.
func (w *Wildcard) String() string {
	switch {
	case w.isAny():
		return "##any"
	case w.Not:
		return "##other:" + w.Spaces[0]
	}
	words := slices.Clone(w.Spaces)
	for i, s := range words {
		if s == "" {
			words[i] = "##local"
		}
	}
	return strings.Join(words, " ")
}

// subset is cos-ns-subset: what w admits, super admits.
func (w *Wildcard) subset(super *Wildcard) bool {
	switch {
	case super.isAny():
		return true
	case w.isAny():
		return false
	case w.Not:
		return super.Not && w.Spaces[0] == super.Spaces[0]
	}
	for _, s := range w.Spaces {
		if !super.allows(s) {
			return false
		}
	}
	return true
}

// union is cos-aw-union; not ok where it cannot be expressed.
func (w *Wildcard) union(o *Wildcard) (u *Wildcard, ok bool) {
	u = &Wildcard{Process: w.Process, src: w.src}
	switch {
	case w.isAny() || o.isAny():
		u.Not = true
	case !w.Not && !o.Not:
		u.Spaces = slices.Clone(w.Spaces)
		for _, s := range o.Spaces {
			if !slices.Contains(u.Spaces, s) {
				u.Spaces = append(u.Spaces, s)
			}
		}
	case w.Not && o.Not:
		u.Not = true
		if w.Spaces[0] == o.Spaces[0] {
			u.Spaces = w.Spaces
		} else {
			u.Spaces = []string{""} // everything but the absent namespace
		}
	default:
		not, set := w, o
		if o.Not {
			not, set = o, w
		}
		return u, unionNotSet(u, not.Spaces[0], set.Spaces)
	}
	return u, true
}

// unionNotSet joins not(ns) and a set of namespaces (cos-aw-union 5 and 6).
func unionNotSet(u *Wildcard, not string, set []string) bool {
	hasNot, hasAbsent := slices.Contains(set, not), slices.Contains(set, "")
	u.Not = true
	switch {
	case not == "" && hasAbsent, hasNot && hasAbsent:
	case not == "":
		u.Spaces = []string{""}
	case hasNot:
		u.Spaces = []string{""}
	case hasAbsent:
		return false
	default:
		u.Spaces = []string{not}
	}
	return true
}

// intersect is cos-aw-intersect; not ok where it cannot be expressed.
func (w *Wildcard) intersect(o *Wildcard) (i *Wildcard, ok bool) {
	i = &Wildcard{Process: w.Process, src: w.src}
	switch {
	case w.isAny():
		i.Not, i.Spaces = o.Not, o.Spaces
	case o.isAny():
		i.Not, i.Spaces = w.Not, w.Spaces
	case w.Not && o.Not:
		i.Not = true
		switch a, b := w.Spaces[0], o.Spaces[0]; {
		case a == b, b == "":
			i.Spaces = w.Spaces
		case a == "":
			i.Spaces = o.Spaces
		default:
			return i, false
		}
	default:
		set, other := w, o
		if w.Not {
			set, other = o, w
		}
		for _, s := range set.Spaces {
			if other.allows(s) {
				i.Spaces = append(i.Spaces, s)
			}
		}
	}
	return i, true
}

// completeWildcard is the complete wildcard of a type or attribute group: its
// own cut down by those of the groups it refers to (3.4.2).
func (c *compiler) completeWildcard(at source, local *Wildcard, groups []*Wildcard) *Wildcard {
	w := local
	for _, g := range groups {
		if w == nil {
			w = g
			continue
		}
		i, ok := w.intersect(g)
		if !ok {
			c.errorf(at, "src-attribute_group.2", "the intersection of the wildcards %s and %s cannot be expressed", w, g)
			return w
		}
		w = i
	}
	return w
}
