package checker

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"net/url"
	"regexp"
	"strconv"
)

// first is the first line of an HTTP/1.1 message (RFC 9112 3, 4); no XML
// document and no package of parts begins so.
var first = regexp.MustCompile(`^(?:([A-Z]+) (\S+) HTTP/1\.[01]|HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\r\n]*)?)\r?\n`)

// ReadMessage makes a message of a file's content: the body of a message, or
// all of an HTTP/1.1 request or answer as a proxy or a client's log keeps it.
// The error says why what begins as HTTP does not go on so.
func ReadMessage(name string, content []byte) (Message, error) {
	m := Message{Name: name, Body: content}
	found := first.FindSubmatch(content)
	if found == nil {
		return m, nil
	}
	r := textproto.NewReader(bufio.NewReader(bytes.NewReader(content[len(found[0]):])))
	header, err := r.ReadMIMEHeader()
	if err != nil {
		return m, fmt.Errorf("%s: reading the HTTP header: %w", name, err)
	}
	m.Header = http.Header(header)
	if len(found[3]) > 0 {
		m.Status, _ = strconv.Atoi(string(found[3]))
	} else {
		m.Method, m.Path = string(found[1]), target(string(found[2]))
	}
	// Logs keep the body as the programs saw it, with its coding taken off or
	// not: what is there is taken as it is, except for chunks.
	m.Body, err = io.ReadAll(r.R)
	if m.Header.Get("Transfer-Encoding") == "chunked" && err == nil {
		m.Body, err = unchunk(m.Body)
		m.Header.Del("Transfer-Encoding")
	}
	if err != nil {
		return m, fmt.Errorf("%s: reading the HTTP body: %w", name, err)
	}
	for _, absent := range []string{"Content-Type", "Soapaction"} {
		if _, given := m.Header[absent]; !given {
			m.Header[absent] = nil // it was sent without: nothing is to be made up
		}
	}
	return m, nil
}

// target returns the path and query of a request's target, which proxies get
// as a whole address (RFC 9112 3.2.2).
func target(s string) string {
	if u, err := url.Parse(s); err == nil && u.Host != "" {
		return u.RequestURI()
	}
	return s
}

// unchunk takes chunks apart (RFC 9112 7.1).
func unchunk(body []byte) ([]byte, error) {
	head := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	resp, err := http.ReadResponse(bufio.NewReader(io.MultiReader(bytes.NewReader([]byte(head)), bytes.NewReader(body))), nil)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}
