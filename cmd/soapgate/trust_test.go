package main

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/soapgate/soapgate"
	"github.com/soapgate/soapgate/internal/gatetest"
	"github.com/soapgate/soapgate/internal/gatetest/authority"
)

// world prepares the world that the example's Caddyfile reads.
func world(t *testing.T) (w *gatetest.World, caddyfile string) {
	t.Helper()
	w, err := gatetest.Prepare(t.TempDir(), nil, time.Now, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOAPGATE_DIR", w.Dir)
	return w, writeCaddyfile(t, soapgate.ExampleCaddyfile)
}

func writeCaddyfile(t *testing.T, text []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "Caddyfile")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestWithTrust(t *testing.T) {
	for in, want := range map[string]string{
		"soapgate trust status --json": "soapgate gate-trust status --json",
		"soapgate trust":               "soapgate trust",
		"soapgate trust --ca local":    "soapgate trust --ca local",
		"soapgate run":                 "soapgate run",
	} {
		if got := strings.Join(withTrust(strings.Fields(in)), " "); got != want {
			t.Errorf("%s becomes %s, want %s", in, got, want)
		}
	}
}

func TestTrustExplain(t *testing.T) {
	w, caddyfile := world(t)
	for _, test := range []struct {
		signer, lang string
		args         []string
		want         []string
		refused      string
	}{
		{signer: "gost256", lang: "en", want: []string{"trusted; to be judged again at", "Вымышленный головной УЦ", "by the list:"}},
		{signer: "gost256", lang: "ru", want: []string{"доверенный", "не отозван по списку", "доверенный корень, идентификатор ключа подходит"}},
		{signer: "revoked", lang: "ru", want: []string{"отказано: certificate.revoked", "ОТКАЗ отзыв"}, refused: "certificate.revoked"},
		{signer: "revoked", lang: "en", args: []string{"--at", time.Now().AddDate(0, 0, -10).Format(time.DateOnly)}, want: []string{"trusted"}},
		{signer: "expired", lang: "en", refused: "certificate.expired"},
		{signer: "unknown-ca", lang: "en", refused: "certificate.unknown_issuer"},
		{signer: "stale-crl", lang: "en", want: []string{"FAIL"}, refused: "certificate.crl_stale"},
	} {
		args := append([]string{w.Path("signers", test.signer+".pem"), "--config", caddyfile, "--lang", test.lang}, test.args...)
		out, err := command(t, explainCommand(), args...)
		if test.refused == "" && err != nil || test.refused != "" && (err == nil || !strings.Contains(err.Error(), test.refused)) {
			t.Errorf("%s: %v\n%s", test.signer, err, out)
		}
		for _, want := range test.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %q in\n%s", test.signer, want, out)
			}
		}
		if english := regexp.MustCompile(`[a-z]{3,} [a-z]{2,}`).FindString(out); test.lang == "ru" && english != "" {
			t.Errorf("%s: English %q in\n%s", test.signer, english, out)
		}
	}
	out, err := command(t, explainCommand(), w.Path("signers", "rsa.pem"), "--config", caddyfile, "--json")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	var last verdictLine
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || !last.Trusted || len(last.Path) != 3 || len(lines) < 3 {
		t.Errorf("JSON: %v\n%s", err, out)
	}
}

// TestTrustFetch fetches what a Caddyfile names, and then has it without the
// network.
func TestTrustFetch(t *testing.T) {
	w, _ := world(t)
	site := new(authority.Site)
	server := httptest.NewServer(site)
	defer server.Close()
	publisher, err := w.NewPublisher()
	if err != nil {
		t.Fatal(err)
	}
	list, err := publisher.List(4, "Действует", server.URL)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Publish(site); err != nil {
		t.Fatal(err)
	}
	text, err := gatetest.WithTrustList(soapgate.ExampleCaddyfile, server.URL)
	if err != nil {
		t.Fatal(err)
	}
	caddyfile := writeCaddyfile(t, text)

	status := func(when string, wants ...string) {
		t.Helper()
		out, err := command(t, statusCommand(), "--config", caddyfile, "--lang", "en")
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %q in\n%s", when, want, out)
			}
		}
	}
	status("before", "waiting  trust-list.xml", "anchor Вымышленный головной УЦ")
	if out, err := command(t, fetchCommand(), "--config", caddyfile); err == nil {
		t.Errorf("without a trust list: no error\n%s", out)
	}
	site.Put("/tsl.xml", authority.Page{Body: list})
	out, err := command(t, fetchCommand(), "--config", caddyfile, "--lang", "en")
	if err == nil || !strings.Contains(err.Error(), "stale.crl") {
		t.Errorf("with a stale list: %v\n%s", err, out)
	}
	server.Close()
	status("after", "trust list: version 4", "good     trust-list.xml", "CRL of Вымышленный УЦ «Первый»", "old  CRL of Вымышленный УЦ «Третий»")
	if out, err := command(t, explainCommand(), w.Path("signers", "gost512.pem"), "--config", caddyfile); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
