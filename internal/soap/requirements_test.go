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
[По-русски](wsi.ru.md)

- **refused**: a request that breaks it is refused with the code, unless the setting of the site lets it pass;
- **accepted**: what receivers must accept is accepted;
- **kept**: the gate's own answers and processing keep it;
- **answers**: the backend's answers are judged by it where answers are judged at all (` + "`responses`" + `);
- **at loading**: a description that breaks it is not loaded, or is warned of;
- **not observable**: nothing that passes the gate shows it;
- **not applicable**: descriptions that would need it are not loaded;
- **deliberately lenient**: left alone or done otherwise, for the reason given.

Settings are options of the directive ` + "`soapgate`" + ` in the Caddyfile: see [configuration.md](configuration.md).

| Requirement | Treatment | Code | Setting | What it says | Note |
|---|---|---|---|---|---|
`

const prefaceRU = `# Как шлюз соблюдает WS-I Basic Profile 1.1 и SOAP 1.2

Создано из таблицы internal/soap/requirements.go командой ` + "`go test ./internal/soap -run TestDocument -update`" + `. У каждой строки,
по которой отклоняется сообщение или ответ, есть в testdata/soap хотя бы одно сообщение, которое её нарушает, и одно, которое
соблюдает; за этим следит проверка. [English](wsi.md)

- **отклоняется**: запрос, который её нарушает, отклоняется с этим кодом, если его не пропускает настройка;
- **принимается**: принимается то, что получатель обязан принять;
- **соблюдается**: собственные ответы и обработка шлюза ей следуют;
- **ответы**: по ней проверяются ответы системы, если ответы вообще проверяются (` + "`responses`" + `);
- **при загрузке**: описание, которое её нарушает, не загружается, или о нём предупреждается;
- **не видно**: по тому, что проходит через шлюз, этого не видно;
- **неприменимо**: описания, которым она нужна, не загружаются;
- **намеренно иначе**: не проверяется или сделано иначе, по указанной причине.

Настройки — параметры директивы ` + "`soapgate`" + ` в Caddyfile: см. [configuration.md](configuration.md).

| Требование | Что делает шлюз | Код | Настройка | Что в нём сказано | Примечание |
|---|---|---|---|---|---|
`

// TestDocument keeps docs/wsi.md and docs/wsi.ru.md what the table says.
func TestDocument(t *testing.T) {
	en, ru := bytes.NewBufferString(preface), bytes.NewBufferString(prefaceRU)
	quoted := func(s string) string {
		if s != "" {
			s = "`" + s + "`"
		}
		return s
	}
	for _, r := range soap.Requirements {
		setting := r.Setting
		if setting == "waive" {
			setting += " " + r.ID
		}
		words, ok := russian[r.ID]
		if !ok || words[0] == "" || (words[1] == "") != (r.Note == "") || treatments[r.Treatment.String()] == "" {
			t.Errorf("%s: not put into Russian: %q", r.ID, words)
		}
		const row = "| %s | %s | %s | %s | %s | %s |\n"
		fmt.Fprintf(en, row, r.ID, r.Treatment, quoted(string(r.Code)), quoted(setting), r.Says, r.Note)
		fmt.Fprintf(ru, row, r.ID, treatments[r.Treatment.String()], quoted(string(r.Code)), quoted(setting), words[0], words[1])
	}
	if len(russian) != len(soap.Requirements) {
		t.Errorf("%d rows in Russian of %d", len(russian), len(soap.Requirements))
	}
	for name, want := range map[string]*bytes.Buffer{"wsi.md": en, "wsi.ru.md": ru} {
		file := filepath.Join(data.Repo(), "docs", name)
		if *update {
			if err := os.WriteFile(file, want.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want.Bytes()) {
			t.Errorf("docs/%s is not what the table says; run this test with -update", name)
		}
	}
}

// TestSettings wants settings that a Caddyfile can have, and rules to be
// waivable that the document says are.
func TestSettings(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(data.Repo(), "docs", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range soap.Requirements {
		option, _, _ := strings.Cut(r.Setting, " ")
		if option != "" && !strings.Contains(string(page), "| `"+option) {
			t.Errorf("%s: docs/configuration.md has no option %q", r.ID, option)
		}
		if soap.Waivable(r.ID) != (r.Setting == "waive") {
			t.Errorf("%s: waivable %v, setting %q", r.ID, soap.Waivable(r.ID), r.Setting)
		}
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
