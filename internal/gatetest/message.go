package gatetest

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// Paths of the services that messages are sent to.
const (
	meteringPath = "/ext-bus-device-metering-service/services/DeviceMeteringAsync"
	nsiPath      = "/ext-bus-nsi-common-service/services/NsiCommonAsync"
)

// A Message is a SOAP request as an information system would send it.
type Message struct {
	Path    string
	Action  string
	GUID    string
	Date    time.Time
	Block   string // RequestHeader, or ISRequestHeader which has no organization
	Payload string
}

const namespaces = ` xmlns:base="http://dom.gosuslugi.ru/schema/integration/base/"` +
	` xmlns:nsi="http://dom.gosuslugi.ru/schema/integration/nsi-base/"` +
	` xmlns:metering="http://dom.gosuslugi.ru/schema/integration/metering-device-base/"`

// Readings is a request to take in a meter's readings.
func (w *World) Readings() Message {
	return Message{
		Path: meteringPath, Action: "urn:importMeteringDeviceValues", GUID: NewGUID(), Date: w.now(), Block: "RequestHeader",
		Payload: fmt.Sprintf(`<dm:importMeteringDeviceValuesRequest xmlns:dm="http://dom.gosuslugi.ru/schema/integration/device-metering/"`+
			` Id="signed-data-container" base:version="10.0.1.1"><dm:FIASHouseGuid>%s</dm:FIASHouseGuid><dm:MeteringDevicesValues>`+
			`<dm:MeteringDeviceRootGUID>%s</dm:MeteringDeviceRootGUID><dm:OneRateDeviceValue><dm:CurrentValue>`+
			`<metering:MunicipalResource><nsi:Code>1</nsi:Code><nsi:GUID>%s</nsi:GUID><nsi:Name>Вода</nsi:Name></metering:MunicipalResource>`+
			`<metering:MeteringValue>69.0000000</metering:MeteringValue><dm:DateValue>%s</dm:DateValue>`+
			`<base:TransportGUID>%s</base:TransportGUID><dm:Period><base:Year>%d</base:Year><base:Month>%d</base:Month></dm:Period></dm:CurrentValue>`+
			`</dm:OneRateDeviceValue></dm:MeteringDevicesValues></dm:importMeteringDeviceValuesRequest>`,
			NewGUID(), NewGUID(), NewGUID(), w.now().Format(time.DateOnly), NewGUID(), w.now().Year(), w.now().Month()),
	}
}

// Directory is a request for an item of the common directories.
func (w *World) Directory() Message {
	return Message{
		Path: nsiPath, Action: "urn:exportNsiItem", GUID: NewGUID(), Date: w.now(), Block: "ISRequestHeader",
		Payload: `<nsic:exportNsiItemRequest xmlns:nsic="http://dom.gosuslugi.ru/schema/integration/nsi-common/"` +
			` Id="signed-data-container" base:version="10.0.1.2"><nsic:RegistryNumber>51</nsic:RegistryNumber>` +
			`<nsi:ListGroup>NSI</nsi:ListGroup></nsic:exportNsiItemRequest>`,
	}
}

// State asks what became of a message that was acknowledged. It is not signed.
func (w *World) State(ack string) Message {
	return Message{
		Path: meteringPath, Action: "urn:getState", GUID: NewGUID(), Date: w.now(), Block: "RequestHeader",
		Payload: `<base:getStateRequest><base:MessageGUID>` + ack + `</base:MessageGUID></base:getStateRequest>`,
	}
}

// Envelope returns the message in a SOAP 1.1 envelope, unsigned.
func (m *Message) Envelope() []byte {
	organization := ""
	if m.Block == "RequestHeader" {
		organization = "<base:orgPPAGUID>" + companyGUID + "</base:orgPPAGUID>"
	}
	return []byte(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
		`<soap:Envelope xmlns:soap="` + soapNamespace + `"` + namespaces + `><soap:Header><base:` + m.Block + `>` +
		`<base:Date>` + m.Date.Format("2006-01-02T15:04:05.000Z07:00") + `</base:Date>` +
		`<base:MessageGUID>` + m.GUID + `</base:MessageGUID>` + organization + `</base:` + m.Block + `></soap:Header>` +
		`<soap:Body>` + m.Payload + `</soap:Body></soap:Envelope>`)
}

// Signed returns the message in an envelope, signed.
func (w *World) Signed(m Message, by string) ([]byte, error) {
	return w.Signers[by].Sign(m.Envelope(), w.now())
}

// replace changes one occurrence of a string in a message. That it is there
// is what the scenario rests on, so that its absence is an error.
func replace(msg []byte, from, to string) ([]byte, error) {
	if !bytes.Contains(msg, []byte(from)) {
		return nil, fmt.Errorf("the message has no %q to change", from)
	}
	return bytes.Replace(msg, []byte(from), []byte(to), 1), nil
}

// between returns what stands from the first occurrence of from up to and with
// the next occurrence of to.
func between(s, from, to string) (string, error) {
	i := strings.Index(s, from)
	if i < 0 {
		return "", fmt.Errorf("the message has no %q", from)
	}
	j := strings.Index(s[i:], to)
	if j < 0 {
		return "", fmt.Errorf("the message has no %q behind %q", to, from)
	}
	return s[i : i+j+len(to)], nil
}
