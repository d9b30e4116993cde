package xmltree

import (
	"bytes"
	"fmt"
	"testing"
	"unsafe"

	"github.com/soapgate/soapgate/bench/xml/message"
	"github.com/soapgate/soapgate/internal/gatetest/data"
)

// TestParse_allocations checks the steady state: the same kind of message
// again and again allocates nothing.
func TestParse_allocations(t *testing.T) {
	data.CountAllocations(t)
	for name, src := range map[string][]byte{
		"plain":     message.Values(20_000),
		"formatted": message.Indent(message.Values(20_000)),
		"copied":    bytes.ReplaceAll(message.Values(20_000), []byte("2026"), []byte("&#50;026<![CDATA[]]>\r")),
	} {
		t.Run(name, func(t *testing.T) {
			got := testing.AllocsPerRun(100, func() {
				tree, err := Parse(src, Options{})
				if err != nil {
					t.Fatal(err)
				}
				tree.Release()
			})
			if got >= 1 { // a collection may empty the pool once or twice
				t.Errorf("%v allocations a message", got)
			}
		})
	}
}

// TestTree_size checks that the tree of a large message takes at most three
// times the message's bytes, the message itself included.
func TestTree_size(t *testing.T) {
	for name, src := range map[string][]byte{
		"plain":     message.Values(1_000_000),
		"formatted": message.Indent(message.Values(1_000_000)),
	} {
		t.Run(name, func(t *testing.T) {
			tree := &Tree{names: newNames(true)} // none that has grown before
			tree.names.begin()
			p := parser{o: Options{Limits: Limits{}.withDefaults()}, t: tree}
			if err := p.parse(src); err != nil {
				t.Fatal(err)
			}
			size := len(src) + cap(tree.text) + cap(tree.nodes)*int(unsafe.Sizeof(node{})) +
				cap(tree.attrs)*int(unsafe.Sizeof(attr{})) + cap(tree.decls)*int(unsafe.Sizeof(decl{})) + tree.names.size
			if ratio := float64(size) / float64(len(src)); ratio > 3 {
				t.Errorf("%d bytes of message, %d of tree: %.2f times", len(src), size, ratio)
			} else {
				t.Logf("%.2f times; %d of %d nodes used", ratio, len(tree.nodes), cap(tree.nodes))
			}
		})
	}
}

// TestPool_forgets checks that a hostile document does not leave its memory in
// the pool.
func TestPool_forgets(t *testing.T) {
	var names bytes.Buffer
	names.WriteString("<a>")
	for i := range 10_000 {
		fmt.Fprintf(&names, "<b%d/>", i)
	}
	names.WriteString("</a>")
	tree := parse(t, names.String(), Options{})
	tree.Release()
	if len(tree.names.list) > 1 {
		t.Errorf("%d names kept", len(tree.names.list))
	}
}
