package xmltree

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestScope compares Scope with LookupNamespace at places in any order, over
// several trees.
func TestScope(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	prefixes := []string{"", "a", "b", "c", "xml", "never"}
	var s Scope
	for range 200 {
		tree := parse(t, declaring(random, 4), Options{})
		for range 200 {
			n, prefix := Node(1+random.IntN(tree.Len()-1)), prefixes[random.IntN(len(prefixes))]
			space, ok := s.Lookup(tree, n, []byte(prefix))
			if want, wantOK := tree.LookupNamespace(n, prefix); space != want || ok != wantOK {
				t.Fatalf("%s\nnode %d, prefix %q: %q, %v; want %q, %v", tree.Source(), n, prefix, space, ok, want, wantOK)
			}
		}
		s.Leave(tree)
		tree.Release()
	}
}

// declaring returns elements that declare, hide and undeclare prefixes.
func declaring(random *rand.Rand, depth int) string {
	var b strings.Builder
	b.WriteString("<x")
	for _, prefix := range []string{"xmlns", "xmlns:a", "xmlns:b", "xmlns:c"} {
		switch {
		case random.IntN(2) == 0:
		case prefix == "xmlns":
			fmt.Fprintf(&b, " xmlns=%q", []string{"", "u1", "u2"}[random.IntN(3)])
		default:
			fmt.Fprintf(&b, " %s=%q", prefix, fmt.Sprint("u", random.IntN(4)))
		}
	}
	b.WriteString(">")
	for i := random.IntN(4); i > 0 && depth > 0; i-- {
		b.WriteString(declaring(random, depth-1))
	}
	b.WriteString("</x>")
	return b.String()
}
