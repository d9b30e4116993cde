package page

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/soapgate/soapgate/internal/formats"
	"github.com/soapgate/soapgate/internal/reject"
)

//go:embed files/*.html
var files embed.FS

// templates are the pages by name, each with the frame around it.
var templates = func() map[string]*template.Template {
	m := make(map[string]*template.Template)
	for _, name := range []string{"home", "release", "changes", "faults", "fault", "missing", "check"} {
		m[name] = template.Must(template.ParseFS(files, "files/frame.html", "files/"+name+".html"))
	}
	return m
}()

// A view is what a template sees.
type view struct {
	Lang string
	Data any

	site   *Site
	chosen bool
	path   string
}

func (s *Site) render(q *question, path, name string, data any) (*document, error) {
	var b bytes.Buffer
	v := &view{Lang: q.lang, Data: data, site: s, chosen: q.chosen, path: path}
	if err := templates[name].ExecuteTemplate(&b, "frame", v); err != nil {
		return nil, fmt.Errorf("rendering %s: %w", name, err)
	}
	return &document{contentType: "text/html; charset=utf-8", lang: q.lang, body: b.Bytes()}, nil
}

func (s *Site) missing(q *question) *document {
	d, err := s.render(q, "", "missing", nil)
	if err != nil {
		panic("page: internal error: " + err.Error())
	}
	return d
}

// T returns a phrase of the pages.
func (v *view) T(key string) (string, error) {
	t, ok := phrases[key]
	if !ok {
		return "", fmt.Errorf("no phrase %q", key)
	}
	return t.In(v.Lang), nil
}

// In returns a text in the page's language.
func (v *view) In(t reject.Text) string { return t.In(v.Lang) }

// Title returns the name of the system that the gate stands before.
func (v *view) Title() string { return v.site.c.Profile.Title.In(v.Lang) }

// At returns the address of a page below the mount, in the language chosen.
func (v *view) At(elem ...string) string { return v.Keep(v.site.at(elem...)) }

// Keep adds to an address the language that the reader chose.
func (v *view) Keep(address string) string {
	if !v.chosen {
		return address
	}
	return address + "?lang=" + v.Lang
}

// Other returns the address of this page in another language.
func (v *view) Other(lang string) string { return v.here() + "?lang=" + lang }

// Self returns the address of this page as it is.
func (v *view) Self() string { return v.Keep(v.here()) }

// here is the path of this page.
func (v *view) here() string {
	if c, ok := v.Data.(Checked); ok {
		return c.Here
	}
	return v.site.c.Mount + v.slash()
}

// JSON returns the address of this page for programs, "" if it is a form.
func (v *view) JSON() string {
	if _, checks := v.Data.(Checked); checks {
		return ""
	}
	return v.here() + "?format=json"
}

func (v *view) slash() string {
	if v.path == "" {
		return ""
	}
	return "/" + (&url.URL{Path: v.path}).EscapedPath()
}

// Style returns the address of the style sheet.
func (v *view) Style() string { return v.site.at("style.css") }

// Day writes a day, given as 2026-12-31, as readers of the language do.
func (v *view) Day(iso string) string {
	t, err := time.Parse(time.DateOnly, iso)
	if err != nil || v.Lang != "ru" {
		return iso
	}
	return t.Format("02.01.2006")
}

// State names the state of a release.
func (v *view) State(s formats.State) (string, error) { return v.T("state " + s.String()) }

// Join writes a list, or all if there is nothing in it.
func (v *view) Join(list []string) (string, error) {
	if len(list) == 0 {
		return v.T("all")
	}
	return strings.Join(list, ", "), nil
}

// Short makes a name of a component readable: without its namespace.
func (v *view) Short(where string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(where, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		_, where, _ = strings.Cut(rest, "}")
	}
}

var amount = regexp.MustCompile(`[0-9]+|[A-Za-z]+|/`)

// Amount writes a limit, given as configuration writes it, for people:
// "600/1m" as "600 per 1 min".
func (v *view) Amount(limit string) string {
	words := amount.FindAllString(limit, -1)
	for i, w := range words {
		if w == "/" {
			w = "per"
		}
		if u := phrases["unit "+w]; u != (reject.Text{}) {
			words[i] = u.In(v.Lang)
		}
	}
	s := strings.Join(words, "\u00a0")
	if steps := strings.Fields(limit); len(steps) > 1 {
		for i := range steps {
			steps[i] = v.Amount(steps[i])
		}
		s = strings.Join(steps, ", ")
	}
	return s
}

// Key writes the key of a limit: for whom requests are counted together.
func (v *view) Key(parts []string) string {
	words := make([]string, len(parts))
	for i, p := range parts {
		kind, arg, _ := strings.Cut(p, ":")
		if words[i] = p; phrases["key "+kind] != (reject.Text{}) {
			words[i] = phrases["key "+kind].In(v.Lang)
			if arg != "" {
				words[i] += " " + arg
			}
		}
	}
	if len(words) == 0 {
		return phrases["key none"].In(v.Lang)
	}
	return strings.Join(words, " + ")
}
