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
		{"a folder of formats", trusting(check{formats: w.Path("formats", "2.0")}), []string{good}, 0, "release: 2.0"},
		{"earlier", trusting(check{at: "2020-01-01T00:00:00Z"}), []string{good}, 1, "certificate.not_yet_valid"},
		{"from stdin", trusting(check{}), []string{"-"}, 1, "-: refused"},
		{"no file", trusting(check{}), nil, 2, "no file given"},
		{"file missing", trusting(check{}), []string{"nowhere.xml"}, 2, "nowhere.xml"},
		{"formats missing", trusting(check{formats: w.Path("nowhere")}), []string{good}, 2, "--formats: "},
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
