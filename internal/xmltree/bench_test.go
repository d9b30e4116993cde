package xmltree

import (
	"testing"

	"github.com/soapgate/soapgate/bench/xml/message"
)

func BenchmarkParse(b *testing.B) {
	for _, bench := range []struct {
		name string
		src  []byte
	}{
		{"5KB", message.History(2)},
		{"20KB", message.Values(20_000)},
		{"20KB formatted", message.Indent(message.Values(16_500))},
		{"200KB", message.Values(200_000)},
		{"1MB", message.Values(1_000_000)},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.SetBytes(int64(len(bench.src)))
			b.ReportAllocs()
			for b.Loop() {
				tree, err := Parse(bench.src, Options{})
				if err != nil {
					b.Fatal(err)
				}
				tree.Release()
			}
		})
	}
}
