package caddyplugin

import (
	"bytes"
	"maps"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/soapgate/soapgate/internal/gate"
	"github.com/soapgate/soapgate/internal/reject"
)

// maxAnswer is how much of an answer is held to be judged unless the site
// says otherwise.
const maxAnswer = 32 << 20

// An answerWriter stands between the system behind the gate and its caller.
// It lets SOAP through as it comes, or holds it until it is judged; what is no
// SOAP message and an error, or a page for people, it takes out, so that the
// caller gets a fault instead.
type answerWriter struct {
	http.ResponseWriter
	rep    *gate.Report
	judge  bool  // hold answers and judge them
	refuse bool  // those that are not valid
	limit  int64 // of what is held

	before  http.Header // as it was before the system answered
	status  int         // 0 until the system says
	state   answerState
	held    bytes.Buffer
	failure *reject.Rejection
}

// An answerState is what becomes of the bytes the system writes.
type answerState uint8

const (
	through answerState = iota // written on
	waiting                    // an error: written on unless it is empty
	holding                    // held to be judged
	dropped                    // not the caller's business
)

func newAnswerWriter(w http.ResponseWriter, rep *gate.Report, mode gate.Mode, limit int64) *answerWriter {
	if limit == 0 {
		limit = maxAnswer
	}
	return &answerWriter{
		ResponseWriter: w, rep: rep, judge: mode != gate.Off, refuse: mode == gate.Enforce, limit: limit, before: maps.Clone(w.Header()),
	}
}

func (a *answerWriter) WriteHeader(status int) {
	switch {
	case status < 200:
		a.ResponseWriter.WriteHeader(status) // RFC 9110 15.2: others follow
		return
	case a.status != 0:
		return
	}
	a.status = status
	typ, _, _ := mime.ParseMediaType(a.Header().Get("Content-Type"))
	isSOAP := typ == "text/xml" || typ == "application/soap+xml" || typ == "multipart/related"
	switch {
	case status >= 300 && status < 400:
		a.release() // BP 1.1 R1130
	case typ != "" && !isSOAP && (status >= 400 || typ == "text/html"):
		a.drop(reject.New(reject.ForwardNotSOAP, "status", strconv.Itoa(status), "type", typ))
	case status >= 400 && !isSOAP, status >= 400 && !a.judge:
		a.state = waiting
	case a.judge && status != http.StatusAccepted && status != http.StatusNoContent:
		a.state = holding // the others are answers of one-way operations (BP 1.1 R1112)
	default:
		a.release()
	}
}

// release passes on what the system says from here on.
func (a *answerWriter) release() {
	a.state = through
	a.ResponseWriter.WriteHeader(a.status)
}

func (a *answerWriter) drop(r *reject.Rejection) {
	a.state, a.failure = dropped, r
	a.held = bytes.Buffer{}
}

func (a *answerWriter) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	switch a.state {
	case waiting:
		if len(p) == 0 {
			return 0, nil
		}
		a.release()
	case holding:
		if int64(a.held.Len()+len(p)) <= a.limit {
			return a.held.Write(p)
		}
		if a.refuse { // what was not judged does not pass
			a.drop(reject.New(reject.ForwardInvalidAnswer))
			return len(p), nil
		}
		a.release()
		if _, err := a.held.WriteTo(a.ResponseWriter); err != nil {
			return 0, err
		}
	case dropped:
		return len(p), nil
	}
	return a.ResponseWriter.Write(p)
}

// Flush implements http.Flusher. There is no Unwrap: it would lead around what
// is held.
func (a *answerWriter) Flush() {
	if a.status != 0 && a.state == through {
		_ = http.NewResponseController(a.ResponseWriter).Flush()
	}
}

// end says what the caller gets instead of the answer, nil if he has it.
func (a *answerWriter) end() (*reject.Rejection, error) {
	if a.state == holding && a.status >= 400 && a.held.Len() == 0 {
		a.state = waiting
	}
	switch a.state {
	case waiting:
		a.drop(reject.New(reject.ForwardFailed, "status", strconv.Itoa(a.status)))
	case holding:
		if r := a.rep.JudgeAnswer(a.status, a.Header(), a.held.Bytes()); r != nil {
			a.drop(r)
			break
		}
		a.release()
		_, err := a.held.WriteTo(a.ResponseWriter)
		return nil, err
	}
	if a.failure != nil {
		if s, err := strconv.Atoi(a.Header().Get("Retry-After")); err == nil && s > 0 && s < 86400 {
			a.failure.RetryAfter = time.Duration(s) * time.Second
		}
		a.restore()
	}
	return a.failure, nil
}

// restore takes out of the header what the system put there.
func (a *answerWriter) restore() {
	h := a.Header()
	clear(h)
	maps.Copy(h, a.before)
}
