// Package clients shows the gate to real SOAP clients. Its test starts a gate
// and has zeep, node's soap, PHP's SoapClient, JAX-WS and gSOAP load the
// description from it, send a good message and meet refusals; each must see
// them as faults of its own kind, with code and detail. The table that comes
// of it stands in docs/providers.md.
package clients

import (
	"os"
	"path/filepath"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest"
	"github.com/soapgate/soapgate/internal/reject"
)

// A Call is what a client is asked to do: getState, once or until refused.
type Call struct {
	Name   string `json:"name"` // the code of the refusal, or "good"
	URL    string `json:"url"`
	Cert   string `json:"cert,omitempty"` // PEM file; "" for none
	Key    string `json:"key,omitempty"`
	Action string `json:"action,omitempty"` // SOAPAction, if not the description's
	Date   string `json:"date"`
	GUID   string `json:"guid"`
	Org    string `json:"org"`
	State  string `json:"state"` // whose state is asked for
	Times  int    `json:"times"`
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

// Good is the name of the call that must pass.
const Good = "good"

// NewPlan returns the good message and the refusals that a client can meet
// without a signature, for the gate whose base address is given.
func NewPlan(w *gatetest.World, base string, now time.Time) *Plan {
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
	return p
}

// Cache is where scripts/install-tools puts clients that no distribution has.
func Cache() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "soapgate", "clients")
}
