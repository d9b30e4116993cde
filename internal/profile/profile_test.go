package profile_test

import (
	"regexp"
	"testing"

	"github.com/soapgate/soapgate/internal/profile"
	"github.com/soapgate/soapgate/internal/reject"
)

// TestSystemCodes gives every refusal a code that clients of ГИС ЖКХ parse.
func TestSystemCodes(t *testing.T) {
	p, ok := profile.Lookup("hcs")
	if !ok {
		t.Fatal("there is no profile hcs")
	}
	form := regexp.MustCompile(`^[A-Z]{3}[0-9]{6}$`)
	for _, e := range reject.Catalogue() {
		if code := p.SystemCode(e.Code); !form.MatchString(code) {
			t.Errorf("%s: system code %q", e.Code, code)
		}
	}
	for _, tc := range []struct {
		code reject.Code
		want string
	}{
		{reject.SignatureMissing, "AUT011004"},
		{reject.SignatureDigest, "AUT011005"},
		{"schema.invalid", "FMT001300"},
		{"xml.limit.depth", "FMT001300"},
		{reject.ForwardUnreachable, "INT002029"},
	} {
		if got := p.SystemCode(tc.code); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.code, got, tc.want)
		}
	}
}

// TestProfilesRequireSomething: a profile that asks for no signature, or for
// one that covers nothing, would prove nothing.
func TestProfilesRequireSomething(t *testing.T) {
	for _, name := range profile.Names() {
		p, _ := profile.Lookup(name)
		if p.Name != name || p.Title.RU == "" || p.Title.EN == "" || len(p.Suites) == 0 || len(p.Signatures) == 0 {
			t.Errorf("%s: %+v", name, p)
		}
		for _, s := range p.Signatures {
			if s.Covers == 0 || len(s.IDs) == 0 || len(s.Canonicalization) == 0 {
				t.Errorf("%s: a signature that covers nothing or cannot: %+v", name, s)
			}
		}
	}
}

func TestNeedsSignature(t *testing.T) {
	const base = "http://dom.gosuslugi.ru/schema/integration/base/"
	p, _ := profile.Lookup("hcs")
	for _, tc := range []struct {
		space, local string
		want         bool
	}{
		{base, "getStateRequest", false},
		{"urn:other", "getStateRequest", true},
		{"http://dom.gosuslugi.ru/schema/integration/bills/", "getRequestsStateRequest", false},
		{base, "importMeteringDeviceValuesRequest", true},
	} {
		if got := p.NeedsSignature(profile.Name{Space: tc.space, Local: tc.local}); got != tc.want {
			t.Errorf("{%s}%s: needs a signature: %v, want %v", tc.space, tc.local, got, tc.want)
		}
	}
}
