package formats

import (
	"errors"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the zone must not depend on the machine

	"github.com/google/go-cmp/cmp"

	"github.com/soapgate/soapgate/internal/reject"
)

var moscow = time.FixedZone("MSK", 3*3600)

func date(t *testing.T, s string) time.Time {
	t.Helper()
	if s == "" {
		return time.Time{}
	}
	d, err := ParseDay(s, moscow)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func release(t *testing.T, name, published, effective, retired string) *Release {
	t.Helper()
	return &Release{Name: name, Published: date(t, published), Effective: date(t, effective), Retired: date(t, retired)}
}

func TestCheck(t *testing.T) {
	good := release(t, "2", "2026-01-10", "2026-02-09", "2026-12-31")
	for _, test := range []struct {
		name string
		list []*Release
		lead time.Duration
		want string // "" none
	}{
		{"thirty days", []*Release{good}, LeadTime, ""},
		{"twenty-nine days", []*Release{release(t, "2", "2026-01-10", "2026-02-08", "")}, LeadTime, `release "2": effective 29 days after publication, 30 are required`},
		{"fourteen days by the older order", []*Release{release(t, "2", "2026-01-10", "2026-01-24", "")}, LeadTime2015, ""},
		{"thirteen days by the older order", []*Release{release(t, "2", "2026-01-10", "2026-01-23", "")}, LeadTime2015, "effective 13 days"},
		{"a reason overrides", []*Release{{Name: "2", Published: date(t, "2026-01-10"), Effective: date(t, "2026-01-10"), Reason: "urgent"}}, LeadTime, ""},
		{"no reason overrides the order of days", []*Release{{Name: "2", Published: date(t, "2026-01-10"), Effective: date(t, "2026-01-09"), Reason: "urgent"}}, LeadTime, "before it is published"},
		{"name twice", []*Release{good, good}, LeadTime, "a name of its own"},
		{"no name", []*Release{release(t, "", "2026-01-10", "2026-02-09", "")}, LeadTime, "a name of its own"},
		{"no day", []*Release{release(t, "2", "", "2026-02-09", "")}, LeadTime, "needs the days"},
		{"retired at once", []*Release{release(t, "2", "2026-01-10", "2026-02-09", "2026-02-09")}, LeadTime, "retired before"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := Check(test.list, test.lead)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	if _, err := ParseDay("10.01.2026", moscow); err == nil {
		t.Error("a day of another form was read")
	}
}

// TestCheckLead_clocks counts days, not hours, where clocks are turned.
func TestCheckLead_clocks(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	published, effective := time.Date(2026, 3, 1, 0, 0, 0, 0, zone), time.Date(2026, 3, 31, 0, 0, 0, 0, zone)
	if err := CheckLead(published, effective, LeadTime, ""); err != nil {
		t.Error(err)
	}
}

func TestChoose(t *testing.T) {
	old := release(t, "1", "2025-01-01", "2025-02-01", "2026-03-01")
	now2 := release(t, "2", "2026-01-01", "2026-02-01", "")
	next := release(t, "3", "2026-05-01", "2026-06-01", "")
	all := []Candidate{{old, "9"}, {now2, "10"}, {next, "11"}}
	for _, test := range []struct {
		name       string
		candidates []Candidate
		version    string
		day        string
		want       []string // names of releases, or the code and the values
	}{
		{"the one in force", all, "10", "2026-04-01", []string{"2"}},
		{"the older one while both are", all, "9", "2026-02-28", []string{"1"}},
		{"the newer one while both are", all, "10", "2026-02-28", []string{"2"}},
		{"first day", all, "10", "2026-02-01", []string{"2"}},
		{"no version: the newest", all, "", "2026-02-28", []string{"2", "1"}},
		{"version not fixed", []Candidate{{old, ""}, {now2, ""}}, "9", "2026-02-28", []string{"2", "1"}},
		{"same version in both", []Candidate{{now2, "10"}, {old, "10"}}, "10", "2026-02-28", []string{"2", "1"}},
		{"retired", all, "9", "2026-03-01", []string{"format.retired", "found=1", "date=2026-03-01", "release=2", "expected=10"}},
		{"not yet", all, "11", "2026-05-31", []string{"format.not_yet", "found=3", "date=2026-06-01", "release=2", "expected=10"}},
		{"unknown version", all, "8", "2026-04-01", []string{"format.unknown_version", "version=8", "release=2", "expected=10"}},
		{"operation of a retired release", all[:1], "9", "2026-04-01", []string{"format.withdrawn", "date=2026-03-01"}},
		{"operation of a coming release", all[2:], "11", "2026-04-01", []string{"format.announced", "date=2026-06-01", "release=3"}},
		{"unknown version of a retired release", all[:1], "8", "2026-04-01", []string{"format.withdrawn"}},
		{"no version, nothing in force", all[:1], "", "2026-04-01", []string{"format.withdrawn"}},
		{"before everything", all, "9", "2025-01-15", []string{"format.announced", "release=1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			chosen, err := Choose(test.candidates, "{urn:x}request", test.version, date(t, test.day))
			if r, ok := errors.AsType[*reject.Rejection](err); ok {
				if string(r.Code) != test.want[0] {
					t.Fatalf("got %v, want %v", r, test.want)
				}
				values := make(map[string]bool)
				for _, v := range r.Values {
					values[v.Name+"="+v.Text] = true
				}
				for _, want := range test.want[1:] {
					if !values[want] {
						t.Errorf("values %v lack %s", r.Values, want)
					}
				}
				if text := r.Text().RU + r.Text().EN + r.Advice().RU + r.Advice().EN; strings.Contains(text, "{") && !strings.Contains(text, "{urn:x}") || strings.Contains(text, "{release}") || strings.Contains(text, "{found}") {
					t.Errorf("text %q has unfilled values", text)
				}
				if later := r.Entry().Retry == reject.RetryLater; later != (r.RetryAfter > 0) {
					t.Errorf("retry after %v", r.RetryAfter)
				}
				return
			}
			var names []string
			for _, i := range chosen {
				names = append(names, test.candidates[i].Name)
			}
			if diff := cmp.Diff(test.want, names); diff != "" {
				t.Error(diff)
			}
		})
	}
}
