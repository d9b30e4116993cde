// Package clients shows the gate to real SOAP clients. Its test starts a gate
// and has zeep, node's soap, PHP's SoapClient, JAX-WS and gSOAP load the
// description from it, send a good message and meet refusals; each must see
// them as faults of its own kind, with code and detail. The table that comes
// of it stands in docs/providers.md.
package clients

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest"
	"github.com/soapgate/soapgate/internal/reject"
)

// A Call is what a client is asked to do: getState, once or until refused, or
// an import with a message that somebody signed.
type Call struct {
	Name   string `json:"name"` // the code of the refusal, "good" or "signed"
	URL    string `json:"url"`
	Cert   string `json:"cert,omitempty"` // PEM file; "" for none
	Key    string `json:"key,omitempty"`
	Action string `json:"action,omitempty"` // SOAPAction, if not the description's
	Date   string `json:"date"`
	GUID   string `json:"guid"`
	Org    string `json:"org"`
	State  string `json:"state"` // whose state is asked for
	Times  int    `json:"times"`
	// Message is the file of an envelope to send as it is, through the hook the
	// client has for it; "" for none.
	Message string `json:"message,omitempty"`
}

// A Plan is what a client reads.
type Plan struct {
	WSDL  string `json:"wsdl"`
	CA    string `json:"ca"`
	Calls []Call `json:"calls"`
}

// An Answer is what a client says came of a call, in its own terms.
type Answer struct {
	Name    string `json:"name"`
	State   string `json:"state"`
	Code    string `json:"code"`   // the faultcode
	Text    string `json:"text"`   // the faultstring
	Detail  string `json:"detail"` // the gate's code in the detail
	System  string `json:"system"` // the system's code in the detail
	Error   string `json:"error"`  // anything but a fault
	Version string `json:"version"`
}

// The names of the calls that must pass, and what comes of them.
const (
	Good   = "good"
	Signed = "signed"

	Acknowledged = "ack" // the state of a signed message
)

// NewPlan returns what must pass and the refusals that a client can meet, for
// the gate whose base address is given.
func NewPlan(w *gatetest.World, base string, now time.Time) (*Plan, error) {
	p := &Plan{WSDL: base + gatetest.MeteringPath + "?wsdl", CA: w.Path("tls-ca.pem")}
	for _, c := range []struct {
		code   reject.Code
		system string
		change func(*Call)
	}{
		{Good, "housing", nil},
		{reject.ClientMissing, "", nil},
		{reject.ClientUnknown, "stranger", nil},
		{reject.ClientSuspended, "suspended", nil},
		{reject.QuotaRate, "paced", func(c *Call) { c.Times = 3 }},
		{reject.QuotaLimit, "daily", func(c *Call) { c.Times = 4 }},
		{reject.SOAPServiceUnknown, "housing", func(c *Call) { c.URL = base + "/ext-bus-nowhere-service/services/NowhereAsync" }},
		{reject.SOAPActionMismatch, "housing", func(c *Call) { c.Action = "urn:importMeteringDeviceValues" }},
		{reject.SchemaInvalid, "housing", func(c *Call) { c.State = "no-guid" }},
		{reject.AuthorityOrganizationMismatch, "housing", func(c *Call) { c.Org = gatetest.NewGUID() }},
		{reject.AuthorityDate, "housing", func(c *Call) { c.Date = now.AddDate(0, 0, -7).Format(time.RFC3339) }},
	} {
		call := Call{
			Name: string(c.code), URL: base + gatetest.MeteringPath, Date: now.Format(time.RFC3339),
			GUID: gatetest.NewGUID(), Org: gatetest.Organization, State: gatetest.Done, Times: 1,
		}
		if c.system != "" {
			call.Cert, call.Key = w.Path("systems", c.system+".pem"), w.Path("systems", c.system+"-key.pem")
		}
		if c.change != nil {
			c.change(&call)
		}
		p.Calls = append(p.Calls, call)
	}
	signed, err := prepared(w)
	for _, m := range signed {
		call := p.Calls[0]
		call.Name, call.Message, call.Action = m.name, m.file, "urn:importMeteringDeviceValues"
		p.Calls = append(p.Calls, call)
	}
	return p, err
}

type message struct{ name, file string }

// prepared writes the messages that are sent as they are. No client here signs
// by itself as ГИС ЖКХ wants it: real ones leave that to a library, and send
// what comes of it.
func prepared(w *gatetest.World) (list []message, err error) {
	for _, m := range []struct {
		name, signer string
		from, to     string
	}{
		{Signed, "gost256", "", ""},
		{string(reject.SignatureMissing), "", "", ""},
		{string(reject.SignatureDigest), "gost256", "69.0000000", "70.0000000"},
		{string(reject.SignatureAlgorithm), "gost256", "gostr34102012-gostr34112012-256\"", "gostr34102012-gostr34112012-257\""},
		{string(reject.CertificateUnknownIssuer), "unknown-ca", "", ""},
		{string(reject.CertificateRevoked), "revoked", "", ""},
		{string(reject.CertificateExpired), "expired", "", ""},
	} {
		readings := w.Readings()
		body := readings.Envelope()
		if m.signer != "" {
			if body, err = w.Signed(readings, m.signer); err != nil {
				return nil, err
			}
		}
		if !bytes.Contains(body, []byte(m.from)) {
			return nil, fmt.Errorf("the message for %s has no %q to change", m.name, m.from)
		}
		body = bytes.Replace(body, []byte(m.from), []byte(m.to), 1)
		file := w.Path("messages", "client-"+m.name+".xml")
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return nil, err
		}
		if err := os.WriteFile(file, body, 0o600); err != nil {
			return nil, err
		}
		list = append(list, message{m.name, file})
	}
	return list, nil
}

// Cache is where scripts/install-tools puts clients that no distribution has.
func Cache() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "soapgate", "clients")
}
