// Package message builds the messages that the benchmarks and cost tests read:
// requests to the device-metering service of format 14.4.0.1, valid by its
// schemas, with a signature of the right shape that nobody made. All values
// are invented and the same in every run.
package message

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
)

// Namespaces of the messages.
const (
	soap     = "http://schemas.xmlsoap.org/soap/envelope/"
	base     = "http://dom.gosuslugi.ru/schema/integration/base/"
	metering = "http://dom.gosuslugi.ru/schema/integration/device-metering/"
	device   = "http://dom.gosuslugi.ru/schema/integration/metering-device-base/"
	nsi      = "http://dom.gosuslugi.ru/schema/integration/nsi-base/"
	dsig     = "http://www.w3.org/2000/09/xmldsig#"
	xades    = "http://uri.etsi.org/01903/v1.3.2#"
)

type builder struct {
	strings.Builder
	random *rand.Rand
}

// Values returns an importMeteringDeviceValuesRequest in a SOAP 1.1 envelope
// of at least size bytes, and few more. The service allows 1000 devices in a
// request, about 1.2 MB; more make the message invalid, but not ill-formed.
func Values(size int) []byte {
	b := begin()
	fmt.Fprintf(b, `<dm:importMeteringDeviceValuesRequest Id="signed-data-container" base:version="10.0.1.1">`)
	b.signature()
	fmt.Fprintf(b, `<dm:FIASHouseGuid>%s</dm:FIASHouseGuid>`, b.guid())
	for n := 0; n == 0 || b.Len() < size-140; n++ {
		b.device()
	}
	return b.end("importMeteringDeviceValuesRequest")
}

// History returns an exportMeteringDeviceHistoryRequest for a number of
// houses, at most 100.
func History(houses int) []byte {
	b := begin()
	fmt.Fprintf(b, `<dm:exportMeteringDeviceHistoryRequest Id="signed-data-container" base:version="10.0.1.1">`)
	b.signature()
	for range houses {
		fmt.Fprintf(b, `<dm:FIASHouseGuid>%s</dm:FIASHouseGuid>`, b.guid())
	}
	b.resource()
	fmt.Fprintf(b, `<dm:SerchArchived>false</dm:SerchArchived><dm:inputDateFrom>2026-01-01</dm:inputDateFrom><dm:inputDateTo>2026-01-31</dm:inputDateTo>`)
	return b.end("exportMeteringDeviceHistoryRequest")
}

// Indent returns a message as a formatting client would write it: one element
// a line, tabs, CRLF.
func Indent(message []byte) []byte {
	var out strings.Builder
	depth, text := 0, false
	for i, tag := range strings.SplitAfter(string(message), ">") {
		before, markup, _ := strings.Cut(tag, "<")
		closing := strings.HasPrefix(markup, "/")
		if closing {
			depth--
		}
		out.WriteString(before)
		if text = before != ""; !text && i > 0 {
			out.WriteString("\r\n" + strings.Repeat("\t", max(depth, 0)))
		}
		if markup != "" {
			out.WriteString("<" + markup)
		}
		if markup != "" && !closing && !strings.HasSuffix(markup, "/>") && !strings.HasPrefix(markup, "?") {
			depth++
		}
	}
	return []byte(out.String())
}

func begin() *builder {
	b := &builder{random: rand.New(rand.NewPCG(14, 4))}
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>`)
	fmt.Fprintf(b, `<soapenv:Envelope xmlns:soapenv=%q xmlns:base=%q xmlns:dm=%q xmlns:mdb=%q xmlns:nsi=%q>`, soap, base, metering, device, nsi)
	fmt.Fprintf(b, `<soapenv:Header><base:RequestHeader><base:Date>2026-02-01T10:00:00.000+03:00</base:Date>`+
		`<base:MessageGUID>%s</base:MessageGUID><base:orgPPAGUID>%s</base:orgPPAGUID></base:RequestHeader></soapenv:Header><soapenv:Body>`, b.guid(), b.guid())
	return b
}

func (b *builder) end(request string) []byte {
	fmt.Fprintf(b, `</dm:%s></soapenv:Body></soapenv:Envelope>`, request)
	return []byte(b.String())
}

func (b *builder) device() {
	fmt.Fprintf(b, `<dm:MeteringDevicesValues><dm:MeteringDeviceRootGUID>%s</dm:MeteringDeviceRootGUID>`, b.guid())
	if b.random.IntN(4) == 0 {
		b.WriteString(`<dm:ElectricDeviceValue><dm:CurrentValue>`)
		for rate := 1; rate <= 3; rate++ {
			fmt.Fprintf(b, `<mdb:MeteringValueT%d>%s</mdb:MeteringValueT%[1]d>`, rate, b.value())
		}
		b.reading()
		b.WriteString(`</dm:CurrentValue></dm:ElectricDeviceValue>`)
	} else {
		b.WriteString(`<dm:OneRateDeviceValue>`)
		for range 2 + b.random.IntN(2) {
			b.WriteString(`<dm:CurrentValue>`)
			b.named("mdb:MunicipalResource")
			fmt.Fprintf(b, `<mdb:MeteringValue>%s</mdb:MeteringValue>`, b.value())
			b.reading()
			b.WriteString(`</dm:CurrentValue>`)
		}
		b.WriteString(`</dm:OneRateDeviceValue>`)
	}
	b.WriteString(`</dm:MeteringDevicesValues>`)
}

func (b *builder) reading() {
	fmt.Fprintf(b, `<dm:DateValue>2026-01-%02d</dm:DateValue><base:TransportGUID>%s</base:TransportGUID>`, 1+b.random.IntN(28), b.guid())
	fmt.Fprintf(b, `<dm:Period><base:Year>2026</base:Year><base:Month>%d</base:Month></dm:Period>`, 1+b.random.IntN(12))
}

func (b *builder) resource() { b.named("dm:MunicipalResource") }

func (b *builder) named(element string) {
	names := []string{"Холодная вода", "Горячая вода", "Электрическая энергия", "Газ", "Тепловая энергия"}
	k := b.random.IntN(len(names))
	fmt.Fprintf(b, `<%s><nsi:Code>%d</nsi:Code><nsi:GUID>%s</nsi:GUID><nsi:Name>%s</nsi:Name></%[1]s>`, element, k+1, b.guid(), names[k])
}

// signature writes a XAdES-BES signature as clients of the system make it.
func (b *builder) signature() {
	const (
		exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#"
		enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
		digest    = "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34112012-256"
		signature = "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-256"
	)
	fmt.Fprintf(b, `<ds:Signature xmlns:ds=%q Id="xmldsig-1"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm=%q/><ds:SignatureMethod Algorithm=%q/>`, dsig, exclusive, signature)
	fmt.Fprintf(b, `<ds:Reference Id="xmldsig-1-ref0" URI="#signed-data-container"><ds:Transforms><ds:Transform Algorithm=%q/><ds:Transform Algorithm=%q/></ds:Transforms>`, enveloped, exclusive)
	fmt.Fprintf(b, `<ds:DigestMethod Algorithm=%q/><ds:DigestValue>%s</ds:DigestValue></ds:Reference>`, digest, b.base64(32))
	fmt.Fprintf(b, `<ds:Reference URI="#xmldsig-1-signedprops" Type="http://uri.etsi.org/01903#SignedProperties"><ds:Transforms><ds:Transform Algorithm=%q/></ds:Transforms>`, exclusive)
	fmt.Fprintf(b, `<ds:DigestMethod Algorithm=%q/><ds:DigestValue>%s</ds:DigestValue></ds:Reference></ds:SignedInfo>`, digest, b.base64(32))
	fmt.Fprintf(b, `<ds:SignatureValue>%s</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data></ds:KeyInfo>`, b.base64(64), b.base64(1400))
	fmt.Fprintf(b, `<ds:Object><xades:QualifyingProperties xmlns:xades=%q Target="#xmldsig-1"><xades:SignedProperties Id="xmldsig-1-signedprops"><xades:SignedSignatureProperties>`, xades)
	fmt.Fprintf(b, `<xades:SigningTime>2026-02-01T10:00:00.000+03:00</xades:SigningTime><xades:SigningCertificate><xades:Cert><xades:CertDigest>`)
	fmt.Fprintf(b, `<ds:DigestMethod Algorithm=%q/><ds:DigestValue>%s</ds:DigestValue></xades:CertDigest>`, digest, b.base64(32))
	b.WriteString(`<xades:IssuerSerial><ds:X509IssuerName>CN=Вымышленный удостоверяющий центр,O=Пример,C=RU</ds:X509IssuerName><ds:X509SerialNumber>14400144</ds:X509SerialNumber></xades:IssuerSerial>`)
	b.WriteString(`</xades:Cert></xades:SigningCertificate></xades:SignedSignatureProperties></xades:SignedProperties></xades:QualifyingProperties></ds:Object></ds:Signature>`)
}

func (b *builder) bytes(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(b.random.Uint32())
	}
	return p
}

func (b *builder) base64(n int) string { return base64.StdEncoding.EncodeToString(b.bytes(n)) }

func (b *builder) guid() string {
	p := b.bytes(16)
	return fmt.Sprintf("%x-%x-%x-%x-%x", p[:4], p[4:6], p[6:8], p[8:10], p[10:])
}

func (b *builder) value() string {
	return fmt.Sprintf("%d.%03d", b.random.IntN(100000), b.random.IntN(1000))
}

// Sizes are the messages that comparisons measure, from small to large.
var Sizes = []struct {
	Name string
	Make func() []byte
}{
	{"5KB", func() []byte { return History(2) }},
	{"20KB", func() []byte { return Values(20_000) }},
	{"20KB-formatted", func() []byte { return Indent(Values(16_500)) }},
	{"200KB", func() []byte { return Values(200_000) }},
	{"1MB", func() []byte { return Values(1_000_000) }},
	{"10MB", func() []byte { return Values(10_000_000) }},
}
