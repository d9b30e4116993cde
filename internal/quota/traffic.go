package quota

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/netip"
	"time"

	"github.com/soapgate/soapgate/internal/reject"
)

// An Event is one recorded request.
type Event struct {
	Time              time.Time // when it came
	Duration          time.Duration
	Address           netip.Addr
	Client, Class     string
	Service           string
	Operation         string
	Organization      string
	Signer            string
	Code              reject.Code // "" if it was forwarded
	BytesIn, BytesOut int64
}

// logLine is what matters of a line of Caddy's access log in JSON.
type logLine struct {
	TS       float64 `json:"ts"`
	Duration float64 `json:"duration"`
	Read     int64   `json:"bytes_read"`
	Size     int64   `json:"size"`
	Request  struct {
		ClientIP netip.Addr `json:"client_ip"`
	} `json:"request"`
	Verdict      string `json:"soapgate_verdict"`
	Code         string `json:"soapgate_code"`
	Client       string `json:"soapgate_client"`
	Class        string `json:"soapgate_class"`
	Service      string `json:"soapgate_service"`
	Operation    string `json:"soapgate_operation"`
	Organization string `json:"soapgate_organization"`
	Signer       string `json:"soapgate_signer"`
}

// maxLine bounds one line of a log.
const maxLine = 1 << 20

// ReadTraffic reads requests from an access log, one JSON object a line, and
// calls f for each in the order of the lines. Lines that are not of a request
// the gate has seen are counted and left out. An error of f ends the reading.
func ReadTraffic(r io.Reader, f func(Event) error) (skipped int, err error) {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 64<<10), maxLine)
	for s.Scan() {
		e, ok := readEvent(s.Bytes())
		if !ok {
			if len(bytes.TrimSpace(s.Bytes())) > 0 {
				skipped++
			}
			continue
		}
		if err := f(e); err != nil {
			return skipped, err
		}
	}
	if err := s.Err(); err != nil {
		return skipped, fmt.Errorf("reading traffic: %w", err)
	}
	return skipped, nil
}

func readEvent(line []byte) (Event, bool) {
	var l logLine
	if json.Unmarshal(line, &l) != nil || l.Verdict == "" || l.TS <= 0 || l.TS > 1<<34 {
		return Event{}, false
	}
	// Only codes of the catalogue: a stage is asked of them later.
	if _, ok := reject.Lookup(reject.Code(l.Code)); !ok {
		l.Code = ""
	}
	duration := time.Duration(min(max(l.Duration, 0), 3600) * float64(time.Second))
	// The log has the moment at which the request ended.
	end := time.UnixMicro(int64(math.Round(l.TS * 1e6))).UTC()
	return Event{
		Time: end.Add(-duration), Duration: duration, Address: l.Request.ClientIP,
		Client: l.Client, Class: l.Class, Service: l.Service, Operation: l.Operation,
		Organization: l.Organization, Signer: l.Signer,
		Code: reject.Code(l.Code), BytesIn: l.Read, BytesOut: l.Size,
	}, true
}
