package openssl

import (
	"encoding/pem"
	"os"
	"strconv"
	"time"
)

// derOf reads the first PEM block of a file.
func (t *Tool) derOf(path string) []byte {
	t.tb.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.tb.Fatal(err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		t.tb.Fatalf("%s: no PEM block", path)
	}
	return block.Bytes
}

// bundle writes certificates into one PEM file.
func (t *Tool) bundle(certs []*Certificate) string {
	t.tb.Helper()
	var text []byte
	for _, c := range certs {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.DER})...)
	}
	return t.File("bundle.pem", text)
}

// asn1Time writes a time as openssl ca takes it; a zero time is the first day of year.
func asn1Time(at time.Time, year int) string {
	if at.IsZero() {
		at = time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return at.UTC().Format("20060102150405Z")
}

func unix(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }
