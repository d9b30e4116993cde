package gatetest

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"sync"
	"text/template"
	"time"

	"github.com/soapgate/soapgate/internal/gate/bundle"
	"github.com/soapgate/soapgate/internal/xmltree"
)

const (
	soapNamespace = "http://schemas.xmlsoap.org/soap/envelope/"
	baseNamespace = "http://dom.gosuslugi.ru/schema/integration/base/"
)

// Known are messages that the backend has known all along, with the state
// that getState tells of them: received, being processed, done.
var Known = map[string]int{
	"00000000-0000-4000-8000-000000000001": 1,
	"00000000-0000-4000-8000-000000000002": 2,
	Done:                                   3,
}

// Done is a message that the backend has always done.
const Done = "00000000-0000-4000-8000-000000000003"

// Backend stands in for the information system: it acknowledges every message
// with AckRequest and answers getState for what it acknowledged, first with
// state 1 (received), then with state 3 (done). It keeps what reached it, so
// that a test can compare bytes and headers.
type Backend struct {
	now func() time.Time

	mu      sync.Mutex
	release *bundle.Bundle // answers are samples of; nil for AckRequest and getStateResult only
	states  map[string]int // polls by the GUID given in AckRequest
	last    *Received
	counted int
	gate    chan struct{} // while requests are held; closed to let them go
	waiting chan struct{} // gets a value when a request is held
	instead http.HandlerFunc
}

// Received is a request as it reached the backend.
type Received struct {
	Header http.Header
	Body   []byte
}

// NewBackend returns a backend that dates its answers by now.
func NewBackend(now func() time.Time) *Backend {
	return &Backend{states: make(map[string]int), now: now}
}

// Last returns the request that came in last, nil if none has.
func (b *Backend) Last() *Received {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last
}

// Count returns how many requests have come in.
func (b *Backend) Count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.counted
}

func (b *Backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	b.wait()
	b.mu.Lock()
	b.last = &Received{Header: r.Header.Clone(), Body: body}
	b.counted++
	if f := b.instead; f != nil {
		b.mu.Unlock()
		f(w, r)
		return
	}
	defer b.mu.Unlock()
	if fault := r.Header.Get(FaultField); fault != "" && b.release != nil {
		b.fail(w, fault)
		return
	}
	answer, err := b.answer(r.URL.Path, body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	_, _ = w.Write(answer)
}

// Instead makes the backend answer as f does; nil makes it answer by itself.
func (b *Backend) Instead(f http.HandlerFunc) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.instead = f
}

// Hold makes requests wait until the function it returns is called.
func (b *Backend) Hold() (release func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	gate := make(chan struct{})
	b.gate, b.waiting = gate, make(chan struct{}, 1)
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.gate = nil
		close(gate)
	}
}

// Waiting reports whether a request is being held, waiting for one if need be.
func (b *Backend) Waiting(most time.Duration) bool {
	b.mu.Lock()
	waiting := b.waiting
	b.mu.Unlock()
	select {
	case <-waiting:
		return true
	case <-time.After(most):
		return false
	}
}

func (b *Backend) wait() {
	b.mu.Lock()
	gate, waiting := b.gate, b.waiting
	b.mu.Unlock()
	if gate == nil {
		return
	}
	select {
	case waiting <- struct{}{}:
	default:
	}
	<-gate
}

var answers = template.Must(template.New("answer").Parse(`<?xml version="1.0" encoding="UTF-8"?>
<soap:Envelope xmlns:soap="` + soapNamespace + `" xmlns:base="` + baseNamespace + `">
<soap:Header><base:{{.Block}}><base:Date>{{.Date}}</base:Date><base:MessageGUID>{{.MessageGUID}}</base:MessageGUID></base:{{.Block}}></soap:Header>
<soap:Body>{{if .Ack}}<base:AckRequest><base:Ack><base:MessageGUID>{{.Ack}}</base:MessageGUID><base:RequesterMessageGUID>{{.MessageGUID}}</base:RequesterMessageGUID></base:Ack></base:AckRequest>
{{- else}}<s:getStateResult xmlns:s="{{.Service}}" base:version="{{.Version}}" Id="signed-data-container"><base:RequestState>{{.State}}</base:RequestState><base:MessageGUID>{{.MessageGUID}}</base:MessageGUID></s:getStateResult>{{end}}</soap:Body>
</soap:Envelope>
`))

func (b *Backend) answer(path string, body []byte) ([]byte, error) {
	t, err := xmltree.Parse(body, xmltree.Options{})
	if err != nil {
		return nil, fmt.Errorf("reading the request: %w", err)
	}
	defer t.Release()
	payload := t.FirstElement(t.Child(t.Root(), soapNamespace, "Body"))
	data := map[string]any{
		"Block": "ResultHeader", "Date": b.now().Format(time.RFC3339),
		"MessageGUID": text(t, find(t, t.Root(), "MessageGUID")),
		"Service":     "http://dom.gosuslugi.ru/schema/integration/device-metering/", "Version": "10.0.1.1",
	}
	if t.Is(payload, baseNamespace, "getStateRequest") {
		guid := text(t, find(t, payload, "MessageGUID"))
		data["Of"] = guid
		polls, known := b.states[guid]
		switch state, always := Known[guid]; {
		case always:
			data["State"] = state
		case !known:
			return nil, fmt.Errorf("no message %q", guid)
		default:
			b.states[guid] = polls + 1
			data["State"] = []int{1, 3}[min(polls, 1)]
		}
	} else {
		ack := NewGUID()
		b.states[ack] = 0
		data["Ack"] = ack
	}
	if b.release != nil {
		return b.sample(path, t, payload, data)
	}
	var out bytes.Buffer
	err = answers.Execute(&out, data)
	return out.Bytes(), err
}

// find returns the first descendant element with the given local name.
func find(t *xmltree.Tree, n xmltree.Node, local string) xmltree.Node {
	for d := n + 1; d < t.End(n); d++ {
		if t.Kind(d) == xmltree.Element && t.Name(d).Local == local {
			return d
		}
	}
	return xmltree.None
}

func text(t *xmltree.Tree, n xmltree.Node) string {
	if n == xmltree.None {
		return ""
	}
	s, _ := t.Text(n)
	return string(s)
}

// NewGUID returns a random GUID in the system's form.
func NewGUID() string {
	var g [16]byte
	_, _ = rand.Read(g[:])
	g[6], g[8] = g[6]&0x0f|0x40, g[8]&0x3f|0x80 // RFC 9562 5.4
	return fmt.Sprintf("%x-%x-%x-%x-%x", g[:4], g[4:6], g[6:8], g[8:10], g[10:])
}
