package pki

import (
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"
)

// A stream reads DER from an io.Reader through a window: a list of tens of
// megabytes is never in memory as a whole. What is taken from it is hashed
// from the moment a hash is set.
type stream struct {
	src    io.Reader
	buf    []byte
	from   int // buf[from:to] is read but not taken
	to     int
	hashed int // buf[:hashed] is hashed or not to be
	hash   hash.Hash
	offset int64 // of buf[from]
	err    error
}

const (
	window     = 256 << 10
	maxElement = window / 2 // the largest value looked at as a whole
)

// A workspace is what reading one list needs and its result does not keep. It is
// used again: a refresh reads thousands of lists, and garbage of their size
// would slow requests down.
type workspace struct {
	window  []byte
	records []record
}

var workspaces = sync.Pool{New: func() any { return &workspace{window: make([]byte, window)} }}

// A Pacer is a source of lists whose reader computes beside requests.
type Pacer interface {
	// Expect is told how long the list is before memory is taken for it.
	Expect(bytes int64)
	// Rest is called between parts of longer work that reads nothing.
	Rest()
}

// unpaced is the Pacer of other sources.
type unpaced struct{}

func (unpaced) Expect(int64) {}
func (unpaced) Rest()        {}

func pacer(src io.Reader) Pacer {
	if p, ok := src.(Pacer); ok {
		return p
	}
	return unpaced{}
}

func (s *stream) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// fill makes at least n bytes available, and fewer only at the end.
func (s *stream) fill(n int) []byte {
	if s.to-s.from >= n || s.err != nil {
		return s.buf[s.from:s.to]
	}
	s.flush()
	copy(s.buf, s.buf[s.from:s.to])
	s.from, s.to, s.hashed = 0, s.to-s.from, 0
	for s.to < n {
		m, err := s.src.Read(s.buf[s.to:])
		s.to += m
		if err == io.EOF {
			break
		}
		if err != nil {
			s.fail(err)
			break
		}
	}
	return s.buf[s.from:s.to]
}

// flush hashes what has been taken.
func (s *stream) flush() {
	if s.hash != nil {
		s.hash.Write(s.buf[s.hashed:s.from])
	}
	s.hashed = s.from
}

func (s *stream) take(n int) {
	s.from += n
	s.offset += int64(n)
}

// open takes the header of a value of the given tag and returns the length of
// its content.
func (s *stream) open(tag byte) int {
	if s.err != nil {
		return 0
	}
	got, head, length, err := header(s.fill(6))
	switch {
	case s.err != nil:
	case err != nil:
		s.fail(err)
	case got != tag:
		s.fail(fmt.Errorf("%w 0x%02x, want 0x%02x", errTag, got, tag))
	default:
		s.take(head)
		return length
	}
	return 0
}

// peek reports whether the next value has the given tag.
func (s *stream) peek(tag byte) bool {
	b := s.fill(1)
	return s.err == nil && len(b) > 0 && b[0] == tag
}

// element takes the next value whole. It is valid until the next call.
func (s *stream) element() []byte {
	if s.err != nil {
		return nil
	}
	b := s.buf[s.from:s.to]
	if len(b) < 6 {
		b = s.fill(6)
	}
	_, head, length, err := header(b)
	if s.err != nil {
		return nil
	}
	if err != nil {
		s.fail(err)
		return nil
	}
	n := head + length
	if n > maxElement {
		s.fail(errors.New("a value in the list is too large"))
		return nil
	}
	if len(b) < n {
		if b = s.fill(n); len(b) < n {
			s.fail(errTruncated)
			return nil
		}
	}
	s.take(n)
	return b[:n:n]
}

// end reports an error if anything follows.
func (s *stream) end() error {
	if s.err == nil && len(s.fill(1)) > 0 {
		s.fail(errTrailing)
	}
	return s.err
}
