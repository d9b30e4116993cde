package checker_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soapgate/soapgate/internal/gate"
	"github.com/soapgate/soapgate/internal/gate/checker"
	"github.com/soapgate/soapgate/internal/gatetest"
	"github.com/soapgate/soapgate/internal/gatetest/oneworld"
)

func TestMain(m *testing.M) { oneworld.Main(m) }

func newChecker(tb testing.TB, c gate.Config) *checker.Checker {
	tb.Helper()
	chk, err := checker.New(c)
	if err != nil {
		tb.Fatal(err)
	}
	return chk
}

func readings(tb testing.TB, w *gatetest.World, by string) string {
	tb.Helper()
	body, err := w.Signed(w.Readings(), by)
	if err != nil {
		tb.Fatal(err)
	}
	return string(body)
}

// outcomes lists the stages that ran, with the codes of refusals.
func outcomes(r *checker.Result) (list []string) {
	for _, s := range r.Stages {
		switch {
		case s.Refusal != nil:
			list = append(list, s.Refusal.Code)
		case s.Outcome == "passed":
			list = append(list, s.Stage)
		}
	}
	return list
}

func TestCheck(t *testing.T) {
	w, config := oneworld.Get(t)
	good := readings(t, w, "gost256")
	unsigned := w.Readings()
	state := w.State(gatetest.NewGUID())
	old := w.Readings()
	old.Date = time.Now().AddDate(0, 0, -8)
	for _, tc := range []struct {
		name, message, want string
	}{
		{"good", good, "http xml soap format schema signature certificate authority"},
		{"unsigned operation", string(state.Envelope()), "http xml soap format schema authority"},
		{"mandatory header block", strings.Replace(string(state.Envelope()), "<base:RequestHeader>",
			`<base:RequestHeader soap:mustUnderstand="1" soap:actor="http://schemas.xmlsoap.org/soap/actor/next">`, 1),
			"http xml soap format schema authority"},
		{"another attribute there", strings.Replace(string(state.Envelope()), "<base:RequestHeader>", `<base:RequestHeader base:x="1">`, 1),
			"http xml soap format schema.invalid authority"},
		{"the envelope's attribute further down", strings.Replace(string(state.Envelope()), "<base:orgPPAGUID>", `<base:orgPPAGUID soap:mustUnderstand="1">`, 1),
			"http xml soap format schema.invalid authority"},
		{"no signature", string(unsigned.Envelope()), "http xml soap format schema signature.missing authority"},
		{"not well formed", strings.Replace(good, "</soap:Envelope>", "", 1), "http xml.not_well_formed"},
		{"no envelope", "<a/>", "http xml soap.envelope"},
		{"expired", readings(t, w, "expired"), "http xml soap format schema signature certificate.expired authority"},
		{"unknown operation", strings.ReplaceAll(good, "importMeteringDeviceValuesRequest", "importNothing"), "http xml soap.operation_unknown signature.digest certificate authority"},
		{"of an old version", strings.Replace(good, `base:version="10.0.1.1"`, `base:version="8.0.0.0"`, 1),
			"http xml soap format.unknown_version schema.invalid signature.digest certificate authority"},
		{"much at once", strings.Replace(readings(t, w, "revoked"), "69.0000000", "many", 1),
			"http xml soap format schema.invalid signature.digest certificate.revoked authority"},
		{"old", string(old.Envelope()), "http xml soap format schema signature.missing authority.date"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newChecker(t, config).Check(t.Context(), checker.Message{Name: "m.xml", Body: []byte(tc.message)})
			if diff := cmp.Diff(tc.want, strings.Join(outcomes(r), " ")); diff != "" {
				t.Error(diff)
			}
			if r.Refused != strings.Contains(tc.want, ".") || (r.Code() != "") != r.Refused {
				t.Errorf("refused %v, code %q", r.Refused, r.Code())
			}
		})
	}
}

// TestCheck_explains reads what a person is told of a good message and of one
// whose signed data was changed.
func TestCheck_explains(t *testing.T) {
	w, config := oneworld.Get(t)
	chk := newChecker(t, config)
	good := readings(t, w, "gost256")
	tampered := strings.Replace(good, "69.0000000", "70.0000000\n", 1)
	for _, tc := range []struct {
		name, message, lang string
		want                []string
	}{
		{"good", good, "en", []string{
			"m.xml: good", "operation: importMeteringDeviceValues", "release: 2.0", "MessageGUID: ",
			"signer: ", "gost256", "signing time: " + time.Now().Format("2006-"), "algorithm: gostr34102012-gostr34112012-256",
			"covers: /soap:Envelope/soap:Body/dm:importMeteringDeviceValuesRequest", "ok   certificate", "-    client      needs a connection",
		}},
		{"tampered", tampered, "en", []string{"m.xml: refused", "FAIL signature", "signature.digest (AUT011005)", "* ", "what to do: "}},
		{"in Russian", tampered, "ru", []string{"m.xml: отклонено", "НЕТ  signature", "что делать: "}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := chk.Check(t.Context(), checker.Message{Name: "m.xml", Body: []byte(tc.message)}).WriteText(&b, tc.lang); err != nil {
				t.Fatal(err)
			}
			for _, want := range tc.want {
				if !strings.Contains(b.String(), want) {
					t.Errorf("no %q in\n%s", want, b.String())
				}
			}
		})
	}
}

// TestWriteText_oneLine shows that a message cannot write lines that look like
// the checker's own.
func TestWriteText_oneLine(t *testing.T) {
	w, config := oneworld.Get(t)
	m := w.State(gatetest.NewGUID())
	m.GUID = "x\n  ok   signature"
	var b bytes.Buffer
	r := newChecker(t, config).Check(t.Context(), checker.Message{Name: "a\nb: good", Body: m.Envelope()})
	if err := r.WriteText(&b, "en"); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "\n  ok   signature") || strings.Contains(b.String(), "\nb: good") {
		t.Error(b.String())
	}
}

// TestCheck_atRest shows that trust is optional and the moment can be chosen.
func TestCheck_atRest(t *testing.T) {
	w, config := oneworld.Get(t)
	message := checker.Message{Body: []byte(readings(t, w, "gost256"))}
	config.Trust = nil
	r := newChecker(t, config).Check(t.Context(), message)
	if got := strings.Join(outcomes(r), " "); got != "http xml soap format schema signature authority" {
		t.Errorf("without trust: %s", got)
	}
	config.Now = func() time.Time { return time.Now().AddDate(0, 0, 3) }
	r = newChecker(t, config).Check(t.Context(), message)
	if r.Code() != "authority.date" {
		t.Errorf("three days later: %v", outcomes(r))
	}
}

func TestSARIF(t *testing.T) {
	w, config := oneworld.Get(t)
	chk := newChecker(t, config)
	bad := strings.Replace(readings(t, w, "gost256"), "69.0000000", "many", 1)
	results := []*checker.Result{
		chk.Check(t.Context(), checker.Message{Name: "dir/a b.xml", Body: []byte(bad)}),
		chk.Check(t.Context(), checker.Message{Name: "c.xml", Body: []byte("<a>")}),
	}
	b, err := json.Marshal(checker.SARIF(results, "en"))
	if err != nil {
		t.Fatal(err)
	}
	var log struct {
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct{ Rules []struct{ ID string } }
			}
			Results []struct {
				RuleID    string
				Message   struct{ Text string }
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine, StartColumn int }
					}
				}
			}
		}
	}
	if err := json.Unmarshal(b, &log); err != nil {
		t.Fatal(err)
	}
	rules := map[string]bool{}
	for _, r := range log.Runs[0].Tool.Driver.Rules {
		rules[r.ID] = true
	}
	seen := map[string]bool{}
	for _, r := range log.Runs[0].Results {
		at := r.Locations[0].PhysicalLocation
		if !rules[r.RuleID] || r.Message.Text == "" || at.Region.StartLine == 0 {
			t.Errorf("%+v", r)
		}
		seen[r.RuleID+" "+at.ArtifactLocation.URI] = true
	}
	for _, want := range []string{"schema.invalid dir/a%20b.xml", "signature.digest dir/a%20b.xml", "xml.not_well_formed c.xml"} {
		if !seen[want] {
			t.Errorf("no result %q in %v", want, seen)
		}
	}
	if log.Version != "2.1.0" {
		t.Errorf("version %q", log.Version)
	}
}
