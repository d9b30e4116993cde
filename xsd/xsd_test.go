package xsd_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/schema"
	"github.com/soapgate/soapgate/internal/xmltree"
	"github.com/soapgate/soapgate/xsd"
)

const guid = "11111111-2222-3333-4444-555555555555"

// messages are elements of the sandbox release with the verdict of it. What it
// takes the system's own release must take.
var messages = []struct {
	name, schema, body string
	valid              bool
	blind              bool // libxml2 does not see it
}{
	{"one rate", "device-metering", `<dm:importMeteringDeviceValuesRequest Id="x" base:version="10.0.1.1"><dm:FIASHouseGuid>{guid}</dm:FIASHouseGuid><dm:MeteringDevicesValues><dm:MeteringDeviceRootGUID>{guid}</dm:MeteringDeviceRootGUID><dm:OneRateDeviceValue><dm:CurrentValue>{rate}<dm:DateValue>2026-01-20</dm:DateValue><base:TransportGUID>{guid}</base:TransportGUID><dm:Period><base:Year>2026</base:Year><base:Month>1</base:Month></dm:Period></dm:CurrentValue></dm:OneRateDeviceValue></dm:MeteringDevicesValues></dm:importMeteringDeviceValuesRequest>`, true, false},
	{"electric", "device-metering", `<dm:importMeteringDeviceValuesRequest base:version="10.0.1.1"><dm:MeteringDevicesValues><dm:MeteringDeviceVersionGUID>{guid}</dm:MeteringDeviceVersionGUID><dm:ElectricDeviceValue><dm:ControlValue><metering:MeteringValueT1>1.5</metering:MeteringValueT1><metering:MeteringValueT2>2</metering:MeteringValueT2><dm:DateValue>2026-01-20+03:00</dm:DateValue><base:TransportGUID>{guid}</base:TransportGUID></dm:ControlValue></dm:ElectricDeviceValue></dm:MeteringDevicesValues></dm:importMeteringDeviceValuesRequest>`, true, false},
	{"signed", "device-metering", `<dm:exportMeteringDeviceHistoryRequest Id="x" base:version="10.0.1.1">{signature}<dm:FIASHouseGuid>{guid}</dm:FIASHouseGuid><dm:MeteringDeviceRootGUID>{guid}</dm:MeteringDeviceRootGUID><dm:inputDateFrom>2026-01-01</dm:inputDateFrom></dm:exportMeteringDeviceHistoryRequest>`, true, false},
	{"imported", "device-metering", `<dm:getStateResult Id="x" base:version="10.0.1.1"><base:RequestState>3</base:RequestState><base:MessageGUID>{guid}</base:MessageGUID><dm:ImportResult><base:GUID>{guid}</base:GUID><base:TransportGUID>{guid}</base:TransportGUID><base:UpdateDate>2026-01-15T10:00:00</base:UpdateDate></dm:ImportResult></dm:getStateResult>`, true, false},
	{"history", "device-metering", `<dm:getStateResult base:version="10.0.1.1"><base:RequestState>3</base:RequestState><base:MessageGUID>{guid}</base:MessageGUID><dm:exportMeteringDeviceHistoryResult><dm:MeteringDeviceRootGUID>{guid}</dm:MeteringDeviceRootGUID><dm:OneRateDeviceValue><dm:Values><dm:CurrentValue>{rate}<metering:EnterIntoSystem>2026-01-15T10:00:00Z</metering:EnterIntoSystem><dm:DateValue>2026-01-15T10:00:00Z</dm:DateValue></dm:CurrentValue></dm:Values></dm:OneRateDeviceValue></dm:exportMeteringDeviceHistoryResult></dm:getStateResult>`, true, false},
	{"error", "nsi-common", `<nsic:getStateResult base:version="10.0.1.2"><base:RequestState>3</base:RequestState><base:MessageGUID>{guid}</base:MessageGUID><base:ErrorMessage><base:ErrorCode>INT002012</base:ErrorCode><base:Description>x</base:Description></base:ErrorMessage></nsic:getStateResult>`, true, false},
	{"list", "nsi-common", `<nsic:exportNsiListRequest base:version="10.0.1.2"><nsi:ListGroup>NSIRAO</nsi:ListGroup></nsic:exportNsiListRequest>`, true, false},
	{"item", "nsi-common", `<nsic:exportNsiItemRequest Id="x" base:version="10.0.1.2"><nsic:RegistryNumber>51</nsic:RegistryNumber><nsi:ListGroup>NSI</nsi:ListGroup><nsic:ModifiedAfter>2026-01-15T10:00:00.123Z</nsic:ModifiedAfter></nsic:exportNsiItemRequest>`, true, false},
	{"fields by xsi:type", "nsi-common", `<nsic:getStateResult base:version="10.0.1.2"><base:RequestState>3</base:RequestState><base:MessageGUID>{guid}</base:MessageGUID><nsic:NsiItem><nsi:NsiItemRegistryNumber>51</nsi:NsiItemRegistryNumber><nsi:Created>2026-01-15T10:00:00</nsi:Created><nsi:NsiElement><nsi:Code>A1.2</nsi:Code><nsi:GUID>{guid}</nsi:GUID><nsi:Modified>2026-01-15T10:00:00</nsi:Modified><nsi:IsActual>true</nsi:IsActual><nsi:NsiElementField xsi:type="nsi:NsiElementStringFieldType"><nsi:Name>x</nsi:Name><nsi:Value>y</nsi:Value></nsi:NsiElementField><nsi:NsiElementField xsi:type="nsi:NsiElementOkeiRefFieldType"><nsi:Name>x</nsi:Name><nsi:Code>642</nsi:Code></nsi:NsiElementField></nsi:NsiElement></nsic:NsiItem></nsic:getStateResult>`, true, false},
	{"provider's item", "nsi", `<nsip:exportDataProviderNsiItemRequest base:version="10.0.1.2"><nsip:RegistryNumber>59</nsip:RegistryNumber></nsip:exportDataProviderNsiItemRequest>`, true, false},
	{"request header", "device-metering", `<base:RequestHeader><base:Date>2026-01-15T10:00:00+03:00</base:Date><base:MessageGUID>{guid}</base:MessageGUID><base:orgPPAGUID>{guid}</base:orgPPAGUID><base:IsOperatorSignature>true</base:IsOperatorSignature><base:ISCreator><base:ISName>x</base:ISName><base:ISOperatorName>y</base:ISOperatorName></base:ISCreator></base:RequestHeader>`, true, false},
	{"system's header", "nsi-common", `<base:ISRequestHeader><base:Date>2026-01-15T10:00:00</base:Date><base:MessageGUID>{guid}</base:MessageGUID></base:ISRequestHeader>`, true, false},
	{"result header", "nsi-common", `<base:ResultHeader><base:Date>2026-01-15T10:00:00</base:Date><base:MessageGUID>{guid}</base:MessageGUID></base:ResultHeader>`, true, false},
	{"acknowledgement", "nsi", `<base:AckRequest><base:Ack><base:MessageGUID>{guid}</base:MessageGUID><base:RequesterMessageGUID>{guid}</base:RequesterMessageGUID></base:Ack></base:AckRequest>`, true, false},
	{"state", "nsi", `<base:getStateRequest><base:MessageGUID>{guid}</base:MessageGUID></base:getStateRequest>`, true, false},
	{"fault", "nsi", `<base:Fault><base:ErrorCode>FMT001300</base:ErrorCode><base:ErrorMessage>x</base:ErrorMessage></base:Fault>`, true, false},

	{"no version", "nsi-common", `<nsic:exportNsiListRequest/>`, false, false},
	{"version of the retired release", "nsi-common", `<nsic:exportNsiListRequest base:version="9.0.1.2"/>`, false, true},
	{"no registry number", "nsi-common", `<nsic:exportNsiItemRequest base:version="10.0.1.2"><nsi:ListGroup>NSI</nsi:ListGroup></nsic:exportNsiItemRequest>`, false, false},
	{"value out of pattern", "device-metering", `<dm:importMeteringDeviceValuesRequest base:version="10.0.1.1"><dm:MeteringDevicesValues><dm:MeteringDeviceRootGUID>{guid}</dm:MeteringDeviceRootGUID><dm:ElectricDeviceValue><dm:ControlValue><metering:MeteringValueT1>-1</metering:MeteringValueT1><dm:DateValue>2026-01-20</dm:DateValue><base:TransportGUID>{guid}</base:TransportGUID></dm:ControlValue></dm:ElectricDeviceValue></dm:MeteringDevicesValues></dm:importMeteringDeviceValuesRequest>`, false, false},
	{"transport key twice", "device-metering", `<dm:importMeteringDeviceValuesRequest base:version="10.0.1.1"><dm:MeteringDevicesValues><dm:MeteringDeviceRootGUID>{guid}</dm:MeteringDeviceRootGUID><dm:OneRateDeviceValue><dm:ControlValue>{rate}<dm:DateValue>2026-01-20</dm:DateValue><base:TransportGUID>{guid}</base:TransportGUID></dm:ControlValue><dm:ControlValue>{rate}<dm:DateValue>2026-01-20</dm:DateValue><base:TransportGUID>{guid}</base:TransportGUID></dm:ControlValue></dm:OneRateDeviceValue></dm:MeteringDevicesValues></dm:importMeteringDeviceValuesRequest>`, false, false},
	{"state 4", "nsi", `<nsip:getStateResult base:version="10.0.1.2"><base:RequestState>4</base:RequestState><base:MessageGUID>{guid}</base:MessageGUID></nsip:getStateResult>`, false, false},
	{"abstract type", "nsi-common", `<nsic:getStateResult base:version="10.0.1.2"><base:RequestState>3</base:RequestState><base:MessageGUID>{guid}</base:MessageGUID><nsic:NsiItem><nsi:NsiItemRegistryNumber>51</nsi:NsiItemRegistryNumber><nsi:Created>2026-01-15T10:00:00</nsi:Created><nsi:NsiElement><nsi:Code>1</nsi:Code><nsi:GUID>{guid}</nsi:GUID><nsi:Modified>2026-01-15T10:00:00</nsi:Modified><nsi:IsActual>true</nsi:IsActual><nsi:NsiElementField><nsi:Name>x</nsi:Name></nsi:NsiElementField></nsi:NsiElement></nsic:NsiItem></nsic:getStateResult>`, false, false},
}

var expansion = strings.NewReplacer(
	"{guid}", guid,
	"{rate}", `<metering:MunicipalResource><nsi:Code>1</nsi:Code><nsi:GUID>`+guid+`</nsi:GUID><nsi:Name>x</nsi:Name></metering:MunicipalResource><metering:MeteringValue>69.0000000</metering:MeteringValue>`,
	"{signature}", `<ds:Signature Id="s"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="urn:c"/><ds:SignatureMethod Algorithm="urn:s"/><ds:Reference Id="r" URI="#x"><ds:Transforms><ds:Transform Algorithm="urn:t"/></ds:Transforms><ds:DigestMethod Algorithm="urn:d"/><ds:DigestValue>AAAA</ds:DigestValue></ds:Reference><ds:Reference Type="urn:p" URI="#p"><ds:DigestMethod Algorithm="urn:d"/><ds:DigestValue>AAAA</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue Id="v">AAAA</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>AAAA</ds:X509Certificate></ds:X509Data></ds:KeyInfo><ds:Object><xades:QualifyingProperties xmlns:xades="http://uri.etsi.org/01903/v1.3.2#" Target="#s"><xades:CertDigest><ds:DigestMethod Algorithm="urn:d"/><ds:DigestValue>AAAA</ds:DigestValue></xades:CertDigest></xades:QualifyingProperties></ds:Object></ds:Signature>`,
)

const declarations = ` xmlns:base="http://dom.gosuslugi.ru/schema/integration/base/" xmlns:dm="http://dom.gosuslugi.ru/schema/integration/device-metering/" xmlns:metering="http://dom.gosuslugi.ru/schema/integration/metering-device-base/" xmlns:nsi="http://dom.gosuslugi.ru/schema/integration/nsi-base/" xmlns:nsic="http://dom.gosuslugi.ru/schema/integration/nsi-common/" xmlns:nsip="http://dom.gosuslugi.ru/schema/integration/nsi/" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`

func document(body string) string {
	end := strings.IndexAny(body, " />")
	return expansion.Replace(body[:end] + declarations + body[end:])
}

// TestMessages holds the messages against our release and against the
// system's, with another validator.
func TestMessages(t *testing.T) {
	xmllint := data.Tool(t, "xmllint")
	system := data.Dir(t, "hcs", "14.4.0.1")
	ours := t.TempDir()
	if err := os.CopyFS(ours, xsd.Release(xsd.Current)); err != nil {
		t.Fatal(err)
	}
	for _, m := range messages {
		t.Run(m.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "message.xml")
			if err := os.WriteFile(file, []byte(document(m.body)), 0o600); err != nil {
				t.Fatal(err)
			}
			schema := filepath.Join(m.schema, "hcs-"+m.schema+"-types.xsd")
			for _, release := range []string{ours, system} {
				out, err := exec.Command(xmllint, "--noout", "--nonet", "--schema", filepath.Join(release, schema), file).CombinedOutput()
				if got := err == nil; got != m.valid && !m.blind {
					t.Errorf("by %s: valid %v, want %v\n%s", release, got, m.valid, out)
				}
			}
		})
	}
}

// TestMessages_ours holds the messages against our release with our validator.
func TestMessages_ours(t *testing.T) {
	set, err := schema.Compile(xsd.Release(xsd.Current), []schema.Document{
		{Path: "device-metering/hcs-device-metering-types.xsd"},
		{Path: "nsi/hcs-nsi-types.xsd"},
		{Path: "nsi-common/hcs-nsi-common-types.xsd"},
	}, schema.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range messages {
		t.Run(m.name, func(t *testing.T) {
			tree, err := xmltree.Parse([]byte(document(m.body)), xmltree.Options{})
			if err != nil {
				t.Fatal(err)
			}
			findings := set.Validate(tree, tree.Root(), schema.ValidateOptions{})
			if got := len(findings) == 0; got != m.valid {
				t.Errorf("valid %v, want %v: %+v", got, m.valid, findings)
			}
		})
	}
}

// TestRelease looks for what would make a release unusable away from home.
func TestRelease(t *testing.T) {
	for _, name := range []string{xsd.Current, xsd.Retired} {
		files := 0
		err := fs.WalkDir(xsd.Release(name), ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			files++
			b, err := fs.ReadFile(xsd.Release(name), path)
			if strings.Contains(string(b), "schemaLocation=\"http") {
				t.Errorf("%s/%s refers to the network", name, path)
			}
			return err
		})
		if err != nil || files < 8 {
			t.Errorf("%s: %d files, %v", name, files, err)
		}
	}
}
