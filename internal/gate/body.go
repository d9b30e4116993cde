package gate

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"

	"github.com/soapgate/soapgate/internal/reject"
)

// buffers hold message bodies between requests.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxPooled bounds what an idle buffer keeps.
const maxPooled = 1 << 20

func putBuffer(b *bytes.Buffer) {
	if b != nil && b.Cap() <= maxPooled {
		b.Reset()
		buffers.Put(b)
	}
}

// readBody reads the body: whole, once, and no more than allowed. What came
// compressed is expanded for the stages; the bytes that go on stay as they came.
func (p *passage) readBody() error {
	r := p.req.HTTP
	if r.ContentLength > p.c.MaxBody {
		return p.tooLarge()
	}
	p.buffer = buffers.Get().(*bytes.Buffer)
	if r.ContentLength > 0 {
		p.buffer.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	n, err := p.buffer.ReadFrom(io.LimitReader(r.Body, p.c.MaxBody+1))
	switch {
	case n > p.c.MaxBody:
		return p.tooLarge()
	case err != nil:
		if _, is := errors.AsType[*http.MaxBytesError](err); is {
			return p.tooLarge()
		}
		return reject.New(reject.HTTPLength).Because(err)
	case p.binding.Gzip:
		return p.expand()
	}
	return nil
}

// tooLarge refuses a body. A sender hears the fault only if he can finish
// sending: of what is not much too large the rest is read and dropped.
func (p *passage) tooLarge() error {
	_, _ = io.CopyN(io.Discard, p.req.HTTP.Body, 2*p.c.MaxBody)
	return reject.New(reject.HTTPTooLarge, "limit", strconv.FormatInt(p.c.MaxBody, 10))
}

// expand reads one gzip member (RFC 1952) and no more than the largest body:
// whatever follows the member would be read by some and not by others.
func (p *passage) expand() error {
	src := bytes.NewReader(p.buffer.Bytes())
	z, err := gzip.NewReader(src)
	if err != nil {
		return reject.New(reject.HTTPLength).Because(err)
	}
	z.Multistream(false)
	p.expanded = buffers.Get().(*bytes.Buffer)
	n, err := p.expanded.ReadFrom(io.LimitReader(z, p.c.MaxBody+1))
	switch {
	case n > p.c.MaxBody:
		return reject.New(reject.HTTPTooLarge, "limit", strconv.FormatInt(p.c.MaxBody, 10))
	case err != nil:
		return reject.New(reject.HTTPLength).Because(err)
	case src.Len() > 0:
		return reject.New(reject.HTTPLength).Because(errors.New("there are bytes behind the gzip member"))
	}
	return nil
}

// message is the body that the stages read.
func (p *passage) message() []byte {
	if p.expanded != nil {
		return p.expanded.Bytes()
	}
	return p.buffer.Bytes()
}
