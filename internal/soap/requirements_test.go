package soap_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/gatetest/vector"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/soap"
)

var update = flag.Bool("update", false, "rewrite docs/wsi.md")

const preface = `# What the gate makes of WS-I Basic Profile 1.1 and SOAP 1.2

Generated from the table in internal/soap/requirements.go by ` + "`go test ./internal/soap -run TestDocument -update`" + `. Every row
that refuses a message or an answer has at least one vector in testdata/soap that breaks it and one that keeps it; a test sees to it.

- **refused**: a request that breaks it is refused with the code, which a setting of the envelope's reader may waive;
- **accepted**: what receivers must accept is accepted;
- **kept**: the gate's own answers and processing keep it;
- **answers**: the backend's answers are judged by it where answers are judged at all;
- **at loading**: a description that breaks it is not loaded, or is warned of;
- **not observable**: nothing that passes the gate shows it;
- **not applicable**: descriptions that would need it are not loaded;
- **deliberately lenient**: left alone, for the reason given.

| Requirement | Treatment | Code | Setting | What it says | Note |
|---|---|---|---|---|---|
`

// TestDocument keeps docs/wsi.md what the table says.
func TestDocument(t *testing.T) {
	b := bytes.NewBufferString(preface)
	for _, r := range soap.Requirements {
		code := string(r.Code)
		if code != "" {
			code = "`" + code + "`"
		}
		setting := r.Setting
		if setting != "" {
			setting = "`" + setting + "`"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n", r.ID, r.Treatment, code, setting, r.Says, r.Note)
	}
	file := filepath.Join(data.Repo(), "docs", "wsi.md")
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, b.Bytes()) {
		t.Error("docs/wsi.md is not what the table says; run this test with -update")
	}
}

// TestRequirements wants two vectors for each row that refuses, one on each
// side of the line, and one for each that accepts. A vector belongs to the
// rows its name begins with.
func TestRequirements(t *testing.T) {
	vectors := vector.Load(t, "soap")
	seen := make(map[string]bool)
	for _, r := range soap.Requirements {
		if seen[r.ID] {
			t.Errorf("%s: two rows", r.ID)
		}
		seen[r.ID] = true
		if _, ok := reject.Lookup(r.Code); r.Code != "" && !ok {
			t.Errorf("%s: code %s is not in the catalogue", r.ID, r.Code)
		}
		var refused, accepted bool
		for _, v := range vectors {
			if !strings.HasPrefix(v.Name, r.ID+"-") {
				continue
			}
			accepted = accepted || v.Accept()
			refused = refused || v.Header["code"] == string(r.Code)
		}
		judged := r.Treatment == soap.Refused || r.Treatment == soap.Answer && r.Code != ""
		if r.Code == reject.TransportHTTPVersion || r.Code == reject.SOAPR1108 {
			continue // of the connection and of further header fields, which no vector has; see TestCheckHTTP
		}
		if judged && (!refused || !accepted) {
			t.Errorf("%s: vector refused with %s: %v, accepted: %v", r.ID, r.Code, refused, accepted)
		}
		if r.Treatment == soap.Accepted && !accepted {
			t.Errorf("%s: no vector that is accepted", r.ID)
		}
	}
}
