package formats

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// base returns a small description; every call makes a new one to change.
func base() *Description {
	return &Description{
		Operations: []Operation{{Path: "/p", Name: "op", Action: "urn:op", Headers: []string{"h"}, Input: "in", Output: "out"}},
		Components: []Component{
			{Name: "element in", In: true, Nodes: []Node{
				{Min: 1, Max: 1, Model: &Model{Group: "sequence", Parts: []*Model{
					{Path: "/a"}, {Path: "/b"}, {Group: "choice", Parts: []*Model{{Path: "/c"}, {Path: "/d"}}},
				}}, Keys: []string{"key a (.)"}},
				{Path: "/a", Min: 1, Max: 10, Ancestors: []string{"xs:int", "xs:long", "xs:integer", "xs:decimal"}, Facets: []Facet{{"maxInclusive", "9"}}},
				{Path: "/b", Min: 0, Max: -1, Ancestors: []string{"xs:string"}, Facets: []Facet{{"enumeration", "x"}, {"enumeration", "y"}, {"maxLength", "5"}}},
				{Path: "/c", Max: 1, Type: "type T"},
				{Path: "/d", Max: 1, Type: "type T"},
				{Path: "/@v", Min: 1, Max: 1, Value: "fixed 1", Ancestors: []string{"xs:string"}},
			}},
			{Name: "element out", Out: true, Nodes: []Node{
				{Min: 1, Max: 1, Model: &Model{Group: "sequence", Parts: []*Model{{Path: "/r"}}}},
				{Path: "/r", Min: 1, Max: 1, Ancestors: []string{"xs:string"}},
			}},
			{Name: "type T", In: true, Nodes: []Node{{Min: 1, Max: 1, Ancestors: []string{"xs:string"}, Facets: []Facet{{"pattern", "a+"}}}}},
		},
	}
}

func TestDiff(t *testing.T) {
	node := func(d *Description, component int, path string) *Node {
		for i := range d.Components[component].Nodes {
			if n := &d.Components[component].Nodes[i]; n.Path == path {
				return n
			}
		}
		t.Fatalf("no node %q", path)
		return nil
	}
	for _, test := range []struct {
		name   string
		change func(d *Description)
		want   []Change
	}{
		{"nothing", func(*Description) {}, nil},
		{"operation added", func(d *Description) {
			d.Operations = append(d.Operations, Operation{Path: "/p", Name: "other"})
		}, []Change{{Where: "/p other", What: OperationAdded}}},
		{"operation removed", func(d *Description) { d.Operations = nil }, []Change{{Where: "/p op", What: OperationRemoved, Breaking: true}}},
		{"action changed", func(d *Description) { d.Operations[0].Action = "urn:new" }, []Change{{
			"/p op", OperationChanged, `SOAPAction "urn:op", h + in -> out`, `SOAPAction "urn:new", h + in -> out`, true,
		}}},
		{"element removed", func(d *Description) { d.Components = d.Components[1:] }, []Change{{Where: "element in", What: ComponentRemoved, Breaking: true}}},
		{"type removed", func(d *Description) { d.Components = d.Components[:2] }, []Change{{Where: "type T", What: ComponentRemoved}}},
		{"type added", func(d *Description) { d.Components = append(d.Components, Component{Name: "type U"}) }, []Change{{Where: "type U", What: ComponentAdded}}},
		{"optional part added", func(d *Description) {
			c := &d.Components[0]
			c.Nodes = append(c.Nodes, Node{Path: "/e", Max: 1}, Node{Path: "/e/f", Min: 1, Max: 1})
			c.Nodes[0].Model.Parts = append(c.Nodes[0].Model.Parts, &Model{Path: "/e"})
		}, []Change{{Where: "element in/e", What: NodeAdded, After: "0..1"}}},
		{"required part added", func(d *Description) {
			d.Components[0].Nodes = append(d.Components[0].Nodes, Node{Path: "/e", Min: 1, Max: 1})
		}, []Change{{Where: "element in/e", What: NodeAdded, After: "1..1", Breaking: true}}},
		{"required part added to an answer", func(d *Description) {
			d.Components[1].Nodes = append(d.Components[1].Nodes, Node{Path: "/e", Min: 1, Max: 1})
		}, []Change{{Where: "element out/e", What: NodeAdded, After: "1..1"}}},
		{"part removed from an answer", func(d *Description) { d.Components[1].Nodes = d.Components[1].Nodes[:1] }, []Change{
			{Where: "element out/r", What: NodeRemoved, Before: "1..1", Breaking: true},
		}},
		{"fewer allowed", func(d *Description) { node(d, 0, "/b").Max = 3 }, []Change{{"element in/b", MaxOccurs, "unbounded", "3", true}}},
		{"more allowed", func(d *Description) { node(d, 0, "/a").Max = -1 }, []Change{{"element in/a", MaxOccurs, "10", "unbounded", false}}},
		{"made optional", func(d *Description) { node(d, 0, "/a").Min = 0 }, []Change{{"element in/a", MinOccurs, "1", "0", false}}},
		{"made required", func(d *Description) { node(d, 0, "/b").Min = 1 }, []Change{{"element in/b", MinOccurs, "0", "1", true}}},
		{"made optional in an answer", func(d *Description) { node(d, 1, "/r").Min = 0 }, []Change{{"element out/r", MinOccurs, "1", "0", true}}},
		{"wider type", func(d *Description) { node(d, 0, "/a").Ancestors = []string{"xs:integer", "xs:decimal"} }, []Change{{"element in/a", TypeChanged, "xs:int", "xs:integer", false}}},
		{"other type", func(d *Description) { node(d, 0, "/a").Ancestors = []string{"xs:date"} }, []Change{{"element in/a", TypeChanged, "xs:int", "xs:date", true}}},
		{"named type of the same values", func(d *Description) {
			n := node(d, 0, "/a")
			n.Type = "type A"
		}, []Change{{"element in/a", TypeChanged, "xs:int", "type A", false}}},
		{"named type of other values", func(d *Description) {
			n := node(d, 0, "/c")
			n.Type = "type A"
		}, []Change{{"element in/c", TypeChanged, "type T", "type A", true}}},
		{"bound raised", func(d *Description) { node(d, 0, "/a").Facets[0].Value = "10" }, []Change{{"element in/a", FacetAspect, "maxInclusive 9", "maxInclusive 10", false}}},
		{"bound lowered", func(d *Description) { node(d, 0, "/a").Facets[0].Value = "8.5" }, []Change{{"element in/a", FacetAspect, "maxInclusive 9", "maxInclusive 8.5", true}}},
		{"bound of another kind of value", func(d *Description) { node(d, 0, "/a").Facets[0].Value = "2026-01-01" }, []Change{{"element in/a", FacetAspect, "maxInclusive 9", "maxInclusive 2026-01-01", true}}},
		{"bound removed", func(d *Description) { node(d, 0, "/a").Facets = nil }, []Change{{"element in/a", FacetAspect, "maxInclusive 9", "", false}}},
		{"bound added", func(d *Description) { node(d, 2, "").Facets = append(node(d, 2, "").Facets, Facet{"minLength", "1"}) }, []Change{{"type T", FacetAspect, "", "minLength 1", true}}},
		{"value no longer listed", func(d *Description) { node(d, 0, "/b").Facets = node(d, 0, "/b").Facets[1:] }, []Change{{"element in/b", FacetAspect, "enumeration x | y", "enumeration y", true}}},
		{"value listed", func(d *Description) {
			node(d, 0, "/b").Facets = append(node(d, 0, "/b").Facets, Facet{"enumeration", "z"})
		}, []Change{{"element in/b", FacetAspect, "enumeration x | y", "enumeration x | y | z", false}}},
		{"another pattern", func(d *Description) { node(d, 2, "").Facets[0].Value = "b+" }, []Change{{"type T", FacetAspect, "pattern a+", "pattern b+", true}}},
		{"another fixed value", func(d *Description) { node(d, 0, "/@v").Value = "fixed 2" }, []Change{{"element in/@v", ValueChanged, "fixed 1", "fixed 2", true}}},
		{"no fixed value", func(d *Description) { node(d, 0, "/@v").Value = "" }, []Change{{"element in/@v", ValueChanged, "fixed 1", "", false}}},
		{"nillable", func(d *Description) { node(d, 0, "/a").Flags = []string{Nillable} }, []Change{{"element in/a", FlagsChanged, "", "nillable", false}}},
		{"abstract", func(d *Description) { node(d, 0, "/a").Flags = []string{Abstract} }, []Change{{"element in/a", FlagsChanged, "", "abstract", true}}},
		{"key added", func(d *Description) { node(d, 0, "").Keys = []string{"key a (.)", "key b (.)"} }, []Change{{"element in", ConstraintChanged, "key a (.)", "key a (.); key b (.)", true}}},
		{"key removed", func(d *Description) { node(d, 0, "").Keys = nil }, []Change{{"element in", ConstraintChanged, "key a (.)", "", false}}},
		{"order", func(d *Description) {
			p := node(d, 0, "").Model.Parts
			p[0], p[1] = p[1], p[0]
		}, []Change{{"element in", ModelChanged, "(a, b, (c | d))", "(b, a, (c | d))", true}}},
		{"choice became a sequence", func(d *Description) { node(d, 0, "").Model.Parts[2].Group = "sequence" }, []Change{{"element in", ModelChanged, "(a, b, (c | d))", "(a, b, c, d)", true}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := base()
			test.change(b)
			if diff := cmp.Diff(test.want, Diff(base(), b)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAspect_text(t *testing.T) {
	for _, a := range []Aspect{
		OperationAdded, OperationRemoved, OperationChanged, ComponentAdded, ComponentRemoved, NodeAdded, NodeRemoved, MinOccurs,
		MaxOccurs, TypeChanged, FacetAspect, ValueChanged, FlagsChanged, ConstraintChanged, ModelChanged,
	} {
		if text := a.Text(); text.RU == "" || text.EN == "" {
			t.Errorf("%q has no text", a)
		}
	}
}
