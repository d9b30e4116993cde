package c14n

import (
	"fmt"
	"strings"
	"testing"

	"github.com/soapgate/soapgate/internal/xmltree"
)

// message makes a request in the manner of ГИС ЖКХ with n entries of about
// 480 bytes.
func message(n int) string {
	var b strings.Builder
	b.WriteString(`<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:dm="http://dom.example/schema/integration/device-metering/" xmlns:base="http://dom.example/schema/integration/base/">
  <soapenv:Body>
    <dm:importMeteringDeviceValuesRequest Id="signed-data-container" base:version="10.0.1.1">
`)
	for i := range n {
		fmt.Fprintf(&b, `      <dm:MeteringDevicesValues>
        <dm:MeteringDeviceRootGUID>8d1e3a70-0000-4000-8000-%012d</dm:MeteringDeviceRootGUID>
        <dm:ElectricDeviceValue>
          <dm:CurrentValue>
            <base:TransportGUID>1b3f9e52-0000-4000-8000-%012d</base:TransportGUID>
            <dm:DateValue>2026-01-%02d</dm:DateValue>
            <dm:MeteringValueT1>%d.50</dm:MeteringValueT1>
          </dm:CurrentValue>
        </dm:ElectricDeviceValue>
      </dm:MeteringDevicesValues>
`, i, i, i%28+1, i*7)
	}
	b.WriteString("    </dm:importMeteringDeviceValuesRequest>\n  </soapenv:Body>\n</soapenv:Envelope>")
	return b.String()
}

func BenchmarkWrite(b *testing.B) {
	for _, size := range []struct {
		name    string
		entries int
	}{{"20KB", 42}, {"1MB", 2100}} {
		src := message(size.entries)
		tree := parse(b, src)
		apex := find(b, tree, "importMeteringDeviceValuesRequest")
		for _, m := range []struct {
			name  string
			write func(*count) error
		}{
			{"inclusive", func(w *count) error { return Write(w, tree, apex, inclusive, 0) }},
			{"exclusive", func(w *count) error { return Write(w, tree, apex, exclusive, 0) }},
			{"smev", func(w *count) error { return WriteSMEV(w, tree, apex, xmltree.None) }},
		} {
			b.Run(m.name+"/"+size.name, func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(src)))
				w := new(count)
				for b.Loop() {
					if err := m.write(w); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
