package page

import (
	"github.com/soapgate/soapgate/internal/profile"
	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/soap"
)

// A Fault is a row of the catalogue as clients of one system meet it.
type Fault struct {
	Code  reject.Code `json:"code"`
	Stage string      `json:"stage"`
	// FaultCode and Status are those of SOAP 1.1 and of SOAP 1.2.
	FaultCode [2]string `json:"fault_code"`
	Status    [2]int    `json:"status"`
	// System is the system's own code, "" if it has none.
	System string      `json:"system_code,omitempty"`
	Retry  string      `json:"retry"`
	Text   reject.Text `json:"text"`
	Advice reject.Text `json:"advice"`

	stage reject.Stage
	retry reject.Retry
}

// StageText names the stage for a person.
func (f *Fault) StageText() reject.Text { return f.stage.Text() }

// RetryText says for a person whether sending again can help.
func (f *Fault) RetryText() reject.Text { return f.retry.Text() }

// Faults returns the catalogue by stage and code.
func Faults(p *profile.Profile) []Fault {
	var list []Fault
	for _, e := range reject.Catalogue() {
		f := Fault{
			Code: e.Code, Stage: e.Code.Stage().String(), System: p.SystemCode(e.Code), Retry: e.Retry.String(),
			Text: e.Text, Advice: e.Advice, stage: e.Code.Stage(), retry: e.Retry,
		}
		for i, v := range []soap.Version{soap.V11, soap.V12} {
			written := soap.Fault{Version: v, Rejection: reject.New(e.Code)}
			f.FaultCode[i], f.Status[i] = soap.FaultCode(v, e.Side), written.Status()
		}
		list = append(list, f)
	}
	return list
}
