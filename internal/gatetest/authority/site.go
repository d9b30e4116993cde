package authority

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// A Fault is a way in which a Site serves a document badly.
type Fault uint8

// The faults.
const (
	NoFault     Fault = iota
	Trickle           // a byte now and then, for ever
	Stall             // headers, then nothing
	Truncated         // half of the promised bytes
	HTML              // a page that says 200 OK
	Huge              // bytes without end
	NotFound          // 404
	ServerError       // 503
	Redirect          // to Page.Location
	Compressed        // Content-Encoding: gzip
	Unchanged         // 304 whether asked for or not
)

// A Page is what a Site serves under one path.
type Page struct {
	Body     []byte
	ETag     string // with it, conditional requests are answered
	Fault    Fault
	Location string
}

// A Site is an http.Handler that serves documents, badly where asked to, and
// counts.
type Site struct {
	mu    sync.Mutex
	pages map[string]Page
	hits  map[string]int
	sent  int64
}

// Put sets what is served under a path.
func (s *Site) Put(path string, p Page) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pages == nil {
		s.pages = make(map[string]Page)
	}
	s.pages[path] = p
}

// Hits returns how often a path was asked for.
func (s *Site) Hits(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hits[path]
}

// Sent returns how many bytes of documents were served.
func (s *Site) Sent() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent
}

func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.hits == nil {
		s.hits = make(map[string]int)
	}
	s.hits[r.URL.Path]++
	p, ok := s.pages[r.URL.Path]
	s.mu.Unlock()
	if !ok {
		p.Fault = NotFound
	}
	if p.ETag != "" {
		w.Header().Set("ETag", p.ETag)
		if p.Fault == NoFault && r.Header.Get("If-None-Match") == p.ETag {
			p.Fault = Unchanged
		}
	}
	s.serve(w, r, p)
}

func (s *Site) serve(w http.ResponseWriter, r *http.Request, p Page) {
	switch p.Fault {
	case NoFault:
		n, _ := w.Write(p.Body)
		s.mu.Lock()
		s.sent += int64(n)
		s.mu.Unlock()
	case Trickle, Stall:
		w.Header().Set("Content-Length", fmt.Sprint(len(p.Body)))
		for i := 0; r.Context().Err() == nil && i < len(p.Body); i++ {
			if p.Fault == Trickle {
				w.Write(p.Body[i : i+1]) //nolint:errcheck // the client leaves when it likes
			}
			http.NewResponseController(w).Flush() //nolint:errcheck // as above
			select {
			case <-r.Context().Done():
			case <-time.After(20 * time.Millisecond):
			}
		}
	case Truncated:
		w.Header().Set("Content-Length", fmt.Sprint(len(p.Body)))
		w.Write(p.Body[:len(p.Body)/2]) //nolint:errcheck // as above
	case HTML:
		io.WriteString(w, "<!DOCTYPE html><html><body>Сервис временно недоступен</body></html>") //nolint:errcheck // as above
	case Huge:
		block := make([]byte, 64<<10)
		copy(block, p.Body)
		for r.Context().Err() == nil {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	case Redirect:
		http.Redirect(w, r, p.Location, http.StatusFound)
	case Compressed:
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(p.Body) //nolint:errcheck // as above
	case Unchanged:
		w.WriteHeader(http.StatusNotModified)
	case NotFound:
		http.NotFound(w, r)
	case ServerError:
		http.Error(w, "busy", http.StatusServiceUnavailable)
	}
}
