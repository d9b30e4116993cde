package xmltree

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/soapgate/soapgate/bench/xml/message"
)

// worst are the dearest inputs that we know, by what they repeat. The format's
// number counts the repetitions.
var worst = map[string]string{
	"empty elements":           "<a/>",
	"elements":                 "<a></a>",
	"distinct names":           "<a%d/>",
	"names of one hash":        "<aaaaaaaa%04dbbbbbbbb/>",
	"one attribute":            "<a b=''/>",
	"one name, two namespaces": "<a xmlns='u'/><a xmlns='v'/>",
	"references":               "&lt;",
	"character references":     "&#1234;",
	"brackets":                 "]]",
	"bracket and angle":        "] ]>",
	"line ends":                "\r",
	"CRLF between":             "x\r\n",
	"declarations":             "<a xmlns='u'/>",
	"declarations of a prefix": "<p:a xmlns:p='u'/>",
	"empty CDATA sections":     "<![CDATA[]]>",
	"CDATA sections":           "x<![CDATA[x]]>",
	"comments":                 "<!---->",
	"text and comments":        "x<!---->",
	"processing instructions":  "<?a?>",
	"Cyrillic":                 "я",
	"three bytes":              "€",
	"four bytes":               "😀",
	"letters and Cyrillic":     "aя",
	"white space in values":    "<a b='\t\n\t'/>",
	"white space in tags":      "<a ></a >",
	"hyphens in comments":      "<!-- - - - - - - - - - - - - -->",
	"prefixed attributes":      "<a xmlns:p='u' xmlns:q='v' p:a='' q:a='' p:b='' q:b=''/>",
}

func worstDocument(piece string, size int) []byte {
	if strings.Contains(piece, "%") {
		var b strings.Builder
		for i := 0; b.Len() < size; i++ {
			fmt.Fprintf(&b, piece, i%10_000)
		}
		return []byte("<r>" + b.String() + "</r>")
	}
	return []byte("<r>" + strings.Repeat(piece, size/len(piece)) + "</r>")
}

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
	for name, piece := range worst {
		run(name, worstDocument(piece, 1_000_000))
	}
	many := "<r>"
	for i := range 30 {
		many += "<a"
		for k := range 256 {
			many += fmt.Sprintf(" b%d=''", i*256+k)
		}
		many += "/>"
	}
	run("many attributes", []byte(many+"</r>"))
	run("refused late", append(worstDocument("<a/>", 1_000_000), '<'))
	run("refused deep and late", []byte(strings.Repeat("<a>"+strings.Repeat("<a/>", 4000), 60)+"<"))
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
