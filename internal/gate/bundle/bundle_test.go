package bundle

import (
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soapgate/soapgate/internal/formats"
	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/schema"
	"github.com/soapgate/soapgate/internal/wsdl"
	"github.com/soapgate/soapgate/xsd"
)

func describe(t *testing.T, fsys fs.FS) *formats.Description {
	t.Helper()
	return Describe(compile(t, fsys))
}

func compile(t *testing.T, fsys fs.FS) (*wsdl.Set, *schema.Set) {
	t.Helper()
	services, err := wsdl.Read(fsys)
	if err != nil {
		t.Fatal(err)
	}
	var docs []schema.Document
	for _, s := range services.Schemas {
		docs = append(docs, schema.Document{Path: s.File, Tree: s.Tree, Node: s.Node})
	}
	schemas, err := schema.Compile(fsys, docs, schema.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return services, schemas
}

const hcs = "http://dom.gosuslugi.ru/schema/integration/"

// TestDescribe_sandbox names every difference between the sandbox releases.
func TestDescribe_sandbox(t *testing.T) {
	var got []string
	for _, c := range formats.Diff(describe(t, xsd.Release(xsd.Retired)), describe(t, xsd.Release(xsd.Current))) {
		got = append(got, line(c))
	}
	want := []string{
		"! element {device-metering}importMeteringDeviceValuesRequest/@version: value constraint: fixed 9.0.1.1 -> fixed 10.0.1.1",
		"! element {nsi-common}exportNsiItemRequest/@version: value constraint: fixed 9.0.1.2 -> fixed 10.0.1.2",
		"! element {nsi-common}exportNsiListRequest/@version: value constraint: fixed 9.0.1.2 -> fixed 10.0.1.2",
		"/ext-bus-device-metering-service/services/DeviceMeteringAsync exportMeteringDeviceHistory: operation added:  -> ",
		"/ext-bus-nsi-service/services/NsiAsync exportDataProviderNsiItem: operation added:  -> ",
		"/ext-bus-nsi-service/services/NsiAsync getState: operation added:  -> ",
		"element {device-metering}exportMeteringDeviceHistoryRequest: added:  -> ",
		"element {device-metering}getStateResult/@version: value constraint: fixed 9.0.1.1 -> fixed 10.0.1.1",
		"element {device-metering}getStateResult/exportMeteringDeviceHistoryResult: part added:  -> 0..unbounded",
		"element {device-metering}importMeteringDeviceValuesRequest/MeteringDevicesValues: maxOccurs: 100 -> 1000",
		"element {nsi-base}ListGroup: facet: enumeration NSI -> enumeration NSI | NSIRAO",
		"element {nsi-common}getStateResult/@version: value constraint: fixed 9.0.1.2 -> fixed 10.0.1.2",
		"element {nsi}exportDataProviderNsiItemRequest: added:  -> ",
		"element {nsi}getStateResult: added:  -> ",
		"type {device-metering}exportMeteringDeviceHistoryResultType: added:  -> ",
		"type {metering-device-base}OneRateMeteringValueExportWithTSType: added:  -> ",
		"type {nsi-base}NsiElementOkeiRefFieldType: added:  -> ",
		"type {nsi-base}nsiRef/Name: facet: maxLength 500 -> maxLength 1200",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func line(c formats.Change) string {
	mark := ""
	if c.Breaking {
		mark = "! "
	}
	where := strings.NewReplacer("{"+hcs, "{", "/}", "}").Replace(c.Where)
	return mark + where + ": " + string(c.What) + ": " + c.Before + " -> " + c.After
}

// TestDescribe_bundles compares the real releases and looks for differences
// that are known from their texts.
func TestDescribe_bundles(t *testing.T) {
	older, newer := describe(t, os.DirFS(data.Dir(t, "hcs", "11.0.10.2"))), describe(t, os.DirFS(data.Dir(t, "hcs", "14.4.0.1")))
	lines := make(map[string]bool)
	changes := formats.Diff(older, newer)
	for _, c := range changes {
		lines[line(c)] = true
	}
	t.Logf("%d and %d components, %d differences", len(older.Components), len(newer.Components), len(changes))
	for _, want := range []string{
		"! /ext-bus-device-metering-service/services/DeviceMetering exportMeteringDeviceHistory: operation removed:  -> ",
		"/ext-bus-appeals-service/services/AppealsAsync exportAppeal: operation added:  -> ",
		"! element {capital-repair}exportDecisionsFormingFundRequest/@version: value constraint: fixed 11.0.0.1 -> fixed 11.3.0.3",
		"element {base}RequestHeader/Citizen: part added:  -> 0..1",
		"element {inspection}exportExaminationsRequest/To: minOccurs: 1 -> 0",
		"! type {capital-repair}InstallmentInfoType/PaymentSum: facet: totalDigits 20 -> totalDigits 15",
		"type {capital-repair}DocumentDecisionType/FullName: facet: maxLength 512 -> maxLength 1024",
	} {
		if !lines[want] {
			t.Errorf("lacks %s", want)
		}
	}
	for _, d := range []*formats.Description{older, newer} {
		if same := formats.Diff(d, d); len(same) > 0 {
			t.Errorf("a release differs from itself: %v", same[0])
		}
	}
}
