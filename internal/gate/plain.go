package gate

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/soapgate/soapgate/internal/quota"
	"github.com/soapgate/soapgate/internal/reject"
)

// A problem is a refusal outside of SOAP (RFC 9457 3.1, with members of ours).
type problem struct {
	Type      string `json:"type,omitempty"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail"`
	Code      string `json:"code"`
	Retry     string `json:"retry"`
	RequestID string `json:"request_id,omitempty"`
}

// plainStatus are the HTTP statuses of refusals outside of SOAP; those of a
// stage hold for its codes that are not named.
var plainStatus = map[reject.Code]int{
	reject.TransportHTTPVersion: http.StatusHTTPVersionNotSupported,
	reject.ClientToken:          http.StatusUnauthorized,
	reject.QuotaStore:           http.StatusServiceUnavailable,
	reject.QuotaCost:            http.StatusForbidden,
	reject.ForwardUnreachable:   http.StatusBadGateway,
	reject.ForwardTimeout:       http.StatusGatewayTimeout,
	reject.ForwardFailed:        http.StatusBadGateway,
}

var plainStageStatus = map[reject.Stage]int{
	reject.Transport: http.StatusForbidden,
	reject.Client:    http.StatusForbidden,
	reject.Quota:     http.StatusTooManyRequests,
}

// Problem returns the answer to a refused request that is no SOAP message.
func (g *Gate) Problem(rep *Report) (status int, header http.Header, body []byte) {
	r, c := rep.Rejection, &g.c
	status = plainStatus[r.Code]
	if status == 0 {
		status = plainStageStatus[r.Code.Stage()]
	}
	if status == 0 {
		status = http.StatusInternalServerError
	}
	p := problem{
		Title: r.Text().In(c.Language), Detail: r.Advice().In(c.Language), Status: status,
		Code: string(r.Code), Retry: r.Entry().Retry.String(), RequestID: rep.Message.RequestID,
	}
	if c.Link != "" {
		p.Type = strings.TrimSuffix(c.Link, "/") + "/" + p.Code
	}
	header = http.Header{
		"Content-Type":  {"application/problem+json"},
		"Cache-Control": {"no-store"},
	}
	if r.RetryAfter > 0 {
		header.Set("Retry-After", retryAfter(r))
	}
	if status == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", `Bearer error="invalid_token"`) // RFC 6750 3
	}
	body, _ = json.Marshal(p) // strings and numbers
	return status, header, append(body, '\n')
}

// SetLimits tells the caller, in the header of any answer, how much is left
// of the limits he met, and of which of them little.
func (r *Report) SetLimits(h http.Header) {
	p := r.passage
	if p.visit == nil {
		return
	}
	policy, limit := quota.Fields(p.visit.Results, p.now)
	for name, value := range map[string]string{
		"RateLimit-Policy": policy, "RateLimit": limit, nearField: strings.Join(r.near(), ", "),
	} {
		if value != "" {
			h.Set(name, value)
		}
	}
}

// nearField names the rules of whose limit little is left.
const nearField = identityPrefix + "Near-Limit"

func (r *Report) near() (rules []string) {
	for res := range r.Limits {
		if res.Near && !res.Rule.Observe {
			rules = append(rules, res.Rule.Name)
		}
	}
	return rules
}

// Limits yields what the rules that were met decided. It is valid until
// Release.
func (r *Report) Limits(yield func(*quota.Result) bool) {
	if r.passage.visit != nil {
		r.passage.visit.Results(yield)
	}
}
