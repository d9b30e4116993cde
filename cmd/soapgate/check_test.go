package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gate/checker"
	"github.com/soapgate/soapgate/internal/gatetest"
)

func TestCheck(t *testing.T) {
	w, err := gatetest.Prepare(t.TempDir(), nil, time.Now, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.KeepMessages(); err != nil {
		t.Fatal(err)
	}
	good, unsigned := w.Path("messages", "readings.xml"), w.Path("messages", "unsigned.xml")
	trusting := func(c check) check {
		c.profile, c.lang = "hcs", "en"
		c.anchors, c.authorities, c.crls = []string{w.Path("head-ca.pem")}, []string{w.Path("authorities")}, []string{w.Path("crl")}
		return c
	}
	for _, tc := range []struct {
		name  string
		check check
		files []string
		exit  int
		want  string // in the output, or in the error
	}{
		{"good", trusting(check{}), []string{good}, 0, "readings.xml: good"},
		{"refused", trusting(check{}), []string{good, unsigned}, 1, "signature.missing"},
		{"no trust", check{profile: "hcs", lang: "en"}, []string{good}, 0, "no trust anchor given"},
		{"a folder of formats", trusting(check{formats: []string{w.Path("formats", "2.0")}}), []string{good}, 0, "release: 2.0"},
		{"earlier", trusting(check{at: "2020-01-01T00:00:00Z"}), []string{good}, 1, "certificate.not_yet_valid"},
		{"from stdin", trusting(check{}), []string{"-"}, 1, "-: refused"},
		{"no file", trusting(check{}), nil, 2, "no file given"},
		{"file missing", trusting(check{}), []string{"nowhere.xml"}, 2, "nowhere.xml"},
		{"formats missing", trusting(check{formats: []string{w.Path("nowhere")}}), []string{good}, 2, "--formats: "},
		{"no such time", trusting(check{at: "yesterday"}), []string{good}, 2, "--at: "},
		{"no such language", check{profile: "hcs", lang: "de"}, []string{good}, 2, "--lang: "},
		{"no such profile", check{profile: "x", lang: "en"}, []string{good}, 2, "--profile: "},
		{"anchor missing", check{profile: "hcs", lang: "en", anchors: []string{"nobody.pem"}}, []string{good}, 2, "--anchor: "},
		{"lists missing", check{profile: "hcs", lang: "en", crls: []string{"none"}}, []string{good}, 2, "--crl: "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var out bytes.Buffer
			exit, err := tc.check.run(tc.files, strings.NewReader("<a/>"), &out)
			if (err != nil) != (exit != 0) {
				t.Errorf("exit code %d with error %v", exit, err)
			}
			said := out.String()
			if exit == 2 && err != nil {
				said = err.Error()
			}
			if exit != tc.exit || !strings.Contains(said, tc.want) {
				t.Errorf("exit code %d, want %d; no %q in\n%s\n%v", exit, tc.exit, tc.want, said, err)
			}
		})
	}
	t.Run("JSON", func(t *testing.T) {
		c, out := trusting(check{json: true}), bytes.Buffer{}
		if exit, err := c.run([]string{good, unsigned}, nil, &out); exit != 1 {
			t.Errorf("exit code %d, %v", exit, err)
		}
		var results []checker.Result
		if err := json.Unmarshal(out.Bytes(), &results); err != nil || len(results) != 2 || results[0].Refused || results[1].Code() != "signature.missing" {
			t.Errorf("%v, %s", err, out.String())
		}
	})
}

// TestCheck_config judges as a gate of a configuration would: by its releases
// with their days, and by its trust.
func TestCheck_config(t *testing.T) {
	w, config := world(t)
	if err := w.KeepMessages(); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, at string
		exit     int
		want     []string
	}{
		{"now", "", 0, []string{
			"readings.xml: good", "release: 2.0", "ok   certificate",
			"2.0 (in force from 2025-03-01): the message follows it", "1.0 (retired from 2024-03-01 until 2025-06-01): the message does not follow it: ",
		}},
		{"before the release was in force", "2025-02-01", 1, []string{"format.not_yet", "2.0 (announced from 2025-03-01): the message follows it", "1.0 (in force from"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var out bytes.Buffer
			c := check{configFile: config, adapter: "caddyfile", profile: "hcs", lang: "en", at: tc.at}
			if exit, err := c.run([]string{w.Path("messages", "readings.xml")}, nil, &out); exit != tc.exit {
				t.Fatalf("exit code %d, %v", exit, err)
			}
			for _, want := range tc.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("no %q in\n%s", want, &out)
				}
			}
		})
	}
}

// TestCheck_flags are those that choose what is judged.
func TestCheck_flags(t *testing.T) {
	for _, tc := range []struct {
		name  string
		check check
		in    string
		want  string // in the output, or in the error
	}{
		{"a stage alone", check{stages: []string{"soap"}, formats: []string{noFormats}}, envelope, "-    signature   switched off"},
		{"a stage that needs a connection", check{stages: []string{"client"}}, envelope, `--stage: there is no stage "client"`},
		{"no such stage", check{stages: []string{"x"}}, envelope, `--stage: there is no stage "x"`},
		{"a limit", check{limits: map[string]int{"depth": 2}}, envelope, "xml.limit"},
		{"no such limit", check{limits: map[string]int{"width": 2}}, envelope, `--limit: there is no limit "width"`},
		{"no release", check{formats: []string{noFormats}}, envelope, "-    schema      no release describes the message"},
		{"a package refused", check{}, parts, "http.media_type"},
		{"a package", check{attachments: true, stages: []string{"soap"}, formats: []string{noFormats}}, parts, "-: good"},
		{"an answer", check{}, "HTTP/1.1 200 OK\nContent-Type: text/html\n\n<html/>", "http.media_type"},
		{"broken chunks", check{}, "POST / HTTP/1.1\nTransfer-Encoding: chunked\n\nx", "-: reading the HTTP body"},
		{"no such signer", check{signers: []string{"nobody.pem"}}, envelope, "--signer: "},
		{"no such configuration", check{configFile: "nowhere"}, envelope, "--config: "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.check.profile, tc.check.lang = "hcs", "en"
			var out bytes.Buffer
			exit, err := tc.check.run([]string{"-"}, strings.NewReader(tc.in), &out)
			said := out.String()
			if exit == exitUsage {
				said = err.Error()
			}
			if !strings.Contains(said, tc.want) {
				t.Errorf("no %q in\n%s", tc.want, said)
			}
		})
	}
}

const (
	envelope = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><x:y xmlns:x="urn:x"/></s:Body></s:Envelope>`
	parts    = "POST /x HTTP/1.1\nContent-Type: multipart/related; type=\"text/xml\"; boundary=b\nSOAPAction: \"\"\n\n" +
		"--b\r\nContent-Type: text/xml\r\n\r\n" + envelope + "\r\n--b--"
)
