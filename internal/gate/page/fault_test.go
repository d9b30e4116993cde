package page_test

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/soapgate/soapgate/internal/gate/page"
	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/profile"
	"github.com/soapgate/soapgate/internal/reject"
)

var update = flag.Bool("update", false, "rewrite docs/faults.md and docs/faults.ru.md")

var (
	faultsTitle = reject.Text{RU: "Отказы шлюза", EN: "What the gate refuses"}
	faultsIntro = reject.Text{
		RU: "Создано из каталога internal/reject командой `go test ./internal/gate/page -run TestFaultDocuments -update`.\n" +
			"Ту же страницу шлюз отдаёт по адресу `/faults/{код}`. [English](faults.md)\n\n" +
			"Код системы - из профиля `hcs` (ГИС ЖКХ); коды вида SGTnnnnnn - наши: у системы на такой случай кода нет. " +
			"Слова в фигурных скобках отказ заменяет значениями. Если известно, через сколько повтор возможен, отказ несёт `Retry-After`.\n",
		EN: "Generated from the catalogue in internal/reject by `go test ./internal/gate/page -run TestFaultDocuments -update`.\n" +
			"The gate serves the same at `/faults/{code}`. [По-русски](faults.ru.md)\n\n" +
			"The system's code is that of profile `hcs` (ГИС ЖКХ); codes of the form SGTnnnnnn are ours: the system has none for the case. " +
			"Words in braces are replaced by values in a fault. Where it is known when sending again may help, the fault bears `Retry-After`.\n",
	}
	faultsColumns = reject.Text{
		RU: "| SOAP 1.1 | HTTP | SOAP 1.2 | HTTP | Код системы | Повтор |",
		EN: "| SOAP 1.1 | HTTP | SOAP 1.2 | HTTP | System's code | Sending again |",
	}
	faultsAdvice = reject.Text{RU: "Что делать", EN: "What to do"}
	valuesTitle  = reject.Text{RU: "Значения в текстах", EN: "Values in the texts"}
	valuesHead   = reject.Text{RU: "| Имя | Что это |", EN: "| Name | What it is |"}
)

// document writes the catalogue as a page in one language.
func document(lang string) []byte {
	hcs, _ := profile.Lookup("hcs")
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n\n%s", faultsTitle.In(lang), faultsIntro.In(lang))
	stage := ""
	for _, f := range page.Faults(hcs) {
		if f.Stage != stage {
			stage = f.Stage
			fmt.Fprintf(&b, "\n## %s: %s\n", stage, f.StageText().In(lang))
		}
		fmt.Fprintf(&b, "\n### `%s`\n\n%s\n\n**%s:** %s\n\n%s\n|---|---|---|---|---|---|\n", f.Code, f.Text.In(lang),
			faultsAdvice.In(lang), f.Advice.In(lang), faultsColumns.In(lang))
		fmt.Fprintf(&b, "| %s | %d | %s | %d | `%s` | %s |\n", f.FaultCode[0], f.Status[0], f.FaultCode[1], f.Status[1], f.System, f.RetryText().In(lang))
	}
	fmt.Fprintf(&b, "\n## %s\n\n%s\n|---|---|\n", valuesTitle.In(lang), valuesHead.In(lang))
	for _, name := range slices.Sorted(maps.Keys(reject.Values)) {
		fmt.Fprintf(&b, "| `{%s}` | %s |\n", name, reject.Values[name].In(lang))
	}
	return b.Bytes()
}

// TestFaultDocuments keeps docs/faults.md in both languages what the catalogue
// says.
func TestFaultDocuments(t *testing.T) {
	for lang, name := range map[string]string{"en": "faults.md", "ru": "faults.ru.md"} {
		file, want := filepath.Join(data.Repo(), "docs", name), document(lang)
		if *update {
			if err := os.WriteFile(file, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
			t.Errorf("docs/%s is not what the catalogue says (%v); run this test with -update", name, err)
		}
	}
}

// TestFaults wants what every client of the system relies on of each row.
func TestFaults(t *testing.T) {
	hcs, _ := profile.Lookup("hcs")
	list := page.Faults(hcs)
	if len(list) < 100 {
		t.Fatalf("there are %d codes, want the whole catalogue", len(list))
	}
	for _, f := range list {
		if f.System == "" {
			t.Errorf("%s has no code of the system", f.Code)
		}
		for i, status := range f.Status {
			if status < 400 || status > 599 {
				t.Errorf("%s: HTTP status %d in SOAP 1.%d", f.Code, status, i+1)
			}
		}
	}
}
