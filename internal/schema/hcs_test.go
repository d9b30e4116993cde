package schema

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// bundle names all schema documents of a published bundle.
func bundle(tb testing.TB, version string) (fs.FS, []Document) {
	tb.Helper()
	fsys := os.DirFS(data.Dir(tb, "hcs", version))
	var docs []Document
	err := fs.WalkDir(fsys, ".", func(name string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(name, ".xsd") {
			docs = append(docs, Document{Path: name})
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return fsys, docs
}

func compileBundle(tb testing.TB, version string) *Set {
	tb.Helper()
	fsys, docs := bundle(tb, version)
	s, err := Compile(fsys, docs, Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestCompile_bundles(t *testing.T) {
	for version, want := range map[string]int{"14.4.0.1": 36, "11.0.10.2": 26} {
		t.Run(version, func(t *testing.T) {
			_, docs := bundle(t, version)
			if len(docs) != want {
				t.Errorf("%d schema documents, want %d", len(docs), want)
			}
			s := compileBundle(t, version)
			if s.Element("http://dom.gosuslugi.ru/schema/integration/base/", "getStateRequest") == nil {
				t.Error("getStateRequest is not declared")
			}
		})
	}
}

// TestValidate_samples validates what the sampler writes for every global
// element. The sampler knows no keyrefs, so that these may be refused.
func TestValidate_samples(t *testing.T) {
	for _, version := range []string{"14.4.0.1", "11.0.10.2"} {
		s := compileBundle(t, version)
		for e := range s.Elements() {
			for seed, full := range []float64{0, 0.5} {
				msg := newSampler(t, s, uint64(seed), full, 2).message(e)
				for _, f := range validate(t, s, msg) {
					if f.Rule != "cvc-identity-constraint.4.3" {
						t.Errorf("%s: %s: %+v", version, e.Name, f)
						break
					}
				}
			}
		}
	}
}

func validate(tb testing.TB, s *Set, msg []byte) []reject.Finding {
	tb.Helper()
	tree, err := xmltree.Parse(msg, xmltree.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	defer tree.Release()
	return s.Validate(tree, tree.Root(), ValidateOptions{})
}

// TestValidate_xmllint compares verdicts on messages of one operation a
// service and on mutations of them with those of libxml2.
func TestValidate_xmllint(t *testing.T) {
	xmllint := data.Tool(t, "xmllint")
	version := "14.4.0.1"
	s := compileBundle(t, version)
	services := []struct{ file, element string }{
		{"device-metering/hcs-device-metering-types.xsd", "importMeteringDeviceValuesRequest"},
		{"device-metering/hcs-device-metering-types.xsd", "exportMeteringDeviceHistoryRequest"},
		{"house-management/hcs-house-management-types.xsd", "importAccountRequest"},
		{"house-management/hcs-house-management-types.xsd", "importMeteringDeviceDataRequest"},
		{"bills/hcs-bills-types.xsd", "importPaymentDocumentRequest"},
		{"nsi/hcs-nsi-types.xsd", "importAdditionalServicesRequest"},
		{"nsi-common/hcs-nsi-common-types.xsd", "exportNsiItemRequest"},
		{"nsi-common/hcs-nsi-common-types.xsd", "getStateResult"},
		{"payment/hcs-payment-types.xsd", "importNotificationsOfOrderExecutionRequest"},
		{"services/hcs-services-types.xsd", "importCompletedWorksRequest"},
		{"inspection/hcs-inspection-types.xsd", "importExaminationsRequest"},
		{"infrastructure/hcs-infrastructure-types.xsd", "importOKIRequest"},
		{"licenses/hcs-licenses-types.xsd", "exportLicenseRequest"},
		{"capital-repair/hcs-capital-repair-types.xsd", "importRegionalProgramRequest"},
		{"debt-requests/hcs-debt-requests-types.xsd", "importDRsRequest"},
		{"organizations-registry-common/hcs-organizations-registry-common-types.xsd", "exportOrgRegistryRequest"},
	}
	for _, service := range services {
		t.Run(service.element, func(t *testing.T) {
			space := "http://dom.gosuslugi.ru/schema/integration/" + strings.Replace(filepath.Dir(service.file), "debt-requests", "drs", 1) + "/"
			e := s.Element(space, service.element)
			if e == nil {
				t.Fatalf("no element %s in %s", service.element, space)
			}
			samples, notes := mutations(t, s, e, 24)
			agree(t, s, xmllint, filepath.Join(data.Dir(t, "hcs", version), service.file), samples, notes)
		})
	}
}

// mutations returns valid messages for an element and as many mutations.
func mutations(tb testing.TB, s *Set, e *Element, n int) (messages [][]byte, notes []string) {
	rnd := rand.New(rand.NewPCG(7, 7))
	for i, full := range []float64{0, 0.3, 0.6} {
		valid := newSampler(tb, s, uint64(i), full, 2).message(e)
		messages, notes = append(messages, valid), append(notes, "as made")
		for range n / 3 {
			changed, note := mutate(tb, valid, rnd)
			messages, notes = append(messages, changed), append(notes, note)
		}
	}
	return messages, notes
}

// agree compares our verdicts with those of one run of xmllint.
func agree(t *testing.T, s *Set, xmllint, schema string, messages [][]byte, notes []string) {
	t.Helper()
	dir := t.TempDir()
	args := []string{"--noout", "--nonet", "--schema", schema}
	for i, msg := range messages {
		name := filepath.Join(dir, fmt.Sprintf("%d.xml", i))
		if err := os.WriteFile(name, msg, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, name)
	}
	out, _ := exec.Command(xmllint, args...).CombinedOutput()
	invalid := 0
	for i, msg := range messages {
		found := validate(t, s, msg)
		theirs := bytes.Contains(out, fmt.Appendf(nil, "%s validates\n", args[4+i]))
		if theirs != (found == nil) {
			t.Errorf("%s: xmllint says valid=%t, we found %+v\n%s", notes[i], theirs, found, lines(out, args[4+i]))
		}
		if found != nil {
			invalid++
		}
	}
	if invalid == 0 || invalid == len(messages) {
		t.Errorf("%d of %d messages are invalid: nothing is compared", invalid, len(messages))
	}
}

func lines(out []byte, about string) string {
	var list []string
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, about) {
			list = append(list, line)
		}
	}
	return strings.Join(list, "")
}
