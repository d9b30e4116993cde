package schema

import (
	"runtime"
	"testing"

	"github.com/soapgate/soapgate/bench/xml/message"
	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/xmltree"
)

const soapSpace = "http://schemas.xmlsoap.org/soap/envelope/"

// body returns the parsed message and the element that its Body holds.
func body(tb testing.TB, src []byte) (*xmltree.Tree, xmltree.Node) {
	tb.Helper()
	t, err := xmltree.Parse(src, xmltree.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return t, t.FirstElement(t.Child(t.Root(), soapSpace, "Body"))
}

func BenchmarkValidate(b *testing.B) {
	s := compileBundle(b, "14.4.0.1")
	for _, bench := range []struct {
		name string
		src  []byte
	}{
		{"5KB", message.History(2)},
		{"20KB", message.Values(20_000)},
		{"20KB-formatted", message.Indent(message.Values(16_500))},
		{"200KB", message.Values(200_000)},
		{"1MB", message.Values(1_000_000)},
	} {
		b.Run(bench.name, func(b *testing.B) {
			t, n := body(b, bench.src)
			defer t.Release()
			if found := s.Validate(t, n, ValidateOptions{}); found != nil {
				b.Fatal(found[0])
			}
			b.SetBytes(int64(len(bench.src)))
			b.ReportAllocs()
			for b.Loop() {
				s.Validate(t, n, ValidateOptions{})
			}
		})
	}
}

// BenchmarkCompile reports what the Set of a bundle keeps in memory, too.
func BenchmarkCompile(b *testing.B) {
	for _, version := range []string{"14.4.0.1", "11.0.10.2"} {
		b.Run(version, func(b *testing.B) {
			fsys, docs := bundle(b, version)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			var s *Set
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if s, err = Compile(fsys, docs, Options{}); err != nil {
					b.Fatal(err)
				}
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB-kept")
			runtime.KeepAlive(s)
		})
	}
}

// TestValidate_allocations shows that a valid message costs no memory once
// the validator has seen messages of its size.
func TestValidate_allocations(t *testing.T) {
	data.CountAllocations(t)
	s := compileBundle(t, "14.4.0.1")
	for _, size := range []int{20_000, 200_000} {
		tree, n := body(t, message.Values(size))
		s.Validate(tree, n, ValidateOptions{})
		allocs := testing.AllocsPerRun(10, func() {
			if found := s.Validate(tree, n, ValidateOptions{}); found != nil {
				t.Fatal(found[0])
			}
		})
		// The signature has three attributes of type ID, whose values are kept.
		if allocs > 3 {
			t.Errorf("%d bytes: %v allocations", size, allocs)
		}
		tree.Release()
	}
}
