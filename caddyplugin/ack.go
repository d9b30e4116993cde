package caddyplugin

import (
	"net/http"
	"strconv"

	"go.uber.org/zap"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/soapgate/soapgate/internal/gate"
)

// An ackTee hands the backend's answer on as it comes and keeps a copy of
// one that may be an acknowledgement.
type ackTee struct {
	caddyhttp.ResponseRecorder
	rep    *gate.Report
	logger *zap.Logger

	begun, want bool
	length      int // as declared; -1 if it is not
	body        []byte
}

// Write implements io.Writer. The clock starts before the client has the whole
// answer: nobody asks for a result before it runs.
func (t *ackTee) Write(b []byte) (int, error) {
	if !t.begun {
		t.begin()
	}
	if t.want {
		if len(t.body)+len(b) > gate.MaxAck {
			t.want, t.body = false, nil
		} else if t.body = append(t.body, b...); len(t.body) == t.length {
			t.end()
		}
	}
	return t.ResponseRecorder.Write(b)
}

func (t *ackTee) begin() {
	status := t.Status()
	if status == 0 {
		status = http.StatusOK
	}
	t.begun, t.want = true, t.rep.ExpectsAck(status, t.Header())
	if n, err := strconv.Atoi(t.Header().Get("Content-Length")); err == nil {
		t.length = n
	} else {
		t.length = -1
	}
}

// end reads what was kept, once.
func (t *ackTee) end() {
	if !t.want {
		return
	}
	t.want = false
	if err := t.rep.Acknowledged(t.body); err != nil {
		t.logger.Error("the pace of a message's state is not counted", zap.Error(err))
	}
}

// Unwrap lets http.ResponseController find what the writer can do.
func (t *ackTee) Unwrap() http.ResponseWriter { return t.ResponseRecorder }
