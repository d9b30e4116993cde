package gatetest

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/beevik/etree"

	"github.com/soapgate/soapgate/internal/gate/bundle"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// FaultField is the header field by which a caller asks the sandbox for a
// fault: a code of the system, such as EXP001000, which comes as a SOAP fault,
// or an HTTP status from 400, which comes with a page that is no SOAP.
const FaultField = "Sandbox-Fault"

// Sandbox makes the backend answer by a release's descriptions: every operation
// of every service, with answers that are valid by its schemas, and with faults
// on demand.
func (b *Backend) Sandbox(release *bundle.Bundle) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.release = release
}

// Sandbox makes the system behind the gate a sandbox of the current release.
func (r *Running) Sandbox() error {
	release, err := bundle.Compile(os.DirFS(r.Session.World.Path("formats", "2.0")))
	if err == nil {
		r.backend.Sandbox(release)
	}
	return err
}

// fail answers with the fault that a caller asked for.
func (b *Backend) fail(w http.ResponseWriter, want string) {
	if status, err := strconv.Atoi(want); err == nil && status >= 400 && status <= 599 {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		fmt.Fprintf(w, "<html><body><h1>%d</h1></body></html>\n", status)
		return
	}
	var code bytes.Buffer
	_ = xml.EscapeText(&code, []byte(want))
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.WriteHeader(http.StatusInternalServerError) // SOAP 1.1 6.2
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?>
<soap:Envelope xmlns:soap="%s"><soap:Body><soap:Fault><faultcode>soap:Server</faultcode><faultstring>%s: sandbox</faultstring>`+
		`<detail><base:Fault xmlns:base="%s"><base:ErrorCode>%[2]s</base:ErrorCode><base:ErrorMessage>sandbox</base:ErrorMessage></base:Fault></detail>`+
		`</soap:Fault></soap:Body></soap:Envelope>
`, soapNamespace, code.String(), baseNamespace)
}

// sample makes an answer of the operation that a payload calls, with the state
// and the GUIDs of this exchange in it.
func (b *Backend) sample(path string, t *xmltree.Tree, payload xmltree.Node, data map[string]any) ([]byte, error) {
	op, err := b.release.Services.Find(path, t, payload, "", false)
	if err != nil {
		return nil, err
	}
	s := bundle.Sampler{Schemas: b.release.Schemas, Time: b.now()}
	answer, err := s.Answer(op)
	if err != nil {
		return nil, err
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(answer); err != nil {
		return nil, err
	}
	set := func(path string, value any) {
		if e := doc.FindElement(path); e != nil && value != nil {
			e.SetText(fmt.Sprint(value))
		}
	}
	set("//Header//Date", b.now().Format(time.RFC3339))
	set("//Header//MessageGUID", data["MessageGUID"])
	set("//Body//RequestState", data["State"])
	if guid := data["Ack"]; guid != nil {
		set("//Body//Ack/MessageGUID", guid)
		set("//Body//Ack/RequesterMessageGUID", data["MessageGUID"])
	} else {
		set("//Body/*/MessageGUID", data["Of"])
	}
	return doc.WriteToBytes()
}
