package formats

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/soapgate/soapgate/internal/reject"
)

// A Change is one difference between two releases.
type Change struct {
	Where  string `json:"where"` // operation, or component and path
	What   Aspect `json:"what"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
	// Breaking: some request that followed the older release does not follow
	// the newer one, or an answer lacks what it had. What cannot be decided is
	// taken for breaking.
	Breaking bool `json:"breaking"`
}

// An Aspect is what is different.
type Aspect string

// The aspects.
const (
	OperationAdded    Aspect = "operation added"
	OperationRemoved  Aspect = "operation removed"
	OperationChanged  Aspect = "operation changed"
	ComponentAdded    Aspect = "added"
	ComponentRemoved  Aspect = "removed"
	NodeAdded         Aspect = "part added"
	NodeRemoved       Aspect = "part removed"
	MinOccurs         Aspect = "minOccurs"
	MaxOccurs         Aspect = "maxOccurs"
	TypeChanged       Aspect = "type"
	FacetAspect       Aspect = "facet"
	ValueChanged      Aspect = "value constraint"
	FlagsChanged      Aspect = "properties"
	ConstraintChanged Aspect = "identity constraint"
	ModelChanged      Aspect = "content model"
)

// Text names the aspect for a person.
func (a Aspect) Text() reject.Text {
	ru := map[Aspect]string{
		OperationAdded: "операция добавлена", OperationRemoved: "операция удалена", OperationChanged: "операция изменена",
		ComponentAdded: "добавлено", ComponentRemoved: "удалено", NodeAdded: "добавлена часть", NodeRemoved: "удалена часть",
		MinOccurs: "наименьшее число", MaxOccurs: "наибольшее число", TypeChanged: "тип", FacetAspect: "ограничение значения",
		ValueChanged: "заданное значение", FlagsChanged: "свойства", ConstraintChanged: "ограничение уникальности",
		ModelChanged: "порядок и выбор частей",
	}
	return reject.Text{RU: ru[a], EN: string(a)}
}

// Diff returns what is different in b, breaking changes first.
func Diff(a, b *Description) []Change {
	d := &differ{components: [2]map[string]*Component{index(a), index(b)}}
	d.operations(a, b)
	for i := range a.Components {
		old := &a.Components[i]
		if n := d.components[1][old.Name]; n != nil {
			d.component(old, n)
		} else {
			// Where a type was used tells what becomes of messages.
			d.add(Change{Where: old.Name, What: ComponentRemoved, Breaking: strings.HasPrefix(old.Name, "element ") && (old.In || old.Out)})
		}
	}
	for i := range b.Components {
		if n := &b.Components[i]; d.components[0][n.Name] == nil {
			d.add(Change{Where: n.Name, What: ComponentAdded})
		}
	}
	slices.SortStableFunc(d.changes, func(x, y Change) int {
		if x.Breaking != y.Breaking {
			return map[bool]int{true: -1, false: 1}[x.Breaking]
		}
		return cmp.Compare(x.Where, y.Where)
	})
	return d.changes
}

type differ struct {
	changes    []Change
	components [2]map[string]*Component
	// in and out are of the component at hand.
	in, out bool
}

func index(d *Description) map[string]*Component {
	m := make(map[string]*Component, len(d.Components))
	for i := range d.Components {
		m[d.Components[i].Name] = &d.Components[i]
	}
	return m
}

func (d *differ) add(c Change) { d.changes = append(d.changes, c) }

func (d *differ) operations(a, b *Description) {
	key := func(o *Operation) string { return o.Path + " " + o.Name }
	older := make(map[string]*Operation)
	for i := range a.Operations {
		older[key(&a.Operations[i])] = &a.Operations[i]
	}
	for i := range b.Operations {
		n := &b.Operations[i]
		o := older[key(n)]
		delete(older, key(n))
		if o == nil {
			d.add(Change{Where: key(n), What: OperationAdded})
			continue
		}
		before, after := o.signature(), n.signature()
		if before != after {
			d.add(Change{Where: key(n), What: OperationChanged, Before: before, After: after, Breaking: true})
		}
	}
	for k := range older {
		d.add(Change{Where: k, What: OperationRemoved, Breaking: true})
	}
}

// signature is all that a client has to know of an operation.
func (o *Operation) signature() string {
	return "SOAPAction \"" + o.Action + "\", " + strings.Join(append(slices.Clone(o.Headers), o.Input), " + ") + " -> " + o.Output
}

func (d *differ) component(a, b *Component) {
	// What both releases use it for counts: a use that came is no break of it.
	d.in, d.out = a.In && b.In, a.Out && b.Out
	older := make(map[string]*Node)
	for i := range a.Nodes {
		older[a.Nodes[i].Path] = &a.Nodes[i]
	}
	newer := make(map[string]bool)
	for i := range b.Nodes {
		n := &b.Nodes[i]
		newer[n.Path] = true
		if o := older[n.Path]; o != nil {
			d.node(a.Name+n.Path, o, n, older)
		} else if parentIn(older, n.Path) {
			d.add(Change{Where: a.Name + n.Path, What: NodeAdded, After: occurrence(n), Breaking: n.Min > 0 && d.in})
		}
	}
	for i := range a.Nodes {
		if o := &a.Nodes[i]; !newer[o.Path] && (o.Path == "" || newer[parent(o.Path)]) {
			d.add(Change{Where: a.Name + o.Path, What: NodeRemoved, Before: occurrence(o), Breaking: d.in || d.out})
		}
	}
}

// parent is the path above; what is below an added or removed part is not
// reported again.
func parent(path string) string { return path[:max(0, strings.LastIndexByte(path, '/'))] }

func parentIn(nodes map[string]*Node, path string) bool {
	_, ok := nodes[parent(path)]
	return ok
}

func occurrence(n *Node) string {
	upper := strconv.Itoa(n.Max)
	if n.Max < 0 {
		upper = "unbounded"
	}
	return strconv.Itoa(n.Min) + ".." + upper
}

func (d *differ) node(where string, a, b *Node, older map[string]*Node) {
	change := func(what Aspect, before, after string, breaking bool) {
		if before != after {
			d.add(Change{where, what, before, after, breaking})
		}
	}
	change(MinOccurs, strconv.Itoa(a.Min), strconv.Itoa(b.Min), b.Min > a.Min && d.in || b.Min < a.Min && d.out && a.Min > 0)
	if a.Max != b.Max {
		_, before, _ := strings.Cut(occurrence(a), "..")
		_, after, _ := strings.Cut(occurrence(b), "..")
		change(MaxOccurs, before, after, d.in && b.Max >= 0 && (a.Max < 0 || b.Max < a.Max))
	}
	d.values(a, b, change)
	change(ValueChanged, a.Value, b.Value, d.in && b.Value != "" && !strings.HasPrefix(b.Value, "default "))
	change(FlagsChanged, strings.Join(a.Flags, ", "), strings.Join(b.Flags, ", "), d.in && stricter(a.Flags, b.Flags))
	change(ConstraintChanged, strings.Join(a.Keys, "; "), strings.Join(b.Keys, "; "), d.in && !subset(b.Keys, a.Keys))
	common := make(map[string]bool)
	for p := range older {
		common[p] = true
	}
	change(ModelChanged, a.Model.skeleton(inBoth(common, b.Model)), b.Model.skeleton(inBoth(common, a.Model)), d.in)
}

// stricter reports whether the flags that came or went allow less: only what
// makes an element nillable or a type mixed may come, only abstract may go.
func stricter(before, after []string) bool {
	for _, f := range before {
		if !slices.Contains(after, f) && f != Abstract {
			return true
		}
	}
	for _, f := range after {
		if !slices.Contains(before, f) && f != Nillable && f != Mixed {
			return true
		}
	}
	return false
}

// inBoth keeps of a set of paths those that a model has.
func inBoth(paths map[string]bool, m *Model) map[string]bool {
	both := make(map[string]bool)
	var walk func(*Model)
	walk = func(m *Model) {
		if m == nil {
			return
		}
		if m.Group == "" && paths[m.Path] {
			both[m.Path] = true
		}
		for _, p := range m.Parts {
			walk(p)
		}
	}
	walk(m)
	return both
}

// values compares the types of two places. Types of one name are compared as
// components; values of different types by what they allow.
func (d *differ) values(a, b *Node, change func(what Aspect, before, after string, breaking bool)) {
	if a.Type == b.Type && a.Type != "" {
		return
	}
	simple := len(a.Ancestors) > 0 && len(b.Ancestors) > 0
	if a.Type != b.Type || simple != (len(a.Ancestors)+len(b.Ancestors) > 0) {
		// A wider built-in type, with the facets compared below, breaks nothing.
		wider := simple && slices.Contains(a.Ancestors, b.Ancestors[0])
		change(TypeChanged, typeName(a), typeName(b), !wider && (d.in || d.out))
	} else if simple && a.Ancestors[0] != b.Ancestors[0] {
		change(TypeChanged, a.Ancestors[0], b.Ancestors[0], d.in && !slices.Contains(a.Ancestors, b.Ancestors[0]))
	}
	if simple {
		d.facets(a.Facets, b.Facets, change)
	}
}

func typeName(n *Node) string {
	switch {
	case n.Type != "":
		return n.Type
	case len(n.Ancestors) > 0:
		return n.Ancestors[0]
	}
	return "anonymous"
}

func (d *differ) facets(a, b []Facet, change func(what Aspect, before, after string, breaking bool)) {
	kinds := make(map[string]bool)
	for _, f := range slices.Concat(a, b) {
		if kinds[f.Kind] {
			continue
		}
		kinds[f.Kind] = true
		before, after := ofKind(a, f.Kind), ofKind(b, f.Kind)
		write := func(values []string) string {
			if len(values) == 0 {
				return ""
			}
			return f.Kind + " " + strings.Join(values, " | ")
		}
		change(FacetAspect, write(before), write(after), d.in && narrower(f.Kind, before, after))
	}
}

func ofKind(facets []Facet, kind string) (values []string) {
	for _, f := range facets {
		if f.Kind == kind {
			values = append(values, f.Value)
		}
	}
	return values
}

// narrower reports whether after may refuse what before allowed.
func narrower(kind string, before, after []string) bool {
	if len(after) == 0 || slices.Equal(before, after) {
		return false
	}
	if len(before) == 0 {
		return true
	}
	switch kind {
	case "whiteSpace":
		return false
	case "enumeration":
		return !subset(before, after)
	case "pattern":
		return !subset(after, before) // each pattern in force is one more condition
	case "maxLength", "totalDigits", "fractionDigits", "maxInclusive", "maxExclusive":
		n, ok := compareNumbers(after[0], before[0])
		return n < 0 || !ok
	case "minLength", "minInclusive", "minExclusive":
		n, ok := compareNumbers(after[0], before[0])
		return n > 0 || !ok
	}
	return true
}

func subset(a, b []string) bool {
	for _, s := range a {
		if !slices.Contains(b, s) {
			return false
		}
	}
	return true
}

// compareNumbers compares bounds; it is not ok if they are no numbers.
func compareNumbers(a, b string) (n int, ok bool) {
	x, err1 := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	return cmp.Compare(x, y), err1 == nil && err2 == nil
}
