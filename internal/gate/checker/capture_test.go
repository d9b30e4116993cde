package checker_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soapgate/soapgate/internal/gate/checker"

	"github.com/soapgate/soapgate/internal/gatetest/oneworld"
)

func TestReadMessage(t *testing.T) {
	for _, tc := range []struct {
		name, content string
		want          checker.Message
		err           string
	}{
		{name: "a message alone", content: "<?xml version=\"1.0\"?><a/>", want: checker.Message{Body: []byte("<?xml version=\"1.0\"?><a/>")}},
		{name: "a request", content: "POST /s?x=1 HTTP/1.1\r\nHost: h\r\nContent-Type: text/xml\r\n\r\n<a/>\r\n", want: checker.Message{
			Method: "POST", Path: "/s?x=1", Body: []byte("<a/>\r\n"),
			Header: http.Header{"Host": {"h"}, "Content-Type": {"text/xml"}, "Soapaction": nil},
		}},
		{name: "line feeds, a whole address", content: "POST https://gis.example:443/s HTTP/1.0\nSOAPAction: \"\"\n\n<a/>", want: checker.Message{
			Method: "POST", Path: "/s", Body: []byte("<a/>"), Header: http.Header{"Soapaction": {`""`}, "Content-Type": nil},
		}},
		{name: "chunks", content: "POST /s HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n<a\r\n2;x=y\r\n/>\r\n0\r\n\r\n", want: checker.Message{
			Method: "POST", Path: "/s", Body: []byte("<a/>"), Header: http.Header{"Content-Type": nil, "Soapaction": nil},
		}},
		{name: "an answer", content: "HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/xml\r\n\r\n<a/>", want: checker.Message{
			Status: 500, Body: []byte("<a/>"), Header: http.Header{"Content-Type": {"text/xml"}, "Soapaction": nil},
		}},
		{name: "an answer without words", content: "HTTP/1.1 202\n\n", want: checker.Message{
			Status: 202, Body: []byte{}, Header: http.Header{"Content-Type": nil, "Soapaction": nil},
		}},
		{name: "chunks cut short", content: "POST /s HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n<a", err: "reading the HTTP body"},
		{name: "a broken header", content: "POST /s HTTP/1.1\r\nno colon\r\n\r\n", err: "reading the HTTP header"},
		{name: "HTTP/2 is no text", content: "POST /s HTTP/2\r\n\r\n", want: checker.Message{Body: []byte("POST /s HTTP/2\r\n\r\n")}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := checker.ReadMessage("m", []byte(tc.content))
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Errorf("got %v, want %q", err, tc.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			tc.want.Name = "m"
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestCheck_captured judges what a log kept by what the log says of it, and
// makes nothing up that is not there.
func TestCheck_captured(t *testing.T) {
	w, config := oneworld.Get(t)
	m := w.State("00000000-0000-4000-8000-000000000003")
	request := func(header string) string {
		return "POST " + m.Path + " HTTP/1.1\r\n" + header + "\r\n" + string(m.Envelope())
	}
	const answer = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:b="http://dom.gosuslugi.ru/schema/integration/base/">` +
		`<s:Body><b:AckRequest><b:Ack><b:MessageGUID>10000000-0000-4000-8000-00000000000b</b:MessageGUID>` +
		`<b:RequesterMessageGUID>10000000-0000-4000-8000-00000000000a</b:RequesterMessageGUID></b:Ack></b:AckRequest></s:Body></s:Envelope>`
	for _, tc := range []struct{ name, content, want string }{
		{"as it should be", request("Content-Type: text/xml\r\nSOAPAction: \"urn:getState\"\r\n"), "http xml soap format schema authority"},
		{"no action", request("Content-Type: text/xml\r\n"), "http.soap_action"},
		{"no media type", request("SOAPAction: \"urn:getState\"\r\n"), "http.media_type"},
		{"another action", request("Content-Type: text/xml\r\nSOAPAction: \"urn:x\"\r\n"), "http xml soap.action_mismatch authority"},
		{"an answer", "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n" + answer, "http xml soap schema"},
		{"an invalid answer", "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n" + strings.ReplaceAll(answer, "RequesterM", "M"), "http xml soap schema.invalid"},
		{"an answer of the wrong status", "HTTP/1.1 500 No\r\nContent-Type: text/xml\r\n\r\n" + answer, "http xml soap.wsi.R1111"},
		{"a package", "HTTP/1.1 200 OK\r\nContent-Type: multipart/related; type=\"text/xml\"; boundary=b\r\n\r\n--b\r\nContent-Type: text/xml\r\n\r\n" + answer + "\r\n--b--", "http xml soap schema"},
		{"a page", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html/>", "http.media_type"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m, err := checker.ReadMessage("m", []byte(tc.content))
			if err != nil {
				t.Fatal(err)
			}
			r := newChecker(t, config).Check(t.Context(), m)
			if diff := cmp.Diff(tc.want, strings.Join(outcomes(r), " ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestCheck_withoutRelease judges what can be judged of a message that no
// release describes.
func TestCheck_withoutRelease(t *testing.T) {
	w, config := oneworld.Get(t)
	good := readings(t, w, "gost256")
	config.Releases = nil
	for _, tc := range []struct{ name, message, want string }{
		{"good", good, "http xml soap signature certificate authority"},
		{"revoked", readings(t, w, "revoked"), "http xml soap signature certificate.revoked authority"},
		{"tampered", strings.Replace(good, "69.0000000", "70.0000000", 1), "http xml soap signature.digest certificate authority"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newChecker(t, config).Check(t.Context(), checker.Message{Body: []byte(tc.message)})
			if diff := cmp.Diff(tc.want, strings.Join(outcomes(r), " ")); diff != "" {
				t.Error(diff)
			}
			for _, s := range r.Stages {
				if (s.Stage == "format" || s.Stage == "schema") && (s.Why == nil || s.Why.EN != "no release describes the message") {
					t.Errorf("%s: %+v", s.Stage, s)
				}
			}
		})
	}
}
