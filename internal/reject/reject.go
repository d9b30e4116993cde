// Package reject holds the one error type that may reach a client and the one
// catalogue of reasons for refusing a message.
//
// An engine refuses by returning a *Rejection made with New from a code of the
// catalogue; it adds where in the message the reason lies and, as Err, a cause
// for the log. The gate alone turns a Rejection into a fault, a log line and a
// metric. Texts, SOAP fault codes, HTTP statuses and advice stand in the
// catalogue's tables, one file a stage; engines hold no prose for clients.
package reject

import (
	"fmt"
	"strings"
	"time"
)

// A Code names a reason for refusal: the stage, a dot, the reason. Codes are
// an interface of the product: they are never renamed, only deprecated.
type Code string

// Stage returns the stage the code belongs to: its first word.
func (c Code) Stage() Stage {
	word, _, _ := strings.Cut(string(c), ".")
	for s, name := range stageNames {
		if name == word {
			return Stage(s)
		}
	}
	panic(fmt.Sprintf("reject: internal error: code %q names no stage", c))
}

// A Stage is one step of a request's way through the gate, in order. The
// quota stage is passed twice: before the body is read, and after the
// operation is known.
type Stage uint8

// The stages in the order of a request's way.
const (
	Transport Stage = iota
	Client
	Quota
	HTTP
	XML
	SOAP
	Format
	Schema
	Signature
	Certificate
	Authority
	Forward
)

var stageNames = [...]string{
	Transport: "transport", Client: "client", Quota: "quota", HTTP: "http",
	XML: "xml", SOAP: "soap", Format: "format", Schema: "schema", Signature: "signature",
	Certificate: "certificate", Authority: "authority", Forward: "forward",
}

func (s Stage) String() string { return stageNames[s] }

// Stages returns the names of all stages in order.
func Stages() []string { return append([]string(nil), stageNames[:]...) }

// A Rejection is a refusal of a message for one reason.
type Rejection struct {
	Code Code
	// Values are the named values that the catalogue's text mentions as {name}.
	// They may hold input; whoever prints them escapes and shortens them.
	Values []Value
	// Line and Column (from 1, in characters) say where in the message the
	// reason lies; 0 if nowhere in particular.
	Line, Column int
	// Path is the place as an XPath-like path of the message's own names.
	Path string
	// Findings are the single violations when one check found several.
	Findings []Finding
	// RetryAfter is how long to wait before the same request may pass; 0 if
	// waiting does not help or is not known to.
	RetryAfter time.Duration
	// Err is the cause, for the log only.
	Err error
}

// A Value is one named value of a rejection's text.
type Value struct{ Name, Text string }

// A Finding is one violation found in a message.
type Finding struct {
	Rule            string // "cvc-complex-type.4", "R1014"
	Line, Column    int    // from 1; 0 if unknown
	Path            string
	Found, Expected string
	Text            Text   // what is wrong, for a person
	Xerces          string // schema only: the same in the words of Xerces-J, which clients parse
}

// A Text is a sentence in the two languages of the product.
type Text struct {
	RU string `json:"ru"`
	EN string `json:"en"`
}

// In returns the text in language "ru" or "en"; anything else is "en".
func (t Text) In(lang string) string {
	if lang == "ru" {
		return t.RU
	}
	return t.EN
}

// New returns a rejection with a code of the catalogue. The values are pairs
// of name and text. A code that is not in the catalogue is a bug and panics.
func New(code Code, values ...string) *Rejection {
	if _, ok := Lookup(code); !ok {
		panic(fmt.Sprintf("reject: internal error: code %q is not in the catalogue", code))
	}
	if len(values)%2 != 0 {
		panic(fmt.Sprintf("reject: internal error: odd values for %q", code))
	}
	r := &Rejection{Code: code}
	for i := 0; i < len(values); i += 2 {
		r.Values = append(r.Values, Value{values[i], values[i+1]})
	}
	return r
}

// Because sets the cause, for the log, and returns r.
func (r *Rejection) Because(err error) *Rejection {
	r.Err = err
	return r
}

// At sets the place in the message and returns r.
func (r *Rejection) At(line, column int, path string) *Rejection {
	r.Line, r.Column, r.Path = line, column, path
	return r
}

// Error returns the code, the English text and the cause.
func (r *Rejection) Error() string {
	s := string(r.Code) + ": " + r.Text().EN
	if r.Line > 0 {
		s += fmt.Sprintf(" (line %d, column %d)", r.Line, r.Column)
	}
	if r.Err != nil {
		s += ": " + r.Err.Error()
	}
	return s
}

func (r *Rejection) Unwrap() error { return r.Err }

// Text returns the catalogue's text with the values filled in.
func (r *Rejection) Text() Text { return r.fill(r.entry().Text) }

// Advice returns what the sender should do, with the values filled in.
func (r *Rejection) Advice() Text { return r.fill(r.entry().Advice) }

// Entry returns the catalogue's row for the rejection's code.
func (r *Rejection) Entry() Entry { return r.entry() }

func (r *Rejection) entry() Entry {
	e, ok := Lookup(r.Code)
	if !ok {
		panic(fmt.Sprintf("reject: internal error: code %q is not in the catalogue", r.Code))
	}
	return e
}

// maxValue is how much of one value a text repeats: enough for a name or an
// address, too little to make a fault carry the message back.
const maxValue = 200

func (r *Rejection) fill(t Text) Text {
	if len(r.Values) == 0 {
		return t
	}
	pairs := make([]string, 0, 2*len(r.Values))
	for _, v := range r.Values {
		pairs = append(pairs, "{"+v.Name+"}", Shorten(v.Text, maxValue))
	}
	rep := strings.NewReplacer(pairs...)
	return Text{RU: rep.Replace(t.RU), EN: rep.Replace(t.EN)}
}

// Shorten cuts s behind at most n characters, marking the cut with an
// ellipsis, and replaces control characters by spaces so that the result is
// one line of a log or fault.
func Shorten(s string, n int) string {
	var b strings.Builder
	count := 0
	for _, c := range s {
		if count == n {
			b.WriteString("…")
			break
		}
		if c < 0x20 || c == 0x7f || (c >= 0x80 && c < 0xa0) || c == 0x2028 || c == 0x2029 {
			c = ' '
		}
		b.WriteRune(c)
		count++
	}
	return b.String()
}
