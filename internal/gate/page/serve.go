package page

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/soapgate/soapgate/internal/formats"
)

//go:embed files/style.css
var style []byte

// policy lets a page load its style sheet and nothing else (CSP level 3).
const policy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// ServeHTTP serves the pages, with or without the mount before their paths.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD") // RFC 9110 15.5.6
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	q := newQuestion(r)
	d, err := s.answer(q, strings.Trim(strings.TrimPrefix(r.URL.Path, s.c.Mount), "/"))
	status := http.StatusOK
	switch {
	case err != nil:
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	case d == nil:
		status = http.StatusNotFound
		d = s.missing(q)
	}
	h.Set("Content-Type", d.contentType)
	h.Set("Vary", "Accept, Accept-Language")
	h.Set("Cache-Control", "public, max-age=300")
	if d.lang != "" {
		h.Set("Content-Language", d.lang)
	}
	if d.download != "" {
		h.Set("Content-Disposition", `attachment; filename="`+d.download+`"`)
	}
	if status != http.StatusOK {
		h.Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		_, _ = w.Write(d.body)
		return
	}
	h.Set("ETag", d.tag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(d.body))
}

func tag(b []byte) string {
	sum := sha256.Sum256(b)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

// A question is what a caller wants to see, and how.
type question struct {
	lang   string // ru or en
	chosen bool   // by the address, so that links keep it
	json   bool
	get    func(string) string
}

// languages are what pages are written in; the first is the default.
var languages = language.NewMatcher([]language.Tag{language.Russian, language.English})

func newQuestion(r *http.Request) *question {
	query := r.URL.Query()
	q := &question{lang: query.Get("lang"), get: query.Get}
	if q.chosen = slices.Contains([]string{"ru", "en"}, q.lang); !q.chosen {
		tags, _, _ := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
		_, i, _ := languages.Match(tags...)
		q.lang = [...]string{"ru", "en"}[i]
	}
	accept := r.Header.Get("Accept")
	q.json = query.Get("format") == "json" ||
		strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
	return q
}

// key names a page in the cache.
func (q *question) key(path string) string {
	key := path + " " + q.lang
	if q.chosen {
		key += " chosen"
	}
	if q.json {
		key = path + " json"
	}
	return key
}

// answer returns the page at a path, nil if there is none.
func (s *Site) answer(q *question, path string) (*document, error) {
	first, rest, _ := strings.Cut(path, "/")
	switch {
	case path == "":
		return s.page(q, path, "home", s.home)
	case path == "style.css":
		return &document{contentType: "text/css; charset=utf-8", body: style, tag: tag(style)}, nil
	case path == "faults":
		return s.page(q, path, "faults", func(time.Time) any { return s.faults })
	case first == "faults":
		f := s.fault(rest)
		if f == nil {
			return nil, nil
		}
		return s.page(q, path, "fault", func(time.Time) any { return f })
	case first == "releases":
		return s.answerRelease(q, rest)
	}
	return nil, nil
}

func (s *Site) answerRelease(q *question, path string) (*document, error) {
	name, part, _ := strings.Cut(path, "/")
	if archived, ok := strings.CutSuffix(path, ".zip"); ok {
		return s.archive(s.release(archived))
	}
	r := s.release(name)
	if r == nil {
		return nil, nil
	}
	switch part {
	case "":
		return s.page(q, "releases/"+name, "release", func(now time.Time) any { return s.fullRelease(r, now) })
	case "changes":
		if r.before == nil {
			return nil, nil
		}
		return s.page(q, "releases/"+name+"/changes", "changes", func(now time.Time) any { return s.changes(r, now) })
	case "sample":
		return s.sample(r, q)
	}
	return nil, nil
}

func (s *Site) archive(r *release) (*document, error) {
	if r == nil {
		return nil, nil
	}
	return s.cached("zip "+r.Name, func() (*document, error) {
		b, err := r.archive()
		return &document{contentType: "application/zip", download: fileName(r.Name) + ".zip", body: b}, err
	})
}

// fileName keeps of a name what is safe in a header field and a folder.
func fileName(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '.' || c == '-' {
			return c
		}
		return '_'
	}, s)
}

func (s *Site) sample(r *release, q *question) (*document, error) {
	path, full := q.get("path"), q.get("full") != ""
	o := r.operation(path, q.get("operation"))
	if o == nil {
		return nil, nil
	}
	key := "sample " + r.Name + " " + o.Port.Path + " " + o.Name
	if full {
		key += " full"
	}
	return s.cached(key, func() (*document, error) {
		b, err := r.sample(o, full)
		if err != nil {
			// No sample can be thought of: that is an answer too.
			b = []byte("<!-- " + strings.ReplaceAll(err.Error(), "--", "- -") + " --><none/>\n")
		}
		return &document{contentType: "text/xml; charset=utf-8", body: b}, nil
	})
}

// page renders a page as HTML or JSON, once.
func (s *Site) page(q *question, path, name string, data func(now time.Time) any) (*document, error) {
	return s.cached(q.key(path), func() (*document, error) {
		content := data(s.c.Now())
		if q.json {
			var b bytes.Buffer
			enc := json.NewEncoder(&b)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", "  ")
			err := enc.Encode(content)
			return &document{contentType: "application/json", body: b.Bytes()}, err
		}
		return s.render(q, path, name, content)
	})
}

// A Home is the first page.
type Home struct {
	Releases []Release `json:"releases"`
	Limits   []Limit   `json:"limits"`
	Faults   []Fault   `json:"faults"`
}

func (s *Site) home(now time.Time) any {
	h := Home{Limits: s.limits(now), Faults: s.faults}
	for _, r := range s.releases {
		h.Releases = append(h.Releases, s.show(r, now))
	}
	return h
}

// A FullRelease is a release with its files.
type FullRelease struct {
	Release
	Files []formats.File `json:"files"`
}

func (s *Site) fullRelease(r *release, now time.Time) any {
	files, _ := formats.Files(r.Files) // a folder that went away is no reason to show nothing
	return FullRelease{s.show(r, now), files}
}

// Changes are the differences between a release and the one before.
type Changes struct {
	Release    Release          `json:"release"`
	Breaking   []formats.Change `json:"breaking"`
	Compatible []formats.Change `json:"compatible"`
}

func (s *Site) changes(r *release, now time.Time) any {
	c := Changes{Release: s.show(r, now)}
	for _, change := range r.changes() {
		if change.Breaking {
			c.Breaking = append(c.Breaking, change)
		} else {
			c.Compatible = append(c.Compatible, change)
		}
	}
	c.Release.Services = nil
	return c
}
