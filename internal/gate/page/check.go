package page

import (
	"net/http"

	"github.com/soapgate/soapgate/internal/gate/checker"
)

// A Checked is what the page of the checker shows: its form, and what became of
// a message that was sent with it.
type Checked struct {
	Result *checker.Result // nil if none was judged
	// Problem says why not, as a phrase of the pages: "check empty", "check
	// large", "check busy", "check broken"; "" if nothing was sent.
	Problem string
	MaxBody int64  // bytes
	Path    string // of the service, as it was filled in
	Action  string
	Here    string // path of the page
	Address string // the whole of it, for programs
}

// checkPolicy lets the page's form be sent to the page itself.
const checkPolicy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// ServeCheck writes the page of the checker. Nothing of it is kept.
func (s *Site) ServeCheck(w http.ResponseWriter, r *http.Request, status int, c Checked) {
	q := newQuestion(r)
	d, err := s.render(q, "", "check", c)
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", checkPolicy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Type", d.contentType)
	h.Set("Content-Language", d.lang)
	h.Set("Vary", "Accept, Accept-Language")
	w.WriteHeader(status)
	_, _ = w.Write(d.body)
}

// Check returns the address of the checker's page, "" if there is none.
func (v *view) Check() string {
	path := v.site.c.Check
	if c, ok := v.Data.(Checked); ok {
		path = c.Here
	}
	if path == "" {
		return ""
	}
	return v.Keep(path)
}

// Outcome says in a word what a stage found.
func (v *view) Outcome(s checker.Stage) (string, error) { return v.T("outcome " + s.Outcome) }

// MiB writes a number of bytes for people.
func (v *view) MiB(n int64) int64 { return max(1, n>>20) }
