package checker

import (
	"strings"
	"time"

	"github.com/soapgate/soapgate/internal/gate"
	"github.com/soapgate/soapgate/internal/reject"
)

// A Result is all that was found about one message.
type Result struct {
	Name      string `json:"name,omitempty"`
	Refused   bool   `json:"refused"`
	Service   string `json:"service,omitempty"`
	Guessed   bool   `json:"service_guessed,omitempty"` // other services have the same request
	Operation string `json:"operation,omitempty"`
	Release   string `json:"release,omitempty"`
	MessageID string `json:"message_guid,omitempty"`

	// Releases are those that describe the operation: which of them the message
	// follows, in force or not.
	Releases []Release `json:"releases,omitempty"`

	Stages     []Stage     `json:"stages"`
	Signatures []Signature `json:"signatures,omitempty"`
}

// Code returns the code that the gate would refuse the message with, "" if
// the message is good.
func (r *Result) Code() string {
	for _, s := range r.Stages {
		if s.Refusal != nil {
			return s.Refusal.Code
		}
	}
	return ""
}

// A Release is one that describes what a message calls.
type Release struct {
	Name    string `json:"name"`
	State   string `json:"state"` // announced, in force or retired
	From    string `json:"from,omitempty"`
	Until   string `json:"until,omitempty"`
	Follows bool   `json:"follows"`        // the message follows its format
	Code    string `json:"code,omitempty"` // of the refusal, if it does not
}

// A Stage is one stage's verdict.
type Stage struct {
	Stage   string       `json:"stage"`
	Outcome string       `json:"outcome"`       // passed, refused or skipped
	Why     *reject.Text `json:"why,omitempty"` // it was skipped
	Refusal *Refusal     `json:"refusal,omitempty"`
}

// A Refusal is a reason for refusing.
type Refusal struct {
	Code     string      `json:"code"`
	System   string      `json:"system_code,omitempty"`
	Text     reject.Text `json:"text"`
	Advice   reject.Text `json:"advice"`
	Retry    string      `json:"retry"`
	Line     int         `json:"line,omitempty"`
	Column   int         `json:"column,omitempty"`
	Path     string      `json:"path,omitempty"`
	Cause    string      `json:"cause,omitempty"`
	Findings []Finding   `json:"findings,omitempty"`
}

// A Finding is one violation.
type Finding struct {
	Rule     string      `json:"rule,omitempty"`
	Line     int         `json:"line,omitempty"`
	Column   int         `json:"column,omitempty"`
	Path     string      `json:"path,omitempty"`
	Found    string      `json:"found,omitempty"`
	Expected string      `json:"expected,omitempty"`
	Text     reject.Text `json:"text"`
	Xerces   string      `json:"xerces,omitempty"`
}

// A Signature is one that holds.
type Signature struct {
	Signer      string   `json:"signer"`
	Issuer      string   `json:"issuer"`
	Fingerprint string   `json:"sha256"`
	Until       string   `json:"not_after"`
	SigningTime string   `json:"signing_time,omitempty"`
	Algorithm   string   `json:"algorithm"`
	Digests     []string `json:"digests"`
	Covers      []string `json:"covers"`
}

func newResult(name string, rep *gate.Report, c *gate.Config, guessed bool) *Result {
	m := rep.Message
	r := &Result{
		Name: name, Refused: rep.Rejection != nil, Service: m.Service, Guessed: guessed && m.Service != "",
		Operation: m.Operation, Release: m.Release, MessageID: m.MessageID,
	}
	for _, p := range rep.Proofs() {
		s := Signature{
			Signer: p.Signer, Issuer: p.Issuer, Fingerprint: p.Fingerprint, Until: p.Until.UTC().Format(time.RFC3339),
			Algorithm: p.Algorithm, Digests: p.Digests, Covers: p.Covers,
		}
		if !p.SigningTime.IsZero() {
			s.SigningTime = p.SigningTime.Format(time.RFC3339)
		}
		r.Signatures = append(r.Signatures, s)
	}
	for _, f := range rep.Fits() {
		one := Release{Name: f.Release.Name, State: f.State.String(), Follows: f.Refused == "", Code: string(f.Refused)}
		if !f.Release.Effective.IsZero() {
			one.From = f.Release.Effective.Format(time.DateOnly)
		}
		if !f.Release.Retired.IsZero() {
			one.Until = f.Release.Retired.Format(time.DateOnly)
		}
		r.Releases = append(r.Releases, one)
	}
	for s := reject.Transport; s < reject.Forward; s++ {
		r.Stages = append(r.Stages, newStage(s, rep, c, r))
	}
	return r
}

// Reasons for leaving a stage out.
var (
	noConnection = reject.Text{RU: "нужно соединение", EN: "needs a connection"}
	noAnchor     = reject.Text{RU: "не указан корневой сертификат", EN: "no trust anchor given"}
	switchedOff  = reject.Text{RU: "выключено", EN: "switched off"}
	notReached   = reject.Text{RU: "сообщение не удалось прочитать до этого места", EN: "the message could not be read that far"}
	notSigned    = reject.Text{RU: "операция не требует подписи", EN: "the operation needs no signature"}
	noRelease    = reject.Text{RU: "ни одна версия формата не описывает сообщение", EN: "no release describes the message"}
	nothingRead  = reject.Text{RU: "сертификат не прочитан", EN: "no certificate was read"}
)

func newStage(stage reject.Stage, rep *gate.Report, c *gate.Config, r *Result) Stage {
	s := Stage{Stage: stage.String(), Outcome: gate.Skipped.String(), Why: &notReached}
	var refused, ran bool
	for _, v := range rep.Verdicts {
		if v.Stage != stage || v.Outcome == gate.Observed {
			continue // what only observes was not asked for
		}
		ran = true
		if v.Rejection != nil && !refused {
			refused = true
			s.Refusal = newRefusal(v.Rejection, c)
		}
	}
	signing := stage == reject.Signature || stage == reject.Certificate
	switch {
	case refused:
		s.Outcome, s.Why = gate.Refused.String(), nil
	case stage <= reject.Quota:
		s.Why = &noConnection
	case ran && signing && len(r.Signatures) == 0:
		s.Why = &notSigned
		if rep.Rejection != nil && !passed(rep, reject.Signature) {
			s.Why = &nothingRead
			if rep.Inspected() {
				s.Outcome, s.Why = gate.Passed.String(), nil
			}
		}
	case ran:
		s.Outcome, s.Why = gate.Passed.String(), nil
	case c.Modes[stage] == gate.Off && stage == reject.Certificate && c.Modes[reject.Signature] != gate.Off:
		s.Why = &noAnchor
	case rep.Undescribed(stage) || len(c.Releases) == 0 && c.Modes[stage] == gate.Off && (stage == reject.Format || stage == reject.Schema):
		s.Why = &noRelease
	case c.Modes[stage] != gate.Enforce:
		s.Why = &switchedOff
	}
	return s
}

func passed(rep *gate.Report, stage reject.Stage) bool {
	for _, v := range rep.Verdicts {
		if v.Stage == stage && v.Rejection != nil {
			return false
		}
	}
	return true
}

func newRefusal(r *reject.Rejection, c *gate.Config) *Refusal {
	f := &Refusal{
		Code: string(r.Code), System: c.Profile.SystemCode(r.Code), Text: r.Text(), Advice: r.Advice(),
		Retry: r.Entry().Retry.String(), Line: r.Line, Column: r.Column, Path: r.Path,
	}
	if r.Err != nil {
		f.Cause = reject.Shorten(r.Err.Error(), maxCause)
	}
	for _, v := range r.Findings {
		f.Findings = append(f.Findings, Finding{
			Rule: v.Rule, Line: v.Line, Column: v.Column, Path: v.Path, Text: v.Text, Xerces: v.Xerces,
			Found: reject.Shorten(v.Found, maxCause), Expected: reject.Shorten(v.Expected, maxCause),
		})
	}
	return f
}

// maxCause is how much of a text from elsewhere is repeated, in characters.
const maxCause = 300

// algorithm shortens an algorithm's URI to what people call it.
func algorithm(uri string) string {
	return uri[strings.LastIndexAny(uri, "#:/")+1:]
}
