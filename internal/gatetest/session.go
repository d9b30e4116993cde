package gatetest

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/soapgate/soapgate/internal/soap"
	"github.com/soapgate/soapgate/internal/xmltree"
)

// A Site is one of the sites of Caddyfile.example.
type Site string

// The sites, by the environment variable that holds the port.
const (
	Main       Site = "SOAPGATE_PORT"
	Strict     Site = "SOAPGATE_STRICT_PORT"
	Terminated Site = "SOAPGATE_TERMINATED_PORT"
)

// A Session is the outside world during a walk through the scenarios: clients
// that talk to a running gate, and the system behind it.
type Session struct {
	World   *World
	Backend *Backend
	Ports   map[Site]int
	// Down stops the system behind the gate until the function it returns is
	// called.
	Down func() (up func())

	roots *x509.CertPool
}

// NewSession returns a session with a gate that runs at the given ports.
func NewSession(w *World, b *Backend, ports map[Site]int, down func() func()) (*Session, error) {
	ca, err := os.ReadFile(w.Path("tls-ca.pem"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	return &Session{World: w, Backend: b, Ports: ports, Down: down, roots: roots}, nil
}

// A Call is one HTTP request. The zero value of a field is what an ordinary
// client does.
type Call struct {
	Site    Site
	System  string // whose TLS certificate is presented; "-" for none
	MaxTLS  uint16
	HTTP10  bool
	Method  string
	Path    string
	Query   string
	Action  string
	Type    string
	Header  http.Header
	Body    []byte
	NoReply bool // only the connection is of interest
}

// A Reply is what came back.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
	// Code is the gate's code of refusal, "" if the answer is no fault of it.
	Code string
	// SystemCode is the first word of the faultstring.
	SystemCode string
}

// Send sends a message as the given system; body is the message as it goes out.
func (s *Session) Send(system string, m Message, body []byte) (*Reply, error) {
	return s.Do(Call{System: system, Path: m.Path, Action: m.Action, Body: body})
}

// Do makes a call.
func (s *Session) Do(c Call) (*Reply, error) {
	if c.Site == "" {
		c.Site = Main
	}
	if c.Method == "" {
		c.Method = http.MethodPost
	}
	if c.Type == "" {
		c.Type = "text/xml; charset=utf-8"
	}
	if c.Path == "" {
		c.Path = meteringPath
	}
	config, err := s.tlsConfig(&c)
	if err != nil {
		return nil, err
	}
	scheme := "https"
	if c.Site == Terminated {
		scheme = "http"
	}
	u := url.URL{Scheme: scheme, Host: net.JoinHostPort("localhost", strconv.Itoa(s.Ports[c.Site])), Path: c.Path, RawQuery: c.Query}
	req, err := http.NewRequest(c.Method, u.String(), bytes.NewReader(c.Body))
	if err != nil {
		return nil, err
	}
	for name, values := range c.Header {
		req.Header[name] = values
	}
	if c.Method == http.MethodPost {
		req.Header.Set("Content-Type", c.Type)
		if c.Action != "" {
			req.Header.Set("SOAPAction", `"`+c.Action+`"`)
		}
	}
	if c.HTTP10 {
		return s.doHTTP10(req, config)
	}
	transport := &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: transport, Timeout: time.Minute}).Do(req)
	if err != nil {
		return nil, err
	}
	return newReply(resp)
}

func (s *Session) tlsConfig(c *Call) (*tls.Config, error) {
	config := &tls.Config{RootCAs: s.roots, ServerName: "localhost", MaxVersion: c.MaxTLS}
	if c.System != "" && c.System != "-" {
		pair, err := tls.LoadX509KeyPair(s.World.Path("systems", c.System+".pem"), s.World.Path("systems", c.System+"-key.pem"))
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// doHTTP10 speaks HTTP/1.0, which net/http's client does not.
func (s *Session) doHTTP10(req *http.Request, config *tls.Config) (*Reply, error) {
	conn, err := tls.Dial("tcp", req.URL.Host, config)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	var buf bytes.Buffer
	fmt.Fprintf(&buf, "%s %s HTTP/1.0\r\nHost: %s\r\nContent-Length: %d\r\n", req.Method, req.URL.RequestURI(), req.URL.Host, req.ContentLength)
	if err := req.Header.Write(&buf); err != nil {
		return nil, err
	}
	buf.WriteString("\r\n")
	if _, err := io.Copy(&buf, req.Body); err != nil {
		return nil, err
	}
	if _, err := conn.Write(buf.Bytes()); err != nil {
		return nil, err
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), req)
	if err != nil {
		return nil, err
	}
	return newReply(resp)
}

func newReply(resp *http.Response) (*Reply, error) {
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	r := &Reply{Status: resp.StatusCode, Header: resp.Header, Body: body}
	t, err := xmltree.Parse(body, xmltree.Options{})
	if err != nil {
		return r, nil // no XML: the scenario judges the status
	}
	defer t.Release()
	for n := range xmltree.Node(t.Len()) {
		switch {
		case t.Is(n, soap.NamespaceFault, "Code"):
			r.Code = text(t, n)
		case t.Is(n, baseNamespace, "ErrorCode"):
			r.SystemCode = text(t, n)
		}
	}
	return r, nil
}

// Element returns the text of the first element of the reply that a path of
// local names leads to, each anywhere below the one before; "" if there is none.
func (r *Reply) Element(path ...string) string {
	t, err := xmltree.Parse(r.Body, xmltree.Options{})
	if err != nil {
		return ""
	}
	defer t.Release()
	n := t.Root()
	for _, local := range path {
		if n = find(t, n, local); n == xmltree.None {
			return ""
		}
	}
	return text(t, n)
}
