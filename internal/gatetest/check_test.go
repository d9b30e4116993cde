package gatetest_test

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/soapgate/soapgate"
	"github.com/soapgate/soapgate/internal/gate/checker"
	"github.com/soapgate/soapgate/internal/gatetest"
)

// TestCheckPage posts messages to the checker of the formats site, as somebody
// whom the gate does not know.
func TestCheckPage(t *testing.T) {
	g := start(t)
	w := g.Session.World
	good, err := w.Signed(w.Readings(), "rsa")
	if err != nil {
		t.Fatal(err)
	}
	post := func(body []byte, query string, header http.Header) *gatetest.Reply {
		t.Helper()
		reply, err := g.Session.Do(gatetest.Call{System: "-", Path: "/formats/check", Query: query, Body: body, Header: header})
		if err != nil {
			t.Fatal(err)
		}
		return reply
	}
	before := g.Session.Backend.Count()
	reply := post(good, "lang=en", nil)
	if reply.Status != http.StatusOK || !strings.HasPrefix(string(reply.Body), "message: good\n") ||
		reply.Header.Get("Content-Type") != "text/plain; charset=utf-8" || reply.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("HTTP %d %v\n%s", reply.Status, reply.Header, reply.Body)
	}
	bad := bytes.Replace(good, []byte("69.0000000"), []byte("&lt;script>"), 1)
	reply = post(bad, "", http.Header{"Accept": {"application/json"}})
	var result checker.Result
	if err := json.Unmarshal(reply.Body, &result); err != nil || result.Code() != "schema.invalid" || bytes.Contains(reply.Body, []byte("<")) {
		t.Errorf("%v\n%s", err, reply.Body)
	}
	if n := g.Session.Backend.Count(); n != before {
		t.Errorf("%d messages were forwarded", n-before)
	}
	// The pace is shared by all; somewhere in so many there must be a refusal.
	paced := false
	for range 20 {
		if reply = post([]byte("<a/>"), "", nil); reply.Status == http.StatusTooManyRequests {
			paced = true
			if reply.Header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			break
		}
	}
	if !paced {
		t.Error("twenty messages at once were all judged")
	}
	reply, err = g.Session.Do(gatetest.Call{System: "-", Method: http.MethodPut, Path: "/formats/check"})
	if err != nil || reply.Status != http.StatusMethodNotAllowed || reply.Header.Get("Allow") != "GET, HEAD, POST" {
		t.Errorf("PUT: %v, %+v", err, reply)
	}
}

// TestCheckForm uses the checker as browsers do, which send a form and want a
// page.
func TestCheckForm(t *testing.T) {
	g := start(t)
	w := g.Session.World
	config := bytes.Replace(soapgate.ExampleCaddyfile, []byte("\t\t\tmax_body 2MiB\n\t\t}\n\t}\n\thandle /formats*"),
		[]byte("\t\t\tmax_body 64KiB\n\t\t\tper_second 1000\n\t\t}\n\t}\n\thandle /formats*"), 1)
	if err := gatetest.Load(config); err != nil {
		t.Fatal(err)
	}
	good, err := w.Signed(w.Readings(), "gost256")
	if err != nil {
		t.Fatal(err)
	}
	state := w.State(gatetest.Done)
	for _, tc := range []struct {
		name   string
		form   [][2]string // fields; a name with a dot is that of a file
		raw    string      // instead of a form
		accept string
		status int
		want   []string
	}{
		{"a file", [][2]string{{"m.xml", string(good)}, {"message", ""}}, "", "text/html", 200, []string{`state in">good`, "importMeteringDeviceValues", "gost256", "Releases"}},
		{"pasted, with the ends of lines that browsers write", [][2]string{{"m.xml", ""}, {"message", strings.ReplaceAll(string(good), "\n", "\r\n")}}, "", "text/html", 200, []string{`state in">good`}},
		{"refused", [][2]string{{"message", strings.Replace(string(good), "69.0000000", "&lt;script&gt;", 1)}}, "", "text/html", 200, []string{`state refused">refused`, "faults/schema.invalid", "What to do", "&#34;&lt;script&gt;&#34;"}},
		{"a service by its path", [][2]string{{"message", string(state.Envelope())}, {"path", "/nowhere"}, {"action", "urn:x"}}, "", "text/html", 200, []string{"soap.service_unknown", `value="/nowhere"`, `value="urn:x"`}},
		{"an HTTP request", [][2]string{{"message", "POST /nowhere HTTP/1.1\nContent-Type: text/html\n\n<a/>"}}, "", "text/html", 200, []string{"http.media_type"}},
		{"JSON", [][2]string{{"m.xml", string(good)}}, "", "application/json", 200, []string{`"refused":false`}},
		{"text", [][2]string{{"m.xml", string(good)}}, "", "*/*", 200, []string{"message: good"}},
		{"nothing", [][2]string{{"m.xml", ""}, {"message", ""}}, "", "text/html", 400, []string{"There is no message"}},
		{"too large", [][2]string{{"message", strings.Repeat(" ", 300<<10)}}, "", "text/html", 413, []string{"too large"}},
		{"too large, no form", nil, strings.Repeat(" ", 65<<10), "", 413, []string{"Request Entity Too Large"}},
		{"larger than a message may be", [][2]string{{"message", strings.Repeat(" ", 65<<10) + "<a/>"}}, "", "text/html", 200, []string{"http.too_large"}},
		{"a form cut short", [][2]string{}, "--b", "text/html", 400, []string{"There is no message"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			body, typ := []byte(tc.raw), ""
			if tc.form != nil {
				body, typ = form(t, tc.form, tc.raw)
			}
			reply, err := g.Session.Do(gatetest.Call{
				System: "-", Path: "/formats/check", Query: "lang=en", Type: typ, Body: body, Header: http.Header{"Accept": {tc.accept}},
			})
			if err != nil {
				t.Fatal(err)
			}
			if reply.Status != tc.status || reply.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("HTTP %d, %v", reply.Status, reply.Header)
			}
			for _, want := range tc.want {
				if !bytes.Contains(reply.Body, []byte(want)) {
					t.Errorf("no %q in\n%s", want, reply.Body)
				}
			}
			if bytes.Contains(reply.Body, []byte("<script")) {
				t.Errorf("a script in\n%s", reply.Body)
			}
		})
	}
	for path, want := range map[string][]string{
		"/formats/check": {`action="/formats/check?lang=en"`, `enctype="multipart/form-data"`, `type="file"`, `href="/formats?lang=en"`, `href="/formats/style.css"`},
		"/formats":       {`href="/formats/check?lang=en"`},
	} {
		reply, err := g.Session.Do(gatetest.Call{System: "-", Method: http.MethodGet, Path: path, Query: "lang=en"})
		if err != nil || reply.Status != http.StatusOK || reply.Header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Fatalf("%s: %v, %+v", path, err, reply)
		}
		for _, want := range want {
			if !bytes.Contains(reply.Body, []byte(want)) {
				t.Errorf("%s: no %q in\n%s", path, want, reply.Body)
			}
		}
	}
}

// form writes a form as browsers do. What raw has takes its place, under its
// media type.
func form(t *testing.T, fields [][2]string, raw string) (body []byte, contentType string) {
	t.Helper()
	var b bytes.Buffer
	f := multipart.NewWriter(&b)
	for _, field := range fields {
		part, err := f.CreateFormField(field[0])
		if strings.Contains(field[0], ".") {
			part, err = f.CreateFormFile("file", field[0])
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write([]byte(field[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if raw != "" {
		return []byte(raw), f.FormDataContentType()
	}
	return b.Bytes(), f.FormDataContentType()
}
