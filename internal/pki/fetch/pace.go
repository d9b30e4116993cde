package fetch

import (
	"io"
	"time"
)

// A pace keeps computing beside requests from being noticed by them: it is done
// in short pieces, and after each one rests eight times as long.
type pace struct {
	slot  chan struct{} // held while computing and resting; nil if there is none to share
	since time.Time
}

const (
	// piece is the most that is read at a time: about 0.2 ms of hashing.
	piece = 32 << 10
	// maxRest bounds a rest where the machine is so busy that everything is slow:
	// a refresh must come to its end there too.
	maxRest = 4 * time.Millisecond
)

func (p *pace) begin() {
	if p.slot != nil {
		p.slot <- struct{}{}
	}
	p.since = time.Now()
}

func (p *pace) end() {
	time.Sleep(min(8*time.Since(p.since), maxRest)) // in the slot: it is all fetches that rest
	if p.slot != nil {
		<-p.slot
	}
}

// Rest implements pki.Pacer.
func (p *pace) Rest() {
	p.end()
	p.begin()
}

// Expect implements pki.Pacer.
func (p *pace) Expect(int64) {}

// A paced reader is read in pieces, and whoever reads it is kept to a pace.
type paced struct {
	io.Reader
	pace
}

func (p *paced) Read(b []byte) (int, error) {
	p.Rest()
	return p.Reader.Read(b[:min(len(b), piece)])
}

// A copier copies what is read through it for as long as that works. Waiting
// for what it reads from is no computing.
type copier struct {
	src io.Reader
	dst io.Writer
	err error
	pace
	large chan struct{} // a slot of it is taken for a large document
	taken bool
}

// largeDocument is the size in bytes from which documents are read one by one.
const largeDocument = 4 << 20

// Expect implements pki.Pacer: of large documents one is read at a time, for
// the sake of memory.
func (c *copier) Expect(bytes int64) {
	if bytes > largeDocument && !c.taken {
		c.end()
		c.large <- struct{}{}
		c.taken = true
		c.begin()
	}
}

// close gives back what the copier has taken.
func (c *copier) close() {
	c.end()
	if c.taken {
		<-c.large
	}
}

func (c *copier) Read(p []byte) (int, error) {
	c.end()
	n, err := c.src.Read(p[:min(len(p), piece)])
	c.begin()
	if n > 0 && c.err == nil {
		_, c.err = c.dst.Write(p[:n])
	}
	return n, err
}
