package xmltree

import (
	"errors"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/gatetest/vector"
	"github.com/soapgate/soapgate/internal/reject"
)

// refusalMemory is the most that refusing a message may allocate unless its
// vector says otherwise, whatever the message's size.
const refusalMemory = 128 << 10

// TestAttacks runs the vectors that concern this stage: each is refused with
// its code, or passes, at a bounded cost.
func TestAttacks(t *testing.T) {
	refused, passed := map[string]bool{}, map[string]bool{}
	for _, v := range vector.Load(t, "attacks") {
		if v.Header["stage"] != "xml" {
			continue
		}
		if v.Accept() {
			passed[v.Header["row"]] = true
		} else {
			refused[v.Header["row"]] = true
		}
		t.Run(v.Name, func(t *testing.T) { attack(t, v) })
	}
	for _, row := range strings.Fields("1 2 3 4 5 6 7 8 9 10 12 13 14 15 16") {
		if !refused[row] || !passed[row] {
			t.Errorf("row %s: refused %v, near miss %v", row, refused[row], passed[row])
		}
	}
}

func attack(t *testing.T, v vector.Vector) {
	src := v.File(t, "request")
	o := Options{Charset: v.Header["charset"], Limits: limits(t, v.Header["limits"])}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	tree, err := Parse(src, o)
	runtime.ReadMemStats(&after)

	bound := v.Int(t, "memory")
	if bound == 0 {
		if bound = refusalMemory; v.Accept() {
			bound += 40*len(src) + 64<<10
		}
	}
	if used := int(after.TotalAlloc - before.TotalAlloc); used > bound && !data.Race {
		t.Errorf("allocated %d bytes for a message of %d, more than %d", used, len(src), bound)
	}
	if !v.Accept() {
		var r *reject.Rejection
		if !errors.As(err, &r) || string(r.Code) != v.Header["code"] {
			t.Fatalf("got %v, want %s", err, v.Header["code"])
		}
		if line, column := v.Int(t, "line"), v.Int(t, "column"); line != 0 && r.Line != line || column != 0 && r.Column != column {
			t.Errorf("at %d:%d, want %d:%d", r.Line, r.Column, line, column)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Release()
	if want, ok := v.Files["text"]; ok {
		const soap = "http://schemas.xmlsoap.org/soap/envelope/"
		body := tree.Child(tree.Root(), soap, "Body")
		if got, simple := tree.Text(tree.FirstElement(body)); !simple || string(got) != string(want) {
			t.Errorf("text %q, want %q", got, want)
		}
	}
}

// limits reads a header "name=value name=value", names in lower case.
func limits(t *testing.T, header string) (l Limits) {
	for _, pair := range strings.Fields(header) {
		name, value, _ := strings.Cut(pair, "=")
		field := reflect.ValueOf(&l).Elem().FieldByNameFunc(func(s string) bool { return strings.EqualFold(s, name) })
		if !field.IsValid() {
			t.Fatalf("no limit %q", name)
		}
		n, err := strconv.Atoi(value)
		if err != nil {
			t.Fatal(err)
		}
		field.SetInt(int64(n))
	}
	return l
}
