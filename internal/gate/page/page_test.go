package page_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/soapgate/soapgate/internal/formats"
	"github.com/soapgate/soapgate/internal/gate"
	"github.com/soapgate/soapgate/internal/gate/bundle"
	"github.com/soapgate/soapgate/internal/gate/page"
	"github.com/soapgate/soapgate/internal/profile"
	"github.com/soapgate/soapgate/internal/quota"
	"github.com/soapgate/soapgate/xsd"
)

const base = "https://gate.example"

func day(s string) time.Time {
	t, err := formats.ParseDay(s, time.UTC)
	if err != nil {
		panic(err)
	}
	return t
}

func site(t *testing.T, now *time.Time) *page.Site {
	t.Helper()
	var releases []*gate.Release
	for _, r := range []formats.Release{
		{Name: "1.0", Published: day("2024-01-15"), Effective: day("2024-03-01"), Retired: day("2025-06-01")},
		{Name: "2.0", Published: day("2025-02-20"), Effective: day("2025-03-01"), Reason: "исправлена <ошибка>"},
	} {
		b, err := bundle.Compile(xsd.Release(r.Name))
		if err != nil {
			t.Fatal(err)
		}
		releases = append(releases, &gate.Release{Release: r, Bundle: b})
	}
	rules, err := quota.Compile([]quota.Spec{
		{Name: "requests", Key: []string{"client"}, Bounds: quota.Bounds{Rate: "600/1m"}, Published: "2025-01-15", Effective: "2025-03-01"},
		{Name: "trial", Key: []string{"client", "operation"}, Bounds: quota.Bounds{Limit: "3/day"}, Classes: []string{"trial"},
			Published: "2025-02-20", Effective: "2025-03-01", Reason: "по просьбе <систем>"},
		{Name: "coming", Bounds: quota.Bounds{Concurrent: 8}, Mode: "observe", Published: "2026-01-15", Effective: "2027-03-01"},
	}, quota.Options{LeadTime: 0})
	if err != nil {
		t.Fatal(err)
	}
	hcs, _ := profile.Lookup("hcs")
	return page.New(page.Config{
		Base: base + "/", Mount: "/formats", Profile: hcs, Releases: releases,
		Rules: func() *quota.Rules { return rules }, Now: func() time.Time { return *now },
	})
}

func get(s *page.Site, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// TestPages walks over every page there is a link to, in both languages, and
// looks at each with the eyes of a checker.
func TestPages(t *testing.T) {
	now := day("2025-04-01")
	s := site(t, &now)
	for _, lang := range []string{"ru", "en"} {
		seen := map[string]bool{"/formats?lang=" + lang: true}
		queue := slices.Collect(func(yield func(string) bool) { yield("/formats?lang=" + lang) })
		for len(queue) > 0 && len(seen) < 1000 {
			target := queue[0]
			queue = queue[1:]
			w := get(s, target)
			if w.Code != http.StatusOK {
				t.Errorf("%s: HTTP %d", target, w.Code)
				continue
			}
			h := w.Header()
			if !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") || h.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: header %v", target, h)
			}
			if !strings.HasPrefix(h.Get("Content-Type"), "text/html") {
				continue
			}
			if h.Get("Content-Language") == "" {
				t.Errorf("%s: no Content-Language", target)
			}
			for _, link := range inspect(t, target, w.Body.Bytes()) {
				if strings.HasPrefix(link, "/formats") && !seen[link] {
					seen[link] = true
					queue = append(queue, link)
				} else if !strings.HasPrefix(link, "/formats") && !strings.HasPrefix(link, base+"/") {
					t.Errorf("%s links to %s", target, link)
				}
			}
		}
		if len(seen) < 150 {
			t.Errorf("%s: found %d pages, want one for each code and more", lang, len(seen))
		}
	}
}

// inspect checks a page for what readers with other means than eyes and mouse
// rely on (WCAG 2.1: 1.3.1, 2.4.1, 2.4.2, 2.4.4, 2.4.6, 3.1.1, 4.1.1), and returns its
// links.
func inspect(t *testing.T, name string, body []byte) (links []string) {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	ids, refs := make(map[string]bool), []string{}
	count := make(map[string]int)
	level := 0
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		count[n.Data]++
		for _, a := range n.Attr {
			switch {
			case a.Key == "id":
				if ids[a.Val] {
					t.Errorf("%s: two elements have id %q", name, a.Val)
				}
				ids[a.Val] = true
			case a.Key == "aria-labelledby":
				refs = append(refs, a.Val)
			case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
				t.Errorf("%s: attribute %s, which the policy forbids", name, a.Key)
			}
		}
		switch n.Data {
		case "html":
			if attr(n, "lang") == "" {
				t.Errorf("%s: no language", name)
			}
		case "h1", "h2", "h3", "h4":
			if l := int(n.Data[1] - '0'); l > level+1 {
				t.Errorf("%s: h%d follows h%d", name, l, level)
			} else {
				level = l
			}
			if content(n) == "" {
				t.Errorf("%s: empty %s", name, n.Data)
			}
		case "title":
			if content(n) == "" {
				t.Errorf("%s: no title", name)
			}
		case "table":
			if n.FirstChild == nil || !has(n, "caption") || !has(n, "thead") {
				t.Errorf("%s: a table without caption or head", name)
			}
		case "th":
			if attr(n, "scope") == "" {
				t.Errorf("%s: a header without scope: %s", name, content(n))
			}
		case "nav":
			if attr(n, "aria-label") == "" {
				t.Errorf("%s: a nav without name", name)
			}
		case "a":
			if content(n) == "" && attr(n, "aria-label") == "" {
				t.Errorf("%s: a link without text", name)
			}
			href := attr(n, "href")
			if target, fragment, ok := strings.Cut(href, "#"); ok && target == "" {
				refs = append(refs, fragment)
			} else {
				links = append(links, target)
			}
		case "script", "iframe", "img", "form":
			t.Errorf("%s: a %s", name, n.Data)
		}
	}
	for _, r := range refs {
		if !ids[r] {
			t.Errorf("%s: nothing has id %q", name, r)
		}
	}
	for _, once := range []string{"main", "h1", "header", "footer"} {
		if count[once] != 1 {
			t.Errorf("%s: %d %s", name, count[once], once)
		}
	}
	return links
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, tag string) bool {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.Data == tag {
			return true
		}
	}
	return false
}

func content(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

func TestLanguage(t *testing.T) {
	now := day("2025-04-01")
	s := site(t, &now)
	for _, tc := range []struct{ target, accept, want string }{
		{"/formats", "", "ru"},
		{"/formats", "en-GB,en;q=0.9", "en"},
		{"/formats", "de, en;q=0.5", "en"},
		{"/formats", "fr", "en"},
		{"/formats", "\x00;;q=9", "ru"},
		{"/formats?lang=en", "ru", "en"},
		{"/formats?lang=xx", "ru", "ru"},
	} {
		if got := get(s, tc.target, "Accept-Language", tc.accept).Header().Get("Content-Language"); got != tc.want {
			t.Errorf("%s with %q is in %q, want %q", tc.target, tc.accept, got, tc.want)
		}
	}
}

func TestJSON(t *testing.T) {
	now := day("2025-04-01")
	s := site(t, &now)
	var home page.Home
	w := get(s, "/formats", "Accept", "application/json")
	if err := json.Unmarshal(w.Body.Bytes(), &home); err != nil {
		t.Fatal(err)
	}
	if len(home.Releases) != 2 || home.Releases[0].Name != "2.0" || home.Releases[0].StateName != "in force" || len(home.Faults) < 100 {
		t.Errorf("got %.500s", w.Body)
	}
	var limits []string
	for _, l := range home.Limits {
		limits = append(limits, l.Rule+" "+l.Limit+" "+strings.Join(l.Classes, ","))
	}
	if want := []string{"requests 600/1m ", "coming 8 ", "trial 3/day trial"}; !slices.Equal(limits, want) {
		t.Errorf("got limits %q, want %q", limits, want)
	}
	var port page.Service
	for _, p := range home.Releases[0].Services {
		if strings.HasSuffix(p.Path, "DeviceMeteringAsync") {
			port = p
		}
	}
	if port.WSDL != base+port.Path+"?wsdl" || len(port.XSD) == 0 || len(port.Operations) == 0 {
		t.Errorf("got %+v", port)
	}
	// The operation's sample is a message.
	if w := get(s, port.Operations[0].Sample); !strings.Contains(w.Body.String(), port.Operations[0].Input) {
		t.Errorf("%s: %.300s", port.Operations[0].Sample, w.Body)
	}
	var changes page.Changes
	w = get(s, "/formats/releases/2.0/changes?format=json")
	if err := json.Unmarshal(w.Body.Bytes(), &changes); err != nil || len(changes.Breaking)+len(changes.Compatible) == 0 {
		t.Errorf("%v: %.300s", err, w.Body)
	}
}

func TestArchive(t *testing.T) {
	now := day("2025-04-01")
	w := get(site(t, &now), "/formats/releases/2.0.zip")
	z, err := zip.NewReader(bytes.NewReader(w.Body.Bytes()), int64(w.Body.Len()))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	sums, _ := io.ReadAll(f)
	if n := bytes.Count(sums, []byte("\n")); n != len(z.File)-1 || n == 0 {
		t.Errorf("%d checksums of %d files", n, len(z.File)-1)
	}
}

// TestMidnight shows that a page changes with the day, not before.
func TestMidnight(t *testing.T) {
	now := day("2025-05-31")
	s := site(t, &now)
	before := get(s, "/formats")
	again := get(s, "/formats", "If-None-Match", before.Header().Get("ETag"))
	if again.Code != http.StatusNotModified {
		t.Errorf("the same page again: HTTP %d", again.Code)
	}
	now = day("2025-06-01")
	if after := get(s, "/formats"); bytes.Equal(before.Body.Bytes(), after.Body.Bytes()) || !strings.Contains(after.Body.String(), "не действует") {
		t.Error("the page does not tell that a release is retired")
	}
}

func TestRefused(t *testing.T) {
	now := day("2025-04-01")
	s := site(t, &now)
	for _, target := range []string{
		"/formats/nothing", "/formats/faults/no.code", "/formats/faults/%3Cscript%3E", "/formats/releases/9.9", "/formats/releases/9.9.zip",
		"/formats/releases/1.0/changes", "/formats/releases/2.0/sample?path=/x&operation=y", "/formats/releases/2.0/" + url.PathEscape("../../x"),
	} {
		w := get(s, target)
		if w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "<script") {
			t.Errorf("%s: HTTP %d", target, w.Code)
		}
		inspect(t, target, w.Body.Bytes())
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/formats", strings.NewReader("x")))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") == "" {
		t.Errorf("POST: HTTP %d", w.Code)
	}
	if body := get(s, "/formats").Body.String(); strings.Contains(body, "<систем>") || !strings.Contains(body, "&lt;систем&gt;") {
		t.Error("a reason is not escaped, or not shown")
	}
}

// TestContrast computes the contrast of the style sheet's colours (WCAG 2.1
// 1.4.3: 4.5 to 1).
func TestContrast(t *testing.T) {
	now := day("2025-04-01")
	css := get(site(t, &now), "/formats/style.css").Body.String()
	colour := func(name string) float64 {
		_, rest, ok := strings.Cut(css, "--"+name+": #")
		if !ok {
			t.Fatalf("no colour %s", name)
		}
		n, err := strconv.ParseUint(rest[:6], 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		luminance := 0.0
		for i, weight := range []float64{0.0722, 0.7152, 0.2126} {
			c := float64(n>>(8*i)&0xff) / 255
			if c <= 0.04045 {
				c /= 12.92
			} else {
				c = math.Pow((c+0.055)/1.055, 2.4)
			}
			luminance += weight * c
		}
		return luminance
	}
	for _, pair := range [][2]string{
		{"ink", "paper"}, {"quiet", "paper"}, {"link", "paper"}, {"ink", "tint"}, {"good", "good-tint"}, {"soon", "soon-tint"}, {"gone", "gone-tint"},
	} {
		a, b := colour(pair[0]), colour(pair[1])
		if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < 4.5 {
			t.Errorf("%s on %s: contrast %.1f to 1", pair[0], pair[1], ratio)
		}
	}
}
