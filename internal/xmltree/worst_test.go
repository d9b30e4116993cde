package xmltree

import (
	"syscall"
	"testing"

	"github.com/soapgate/soapgate/bench/worst"
	"github.com/soapgate/soapgate/bench/xml/message"
)

// BenchmarkWorst measures the cost per byte of what an attacker might send. It
// should stay below twenty times that of "ordinary".
func BenchmarkWorst(b *testing.B) {
	run := func(name string, src []byte) {
		b.Run(name, func(b *testing.B) {
			start := processorTime(b)
			for b.Loop() {
				tree, err := Parse(src, Options{AllowPI: true})
				if err == nil {
					tree.Release()
				}
			}
			b.ReportMetric(float64(processorTime(b)-start)/float64(b.N)/float64(len(src)), "cpu-ns/byte")
		})
	}
	run("ordinary", message.Values(1_000_000))
	for _, d := range worst.Documents {
		run(d.Name, d.Bytes(1_000_000))
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
