package gatetest_test

import (
	"context"
	"image/png"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/formats"
	"github.com/soapgate/soapgate/internal/gate"
	"github.com/soapgate/soapgate/internal/gate/bundle"
	"github.com/soapgate/soapgate/internal/gate/checker"
	"github.com/soapgate/soapgate/internal/gate/page"
	"github.com/soapgate/soapgate/internal/gatetest/data"
	"github.com/soapgate/soapgate/internal/profile"
	"github.com/soapgate/soapgate/internal/quota"
	"github.com/soapgate/soapgate/xsd"
)

// whole returns a release of ГИС ЖКХ, small the part of one that the sandbox has.
func whole(t *testing.T) func(string) fs.FS {
	return func(name string) fs.FS { return os.DirFS(data.Dir(t, "hcs", name)) }
}

func small(name string) fs.FS {
	return xsd.Release(map[string]string{"11.0.10.2": "1.0", "14.4.0.1": "2.0"}[name])
}

// published is the formats page over two releases.
func published(t *testing.T, files func(string) fs.FS) *page.Site {
	t.Helper()
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	var releases []*gate.Release
	for _, r := range []formats.Release{
		{Name: "11.0.10.2", Published: day("2025-08-01"), Effective: day("2025-09-01"), Retired: day("2026-12-31")},
		{Name: "14.4.0.1", Published: day("2026-01-10"), Effective: day("2026-02-10")},
	} {
		b, err := bundle.Compile(files(r.Name))
		if err != nil {
			t.Fatal(err)
		}
		releases = append(releases, &gate.Release{Release: r, Bundle: b})
	}
	rules, err := quota.Compile([]quota.Spec{
		{Name: "requests", Key: []string{"client"}, Bounds: quota.Bounds{Rate: "600/1m"}, Published: "2026-01-10", Effective: "2026-02-10"},
		{Name: "polling", Key: []string{"client", "message:getStateRequest/MessageGUID"}, Mode: "observe",
			Bounds: quota.Bounds{Interval: []string{"10s", "60s", "300s"}}, Published: "2026-01-10", Effective: "2026-02-10"},
		{Name: "volume", Key: []string{"organization"}, Bounds: quota.Bounds{Bytes: "2GiB/day"}, Classes: []string{"regional", "municipal"},
			Published: "2026-02-01", Effective: "2026-02-10", Reason: "защита от перегрузки в отчётный период"},
	}, quota.Options{})
	if err != nil {
		t.Fatal(err)
	}
	hcs, _ := profile.Lookup("hcs")
	return page.New(page.Config{
		Base: "https://gate.example", Mount: "/formats", Check: "/formats/check", Profile: hcs, Releases: releases,
		Rules: func() *quota.Rules { return rules }, Now: func() time.Time { return day("2026-03-01") },
	})
}

// checked is what the page of the checker shows of a message that is refused.
func checked(t *testing.T) page.Checked {
	t.Helper()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	b, err := bundle.Compile(xsd.Release(xsd.Current))
	if err != nil {
		t.Fatal(err)
	}
	sampler := bundle.Sampler{Schemas: b.Schemas, Time: at}
	msg, err := sampler.Request(b.Services.Ports[0].Operations[0])
	if err != nil {
		t.Fatal(err)
	}
	release := formats.Release{Name: xsd.Current, Effective: at.AddDate(0, -1, 0)}
	c, err := checker.New(gate.Config{Releases: []*gate.Release{{Release: release, Bundle: b}}, Now: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	return page.Checked{
		Result:  c.Check(t.Context(), checker.Message{Name: "message", Body: msg}),
		MaxBody: 1 << 20, Here: "/formats/check", Address: "https://gate.example/formats/check",
	}
}

// pages serves the published pages, the checker's form and its verdict.
func pages(t *testing.T, files func(string) fs.FS) http.Handler {
	site, verdict := published(t, files), checked(t)
	form := page.Checked{MaxBody: 1 << 20, Here: "/formats/check", Address: "https://gate.example/formats/check"}
	mux := http.NewServeMux()
	mux.Handle("/", site)
	mux.HandleFunc("/formats/check", func(w http.ResponseWriter, r *http.Request) { site.ServeCheck(w, r, http.StatusOK, form) })
	mux.HandleFunc("/formats/check/verdict", func(w http.ResponseWriter, r *http.Request) { site.ServeCheck(w, r, http.StatusOK, verdict) })
	return mux
}

// headless is Chromium without a window and without asking anybody.
func headless(ctx context.Context, t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	profile, err := os.MkdirTemp("", "soapgate-chromium-")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, data.Tool(t, "chromium"), append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--hide-scrollbars", "--user-data-dir=" + profile,
	}, args...)...)
	// The one process that is waited for has others, which write for a moment
	// after it has ended.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	t.Cleanup(func() {
		for range 100 {
			if os.RemoveAll(profile) == nil {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
	})
	return cmd
}

// TestBrowser takes pictures of the pages in Chromium, at the width of a desk
// and of a phone. That something is drawn is checked; whether it looks right is
// for a person: SOAPGATE_SCREENSHOTS names a folder to keep the pictures in.
func TestBrowser(t *testing.T) {
	data.Tool(t, "chromium")
	server := httptest.NewServer(pages(t, whole(t)))
	defer server.Close()
	dir := os.Getenv("SOAPGATE_SCREENSHOTS")
	if dir == "" {
		dir = t.TempDir()
	}
	for _, shot := range []struct{ name, path, size string }{
		{"home-desk", "/formats?lang=ru", "1200,1500"},
		{"home-phone", "/formats?lang=en", "500,2600"},
		{"release-desk", "/formats/releases/14.4.0.1?lang=ru", "1200,1200"},
		{"release-phone", "/formats/releases/14.4.0.1?lang=ru", "500,1600"},
		{"changes-desk", "/formats/releases/14.4.0.1/changes?lang=ru", "1200,1200"},
		{"changes-phone", "/formats/releases/14.4.0.1/changes?lang=ru", "500,1400"},
		{"faults-desk", "/formats/faults?lang=ru", "1200,1000"},
		{"faults-phone", "/formats/faults?lang=ru", "500,1400"},
		{"fault-phone", "/formats/faults/quota.rate?lang=ru", "500,1100"},
		{"fault-desk", "/formats/faults/quota.rate?lang=en", "1200,900"},
		{"check-desk", "/formats/check?lang=ru", "1200,1100"},
		{"check-phone", "/formats/check?lang=ru", "500,1300"},
		{"verdict-desk", "/formats/check/verdict?lang=en", "1200,1500"},
		{"verdict-phone", "/formats/check/verdict?lang=ru", "500,2000"},
	} {
		t.Run(shot.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			file := filepath.Join(dir, shot.name+".png")
			out, err := headless(ctx, t, "--window-size="+shot.size, "--screenshot="+file, server.URL+shot.path).CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			colours := drawn(t, file)
			if colours < 20 {
				t.Errorf("the picture has %d colours: the page is blank, or without its style", colours)
			}
		})
	}
}

// drawn counts the colours of a picture, up to a few.
func drawn(t *testing.T, file string) int {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	picture, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	colours := make(map[[3]uint32]bool)
	b := picture.Bounds()
	for y := b.Min.Y; y < b.Max.Y && len(colours) < 20; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, b, _ := picture.At(x, y).RGBA()
			colours[[3]uint32{r, g, b}] = true
		}
	}
	return len(colours)
}
