package gatetest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest/clients"
	"github.com/soapgate/soapgate/internal/gatetest/data"
)

// A violation is what axe-core says of a page.
type violation struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		Target []any  `json:"target"`
		HTML   string `json:"html"`
	} `json:"nodes"`
}

// An audit leads one browser through pages, each with axe-core put into it,
// which sends what it found and goes on to the next.
type audit struct {
	pages http.Handler
	axe   []byte
	paths []string
	found chan map[string][]violation
}

// The auditor also looks for what axe-core does not: pages wider than the
// window, and cells too narrow to read where a phone stacks them.
const auditor = `<script src="/axe.js"></script><script>
function layout() {
	const found = []
	const node = e => ({target: [e.tagName + "." + e.className], html: e.outerHTML.slice(0, 200)})
	if (document.documentElement.scrollWidth > innerWidth)
		found.push({id: "wider than the window", help: document.documentElement.scrollWidth + " > " + innerWidth, nodes: []})
	const narrow = [...document.querySelectorAll(".stack tbody th, .stack tbody td")]
		.filter(e => innerWidth < 700 && e.textContent.trim() && e.getBoundingClientRect().width < innerWidth / 2)
	if (narrow.length) found.push({id: "narrow cells", help: narrow.length + " of them", nodes: narrow.slice(0, 3).map(node)})
	return found
}
axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
	.then(r => r.violations.concat(layout()), e => [{id: "axe failed", help: String(e), nodes: []}])
	.then(v => fetch("/found" + location.search, {method: "POST", body: JSON.stringify(v)}))
	.then(r => r.text()).then(next => { if (next) location = next })
</script></body>`

func (a *audit) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/axe.js":
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write(a.axe)
	case "/found":
		body, _ := io.ReadAll(r.Body)
		path := r.URL.Query().Get("page")
		var v []violation
		if err := json.Unmarshal(body, &v); err != nil {
			v = []violation{{ID: "unreadable", Help: err.Error()}}
		}
		a.found <- map[string][]violation{path: v}
		for i, p := range a.paths {
			if p == path && i+1 < len(a.paths) {
				fmt.Fprint(w, next(a.paths[i+1]))
			}
		}
	default:
		rec := httptest.NewRecorder()
		a.pages.ServeHTTP(rec, r)
		body := rec.Body.Bytes()
		w.Header().Set("Content-Type", rec.Header().Get("Content-Type"))
		if strings.HasPrefix(rec.Header().Get("Content-Type"), "text/html") {
			body = bytes.Replace(body, []byte("</body>"), []byte(auditor), 1)
		}
		_, _ = w.Write(body)
	}
}

// next is the address of a page that carries its own path along.
func next(path string) string {
	return path + "&page=" + strings.NewReplacer("?", "%3F", "&", "%26").Replace(path)
}

// TestAccessibility has axe-core judge every kind of page in Chromium, at the
// width of a desk and of a phone: nothing may stand in the way of people who
// use the pages by keyboard or by ear.
func TestAccessibility(t *testing.T) {
	data.Tool(t, "chromium")
	file := filepath.Join(clients.Cache(), "node_modules", "axe-core", "axe.min.js")
	axe, err := os.ReadFile(file)
	if err != nil {
		data.Missing(t, "axe-core in "+clients.Cache())
	}
	handler := pages(t, small)
	for _, size := range []string{"1200,1000", "500,1000"} {
		t.Run(size, func(t *testing.T) {
			a := &audit{pages: handler, axe: axe, paths: []string{
				"/formats?lang=ru", "/formats?lang=en", "/formats/releases/14.4.0.1?lang=ru", "/formats/releases/14.4.0.1/changes?lang=en",
				"/formats/faults?lang=ru", "/formats/faults/quota.rate?lang=en", "/formats/check?lang=ru", "/formats/check/verdict?lang=en",
				"/formats/nothing?lang=en",
			}}
			a.found = make(chan map[string][]violation, len(a.paths))
			server := httptest.NewServer(a)
			defer server.Close()
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			defer cancel()
			browser := headless(ctx, t, "--window-size="+size, "--remote-debugging-port=0", server.URL+next(a.paths[0]))
			if err := browser.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() {
				cancel()
				_ = browser.Wait() // it was killed
			}()
			seen := 0
			for seen < len(a.paths) {
				select {
				case found := <-a.found:
					seen++
					for path, list := range found {
						for _, v := range list {
							for _, n := range v.Nodes {
								t.Errorf("%s: %s (%s): %v\n%s", path, v.ID, v.Help, n.Target, n.HTML)
							}
							if len(v.Nodes) == 0 {
								t.Errorf("%s: %s: %s", path, v.ID, v.Help)
							}
						}
					}
				case <-ctx.Done():
					t.Fatalf("the browser got through %d of %d pages", seen, len(a.paths))
				}
			}
		})
	}
}
