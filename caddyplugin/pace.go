package caddyplugin

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// paced holds the caller to a least pace of taking the answer, so that who asks
// for much and reads it by the byte does not keep what stands behind it.
//
// Caddy's own minimum counts from the beginning of the request, and would cut
// off the answers of a slow system; this one counts from the answer's first
// byte.
type paced struct {
	*caddyhttp.ResponseWriterWrapper
	begin func()
}

// pace returns w, held to the pace that is configured, and what puts back the
// server's own when the answer is written.
func (c *ConnectionConfig) pace(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, func()) {
	// What stalls at all, Caddy cuts off; with that off there is nothing to
	// sharpen.
	_, idle := caddyhttp.IdleTimeoutsFromContext(r.Context())
	rate, grace := int64(1<<10), 30*time.Second
	if c.AnswerMinRate != 0 {
		rate = c.AnswerMinRate
	}
	if c.AnswerGrace != 0 {
		grace = time.Duration(c.AnswerGrace)
	}
	if idle == nil || rate < 0 {
		return w, func() {}
	}
	end := func() {}
	begin := func() {
		// One deadline bounds a whole write: in writes this small a caller who
		// keeps the pace is never late for one.
		chunk := int(min(64<<10, max(1<<10, rate*int64(grace/time.Second)/2)))
		end = idle.Override(grace, rate, chunk)
	}
	return &paced{&caddyhttp.ResponseWriterWrapper{ResponseWriter: w}, begin}, func() { end() }
}

// WriteHeader implements http.ResponseWriter.
func (p *paced) WriteHeader(status int) {
	if status >= 200 && p.begin != nil {
		p.begin()
		p.begin = nil
	}
	p.ResponseWriterWrapper.WriteHeader(status)
}

func (c *ConnectionConfig) setAnswerRate(args []string) error {
	if args[0] == "off" && len(args) == 1 {
		c.AnswerMinRate = -1
		return nil
	}
	n, err := humanize.ParseBytes(args[0])
	if err != nil || n < 1 || n > 1<<40 {
		return fmt.Errorf("%q is neither off nor a number of bytes such as 1KiB, for each second", args[0])
	}
	c.AnswerMinRate = int64(n)
	if len(args) == 2 {
		if err := setDuration(&c.AnswerGrace)(args[1:]); err != nil {
			return err
		}
		if c.AnswerGrace <= 0 {
			return errors.New("the time before it is asked for must be more than 0")
		}
	}
	return nil
}
