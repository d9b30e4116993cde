package fetch

import (
	"io"
	"time"
)

// A copier copies what is read through it for as long as that works. Between
// two reads whoever reads computes, in a slot of work; then it rests eight times as
// long, so that requests hardly notice a refresh.
type copier struct {
	src   io.Reader
	dst   io.Writer
	err   error
	work  chan struct{}
	since time.Time
}

// maxRest bounds a rest where the machine is so busy that everything is slow.
const maxRest = 20 * time.Millisecond

func (c *copier) begin() {
	c.work <- struct{}{}
	c.since = time.Now()
}

func (c *copier) rest() {
	time.Sleep(min(8*time.Since(c.since), maxRest)) // in the slot: it is all fetches that rest
	<-c.work
}

func (c *copier) Read(p []byte) (int, error) {
	c.rest()
	n, err := c.src.Read(p)
	c.begin()
	if n > 0 && c.err == nil {
		_, c.err = c.dst.Write(p[:n])
	}
	return n, err
}
