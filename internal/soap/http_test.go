package soap

import (
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soapgate/soapgate/internal/reject"
)

func TestCheckHTTP(t *testing.T) {
	const text, soap12 = "text/xml; charset=utf-8", `application/soap+xml; charset=utf-8; action="urn:a"`
	const xop = `multipart/related; type="application/xop+xml"; start="<root@x>"; start-info="text/xml; charset=utf-8"; boundary=b`
	facts11 := HTTPFacts{Version: V11, Charset: "utf-8", Action: "urn:a", HasAction: true}
	for _, test := range []struct {
		name     string
		header   http.Header
		settings Settings
		want     HTTPFacts
		code     reject.Code
	}{
		{"1.1", http.Header{"Content-Type": {text}, "Soapaction": {`"urn:a"`}}, Settings{}, facts11, ""},
		{"1.2", http.Header{"Content-Type": {soap12}}, Settings{}, HTTPFacts{Version: V12, Charset: "utf-8", Action: "urn:a", HasAction: true}, ""},
		{"1.2 with the same SOAPAction", http.Header{"Content-Type": {soap12}, "Soapaction": {`urn:a`}}, Settings{}, HTTPFacts{Version: V12, Charset: "utf-8", Action: "urn:a", HasAction: true}, ""},
		{"1.2 with SOAPAction only", http.Header{"Content-Type": {"application/soap+xml"}, "Soapaction": {`"urn:a"`}}, Settings{}, HTTPFacts{Version: V12, Action: "urn:a", HasAction: true}, ""},
		{"1.1 with an action parameter", http.Header{"Content-Type": {text + `; action="urn:b"`}, "Soapaction": {`"urn:a"`}}, Settings{}, facts11, ""},
		{"unquoted", http.Header{"Content-Type": {text}, "Soapaction": {`urn:a`}}, Settings{UnquotedAction: true}, facts11, ""},
		{"unquoted with blanks", http.Header{"Content-Type": {text}, "Soapaction": {`urn:a urn:b`}}, Settings{UnquotedAction: true}, HTTPFacts{}, reject.HTTPSOAPAction},
		{"unquoted with a quote", http.Header{"Content-Type": {text}, "Soapaction": {`urn:a"`}}, Settings{UnquotedAction: true}, HTTPFacts{}, reject.HTTPSOAPAction},
		{"two SOAPActions", http.Header{"Content-Type": {text}, "Soapaction": {`"urn:a"`, `"urn:b"`}}, Settings{}, HTTPFacts{}, reject.HTTPSOAPAction},
		{"empty", http.Header{"Content-Type": {text}, "Soapaction": {`""`}}, Settings{}, HTTPFacts{Version: V11, Charset: "utf-8", HasAction: true}, ""},
		{"none", http.Header{"Content-Type": {text}}, Settings{}, HTTPFacts{}, reject.HTTPSOAPAction},
		{"none by setting", http.Header{"Content-Type": {text}}, Settings{NoAction: true}, HTTPFacts{Version: V11, Charset: "utf-8"}, ""},
		{"two media types", http.Header{"Content-Type": {text, text}}, Settings{}, HTTPFacts{}, reject.HTTPMediaType},
		{"other version than configured", http.Header{"Content-Type": {soap12}}, Settings{Version: V11}, HTTPFacts{}, reject.HTTPMediaType},
		{"the configured version", http.Header{"Content-Type": {soap12}}, Settings{Version: V12}, HTTPFacts{Version: V12, Charset: "utf-8", Action: "urn:a", HasAction: true}, ""},
		{"extension framework", http.Header{"Content-Type": {text}, "Man": {`"urn:x"`}}, Settings{}, HTTPFacts{}, reject.SOAPR1108},
		{"gzip", http.Header{"Content-Type": {text}, "Content-Encoding": {"GZIP"}, "Soapaction": {`"urn:a"`}}, Settings{Gzip: true}, HTTPFacts{Version: V11, Charset: "utf-8", Action: "urn:a", HasAction: true, Gzip: true}, ""},
		{"gzip refused", http.Header{"Content-Type": {text}, "Content-Encoding": {"gzip"}}, Settings{}, HTTPFacts{}, reject.HTTPEncoding},
		{"gzip twice", http.Header{"Content-Type": {text}, "Content-Encoding": {"gzip", "gzip"}}, Settings{Gzip: true}, HTTPFacts{}, reject.HTTPEncoding},
		{"identity", http.Header{"Content-Type": {text}, "Content-Encoding": {"identity"}, "Soapaction": {`"urn:a"`}}, Settings{}, facts11, ""},
		{"brotli", http.Header{"Content-Type": {text}, "Content-Encoding": {"br"}}, Settings{Gzip: true}, HTTPFacts{}, reject.HTTPEncoding},
		{"MTOM", http.Header{"Content-Type": {xop}, "Soapaction": {`"urn:a"`}}, Settings{Attachments: true}, HTTPFacts{
			Version: V11, Action: "urn:a", HasAction: true,
			Multipart: &Multipart{Boundary: "b", Type: "application/xop+xml", Start: "<root@x>", XOP: true},
		}, ""},
		{"SwA", http.Header{"Content-Type": {`multipart/related; type="text/xml"; boundary=b`}, "Soapaction": {`"urn:a"`}}, Settings{Attachments: true}, HTTPFacts{
			Version: V11, Action: "urn:a", HasAction: true, Multipart: &Multipart{Boundary: "b", Type: "text/xml"},
		}, ""},
		{"no boundary", http.Header{"Content-Type": {`multipart/related; type="text/xml"`}}, Settings{Attachments: true}, HTTPFacts{}, reject.HTTPMediaType},
		{"attachments refused", http.Header{"Content-Type": {xop}}, Settings{}, HTTPFacts{}, reject.HTTPMediaType},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := CheckHTTP("POST", test.header, &test.settings)
			if r, ok := errors.AsType[*reject.Rejection](err); ok {
				if r.Code != test.code {
					t.Errorf("got %v, want %q", r, test.code)
				}
				return
			}
			if diff := cmp.Diff(test.want, got); diff != "" || test.code != "" {
				t.Errorf("want code %q\n%s", test.code, diff)
			}
		})
	}
}

// TestCheckHTTP_version keeps the version of a refused request known, so that
// its fault can be of that version.
func TestCheckHTTP_version(t *testing.T) {
	h := http.Header{"Content-Type": {"application/soap+xml; charset=koi8-r"}}
	for _, method := range []string{"GET", "POST"} {
		if f, err := CheckHTTP(method, h, &Settings{}); err == nil || f.Version != V12 {
			t.Errorf("%s: got %v, %v", method, f.Version, err)
		}
	}
}
