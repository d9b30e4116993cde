package schema

import (
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/soapgate/soapgate/bench/worst"
	"github.com/soapgate/soapgate/bench/xml/message"
	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmltree"
)

func compileWorst(tb testing.TB) *Set {
	tb.Helper()
	s, err := Compile(fstest.MapFS{"t.xsd": {Data: []byte(worst.Schema())}}, []Document{{Path: "t.xsd"}}, Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func parseTree(tb testing.TB, src []byte) *xmltree.Tree {
	tb.Helper()
	tree, err := xmltree.Parse(src, xmltree.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return tree
}

// qualified binds the prefixes that tests use on the outermost element.
func qualified(text string) []byte {
	tag := strings.IndexAny(text, " />")
	return []byte(text[:tag] + ` xmlns:t="urn:t" xmlns:xsi="` + NamespaceXSI + `"` + text[tag:])
}

// TestWorst_memory shows that no input known makes the validator allocate more
// than attackMemory bytes for each of its own.
func TestWorst_memory(t *testing.T) {
	data.CountAllocations(t)
	s := compileWorst(t)
	for _, w := range worst.Messages {
		t.Run(w.Name, func(t *testing.T) {
			src := w.Bytes(100_000)
			tree := parseTree(t, src)
			defer tree.Release()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			s.Validate(tree, tree.Root(), ValidateOptions{})
			runtime.ReadMemStats(&after)
			if used, bound := int(after.TotalAlloc-before.TotalAlloc), attackMemory*len(src)+256<<10; used > bound {
				t.Errorf("allocated %d bytes for a message of %d, more than %d", used, len(src), bound)
			}
		})
	}
}

// TestWorst_work shows which inputs need more work than their size admits and
// are looked at no further, and that no other is refused for it.
func TestWorst_work(t *testing.T) {
	refused := strings.Split("nested keys|counted|long, refused|wildcard of many|"+
		"deep fields|deep references|deep, nothing selected|deep scopes", "|")
	s := compileWorst(t)
	for _, w := range worst.Messages {
		src := w.Bytes(300_000)
		tree := parseTree(t, src)
		v := newValidator(s)
		v.begin(tree, ValidateOptions{MaxFindings: 10})
		before := v.work
		v.run(tree.Root(), false)
		if used := before - v.work; used > workPerByte*len(src)+workAtLeast+len(src)/2 {
			t.Errorf("%s: %d units of work for %d bytes", w.Name, used, len(src))
		}
		limited := slices.ContainsFunc(v.findings, func(f reject.Finding) bool { return f.Rule == "limit" })
		if limited != slices.Contains(refused, w.Name) {
			t.Errorf("%s: limited %v, found %d", w.Name, limited, len(v.findings))
		}
		tree.Release()
	}
}

// BenchmarkWorst measures the cost per byte of what an attacker might send,
// reading included. It should stay below twenty times that of "ordinary".
func BenchmarkWorst(b *testing.B) {
	run := func(name string, src []byte, validate func(*xmltree.Tree)) {
		b.Run(name, func(b *testing.B) {
			start := processorTime(b)
			for b.Loop() {
				tree := parseTree(b, src)
				validate(tree)
				tree.Release()
			}
			b.ReportMetric(float64(processorTime(b)-start)/float64(b.N)/float64(len(src)), "cpu-ns/byte")
		})
	}
	bundle := compileBundle(b, "14.4.0.1")
	run("ordinary", message.Values(1_000_000), func(t *xmltree.Tree) {
		n := t.FirstElement(t.Child(t.Root(), soapSpace, "Body"))
		if found := bundle.Validate(t, n, ValidateOptions{}); found != nil {
			b.Fatal(found[0])
		}
	})
	s := compileWorst(b)
	for _, w := range worst.Messages {
		run(w.Name, w.Bytes(900_000), func(t *xmltree.Tree) {
			s.Validate(t, t.Root(), ValidateOptions{})
		})
	}
}

// processorTime is what the process has used, so that a busy machine does not
// change the ratios.
func processorTime(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
