package checker_test

import (
	"cmp"
	"net/http"
	"slices"
	"testing"

	"github.com/soapgate/soapgate/internal/gate/checker"
	"github.com/soapgate/soapgate/internal/gatetest/vector"
)

// early are the stages that vectors without signers decide.
var early = []string{"http", "xml", "soap"}

// TestVectors runs the checker over the messages of testdata: it must refuse
// each for the reason the file names, wherever in the gate that is found.
func TestVectors(t *testing.T) {
	_, config := world(t)
	chk := newChecker(t, config)
	for _, area := range []string{"soap", "attacks"} {
		ran := 0
		for _, v := range vector.Load(t, area) {
			if !ofRest(v) {
				continue
			}
			ran++
			t.Run(area+"/"+v.Name, func(t *testing.T) {
				r := chk.Check(t.Context(), message(v))
				for _, s := range r.Stages {
					judged := slices.Index(early, s.Stage) <= slices.Index(early, cmp.Or(v.Header["stage"], "soap"))
					if s.Refusal != nil && slices.Contains(early, s.Stage) && judged && s.Refusal.Code != v.Header["code"] {
						t.Errorf("refused with %s, want %q", s.Refusal.Code, v.Header["code"])
					}
				}
				if !v.Accept() && r.Code() != v.Header["code"] {
					t.Errorf("got %q, want %s", r.Code(), v.Header["code"])
				}
			})
		}
		if ran < 80 {
			t.Errorf("%s: %d vectors, want at least 80", area, ran)
		}
	}
}

// ofRest reports whether a vector is a message of the sandbox's services by
// itself: no answer, none that a signer or a connection makes, none for
// another profile or with its own limits.
func ofRest(v vector.Vector) bool {
	for _, key := range []string{"sign", "status", "tls", "client", "profile", "release", "limits", "http", "settings"} {
		if v.Header[key] != "" {
			return false
		}
	}
	if _, ok := v.Files["request"]; !ok {
		return false
	}
	stage := v.Header["stage"]
	return stage == "" || slices.Contains(early, stage)
}

func message(v vector.Vector) checker.Message {
	mediaType := "text/xml"
	if charset := v.Header["charset"]; charset != "" {
		mediaType += "; charset=" + charset
	}
	m := checker.Message{
		Name: v.Name, Body: v.Files["request"], Method: v.Header["method"],
		Path:   cmp.Or(v.Header["path"], "/ext-bus-device-metering-service/services/DeviceMeteringAsync"),
		Header: http.Header{"Content-Type": {cmp.Or(v.Header["content-type"], mediaType)}},
	}
	switch action := v.Header["action"]; action {
	case "":
	case "-":
		m.Header["Soapaction"] = nil
	default:
		m.Header.Set("SOAPAction", action)
	}
	if v.Header["content-type"] == "-" {
		m.Header["Content-Type"] = nil
	}
	return m
}
